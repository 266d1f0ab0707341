package embed

import (
	"context"
	"math"
	"math/rand/v2"
)

// Dim is the number of dimensions of the built-in model's vectors.
const Dim = 128

const (
	hiddenEpochs = 30
	hiddenRate   = 0.5
	temperature  = 0.3 // of the hidden model's scores when it is asked
)

// hidden is a supervised embedding: h = Σ v·rows[f], p = softmax(out·h).
type hidden struct {
	rows weights // a row of Dim numbers per feature
	out  weights // a row of Dim numbers per output
}

func newHidden(set *trainingSet, rng *rand.Rand) *hidden {
	m := &hidden{rows: newWeights(set.features, Dim), out: newWeights(set.outputs, Dim)}
	for i := range m.rows.data {
		m.rows.data[i] = (2*rng.Float32() - 1) / Dim
	}
	for i := range m.out.data {
		m.out.data[i] = float32(rng.NormFloat64() / math.Sqrt(Dim))
	}
	return m
}

// trainHidden fits the embedding. Every feature is left out half of the time, so that the vector
// of a text doesn't hang on single words.
func trainHidden(ctx context.Context, set *trainingSet, s schedule) (*hidden, error) {
	m := newHidden(set, s.rng)
	h, g, z := make([]float32, Dim), make([]float32, Dim), make([]float32, set.outputs)
	var kept vector
	err := s.run(ctx, len(set.vectors), func(i int, rate float32) float32 {
		kept = dropHalf(kept, set.vectors[i], s.rng)
		clear(h)
		m.rows.addRows(h, kept)
		m.score(z, h)
		softmax(z)
		z[set.labels[i]]--
		if m.back(g, h, z, rate) {
			for p, f := range kept.index {
				axpy(m.rows.row(f), g, -rate*kept.weight[p])
			}
		}
		return -z[set.labels[i]]
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// dropHalf returns about half of the entries of v, in into's memory.
func dropHalf(into, v vector, rng *rand.Rand) vector {
	into.index, into.weight = into.index[:0], into.weight[:0]
	var bits uint64
	for p, f := range v.index {
		if p%64 == 0 {
			bits = rng.Uint64()
		}
		if bits&1 == 1 {
			into.index, into.weight = append(into.index, f), append(into.weight, v.weight[p])
		}
		bits >>= 1
	}
	return into
}

// score sets z to out·h.
func (m *hidden) score(z, h []float32) {
	for c := range z {
		z[c] = dot(m.out.row(uint32(c)), h)
	}
}

// back sets g to the gradient at the hidden layer, moves the output layer, and reports whether there
// is anything to learn.
func (m *hidden) back(g, h, z []float32, rate float32) bool {
	clear(g)
	any := false
	for c, a := range z {
		if a <= tiny && a >= -tiny {
			continue
		}
		any = true
		row := m.out.row(uint32(c))[:len(g)]
		h := h[:len(g)]
		step := rate * a
		for d := range g {
			g[d] += a * row[d]
			row[d] -= step * h[d]
		}
	}
	return any
}

// axpy adds a·x to y.
func axpy(y, x []float32, a float32) {
	y = y[:len(x)]
	for i := range x {
		y[i] += a * x[i]
	}
}

// dot is the scalar product.
func dot(a, b []float32) float32 {
	b = b[:len(a)]
	var p, q, r, s float32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		p += a[i] * b[i]
		q += a[i+1] * b[i+1]
		r += a[i+2] * b[i+2]
		s += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		p += a[i] * b[i]
	}
	return p + q + r + s
}
