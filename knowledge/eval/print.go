package eval

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Table prints the report for people: a line of figures for all, each language, and each miss.
func (r Report) Table(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\tcases\tturns\tright\twrong office\ttopic\ttopic3\task recall\tprecision\tabstain recall\tprecision\tF1\tms p50\tp95")
	row(t, "all", r.Figures)
	for _, lang := range slices.Sorted(maps.Keys(r.ByLang)) {
		row(t, lang, r.ByLang[lang])
	}
	if r.Others.Turns > 0 && r.Others.Turns < r.Turns {
		row(t, "not de", r.Others)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print table: %w", err)
	}
	for _, m := range r.Misses {
		_, err := fmt.Fprintf(w, "\n%s, turn %d (%s): %s\n  expected %s\n  got      %s, facts %v\n  topics   %v\n",
			m.ID, m.Turn, m.Lang, m.Text, m.Expected, m.Got, m.Got.Facts, m.Topics)
		if err != nil {
			return fmt.Errorf("print misses: %w", err)
		}
	}
	return nil
}

func row(w io.Writer, name string, f Figures) {
	fmt.Fprintf(w, "%s\t%d\t%d", name, f.Cases, f.Turns)
	for _, s := range []Share{
		f.Right, f.WrongOffice, f.Topic, f.Topic3, f.Ask.Recall, f.Ask.Precision,
		f.Abstain.Recall, f.Abstain.Precision, f.Abstain.F1,
	} {
		fmt.Fprint(w, "\t", s)
	}
	fmt.Fprintf(w, "\t%.1f\t%.1f\n", f.Ms.P50, f.Ms.P95)
}

// String returns three decimals, or a dash where there was nothing to count.
func (s Share) String() string {
	if math.IsNaN(float64(s)) {
		return "–"
	}
	return strconv.FormatFloat(float64(s), 'f', 3, 64)
}

// String names the decision.
func (e Expect) String() string {
	switch {
	case e.Abstain:
		return "abstain"
	case e.Office != "":
		return e.Topic + " → " + e.Office
	}
	return e.Topic + " → ask " + e.Clarify
}

// String names the decision.
func (g Got) String() string {
	switch {
	case g.Office != "":
		return g.Topic + " → " + g.Office
	case g.Fact != "":
		return g.Topic + " → ask " + g.Fact
	}
	return strings.TrimSpace(string(g.Kind) + " " + g.Topic)
}

// Values returns the figures by name: "right", "ask.recall", "ms.p95", and with a language or "others"
// before them: "de.right", "others.abstain.f1".
func (r Report) Values() map[string]float64 {
	out := map[string]float64{}
	add(out, "", r.Figures)
	add(out, "others.", r.Others)
	for lang, f := range r.ByLang {
		add(out, lang+".", f)
	}
	return out
}

func add(out map[string]float64, prefix string, f Figures) {
	for name, v := range map[string]float64{
		"cases": float64(f.Cases), "turns": float64(f.Turns), "right": float64(f.Right),
		"wrong_office": float64(f.WrongOffice), "topic": float64(f.Topic), "topic3": float64(f.Topic3),
		"ask.recall": float64(f.Ask.Recall), "ask.precision": float64(f.Ask.Precision),
		"abstain.recall": float64(f.Abstain.Recall), "abstain.precision": float64(f.Abstain.Precision),
		"abstain.f1": float64(f.Abstain.F1), "ms.p50": f.Ms.P50, "ms.p95": f.Ms.P95,
	} {
		out[prefix+name] = v
	}
}

// Bounds are figures with the least or greatest value that is good enough.
type Bounds map[string]float64

// ParseBounds reads "right=0.8,ask.recall=0.9".
func ParseBounds(s string) (Bounds, error) {
	out := Bounds{}
	for part := range strings.SplitSeq(s, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		v, err := strconv.ParseFloat(value, 64)
		if !ok || err != nil || math.IsNaN(v) {
			return nil, fmt.Errorf("parse bound %q: want name=number, e.g. right=0.8", part)
		}
		out[name] = v
	}
	return out, nil
}

// Outside returns a line for each figure that is below its least or above its greatest value, that
// can't be counted in these questions, or that doesn't exist.
func (r Report) Outside(least, greatest Bounds) []string {
	values := r.Values()
	var out []string
	check := func(bounds Bounds, word string, bad func(v, bound float64) bool) {
		for _, name := range slices.Sorted(maps.Keys(bounds)) {
			v, ok := values[name]
			switch {
			case !ok:
				out = append(out, name+": no such figure")
			case math.IsNaN(v):
				out = append(out, name+": no question to count")
			case bad(v, bounds[name]):
				out = append(out, fmt.Sprintf("%s is %.4g, %s %.4g", name, v, word, bounds[name]))
			}
		}
	}
	check(least, "must be at least", func(v, bound float64) bool { return v < bound })
	check(greatest, "must be at most", func(v, bound float64) bool { return v > bound })
	return out
}
