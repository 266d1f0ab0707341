package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
	"maunium.net/go/mautrix/id"
)

const (
	// putTimeout is how long sending one post may take. It is completed even when ctx ends.
	putTimeout = 30 * time.Second
	// strayAfter is when a post that is being sent must have been claimed by a process that is gone.
	strayAfter = 3 * time.Minute
)

// runSenders starts what claims posts and what sends them.
func (b *Bot) runSenders(ctx context.Context, g *errgroup.Group) {
	next := func() (outRow, bool) { return b.awaitSend(ctx) }
	dispatch(ctx, g, b.opts.Senders, next, func(row outRow) {
		b.send(ctx, row)
		b.sendWake.notify()
		b.changed.notify()
	})
}

// awaitSend claims a post, waiting until there is one; false when ctx ended.
func (b *Bot) awaitSend(ctx context.Context) (outRow, bool) {
	for ctx.Err() == nil {
		row, ok, wait, err := b.nextPost(ctx)
		if err == nil && ok {
			return row, true
		}
		if err != nil && ctx.Err() == nil {
			b.log.ErrorContext(ctx, "outbox is out of reach", "error", err)
			wait = time.Second
		}
		if pause(ctx, b.sendWake, wait) != nil {
			break
		}
	}
	return outRow{}, false
}

func (b *Bot) nextPost(ctx context.Context) (row outRow, ok bool, wait time.Duration, err error) {
	check := time.Minute
	if b.mayUnknown.Load() {
		if check, err = b.reconcile(ctx); err != nil {
			return outRow{}, false, 0, err
		}
		b.changed.notify()
	}
	if rest := time.UnixMicro(b.pausedUntil.Load()).Sub(b.now()); rest > 0 {
		return outRow{}, false, rest, nil
	}
	at := b.now()
	row, ok, err = b.claimSend(ctx, at)
	if err != nil || ok {
		return row, ok, 0, err
	}
	wait, err = b.nextSend(ctx, at)
	return outRow{}, false, min(wait, check), err
}

// send makes one attempt at a post and stores how it went.
func (b *Bot) send(ctx context.Context, row outRow) {
	log := b.log.With("room_id", string(row.Room), "txn", string(row.Txn))
	begun := time.Now()
	out, ok := row.resolve()
	if !ok {
		log.WarnContext(ctx, "post refers to one that was given up")
		b.store(ctx, "park post", func(ctx context.Context) error { return b.parkPost(ctx, row) })
		return
	}
	b.opts.Fail("put.before")
	event, err := b.put(ctx, out)
	b.opts.Fail("put.after")
	outcome := OutcomeDone
	if err == nil {
		b.store(ctx, "mark post as sent", func(ctx context.Context) error { return b.markSent(ctx, row, string(event)) })
		b.opts.Fail("sent.after")
	} else {
		outcome = b.sendFailed(ctx, row, err)
		log.WarnContext(ctx, "post not sent", "attempt", row.Attempt, "outcome", string(outcome), "error", err)
	}
	if b.opts.Hooks.Sent != nil {
		b.opts.Hooks.Sent(out.Kind, outcome, time.Since(begun))
	}
}

func (b *Bot) put(ctx context.Context, out Outgoing) (event id.EventID, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), putTimeout)
	defer cancel()
	defer caught(&err, "sending")
	return b.transport.Send(ctx, out)
}

func (b *Bot) markSent(ctx context.Context, row outRow, event string) error {
	const query = `
UPDATE outbox SET state = 'sent', event_id = $2, post = NULL, unknown_at = NULL, done_at = $3
WHERE seq = $1 AND state <> 'sent'`
	if _, err := b.pool.Exec(ctx, query, row.Seq, event, b.now()); err != nil {
		return fmt.Errorf("mark post as sent: %w", err)
	}
	return nil
}

// sendFailed decides what happens to a post that wasn't sent, as far as one knows.
func (b *Bot) sendFailed(ctx context.Context, row outRow, cause error) Outcome {
	se, ok := errors.AsType[*SendError](cause)
	if !ok {
		se = &SendError{Unknown: true, Cause: cause} // a transport that doesn't say may have sent it
	}
	wait, outcome := b.opts.Retry(row.Attempt), OutcomeRetry
	// If a post of unknown fate is given up and had arrived, its echo makes it a sent one.
	old := row.Attempt >= b.opts.MaxAttempts && b.now().Sub(row.Created) > b.opts.GiveUp
	switch {
	case se.Final, old:
		b.store(ctx, "park post", func(ctx context.Context) error { return b.parkPost(ctx, row) })
		return OutcomeParked
	case se.Unknown && !b.opts.NoReconcile:
		outcome = OutcomeUnknown
	case se.RetryAfter > 0:
		wait = se.RetryAfter
		if !se.RoomOnly {
			b.pausedUntil.Store(b.now().Add(wait).UnixMicro())
		}
	}
	b.store(ctx, "put post back", func(ctx context.Context) error { return b.putBack(ctx, row, outcome, wait) })
	if outcome == OutcomeUnknown {
		b.mayUnknown.Store(true) // only now: reconcile clears it when it finds none
	}
	return outcome
}

func (b *Bot) putBack(ctx context.Context, row outRow, outcome Outcome, wait time.Duration) error {
	const again = `
UPDATE outbox SET state = 'new', due_at = $2, unknown_at = NULL
WHERE seq = $1 AND state = 'sending'`
	const unknown = `
UPDATE outbox SET state = 'unknown', unknown_at = $3, due_at = $2
WHERE seq = $1 AND state = 'sending'`
	var err error
	if outcome == OutcomeUnknown {
		_, err = b.pool.Exec(ctx, unknown, row.Seq, b.now().Add(wait), b.now())
	} else {
		_, err = b.pool.Exec(ctx, again, row.Seq, b.now().Add(wait))
	}
	if err != nil {
		return fmt.Errorf("put post back: %w", err)
	}
	return nil
}

// parkPost gives up a post and all that refer to it.
func (b *Bot) parkPost(ctx context.Context, row outRow) error {
	const query = `
WITH RECURSIVE lost (txn) AS (
    SELECT $1::text
    UNION
    SELECT o.txn FROM outbox o JOIN lost l ON l.txn IN (o.thread, o.target, o.reply_to)
    WHERE o.room_id = $2 AND o.state IN ('new', 'sending', 'unknown'))
UPDATE outbox o
SET state = 'parked', post = NULL, unknown_at = NULL, done_at = $3
FROM lost l
WHERE o.txn = l.txn AND o.state IN ('new', 'sending', 'unknown')`
	if _, err := b.pool.Exec(ctx, query, row.Txn, row.Room, b.now()); err != nil {
		return fmt.Errorf("park post: %w", err)
	}
	return nil
}

// orphanSends makes posts that an earlier process was sending ones of unknown fate.
func (b *Bot) orphanSends(ctx context.Context, at time.Time) error {
	const unknown = `
UPDATE outbox SET state = 'unknown', unknown_at = $1
WHERE state = 'sending'`
	const again = `
UPDATE outbox SET state = 'new', unknown_at = NULL
WHERE state IN ('sending', 'unknown')`
	var err error
	if b.opts.NoReconcile {
		_, err = b.pool.Exec(ctx, again)
	} else {
		_, err = b.pool.Exec(ctx, unknown, at)
	}
	if err != nil {
		return fmt.Errorf("take over the outbox: %w", err)
	}
	return nil
}

// reconcile frees posts of unknown fate whose echo didn't come: their grace is over, and a /sync that
// began after it is stored. A post that an earlier process claimed with its last breath, after this
// one took over, becomes one of unknown fate. It returns how long to wait before looking again.
func (b *Bot) reconcile(ctx context.Context) (time.Duration, error) {
	const free = `
UPDATE outbox SET state = 'new', unknown_at = NULL
WHERE state = 'unknown' AND unknown_at <= $1`
	const stray = `
UPDATE outbox SET state = 'unknown', unknown_at = $1
WHERE state = 'sending' AND unknown_at < $2`
	const oldest = `SELECT min(unknown_at) FROM outbox WHERE state = 'unknown'`
	b.mayUnknown.Store(false)
	q := &pgx.Batch{}
	q.Queue(stray, b.now(), b.now().Add(-strayAfter))
	q.Queue(free, b.inbox.syncedSince().Add(-b.opts.SendGrace))
	var first *time.Time
	q.Queue(oldest).QueryRow(func(row pgx.Row) error { return row.Scan(&first) })
	if err := b.pool.SendBatch(ctx, q).Close(); err != nil {
		b.mayUnknown.Store(true)
		return 0, fmt.Errorf("look for posts of unknown fate: %w", err)
	}
	if first == nil {
		return time.Minute, nil
	}
	b.mayUnknown.Store(true)
	over := first.Add(b.opts.SendGrace).Sub(b.now())
	if over > 0 {
		return over, nil
	}
	if h, ok := b.transport.(Hurrier); ok {
		h.Hurry()
	}
	return b.opts.SendGrace, nil
}
