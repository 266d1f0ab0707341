//go:build !race

// The race detector makes training ten times slower and has nothing to find in the figures here; what runs
// side by side is trained on less in train_test.go.

package embed_test

import (
	"bytes"
	"context"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"lotse/knowledge/embed"
)

// once trains on the sample knowledge base one time for all tests: it takes seconds.
var once struct {
	sync.Once
	model   *embed.Model
	unround func(string) []float32
}

func trained(tb testing.TB) *embed.Model {
	tb.Helper()
	once.Do(func() {
		s := readSample(tb)
		start := time.Now()
		m, exact, err := embed.TrainBoth(context.Background(), s.examples, s.labels, embed.Options{Prepare: masker(tb)})
		if err != nil {
			tb.Error(err)
			return
		}
		tb.Logf("trained on %d examples, %d features in %s", len(s.examples), m.Features(), time.Since(start).Round(100*time.Millisecond))
		once.model, once.unround = m, exact
	})
	if once.model == nil {
		tb.Fatal("training failed")
	}
	return once.model
}

// figures are what the development questions say about a router, in percent of first turns.
type figures struct {
	first, three  float64 // in scope: right at the first place, among the first three
	decided       float64 // all: right at the first place, or abstained, as it should be
	right, n, oos int
}

// ask puts the questions that sel chooses to a router.
func ask(m *embed.Model, questions []question, route func(string) []float32, sel func(question) bool) (f figures, misses []string) {
	labels := m.Labels()
	var three, decided, all int
	for _, q := range questions {
		if !sel(q) {
			continue
		}
		all++
		p := route(q.Ask)
		none := p[len(labels)] > m.NoneThreshold()
		if q.Expect.Abstain {
			f.oos++
			if none {
				decided++
			}
			continue
		}
		f.n++
		want := p[slices.Index(labels, q.Expect.Topic)]
		better := 0
		for _, x := range p[:len(labels)] {
			if x > want {
				better++
			}
		}
		if better > 0 {
			misses = append(misses, q.ID)
		} else {
			f.right++
			if !none {
				decided++
			}
		}
		if better < 3 {
			three++
		}
	}
	f.first, f.three = percent(f.right, f.n), percent(three, f.n)
	f.decided = percent(decided, all)
	return f, misses
}

func percent(a, b int) float64 { return 100 * float64(a) / float64(max(b, 1)) }

func german(q question) bool { return q.Lang == "de" }
func other(q question) bool  { return q.Lang != "de" }

// TestReference holds the router against the prototype that it was ported from: trained on the same examples
// it has to be within two points of its figures (softmax, first turns of the development questions).
func TestReference(t *testing.T) {
	t.Parallel()
	m, questions := trained(t), readQuestions(t)
	for _, test := range []struct {
		name         string
		sel          func(question) bool
		first, three float64 // the prototype's
	}{
		{"German", german, 94.5, 98.2},
		{"other languages", other, 93.3, 100},
	} {
		got, misses := ask(m, questions, m.Route, test.sel)
		t.Logf("%s: n %d, first %.1f, among three %.1f, decided %.1f; missed %v", test.name, got.n, got.first, got.three, got.decided, misses)
		vec, misses := ask(m, questions, m.RouteByVector, test.sel)
		t.Logf("%s, by vector: first %.1f, among three %.1f, decided %.1f; missed %v", test.name, vec.first, vec.three, vec.decided, misses)
		if got.first < test.first-2 {
			t.Errorf("%s: %.1f %% right at the first place, the prototype has %.1f", test.name, got.first, test.first)
		}
		if got.three < test.three-2 {
			t.Errorf("%s: %.1f %% among the first three, the prototype has %.1f", test.name, got.three, test.three)
		}
	}
}

// TestRoundingChangesNothing holds the stored weights, a byte each, against those that were trained.
func TestRoundingChangesNothing(t *testing.T) {
	t.Parallel()
	m, questions := trained(t), readQuestions(t)
	all := func(question) bool { return true }
	got, _ := ask(m, questions, m.Route, all)
	want, _ := ask(m, questions, once.unround, all)
	if math.Abs(got.first-want.first) > 0.5 || math.Abs(got.three-want.three) > 0.5 || math.Abs(got.decided-want.decided) > 0.5 {
		t.Errorf("got %+v, before rounding %+v", got, want)
	}
	var worst float64
	for _, q := range questions {
		a, b := m.Route(q.Ask), once.unround(q.Ask)
		for i := range a {
			worst = max(worst, math.Abs(float64(a[i]-b[i])))
		}
	}
	t.Logf("greatest difference of a probability: %.4f", worst)
	if worst > 0.05 {
		t.Errorf("a probability differs by %.3f", worst)
	}
}

// TestStoredModelIsSmall holds size and time of loading of the sample's model.
func TestStoredModelIsSmall(t *testing.T) {
	t.Parallel()
	data := written(t, trained(t))
	start := time.Now()
	if _, err := embed.Read(bytes.NewReader(data), nil); err != nil {
		t.Fatal(err)
	}
	t.Logf("%.1f MB, read in %s", float64(len(data))/1e6, time.Since(start))
	if len(data) > 45e6 {
		t.Errorf("the model has %.1f MB, want at most 45", float64(len(data))/1e6)
	}
}
