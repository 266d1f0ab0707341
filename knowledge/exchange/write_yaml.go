package exchange

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"go.yaml.in/yaml/v4"

	"lotse/knowledge"
	"lotse/knowledge/rules"
	"lotse/knowledge/text"
)

// document is the mapping of one list.
func document(list string, entries mapping) *yaml.Node {
	m := newMapping()
	m.set(list, entries.Node)
	return m.Node
}

func areasNode(list []knowledge.Area) *yaml.Node {
	out := newMapping()
	for _, a := range list {
		m := newMapping()
		m.str("name", a.Name)
		m.str("in", a.In)
		m.list("also", a.Also)
		m.yes("everyday_word", a.EverydayWord)
		out.set(a.Code, m.flow())
	}
	return document("areas", out)
}

func lawNode(list []knowledge.LegalArea) *yaml.Node {
	out := newMapping()
	for _, l := range list {
		out.set(l.ID, textsNode(l.Title))
	}
	return document("legal_areas", out)
}

func kindsNode(list []knowledge.Kind) *yaml.Node {
	out := newMapping()
	for _, k := range list {
		out.set(k.ID, textsNode(k.Title))
	}
	return document("kinds", out)
}

func factsNode(list []knowledge.Fact) *yaml.Node {
	out := newMapping()
	for _, f := range list {
		m := newMapping()
		m.texts("ask", f.Ask)
		m.yes("areas", f.Areas)
		if len(f.Values) > 0 {
			values := newMapping()
			for _, v := range f.Values {
				t := mapping{textsNode(v.Title)}
				t.yes("unless_said", v.UnlessSaid)
				values.set(v.ID, t.Node)
			}
			m.set("values", values.Node)
		}
		out.set(f.ID, m.Node)
	}
	return document("facts", out)
}

func (m mapping) review(r knowledge.Review) {
	m.str("source", r.Source)
	m.str("reviewed", reviewed(r.ReviewedAt))
	if r.Every > 0 {
		m.str("review_every", fmt.Sprintf("%d days", r.Every/(24*time.Hour)))
	}
}

func reviewed(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format(time.DateOnly)
}

func (m mapping) day(key string, t time.Time) {
	if !t.IsZero() {
		m.set(key, scalar(t.Format(time.DateOnly)))
	}
}

func officesNode(list []knowledge.Office) *yaml.Node {
	out := newMapping()
	for _, o := range list {
		m := newMapping()
		m.str("kind", o.Kind)
		m.texts("name", o.Name)
		m.list("serves", o.Serves)
		m.list("law", o.Law)
		m.str("phone", o.Phone)
		m.str("email", o.Email)
		m.str("web", o.Web)
		m.str("street", o.Street)
		m.str("postcode", o.Postcode)
		m.str("city", o.City)
		m.texts("hours", o.Hours)
		m.texts("appointment", o.Appointment)
		m.review(o.Review)
		out.set(o.ID, m.Node)
	}
	return document("offices", out)
}

func topicsNode(list []knowledge.Topic) *yaml.Node {
	out := newMapping()
	for _, t := range list {
		m := newMapping()
		m.texts("title", t.Title)
		if len(t.Synonyms) > 0 {
			m.set("synonyms", listsNode(t.Synonyms, languages(t.Synonyms)))
		}
		m.str("law", t.Law)
		m.str("basis", t.Basis)
		m.texts("urgent", t.Urgent)
		m.texts("bring", t.Bring)
		rs := &yaml.Node{Kind: yaml.SequenceNode}
		for _, r := range t.Rules {
			rs.Content = append(rs.Content, ruleNode(r))
		}
		m.set("rules", rs)
		m.review(t.Review)
		out.set(t.ID, m.Node)
	}
	return document("topics", out)
}

func ruleNode(r rules.Rule) *yaml.Node {
	m := newMapping()
	if len(r.When) > 0 {
		when := newMapping()
		for _, fact := range slices.Sorted(maps.Keys(r.When)) {
			when.set(fact, sequence(r.When[fact]))
		}
		m.set("when", when.flow())
	}
	m.str("to", r.To)
	m.str("law", r.Law)
	m.str("basis", r.Basis)
	m.day("from", r.From)
	m.day("until", r.Until)
	return m.flow()
}

func listsNode(lists map[string][]string, keys []string) *yaml.Node {
	m := newMapping()
	for _, k := range keys {
		m.set(k, sequence(lists[k]))
	}
	return m.Node
}

func wordsNode(w text.WordList) *yaml.Node {
	m := newMapping()
	if len(w.Values) > 0 {
		facts := newMapping()
		for _, fact := range slices.Sorted(maps.Keys(w.Values)) {
			values := w.Values[fact]
			facts.set(fact, listsNode(values, slices.Sorted(maps.Keys(values))))
		}
		m.set("values", facts.Node)
	}
	if len(w.AnswerOnly) > 0 {
		m.set("answer_only", listsNode(w.AnswerOnly, slices.Sorted(maps.Keys(w.AnswerOnly))))
	}
	m.list("receive", w.Receive)
	m.list("apply", w.Apply)
	m.list("have", w.Have)
	m.list("persons", w.Persons)
	m.list("years", w.Years)
	m.list("months", w.Months)
	m.list("years_bare", w.YearsBare)
	return m.Node
}
