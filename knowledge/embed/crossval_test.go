//go:build !race

package embed_test

import (
	"testing"
	"time"

	"lotse/knowledge/embed"
)

// TestCrossValidation holds what the sample's examples reach.
func TestCrossValidation(t *testing.T) {
	t.Parallel()
	s := readSample(t)
	start := time.Now()
	cv, err := embed.CrossValidate(t.Context(), s.examples, s.labels, embed.Options{Prepare: masker(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d asked, accuracy %.3f; abstain above %.3f: precision %.2f, recall %.2f, F1 %.2f; %s",
		cv.Asked, cv.Accuracy, cv.Threshold, cv.Precision, cv.Recall, cv.F1, time.Since(start).Round(100*time.Millisecond))
	if cv.Accuracy < 0.60 || cv.F1 < 0.68 {
		t.Errorf("accuracy %.3f, F1 of abstaining %.2f", cv.Accuracy, cv.F1)
	}
	for i, a := range cv.Labels {
		if a < 0 || a > 1 {
			t.Errorf("%s: accuracy %v", s.labels[i], a)
		}
	}
}
