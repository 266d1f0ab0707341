package rules

import (
	"slices"
	"time"
)

// Unreachable returns the indexes of the rules that never decide, on no day and whatever the facts
// are: those behind a rule without conditions, those whose conditions others take away, those with an
// Until before their From.
func (w *World) Unreachable(rs []Rule) []int {
	reached := map[int]bool{}
	for _, day := range days(rs) {
		s := newSearch(w, rs, nil, day)
		for i := range s.open { // what is unlikely to be meant is possible all the same
			s.open[i].usual = nil
			for _, g := range s.open[i].groups {
				s.open[i].usual = append(s.open[i].usual, g[0])
			}
		}
		for _, c := range s.cells(nil, s.open) {
			reached[c.rule] = true
		}
	}
	var out []int
	for i := range rs {
		if !reached[i] {
			out = append(out, i)
		}
	}
	return out
}

// days returns one day of every period in which the same rules are in force.
func days(rs []Rule) []time.Time {
	out := []time.Time{time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC)}
	for _, r := range rs {
		if !r.From.IsZero() {
			out = append(out, dayOf(r.From))
		}
		if !r.Until.IsZero() {
			out = append(out, dayOf(r.Until).AddDate(0, 0, 1))
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return slices.Compact(out)
}
