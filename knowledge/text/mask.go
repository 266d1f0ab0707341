package text

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Masker takes town names and the names of persons out of a text, so that the router learns matters
// and not places. It is safe for concurrent use.
type Masker struct {
	towns    [][]rune // lower case, longest first
	everyday [][]rune // as written; masked only after a preposition
}

// NewMasker returns a masker for the places. Names of everyday words count only as one-word names;
// other names of such a place are masked everywhere.
func NewMasker(places []Place) *Masker {
	m := &Masker{}
	for _, p := range places {
		for _, n := range p.Names {
			if everydayName(p, n) {
				m.everyday = append(m.everyday, []rune(n))
			} else if n != "" {
				m.towns = append(m.towns, []rune(strings.ToLower(n)))
			}
		}
	}
	longest := func(a, b []rune) int { return len(b) - len(a) }
	slices.SortStableFunc(m.towns, longest)
	slices.SortStableFunc(m.everyday, longest)
	return m
}

// everydayName reports whether the name alone doesn't tell a town: by the knowledge base, or because a
// one-word name of four letters (Horn) is a word, too.
func everydayName(p Place, name string) bool {
	if strings.ContainsAny(name, " -") {
		return false
	}
	return p.EverydayWord || utf8.RuneCountInString(name) <= 4
}

// Mask returns the text without the names. Spaces stay, so its words keep their order.
func (m *Masker) Mask(s string) string {
	r := []rune(strings.ToValidUTF8(s, "\uFFFD"))
	r = maskPersons(r)
	r = m.maskTowns(r)
	return string(m.maskEveryday(r))
}

// maskTowns replaces each town name, with or without -er, by a space.
func (m *Masker) maskTowns(r []rune) []rune {
	out := make([]rune, 0, len(r))
	for i := 0; i < len(r); {
		if end := m.townAt(r, i); end > i {
			out = append(out, ' ')
			i = end
			continue
		}
		out = append(out, r[i])
		i++
	}
	return out
}

// townAt returns the end of the town name that begins at i, or 0.
func (m *Masker) townAt(r []rune, i int) int {
	if !boundary(r, i) {
		return 0
	}
	for _, name := range m.towns {
		for _, end := range matchName(r, i, name, nil) {
			if end+2 <= len(r) && unicode.ToLower(r[end]) == 'e' && unicode.ToLower(r[end+1]) == 'r' && boundary(r, end+2) {
				return end + 2
			}
			if boundary(r, end) {
				return end
			}
		}
	}
	return 0
}

// matchName appends to ends where the name may end when it begins at i: an umlaut may be written as
// such, with e, or without.
func matchName(r []rune, i int, name []rune, ends []int) []int {
	if len(name) == 0 {
		return append(ends, i)
	}
	if i >= len(r) {
		return ends
	}
	c, n := unicode.ToLower(r[i]), name[0]
	if plain := plainUmlaut(n); plain != 0 {
		if c == plain && i+1 < len(r) && unicode.ToLower(r[i+1]) == 'e' {
			ends = matchName(r, i+2, name[1:], ends)
		}
		if c == n || c == plain {
			ends = matchName(r, i+1, name[1:], ends)
		}
		return ends
	}
	if c != n {
		return ends
	}
	return matchName(r, i+1, name[1:], ends)
}

func plainUmlaut(c rune) rune {
	switch c {
	case 'ö':
		return 'o'
	case 'ü':
		return 'u'
	}
	return 0
}

// maskEveryday replaces "in Lage" by a space, but leaves "die Lage".
func (m *Masker) maskEveryday(r []rune) []rune {
	out := make([]rune, 0, len(r))
	for i := 0; i < len(r); {
		if end := m.everydayAt(r, i); end > i {
			out = append(out, ' ')
			i = end
			continue
		}
		out = append(out, r[i])
		i++
	}
	return out
}

// everydayAt returns the end of "preposition name" at i, or 0. Both must be spelt as in German.
func (m *Masker) everydayAt(r []rune, i int) int {
	if !boundary(r, i) || i >= len(r) || r[i] < 'a' || r[i] > 'z' {
		return 0
	}
	for _, p := range [...]string{"in", "nach", "aus", "von", "bei", "um"} {
		j := hasRunes(r, i, []rune(p))
		k := skipSpace(r, j)
		if j == 0 || k == j {
			continue
		}
		for _, name := range m.everyday {
			if end := hasRunes(r, k, name); end > 0 && boundary(r, end) {
				return end
			}
		}
	}
	return 0
}

// maskPersons drops the name after Herr, Frau, Familie and their short forms, and keeps the title.
func maskPersons(r []rune) []rune {
	out := make([]rune, 0, len(r))
	for i := 0; i < len(r); {
		title, end := personAt(r, i)
		if end == 0 {
			out = append(out, r[i])
			i++
			continue
		}
		out = append(append(out, r[i:title]...), ' ')
		i = end
	}
	return out
}

// personAt returns where the title that begins at i ends, and where the name after it ends; or 0, 0.
func personAt(r []rune, i int) (title, end int) {
	if !boundary(r, i) {
		return 0, 0
	}
	for _, t := range [...]string{"herrn", "herr", "frau", "familie", "fam.", "hr.", "fr.", "mr.", "mr", "mrs.", "mrs", "ms.", "ms"} {
		title = hasFold(r, i, t)
		first := skipSpace(r, title)
		if title == 0 || first == title {
			continue
		}
		if end = nameEnd(r, first); end > 0 {
			return title, end
		}
	}
	return 0, 0
}

// nameEnd returns the end of one or two capitalised words at i, if white space or punctuation follows.
func nameEnd(r []rune, i int) int {
	one := capitalEnd(r, i, 1)
	if one == 0 {
		return 0
	}
	if one < len(r) && r[one] == '.' {
		if end := secondName(r, one+1); end > 0 {
			return end
		}
		if nameMayEnd(r, one+1) {
			return one + 1
		}
	}
	if end := secondName(r, one); end > 0 {
		return end
	}
	if nameMayEnd(r, one) {
		return one
	}
	return 0
}

// secondName returns the end of a second name after white space at i, or 0.
func secondName(r []rune, i int) int {
	j := skipSpace(r, i)
	if j == i {
		return 0
	}
	if end := capitalEnd(r, j, 2); end > 0 && nameMayEnd(r, end) {
		return end
	}
	return 0
}

// capitalEnd returns the end of a capitalised word of at least least letters at i, or 0.
func capitalEnd(r []rune, i, least int) int {
	if i >= len(r) || (r[i] < 'A' || r[i] > 'Z') && r[i] != 'Ä' && r[i] != 'Ö' && r[i] != 'Ü' {
		return 0
	}
	j := i + 1
	for j < len(r) && (wordRune(r[j]) || r[j] == '-') {
		j++
	}
	if j-i < least {
		return 0
	}
	return j
}

func nameMayEnd(r []rune, i int) bool {
	return i == len(r) || unicode.IsSpace(r[i]) || strings.ContainsRune(",.!?;:", r[i])
}

func skipSpace(r []rune, i int) int {
	for i < len(r) && unicode.IsSpace(r[i]) {
		i++
	}
	return i
}

// hasRunes returns the end of want at i, or 0.
func hasRunes(r []rune, i int, want []rune) int {
	if i+len(want) > len(r) || !slices.Equal(r[i:i+len(want)], want) {
		return 0
	}
	return i + len(want)
}

// hasFold is hasRunes for a lower-case ASCII word in any case.
func hasFold(r []rune, i int, want string) int {
	if i+len(want) > len(r) {
		return 0
	}
	for k := range len(want) {
		if unicode.ToLower(r[i+k]) != rune(want[k]) {
			return 0
		}
	}
	return i + len(want)
}

// boundary reports whether a word begins or ends between r[i-1] and r[i].
func boundary(r []rune, i int) bool {
	before := i > 0 && wordRune(r[i-1])
	after := i < len(r) && wordRune(r[i])
	return before != after
}

func wordRune(c rune) bool { return c == '_' || isWordRune(c) }
