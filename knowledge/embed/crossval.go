package embed

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"
)

const (
	folds = 3
	// foldEpochs are enough to compare and to find the threshold; more change nothing that can be seen.
	foldEpochs = 15
	// alike is the cosine above which two examples of a label are taken to be about one situation:
	// they come into the same fold, or the figures look too good.
	alike = 0.5
	// foreignShare is how much of what people ask is no matter of ours. Examples hold less of it.
	foreignShare = 0.17
)

// CrossValidation says how well a model trained on two thirds of the examples decides about the last third.
// Examples are written to differ from each other, more than questions do, so its accuracy is pessimistic: use
// it to compare one set of examples with another.
type CrossValidation struct {
	Asked    int     // how many examples were asked
	Accuracy float64 // share of those with a label that have it in the first place
	// Threshold is the probability of "none" at which abstaining has the best F1, if 17 % of what
	// is asked is foreign; Precision, Recall and F1 are those of abstaining there.
	Threshold             float32
	Precision, Recall, F1 float64
	// Labels has the accuracy by label, in the order of the labels; the weakest need examples. It
	// is -1 for a label that no example asked about.
	Labels []float64
}

// CrossValidate estimates how well [Train] would do, in about the time that it takes. The examples are split
// into three parts, all of one situation into the same; each part is asked of a router trained on
// the others.
func CrossValidate(ctx context.Context, examples []Example, labels []string, opts Options) (CrossValidation, error) {
	if err := check(examples, labels); err != nil {
		return CrossValidation{}, fmt.Errorf("cross-validate: %w", err)
	}
	texts, err := featuresOf(ctx, examples, opts.Prepare)
	if err != nil {
		return CrossValidation{}, fmt.Errorf("cross-validate: %w", err)
	}
	part := split(texts, examples)
	tell := newProgress(opts.Progress)
	var results [folds][]outcome
	g, ctx := errgroup.WithContext(ctx)
	for k := range folds {
		g.Go(func() (err error) {
			order := rng(opts.Seed, 10+uint64(k)) //nolint:gosec // k is small
			s := schedule{rng: order, epochs: foldEpochs, rate: softRate, tell: tell.part(1.0 / folds)}
			results[k], err = validate(ctx, fold{texts, examples, part, k, len(labels)}, s)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return CrossValidation{}, fmt.Errorf("cross-validate: %w", err)
	}
	return summary(slices.Concat(results[:]...), len(labels)), nil
}

// fold is one part that is asked of a router trained on the others.
type fold struct {
	texts    [][]feature
	examples []Example
	part     []int
	asked    int
	labels   int
}

// outcome is what a router said about an example.
type outcome struct {
	want int // label or None
	got  int // best label
	none float32
}

func validate(ctx context.Context, f fold, s schedule) ([]outcome, error) {
	var known [][]feature
	var learned []Example
	for i, e := range f.examples {
		if f.part[i] != f.asked {
			known, learned = append(known, f.texts[i]), append(learned, e)
		}
	}
	vocab := countFeatures(known)
	lin, err := trainLinear(ctx, newSet(vocab, known, learned, f.labels), s)
	if err != nil {
		return nil, err
	}
	var out []outcome
	z := make([]float32, f.labels+1)
	for i, e := range f.examples {
		if f.part[i] != f.asked {
			continue
		}
		copy(z, lin.bias)
		lin.rows.addRows(z, vocab.vector(f.texts[i]))
		softmax(z)
		out = append(out, outcome{want: e.Label, got: best(z[:f.labels]), none: z[f.labels]})
	}
	return out, nil
}

func best(z []float32) int {
	at := 0
	for i, x := range z {
		if x > z[at] {
			at = i
		}
	}
	return at
}

// split gives each example a part; fixed ones get -1. Each label is spread evenly.
func split(texts [][]feature, examples []Example) []int {
	part := make([]int, len(examples))
	byLabel := map[int][]int{}
	for i, e := range examples {
		part[i] = -1
		if !e.Fixed {
			byLabel[e.Label] = append(byLabel[e.Label], i)
		}
	}
	vocab := countFeatures(texts)
	for _, label := range sortedKeys(byLabel) {
		situations := gather(vocab, texts, byLabel[label])
		// Largest first into the emptiest part, so that the parts are of the same size.
		slices.SortStableFunc(situations, func(a, b []int) int { return cmp.Compare(len(b), len(a)) })
		var size [folds]int
		for _, s := range situations {
			k := slices.Index(size[:], slices.Min(size[:]))
			size[k] += len(s)
			for _, i := range s {
				part[i] = k
			}
		}
	}
	return part
}

func sortedKeys[V any](m map[int]V) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// gather puts examples that are alike, directly or through others, together.
func gather(vocab *vocabulary, texts [][]feature, members []int) [][]int {
	sets := newDisjoint(len(members))
	index := map[uint32][]posting{}
	cosine := make([]float32, len(members))
	for m, i := range members {
		clear(cosine)
		v := vocab.vector(texts[i])
		for k, f := range v.index {
			for _, p := range index[f] {
				cosine[p.member] += p.weight * v.weight[k]
			}
			index[f] = append(index[f], posting{m, v.weight[k]})
		}
		for o, c := range cosine[:m] {
			if c > alike {
				sets.unite(m, o)
			}
		}
	}
	groups := map[int][]int{}
	for m, i := range members {
		r := sets.find(m)
		groups[r] = append(groups[r], i)
	}
	out := make([][]int, 0, len(groups))
	for _, r := range sortedKeys(groups) {
		out = append(out, groups[r])
	}
	return out
}

// posting says that a member has a feature, with this weight.
type posting struct {
	member int
	weight float32
}

// disjoint holds disjoint sets: each element points towards the one that stands for its set.
type disjoint []int

func newDisjoint(n int) disjoint {
	d := make(disjoint, n)
	for i := range d {
		d[i] = i
	}
	return d
}

func (d disjoint) find(i int) int {
	for d[i] != i {
		d[i] = d[d[i]]
		i = d[i]
	}
	return i
}

func (d disjoint) unite(a, b int) { d[d.find(a)] = d.find(b) }

// summary counts.
func summary(all []outcome, labels int) CrossValidation {
	right, asked := make([]float64, labels), make([]float64, labels)
	var sumRight, sumAsked float64
	for _, o := range all {
		if o.want == None {
			continue
		}
		asked[o.want]++
		sumAsked++
		if o.got == o.want {
			right[o.want]++
			sumRight++
		}
	}
	cv := CrossValidation{Asked: len(all), Accuracy: sumRight / max(sumAsked, 1), Labels: right, Threshold: DefaultThreshold}
	for i := range right {
		if right[i] /= asked[i]; math.IsNaN(right[i]) {
			right[i] = -1
		}
	}
	if foreign := float64(len(all)) - sumAsked; foreign > 0 && sumAsked > 0 {
		cv.abstain(all, foreignShare/foreign, (1-foreignShare)/sumAsked)
	}
	return cv
}

// abstain finds the threshold with the best F1; foreign and own are what one example of each kind counts.
func (cv *CrossValidation) abstain(all []outcome, foreign, own float64) {
	slices.SortStableFunc(all, func(a, b outcome) int { return cmp.Compare(b.none, a.none) })
	var hit, miss float64 // foreign ones and own ones that are above the threshold
	for i, o := range all {
		if o.want == None {
			hit += foreign
		} else {
			miss += own
		}
		if i+1 < len(all) && all[i+1].none == o.none {
			continue
		}
		if f1 := 2 * hit / (foreignShare + hit + miss); f1 > cv.F1 {
			cv.F1, cv.Precision, cv.Recall = f1, hit/(hit+miss), hit/foreignShare
			// Between two examples, so that both stay on their sides.
			cv.Threshold = o.none
			if i+1 < len(all) {
				cv.Threshold = (o.none + all[i+1].none) / 2
			}
		}
	}
}
