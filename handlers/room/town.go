package room

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"lotse/bot"
	"lotse/knowledge"
)

// town fixes the town that is meant where none is named.
func (h *Handler) town(ctx context.Context, m bot.Message, r *bot.Reply) error {
	t := h.texts.In(m.Lang)
	name := strings.Trim(m.Args, " \t\n.!?")
	to := m.Settings
	switch bot.Fold(name) {
	case "":
		r.Say(bot.Post{Text: t.Get("town_now", "town", h.townName(t, m.Settings.Town), "how", t.Get("how_town"))})
		return nil
	case "keiner", "keine", "kein", "none", "no":
		to.Town = ""
		return h.change(ctx, m, r, to, t.Get("done_no_town"))
	}
	towns := h.o.Base.Snapshot().Towns()
	found, ok := findTown(towns, name)
	if !ok {
		r.Say(bot.Post{Text: unknownTown(t, towns, name)})
		return nil
	}
	to.Town = found.Code
	return h.change(ctx, m, r, to, t.Get("done_town", "town", bot.Escape(found.Name)))
}

// isTown keeps "Ort für einen Deutschkurs" from being taken for the command: a single word may be meant
// as a town, more must be one, or nearly.
func (h *Handler) isTown(args string) bool {
	if len(strings.Fields(args)) <= 1 {
		return true
	}
	folded := bot.Fold(args)
	for _, a := range h.o.Base.Snapshot().Towns() {
		for _, n := range append([]string{a.Name}, a.Also...) {
			if distance(folded, bot.Fold(n)) <= misspelt {
				return true
			}
		}
	}
	return false
}

// townName returns the name of the town with the code; the code itself of one that is no longer there.
func (h *Handler) townName(t bot.Texts, code string) string {
	if code == "" {
		return t.Get("no_town")
	}
	if area, ok := h.o.Base.Snapshot().Area(code); ok {
		return bot.Escape(area.Name)
	}
	return bot.Escape(code)
}

// findTown finds a town by one of its names, or by the beginning of just one name.
func findTown(towns []knowledge.Area, name string) (knowledge.Area, bool) {
	folded := bot.Fold(name)
	var begins []knowledge.Area
	for _, a := range towns {
		names := append([]string{a.Name}, a.Also...)
		if a.Code == name || slices.ContainsFunc(names, func(n string) bool { return bot.Fold(n) == folded }) {
			return a, true
		}
		if folded != "" && strings.HasPrefix(bot.Fold(a.Name), folded) {
			begins = append(begins, a)
		}
	}
	if len(begins) == 1 {
		return begins[0], true
	}
	return knowledge.Area{}, false
}

// unknownTown says what would work: the names that are spelled alike, else all of them.
func unknownTown(t bot.Texts, towns []knowledge.Area, name string) string {
	const near = 3
	if len(towns) == 0 {
		return t.Get("no_towns")
	}
	type ranked struct {
		name     string
		distance int
	}
	var all []ranked
	folded := bot.Fold(name)
	for _, a := range towns {
		best := len(folded) + len(a.Name)
		for _, n := range append([]string{a.Name}, a.Also...) {
			best = min(best, distance(folded, bot.Fold(n)))
		}
		all = append(all, ranked{bot.Escape(a.Name), best})
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(a.distance, b.distance) })
	names := make([]string, 0, len(all))
	for _, a := range all {
		if a.distance <= len(folded)/2 {
			names = append(names, a.name)
		}
	}
	if len(names) > 0 {
		return t.Get("which_town", "name", bot.Escape(name), "near", strings.Join(names[:min(near, len(names))], ", "))
	}
	for _, a := range all {
		names = append(names, a.name)
	}
	slices.Sort(names)
	return t.Get("no_such_town", "name", bot.Escape(name), "near", strings.Join(names, ", "))
}

// distance counts the letters to change, add or leave out that make a into b.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	last := make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := range x {
		diagonal := last[0]
		last[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			diagonal, last[j+1] = last[j+1], min(last[j+1]+1, last[j]+1, diagonal+cost)
		}
	}
	return last[len(y)]
}
