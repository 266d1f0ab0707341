package embed

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// None is the label of examples that belong to no label.
const None = -1

// DefaultThreshold is the probability of "none" above which a question is taken to be none of ours. On the
// development questions of the sample every bound from 0.08 to 0.20 tells 19 of 20 foreign questions. It is
// lower than what [CrossValidate] finds, since examples differ more from each other than questions do
// from examples: there, the router is less sure of everything.
const DefaultThreshold = 0.15

// Example is a text with its label.
type Example struct {
	Text  string
	Label int // index into the labels, or [None]
	// Fixed examples (titles, synonyms) are always learned from: [CrossValidate] doesn't ask them.
	Fixed bool
}

// Options are the options of [Train] and [CrossValidate]. The zero value is ready to use.
type Options struct {
	// Prepare is applied to every text before its features are taken: it removes what says nothing
	// about the topic (names of towns and persons). A model that is read again must be given the
	// same function. Nil: texts are taken as they are.
	Prepare func(string) string
	// Seed decides the order of learning. The same seed gives the same model.
	Seed uint64
	// Threshold of the model for "none"; 0: [DefaultThreshold].
	Threshold float32
	// Progress is told how much is done, 0 to 1, never by two goroutines at once. It must not block.
	Progress func(share float64)
}

// ErrTooFew is returned when the examples have fewer than two different labels.
var ErrTooFew = errors.New("too few examples: at least two labels need one each")

// maxFeatures bounds the vocabulary of a model: far more than any county needs, and little enough that
// a spoilt file can't make us ask for all memory.
const maxFeatures = 4 << 20

// trainingSet is examples as vectors.
type trainingSet struct {
	vectors  []vector
	labels   []int
	features int
	outputs  int
}

// Train makes a model from examples. Two goroutines are busy for some seconds and need about 1 KB for each
// different feature; the context ends them early. Labels name what [Example.Label] counts; they
// are kept with the model.
func Train(ctx context.Context, examples []Example, labels []string, opts Options) (*Model, error) {
	f, err := fit(ctx, examples, labels, opts)
	if err != nil {
		return nil, fmt.Errorf("train model: %w", err)
	}
	return f.model(labels, opts), nil
}

// fitted is what training finds.
type fitted struct {
	vocab *vocabulary
	lin   *linear
	hid   *hidden
}

func fit(ctx context.Context, examples []Example, labels []string, opts Options) (f fitted, err error) {
	if err := check(examples, labels); err != nil {
		return f, err
	}
	texts, err := featuresOf(ctx, examples, opts.Prepare)
	if err != nil {
		return f, err
	}
	f.vocab = countFeatures(texts)
	if len(f.vocab.hashes) > maxFeatures {
		return f, fmt.Errorf("%d features, at most %d are possible", len(f.vocab.hashes), maxFeatures)
	}
	set := newSet(f.vocab, texts, examples, len(labels))
	tell := newProgress(opts.Progress)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		s := schedule{rng: rng(opts.Seed, 1), epochs: softEpochs, rate: softRate, tell: tell.part(0.4)}
		f.lin, err = trainLinear(ctx, set, s)
		return err
	})
	g.Go(func() (err error) {
		s := schedule{rng: rng(opts.Seed, 2), epochs: hiddenEpochs, rate: hiddenRate, tell: tell.part(0.6)}
		f.hid, err = trainHidden(ctx, set, s)
		return err
	})
	return f, g.Wait()
}

// model rounds the weights.
func (f fitted) model(labels []string, opts Options) *Model {
	m := &Model{
		labels: slices.Clone(labels), vocab: f.vocab, soft: pack(f.lin.rows), bias: f.lin.bias,
		rows: pack(f.hid.rows), out: f.hid.out, threshold: opts.Threshold, prepare: opts.Prepare,
	}
	if m.threshold == 0 {
		m.threshold = DefaultThreshold
	}
	return m
}

func rng(seed, stream uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, stream)) }

func check(examples []Example, labels []string) error {
	seen := map[int]bool{}
	for i, e := range examples {
		if e.Label < None || e.Label >= len(labels) {
			return fmt.Errorf("example %d has label %d of %d", i, e.Label, len(labels))
		}
		seen[e.Label] = true
	}
	if len(seen) < 2 {
		return ErrTooFew
	}
	return nil
}

// featuresOf takes the features of all texts, on all processors.
func featuresOf(ctx context.Context, examples []Example, prepare func(string) string) ([][]feature, error) {
	out := make([][]feature, len(examples))
	workers := runtime.GOMAXPROCS(0)
	g, ctx := errgroup.WithContext(ctx)
	for w := range workers {
		g.Go(func() error {
			for i := w; i < len(examples); i += workers {
				if err := ctx.Err(); err != nil {
					return err
				}
				s := examples[i].Text
				if prepare != nil {
					s = prepare(s)
				}
				out[i], _ = features(s)
			}
			return nil
		})
	}
	return out, g.Wait()
}

// newSet makes vectors of the texts. The last output is "none".
func newSet(vocab *vocabulary, texts [][]feature, examples []Example, labels int) *trainingSet {
	set := &trainingSet{features: len(vocab.hashes), outputs: labels + 1}
	for i, t := range texts {
		v := vocab.vector(t)
		if len(v.index) == 0 {
			continue // nothing but punctuation: nothing to learn
		}
		label := examples[i].Label
		if label == None {
			label = labels
		}
		set.vectors, set.labels = append(set.vectors, v), append(set.labels, label)
	}
	return set
}

// progress adds up the shares of tasks that run side by side.
type progress struct {
	mu   sync.Mutex
	done float64
	tell func(float64)
}

func newProgress(tell func(float64)) *progress { return &progress{tell: tell} }

// part returns what a task calls that makes up the given weight of the whole.
func (p *progress) part(weight float64) func(share float64) {
	if p.tell == nil {
		return nil
	}
	last := 0.0
	return func(share float64) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.done += weight * (share - last)
		last = share
		p.tell(min(p.done, 1))
	}
}
