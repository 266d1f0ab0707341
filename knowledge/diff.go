package knowledge

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"lotse/knowledge/rules"
)

// Diff is what an import changes, or would change.
type Diff struct {
	Changes   []Change
	Reordered []string // tables whose entries stand in another order
	Version   int64    // of the knowledge base afterwards
	Trained   bool     // the built-in router was trained (or would be)
	Embedded  int      // texts that got a vector; with a dry run: that would
	Missing   int      // texts that the embedder couldn't take now; they are tried again in the background
}

// Change is one entry or one field of it.
type Change struct {
	Table    string // as in the database: areas, offices, topics, examples, ...
	ID       string // of the entry; of an example its text
	Field    string // empty: the whole entry was added or removed
	Old, New string // of the field; of an example its topic
	Removed  bool   // the entry was removed; else, without a field, it was added
}

// Empty reports whether nothing changes.
func (d Diff) Empty() bool { return len(d.Changes) == 0 && len(d.Reordered) == 0 }

// How many lines of a table are printed: changed fields are what one wants to look through, whole
// entries are mostly the many of a first import.
const (
	maxFields  = 40
	maxEntries = 10
)

// String lists the changes, a line each, by table: + added, - removed, ~ changed from old to new. Long
// lists are cut, with the number of what was left out.
func (d Diff) String() string {
	var b strings.Builder
	for start := 0; start < len(d.Changes); {
		end := start
		for end < len(d.Changes) && d.Changes[end].Table == d.Changes[start].Table {
			end++
		}
		d.table(&b, d.Changes[start:end])
		start = end
	}
	for _, t := range d.Reordered {
		fmt.Fprintf(&b, "%s: another order\n", t)
	}
	if b.Len() == 0 {
		return "no changes\n"
	}
	return b.String()
}

func (d Diff) table(b *strings.Builder, list []Change) {
	added, removed, changed := 0, 0, map[string]bool{}
	for _, c := range list {
		switch {
		case c.Field != "":
			changed[c.ID] = true
		case c.Removed:
			removed++
		default:
			added++
		}
	}
	fmt.Fprintf(b, "%s: %d added, %d changed, %d removed\n", list[0].Table, added, len(changed), removed)
	fields, entries := 0, 0
	for _, c := range list {
		shown, most := &entries, maxEntries
		if c.Field != "" {
			shown, most = &fields, maxFields
		}
		if *shown++; *shown <= most {
			fmt.Fprintf(b, "  %s\n", c)
		}
	}
	if left := max(0, fields-maxFields) + max(0, entries-maxEntries); left > 0 {
		fmt.Fprintf(b, "  … %d more\n", left)
	}
}

// String returns the change in one line.
func (c Change) String() string {
	id := shorten(c.ID)
	switch {
	case c.Field != "":
		return fmt.Sprintf("~ %s: %s %s → %s", id, c.Field, quoted(c.Old), quoted(c.New))
	case c.Removed:
		return "- " + id + topicNote(c.Old)
	}
	return "+ " + id + topicNote(c.New)
}

func topicNote(topic string) string {
	if topic == "" {
		return ""
	}
	return " (" + topic + ")"
}

func quoted(s string) string {
	if s == "" {
		return "nothing"
	}
	return `"` + shorten(s) + `"`
}

// item is an entry of a table in a form that can be compared: fields in a fixed order.
type item struct {
	id     string
	fields [][2]string
}

// changeSet is a Diff with what writing it needs.
type changeSet struct {
	Diff

	write   map[string]map[string]bool // table → IDs to insert or update; those that only moved, too
	removed map[string][]string        // table → IDs
}

// compare finds what turns one knowledge base into the other.
func compare(from, to Data) *changeSet {
	c := &changeSet{write: map[string]map[string]bool{}, removed: map[string][]string{}}
	c.table("areas", items(from.Areas, areaItem), items(to.Areas, areaItem))
	c.table("legal_areas", items(from.LegalAreas, lawItem), items(to.LegalAreas, lawItem))
	c.table("facts", items(from.Facts, factItem), items(to.Facts, factItem))
	c.table("kinds", items(from.Kinds, kindItem), items(to.Kinds, kindItem))
	c.table("offices", items(from.Offices, officeItem), items(to.Offices, officeItem))
	c.table("topics", items(from.Topics, topicItem), items(to.Topics, topicItem))
	c.examples(from, to)
	c.rewire(from, to)
	c.table("fact_words", items(wordRows(from.Words), wordItem), items(wordRows(to.Words), wordItem))
	return c
}

// rewire marks topics whose rules lead to what was a kind and is an office now, or the other way round:
// their text stays the same, but the database tells the two apart.
func (c *changeSet) rewire(from, to Data) {
	was := index(from.Kinds, func(k Kind) string { return k.ID })
	is := index(to.Kinds, func(k Kind) string { return k.ID })
	for _, t := range to.Topics {
		for _, r := range t.Rules {
			_, before := was[r.To]
			if _, now := is[r.To]; before != now {
				c.write["topics"][t.ID] = true
			}
		}
	}
}

func items[T any](list []T, of func(T) item) []item {
	out := make([]item, len(list))
	for i, v := range list {
		out[i] = of(v)
	}
	return out
}

func (c *changeSet) table(name string, from, to []item) {
	old := make(map[string]int, len(from))
	for i, it := range from {
		old[it.id] = i
	}
	write := map[string]bool{}
	c.write[name] = write
	kept := map[string]bool{}
	for i, it := range to {
		at, ok := old[it.id]
		if !ok {
			write[it.id] = true
			c.Changes = append(c.Changes, Change{Table: name, ID: it.id})
			continue
		}
		kept[it.id] = true
		changes := it.changes(name, from[at])
		c.Changes = append(c.Changes, changes...)
		if len(changes) > 0 || at != i {
			write[it.id] = true
		}
	}
	for _, it := range from {
		if !kept[it.id] {
			c.removed[name] = append(c.removed[name], it.id)
			c.Changes = append(c.Changes, Change{Table: name, ID: it.id, Removed: true})
		}
	}
	if name != "fact_words" && !slices.Equal(order(from, kept), order(to, kept)) { // words have no order
		c.Reordered = append(c.Reordered, name)
	}
}

// changes returns the fields that differ.
func (it item) changes(table string, from item) []Change {
	var out []Change
	for i, f := range it.fields {
		if was := from.fields[i][1]; was != f[1] {
			out = append(out, Change{Table: table, ID: it.id, Field: f[0], Old: was, New: f[1]})
		}
	}
	return out
}

// order returns the IDs of those that are kept.
func order(list []item, kept map[string]bool) []string {
	var out []string
	for _, it := range list {
		if kept[it.id] {
			out = append(out, it.id)
		}
	}
	return out
}

// examples are compared by language and text; the topic is what may change.
func (c *changeSet) examples(from, to Data) {
	old, now := allExamples(from), allExamples(to)
	topics := func(list []Example) map[[2]string]string {
		m := make(map[[2]string]string, len(list))
		for _, e := range list {
			m[[2]string{e.Lang, e.Text}] = orNone(e.Topic)
		}
		return m
	}
	was, is := topics(old), topics(now)
	for _, e := range now {
		t, ok := was[[2]string{e.Lang, e.Text}]
		switch topic := orNone(e.Topic); {
		case !ok:
			c.Changes = append(c.Changes, Change{Table: "examples", ID: e.Text, New: topic})
		case t != topic:
			c.Changes = append(c.Changes, Change{Table: "examples", ID: e.Text, Field: "topic", Old: t, New: topic})
		}
	}
	for _, e := range old {
		if _, ok := is[[2]string{e.Lang, e.Text}]; !ok {
			c.Changes = append(c.Changes, Change{Table: "examples", ID: e.Text, Old: orNone(e.Topic), Removed: true})
		}
	}
}

func allExamples(d Data) []Example {
	var out []Example
	for _, t := range d.Topics {
		out = append(out, t.Examples...)
	}
	return append(out, d.Foreign...)
}

func areaItem(a Area) item {
	return item{a.Code, [][2]string{
		{"name", a.Name}, {"also", listed(a.Also)}, {"in", a.In}, {"everyday_word", strconv.FormatBool(a.EverydayWord)},
	}}
}

func lawItem(l LegalArea) item { return item{l.ID, [][2]string{{"title", textsText(l.Title)}}} }
func kindItem(k Kind) item     { return item{k.ID, [][2]string{{"title", textsText(k.Title)}}} }

func factItem(f Fact) item {
	var values []string
	for _, v := range f.Values {
		s := v.ID + " (" + textsText(v.Title) + ")"
		if v.UnlessSaid {
			s += " unless said"
		}
		values = append(values, s)
	}
	return item{f.ID, [][2]string{
		{"ask", textsText(f.Ask)}, {"values", listed(values)}, {"areas", strconv.FormatBool(f.Areas)},
	}}
}

func officeItem(o Office) item {
	return item{o.ID, append([][2]string{
		{"kind", o.Kind},
		{"name", textsText(o.Name)},
		{"serves", listed(o.Serves)},
		{"law", listed(o.Law)},
		{"phone", o.Phone},
		{"email", o.Email},
		{"web", o.Web},
		{"street", o.Street},
		{"postcode", o.Postcode},
		{"city", o.City},
		{"hours", textsText(o.Hours)},
		{"appointment", textsText(o.Appointment)},
	}, reviewFields(o.Review)...)}
}

func topicItem(t Topic) item {
	var rs, synonyms []string
	for _, r := range t.Rules {
		rs = append(rs, ruleText(r))
	}
	for lang, list := range sorted(t.Synonyms) {
		synonyms = append(synonyms, lang+": "+listed(list))
	}
	return item{t.ID, append([][2]string{
		{"title", textsText(t.Title)},
		{"synonyms", strings.Join(synonyms, "; ")},
		{"law", t.Law},
		{"basis", t.Basis},
		{"urgent", textsText(t.Urgent)},
		{"bring", textsText(t.Bring)},
		{"rules", strings.Join(rs, "; ")},
	}, reviewFields(t.Review)...)}
}

func wordItem(r wordRow) item { return item{r.key(), [][2]string{{"words", listed(r.Words)}}} }

func reviewFields(r Review) [][2]string {
	return [][2]string{{"source", r.Source}, {"reviewed", dayText(r.ReviewedAt)}, {"review_every", r.Every.String()}}
}

func dayText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// ruleText writes a rule in a way that no two different rules share.
func ruleText(r rules.Rule) string {
	var b strings.Builder
	for fact, values := range sorted(r.When) {
		fmt.Fprintf(&b, "%s is %s, ", fact, strings.Join(values, " or "))
	}
	b.WriteString("to " + r.To)
	for _, f := range [][2]string{
		{"law", r.Law}, {"basis", r.Basis}, {"from", dayText(r.From)}, {"until", dayText(r.Until)},
	} {
		if f[1] != "" {
			b.WriteString(", " + f[0] + " " + distinct(f[1], `,;"`))
		}
	}
	return b.String()
}

// listed joins a list so that different lists give different texts.
func listed(list []string) string {
	parts := make([]string, len(list))
	for i, s := range list {
		parts[i] = distinct(s, `|"`)
	}
	return strings.Join(parts, " | ")
}

// distinct quotes a text that holds one of the separators.
func distinct(s, separators string) string {
	if strings.ContainsAny(s, separators) {
		return strconv.Quote(s)
	}
	return s
}

// textsText lists texts by language.
func textsText(t Texts) string {
	var parts []string
	for lang, s := range sorted(t) {
		parts = append(parts, lang+": "+distinct(s, `|"`))
	}
	return strings.Join(parts, " | ")
}
