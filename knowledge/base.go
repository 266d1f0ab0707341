package knowledge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"lotse/knowledge/embed"
	"lotse/knowledge/text"
)

// Options are the options of [New]. The zero value is ready to use.
type Options struct {
	Logger *slog.Logger // nil: nothing is logged
	// Embedder makes the vectors for the search. Nil: the built-in model does.
	Embedder embed.Embedder
	// Poll is how often [Base.Run] looks for changes that it wasn't told of; 0: 15 seconds.
	Poll time.Duration
	// ExactUpTo is how many vectors are searched without an index; 0: 20,000. Below, reading all of
	// them takes less than 20 ms and finds every neighbour.
	ExactUpTo int
}

// Base is the knowledge base in PostgreSQL. It is safe for concurrent use.
type Base struct {
	pool     *pgxpool.Pool
	log      *slog.Logger
	embedder embed.Embedder // nil: the built-in one
	poll     time.Duration
	exact    int // vectors that are searched without an index
	live     atomic.Pointer[live]
}

// live is what serves questions: one version of the knowledge base with what belongs to it. It is
// immutable.
type live struct {
	snapshot *Snapshot
	model    *trained       // nil: nothing to learn from
	wanted   string         // key of the model that belongs to the snapshot
	embedder embed.Embedder // nil: search has words only
	terms    *termIndex
	frequent *frequencies // of the terms
	offices  []officeName
	approx   int // dimension of the vectors if they have an index; 0: searched exactly
}

const (
	defaultPoll  = 15 * time.Second
	defaultExact = 20000
)

// New returns a knowledge base on a database with the current schema. It is empty until [Base.Reload].
func New(pool *pgxpool.Pool, opts Options) *Base {
	b := &Base{pool: pool, log: opts.Logger, embedder: opts.Embedder, poll: opts.Poll, exact: opts.ExactUpTo}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	if b.poll <= 0 {
		b.poll = defaultPoll
	}
	if b.exact <= 0 {
		b.exact = defaultExact
	}
	b.live.Store(b.newLive(Data{}, 0, nil))
	return b
}

// readOnly sees one state of the database over several statements.
func readOnly() pgx.TxOptions {
	return pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
}

// Snapshot returns the knowledge base as it was read last. It never changes; take one for each question.
func (b *Base) Snapshot() *Snapshot { return b.live.Load().snapshot }

// Reload reads the knowledge base and its router from the database and makes them the ones that serve.
func (b *Base) Reload(ctx context.Context) error {
	var s *stored
	var model *trained
	var key string
	var frequent *frequencies
	approx := 0
	err := pgx.BeginTxFunc(ctx, b.pool, readOnly(), func(tx pgx.Tx) (err error) {
		if s, err = readAll(ctx, tx); err != nil {
			return err
		}
		key = modelKey(s.data)
		if model, err = b.readModelFor(ctx, tx, s.data, key); err != nil {
			return err
		}
		if frequent, err = readFrequencies(ctx, tx); err != nil {
			return err
		}
		approx, err = indexedDimension(ctx, tx, b.exact)
		return err
	})
	if err != nil {
		return fmt.Errorf("reload knowledge base: %w", err)
	}
	l := b.newLive(s.data, s.version, model)
	l.wanted, l.approx, l.frequent = key, approx, frequent
	b.live.Store(l)
	debug.FreeOSMemory() // reading leaves as much garbage as there is knowledge, and happens rarely
	if state := b.RouterState(); state != RouterCurrent && s.version > 0 {
		b.log.WarnContext(ctx, "router doesn't fit the knowledge base; import it again", "state", string(state))
	}
	b.log.InfoContext(ctx, "knowledge base loaded", "version", s.version,
		"topics", len(s.data.Topics), "offices", len(s.data.Offices), "router", model != nil)
	return nil
}

// RouterState tells how well the router fits the knowledge base.
type RouterState string

// The states of the router.
const (
	RouterCurrent RouterState = "current" // trained with just this knowledge
	RouterOld     RouterState = "old"     // trained with an older one: an import trains it anew
	RouterMissing RouterState = "missing" // there is none, so that no question is answered; likewise
)

// RouterState returns the state of the router that serves.
func (b *Base) RouterState() RouterState {
	l := b.live.Load()
	switch {
	case l.model == nil:
		return RouterMissing
	case l.model.key != l.wanted:
		return RouterOld
	}
	return RouterCurrent
}

// readModelFor returns the model that belongs to d; else the newest that there is, which may be of an
// older version while a new one is being trained.
func (b *Base) readModelFor(ctx context.Context, q querier, d Data, key string) (*trained, error) {
	if old := b.live.Load().model; old != nil && old.key == key {
		return old, nil
	}
	m, err := readModel(ctx, q, d, loadModel, key)
	if m != nil || err != nil {
		return m, err
	}
	return readModel(ctx, q, d, loadNewestModel)
}

func (b *Base) newLive(d Data, version int64, model *trained) *live {
	var router Router = untrained{}
	if model != nil {
		router = model.router()
	}
	return &live{
		snapshot: NewSnapshot(d, version, router, text.NewReader(d.Words, Places(d))),
		model:    model,
		embedder: b.embedderFor(model),
		terms:    newTermIndex(d),
		frequent: &frequencies{},
		offices:  officeNames(d),
	}
}

// embedderFor returns what makes the vectors; nil when there is nothing.
func (b *Base) embedderFor(model *trained) embed.Embedder {
	switch {
	case b.embedder != nil:
		return b.embedder
	case model != nil:
		return embed.NewBuiltIn(model.model, model.key)
	}
	return nil
}

// Export returns what the database holds.
func (b *Base) Export(ctx context.Context) (Data, error) {
	var s *stored
	err := pgx.BeginTxFunc(ctx, b.pool, readOnly(), func(tx pgx.Tx) (err error) {
		s, err = readAll(ctx, tx)
		return err
	})
	if err != nil {
		return Data{}, fmt.Errorf("export knowledge base: %w", err)
	}
	return s.data, nil
}

// retryPause is how long [Base.Run] waits after a failure.
const retryPause = 5 * time.Second

// Run keeps the snapshot current: it reloads when the knowledge base was changed, by whatever process.
// It makes vectors that are missing, too. It returns nil when ctx ends; failures are logged and tried
// again, since the old knowledge serves meanwhile.
func (b *Base) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		err := b.follow(ctx)
		if ctx.Err() != nil {
			break
		}
		b.log.ErrorContext(ctx, "knowledge base can't be followed", "error", err)
		wait(ctx, retryPause)
	}
	return nil //nolint:nilerr // to end with ctx is no failure
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// follow listens on one connection until it fails.
func (b *Base) follow(ctx context.Context) error {
	conn, err := b.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("listen for changes: %w", err)
	}
	// A connection that listens must not go back to the pool, where its notifications would pile up.
	own := conn.Hijack()
	defer own.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it is given up
	if _, err := own.Exec(ctx, "LISTEN lotse_knowledge"); err != nil {
		return fmt.Errorf("listen for changes: %w", err)
	}
	for {
		if err := b.catchUp(ctx, own); err != nil {
			return err
		}
		if err := b.await(ctx, own); err != nil {
			return err
		}
	}
}

// await returns when there was a notification, or after the time for polling.
func (b *Base) await(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, b.poll)
	defer cancel()
	_, err := conn.WaitForNotification(ctx)
	if err == nil || pgconn.Timeout(err) && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil
	}
	return fmt.Errorf("wait for changes: %w", err)
}

// catchUp reloads if there is another version, and embeds what has no vector.
func (b *Base) catchUp(ctx context.Context, q querier) error {
	var version int64
	var terms string
	if err := q.QueryRow(ctx, selectVersion).Scan(&version, &terms); err != nil {
		return fmt.Errorf("read version of the knowledge base: %w", err)
	}
	if version != b.Snapshot().Version() {
		if err := b.Reload(ctx); err != nil {
			return err
		}
	}
	if err := b.embedMissing(ctx); err != nil && ctx.Err() == nil {
		b.log.WarnContext(ctx, "passages can't be embedded now", "error", err)
	}
	return ctx.Err()
}
