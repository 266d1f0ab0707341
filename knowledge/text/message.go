package text

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// message is a text while it is read.
type message struct {
	r       *Reader
	lang    string
	asked   string
	toks    []token
	roles   []role // of each token
	matches []match
	covered []bool // tokens with a meaning
}

// candidate is a value that a text may state.
type candidate struct {
	*phrase
	value    string
	from, to int
	score    int
	why      string
}

// message finds all phrases of a text.
func (r *Reader) message(text, lang, asked string) *message {
	m := &message{r: r, lang: lang, asked: asked, toks: tokenise(text)}
	m.roles = make([]role, len(m.toks))
	m.covered = make([]bool, len(m.toks))
	langs := r.languagesFor(lang)
	for _, l := range langs {
		r.numerals[l].mark(m.toks)
	}
	for _, l := range langs {
		r.numerals[l].joinAll(m.toks)
	}
	for _, l := range langs {
		m.scan(r.tries[l], endingsOf(l))
	}
	m.dropForeign(langs[0])
	m.scan(r.towns, townEndings(lang))
	m.forgiveTypos(langs)
	m.joinParts()
	m.dropInner()
	return m
}

// scan notes the phrases of one trie.
func (m *message) scan(root *node, end endings) {
	var found []match
	for i := range m.toks {
		found = root.walk(m.toks, i, end, found[:0], i)
		for _, f := range found {
			if f.shape == shapeRole {
				for k := f.from; k < f.to; k++ {
					m.roles[k] |= f.role
				}
			} else {
				m.matches = append(m.matches, f)
			}
			for k := f.from; k < f.to && !f.vague(); k++ {
				m.covered[k] = true
			}
		}
	}
}

// vague reports whether a role was found by the beginning of a word only: the word may be another one.
func (f match) vague() bool { return f.shape == shapeRole && strings.Contains(f.word, "*") }

// shortestTerm is the length from which a German word is a term in other languages (Duldung); shorter
// ones may be words of theirs (Pole).
const shortestTerm = 6

// dropForeign drops short German words from a message in another language.
func (m *message) dropForeign(lang string) {
	if lang == "de" {
		return
	}
	m.matches = slices.DeleteFunc(m.matches, func(f match) bool {
		return f.lang == "de" && f.to-f.from == 1 && len(m.toks[f.from].norm) < shortestTerm
	})
}

// forgiveTypos looks among the words that mean nothing for some that are nearly known.
func (m *message) forgiveTypos(langs []string) {
	for i := range m.toks {
		if m.covered[i] || m.toks[i].num >= 0 {
			continue
		}
		if f, ok := m.nearlyKnown(i, langs); ok {
			m.matches = append(m.matches, f)
		}
	}
}

// nearlyKnown returns the phrase that differs little from token i, or from it and the next one.
func (m *message) nearlyKnown(i int, langs []string) (match, bool) {
	word := m.toks[i].norm
	if p := m.r.places.find(word, m.asked); p != nil {
		return match{phrase: p, from: i, to: i + 1}, true
	}
	if m.sameClause(i, i+1) {
		if p := m.r.places.find(word+m.toks[i+1].norm, ""); p != nil {
			return match{phrase: p, from: i, to: i + 2}, true
		}
	}
	for _, l := range langs {
		if p := m.r.typos[l].find(word, m.asked); p != nil {
			return match{phrase: p, from: i, to: i + 1}, true
		}
	}
	return match{}, false
}

// apart is how many tokens may stand between the parts of a phrase with a plus.
const apart = 7

// joinParts replaces the parts of a phrase with a plus by the whole, where all of them stand near each other.
func (m *message) joinParts() {
	parts := map[*phrase][]match{}
	kept := m.matches[:0]
	for _, f := range m.matches {
		if f.whole == nil {
			kept = append(kept, f)
		} else {
			parts[f.whole] = append(parts[f.whole], f)
		}
	}
	m.matches = kept
	for _, found := range parts {
		if f, ok := m.join(found); ok {
			m.matches = append(m.matches, f)
		}
	}
}

// join returns the phrase of which found has the parts, if none is missing.
func (m *message) join(found []match) (match, bool) {
	first := slices.MinFunc(found, func(a, b match) int { return a.from - b.from })
	whole := match{phrase: first.whole, from: first.from, to: first.to}
	for part := range first.parts {
		f, ok := m.nearest(found, part, first)
		if !ok {
			return match{}, false
		}
		whole.to = max(whole.to, f.to)
	}
	return whole, true
}

// nearest returns the match of a part that stands near the first one.
func (m *message) nearest(found []match, part int, first match) (match, bool) {
	for _, f := range found {
		if f.part == part && m.toks[f.from].sentence == m.toks[first.from].sentence && f.from-first.to <= apart {
			return f, true
		}
	}
	return match{}, false
}

// dropInner drops what is only a part of a longer phrase about the same fact, and numbers in phrases
// that are no age (§ 24).
func (m *message) dropInner() {
	all := slices.Clone(m.matches)
	m.matches = slices.DeleteFunc(m.matches, func(f match) bool {
		return slices.ContainsFunc(all, func(o match) bool { return o.hides(f) })
	})
}

func (f match) hides(o match) bool {
	if f.from > o.from || f.to < o.to {
		return false
	}
	longer := f.to-f.from > o.to-o.from
	if f.fact == o.fact {
		return longer
	}
	return o.fact == factAge && o.shape != shapeValue && f.shape == shapeValue
}

// candidates returns what the text may state, by fact.
func (m *message) candidates() map[string][]candidate {
	cands := map[string][]candidate{}
	put := func(c candidate, ok bool) {
		if ok {
			cands[c.fact] = append(cands[c.fact], c)
		}
	}
	for _, f := range m.matches {
		switch {
		case f.shape != shapeValue:
			put(m.age(f))
		case f.fact == factTown:
			put(m.town(f))
		case f.fact == factBenefit:
			put(m.benefit(f))
		default:
			put(m.word(f))
		}
	}
	for i := range m.toks {
		put(m.bareAge(i))
		put(m.birthYear(i))
	}
	return cands
}

// candidate makes one of a match.
func (m *message) candidate(f match, score int, why string) candidate {
	c := candidate{phrase: f.phrase, value: f.value, from: f.from, to: f.to, score: score}
	c.why = fmt.Sprintf("%q (%s): %s", f.word, cmpLang(f.lang), why)
	if f.typo {
		c.why += ", misspelt"
	}
	return c
}

func cmpLang(lang string) string {
	if lang == "" {
		return "name"
	}
	return lang
}

// choose takes the best candidate for a fact: of equals the first one in an answer, else the last one.
// Ages that contradict each other give none.
func (m *message) choose(fact string, cands []candidate) (candidate, bool) {
	last := 1
	if m.asked == fact {
		last = -1
	}
	best := slices.MaxFunc(cands, func(a, b candidate) int {
		return cmp.Or(a.score-b.score, last*(a.from-b.from), a.to-b.to, strings.Compare(b.value, a.value))
	})
	if fact == factAge && m.asked != fact {
		for _, c := range cands {
			if c.score == best.score && c.value != best.value {
				return candidate{}, false
			}
		}
	}
	return best, true
}

// before returns how many tokens before i the nearest one with a role stands, 1 being the next; 0: none
// within reach in the same clause.
func (m *message) before(i int, does role, reach int) int {
	for d := 1; d <= reach && i-d >= 0 && m.sameClause(i-d, i); d++ {
		if m.roles[i-d]&does != 0 {
			return d
		}
	}
	return 0
}

// after is before for what follows the token before i.
func (m *message) after(i int, does role, reach int) int {
	for d := range reach {
		if i+d >= len(m.toks) || i > 0 && !m.sameClause(i+d, i-1) {
			return 0
		}
		if m.roles[i+d]&does != 0 {
			return d + 1
		}
	}
	return 0
}

func (m *message) sameClause(i, j int) bool {
	return i < len(m.toks) && j < len(m.toks) && m.toks[i].clause == m.toks[j].clause
}

// farAway is how far a clause is searched: one without a comma may go on for a whole page.
const farAway = 40

// inClause reports whether a token of the clause around f has a role, f itself left out.
func (m *message) inClause(f match, does role) bool {
	return m.before(f.from, does, farAway) > 0 || m.after(f.to, does, farAway) > 0
}

// inSentence reports whether a token of the sentence around f has a role, f itself left out.
func (m *message) inSentence(f match, does role) bool {
	for i := range m.toks {
		if m.toks[i].sentence == m.toks[f.from].sentence && m.roles[i]&does != 0 && (i < f.from || i >= f.to) {
			return true
		}
	}
	return false
}

// terse reports whether the text may be nothing but an answer.
func (m *message) terse() bool {
	const answer = 8
	return len(m.toks) <= answer
}

// negated reports whether the text denies what a match states.
func (m *message) negated(f match) bool {
	for i := f.from; i < f.to; i++ {
		if m.roles[i]&(roleNo|roleNot) != 0 && f.to-f.from > 1 {
			return false // the phrase itself denies something
		}
	}
	if m.before(f.from, roleNo, 2) > 0 {
		return true
	}
	for i := f.from - 1; i >= max(0, f.from-4) && m.sameClause(i, f.from); i-- {
		if m.roles[i]&roleNot != 0 {
			return true
		}
		if m.roles[i]&(roleHave|roleReceive|roleAt|roleSelf) == 0 {
			break
		}
	}
	return m.deniedAfter(f)
}

// deniedAfter reports whether a negation follows with nothing but small words between: "Duldung hat er nicht".
func (m *message) deniedAfter(f match) bool {
	const reach = 5
	between := roleHave | roleSelf | rolePerson | roleReceive
	if f.fact == factBenefit {
		between |= roleSmall
	}
	for i := f.to; i < min(len(m.toks), f.to+reach) && m.sameClause(i, f.to-1); i++ {
		if m.roles[i]&roleNotAfter != 0 {
			return i+1 == len(m.toks) || !m.toks[i+1].glued // not Nicht-EU
		}
		if m.roles[i]&between == 0 && !m.toks[i].glued || m.toks[i].norm == "und" {
			break
		}
	}
	return false
}
