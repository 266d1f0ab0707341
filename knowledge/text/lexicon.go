package text

// Lexicon holds the words that state facts, by language. It is data of the knowledge base.
//
// A word may be a phrase. Case, accents and umlaut spellings don't matter, nor do hyphens and
// apostrophes, which separate words. In a phrase
//
//   - an asterisk stands for the rest of a word: "geduldet*" is also geduldeter, "*studium" also
//     Zweitstudium; only one to a word;
//   - a bar separates alternatives for one word: "kommt|bin aus Polen|Spanien" is four phrases;
//   - a plus joins phrases that stand in one clause, in any order: "Ukraine + geflohen".
type Lexicon map[string]WordList

// WordList has those of one language.
type WordList struct {
	// Values has, by fact and value, the words and phrases that state it. For the fact whose values
	// are areas the value is an area code, and the words are spellings of its name.
	Values map[string]map[string][]string
	// AnswerOnly has, by fact, those of the words above that count only as the answer to a question,
	// or beside a word of having or being.
	AnswerOnly map[string][]string
	// Receive, Apply, Have are verbs that tell a benefit that is received from one asked for.
	Receive, Apply, Have []string
	// Persons are words for whom a message may be about (son, grandmother).
	Persons []string
	// Years, Months and YearsBare are patterns of an age with {n} for the number: in years, in months
	// (or less), and such that may also be a duration, so that they need a person beside them.
	Years, Months, YearsBare []string
}
