package embed_test

import (
	"testing"
	"time"

	"lotse/knowledge/embed"
)

func TestReference(t *testing.T) {
	t.Parallel()
	s := readSample(t)
	start := time.Now()
	m, err := embed.Train(t.Context(), s.examples, s.labels, embed.Options{Prepare: withoutTowns()})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d examples, %d features, %s", len(s.examples), m.Features(), time.Since(start))
	score(t, m, m.Route)
	score(t, m, m.RouteByVector)
}

func score(t *testing.T, m *embed.Model, route func(string) []float32) {
	n, first, three, dec, all := map[bool]int{}, map[bool]int{}, map[bool]int{}, 0, 0
	for _, q := range readQuestions(t) {
		p := route(q.Ask)
		none := p[len(p)-1]
		all++
		if q.Expect.Abstain {
			if none > m.NoneThreshold() {
				dec++
			}
			continue
		}
		de := q.Lang == "de"
		n[de]++
		rank := 0
		var want float32
		for i, l := range m.Labels() {
			if l == q.Expect.Topic {
				want = p[i]
			}
		}
		for _, x := range p[:len(p)-1] {
			if x > want {
				rank++
			}
		}
		if rank == 0 {
			first[de]++
			if none <= m.NoneThreshold() {
				dec++
			}
		} else {
			t.Log(q.ID, q.Lang, rank, q.Ask)
		}
		if rank < 3 {
			three[de]++
		}
	}
	for _, de := range []bool{true, false} {
		t.Logf("de %t: n %d first %.3f three %.3f", de, n[de], float64(first[de])/float64(n[de]), float64(three[de])/float64(n[de]))
	}
	t.Logf("decided %.3f", float64(dec)/float64(all))
}
