package knowledge

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// Fault is something that is wrong with a knowledge base.
type Fault struct {
	Path    string // where, by position: "topics/3/rules/0/to"; the nearest entry that has a place of its own
	Other   string // the path of another entry that takes part in it; may be empty
	Text    string // what is wrong and how to mend it, in one line
	Warning bool   // it can be used all the same
}

// Limits of what a knowledge base may hold, so that nobody's mistake fills a message or the memory.
const (
	maxName    = 200   // runes of a name, title, synonym or word
	maxText    = 2000  // runes of hours, what to bring and the like
	maxExample = 600   // runes of an example
	maxList    = 20000 // entries of a list, examples aside
)

// Check returns everything that is wrong with a knowledge base, in the order of the lists. Faults
// that aren't warnings make it unfit for import.
func Check(d Data) []Fault {
	c := &checker{d: d, ids: map[string]map[string]string{}}
	c.sizes()
	c.areas()
	c.lists()
	c.offices()
	c.kindsServe()
	c.topics()
	c.examples()
	c.words()
	return c.faults
}

// checker collects faults. ids holds, by list, the path of each ID.
type checker struct {
	d      Data
	ids    map[string]map[string]string
	faults []Fault
}

func (c *checker) add(path, format string, args ...any) {
	c.faults = append(c.faults, Fault{Path: path, Text: fmt.Sprintf(format, args...)})
}

func (c *checker) warn(path, format string, args ...any) {
	c.faults = append(c.faults, Fault{Path: path, Text: fmt.Sprintf(format, args...), Warning: true})
}

func (c *checker) clash(path, other, format string, args ...any) {
	c.faults = append(c.faults, Fault{Path: path, Other: other, Text: fmt.Sprintf(format, args...)})
}

func (c *checker) sizes() {
	for _, l := range []struct {
		name string
		n    int
	}{
		{"areas", len(c.d.Areas)},
		{"legal_areas", len(c.d.LegalAreas)},
		{"facts", len(c.d.Facts)},
		{"kinds", len(c.d.Kinds)},
		{"offices", len(c.d.Offices)},
		{"topics", len(c.d.Topics)},
	} {
		if l.n > maxList {
			c.add(l.name, "%s has %d entries; the most is %d", l.name, l.n, maxList)
		}
	}
	if len(c.d.Areas) == 0 {
		c.add("areas", "there are no areas; name at least the county and its towns in areas.yaml")
	}
	if len(c.d.Topics) == 0 {
		c.add("topics", "there are no topics; Lotse could answer nothing")
	}
}

var (
	idPattern   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	areaPattern = regexp.MustCompile(`^[0-9]{2,12}$`)
)

// id checks an ID and that nothing else in the list has it.
func (c *checker) id(list, path, id string) {
	switch {
	case id == "":
		c.add(path, "%s: an entry has no ID", list)
	case list == "areas" && !areaPattern.MatchString(id):
		c.add(path, "area %q: the code is the official municipality key, digits only and in quotes", id)
	case list != "areas" && !idPattern.MatchString(id):
		c.add(path, "%s: %q is no ID; use letters without accents, digits, - and _, at most 64", list, id)
	}
	if c.ids[list] == nil {
		c.ids[list] = map[string]string{}
	}
	if first, ok := c.ids[list][id]; ok {
		c.clash(path, first, "%s: %q appears twice; give one of them another ID or remove it", list, id)
		return
	}
	c.ids[list][id] = path
}

func (c *checker) has(list, id string) bool {
	_, ok := c.ids[list][id]
	return ok
}

// name checks a text that must be there and in one line.
func (c *checker) name(path, what, s string) {
	if strings.TrimSpace(s) == "" {
		c.add(path, "%s is missing", what)
		return
	}
	if strings.ContainsRune(s, '\n') {
		c.add(path, "%s has more than one line", what)
	}
	c.text(path, what, s, maxName)
}

// text checks what the database and the messages can hold.
func (c *checker) text(path, what, s string, limit int) {
	if !utf8.ValidString(s) {
		c.add(path, "%s is no valid UTF-8; save the file as UTF-8", what)
		return
	}
	if n := utf8.RuneCountInString(s); n > limit {
		c.add(path, "%s has %d characters; the most is %d", what, n, limit)
	}
	if strings.ContainsFunc(s, forbidden) {
		c.add(path, "%s holds a control character or an invisible mark; remove it", what)
	}
	if s != strings.TrimSpace(s) {
		c.add(path, "%s begins or ends with a blank; remove it", what)
	}
}

// forbidden tells characters that no text needs and that could hide something: control characters, and
// marks that turn the direction of what follows. Zero-width joiners are needed in Persian.
func forbidden(r rune) bool {
	return r != '\n' && unicode.IsControl(r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' ||
		r == '\ufeff' || r == utf8.RuneError
}

// texts checks a text by language; German must be there when it is needed or when there is any other.
func (c *checker) texts(path, what string, t Texts, needed bool, limit int) {
	if (needed || len(t) > 0) && strings.TrimSpace(t["de"]) == "" {
		c.add(path, "%s has no German text; add de: …", what)
	}
	for lang, s := range sorted(t) {
		c.lang(path, what, lang)
		if s == "" {
			if lang != "de" {
				c.add(path, "%s is empty in %q; write it or remove %s", what, lang, lang)
			}
			continue
		}
		c.text(path, fmt.Sprintf("%s (%s)", what, lang), s, limit)
	}
}

func (c *checker) lang(path, what, lang string) {
	if !knownLanguage(lang) {
		c.add(path, "%s: %q is no language; use two letters as in de, en, uk, ar", what, lang)
	}
}

// knownLanguage tells whether it is the ISO 639-1 code of a language.
func knownLanguage(lang string) bool {
	if len(lang) != 2 {
		return false
	}
	b, err := language.ParseBase(lang)
	return err == nil && b.String() == lang
}
