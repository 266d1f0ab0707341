package embed_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"lotse/knowledge/embed"
)

func TestTrainingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	s := readSample(t)
	ctx, cancel := context.WithCancel(t.Context())
	var last float64
	start := time.Now()
	_, err := embed.Train(ctx, s.examples[:2000], s.labels, embed.Options{Progress: func(share float64) {
		if share < last || share > 1 {
			t.Errorf("progress went from %v to %v", last, share)
		}
		last = share
		cancel()
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
	t.Logf("ended after %s at %.2f", time.Since(start), last)
}

func TestExamplesAreChecked(t *testing.T) {
	t.Parallel()
	labels := []string{"a", "b"}
	for name, examples := range map[string][]embed.Example{
		"none":          nil,
		"one label":     {{Text: "x", Label: 0}, {Text: "y", Label: 0}},
		"unknown label": {{Text: "x", Label: 0}, {Text: "y", Label: 2}},
		"below none":    {{Text: "x", Label: 0}, {Text: "y", Label: -2}},
	} {
		if _, err := embed.Train(t.Context(), examples, labels, embed.Options{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
