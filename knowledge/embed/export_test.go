package embed

import (
	"context"
	"slices"
)

// TrainBoth is [Train]; it also returns the router as it was before its weights were rounded.
func TrainBoth(ctx context.Context, examples []Example, labels []string, opts Options) (*Model, func(string) []float32, error) {
	f, err := fit(ctx, examples, labels, opts)
	if err != nil {
		return nil, nil, err
	}
	m := f.model(labels, opts)
	return m, func(s string) []float32 {
		z := slices.Clone(f.lin.bias)
		f.lin.rows.addRows(z, m.vector(s))
		softmax(z)
		return z
	}, nil
}
