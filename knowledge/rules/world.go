package rules

import (
	"maps"
	"slices"
)

// World is what rules are resolved against: the facts, the areas, and which office of a kind serves
// which area. The zero World has none; it must not be changed while it is used.
type World struct {
	Domain Domain
	Town   string                       // ID of the fact whose values are areas
	In     map[string]string            // area → the area around it
	Kinds  map[string]map[string]string // kind → area → office
}

// Serving returns the office of the kind that serves the area: the one of the smallest area around it.
// It is empty when there is none. Areas in a cycle end the search.
func (w *World) Serving(kind, area string) string {
	for range len(w.In) + 1 {
		if office := w.Kinds[kind][area]; office != "" {
			return office
		}
		next, ok := w.In[area]
		if !ok || next == "" {
			return ""
		}
		area = next
	}
	return ""
}

// Offices returns the different offices of a kind, sorted.
func (w *World) Offices(kind string) []string {
	return slices.Compact(slices.Sorted(maps.Values(w.Kinds[kind])))
}

// target is where a rule leads with what is known of the town: an office, or a kind of office when the
// town would tell more. The zero target is no office at all.
type target struct{ office, kind string }

func (w *World) target(to, town string) target {
	if _, isKind := w.Kinds[to]; !isKind {
		return target{office: to}
	}
	offices := w.Offices(to)
	switch {
	case len(offices) == 0:
		return target{}
	case len(offices) == 1:
		return target{office: offices[0]}
	case town != "":
		return target{office: w.Serving(to, town)}
	}
	return target{kind: to}
}
