package ask

import (
	"maps"
	"slices"
	"strings"

	"lotse/knowledge"
)

// reasons puts the facts that decided into words, the town by itself. Of a fact for which an option with
// several values was taken, all of them are named: which one holds was never said.
func (p *page) reasons(d knowledge.Decision) (reasons []string, town string) {
	for _, id := range slices.Sorted(maps.Keys(d.Because)) {
		fact, ok := p.s.Fact(id)
		if !ok {
			continue
		}
		if fact.Areas {
			town = p.area(d.Because[id])
			continue
		}
		values := d.Among[id]
		if len(values) == 0 {
			values = []string{d.Because[id]}
		}
		reasons = append(reasons, p.reason(fact, values))
	}
	return reasons, town
}

// reason puts values of a fact into words that say enough by themselves.
func (p *page) reason(fact knowledge.Fact, values []string) string {
	value := p.values(fact, values)
	if key := "reason_" + fact.ID; p.t.Has(key) {
		return p.t.Get(key, "value", value)
	}
	return value
}

// values lists the titles of values of a fact. What they have in brackets is left out here: it explains
// an option to choose, not a reason.
func (p *page) values(fact knowledge.Fact, values []string) string {
	var titles []string
	for _, v := range values {
		if fact.Areas {
			titles = append(titles, p.area(v))
			continue
		}
		titles = append(titles, withoutBrackets(p.title(fact, v)))
	}
	if last := len(titles) - 1; last > 0 {
		return strings.Join(titles[:last], ", ") + p.t.Get("or") + titles[last]
	}
	return strings.Join(titles, "")
}

// title returns the title of a value, escaped; the ID of a value that is no longer there.
func (p *page) title(fact knowledge.Fact, value string) string {
	i := slices.IndexFunc(fact.Values, func(v knowledge.FactValue) bool { return v.ID == value })
	if i < 0 {
		return escape(value)
	}
	return p.in(fact.Values[i].Title)
}

func (p *page) area(code string) string {
	if a, ok := p.s.Area(code); ok {
		return escape(a.Name)
	}
	return escape(code)
}

// withoutBrackets cuts brackets at the end.
func withoutBrackets(s string) string {
	if i := strings.LastIndex(s, "("); i > 0 && strings.HasSuffix(s, ")") {
		return strings.TrimRight(s[:i], " ")
	}
	return s
}

// candidates lists the offices that are possible, each with its condition, and who helps to find out.
func (p *page) candidates(d knowledge.Decision, counsellor string) {
	topic, _ := p.s.Topic(d.Topic)
	other := rest(d.Either)
	groups := groupCandidates(d.Either, other)
	intro := "candidates"
	if len(groups) == 1 {
		intro = "candidates_one"
	}
	p.add(p.t.Get(intro, "topic", p.in(topic.Title)))
	for _, g := range groups {
		p.add(p.candidate(g, other))
	}
	if office, ok := p.s.Office(counsellor); ok {
		p.add(p.t.Get("counselling", "office", "**"+p.officeName(office)+"**"))
		p.contact(office)
	}
}

// candidateGroup is one office with all the conditions under which it is the one.
type candidateGroup struct {
	knowledge.Candidate
	when []map[string][]string
}

// groupCandidates puts the candidates with the same office together, in their order, the one for the
// rest last.
func groupCandidates(either []knowledge.Candidate, rest int) []candidateGroup {
	var groups []candidateGroup
	for i, c := range either {
		if i == rest {
			continue
		}
		at := slices.IndexFunc(groups, func(g candidateGroup) bool { return sameOffice(g.Candidate, c) })
		if at < 0 {
			at = len(groups)
			groups = append(groups, candidateGroup{Candidate: c})
		}
		groups[at].when = append(groups[at].when, c.When)
	}
	if rest >= 0 {
		groups = append(groups, candidateGroup{Candidate: either[rest]})
	}
	return groups
}

func sameOffice(a, b knowledge.Candidate) bool {
	if a.Office != "" || b.Office != "" {
		return a.Office == b.Office
	}
	return a.Kind == b.Kind
}

// rest finds the candidate that is the one "otherwise": when all look at the same single fact, the one
// with by far the longest list of values. It returns -1 if there is none.
func rest(either []knowledge.Candidate) int {
	const many = 4 // so many values are easier to tell as "otherwise"
	fact, ok := singleFact(either)
	if !ok || len(either) < 2 {
		return -1
	}
	longest := 0
	for i, c := range either {
		if len(c.When[fact]) > len(either[longest].When[fact]) {
			longest = i
		}
	}
	others := slices.Concat(either[:longest], either[longest+1:])
	again := slices.ContainsFunc(others, func(c knowledge.Candidate) bool { return sameOffice(c, either[longest]) })
	if again || len(either[longest].When[fact]) < many {
		return -1
	}
	return longest
}

// singleFact returns the fact that all candidates look at, and at no other.
func singleFact(either []knowledge.Candidate) (fact string, ok bool) {
	for _, c := range either {
		for id := range c.When {
			if len(c.When) > 1 || fact != "" && fact != id {
				return "", false
			}
			fact = id
		}
	}
	return fact, fact != ""
}

func (p *page) candidate(g candidateGroup, rest int) string {
	office := p.candidateName(g.Candidate)
	var all []string
	for _, when := range g.when {
		if c := p.conditions(when); c != "" {
			all = append(all, c)
		}
	}
	switch {
	case len(g.when) == 0 && rest >= 0:
		return p.t.Get("candidate_else", "office", office)
	case len(all) == 0:
		return p.t.Get("candidate_only", "office", office)
	}
	return p.t.Get("candidate_if", "office", office, "conditions", strings.Join(all, p.t.Get("or_else")))
}

func (p *page) candidateName(c knowledge.Candidate) string {
	if office, ok := p.s.Office(c.Office); ok {
		return "**" + p.officeName(office) + "**" + joined("", " ☎ ", escape(office.Phone))
	}
	kind, _ := p.s.Kind(c.Kind)
	return "**" + p.t.Get("of_town", "kind", p.in(kind.Title)) + "**"
}

// conditions puts what must hold for a candidate into words, the town last.
func (p *page) conditions(when map[string][]string) string {
	var all []string
	town := ""
	for _, id := range slices.Sorted(maps.Keys(when)) {
		fact, ok := p.s.Fact(id)
		switch {
		case !ok:
		case fact.Areas:
			town = p.t.Get("lives", "town", p.values(fact, when[id]))
		default:
			all = append(all, p.reason(fact, when[id]))
		}
	}
	if town != "" {
		all = append(all, town)
	}
	return strings.Join(all, ", ")
}
