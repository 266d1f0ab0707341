package embed

import (
	"context"
	"math"
)

// Kind says what a text is for. Some models want another prefix for each.
type Kind string

// The kinds of texts.
const (
	Query   Kind = "query"   // something that is asked; a person waits for it
	Passage Kind = "passage" // a title, a synonym or an example: it is found if it means the same
	Page    Kind = "page"    // a piece of a longer text: it is found if it says something about it
)

// Embedder makes vectors of texts. Implementations are safe for concurrent use.
type Embedder interface {
	// Embed returns a vector of length 1 for each text, in order, all of the same dimension. A vector is
	// nil if that one text can't be embedded, now or ever; the error says that nothing could be done.
	Embed(ctx context.Context, texts []string, kind Kind) ([][]float32, error)
	// Name says which model it is. Vectors of different names must not be compared.
	Name() string
	// Dimension is the length of the vectors; 0 as long as it isn't known.
	Dimension() int
}

const (
	// hashedDim is the number of dimensions into which the features of a text are hashed.
	hashedDim = 256
	// builtInDim is the length of [BuiltIn]'s vectors.
	builtInDim = Dim + hashedDim
	// builtInName has a number that changes with how vectors are made of a model.
	builtInName = "built-in/2/"
)

// BuiltIn is a [Model] as an [Embedder]. It needs no server and takes less than a millisecond.
//
// Its vectors have two halves: what the model takes the text to be about ([Model.Embed]), and which
// words and n-grams it has, hashed. The model knows the topics of its examples and nothing else,
// so it finds the right example in any language, but not the right one of two pages about one topic; the
// words find that. Passages have only the first half, pages both. With 617 pages of another
// county, half and half is better than either alone in all of five languages.
type BuiltIn struct {
	model *Model
	name  string
}

// NewBuiltIn returns the model as an embedder. The version is part of its name: it has to be another one
// after each training, since every training gives the dimensions another meaning.
func NewBuiltIn(m *Model, version string) *BuiltIn {
	return &BuiltIn{model: m, name: builtInName + version}
}

// Embed returns the vectors of the texts. It is nil for a text without any letter, and for a passage
// without any known feature.
func (b *BuiltIn) Embed(ctx context.Context, texts []string, kind Kind) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, s := range texts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out[i] = b.vector(s, kind)
	}
	return out, nil
}

func (b *BuiltIn) vector(s string, kind Kind) []float32 {
	v := make([]float32, builtInDim)
	copy(v, b.model.Embed(s))
	if kind != Passage {
		// Not masked: which town a page is about does matter.
		all, _ := features(s)
		b.model.vocab.hashInto(v[Dim:], all)
	}
	if !normalise(v) {
		return nil
	}
	return v
}

// Name returns a name that ends in the version.
func (b *BuiltIn) Name() string { return b.name }

// Dimension returns the length of the vectors: [Dim] and 256 more.
func (b *BuiltIn) Dimension() int { return builtInDim }

// hashInto adds up the weights of all features, known or not, by hash and with a sign, and scales
// the sum to length 1. Two texts with the same features have the same sum, and other features cancel out.
func (v *vocabulary) hashInto(out []float32, all []feature) {
	for _, f := range all {
		weight := tf(f.count) * v.rare
		if i, ok := v.find(f.hash); ok {
			weight = tf(f.count) * v.idf[i]
		}
		// Neighbouring letters change the low bits of FNV's hash most, so mix before taking some.
		h := f.hash * 0x9e3779b97f4a7c15
		weight = float32(math.Copysign(float64(weight), float64(int64(h)))) //nolint:gosec // its first bit is the sign
		out[h>>20%uint64(len(out))] += weight
	}
	normalise(out)
}
