package rules

import (
	"slices"
	"time"
)

// Truth is what can be said of a rule when some facts are unknown.
type Truth int

// The truth values are ordered: of several conditions the least decides.
const (
	False   Truth = iota // does not hold, whatever the unknown facts turn out to be
	Unknown              // depends on facts that are not known
	True                 // holds, whatever the unknown facts turn out to be
)

// String returns the word for it.
func (t Truth) String() string {
	switch t {
	case False:
		return "does not hold"
	case True:
		return "holds"
	case Unknown:
	}
	return "cannot be told"
}

// Fact is what rules may look at, with the values it can have.
type Fact struct {
	ID     string
	Values []string // in the order in which they are offered
	// UnlessSaid lists those of the values that nobody is taken to have unless it was said. A fact is
	// not asked for when only they would change the office.
	UnlessSaid []string
}

// Domain is all facts, in the order in which they are asked for where rules leave it open.
type Domain []Fact

// Fact returns the fact with that ID; ok is false when there is none.
func (d Domain) Fact(id string) (f Fact, ok bool) {
	for _, f := range d {
		if f.ID == id {
			return f, true
		}
	}
	return Fact{}, false
}

// Among returns a domain in which each of the given facts can only have the values given for it: for
// facts of which no more is known than that. Values that the domain doesn't have are left out; a fact
// of which none would be left keeps all.
func (d Domain) Among(values map[string][]string) Domain {
	if len(values) == 0 {
		return d
	}
	out := slices.Clone(d)
	for i, f := range out {
		left := slices.DeleteFunc(slices.Clone(f.Values), func(v string) bool {
			return !slices.Contains(values[f.ID], v)
		})
		if len(left) > 0 {
			out[i].Values = left
		}
	}
	return out
}

// Holds tells whether all conditions of the rule hold. A known value that the domain doesn't have meets
// no condition, and a fact that isn't in the domain, when it is unknown, meets none either.
func (r Rule) Holds(known Facts, d Domain) Truth {
	least := True
	for id, want := range r.When {
		least = min(least, holds(id, want, known, d))
	}
	return least
}

func holds(id string, want []string, known Facts, d Domain) Truth {
	if have, ok := known[id]; ok {
		if slices.Contains(want, have) {
			return True
		}
		return False
	}
	f, _ := d.Fact(id)
	met := 0
	for _, v := range f.Values {
		if slices.Contains(want, v) {
			met++
		}
	}
	switch met {
	case 0:
		return False
	case len(f.Values):
		return True
	}
	return Unknown
}

// ValidOn tells whether the rule is in force on the day of t, in the location of t. Only the calendar
// days of From and Until count.
func (r Rule) ValidOn(t time.Time) bool {
	day := dayOf(t)
	return (r.From.IsZero() || !day.Before(dayOf(r.From))) && (r.Until.IsZero() || !day.After(dayOf(r.Until)))
}

func dayOf(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
