package text

import (
	"strings"
	"unicode/utf8"
)

// role says what a word does in a text, besides stating facts.
type role uint32

const (
	roleReceive  role = 1 << iota // a benefit is received
	roleApply                     // it is asked for
	roleHave                      // has, is
	rolePerson                    // son, client
	roleNo                        // no, without: negates the noun after it
	roleNot                       // not: negates the word after it
	roleNotAfter                  // negates what stands before it
	roleFrom                      // from a place
	roleTo                        // to a place
	roleAt                        // in a place
	roleLive                      // lives, moved
	rolePast                      // formerly
	roleReject                    // was rejected
	roleSpan                      // makes years a duration
	rolePaper                     // letter, appointment: not the benefit itself
	roleSelf                      // I
	roleSmall                     // now, only: may stand between a person and an age
	roleUnit                      // counts something that is no age
	roleTitle                     // Mr, Mrs
	roleStreet                    // a street follows a town's adjective
	roleSeat                      // an office for many towns, named after its seat
	roleProof                     // recognition, diploma: professions beside it are qualifications
	roleWant                      // wants, would like
	roleBorn                      // born in
	roleBeside                    // makes a grandparent somebody else than the one it is about
)

// shape says what a phrase is in a trie.
type shape uint8

const (
	shapeValue  shape = iota // states a value of a fact
	shapeRole                // has a role
	shapeYears               // an age in years
	shapeMonths              // an age in months
	shapeBare                // years, or a duration
)

// phrase is a sequence of words with a meaning.
type phrase struct {
	shape      shape
	role       role
	fact       string
	value      string
	word       string // as it was written
	lang       string
	answerOnly bool
	everyday   bool // a town with the name of something else
	adjective  bool // Lemgoer
	typo       bool
	part       int // of a phrase with a plus: which part, of how many, of which phrase
	parts      int
	whole      *phrase
}

// node is one of a trie over tokens.
type node struct {
	exact   map[string]*node
	star    map[string]*node // beginnings of words
	longest int              // of those, in bytes
	tail    map[string]*node // ends of words
	deepest int              // of those, in bytes
	number  *node
	phrases []*phrase
}

// link is one word of a phrase.
type link struct {
	norm   string
	star   bool // the beginning of a word
	tail   bool // the end of one
	number bool
}

// add inserts a phrase in the notation of [Lexicon], without plus.
func (n *node) add(words string, p *phrase) {
	n.insert(strings.Fields(words), p)
}

func (n *node) insert(chunks []string, p *phrase) {
	if len(chunks) == 0 {
		n.phrases = append(n.phrases, p)
		return
	}
	for alternative := range strings.SplitSeq(chunks[0], "|") {
		at := n
		for _, l := range links(alternative) {
			at = at.child(l)
		}
		if at != n || len(chunks) > 1 {
			at.insert(chunks[1:], p)
		}
	}
}

// links splits one alternative into tokens: EU-Bürger* is two.
func links(chunk string) []link {
	var ls []link
	before, after, number := strings.Cut(chunk, "{n}")
	for i, part := range []string{before, after} {
		if i == 1 && number {
			ls = append(ls, link{number: true})
		}
		star, tail := strings.HasSuffix(part, "*"), strings.HasPrefix(part, "*")
		toks := tokenise(part)
		for k, t := range toks {
			ls = append(ls, link{norm: t.norm, star: star && k == len(toks)-1, tail: tail && k == 0})
		}
	}
	return ls
}

// child returns the node after a link, and makes it if need be.
func (n *node) child(l link) *node {
	if l.number {
		if n.number == nil {
			n.number = &node{}
		}
		return n.number
	}
	m := &n.exact
	switch {
	case l.star:
		m = &n.star
		n.longest = max(n.longest, len(l.norm))
	case l.tail:
		m = &n.tail
		n.deepest = max(n.deepest, len(l.norm))
	}
	if *m == nil {
		*m = map[string]*node{}
	}
	c := (*m)[l.norm]
	if c == nil {
		c = &node{}
		(*m)[l.norm] = c
	}
	return c
}

// match is a phrase that was found: tokens from to to (exclusive).
type match struct {
	*phrase
	from, to int
}

// walk appends the phrases that begin at token i. Endings are those that the language hangs on words.
func (n *node) walk(toks []token, i int, end endings, found []match, from int) []match {
	for _, p := range n.phrases {
		found = append(found, match{phrase: p, from: from, to: i})
	}
	if i >= len(toks) {
		return found
	}
	t := &toks[i]
	if n.number != nil && t.num >= 0 {
		found = n.number.walk(toks, i+t.span, end, found, from)
	}
	if c := n.exact[t.norm]; c != nil {
		found = c.walk(toks, i+1, end, found, from)
	}
	for cut := shortestStar; cut <= min(n.longest, len(t.norm)); cut++ {
		if c := n.star[t.norm[:cut]]; c != nil {
			found = c.walk(toks, i+1, end, found, from)
		}
	}
	for cut := max(0, len(t.norm)-n.deepest); cut < len(t.norm) && n.tail != nil; cut++ {
		if c := n.tail[t.norm[cut:]]; c != nil {
			found = c.walk(toks, i+1, end, found, from)
		}
	}
	return n.walkInflected(toks, i, end, found, from)
}

const (
	shortestStar = 2 // bytes
	shortestStem = 4 // runes that must stand before an ending
)

// walkInflected follows words without the endings and particles that a language writes on them.
func (n *node) walkInflected(toks []token, i int, end endings, found []match, from int) []match {
	if end == nil || len(n.exact) == 0 {
		return found
	}
	word := toks[i].norm
	for _, stem := range end(word) {
		if utf8.RuneCountInString(stem) < shortestStem {
			continue
		}
		if c := n.exact[stem]; c != nil && stem != word {
			found = c.walk(toks, i+1, end, found, from)
		}
	}
	return found
}
