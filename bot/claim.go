package bot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"maunium.net/go/mautrix/id"
)

// commandTag is what a statement without rows returns.
type commandTag = pgconn.CommandTag

// errLease means that the row was finished by somebody else: its lease ran out, another process took
// over, or the message was deleted. Nothing of the attempt may take effect.
var errLease = errors.New("the lease on the message is gone")

// maxCrashes is how often a process may die while it handles a message before the message is parked.
// It is more than [Options.MaxAttempts], since those who die with a message are mostly innocent.
const maxCrashes = 10

// keyPatience is how long a message whose key is missing is kept after its sender was told.
const keyPatience = 24 * time.Hour

// claimed is an inbox row with a lease.
type claimed struct {
	Seq          int64      `db:"seq"`
	EventID      id.EventID `db:"event_id"`
	RoomID       id.RoomID  `db:"room_id"`
	Raw          []byte     `db:"raw"`
	Timer        *Timer     `db:"timer"`
	Attempt      int        `db:"attempt"`
	Crashes      int        `db:"crashes"`
	ClaimedUntil time.Time  `db:"claimed_until"`
	NokeySince   *time.Time `db:"nokey_since"`
	KeyRequested bool       `db:"key_requested"`
	Told         bool       `db:"told"`
	ReceivedAt   time.Time  `db:"received_at"`

	keys int64 // arrivals of keys when it was claimed
}

// claim takes the oldest due row whose room has no older unfinished one and none that is being
// handled. A row without key doesn't hold up its room beyond its grace. It returns false when there
// is none. Only one goroutine may claim: two claims at once could take a row each of one room.
//
// Rows that were never tried are due in any case, and in order by themselves; so only the few that
// were (inbox_waiting) can hold up others. That keeps the claim quick with thousands of rows waiting.
//
// Once begun it isn't cut off when ctx ends: the server might carry it out all the same, later than the next process
// frees leases, and the message would wait for the end of a lease that nobody has.
func (i *Inbox) claim(ctx context.Context, at time.Time) (claimed, bool, error) {
	const query = `
WITH blocked AS MATERIALIZED (
    SELECT room_id, CASE WHEN claimed_until > $1 THEN 0 ELSE seq END AS seq
    FROM inbox
    WHERE state IN ('new', 'nokey') AND (attempt > 0 OR state = 'nokey')
      AND (claimed_until > $1 OR (state = 'new' AND due_at > $1) OR blocks_until > $1))
UPDATE inbox
SET attempt = attempt + 1, claimed_until = $2
WHERE seq = (
    SELECT i.seq
    FROM inbox i
    WHERE i.state IN ('new', 'nokey')
      AND (i.due_at <= $1 OR (i.attempt = 0 AND i.state = 'new'))
      AND (i.claimed_until IS NULL OR i.claimed_until <= $1)
      AND NOT EXISTS (SELECT FROM blocked b WHERE b.room_id = i.room_id AND b.seq < i.seq)
    ORDER BY i.seq
    LIMIT 1
    FOR UPDATE SKIP LOCKED)
RETURNING seq, event_id, room_id, raw, timer, attempt, crashes, claimed_until, nokey_since,
    key_requested, told, received_at`
	if ctx.Err() != nil {
		return claimed{}, false, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), wrapUp)
	defer cancel()
	keys := i.keys.Load()
	rows, _ := i.pool.Query(ctx, query, at, at.Add(i.opts.Lease))
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[claimed])
	if errors.Is(err, pgx.ErrNoRows) {
		return claimed{}, false, nil
	}
	if err != nil {
		return claimed{}, false, fmt.Errorf("claim message: %w", err)
	}
	c.keys = keys
	return c, true, nil
}

// nextDue returns how long to wait until a row may be claimed that may not at the given time, if nothing
// happens before.
func (i *Inbox) nextDue(ctx context.Context, at time.Time) (time.Duration, error) {
	const query = `
SELECT min(t)
FROM inbox, LATERAL (VALUES (due_at), (claimed_until), (blocks_until)) AS times (t)
WHERE state IN ('new', 'nokey') AND (attempt > 0 OR state = 'nokey') AND t > $1`
	var next *time.Time
	if err := i.pool.QueryRow(ctx, query, at).Scan(&next); err != nil {
		return 0, fmt.Errorf("look for the next message: %w", err)
	}
	if next == nil {
		return time.Minute, nil
	}
	return min(next.Sub(now(i.opts)), time.Minute), nil
}

// wakeKeyless makes messages without key due, if keys came since it was called last.
func (i *Inbox) wakeKeyless(ctx context.Context) error {
	const query = `
UPDATE inbox SET due_at = $1
WHERE state = 'nokey' AND due_at > $1 AND claimed_until IS NULL
  AND (room_id = ANY ($2) OR '' = ANY ($2))`
	keys := i.keys.Load()
	if keys == i.keysSeen.Load() {
		return nil
	}
	i.mu.Lock()
	rooms := slices.Collect(maps.Keys(i.unlock))
	i.unlock = nil
	i.mu.Unlock()
	if _, err := i.pool.Exec(ctx, query, now(i.opts), rooms); err != nil {
		i.KeysArrived(rooms...)
		return fmt.Errorf("wake messages without key: %w", err)
	}
	i.keysSeen.Store(keys)
	return nil
}

// freeLeases ends the leases of an earlier process. Its attempts don't count, but its death does.
func (i *Inbox) freeLeases(ctx context.Context, at time.Time) error {
	const query = `
UPDATE inbox
SET claimed_until = NULL, attempt = greatest(attempt - 1, 0), crashes = crashes + 1, due_at = least(due_at, $1)
WHERE state IN ('new', 'nokey') AND claimed_until IS NOT NULL`
	if _, err := i.pool.Exec(ctx, query, at); err != nil {
		return fmt.Errorf("free leases: %w", err)
	}
	return nil
}

// memory is what is kept of a finished message: no text.
type memory struct {
	addressed bool
	kind      Kind
	thread    id.EventID
}

// finishTx ends a row. It returns errLease when the lease is gone.
func (i *Inbox) finishTx(ctx context.Context, tx pgx.Tx, c claimed, state string, keep memory) error {
	const query = `
UPDATE inbox
SET state = $3, raw = NULL, timer = NULL, claimed_until = NULL, done_at = $4,
    addressed = $5, kind = $6, thread = $7
WHERE seq = $1 AND claimed_until = $2 AND state IN ('new', 'nokey')`
	tag, err := tx.Exec(ctx, query, c.Seq, c.ClaimedUntil, state, now(i.opts), keep.addressed, keep.kind, keep.thread)
	return leaseError(tag, err, "finish message")
}

// tellTx keeps a row whose sender is being told that it can't be read, in case its key comes.
func (i *Inbox) tellTx(ctx context.Context, tx pgx.Tx, c claimed) error {
	const query = `
UPDATE inbox
SET told = true, claimed_until = NULL, attempt = 0, due_at = $3
WHERE seq = $1 AND claimed_until = $2 AND state = 'nokey'`
	tag, err := tx.Exec(ctx, query, c.Seq, c.ClaimedUntil, now(i.opts).Add(time.Hour))
	return leaseError(tag, err, "keep unreadable message")
}

// retry gives a row back after a failed attempt.
func (i *Inbox) retry(ctx context.Context, c claimed, after time.Duration) error {
	const query = `
UPDATE inbox SET claimed_until = NULL, due_at = $3
WHERE seq = $1 AND claimed_until = $2 AND state IN ('new', 'nokey')`
	tag, err := i.pool.Exec(ctx, query, c.Seq, c.ClaimedUntil, now(i.opts).Add(after))
	return leaseError(tag, err, "give message back")
}

// releaseTx gives a row back as if it had not been claimed.
func (i *Inbox) releaseTx(ctx context.Context, tx pgx.Tx, c claimed) error {
	const query = `
UPDATE inbox SET claimed_until = NULL, attempt = greatest(attempt - 1, 0)
WHERE seq = $1 AND claimed_until = $2 AND state IN ('new', 'nokey')`
	tag, err := tx.Exec(ctx, query, c.Seq, c.ClaimedUntil)
	return leaseError(tag, err, "release message")
}

// postpone gives back a row whose key is missing. That is no attempt.
func (i *Inbox) postpone(ctx context.Context, c claimed, since, due time.Time, requested bool) error {
	const query = `
UPDATE inbox
SET state = 'nokey', claimed_until = NULL, attempt = greatest(attempt - 1, 0), due_at = $3,
    nokey_since = $4, blocks_until = $5, key_requested = $6
WHERE seq = $1 AND claimed_until = $2 AND state IN ('new', 'nokey')`
	tag, err := i.pool.Exec(ctx, query, c.Seq, c.ClaimedUntil, due, since, since.Add(i.opts.KeyGrace), requested)
	return leaseError(tag, err, "postpone message")
}

func leaseError(tag commandTag, err error, what string) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if tag.RowsAffected() == 0 {
		return errLease
	}
	return nil
}

// collectOne returns the only row.
func collectOne[T any](rows pgx.Rows, what string) (T, error) {
	v, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[T])
	if err != nil {
		return v, fmt.Errorf("%s: %w", what, err)
	}
	return v, nil
}
