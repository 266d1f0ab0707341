package knowledge

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/pgvector/pgvector-go"
	pgxvec "github.com/pgvector/pgvector-go/pgx"

	"lotse/knowledge/embed"
)

// The kinds of passages that are searched.
const (
	TopicPassage   = "topic"   // title and synonyms of a topic
	ExamplePassage = "example" // an example of a topic; its owner is the topic
	OfficePassage  = "office"  // name and kind of an office
	PagePassage    = "page"    // a part of a page
)

// passage is a text that is searched.
type passage struct {
	id          [16]byte
	kind, owner string
	lang, text  string
}

func newPassage(kind, owner, lang, text string) passage {
	sum := sha256.Sum256([]byte(kind + "\x00" + owner + "\x00" + lang + "\x00" + text))
	return passage{id: [16]byte(sum[:16]), kind: kind, owner: owner, lang: lang, text: text}
}

// passagesOf returns what is searched of a knowledge base, each once. Examples of what is no matter of
// ours are left out: finding them would help nobody.
func passagesOf(d Data) []passage {
	var out []passage
	seen := map[[16]byte]bool{}
	add := func(kind, owner, lang, text string) {
		if p := newPassage(kind, owner, lang, text); !seen[p.id] {
			seen[p.id] = true
			out = append(out, p)
		}
	}
	for _, t := range d.Topics {
		for lang, s := range topicTexts(t) {
			add(TopicPassage, t.ID, lang, s)
		}
		for _, e := range t.Examples {
			add(ExamplePassage, t.ID, e.Lang, e.Text)
		}
	}
	for _, o := range d.Offices {
		for lang, s := range sorted(o.Name) {
			if o.City != "" && !strings.Contains(s, o.City) {
				s += ", " + o.City
			}
			add(OfficePassage, o.ID, lang, s)
		}
	}
	return out
}

// topicTexts returns title and synonyms by language, in German with the legal bases.
func topicTexts(t Topic) map[string]string {
	lines := map[string][]string{}
	for lang, s := range t.Title {
		lines[lang] = append(lines[lang], s)
	}
	for lang, list := range t.Synonyms {
		lines[lang] = append(lines[lang], strings.Join(list, ", "))
	}
	bases := []string{t.Basis}
	for _, r := range t.Rules {
		if !slices.Contains(bases, r.Basis) {
			bases = append(bases, r.Basis)
		}
	}
	if s := strings.Trim(strings.Join(bases, "; "), "; "); s != "" {
		lines["de"] = append(lines["de"], s)
	}
	out := map[string]string{}
	for lang, list := range lines {
		out[lang] = strings.Join(list, "\n")
	}
	return out
}

const (
	selectIDs = `
SELECT id
FROM passages`

	selectVectorIDs = `
SELECT passage
FROM vectors
WHERE embedder = $1`

	createCopy = `
CREATE TEMPORARY TABLE passage_copy
    (id uuid, kind text, owner text, lang text, text text, terms tsvector) ON COMMIT DROP`

	upsertCopied = `
INSERT INTO passages (id, kind, owner, lang, text, terms)
SELECT id, kind, owner, lang, text, terms
FROM passage_copy
ON CONFLICT (id) DO UPDATE SET terms = excluded.terms`

	deleteGone = `
DELETE FROM passages
WHERE id = ANY ($1)`

	deleteOtherVectors = `
DELETE FROM vectors
WHERE embedder <> $1`
)

// passagePlan is what an import does to the passages. It is made before the transaction, since it takes
// time.
type passagePlan struct {
	write    []passage // new ones, or all when words are taken apart in another way
	gone     [][16]byte
	embedder string // whose vectors are wanted
	// What has no vector of the embedder yet, and the vectors made of it.
	unembedded []passage
	vectors    []vectorRow
	missing    int // of the unembedded, since the embedder couldn't be reached
}

type vectorRow struct {
	passage   passage
	embedding []float32 // nil: can't be embedded
}

// planPassages compares what is to be searched with what is stored. all: every passage is written
// again.
func planPassages(ctx context.Context, q querier, wanted []passage, all bool) (*passagePlan, error) {
	have, err := idSet(ctx, q, selectIDs)
	if err != nil {
		return nil, err
	}
	p := &passagePlan{}
	for _, w := range wanted {
		if all || !have[w.id] {
			p.write = append(p.write, w)
		}
		delete(have, w.id)
	}
	for id := range have {
		p.gone = append(p.gone, id)
	}
	return p, nil
}

func idSet(ctx context.Context, q querier, sql string, args ...any) (map[[16]byte]bool, error) {
	r, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read passages: %w", err)
	}
	ids, err := pgx.CollectRows(r, pgx.RowTo[[16]byte])
	if err != nil {
		return nil, fmt.Errorf("read passages: %w", err)
	}
	set := make(map[[16]byte]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set, nil
}

// batchSize is how many texts an embedder is given at once. It bounds what is lost when it fails.
const batchSize = 64

// planVectors finds the passages without a vector of the embedder.
func (p *passagePlan) planVectors(ctx context.Context, q querier, embedder string, wanted []passage) error {
	have, err := idSet(ctx, q, selectVectorIDs, embedder)
	if err != nil {
		return err
	}
	p.embedder = embedder
	for _, w := range wanted {
		if !have[w.id] {
			p.unembedded = append(p.unembedded, w)
		}
	}
	return nil
}

// embed makes the vectors that are missing. It ends at the first failure of the embedder: without
// vectors the search still has words, and the rest is made in the background later.
func (p *passagePlan) embed(ctx context.Context, e embed.Embedder, progress func(share float64)) error {
	all := len(p.unembedded)
	for done := 0; done < all; {
		batch := p.unembedded[done:min(done+batchSize, all)]
		vectors, err := e.Embed(ctx, texts(batch), embed.Passage)
		if err != nil {
			p.missing = all - done
			return fmt.Errorf("embed passages: %w", err)
		}
		for i, v := range vectors {
			p.vectors = append(p.vectors, vectorRow{batch[i], v})
		}
		done += len(batch)
		progress(float64(done) / float64(all))
	}
	return nil
}

func texts(list []passage) []string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = p.text
	}
	return out
}

// apply writes the plan.
func (p *passagePlan) apply(ctx context.Context, tx pgx.Tx, ix *termIndex) error {
	if len(p.gone) > 0 {
		if _, err := tx.Exec(ctx, deleteGone, p.gone); err != nil {
			return fmt.Errorf("delete passages: %w", err)
		}
	}
	if err := p.copyPassages(ctx, tx, ix); err != nil {
		return err
	}
	if err := copyVectors(ctx, tx, p.embedder, p.vectors); err != nil {
		return err
	}
	if p.missing > 0 || p.embedder == "" {
		return nil // the old ones serve until the new ones are complete
	}
	if _, err := tx.Exec(ctx, deleteOtherVectors, p.embedder); err != nil {
		return fmt.Errorf("delete old vectors: %w", err)
	}
	return nil
}

func (p *passagePlan) copyPassages(ctx context.Context, tx pgx.Tx, ix *termIndex) error {
	if len(p.write) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, createCopy); err != nil {
		return fmt.Errorf("copy passages: %w", err)
	}
	columns := []string{"id", "kind", "owner", "lang", "text", "terms"}
	source := pgx.CopyFromSlice(len(p.write), func(i int) ([]any, error) {
		w := p.write[i]
		return []any{w.id, w.kind, w.owner, w.lang, w.text, ix.vector(w.text)}, nil
	})
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"passage_copy"}, columns, source); err != nil {
		return fmt.Errorf("copy passages: %w", err)
	}
	if _, err := tx.Exec(ctx, upsertCopied); err != nil {
		return fmt.Errorf("write passages: %w", err)
	}
	return nil
}

func copyVectors(ctx context.Context, tx pgx.Tx, embedder string, list []vectorRow) error {
	if len(list) == 0 {
		return nil
	}
	if err := pgxvec.RegisterTypes(ctx, tx.Conn()); err != nil {
		return fmt.Errorf("copy vectors: %w", err)
	}
	columns := []string{"passage", "embedder", "kind", "embedding"}
	source := pgx.CopyFromSlice(len(list), func(i int) ([]any, error) {
		row := []any{list[i].passage.id, embedder, list[i].passage.kind, nil}
		if v := list[i].embedding; v != nil {
			row[3] = pgvector.NewVector(v)
		}
		return row, nil
	})
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"vectors"}, columns, source); err != nil {
		return fmt.Errorf("copy vectors: %w", err)
	}
	return nil
}

// vector returns the terms of a text as PostgreSQL keeps them, with their positions.
func (ix *termIndex) vector(s string) pgtype.TSVector {
	positions := map[string][]pgtype.TSVectorPosition{}
	for i, term := range ix.terms(s) {
		if len(term) > maxTerm || len(positions[term]) >= maxPositions {
			continue
		}
		positions[term] = append(positions[term], pgtype.TSVectorPosition{
			Position: uint16(min(i+1, maxPosition)), Weight: pgtype.TSVectorWeightD,
		})
	}
	v := pgtype.TSVector{Valid: true}
	for term, list := range sorted(positions) {
		v.Lexemes = append(v.Lexemes, pgtype.TSVectorLexeme{Word: term, Positions: list})
	}
	return v
}

// Limits of tsvector.
const (
	maxTerm      = 255 // bytes; PostgreSQL takes 2,046
	maxPosition  = 16383
	maxPositions = 255 // of one term
)
