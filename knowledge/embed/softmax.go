package embed

import (
	"context"
	"math"
	"math/rand/v2"
)

const (
	softEpochs = 30
	softRate   = 5.0
	biasShare  = 0.1 // of the rate
	// tiny is a gradient that is not worth touching the memory for. A prediction that is right by
	// this much has no say in later decisions.
	tiny = 1e-4
	// An example that the model gives less than easy for everything but its label says nothing new for
	// the next rest epochs. Leaving it out then makes training three times as fast and changes no figure.
	easy = 0.03
	rest = 2
	// checkEvery is how many examples are learned from between two looks at the context.
	checkEvery = 256
)

// weights is a matrix of float32: rows · cols.
type weights struct {
	data []float32
	cols int
}

func newWeights(rows, cols int) weights {
	return weights{data: make([]float32, rows*cols), cols: cols}
}

func (w weights) row(i uint32) []float32 {
	at := int(i) * w.cols
	return w.data[at : at+w.cols : at+w.cols]
}

// addRows adds the rows of w that v names, weighted, to sum. Four rows at a time keep the sums in registers.
func (w weights) addRows(sum []float32, v vector) {
	n := len(v.index)
	i := 0
	for ; i+4 <= n; i += 4 {
		a, b, c, d := w.row(v.index[i]), w.row(v.index[i+1]), w.row(v.index[i+2]), w.row(v.index[i+3])
		p, q, r, s := v.weight[i], v.weight[i+1], v.weight[i+2], v.weight[i+3]
		a, b, c, d = a[:len(sum)], b[:len(sum)], c[:len(sum)], d[:len(sum)]
		for k := range sum {
			sum[k] += p*a[k] + q*b[k] + r*c[k] + s*d[k]
		}
	}
	for ; i < n; i++ {
		a, p := w.row(v.index[i])[:len(sum)], v.weight[i]
		for k := range sum {
			sum[k] += p * a[k]
		}
	}
}

// softmax turns scores into probabilities, in place.
func softmax(z []float32) {
	greatest := z[0]
	for _, x := range z {
		greatest = max(greatest, x)
	}
	var sum float32
	for i, x := range z {
		z[i] = float32(math.Exp(float64(x - greatest)))
		sum += z[i]
	}
	for i := range z {
		z[i] /= sum
	}
}

// linear is softmax regression: one row of weights per feature.
type linear struct {
	rows weights
	bias []float32
}

// schedule is the order in which examples are learned from, and the falling rate.
type schedule struct {
	rng    *rand.Rand
	epochs int
	rate   float64
	tell   func(share float64)
}

// run calls learn for each example of each epoch until the context ends. Learn returns how much of the
// probability the label did not get.
func (s schedule) run(ctx context.Context, n int, learn func(i int, rate float32) (missing float32)) error {
	rests := make([]int, n)
	for epoch := range s.epochs {
		if err := s.pass(ctx, epoch, rests, learn); err != nil {
			return err
		}
		if s.tell != nil {
			s.tell(float64(epoch+1) / float64(s.epochs))
		}
	}
	return nil
}

// pass goes through all examples once; rests says for how many epochs each is still left out.
func (s schedule) pass(ctx context.Context, epoch int, rests []int, learn func(i int, rate float32) float32) error {
	n := len(rests)
	for k, i := range s.rng.Perm(n) {
		if k%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if rests[i] > 0 {
			rests[i]--
			continue
		}
		done := float64(epoch*n+k) / float64(s.epochs*n)
		if learn(i, float32(s.rate*(1-done))) < easy {
			rests[i] = rest
		}
	}
	return nil
}

// trainLinear fits the softmax regression.
func trainLinear(ctx context.Context, set *trainingSet, s schedule) (*linear, error) {
	l := &linear{rows: newWeights(set.features, set.outputs), bias: make([]float32, set.outputs)}
	z := make([]float32, set.outputs)
	active := make([]int, 0, set.outputs)
	err := s.run(ctx, len(set.vectors), func(i int, rate float32) float32 {
		v := set.vectors[i]
		copy(z, l.bias)
		l.rows.addRows(z, v)
		softmax(z)
		z[set.labels[i]]--
		active = active[:0]
		for c, g := range z {
			l.bias[c] -= biasShare * rate * g
			if g > tiny || g < -tiny {
				active = append(active, c)
			}
		}
		l.learn(v, z, active, rate)
		return -z[set.labels[i]]
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// learn moves the weights of v's features against the gradient of the active outputs.
func (l *linear) learn(v vector, gradient []float32, active []int, rate float32) {
	if len(active) == 0 {
		return
	}
	for p, f := range v.index {
		row, step := l.rows.row(f), rate*v.weight[p]
		for _, c := range active {
			row[c] -= step * gradient[c]
		}
	}
}
