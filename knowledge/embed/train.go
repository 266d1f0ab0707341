package embed

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"
)

// None is the label of examples that belong to no label.
const None = -1

// DefaultThreshold is the probability of "none" above which a question is taken to be none of ours:
// what [CrossValidate] finds for the sample knowledge base, when 17 % of what is asked is foreign.
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
	if err := check(examples, labels); err != nil {
		return nil, fmt.Errorf("train model: %w", err)
	}
	texts, err := featuresOf(ctx, examples, opts.Prepare)
	if err != nil {
		return nil, fmt.Errorf("train model: %w", err)
	}
	vocab := countFeatures(texts)
	if len(vocab.hashes) > maxFeatures {
		return nil, fmt.Errorf("train model: %d features, at most %d are possible", len(vocab.hashes), maxFeatures)
	}
	set := newSet(vocab, texts, examples, len(labels))
	tell := newProgress(opts.Progress)
	var lin *linear
	var hid *hidden
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		lin, err = trainLinear(ctx, set, schedule{
			rng: rng(opts.Seed, 1), epochs: softEpochs, rate: softRate, tell: tell.part(0.25),
		})
		return err
	})
	g.Go(func() (err error) {
		hid, err = trainHidden(ctx, set, schedule{
			rng: rng(opts.Seed, 2), epochs: hiddenEpochs, rate: hiddenRate, tell: tell.part(0.75),
		})
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("train model: %w", err)
	}
	m := &Model{
		labels: labels, vocab: vocab, soft: pack(lin.rows), bias: lin.bias,
		rows: pack(hid.rows), out: hid.out, threshold: opts.Threshold, prepare: opts.Prepare,
	}
	if m.threshold == 0 {
		m.threshold = DefaultThreshold
	}
	return m, nil
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
