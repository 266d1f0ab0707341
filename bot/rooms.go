package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"maunium.net/go/mautrix/id"
)

// planInvitation joins if the inviter is allowed to invite, else it declines.
func (b *Bot) planInvitation(ctx context.Context, p plan) (plan, error) {
	const query = `
INSERT INTO rooms (room_id, direct, partner) VALUES ($1, $2, $3)
ON CONFLICT (room_id) DO UPDATE
SET state = 'joined', moved_to = NULL, direct = excluded.direct, partner = excluded.partner, updated_at = now()`
	m := p.msg
	log := b.logger(m.Room, m.ID)
	if !b.opts.Allow(m.Sender) || !b.budgets.invitation(m.Sender, b.now()) {
		log.InfoContext(ctx, "invitation declined")
		if err := b.transport.Leave(ctx, m.Room); err != nil {
			return p, fmt.Errorf("decline invitation: %w", err)
		}
		return p, nil
	}
	if err := b.transport.Join(ctx, m.Room, via(m.Sender)); err != nil {
		return p, fmt.Errorf("accept invitation: %w", err)
	}
	log.InfoContext(ctx, "invitation accepted", "direct", m.Direct)
	p.changes = append(p.changes, exec("store room", query, m.Room, m.Direct, m.Sender))
	return p, nil
}

// via is the server through which a room can be joined: that of the one who asks.
func via(user id.UserID) []string {
	_, server, ok := strings.Cut(string(user), ":")
	if !ok {
		return nil
	}
	return []string{server}
}

// planRoom deals with what happens to rooms.
func (b *Bot) planRoom(ctx context.Context, p plan) (plan, error) {
	room, known, err := b.readRoom(ctx, p.msg.Room)
	if err != nil {
		return p, err
	}
	p.msg.InDirect, p.msg.Settings = room.Direct, room.Settings
	if room.Settings.Lang != "" {
		p.msg.Lang = room.Settings.Lang
	}
	switch p.msg.Kind {
	case Joined:
		return b.planJoined(ctx, p, room)
	case Left:
		if known && room.State == "joined" {
			return b.planLeft(p), nil
		}
	case Member:
		if known && room.State == "joined" {
			return b.planMember(p, room), nil
		}
	case Moved:
		if known && room.State != "moved" {
			return b.planMoved(ctx, p)
		}
	default:
	}
	return p, nil
}

// roomRow is what is kept about a room.
type roomRow struct {
	State    string    `db:"state"`
	Direct   bool      `db:"direct"`
	Partner  id.UserID `db:"partner"`
	Settings Settings  `db:"settings"`
	Welcomed bool      `db:"welcomed"`
}

func (b *Bot) readRoom(ctx context.Context, room id.RoomID) (roomRow, bool, error) {
	const query = `
SELECT state, direct, partner, settings, welcomed_at IS NOT NULL AS welcomed
FROM rooms WHERE room_id = $1`
	rows, _ := b.pool.Query(ctx, query, room)
	r, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[roomRow])
	if errors.Is(err, pgx.ErrNoRows) {
		return r, false, nil
	}
	if err != nil {
		return r, false, fmt.Errorf("read room: %w", err)
	}
	return r, true, nil
}

// planJoined makes the room a known one, and has it welcomed the first time. A room without invitation
// is one that somebody with power over the account joined. A room with others in it is no direct chat,
// whatever the invitation said. One that takes the place of a room that the bot knows isn't welcomed:
// that may be seen here before the old room's tombstone is handled.
func (b *Bot) planJoined(ctx context.Context, p plan, room roomRow) (plan, error) {
	const query = `
INSERT INTO rooms (room_id, welcomed_at) VALUES ($1, now())
ON CONFLICT (room_id) DO UPDATE
SET state = 'joined', moved_to = NULL, direct = rooms.direct AND $2,
    welcomed_at = coalesce(rooms.welcomed_at, now()), updated_at = now()`
	m := &p.msg
	m.InDirect = room.Direct && m.Direct
	p.changes = append(p.changes, exec("store room", query, m.Room, m.Direct))
	if room.Welcomed {
		return p, nil
	}
	if m.OldRoom != "" {
		old, known, err := b.readRoom(ctx, m.OldRoom)
		if err != nil || (known && old.State != "left") {
			return p, err
		}
	}
	p.handlers = b.router.on[Joined]
	return p, nil
}

// planLeft gives up what was to be sent to the room. Timers are kept; they rest while the bot is out.
func (b *Bot) planLeft(p plan) plan {
	const room = `UPDATE rooms SET state = 'left', moved_to = NULL, updated_at = now() WHERE room_id = $1`
	const outbox = `
UPDATE outbox SET state = 'parked', post = NULL, done_at = $2
WHERE room_id = $1 AND state IN ('new', 'unknown')`
	p.changes = append(p.changes,
		exec("leave room", room, p.msg.Room),
		exec("park posts", outbox, p.msg.Room, b.now()))
	p.handlers = b.router.on[Left]
	return p
}

// planMember makes a direct chat a shared room when a third person joins.
func (b *Bot) planMember(p plan, room roomRow) plan {
	const widen = `UPDATE rooms SET direct = false, updated_at = now() WHERE room_id = $1`
	const partner = `UPDATE rooms SET partner = $2 WHERE room_id = $1`
	m := &p.msg
	if m.Subject == b.opts.User {
		return p
	}
	b.roles.forget(m.Room, m.Subject)
	if m.Joins && room.Direct {
		switch room.Partner {
		case m.Subject:
		case "":
			p.changes = append(p.changes, exec("store partner", partner, m.Room, m.Subject))
		default:
			m.InDirect = false
			p.changes = append(p.changes, exec("widen direct chat", widen, m.Room))
		}
	}
	p.handlers = b.router.on[Member]
	return p
}

// planMoved follows an upgrade, which the transport has checked: settings, timers, open questions and
// messages that wait move along, with what is to be done to these. What is about events of the old
// room is dropped.
func (b *Bot) planMoved(ctx context.Context, p plan) (plan, error) {
	const follow = `
INSERT INTO rooms (room_id, direct, partner, settings, encrypted, welcomed_at)
SELECT $2, direct, partner, settings, encrypted, coalesce(welcomed_at, now()) FROM rooms WHERE room_id = $1
ON CONFLICT (room_id) DO UPDATE
SET direct = excluded.direct, partner = excluded.partner, settings = excluded.settings, updated_at = now()`
	const leave = `UPDATE rooms SET state = 'moved', moved_to = $2, updated_at = now() WHERE room_id = $1`
	const timers = `UPDATE timers SET room_id = $2 WHERE room_id = $1`
	const choices = `UPDATE choices SET room_id = $2 WHERE room_id = $1 AND closed_at IS NULL`
	const posts = `
UPDATE outbox o SET room_id = $2, thread = '', reply_to = ''
WHERE o.room_id = $1 AND o.state = 'new' AND (
    o.kind = 'msg'
    OR EXISTS (SELECT FROM outbox t WHERE t.txn = o.target AND t.room_id = $1 AND t.state = 'new'))`
	const rest = `
UPDATE outbox SET state = 'dropped', post = NULL, done_at = $2
WHERE room_id = $1 AND state = 'new'`
	m := p.msg
	if m.NewRoom == "" || m.NewRoom == m.Room || !storable(string(m.NewRoom)) {
		return p, nil
	}
	if err := b.transport.Join(ctx, m.NewRoom, via(m.Sender)); err != nil {
		return p, fmt.Errorf("follow upgrade: %w", err)
	}
	p.changes = append(p.changes,
		exec("copy room", follow, m.Room, m.NewRoom),
		exec("close old room", leave, m.Room, m.NewRoom),
		exec("move timers", timers, m.Room, m.NewRoom),
		exec("move questions", choices, m.Room, m.NewRoom),
		exec("move posts", posts, m.Room, m.NewRoom),
		exec("drop posts", rest, m.Room, b.now()))
	p.handlers = b.router.on[Moved]
	b.roles.moved(m.Room, m.NewRoom)
	return p, nil
}

// followRoom returns where a room has moved to, over all its upgrades.
func (b *Bot) followRoom(ctx context.Context, room id.RoomID) (id.RoomID, error) {
	const query = `
WITH RECURSIVE moves (room_id, n) AS (
    SELECT $1::text, 0
    UNION ALL
    SELECT r.moved_to, n + 1 FROM moves m JOIN rooms r ON r.room_id = m.room_id
    WHERE r.moved_to IS NOT NULL AND n < 100)
SELECT room_id FROM moves ORDER BY n DESC LIMIT 1`
	var last id.RoomID
	if err := b.pool.QueryRow(ctx, query, room).Scan(&last); err != nil {
		return room, fmt.Errorf("follow room: %w", err)
	}
	return last, nil
}

func markEncrypted(room id.RoomID) Change {
	const query = `UPDATE rooms SET encrypted = true WHERE room_id = $1`
	return exec("mark room encrypted", query, room)
}

// exec is a change that is one statement.
func exec(what, query string, args ...any) Change {
	return func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, query, args...); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return nil
	}
}
