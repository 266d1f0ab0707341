package knowledge

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"lotse/knowledge/embed"
)

// maxIndexed is the greatest dimension that pgvector indexes as halfvec.
const maxIndexed = 4000

const (
	// PostgreSQL can't index a column whose rows differ in dimension. The index is over those of one
	// dimension, cast to it, which is why the dimension stands in its definition and in the query.
	createVectorIndex = `
CREATE INDEX CONCURRENTLY IF NOT EXISTS vectors_hnsw_{dim}
ON vectors USING hnsw ((embedding::halfvec({dim})) halfvec_cosine_ops)
WHERE vector_dims(embedding) = {dim}`

	searchApprox = `
SELECT p.kind, p.owner, p.lang, p.text
FROM (
    SELECT passage, embedding::halfvec({dim}) <=> (SELECT $1::text::halfvec({dim})) AS distance
    FROM vectors
    WHERE vector_dims(embedding) = {dim} AND embedder = $2 AND kind = ANY ($3)
    ORDER BY distance
    LIMIT $4
) v
JOIN passages p ON p.id = v.passage
ORDER BY v.distance, p.id`

	// Without iterative scans a filter on top of the index returns next to nothing.
	scanOn = `SET LOCAL hnsw.iterative_scan = relaxed_order`

	// An index that failed halfway is there but not valid.
	selectIndexed = `
SELECT coalesce(max(substr(c.relname, 14)::integer), 0)
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = 'vectors'::regclass AND i.indisvalid AND c.relname ~ '^vectors_hnsw_[0-9]+$'
  AND (SELECT count(*) FROM vectors) > $1`

	selectStale = `
SELECT c.relname
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = 'vectors'::regclass AND (NOT i.indisvalid OR c.relname <> 'vectors_hnsw_' || $1::text) AND c.relname ~ '^vectors_hnsw_[0-9]+$'`

	countVectors = `
SELECT count(*)
FROM vectors
WHERE embedder = $1 AND embedding IS NOT NULL`

	selectMissing = `
SELECT p.id, p.kind, p.owner, p.lang, p.text
FROM passages p
WHERE NOT EXISTS (SELECT FROM vectors v WHERE v.embedder = $1 AND v.passage = p.id)
ORDER BY p.id
LIMIT $2`
)

func withDimension(sql string, dim int) string {
	return strings.ReplaceAll(sql, "{dim}", strconv.Itoa(dim))
}

// indexedDimension returns the dimension of the vectors that are searched through an index; 0 when
// they are few enough to be searched exactly, or when there is no index yet.
func indexedDimension(ctx context.Context, q querier, exactUpTo int) (int, error) {
	var dim int
	if err := q.QueryRow(ctx, selectIndexed, exactUpTo).Scan(&dim); err != nil {
		return 0, fmt.Errorf("look for index of vectors: %w", err)
	}
	return dim, nil
}

// findApprox searches through the index.
func (b *Base) findApprox(ctx context.Context, vector string, l *live, q Query) (hits []found, err error) {
	err = pgx.BeginTxFunc(ctx, b.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, scanOn); err != nil {
			return fmt.Errorf("search: %w", err)
		}
		hits, err = b.find(ctx, tx, withDimension(searchApprox, l.approx), vector, l.embedder.Name(), q.Kinds, legLength)
		return err
	})
	return hits, err
}

// embedMissing makes vectors for passages that have none of the embedder that serves, a batch a
// transaction, and the index when they have become many.
func (b *Base) embedMissing(ctx context.Context) error {
	e := b.live.Load().embedder
	if e == nil {
		return nil
	}
	done := 0
	for {
		n, err := b.embedBatch(ctx, e)
		if err != nil {
			return err
		}
		if done += n; n < batchSize {
			break
		}
	}
	if done > 0 {
		b.log.InfoContext(ctx, "passages embedded", "passages", done, "embedder", e.Name())
		if _, err := b.pool.Exec(ctx, deleteOtherVectors, e.Name()); err != nil {
			return fmt.Errorf("delete old vectors: %w", err)
		}
	}
	return b.ensureIndex(ctx, e)
}

func (b *Base) embedBatch(ctx context.Context, e embed.Embedder) (int, error) {
	type row struct {
		ID                      [16]byte
		Kind, Owner, Lang, Text string
	}
	r, err := b.pool.Query(ctx, selectMissing, e.Name(), batchSize)
	if err != nil {
		return 0, fmt.Errorf("read passages: %w", err)
	}
	list, err := pgx.CollectRows(r, pgx.RowToStructByName[row])
	if err != nil || len(list) == 0 {
		return 0, err
	}
	batch := make([]passage, len(list))
	for i, p := range list {
		batch[i] = passage{p.ID, p.Kind, p.Owner, p.Lang, p.Text}
	}
	vectors, err := e.Embed(ctx, texts(batch), embed.Passage)
	if err != nil {
		return 0, fmt.Errorf("embed passages: %w", err)
	}
	made := make([]vectorRow, len(batch))
	for i, v := range vectors {
		made[i] = vectorRow{batch[i], v}
	}
	err = pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error { return copyVectors(ctx, tx, e.Name(), made) })
	return len(batch), err
}

// ensureIndex makes the index once the vectors are too many to read them all. It takes a minute for
// 200,000 and blocks nobody.
func (b *Base) ensureIndex(ctx context.Context, e embed.Embedder) error {
	dim := e.Dimension()
	if b.live.Load().approx == dim || dim <= 0 || dim > maxIndexed {
		return nil
	}
	var n int
	if err := b.pool.QueryRow(ctx, countVectors, e.Name()).Scan(&n); err != nil {
		return fmt.Errorf("count vectors: %w", err)
	}
	if n <= b.exact {
		return nil
	}
	if err := b.dropStale(ctx, dim); err != nil {
		return err
	}
	if _, err := b.pool.Exec(ctx, withDimension(createVectorIndex, dim)); err != nil {
		return fmt.Errorf("index vectors: %w", err)
	}
	b.log.InfoContext(ctx, "vectors indexed", "vectors", n, "dimension", dim)
	return b.Reload(ctx)
}

// dropStale removes indexes whose making was cut short, and those of another dimension.
func (b *Base) dropStale(ctx context.Context, dim int) error {
	r, err := b.pool.Query(ctx, selectStale, strconv.Itoa(dim))
	if err != nil {
		return fmt.Errorf("look for stale indexes: %w", err)
	}
	names, err := pgx.CollectRows(r, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("look for stale indexes: %w", err)
	}
	for _, name := range names {
		if _, err := b.pool.Exec(ctx, "DROP INDEX IF EXISTS "+pgx.Identifier{name}.Sanitize()); err != nil {
			return fmt.Errorf("drop stale index: %w", err)
		}
	}
	return nil
}
