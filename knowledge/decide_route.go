package knowledge

import (
	"cmp"
	"math"
	"slices"
)

// seconder is a [Router] with a second opinion: another model's probabilities for the same text.
type seconder interface {
	Second(text string) []Scored
}

// secondShare is the weight of the second opinion in the order of the topics. In threefold
// cross-validation a fifth of the vectors' model makes the first place right one point more often, in
// German and in other languages; as much weight for it as for the first is worth nothing.
const secondShare = 0.2

// route returns the topics for a text, best first. The second opinion changes their order, but not the
// probability that it is none of them: there the first is better alone.
func (s *Snapshot) route(text string) []Scored {
	list := s.router.Route(text)
	two, ok := s.router.(seconder)
	if !ok {
		return list
	}
	second := map[string]float64{}
	for _, c := range two.Second(text) {
		second[c.Topic] = c.Score
	}
	out := slices.Clone(list)
	var sum float64
	for i, c := range out {
		if c.Topic == "" {
			continue
		}
		const least = 1e-6 // neither can rule a topic out
		out[i].Score = math.Pow(c.Score+least, 1-secondShare) * math.Pow(second[c.Topic]+least, secondShare)
		sum += out[i].Score
	}
	for i, c := range out {
		if c.Topic != "" {
			out[i].Score = c.Score / sum * (1 - noneOf(list))
		}
	}
	slices.SortStableFunc(out, func(a, b Scored) int { return cmp.Compare(b.Score, a.Score) })
	return out
}

// Second returns the probabilities by the model of the vectors.
func (r *modelRouter) Second(s string) []Scored {
	p := r.model.RouteByVector(s)
	out := make([]Scored, len(p))
	for i, x := range p {
		out[i].Score = float64(x)
		if i < len(r.labels) {
			out[i].Topic = r.labels[i]
		}
	}
	return out
}
