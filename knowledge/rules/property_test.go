package rules_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"lotse/knowledge/rules"
)

// derive is the reference: it tries every value of every unknown fact, without any of the shortcuts of
// the package. It returns the office or the fact to ask for.
func derive(w *rules.World, rs []rules.Rule, known rules.Facts) (office, ask string) {
	missing := unknownFacts(w, rs, known)
	grid := map[string]string{} // values of missing, in order → where they lead
	var all [][]string
	each(w, missing, nil, func(values []string) {
		facts := maps.Clone(known)
		if facts == nil {
			facts = rules.Facts{}
		}
		for i, id := range missing {
			facts[id] = values[i]
		}
		grid[fmt.Sprint(values)] = first(rs, facts)
		all = append(all, slices.Clone(values))
	})
	for i, id := range missing {
		for _, a := range all {
			for _, b := range all {
				a2, b2 := slices.Delete(slices.Clone(a), i, i+1), slices.Delete(slices.Clone(b), i, i+1)
				if slices.Equal(a2, b2) && grid[fmt.Sprint(a)] != grid[fmt.Sprint(b)] {
					return "", id
				}
			}
		}
	}
	to := grid[fmt.Sprint(all[0])]
	kind, isKind := w.Kinds[to]
	if !isKind {
		return to, ""
	}
	offices := map[string]bool{}
	for _, o := range kind {
		offices[o] = true
	}
	town := known[w.Town]
	if len(offices) > 1 && town == "" {
		return "", w.Town
	}
	for area := town; area != ""; area = w.In[area] {
		if kind[area] != "" {
			return kind[area], ""
		}
	}
	for o := range offices {
		return o, ""
	}
	return "", ""
}

// unknownFacts are those that rules look at, but not those of which they look at presumed values only.
func unknownFacts(w *rules.World, rs []rules.Rule, known rules.Facts) []string {
	var out []string
	for _, r := range rs {
		for _, f := range w.Domain {
			_, have := known[f.ID]
			if r.When[f.ID] == nil || have || slices.Contains(out, f.ID) {
				continue
			}
			usual := false
			for _, r := range rs {
				for _, v := range r.When[f.ID] {
					usual = usual || !slices.Contains(f.UnlessSaid, v)
				}
			}
			if usual {
				out = append(out, f.ID)
			}
		}
	}
	return out
}

func each(w *rules.World, missing, values []string, do func([]string)) {
	if len(values) == len(missing) {
		do(values)
		return
	}
	f, _ := w.Domain.Fact(missing[len(values)])
	for _, v := range f.Values {
		each(w, missing, append(slices.Clone(values), v), do)
	}
}

func first(rs []rules.Rule, facts rules.Facts) string {
next:
	for _, r := range rs {
		for id, want := range r.When {
			if !slices.Contains(want, facts[id]) {
				continue next
			}
		}
		return r.To
	}
	return ""
}

// TestResolveIsTheReference compares with the reference on made-up rules and facts.
func TestResolveIsTheReference(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	w := world()
	targets := []string{"social", "youth", "single", "job", "agency"}
	asked, answered := 0, 0
	for range 3000 {
		rs := make([]rules.Rule, 1+r.IntN(4))
		for i := range rs {
			rs[i] = rules.Rule{When: randomWhen(r, w), To: targets[r.IntN(len(targets))]}
		}
		if r.IntN(3) > 0 {
			rs[len(rs)-1].When = nil
		}
		known := rules.Facts{}
		for _, f := range w.Domain {
			if r.IntN(2) == 0 {
				known[f.ID] = f.Values[r.IntN(len(f.Values))]
			}
		}
		office, ask := derive(w, rs, known)
		got := w.Resolve(rs, known, day("2026-11-22"))
		if got.Office != office || got.Ask != ask {
			t.Fatalf("rules %+v\nfacts %v\ngot %+v\nwant office %q, ask %q", rs, known, got, office, ask)
		}
		if ask != "" {
			asked++
			checkOptions(t, w, rs, known, got)
		} else {
			answered++
		}
	}
	if asked < 500 || answered < 500 {
		t.Errorf("asked %d, answered %d: too few of one", asked, answered)
	}
}

// randomWhen looks at usual values only, or of the age at the presumed one only.
func randomWhen(r *rand.Rand, w *rules.World) map[string][]string {
	out := map[string][]string{}
	for _, f := range w.Domain {
		if r.IntN(3) > 0 || f.ID == w.Town {
			continue
		}
		if len(f.UnlessSaid) > 0 {
			out[f.ID] = f.UnlessSaid
			continue
		}
		i := r.IntN(len(f.Values))
		out[f.ID] = f.Values[i : i+1+r.IntN(len(f.Values)-i)]
	}
	return out
}

// checkOptions sees to it that every value is an option, and that values are one option just when they
// lead to the same office however the rest turns out.
func checkOptions(t *testing.T, w *rules.World, rs []rules.Rule, known rules.Facts, got rules.Result) {
	t.Helper()
	f, _ := w.Domain.Fact(got.Ask)
	outcome := map[string]string{}
	for _, v := range f.Values {
		facts := maps.Clone(known)
		facts[f.ID] = v
		missing := unknownFacts(w, rs, facts)
		each(w, missing, nil, func(values []string) {
			all := maps.Clone(facts)
			for i, id := range missing {
				all[id] = values[i]
			}
			office, _ := derive(w, rs, all)
			to := first(rs, all)
			if _, known := all[w.Town]; w.Kinds[to] != nil && !known {
				office = "kind " + to
			}
			outcome[v] += office + ";"
		})
	}
	var all []string
	seen := map[string]bool{}
	for _, o := range got.Options {
		if seen[outcome[o[0]]] {
			t.Fatalf("options %v of %+v with %v: two lead to the same", got.Options, rs, known)
		}
		seen[outcome[o[0]]] = true
		for _, v := range o {
			if outcome[v] != outcome[o[0]] {
				t.Fatalf("options %v of %+v with %v: merged, but they lead to different offices", got.Options, rs, known)
			}
		}
		all = append(all, o...)
	}
	slices.Sort(all)
	if want := slices.Sorted(slices.Values(f.Values)); !slices.Equal(all, want) {
		t.Fatalf("options %v, want all of %v", all, want)
	}
}
