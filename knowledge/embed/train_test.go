package embed_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"lotse/knowledge/embed"
)

// once trains on the sample knowledge base one time for all tests: it takes seconds.
var once struct {
	sync.Once
	model *embed.Model
}

func trained(t testing.TB) *embed.Model {
	t.Helper()
	once.Do(func() {
		s := readSample(t)
		start := time.Now()
		m, err := embed.Train(context.Background(), s.examples, s.labels, embed.Options{Prepare: masker(t)})
		if err != nil {
			t.Error(err)
			return
		}
		t.Logf("trained on %d examples, %d features in %s", len(s.examples), m.Features(), time.Since(start).Round(100*time.Millisecond))
		once.model = m
	})
	if once.model == nil {
		t.Fatal("training failed")
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

func TestTrainingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	s := readSample(t)
	ctx, cancel := context.WithCancel(t.Context())
	var last float64
	start := time.Now()
	_, err := embed.Train(ctx, s.examples[:2000], s.labels, embed.Options{Progress: func(share float64) {
		if share < last || share > 1 {
			t.Errorf("progress went from %v to %v", last, share)
		}
		last = share
		cancel()
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
	t.Logf("ended after %s at %.2f", time.Since(start), last)
}

func TestExamplesAreChecked(t *testing.T) {
	t.Parallel()
	labels := []string{"a", "b"}
	for name, examples := range map[string][]embed.Example{
		"none":          nil,
		"one label":     {{Text: "x", Label: 0}, {Text: "y", Label: 0}},
		"unknown label": {{Text: "x", Label: 0}, {Text: "y", Label: 2}},
		"below none":    {{Text: "x", Label: 0}, {Text: "y", Label: -2}},
	} {
		if _, err := embed.Train(t.Context(), examples, labels, embed.Options{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
