package knowledge

import (
	"strings"
	"unicode"
)

// places finds towns that the knowledge base does not serve. A question about life there can't be told
// from ours by its matter; only the place tells.
type places struct {
	names    map[string][]placeName // by first word
	near     phraseSet              // words before a place where somebody is
	away     phraseSet              // words before a place that somebody comes from or goes to
	self     phraseSet              // "I live", "we live"
	live     phraseSet              // "lives"
	business phraseSet              // work, university, courts: one may have to do with a place without living there
	office   phraseSet              // authorities: "Jobcenter Köln"
}

type placeName struct {
	name     string   // as listed
	words    []string // normalised
	everyday bool     // also a common word: only as "in Essen"
}

// role is what a place has to do with the person.
type role int

const (
	noPlace   role = iota // none is named, or only where somebody comes from, goes to, works
	somewhere             // named, in no clear role
	located               // "in X", "Jobcenter X"
	residence             // "lives in X": somebody does, perhaps not the person it is about
	home                  // "I live in X"
)

// newPlaces leaves out what the knowledge base has areas for: a county may be anywhere.
func newPlaces(d Data) *places {
	lists := parseLists(placePhrases)
	p := &places{
		names: map[string][]placeName{},
		near:  lists["near"].all(), away: lists["away"].all(), self: lists["self"].all(), live: lists["live"].all(),
		business: lists["business"].all(), office: lists["office"].all(),
	}
	own := map[string]bool{}
	for _, a := range d.Areas {
		for _, n := range append([]string{a.Name}, a.Also...) {
			own[strings.Join(normalWords(n), " ")] = true
		}
	}
	for _, entry := range lists["elsewhere"][""] {
		entry, everyday := strings.CutPrefix(entry, "*")
		spellings := strings.Split(entry, "|")
		if own[strings.Join(normalWords(spellings[0]), " ")] {
			continue
		}
		for _, s := range spellings {
			if w := normalWords(s); len(w) > 0 {
				p.names[w[0]] = append(p.names[w[0]], placeName{spellings[0], w, everyday})
			}
		}
	}
	return p
}

// find returns the place elsewhere with the strongest role in the text.
func (p *places) find(said string) (name string, r role) {
	words := normalWords(said)
	stems := strings.ContainsFunc(said, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) })
	for i := range words {
		afterPolish := i > 0 && (words[i-1] == "w" || words[i-1] == "we")
		n, locative := p.at(words, i, stems || afterPolish)
		if n.name == "" {
			continue
		}
		found := p.role(words, i, len(n.words), locative)
		if n.everyday && (found < located || !strings.Contains(said, " "+n.name)) {
			continue
		}
		if found > r {
			name, r = n.name, found
		}
	}
	return name, r
}

// at returns the name that starts at words[i], and whether it carries a preposition of place that is
// written together with it.
func (p *places) at(words []string, i int, stems bool) (n placeName, locative bool) {
	w := words[i]
	if n = p.exact(w, words[i:]); n.name != "" {
		return n, false
	}
	if first, rest, ok := cutArabicPrefix(w); ok {
		if n = p.exact(rest, words[i:]); n.name != "" {
			return n, first == 'ب' || first == 'ف'
		}
	}
	if stems {
		if n = p.slavic(w, words[i:]); n.name != "" {
			return n, false
		}
	}
	return p.turkish(w, words[i:])
}

// slavic takes case endings off.
func (p *places) slavic(w string, words []string) placeName {
	for cut := 1; cut <= 3 && len(w)-cut >= 4; cut++ {
		for _, ending := range []string{"", "a"} {
			if n := p.exact(w[:len(w)-cut]+ending, words); n.name != "" {
				return n
			}
		}
	}
	return placeName{}
}

// turkish takes the ending of place off that is written without an apostrophe.
func (p *places) turkish(w string, words []string) (n placeName, locative bool) {
	for _, suffix := range []string{"da", "de", "ta", "te"} {
		if stem, ok := strings.CutSuffix(w, suffix); ok && len(stem) >= 5 {
			if n = p.exact(stem, words); n.name != "" {
				return n, true
			}
		}
	}
	return placeName{}, false
}

// exact returns the name that words start with, when first is taken for their first word.
func (p *places) exact(first string, words []string) placeName {
	for _, n := range p.names[first] {
		if startsWith(words[1:], n.words[1:]) {
			return n
		}
	}
	return placeName{}
}

func cutArabicPrefix(w string) (first rune, rest string, ok bool) {
	r := []rune(w)
	if len(r) < 4 || !strings.ContainsRune("بفلو", r[0]) {
		return 0, "", false
	}
	return r[0], string(r[1:]), true
}

func (p *places) role(words []string, i, size int, locative bool) role {
	before := words[max(0, i-5):i]
	after := words[i+size : min(len(words), i+size+3)]
	switch {
	case p.away.within(last(before, 1), 1) || len(after) > 0 && turkishAway(after[0]):
		return noPlace
	case p.besideOffice(before, after):
		return located
	}
	locative = locative || len(after) > 0 && turkishIn(after[0]) || p.near.within(last(before, 2), 2)
	business := p.business.count(before) > 0
	switch {
	case p.self.count(last(before, 4)) > 0 || p.self.count(after) > 0:
		return home
	case p.live.count(last(before, 3)) > 0 || p.live.count(after) > 0:
		return residence
	case locative && !business:
		return located
	case locative || !business:
		return somewhere
	}
	return noPlace
}

// besideOffice tells whether an authority is named directly before or after the place.
func (p *places) besideOffice(before, after []string) bool {
	if len(before) > 0 {
		w := before[len(before)-1]
		if strings.HasSuffix(w, "amt") || strings.HasSuffix(w, "behorde") {
			return true
		}
		for n := 1; n <= min(3, len(before)); n++ {
			if tail := last(before, n); p.office.at(tail, 0) == n {
				return true
			}
		}
	}
	return len(after) > 0 && p.office.at(after, 0) > 0
}

func turkishIn(suffix string) bool {
	return suffix == "da" || suffix == "de" || suffix == "ta" || suffix == "te"
}

func turkishAway(suffix string) bool {
	return suffix == "dan" || suffix == "den" || suffix == "tan" || suffix == "ten" ||
		suffix == "ya" || suffix == "ye"
}

func last(words []string, n int) []string { return words[max(0, len(words)-n):] }
