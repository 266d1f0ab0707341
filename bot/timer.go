package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// timersAtOnce is how many due timers enter the inbox in one transaction.
const timersAtOnce = 500

// runTimers lets due timers into the inbox until ctx ends.
func (b *Bot) runTimers(ctx context.Context) error {
	for ctx.Err() == nil {
		wait, err := b.fireTimers(ctx)
		if err != nil && ctx.Err() == nil {
			b.log.ErrorContext(ctx, "timers are out of reach", "error", err)
			wait = time.Second
		}
		_ = pause(ctx, b.timerWake, wait) // its error is that ctx ended
	}
	return nil
}

// fireTimers moves due timers into the inbox: the timer goes and its message comes in one statement,
// so that each fires once, however late. Timers of rooms that the bot was put out of rest. It returns
// how long to wait for the next one.
func (b *Bot) fireTimers(ctx context.Context) (time.Duration, error) {
	const query = `
WITH due AS (
    DELETE FROM timers
    WHERE key IN (
        SELECT t.key
        FROM timers t
        LEFT JOIN rooms r USING (room_id)
        WHERE t.due_at <= $1 AND coalesce(r.state, 'joined') = 'joined'
        ORDER BY t.due_at, t.key
        LIMIT $2)
    RETURNING key, handler, due_at, room_id, data)
INSERT INTO inbox (event_id, room_id, timer, due_at, received_at)
SELECT 'lotse:due:' || gen_random_uuid(), room_id,
       jsonb_build_object('key', key, 'handler', handler, 'due', due_at, 'room', room_id, 'data', data),
       $1, $1
FROM due
ORDER BY due_at, key`
	tag, err := b.pool.Exec(ctx, query, b.now(), timersAtOnce)
	if err != nil {
		return 0, fmt.Errorf("fire timers: %w", err)
	}
	if tag.RowsAffected() > 0 {
		b.inbox.workWake.notify()
		return 0, nil // there may be more
	}
	return b.nextTimer(ctx)
}

func (b *Bot) nextTimer(ctx context.Context) (time.Duration, error) {
	const query = `
SELECT t.due_at
FROM timers t
LEFT JOIN rooms r USING (room_id)
WHERE coalesce(r.state, 'joined') = 'joined'
ORDER BY t.due_at
LIMIT 1`
	var next time.Time
	err := b.pool.QueryRow(ctx, query).Scan(&next)
	if errors.Is(err, pgx.ErrNoRows) {
		return time.Minute, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look for the next timer: %w", err)
	}
	return min(next.Sub(b.now()), time.Minute), nil
}

// planTimer hands a due timer to who set it.
func (b *Bot) planTimer(ctx context.Context, p plan) plan {
	h := b.router.timers[p.msg.Timer.Handler]
	if h == nil {
		b.logger(p.msg.Room, p.msg.ID).ErrorContext(ctx, "timer of an unknown handler", "handler", p.msg.Timer.Handler)
		return p
	}
	p.handlers = []Handler{h}
	return p
}

// planAway deals with a timer that was due before its room was left or upgraded, and is handled after:
// it is set again. There it rests, or fires in the new room. A room that isn't known is no obstacle.
func (b *Bot) planAway(ctx context.Context, p plan, s surroundings) (plan, error) {
	const query = `
INSERT INTO timers (key, handler, due_at, room_id, data) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (key) DO NOTHING`
	if s.State == "" {
		return b.planTimer(ctx, p), nil
	}
	t := *p.msg.Timer
	room, err := b.followRoom(ctx, t.Room)
	if err != nil {
		return p, err
	}
	p.changes = append(p.changes, exec("set timer again", query, t.Key, t.Handler, t.Due, room, jsonOrNil(t.Data)))
	return p, nil
}

func queueTimer(q *pgx.Batch, t Timer) {
	const query = `
INSERT INTO timers (key, handler, due_at, room_id, data) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (key) DO UPDATE
SET handler = excluded.handler, due_at = excluded.due_at, room_id = excluded.room_id, data = excluded.data`
	q.Queue(query, t.Key, t.Handler, t.Due, t.Room, jsonOrNil(t.Data))
}

func queueStop(q *pgx.Batch, key string) {
	const query = `DELETE FROM timers WHERE key = $1`
	q.Queue(query, key)
}

// runJanitor erases what is too old to be needed, once an hour.
func (b *Bot) runJanitor(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := b.clean(ctx); err != nil && ctx.Err() == nil {
			b.log.ErrorContext(ctx, "clean-up failed", "error", err)
		}
		for range 60 { // once a minute strays are looked for
			_ = pause(ctx, nil, time.Minute) // its error is that ctx ended
			b.mayUnknown.Store(true)
			b.sendWake.notify()
		}
	}
	return nil
}

// clean erases IDs of messages beyond their time. The outbox keeps its IDs four times as long, since
// handlers may edit old posts.
func (b *Bot) clean(ctx context.Context) error {
	const inbox = `DELETE FROM inbox WHERE done_at < $1`
	const outbox = `DELETE FROM outbox WHERE done_at < $1`
	const choices = `DELETE FROM choices WHERE created_at < $1`
	q := &pgx.Batch{}
	q.Queue(inbox, b.now().Add(-b.opts.Keep))
	q.Queue(outbox, b.now().Add(-4*b.opts.Keep))
	q.Queue(choices, b.now().Add(-4*b.opts.Keep))
	if err := b.pool.SendBatch(ctx, q).Close(); err != nil {
		return fmt.Errorf("erase old rows: %w", err)
	}
	return nil
}
