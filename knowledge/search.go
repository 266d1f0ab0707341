package knowledge

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"

	"lotse/knowledge/embed"
	"lotse/knowledge/text"
)

// Query is a search.
type Query struct {
	Text  string
	Lang  string   // of the text; among passages of one owner those in it are shown first; may be empty
	Kinds []string // of passages ([TopicPassage], ...); empty: all
	Limit int      // hits; 0: 10
}

// Hit is what a search found: a topic, an office or a page, with its best passage.
type Hit struct {
	Kind  string  // of the passage
	Owner string  // ID of the topic, office or page
	Lang  string  // of the passage
	Text  string  // the passage
	Score float64 // by reciprocal rank; comparable within one search only
	Exact bool    // the query holds the name of the office, or is a legal reference of the topic and little more
}

const (
	defaultLimit = 10
	maxLimit     = 50
	maxQuery     = 2000 // bytes of the text that are looked at
	legLength    = 60   // passages that each way of searching contributes
	wordsWeight  = 0.5  // of the words against the vectors: measured on the development questions
	fusion       = 60   // constant of reciprocal rank fusion: 1/(60+rank), as in the paper
)

// Search finds passages by meaning (vectors) and by words, fused by reciprocal rank. What matches
// exactly comes first: names of offices and legal references. When vectors can't be had, words alone
// decide; the error is about the database.
func (b *Base) Search(ctx context.Context, q Query) ([]Hit, error) {
	l := b.live.Load()
	if len(q.Text) > maxQuery {
		q.Text = strings.ToValidUTF8(q.Text[:maxQuery], "")
	}
	if q.Limit <= 0 {
		q.Limit = defaultLimit
	}
	q.Limit = min(q.Limit, maxLimit)
	if len(q.Kinds) == 0 {
		q.Kinds = []string{TopicPassage, ExamplePassage, OfficePassage, PagePassage}
	}
	f := newFused(q)
	if slices.Contains(q.Kinds, OfficePassage) {
		for _, h := range l.named(q.Text) {
			f.exact(h)
		}
	}
	if err := b.searchWords(ctx, l, q, f); err != nil {
		return nil, err
	}
	if err := b.searchVectors(ctx, l, q, f); err != nil {
		return nil, err
	}
	return f.hits(), nil
}

// found is a row of a search.
type found struct {
	Kind, Owner, Lang, Text string
}

const (
	// Words count by how rare they are, as in BM25; a long passage counts less. ts_rank knows nothing of
	// rarity: a word of every second passage would weigh as much as the one that tells.
	searchByWords = `
SELECT p.kind, p.owner, p.lang, p.text
FROM (
    SELECT m.id, sum(w.weight) / (1.3 + 0.09 * length(m.terms)) AS score
    FROM unnest($1::text[], $2::real[]) AS w (term, weight)
    JOIN passages m ON m.terms @@ w.term::tsquery
    WHERE m.kind = ANY ($3)
    GROUP BY m.id
    ORDER BY score DESC, m.id
    LIMIT $4
) s
JOIN passages p ON p.id = s.id
ORDER BY s.score DESC, p.id`

	// In examples a paragraph is mostly said of the person (a status) and names no topic.
	searchReferences = `
SELECT p.kind, p.owner, p.lang, p.text
FROM passages p
WHERE p.terms @@ $1::text::tsquery AND p.kind = ANY ($2) AND p.kind IN ('topic', 'page')
ORDER BY length(p.terms), p.id
LIMIT $3`

	// The subquery makes PostgreSQL read the vector of the query once. Without it a generic plan, which
	// pgx's prepared statements may get, reads it for each row: 850 ms instead of 12.
	searchByVector = `
SELECT p.kind, p.owner, p.lang, p.text
FROM (
    SELECT passage, embedding <=> (SELECT $1::text::vector) AS distance
    FROM vectors
    WHERE embedder = $2 AND kind = ANY ($3) AND embedding IS NOT NULL
    ORDER BY distance
    LIMIT $4
) v
JOIN passages p ON p.id = v.passage
ORDER BY v.distance, p.id`
)

func (b *Base) searchWords(ctx context.Context, l *live, q Query, f *fused) error {
	all, references := l.query(q.Text)
	if references != "" {
		hits, err := b.find(ctx, b.pool, searchReferences, references, q.Kinds, legLength)
		if err != nil {
			return err
		}
		for _, h := range hits {
			f.exact(h)
		}
	}
	if len(all.terms) == 0 {
		return nil
	}
	hits, err := b.find(ctx, b.pool, searchByWords, all.terms, all.weights, q.Kinds, legLength)
	if err != nil {
		return err
	}
	f.leg(hits, wordsWeight)
	return nil
}

func (b *Base) searchVectors(ctx context.Context, l *live, q Query, f *fused) error {
	if l.embedder == nil {
		return nil
	}
	vectors, err := l.embedder.Embed(ctx, []string{q.Text}, embed.Query)
	if err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("embed query: %w", err)
		}
		b.log.WarnContext(ctx, "searching by words only", "error", err)
		return nil
	}
	if len(vectors) == 0 || vectors[0] == nil {
		return nil
	}
	v := pgvector.NewVector(vectors[0]).String()
	var hits []found
	if l.approx == len(vectors[0]) {
		hits, err = b.findApprox(ctx, v, l, q)
	} else {
		hits, err = b.find(ctx, b.pool, searchByVector, v, l.embedder.Name(), q.Kinds, legLength)
	}
	if err != nil {
		return err
	}
	f.leg(hits, 1)
	return nil
}

func (b *Base) find(ctx context.Context, q querier, sql string, args ...any) ([]found, error) {
	r, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	hits, err := pgx.CollectRows(r, pgx.RowToStructByName[found])
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return hits, nil
}

// fused merges lists by reciprocal rank and keeps the best passage of each owner.
type fused struct {
	q    Query
	list []*Hit
	of   map[string]*Hit // by what it leads to
}

func newFused(q Query) *fused { return &fused{q: q, of: map[string]*Hit{}} }

// target returns the hit of the owner; topics and their examples lead to the same.
func (f *fused) target(h found) *Hit {
	kind := h.Kind
	if kind == ExamplePassage {
		kind = TopicPassage
	}
	key := kind + "/" + h.Owner
	hit := f.of[key]
	if hit == nil {
		hit = &Hit{Kind: h.Kind, Owner: h.Owner, Lang: h.Lang, Text: h.Text}
		f.of[key] = hit
		f.list = append(f.list, hit)
	} else if hit.Lang != f.q.Lang && h.Lang == f.q.Lang {
		hit.Kind, hit.Lang, hit.Text = h.Kind, h.Lang, h.Text
	}
	return hit
}

// leg adds a list, best first. An owner counts with its best passage only, else the one with the most
// examples would win.
func (f *fused) leg(hits []found, weight float64) {
	seen := map[*Hit]bool{}
	for _, h := range hits {
		hit := f.target(h)
		if !seen[hit] {
			seen[hit] = true
			hit.Score += weight / float64(fusion+len(seen))
		}
	}
}

func (f *fused) exact(h found) { f.target(h).Exact = true }

func (f *fused) hits() []Hit {
	slices.SortStableFunc(f.list, func(a, b *Hit) int {
		if a.Exact != b.Exact {
			if a.Exact {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.Score, a.Score)
	})
	out := make([]Hit, 0, min(len(f.list), f.q.Limit))
	for _, h := range f.list[:cap(out)] {
		out = append(out, *h)
	}
	return out
}

// officeName is a name of an office in the form in which names are compared.
type officeName struct {
	folded string // between blanks
	found  found
}

// officeNames returns all names of all offices, the longest first, so that Jugendamt Detmold goes before
// a name that is a part of it.
func officeNames(d Data) []officeName {
	var out []officeName
	for _, o := range d.Offices {
		for lang, s := range sorted(o.Name) {
			if folded := foldedWords(s); len(folded) > 2 {
				out = append(out, officeName{folded, found{OfficePassage, o.ID, lang, s}})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b officeName) int { return cmp.Compare(len(b.folded), len(a.folded)) })
	return out
}

// named returns the offices whose name stands in the text.
func (l *live) named(s string) []found {
	folded := foldedWords(s)
	var out []found
	for _, o := range l.offices {
		if strings.Contains(folded, o.folded) {
			out = append(out, o.found)
		}
	}
	return out
}

// foldedWords returns the words of a text folded, with a blank before, between and after them.
func foldedWords(s string) string { return " " + strings.Join(text.Words(text.Fold(s)), " ") + " " }
