package bot

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Catalog holds what a handler says: texts by language and key. They are data, a YAML file a
// language (de.yaml, en.yaml), so that a translator needs no Go.
type Catalog struct {
	langs map[string]map[string]string
}

// ReadCatalog reads every YAML file in the folder; the name of the file is the language. German
// must be there, since it stands in for the others. A key that one language lacks is an error
// that names both, and so is an empty text.
func ReadCatalog(fsys fs.FS, folder string) (*Catalog, error) {
	names, err := fs.Glob(fsys, path.Join(folder, "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("list texts: %w", err)
	}
	c := &Catalog{langs: make(map[string]map[string]string, len(names))}
	for _, name := range names {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read texts: %w", err)
		}
		var texts map[string]string
		if err := yaml.Unmarshal(b, &texts); err != nil {
			return nil, fmt.Errorf("read texts %s: %w", name, err)
		}
		c.langs[strings.TrimSuffix(path.Base(name), ".yaml")] = texts
	}
	return c, c.check()
}

func (c *Catalog) check() error {
	german := c.langs[fallbackLang]
	if len(german) == 0 {
		return errors.New("check texts: German is missing")
	}
	var problems []error
	for _, lang := range c.Langs() {
		for _, key := range slices.Sorted(maps.Keys(german)) {
			if strings.TrimSpace(c.langs[lang][key]) == "" {
				problems = append(problems, fmt.Errorf("check texts: %q is missing in %q", key, lang))
			}
		}
		for _, key := range slices.Sorted(maps.Keys(c.langs[lang])) {
			if german[key] == "" {
				problems = append(problems, fmt.Errorf("check texts: %q is in %q, not in German", key, lang))
			}
		}
	}
	return errors.Join(problems...)
}

// fallbackLang is the language that stands in for those that are not there.
const fallbackLang = "de"

// Langs returns the languages, sorted.
func (c *Catalog) Langs() []string { return slices.Sorted(maps.Keys(c.langs)) }

// In returns the texts in the language, else in German.
func (c *Catalog) In(lang string) Texts {
	if texts, ok := c.langs[lang]; ok {
		return Texts{Lang: lang, texts: texts}
	}
	return Texts{Lang: fallbackLang, texts: c.langs[fallbackLang]}
}

// Texts are the texts of one language.
type Texts struct {
	Lang  string // what it really is: "de" when the wanted language isn't there
	texts map[string]string
}

// Get returns the text with each {name} replaced; pairs are names and values by turns, as with
// [strings.NewReplacer]. Values go in as they are: what people or databases supplied must be
// escaped before. A key that isn't there comes back itself, so that a mistake can be seen.
func (t Texts) Get(key string, pairs ...string) string {
	s, ok := t.texts[key]
	if !ok {
		return key
	}
	if len(pairs) == 0 {
		return s
	}
	r := make([]string, len(pairs))
	for i, p := range pairs {
		if i%2 == 0 {
			p = "{" + p + "}"
		}
		r[i] = p
	}
	return strings.NewReplacer(r...).Replace(s)
}

// Has reports whether there is a text with that key.
func (t Texts) Has(key string) bool { return t.texts[key] != "" }
