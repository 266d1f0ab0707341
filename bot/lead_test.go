package bot_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"lotse/bot"
	"lotse/internal/pgtest"
)

// TestStandby: one process leads, the other takes over when it is gone; who lost its connection is told.
func TestStandby(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	log := slog.New(slog.DiscardHandler)
	release, _, err := bot.Lead(t.Context(), pool, "@lotse:example.org", log)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := bot.Lead(t.Context(), pool, "@other:example.org", log)
	if err != nil {
		t.Fatalf("another account: %v", err)
	}
	defer other()
	type led struct {
		release func()
		lost    <-chan struct{}
		err     error
	}
	second := make(chan led, 1)
	go func() {
		r, l, err := bot.Lead(t.Context(), pool, "@lotse:example.org", log)
		second <- led{r, l, err}
	}()
	select {
	case <-second:
		t.Fatal("two processes lead")
	default:
	}
	release()
	release()
	now := <-second
	if now.err != nil {
		t.Fatal(now.err)
	}
	defer now.release()
	const cut = `
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
	if _, err := pool.Exec(t.Context(), cut); err != nil {
		t.Fatal(err)
	}
	<-now.lost
}

// TestStandbyEnds: a process that stands by can be ended.
func TestStandbyEnds(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	log := slog.New(slog.DiscardHandler)
	release, _, err := bot.Lead(t.Context(), pool, "@lotse:example.org", log)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := bot.Lead(ctx, pool, "@lotse:example.org", log); !errors.Is(err, context.Canceled) {
		t.Errorf("Lead after the end: got %v, want that it was cancelled", err)
	}
}

// TestLostLeadershipEndsRun: who isn't sure to be the only one stops.
func TestLostLeadershipEndsRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lost := make(chan struct{})
	w.opts.Lost = lost
	b := bot.New(w.pool, w.server, w.router, w.opts)
	close(lost)
	if err := b.Run(t.Context()); !errors.Is(err, bot.ErrLeadershipLost) {
		t.Errorf("Run: got %v, want ErrLeadershipLost", err)
	}
}
