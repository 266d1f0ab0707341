package knowledge

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"lotse/knowledge/embed"
	"lotse/knowledge/text"
)

// recipe is part of a model's key: raise it when training or its input changes, so that every knowledge
// base is trained anew at its next import.
const recipe = "1"

// TrainingSet returns what the built-in router learns from: examples, and titles and synonyms of
// topics. Labels are the IDs of the topics. It doesn't depend on the order in which examples were
// imported, so that the same knowledge gives the same router.
func TrainingSet(d Data) (examples []embed.Example, labels []string) {
	texts := map[int][]string{}
	for i, t := range d.Topics {
		labels = append(labels, t.ID)
		for _, e := range t.Examples {
			texts[i] = append(texts[i], e.Text)
		}
	}
	for _, e := range d.Foreign {
		texts[embed.None] = append(texts[embed.None], e.Text)
	}
	for label := embed.None; label < len(labels); label++ {
		slices.Sort(texts[label])
		for _, s := range texts[label] {
			examples = append(examples, embed.Example{Text: s, Label: label})
		}
		if label == embed.None {
			continue
		}
		for _, s := range slices.Compact(slices.Sorted(slices.Values(names(d.Topics[label])))) {
			examples = append(examples, embed.Example{Text: s, Label: label, Fixed: true})
		}
	}
	return examples, labels
}

// names returns titles and synonyms of a topic in all languages.
func names(t Topic) []string {
	var out []string
	for _, s := range sorted(t.Title) {
		out = append(out, s)
	}
	for _, list := range sorted(t.Synonyms) {
		out = append(out, list...)
	}
	return out
}

// Places returns the areas as readers and routers need them.
func Places(d Data) []text.Place {
	var out []text.Place
	for _, a := range towns(d.Areas) {
		out = append(out, text.Place{Code: a.Code, Names: append([]string{a.Name}, a.Also...), EverydayWord: a.EverydayWord})
	}
	return out
}

// Train trains the built-in router on a knowledge base; it takes seconds. Progress may be nil, see
// [embed.Options].
func Train(ctx context.Context, d Data, progress func(share float64)) (*embed.Model, error) {
	examples, labels := TrainingSet(d)
	mask := text.NewMasker(Places(d))
	m, err := embed.Train(ctx, examples, labels, embed.Options{Prepare: mask.Mask, Progress: progress})
	if err != nil {
		return nil, fmt.Errorf("train router: %w", err)
	}
	return m, nil
}

// modelKey names the model that training on d gives.
func modelKey(d Data) string {
	h := sha256.New()
	put := func(s string) { h.Write([]byte(strconv.Itoa(len(s)) + ":" + s)) }
	put(recipe)
	examples, labels := TrainingSet(d)
	for _, l := range labels {
		put(l)
	}
	for _, e := range examples {
		put(strconv.Itoa(e.Label))
		put(e.Text)
	}
	for _, p := range Places(d) { // they are masked
		put(strings.Join(p.Names, "\n") + strconv.FormatBool(p.EverydayWord))
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// trained is a model with its key.
type trained struct {
	key   string
	model *embed.Model
}

// Router returns the model as a [Router].
func (t *trained) router() Router { return NewRouter(t.model) }

// NewRouter returns a trained model as a [Router] whose topics are the labels.
func NewRouter(m *embed.Model) Router { return &modelRouter{m, m.Labels()} }

type modelRouter struct {
	model  *embed.Model
	labels []string
}

// Route returns all topics and "" with their probabilities, best first.
func (r *modelRouter) Route(s string) []Scored {
	p := r.model.Route(s)
	out := make([]Scored, len(p))
	for i, x := range p {
		out[i].Score = float64(x)
		if i < len(r.labels) {
			out[i].Topic = r.labels[i]
		}
	}
	slices.SortStableFunc(out, func(a, b Scored) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return 0
	})
	return out
}

// Coverage tells how much of the text the model knows, 0 to 1.
func (r *modelRouter) Coverage(s string) float64 { return r.model.Coverage(s) }

// untrained is the router of a knowledge base without enough examples: it knows nothing.
type untrained struct{}

func (untrained) Route(string) []Scored { return []Scored{{Score: 1}} }

const (
	loadModel = `
SELECT key, weights
FROM models
WHERE key = $1`

	// The newest one serves as long as there is none for these examples, e.g. after an upgrade.
	loadNewestModel = `
SELECT key, weights
FROM models
ORDER BY version DESC, trained_at DESC
LIMIT 1`

	insertModel = `
INSERT INTO models (key, version, weights)
VALUES ($1, $2, $3)
ON CONFLICT (key) DO UPDATE SET version = excluded.version, weights = excluded.weights`

	deleteOtherModels = `
DELETE FROM models
WHERE key <> $1`
)

// readModel reads a stored model; nil without an error when there is none or it can't be used any more.
func readModel(ctx context.Context, q querier, d Data, sql string, args ...any) (*trained, error) {
	var t trained
	var weights []byte
	err := q.QueryRow(ctx, sql, args...).Scan(&t.key, &weights)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // none is an ordinary answer
	}
	if err != nil {
		return nil, fmt.Errorf("read router: %w", err)
	}
	t.model, err = embed.Read(bytes.NewReader(weights), text.NewMasker(Places(d)).Mask)
	if errors.Is(err, embed.ErrVersion) {
		return nil, nil //nolint:nilnil // of an older program: train again
	}
	if err != nil {
		return nil, fmt.Errorf("read router %s (an import trains it anew): %w", t.key, err)
	}
	return &t, nil
}
