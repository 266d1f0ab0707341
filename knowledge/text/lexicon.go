package text

// Lexicon holds the words that state facts, by language. It is data of the knowledge base.
type Lexicon map[string]Words

// Words are those of one language.
type Words struct {
	// Values has, by fact and value, the words and phrases that state it. For the fact whose values
	// are areas the value is an area code, and the words are spellings of its name.
	Values map[string]map[string][]string
	// AnswerOnly has, by fact, those of the words above that count only as the answer to a question.
	AnswerOnly map[string][]string
	// Receive, Apply, Have are verbs that tell a benefit that is received from one asked for.
	Receive, Apply, Have []string
	// Persons are words for whom a message may be about (son, grandmother).
	Persons []string
	// Years, Months and YearsBare are patterns of an age with {n} for the number: in years, in months
	// (or less), and such that may also be a duration, so that they need a person beside them.
	Years, Months, YearsBare []string
}
