package exchange

import (
	"path"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"lotse/knowledge"
	"lotse/knowledge/rules"
	"lotse/knowledge/text"
)

// readYAML reads one file according to its name.
func (r *reader) readYAML(name string, content []byte) {
	doc, ok := r.parse(name, content)
	if !ok {
		return
	}
	switch dir := path.Dir(name); {
	case name == "areas.yaml":
		doc.object("", fields{"areas": r.areas})
	case name == "law.yaml":
		doc.object("", fields{"legal_areas": r.legalAreas})
	case name == "facts.yaml":
		doc.object("", fields{"facts": r.facts})
	case name == "kinds.yaml":
		doc.object("", fields{"kinds": r.kinds})
	case dir == "words":
		r.words(doc, strings.TrimSuffix(path.Base(name), ".yaml"))
	case dir == "offices":
		d := r.defaults(doc, "offices")
		doc.object("", d.fields("offices", func(n node) { r.offices(n, d) }))
	case dir == "topics":
		d := r.defaults(doc, "topics")
		doc.object("", d.fields("topics", func(n node) { r.topics(n, d) }))
	}
}

// defaults are what the top of a file says of all its entries.
type defaults struct{ knowledge.Review }

// defaults are read before the entries, wherever they stand.
func (r *reader) defaults(doc node, list string) *defaults {
	d := &defaults{}
	for _, e := range doc.entriesQuietly() {
		if e.key != list {
			if read, ok := reviewFields(&d.Review)[e.key]; ok {
				read(e.node)
			}
		}
	}
	return d
}

// entriesQuietly is entries without reports, for a mapping that is read again.
func (n node) entriesQuietly() []entry {
	quiet := node{n.Node, newReader(), n.file}
	out := quiet.entries()
	for i := range out {
		out[i].r = n.r
	}
	return out
}

func (d *defaults) fields(list string, read func(node)) fields {
	done := func(node) {}
	return fields{list: read, "source": done, "reviewed": done, "review_every": done}
}

func reviewFields(v *knowledge.Review) fields {
	return fields{
		"source":       str(&v.Source),
		"reviewed":     func(n node) { v.ReviewedAt = n.day() },
		"review_every": func(n node) { v.Every = n.period() },
	}
}

func str(to *string) func(node)                { return func(n node) { *to = n.text() } }
func strs(to *[]string) func(node)             { return func(n node) { *to = n.strings() } }
func texts(to *knowledge.Texts) func(node)     { return func(n node) { *to = n.texts() } }
func lists(to *map[string][]string) func(node) { return func(n node) { *to = n.lists() } }

// each reads the entries of a list of the data and remembers where they stand.
func (r *reader) each(n node, list string, count func() int, read func(e entry, path string)) {
	for _, e := range n.entries() {
		p := join(list, count())
		r.places[p] = place{n.file, e.line}
		read(e, p)
	}
}

func (r *reader) areas(n node) {
	r.each(n, "areas", func() int { return len(r.data.Areas) }, func(e entry, p string) {
		a := knowledge.Area{Code: e.key}
		e.object(p, fields{
			"name": str(&a.Name), "in": str(&a.In), "also": strs(&a.Also),
			"everyday_word": func(n node) { a.EverydayWord = n.yes() },
		})
		r.data.Areas = append(r.data.Areas, a)
	})
}

func (r *reader) legalAreas(n node) {
	r.each(n, "legal_areas", func() int { return len(r.data.LegalAreas) }, func(e entry, _ string) {
		r.data.LegalAreas = append(r.data.LegalAreas, knowledge.LegalArea{ID: e.key, Title: e.texts()})
	})
}

func (r *reader) kinds(n node) {
	r.each(n, "kinds", func() int { return len(r.data.Kinds) }, func(e entry, _ string) {
		r.data.Kinds = append(r.data.Kinds, knowledge.Kind{ID: e.key, Title: e.texts()})
	})
}

func (r *reader) facts(n node) {
	r.each(n, "facts", func() int { return len(r.data.Facts) }, func(e entry, p string) {
		f := knowledge.Fact{ID: e.key}
		e.object(p, fields{
			"ask":    texts(&f.Ask),
			"areas":  func(n node) { f.Areas = n.yes() },
			"values": func(n node) { f.Values = r.values(n, p) },
		})
		r.data.Facts = append(r.data.Facts, f)
	})
}

func (r *reader) values(n node, path string) []knowledge.FactValue {
	var out []knowledge.FactValue
	for _, e := range n.entries() {
		r.places[join(path, "values", len(out))] = place{n.file, e.line}
		v := knowledge.FactValue{ID: e.key, Title: knowledge.Texts{}}
		for _, t := range e.entries() {
			if t.key == "unless_said" {
				v.UnlessSaid = t.yes()
			} else {
				v.Title[t.key] = t.text()
			}
		}
		out = append(out, v)
	}
	return out
}

func (r *reader) offices(n node, d *defaults) {
	r.each(n, "offices", func() int { return len(r.data.Offices) }, func(e entry, p string) {
		o := knowledge.Office{ID: e.key, Review: d.Review}
		f := reviewFields(&o.Review)
		for name, to := range map[string]*string{
			"kind": &o.Kind, "phone": &o.Phone, "email": &o.Email, "web": &o.Web,
			"street": &o.Street, "postcode": &o.Postcode, "city": &o.City,
		} {
			f[name] = str(to)
		}
		f["name"], f["hours"], f["appointment"] = texts(&o.Name), texts(&o.Hours), texts(&o.Appointment)
		f["serves"], f["law"] = strs(&o.Serves), strs(&o.Law)
		e.object(p, f)
		r.data.Offices = append(r.data.Offices, o)
	})
}

func (r *reader) topics(n node, d *defaults) {
	r.each(n, "topics", func() int { return len(r.data.Topics) }, func(e entry, p string) {
		t := knowledge.Topic{ID: e.key, Review: d.Review}
		f := reviewFields(&t.Review)
		f["title"], f["urgent"], f["bring"] = texts(&t.Title), texts(&t.Urgent), texts(&t.Bring)
		f["law"], f["basis"], f["synonyms"] = str(&t.Law), str(&t.Basis), lists(&t.Synonyms)
		f["rules"] = func(n node) { t.Rules = r.rules(n, p) }
		e.object(p, f)
		r.data.Topics = append(r.data.Topics, t)
	})
}

func (r *reader) rules(n node, path string) []rules.Rule {
	var out []rules.Rule
	for _, item := range n.list() {
		p := join(path, "rules", len(out))
		r.places[p] = place{n.file, item.Line}
		var rule rules.Rule
		item.object(p, fields{
			"when": func(n node) { rule.When = n.conditions() },
			"to":   str(&rule.To), "law": str(&rule.Law), "basis": str(&rule.Basis),
			"from":  func(n node) { rule.From = n.end() },
			"until": func(n node) { rule.Until = n.end() },
		})
		out = append(out, rule)
	}
	return out
}

// conditions keeps facts without values, so that the check reports them.
func (n node) conditions() map[string][]string {
	var out map[string][]string
	for _, e := range n.entries() {
		if out == nil {
			out = map[string][]string{}
		}
		out[e.key] = e.strings()
	}
	return out
}

// end is a day on which a rule begins or ends; "never" would say nothing.
func (n node) end() time.Time {
	if n.text() == "never" {
		n.add("must be a date, as in 2026-11-03; leave it out when there is none")
		return time.Time{}
	}
	return n.day()
}

// remember keeps the lines of an entry and of the entries in it.
func (r *reader) remember(e entry, path string) {
	r.places[path] = place{e.file, e.line}
	if e.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(e.Content); i += 2 {
			r.places[path+"/"+e.Content[i].Value] = place{e.file, e.Content[i].Line}
		}
	}
}

func (r *reader) words(doc node, lang string) {
	var w text.WordList
	r.places[join("words", lang)] = place{file: doc.file, line: doc.Line}
	doc.object(join("words", lang), fields{
		"values": func(n node) {
			for _, e := range n.entries() {
				r.remember(e, join("words", lang, "values", e.key))
				if values := e.lists(); len(values) > 0 {
					if w.Values == nil {
						w.Values = map[string]map[string][]string{}
					}
					w.Values[e.key] = values
				}
			}
		},
		"answer_only": lists(&w.AnswerOnly),
		"receive":     strs(&w.Receive),
		"apply":       strs(&w.Apply),
		"have":        strs(&w.Have),
		"persons":     strs(&w.Persons),
		"years":       strs(&w.Years),
		"months":      strs(&w.Months),
		"years_bare":  strs(&w.YearsBare),
	})
	if r.data.Words == nil {
		r.data.Words = text.Lexicon{}
	}
	r.data.Words[lang] = w
}
