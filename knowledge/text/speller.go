package text

import (
	"strings"
	"unicode/utf8"
)

// Words shorter than this have too many neighbours to be read with a mistake.
const (
	shortestTypo      = 7
	shortestAskedTypo = 5
	twoTypos          = 11
)

// speller finds words that were spelt with a mistake. It is keyed by first letter: people get that one right.
type speller map[byte][]spelling

type spelling struct {
	norm   string
	phrase *phrase
}

// add takes in a word, or a name of several words written as one. Phrases with signs are left out.
func (s speller) add(word string, p *phrase) {
	if strings.ContainsAny(word, "|+{*§") {
		return
	}
	var b strings.Builder
	for _, t := range tokenise(word) {
		if t.num >= 0 {
			return
		}
		b.WriteString(t.norm)
	}
	if toks := tokenise(word); len(toks) != 1 && p.fact != factTown {
		return
	}
	if b.Len() >= shortestAskedTypo {
		q := *p
		q.typo = true
		s[b.String()[0]] = append(s[b.String()[0]], spelling{norm: b.String(), phrase: &q})
	}
}

// find returns the phrase that differs least from the word; asked is the fact for which short words count, too.
func (s speller) find(word, asked string) *phrase {
	if len(word) < shortestAskedTypo {
		return nil
	}
	var best *phrase
	least := 3
	for _, c := range s[word[0]] {
		allowed := c.phrase.typosIn(c.norm, asked)
		if allowed == 0 {
			continue
		}
		if d := editDistance(word, c.norm, allowed); d <= allowed && (d < least || d == least && c.phrase.value < best.value) {
			best, least = c.phrase, d
		}
	}
	return best
}

// typosIn returns how many mistakes are forgiven in a word.
func (p *phrase) typosIn(norm, asked string) int {
	n := utf8.RuneCountInString(norm)
	switch {
	case asked == p.fact && n >= shortestAskedTypo && n < shortestTypo:
		return 1
	case n < shortestTypo || p.fact == factAge || p.fact == factEducation || p.nationality():
		return 0
	case n >= twoTypos && p.fact == factTown:
		return 2
	}
	return 1
}

// nationality reports whether a word names the people of a country: the country is one letter away.
func (p *phrase) nationality() bool {
	return p.fact == factStatus && (p.value == "eu" || p.value == "german")
}

// editDistance counts inserted, dropped, changed and swapped letters; above limit it may return any
// greater number.
func editDistance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > limit || len(y)-len(x) > limit {
		return limit + 1
	}
	older, old, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range old {
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
