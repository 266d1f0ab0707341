package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Result is where the rules of a matter lead. Exactly one of Office and Ask is set, unless no rule
// holds: then both are empty.
type Result struct {
	Rule    int         // index of the rule that decided; -1 when several do and agree, or none does
	Office  string      // the office
	Ask     string      // the first fact that separates the offices that are still possible
	Options [][]string  // of Ask: its values, those merged that lead to the same office or offices
	Either  []Candidate // of Ask: every office that is still possible
	Because []string    // of Office: the known facts without which it would not be certain
}

// Candidate is an office that is possible, with the unknown facts under which it is the one.
type Candidate struct {
	Office string              // empty when it depends on a town that has too many offices to list, then Kind
	Kind   string              // kind of office
	When   map[string][]string // fact → values; all must be met
}

// listed is how many offices of a kind are listed one by one as candidates, with their towns. A person
// reads five; of sixteen only the kind is named.
const listed = 5

// Resolve goes through the rules that are in force on the day: the first that holds decides. When facts
// that matter are unknown it returns the first one that can still change the office, in the order in
// which the rules look at them, the town last.
func (w *World) Resolve(rs []Rule, known Facts, day time.Time) Result {
	s := newSearch(w, rs, known, day)
	r := s.resolve()
	if r.Office == "" {
		return r
	}
	for _, id := range s.mentioned() {
		if _, ok := known[id]; !ok {
			continue
		}
		without := maps.Clone(known)
		delete(without, id)
		if s.decidedBy(r.Rule, id) || newSearch(w, rs, without, day).resolve().Office != r.Office {
			r.Because = append(r.Because, id)
		}
	}
	return r
}

// search is one resolution. The rules are those in force.
type search struct {
	w     *World
	rules []Rule
	index []int // of each rule, in the list that was given
	known Facts
	open  []openFact
}

// openFact is a fact that is unknown and that some rule looks at.
type openFact struct {
	id     string
	groups [][]string // values that no rule tells apart; of the town each value alone
	usual  []string   // one value of each group that people are taken to have
}

func newSearch(w *World, rs []Rule, known Facts, day time.Time) *search {
	s := &search{w: w, known: known}
	for i, r := range rs {
		if r.ValidOn(day) {
			s.rules, s.index = append(s.rules, r), append(s.index, i)
		}
	}
	for _, id := range s.mentioned() {
		f, inDomain := w.Domain.Fact(id)
		if _, ok := known[id]; !ok && inDomain && slices.ContainsFunc(s.rules, func(r Rule) bool { return r.When[id] != nil }) {
			s.open = append(s.open, s.openFact(f))
		}
	}
	return s
}

// mentioned returns the facts that rules look at, in the order in which they do (within one rule: in the
// order of the domain), and the town.
func (s *search) mentioned() []string {
	var ids []string
	for _, r := range s.rules {
		for _, f := range s.w.Domain {
			if r.When[f.ID] != nil && !slices.Contains(ids, f.ID) {
				ids = append(ids, f.ID)
			}
		}
	}
	if !slices.Contains(ids, s.w.Town) {
		ids = append(ids, s.w.Town)
	}
	return ids
}

func (s *search) openFact(f Fact) openFact {
	o := openFact{id: f.ID}
	o.groups = group(f.Values, func(v string) string {
		if f.ID == s.w.Town {
			return v
		}
		var b strings.Builder
		for _, r := range s.rules {
			fmt.Fprint(&b, slices.Contains(r.When[f.ID], v), " ")
		}
		return b.String()
	})
	for _, g := range o.groups {
		i := slices.IndexFunc(g, func(v string) bool { return !slices.Contains(f.UnlessSaid, v) })
		if i >= 0 {
			o.usual = append(o.usual, g[i])
		}
	}
	if len(o.usual) == 0 { // nothing is presumed where everything would be excluded
		for _, g := range o.groups {
			o.usual = append(o.usual, g[0])
		}
	}
	return o
}

// group puts values with the same key together, in the order of the first of each.
func group(values []string, key func(string) string) [][]string {
	var groups [][]string
	at := map[string]int{}
	for _, v := range values {
		k := key(v)
		i, ok := at[k]
		if !ok {
			i = len(groups)
			at[k] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], v)
	}
	return groups
}

// cell is the outcome for one way the unknown facts may turn out.
type cell struct {
	target
	rule int // index among all rules; -1: none holds
}

// cells returns the outcome for every usual combination of the values of the open facts.
func (s *search) cells(facts Facts, open []openFact) []cell {
	if len(open) == 0 {
		return []cell{s.cell(facts)}
	}
	var out []cell
	for _, v := range open[0].usual {
		out = append(out, s.cells(with(facts, open[0].id, v), open[1:])...)
	}
	return out
}

func (s *search) cell(facts Facts) cell {
	for i, r := range s.rules {
		if r.Holds(facts, s.w.Domain) == True {
			return cell{s.w.target(r.To, facts[s.w.Town]), s.index[i]}
		}
	}
	return cell{rule: -1}
}

func with(facts Facts, id, value string) Facts {
	out := make(Facts, len(facts)+1)
	maps.Copy(out, facts)
	out[id] = value
	return out
}

// split groups the values of a fact by where they lead, whatever the other open facts are. It tells
// whether values that people are taken to have fall into different groups.
func (s *search) split(facts Facts, f openFact, others []openFact) (groups [][]string, matters bool) {
	outcome := map[string]string{}
	for _, g := range f.groups {
		var b strings.Builder
		for _, c := range s.cells(with(facts, f.id, g[0]), others) {
			fmt.Fprintf(&b, "%q %q ", c.office, c.kind)
		}
		for _, v := range g {
			outcome[v] = b.String()
		}
	}
	all := slices.Concat(f.groups...)
	d, _ := s.w.Domain.Fact(f.id)
	slices.SortStableFunc(all, func(a, b string) int { return slices.Index(d.Values, a) - slices.Index(d.Values, b) })
	groups = group(all, func(v string) string { return outcome[v] })
	for _, v := range f.usual {
		matters = matters || outcome[v] != outcome[f.usual[0]]
	}
	return groups, matters
}

func (s *search) resolve() Result {
	cells := s.cells(s.known, s.open)
	first := cells[0]
	rule := first.rule
	for _, c := range cells {
		if c.rule != rule {
			rule = -1
		}
		if c.target != first.target {
			return s.ask()
		}
	}
	if first.kind != "" {
		return s.askTown(first.kind)
	}
	return Result{Rule: rule, Office: first.office}
}

func (s *search) ask() Result {
	r := Result{Rule: -1, Either: s.candidates(s.known, s.open, nil)}
	for i, f := range s.open {
		others := slices.Concat(s.open[:i], s.open[i+1:])
		if groups, matters := s.split(s.known, f, others); matters {
			r.Ask, r.Options = f.id, groups
			return r
		}
	}
	return r // not reached: outcomes that differ are separated by some fact
}

func (s *search) askTown(kind string) Result {
	return Result{
		Rule: -1, Ask: s.w.Town, Options: s.townsByOffice(kind),
		Either: s.byTown(kind, nil),
	}
}

func (s *search) townsByOffice(kind string) [][]string {
	town, _ := s.w.Domain.Fact(s.w.Town)
	return group(town.Values, func(area string) string { return s.w.Serving(kind, area) })
}

// candidates returns all offices that are possible, each with the conditions on the open facts.
func (s *search) candidates(facts Facts, open []openFact, when map[string][]string) []Candidate {
	if len(open) == 0 {
		c := s.cell(facts)
		switch {
		case c.kind != "":
			return s.byTown(c.kind, when)
		case c.office != "":
			return []Candidate{{Office: c.office, When: when}}
		}
		return nil
	}
	f := open[0]
	groups, matters := s.split(facts, f, open[1:])
	if !matters {
		return s.candidates(with(facts, f.id, f.usual[0]), open[1:], when)
	}
	var out []Candidate
	for _, g := range groups {
		out = append(out, s.candidates(with(facts, f.id, g[0]), open[1:], and(when, f.id, g))...)
	}
	return out
}

func (s *search) byTown(kind string, when map[string][]string) []Candidate {
	towns := s.townsByOffice(kind)
	if len(towns) > listed {
		return []Candidate{{Kind: kind, When: when}}
	}
	slices.SortStableFunc(towns, func(a, b []string) int { return len(a) - len(b) })
	var out []Candidate
	for _, t := range towns {
		if office := s.w.Serving(kind, t[0]); office != "" {
			out = append(out, Candidate{Office: office, Kind: kind, When: and(when, s.w.Town, t)})
		}
	}
	return out
}

func and(when map[string][]string, id string, values []string) map[string][]string {
	out := make(map[string][]string, len(when)+1)
	maps.Copy(out, when)
	out[id] = values
	return out
}

// decidedBy tells whether the rule, by its index in the list that was given, looks at the fact.
func (s *search) decidedBy(rule int, id string) bool {
	i := slices.Index(s.index, rule)
	return i >= 0 && s.rules[i].When[id] != nil
}
