package text

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// The facts that are read by rules of their own. Others are read by their words alone.
const (
	factStatus        = "status"
	factTown          = "municipality"
	factAge           = "age"
	factBenefit       = "benefit"
	factEducation     = "education"
	factQualification = "qualification"
)

// noBenefit is the value of the fact benefit for those who receive none.
const noBenefit = "none"

// Reader reads facts from what people write. It is safe for concurrent use once it is made.
type Reader struct {
	// Now is the clock for years of birth; nil: [time.Now]. Set it before the first use.
	Now func() time.Time

	tries    map[string]*node
	numerals map[string]numerals
	towns    *node
	typos    map[string]speller // by language
	places   speller
}

// Found is a fact that a text states, with the words that state it: text[Start:End].
type Found struct {
	Fact, Value string
	Start, End  int
	Why         string // in English
}

// NewReader returns a reader of the words and places. Of places inside each other, by their keys, only
// the innermost count: nobody tells a town by naming its county.
func NewReader(lex Lexicon, places []Place) *Reader {
	r := &Reader{
		tries: map[string]*node{}, numerals: map[string]numerals{}, towns: &node{},
		typos: map[string]speller{},
	}
	for lang, words := range lex {
		r.addLanguage(lang, words)
	}
	r.addPlaces(places)
	return r
}

// addLanguage builds the trie of a language.
func (r *Reader) addLanguage(lang string, words WordList) {
	root := &node{}
	spell := speller{}
	for fact, values := range words.Values {
		only := foldedSet(words.AnswerOnly[fact])
		for value, list := range values {
			for _, w := range list {
				p := &phrase{shape: shapeValue, fact: fact, value: value, word: w, lang: lang, answerOnly: only[Fold(w)]}
				addWord(root, w, p)
				spell.add(w, p)
			}
		}
	}
	for shape, list := range map[shape][]string{shapeYears: words.Years, shapeMonths: words.Months, shapeBare: words.YearsBare} {
		for _, w := range list {
			root.add(w, &phrase{shape: shape, fact: factAge, word: w, lang: lang})
		}
	}
	for role, list := range map[role][]string{
		roleReceive: words.Receive, roleApply: words.Apply, roleHave: words.Have, rolePerson: words.Persons,
	} {
		addRole(root, role, lang, list)
	}
	for role, list := range cuesOf(lang) {
		addRole(root, role, lang, strings.Split(list, ";"))
	}
	r.tries[lang] = root
	r.typos[lang] = spell
	r.numerals[lang] = numeralsOf(lang)
}

func addRole(root *node, does role, lang string, words []string) {
	for _, w := range words {
		root.add(w, &phrase{shape: shapeRole, role: does, word: strings.TrimSpace(w), lang: lang})
	}
}

// addWord adds a phrase, or the parts of one with a plus.
func addWord(root *node, w string, p *phrase) {
	parts := strings.Split(w, " + ")
	if len(parts) == 1 {
		root.add(w, p)
		return
	}
	for i, part := range parts {
		piece := *p
		piece.part, piece.parts, piece.whole = i, len(parts), p
		root.add(part, &piece)
	}
}

func foldedSet(words []string) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[Fold(w)] = true
	}
	return set
}

// addPlaces adds the names of towns, and their adjectives.
func (r *Reader) addPlaces(places []Place) {
	r.places = speller{}
	for _, p := range places {
		if slices.ContainsFunc(places, func(q Place) bool { return q.Code != p.Code && strings.HasPrefix(q.Code, p.Code) }) {
			continue
		}
		for _, n := range p.Names {
			r.addTown(p, n)
		}
	}
}

func (r *Reader) addTown(p Place, name string) {
	everyday := everydayName(p, name)
	ph := &phrase{shape: shapeValue, fact: factTown, value: p.Code, word: name, everyday: everyday}
	r.towns.add(name, ph)
	if joined := foldToken(strings.Join(strings.FieldsFunc(name, func(c rune) bool { return c == ' ' || c == '-' }), "")); joined != foldToken(name) {
		r.towns.add(joined, ph)
	}
	adjective := *ph
	adjective.adjective = true
	r.towns.add(name+"er", &adjective)
	if !everyday {
		r.places.add(name, ph)
	}
}

// Read returns the facts that the text states, as fact → value. asked is the fact that the text may
// answer tersely, empty: none. The language may be empty; then it is found out.
func (r *Reader) Read(text, lang, asked string) map[string]string {
	facts := map[string]string{}
	for _, f := range r.ReadAll(text, lang, asked) {
		facts[f.Fact] = f.Value
	}
	return facts
}

// ReadAll is Read with the words that state each fact, one entry a fact, in the order of the text.
func (r *Reader) ReadAll(text, lang, asked string) []Found {
	if lang == "" {
		lang, _ = Language(text)
	}
	m := r.message(text, lang, asked)
	var all []Found
	for fact, cands := range m.candidates() {
		if c, ok := m.choose(fact, cands); ok {
			all = append(all, m.found(c))
		}
	}
	slices.SortFunc(all, func(a, b Found) int { return cmp.Or(a.Start-b.Start, strings.Compare(a.Fact, b.Fact)) })
	return all
}

// found describes a candidate.
func (m *message) found(c candidate) Found {
	f := Found{Fact: c.fact, Value: c.value, Start: m.toks[c.from].start, End: m.toks[c.to-1].end, Why: c.why}
	return f
}

// year returns the current year.
func (r *Reader) year() int {
	if r.Now != nil {
		return r.Now().Year()
	}
	return time.Now().Year()
}

// languagesFor returns the languages whose words count in a message: its own, German, because its
// terms are used in all of them, and those that share its script and are often mixed with it.
func (r *Reader) languagesFor(lang string) []string {
	langs := []string{lang}
	add := func(more ...string) {
		for _, l := range more {
			if r.tries[l] != nil && !slices.Contains(langs, l) {
				langs = append(langs, l)
			}
		}
	}
	switch lang {
	case "uk":
		add("ru")
	case "ru":
		add("uk")
	}
	add("de")
	if r.tries[lang] == nil {
		langs = langs[1:]
	}
	return langs
}
