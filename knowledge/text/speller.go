package text

import "strings"

// Words shorter than this have too many neighbours to be read with a mistake.
const (
	shortestTypo      = 7
	shortestAskedTypo = 5
	sureTypo          = 10 // of professions: verkaufen is no Verkäufer
	twoTypos          = 11
	longestTypo       = 40
)

// speller finds words that were spelt with a mistake. It is keyed by first letter: people get that one right.
type speller map[rune][]spelling

type spelling struct {
	letters []rune
	phrase  *phrase
}

// add takes in a word, or a name of several words written as one. Phrases with signs are left out.
func (s speller) add(word string, p *phrase) {
	word = strings.TrimSuffix(word, "*")
	if strings.ContainsAny(word, "|+{*§") || p.fact == factAge || p.fact == factEducation || p.nationality() {
		return
	}
	toks := tokenise(word)
	if len(toks) != 1 && p.fact != factTown {
		return
	}
	var letters []rune
	for _, t := range toks {
		if t.num >= 0 {
			return
		}
		letters = append(letters, []rune(t.norm)...)
	}
	if len(letters) < shortestAskedTypo || len(letters) > longestTypo {
		return
	}
	q := *p
	q.typo = true
	s[letters[0]] = append(s[letters[0]], spelling{letters: letters, phrase: &q})
}

// find returns the phrase that differs least from the word; asked is the fact for which short words count, too.
func (s speller) find(word, asked string) *phrase {
	if len(word) < shortestAskedTypo || len(word) > 4*longestTypo {
		return nil
	}
	letters := []rune(word)
	var best *phrase
	least := 3
	for _, c := range s[letters[0]] {
		allowed := c.typos(asked)
		if diff := len(letters) - len(c.letters); diff > allowed || -diff > allowed || allowed == 0 {
			continue
		}
		if d := editDistance(letters, c.letters, allowed); d <= allowed && (d < least || d == least && c.phrase.value < best.value) {
			best, least = c.phrase, d
		}
	}
	return best
}

// typos returns how many mistakes are forgiven.
func (c spelling) typos(asked string) int {
	n := len(c.letters)
	switch {
	case asked == c.phrase.fact && n < shortestTypo:
		return 1
	case n < shortestTypo || n < sureTypo && c.phrase.fact == factQualification && asked != factQualification:
		return 0
	case n >= twoTypos && c.phrase.fact == factTown:
		return 2
	}
	return 1
}

// nationality reports whether a word names the people of a country: the country is one letter away.
func (p *phrase) nationality() bool {
	return p.fact == factStatus && (p.value == "eu" || p.value == "german")
}

// editDistance counts inserted, dropped, changed and swapped letters of words no longer than
// longestTypo and limit together; above limit it may return any greater number.
func editDistance(x, y []rune, limit int) int {
	var space [3][longestTypo + 3]int
	older, old, row := space[0][:], space[1][:], space[2][:]
	for j := range len(y) + 1 {
		old[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(old[j]+1, row[j-1]+1, old[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > limit {
			return limit + 1
		}
		older, old, row = old, row, older
	}
	return old[len(y)]
}
