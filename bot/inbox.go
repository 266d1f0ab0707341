package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"maunium.net/go/mautrix/id"
)

// maxID is the length of IDs that we store, in bytes. Matrix's own are up to 255 bytes long; those
// made up for invitations hold two of them.
const maxID = 1024

// Inbox is the durable queue between /sync and the handlers. Its methods may be called before, during
// and after [Bot.Run], by one sync loop.
type Inbox struct {
	pool     *pgxpool.Pool
	opts     Options
	workWake wake
	sendWake wake
	keys     atomic.Int64 // counts arrivals of keys
	keysSeen atomic.Int64 // up to which rows were woken

	mu      sync.Mutex
	unlock  map[id.RoomID]bool // rooms that keys came for since rows were woken; "" is all
	lastEnd time.Time          // when the last Accept returned; the next request began no earlier
	synced  time.Time          // the last request that was accepted began no earlier
}

// Accept stores what one /sync response brought, in one transaction together with its token. When it
// returns nil the batch is safe, and events that are there already were ignored. When it returns an
// error nothing is stored: get the same batch again.
//
// It also ends the wait of posts whose echo came, and erases the text of messages that were deleted
// before they were handled.
func (i *Inbox) Accept(ctx context.Context, batch Batch) error {
	i.opts.Fail("accept.before")
	began := i.began(batch)
	var inserted int64
	q := &pgx.Batch{} // without BEGIN a batch is one transaction, in one round trip
	i.queueEvents(ctx, q, batch.Events, &inserted)
	if !i.opts.NoReconcile {
		queueEchoes(q, batch.Echoes, now(i.opts))
	}
	queueDeleted(q, batch.Deleted, now(i.opts))
	queueToken(q, batch.Token)
	if err := i.pool.SendBatch(ctx, q).Close(); err != nil {
		return fmt.Errorf("store batch: %w", err)
	}
	i.opts.Fail("accept.after")

	i.mu.Lock()
	i.lastEnd = now(i.opts)
	if began.After(i.synced) {
		i.synced = began
	}
	i.mu.Unlock()
	if inserted > 0 {
		i.workWake.notify()
	}
	i.sendWake.notify()
	if i.opts.Hooks.Accepted != nil {
		i.opts.Hooks.Accepted(int(inserted))
	}
	return nil
}

// Token returns the token to go on from, empty before the first batch.
func (i *Inbox) Token(ctx context.Context) (string, error) {
	const query = `SELECT token FROM sync_state`
	rows, _ := i.pool.Query(ctx, query)
	token, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("read sync token: %w", err)
	}
	return token, nil
}

// KeysArrived says that keys came for rooms, for whatever room if none is named: messages there that wait
// for one are tried at once. Naming them keeps a room full of unreadable messages from costing others time.
func (i *Inbox) KeysArrived(rooms ...id.RoomID) {
	if len(rooms) == 0 {
		rooms = []id.RoomID{""}
	}
	i.mu.Lock()
	if i.unlock == nil {
		i.unlock = make(map[id.RoomID]bool)
	}
	for _, room := range rooms {
		i.unlock[room] = true
	}
	i.mu.Unlock()
	i.keys.Add(1)
	i.workWake.notify()
}

// syncedSince returns the earliest time that the last accepted /sync request can have begun.
func (i *Inbox) syncedSince() time.Time {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.synced
}

func (i *Inbox) began(batch Batch) time.Time {
	if !batch.Began.IsZero() {
		return batch.Began
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.lastEnd
}

func (i *Inbox) queueEvents(ctx context.Context, q *pgx.Batch, events []RawEvent, inserted *int64) {
	const query = `
INSERT INTO inbox (event_id, room_id, raw, due_at, received_at)
SELECT event_id, room_id, raw, $4, $4
FROM unnest($1::text[], $2::text[], $3::bytea[]) WITH ORDINALITY AS e (event_id, room_id, raw, n)
ORDER BY n
ON CONFLICT (event_id) DO NOTHING`
	var ids, rooms []string
	var raws [][]byte
	for _, e := range events {
		if !storable(string(e.ID)) || !storable(string(e.Room)) {
			i.opts.Logger.WarnContext(ctx, "event with an unusable id ignored")
			continue
		}
		ids, rooms, raws = append(ids, string(e.ID)), append(rooms, string(e.Room)), append(raws, e.Raw)
	}
	if len(ids) == 0 {
		return
	}
	q.Queue(query, ids, rooms, raws, now(i.opts)).Exec(func(tag commandTag) error {
		*inserted = tag.RowsAffected()
		return nil
	})
}

// storable reports whether PostgreSQL and our indexes can hold the ID.
func storable(s string) bool {
	return s != "" && len(s) <= maxID && utf8.ValidString(s) && !strings.ContainsRune(s, 0)
}

func queueEchoes(q *pgx.Batch, echoes []Echo, at time.Time) {
	const query = `
UPDATE outbox
SET state = 'sent', event_id = $2, post = NULL, unknown_at = NULL, done_at = $3
WHERE txn = $1 AND state <> 'sent'`
	for _, e := range echoes {
		if storable(string(e.Txn)) && storable(string(e.Event)) {
			q.Queue(query, string(e.Txn), string(e.Event), at)
		}
	}
}

// queueDeleted ends unhandled messages that were deleted. A worker that is at one finds its lease gone
// and drops what the handler wanted.
// Events that were made up (invitations, timers) can't be deleted.
func queueDeleted(q *pgx.Batch, deleted []Deletion, at time.Time) {
	const query = `
UPDATE inbox
SET state = 'done', raw = NULL, claimed_until = NULL, done_at = $3
FROM unnest($1::text[], $2::text[]) AS d (room, target)
WHERE event_id = d.target AND room_id = d.room AND state IN ('new', 'nokey')`
	var rooms, targets []string
	for _, d := range deleted {
		if storable(string(d.Target)) && storable(string(d.Room)) && strings.HasPrefix(string(d.Target), "$") {
			rooms, targets = append(rooms, string(d.Room)), append(targets, string(d.Target))
		}
	}
	if len(targets) > 0 {
		q.Queue(query, rooms, targets, at)
	}
}

func queueToken(q *pgx.Batch, token string) {
	const query = `
INSERT INTO sync_state (token) VALUES ($1)
ON CONFLICT (single) DO UPDATE SET token = excluded.token`
	q.Queue(query, token)
}
