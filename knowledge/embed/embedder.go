package embed

import "context"

// Kind says what a text is for. Some models want another prefix for each.
type Kind string

// The kinds of texts.
const (
	Query   Kind = "query"   // something that is asked; a person waits for it
	Passage Kind = "passage" // something that is searched; it is embedded in the background
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

// BuiltIn is a [Model] as an [Embedder]. It needs no context, since it takes microseconds.
type BuiltIn struct {
	model *Model
	name  string
}

// NewBuiltIn returns the model as an embedder. The version is part of its name: it has to be another one
// after each training, since every training gives the dimensions another meaning.
func NewBuiltIn(m *Model, version string) *BuiltIn {
	return &BuiltIn{model: m, name: "built-in/" + version}
}

// Embed returns the vectors of the texts; nil for a text without any known feature.
func (b *BuiltIn) Embed(ctx context.Context, texts []string, _ Kind) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, s := range texts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out[i] = b.model.Embed(s)
	}
	return out, nil
}

// Name returns "built-in/" and the version.
func (b *BuiltIn) Name() string { return b.name }

// Dimension returns [Dim].
func (b *BuiltIn) Dimension() int { return Dim }
