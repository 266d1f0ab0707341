package knowledge

import (
	"slices"

	"lotse/knowledge/rules"
	"lotse/knowledge/text"
)

// Snapshot is a whole knowledge base at one version, in memory. It is immutable and safe for concurrent
// use; what it returns is shared and must not be changed. Every word of it that people see comes from
// the database.
type Snapshot struct {
	data    Data
	version int64
	router  Router
	reader  Reader

	areas   map[string]int
	laws    map[string]int
	facts   map[string]int
	kinds   map[string]int
	offices map[string]int
	topics  map[string]int
	world   *rules.World
	phrases phrases
	places  *places
	roaming map[string]bool // topics for which people commonly name places elsewhere
}

// NewSnapshot indexes d, which must be valid (see package exchange) and must not be changed afterwards.
// The router must have been trained on this version, or an older one while training runs: topics it
// names that are gone are ignored.
func NewSnapshot(d Data, version int64, router Router, reader Reader) *Snapshot {
	s := &Snapshot{
		data: d, version: version, router: router, reader: reader,
		areas:   index(d.Areas, func(a Area) string { return a.Code }),
		laws:    index(d.LegalAreas, func(l LegalArea) string { return l.ID }),
		facts:   index(d.Facts, func(f Fact) string { return f.ID }),
		kinds:   index(d.Kinds, func(k Kind) string { return k.ID }),
		offices: index(d.Offices, func(o Office) string { return o.ID }),
		topics:  index(d.Topics, func(t Topic) string { return t.ID }),
		phrases: newPhrases(),
	}
	s.world = newWorld(d)
	s.places = newPlaces(d)
	s.roaming = roaming(d.Topics, s.places)
	return s
}

func index[T any](list []T, id func(T) string) map[string]int {
	at := make(map[string]int, len(list))
	for i, v := range list {
		at[id(v)] = i
	}
	return at
}

func lookup[T any](list []T, at map[string]int, id string) (v T, ok bool) {
	i, ok := at[id]
	if !ok {
		return v, false
	}
	return list[i], true
}

// Version returns the number that the knowledge base had when it was read; it grows with every change.
func (s *Snapshot) Version() int64 { return s.version }

// Data returns all of it.
func (s *Snapshot) Data() Data { return s.data }

// Area returns the area with that code.
func (s *Snapshot) Area(code string) (Area, bool) { return lookup(s.data.Areas, s.areas, code) }

// LegalArea returns the legal area with that ID.
func (s *Snapshot) LegalArea(id string) (LegalArea, bool) {
	return lookup(s.data.LegalAreas, s.laws, id)
}

// Fact returns the fact with that ID.
func (s *Snapshot) Fact(id string) (Fact, bool) { return lookup(s.data.Facts, s.facts, id) }

// Kind returns the kind of office with that ID.
func (s *Snapshot) Kind(id string) (Kind, bool) { return lookup(s.data.Kinds, s.kinds, id) }

// Office returns the office with that ID.
func (s *Snapshot) Office(id string) (Office, bool) { return lookup(s.data.Offices, s.offices, id) }

// Topic returns the topic with that ID.
func (s *Snapshot) Topic(id string) (Topic, bool) { return lookup(s.data.Topics, s.topics, id) }

// Towns returns the areas that people live in: those that have no other area in them.
func (s *Snapshot) Towns() []Area { return towns(s.data.Areas) }

// Serving returns the office of a kind that serves an area, most specific area first; empty if none does.
func (s *Snapshot) Serving(kind, area string) string { return s.world.Serving(kind, area) }

// TownFact returns the ID of the fact whose values are areas; it is empty when there is none.
func (s *Snapshot) TownFact() string { return s.world.Town }

// Value returns a value of a fact, for its title. For the fact whose values are areas the title is the
// name of the area.
func (s *Snapshot) Value(fact, value string) (FactValue, bool) {
	f, ok := s.Fact(fact)
	if !ok {
		return FactValue{}, false
	}
	if f.Areas {
		a, ok := s.Area(value)
		return FactValue{ID: a.Code, Title: Texts{"de": a.Name}}, ok
	}
	i := slices.IndexFunc(f.Values, func(v FactValue) bool { return v.ID == value })
	if i < 0 {
		return FactValue{}, false
	}
	return f.Values[i], true
}

// Unreachable returns, by topic, the indexes of the rules that never decide.
func (s *Snapshot) Unreachable() map[string][]int {
	out := map[string][]int{}
	for _, t := range s.data.Topics {
		if dead := s.world.Unreachable(t.Rules); len(dead) > 0 {
			out[t.ID] = dead
		}
	}
	return out
}

// spans is a [Reader] that also tells where it found the facts.
type spans interface {
	ReadAll(text, lang, asked string) []text.Found
}

// covers is a [Router] that also says how much of a text it knows, 0 to 1.
type covers interface {
	Coverage(text string) float64
}

func towns(areas []Area) []Area {
	around := map[string]bool{}
	for _, a := range areas {
		around[a.In] = true
	}
	var out []Area
	for _, a := range areas {
		if !around[a.Code] {
			out = append(out, a)
		}
	}
	return out
}

func newWorld(d Data) *rules.World {
	w := &rules.World{In: map[string]string{}, Kinds: map[string]map[string]string{}}
	for _, a := range d.Areas {
		w.In[a.Code] = a.In
	}
	for _, k := range d.Kinds {
		w.Kinds[k.ID] = map[string]string{}
	}
	for _, o := range d.Offices {
		for _, area := range o.Serves {
			if o.Kind != "" {
				if w.Kinds[o.Kind] == nil {
					w.Kinds[o.Kind] = map[string]string{}
				}
				w.Kinds[o.Kind][area] = o.ID
			}
		}
	}
	for _, f := range d.Facts {
		w.Domain = append(w.Domain, domainFact(f, d))
		if f.Areas {
			w.Town = f.ID
		}
	}
	return w
}

func domainFact(f Fact, d Data) rules.Fact {
	out := rules.Fact{ID: f.ID}
	if f.Areas {
		for _, a := range towns(d.Areas) {
			out.Values = append(out.Values, a.Code)
		}
		return out
	}
	for _, v := range f.Values {
		out.Values = append(out.Values, v.ID)
		if v.UnlessSaid {
			out.UnlessSaid = append(out.UnlessSaid, v.ID)
		}
	}
	return out
}
