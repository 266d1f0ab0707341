package text

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Indexer makes the terms of full-text search. Use the same one for what is searched and for what is
// asked: terms made with another lexicon don't meet. It is safe for concurrent use.
type Indexer struct {
	words map[string]bool // folded nouns
	stems map[string]bool // their stems
}

// Bounds of decompounding: a part has three letters at least, and words longer than any German one
// aren't tried.
const (
	shortestPart    = 3
	shortestStemmed = 4
	longestWord     = 60
)

// NewIndexer returns an indexer that splits compounds into the nouns given: those of the knowledge
// base, see [Nouns].
func NewIndexer(nouns []string) *Indexer {
	x := &Indexer{words: map[string]bool{}, stems: map[string]bool{}}
	for _, n := range nouns {
		w := foldToken(n)
		if len(w) < shortestPart {
			continue
		}
		x.words[w] = true
		x.stems[stem(w)] = true
	}
	return x
}

// Nouns returns the capitalised words of a German text, each once: parts for [NewIndexer].
func Nouns(text string) []string {
	var nouns []string
	for _, t := range tokenise(text) {
		if t.upper && len(t.norm) >= shortestPart {
			nouns = append(nouns, t.norm)
		}
	}
	slices.Sort(nouns)
	return slices.Compact(nouns)
}

// Terms returns the terms of a text, each once, in the order of their first place: stems, the stems of
// the parts of compounds, and legal references, of which each is one term however it is written
// (§ 24 and Paragraph 24: §24; SGB II and SGB 2: sgb2).
func (x *Indexer) Terms(text string) []string {
	toks := tokeniseAll(text)
	var terms []string
	seen := map[string]bool{}
	put := func(term string) {
		if term != "" && !seen[term] {
			seen[term] = true
			terms = append(terms, term)
		}
	}
	for i := 0; i < len(toks); {
		if refs, next := reference(toks, i); next > i {
			for _, r := range refs {
				put(r)
			}
			i = next
			continue
		}
		t := toks[i]
		i++
		if t.norm == "§" || t.norm == "€" || t.norm == "%" {
			continue
		}
		put(stem(t.norm))
		for _, part := range x.split(t.norm) {
			put(stem(part))
		}
	}
	return terms
}

// tokeniseAll is tokenise without the limit of a message: pages are long.
func tokeniseAll(text string) []token {
	text = strings.ToValidUTF8(text, " ")
	t := &tokeniser{text: text}
	for t.pos < len(text) {
		t.step()
	}
	return t.tokens
}

// reference reads a legal reference at token i: its terms and where it ends.
func reference(toks []token, i int) (refs []string, next int) {
	switch toks[i].norm {
	case "§", "paragraf", "paragraph", "paragrafen", "paragraphen":
		return paragraphs(toks, i)
	case "sgb", "alg", "hartz":
		if i+1 < len(toks) {
			if n := ordinalNumber(toks[i+1]); n > 0 {
				return []string{toks[i].norm + strconv.Itoa(n)}, i + 2
			}
		}
	}
	return nil, i
}

// paragraphs reads "§ 24", "§§ 24, 25a und 26".
func paragraphs(toks []token, i int) (refs []string, next int) {
	many := false
	for i++; i < len(toks) && toks[i].norm == "§"; i++ {
		many = true
	}
	next = i
	for i < len(toks) && toks[i].num > 0 {
		ref := "§" + toks[i].norm
		i++
		if i < len(toks) && toks[i].glued && len(toks[i].norm) == 1 && toks[i].num < 0 {
			ref += toks[i].norm
			i++
		}
		refs = append(refs, ref)
		next = i
		if !many {
			break
		}
		if i < len(toks) && toks[i].norm == "und" {
			i++
		}
	}
	if refs == nil {
		return nil, 0
	}
	return refs, next
}

// ordinalNumber returns the number of a book of law, Arabic or Roman, or 0.
func ordinalNumber(t token) int {
	if t.num > 0 {
		return t.num
	}
	switch t.norm {
	case "i":
		return 1
	case "ii":
		return 2
	case "iii":
		return 3
	case "iv":
		return 4
	case "v":
		return 5
	case "vi":
		return 6
	case "vii":
		return 7
	case "viii":
		return 8
	case "ix":
		return 9
	case "x":
		return 10
	case "xi":
		return 11
	case "xii":
		return 12
	case "xiii":
		return 13
	case "xiv":
		return 14
	}
	return 0
}

// split returns the parts of a compound, or nothing. Of several ways the one with the fewest parts is
// taken, then the one with the longest last part, which says what the thing is.
func (x *Indexer) split(word string) []string {
	if len(word) < 2*shortestPart || len(word) > longestWord || !isLetters(word) {
		return nil
	}
	// best[i] is the best way to split word[i:]; nil: none.
	best := make([][]string, len(word)+1)
	best[len(word)] = []string{}
	for i := len(word) - shortestPart; i >= 0; i-- {
		for j := i + shortestPart; j <= len(word); j++ {
			if best[j] == nil || i == 0 && j == len(word) || best[i] != nil && len(best[j])+1 >= len(best[i]) {
				continue
			}
			if part, ok := x.part(word[i:j], j == len(word)); ok {
				best[i] = append([]string{part}, best[j]...)
			}
		}
	}
	if len(best[0]) < 2 {
		return nil
	}
	return best[0]
}

// part returns the noun that a piece of a compound is, without what links it to the next piece.
func (x *Indexer) part(piece string, last bool) (string, bool) {
	if x.words[piece] || last && len(piece) >= shortestStemmed && x.stems[stem(piece)] {
		return piece, true
	}
	if last {
		return "", false
	}
	for _, link := range [...]string{"s", "es", "n", "en", "er", "e", "ns", "ens"} {
		if noun, ok := strings.CutSuffix(piece, link); ok && len(noun) >= shortestPart && x.words[noun] {
			return noun, true
		}
	}
	// The first part may lack the last letter of the noun: Schul-bus.
	if len(piece) >= shortestStemmed && x.words[piece+"e"] {
		return piece + "e", true
	}
	return "", false
}

func isLetters(s string) bool {
	for _, r := range s {
		if !unicode.IsLetter(r) {
			return false
		}
	}
	return true
}
