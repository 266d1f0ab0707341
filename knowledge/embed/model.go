package embed

import (
	"math"
	"slices"
)

// Model is a trained router and embedder. It is immutable and safe for concurrent use.
type Model struct {
	labels    []string
	vocab     *vocabulary
	soft      packed // a row per feature, a column per output; the last output is "none"
	bias      []float32
	rows      packed // a row of Dim numbers per feature
	out       weights
	threshold float32
	prepare   func(string) string
}

// Labels returns the labels in the order of [Model.Route]'s probabilities.
func (m *Model) Labels() []string { return slices.Clone(m.labels) }

// Features returns how many different features the model knows.
func (m *Model) Features() int { return len(m.vocab.hashes) }

// NoneThreshold returns the probability of "none" above which a question is taken to be none of ours.
func (m *Model) NoneThreshold() float32 { return m.threshold }

// Route returns the probability of each label, and in the last place of none of them; they add up
// to 1. A text without any known feature gets the probabilities that the examples have by themselves,
// which mean nothing: look at [Model.Coverage].
func (m *Model) Route(text string) []float32 { return m.route(m.vector(text)) }

func (m *Model) route(v vector) []float32 {
	z := slices.Clone(m.bias)
	m.soft.addRows(z, v)
	softmax(z)
	return z
}

// RouteByVector is like [Model.Route], but asks the model behind the vectors. It decides about as
// well and makes other mistakes: where the two disagree, be careful.
func (m *Model) RouteByVector(text string) []float32 {
	h := make([]float32, Dim)
	m.rows.addRows(h, m.vector(text))
	z := make([]float32, len(m.bias))
	for c := range z {
		z[c] = temperature * dot(m.out.row(uint32(c)), h)
	}
	softmax(z)
	return z
}

// Embed returns the vector of a text: [Dim] numbers, length 1. It is nil for a text without any known
// feature, since no direction would be true.
func (m *Model) Embed(text string) []float32 {
	h := make([]float32, Dim)
	m.rows.addRows(h, m.vector(text))
	if !normalise(h) {
		return nil
	}
	return h
}

// Coverage returns the share of the text that the model knows, 0 to 1: features weighed by how rare
// they are. Near 0 the probabilities are guesses.
func (m *Model) Coverage(text string) float64 {
	all, _ := features(m.prepared(text))
	var known, sum float64
	for _, f := range all {
		idf := float64(m.vocab.rare)
		i, ok := m.vocab.find(f.hash)
		if ok {
			idf = float64(m.vocab.idf[i])
			known += idf
		}
		sum += idf
	}
	if sum == 0 {
		return 0
	}
	return known / sum
}

func (m *Model) vector(text string) vector {
	all, _ := features(m.prepared(text))
	return m.vocab.vector(all)
}

func (m *Model) prepared(text string) string {
	text = clip(text, maxText)
	if m.prepare == nil {
		return text
	}
	return m.prepare(text)
}

// normalise scales v to length 1 and reports whether it could: not if it is zero or not finite.
func normalise(v []float32) bool {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 || math.IsNaN(sum) || math.IsInf(sum, 0) {
		return false
	}
	scale := 1 / math.Sqrt(sum)
	for i, x := range v {
		v[i] = float32(float64(x) * scale)
	}
	return true
}

// packed is a matrix with one byte for each number and one scale for each row.
type packed struct {
	data  []byte // two's complement
	scale []float32
	cols  int
}

// pack rounds the numbers of each row to 1/127 of the greatest.
func pack(w weights) packed {
	rows := 0
	if w.cols > 0 {
		rows = len(w.data) / w.cols
	}
	p := packed{data: make([]byte, len(w.data)), scale: make([]float32, rows), cols: w.cols}
	for i := range rows {
		row := w.data[i*w.cols : (i+1)*w.cols]
		var greatest float32
		for _, x := range row {
			greatest = max(greatest, x, -x)
		}
		if greatest == 0 {
			continue
		}
		scale := greatest / math.MaxInt8
		p.scale[i] = scale
		for k, x := range row {
			p.data[i*w.cols+k] = byte(int8(math.RoundToEven(float64(x / scale)))) //nolint:gosec // two's complement is meant
		}
	}
	return p
}

// addRows adds the rows that v names, weighted, to sum.
func (p packed) addRows(sum []float32, v vector) {
	for k, i := range v.index {
		row := p.data[int(i)*p.cols:][:len(sum)]
		weight := v.weight[k] * p.scale[i]
		for c, b := range row {
			sum[c] += weight * float32(int8(b)) //nolint:gosec // two's complement is meant
		}
	}
}
