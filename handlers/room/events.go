package room

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lotse/bot"
)

// joined introduces the bot; the runtime routes it once a room. It pings nobody.
func (h *Handler) joined(_ context.Context, m bot.Message, r *bot.Reply) error {
	r.Post(bot.Place{Room: m.Room}, bot.Post{Text: h.welcome(m)})
	return nil
}

func (h *Handler) welcome(m bot.Message) string {
	t := h.texts.In(m.Lang)
	prefix, how := "", t.Get("welcome_direct")
	if !m.InDirect {
		prefix = h.o.Prefix + " "
		how = t.Get("welcome_room", "mention", bot.Escape(h.o.Mention), "prefix", bot.Escape(h.o.Prefix))
	}
	help := "hilfe"
	if t.Lang != "de" {
		help = "help"
	}
	return strings.Join([]string{
		t.Get("welcome"), how,
		t.Get("example", "text", bot.Escape(prefix+t.Get("example_1"))),
		t.Get("example", "text", bot.Escape(prefix+t.Get("example_2"))),
		t.Get("welcome_help", "help", bot.Escape(prefix+help)),
	}, "\n")
}

const selectUnreadable = `
SELECT told_at
FROM room_unreadable
WHERE room_id = $1`

const saveUnreadable = `
INSERT INTO room_unreadable (room_id, told_at)
VALUES ($1, $2)
ON CONFLICT (room_id) DO UPDATE
SET told_at = excluded.told_at`

// unreadableEvery is how often a room is told at most that a message could not be read.
const unreadableEvery = time.Hour

// unreadable says that a message could not be read, and what to do.
func (h *Handler) unreadable(ctx context.Context, m bot.Message, r *bot.Reply) error {
	now := h.o.Now()
	told, err := h.toldUnreadable(ctx, m)
	if err != nil || now.Sub(told) < unreadableEvery {
		return err
	}
	r.Post(bot.Place{Room: m.Room}, bot.Post{Text: h.texts.In(m.Lang).Get("unreadable"), ReplyTo: bot.Ref(m.ID)})
	r.Change(func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, saveUnreadable, m.Room, now); err != nil {
			return fmt.Errorf("remember that a room was told: %w", err)
		}
		return nil
	})
	return nil
}

// toldUnreadable returns when the room was told last, zero if it wasn't.
func (h *Handler) toldUnreadable(ctx context.Context, m bot.Message) (time.Time, error) {
	rows, err := h.o.DB.Query(ctx, selectUnreadable, m.Room)
	if err != nil {
		return time.Time{}, fmt.Errorf("look when a room was told: %w", err)
	}
	at, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[time.Time])
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return time.Time{}, fmt.Errorf("look when a room was told: %w", err)
	}
	return at, nil
}

const forgetUndo = `
DELETE FROM setting_undo
WHERE before ->> 'person' = $1`

// forget erases what is kept of a person.
func (h *Handler) forget(_ context.Context, m bot.Message, r *bot.Reply) error {
	r.Change(func(ctx context.Context, tx pgx.Tx) error {
		for _, f := range h.o.Forget {
			if err := f.ForgetTx(ctx, tx, m.Sender); err != nil {
				return fmt.Errorf("forget a person: %w", err)
			}
		}
		if _, err := tx.Exec(ctx, forgetUndo, m.Sender); err != nil {
			return fmt.Errorf("forget settings of a person: %w", err)
		}
		return nil
	})
	r.Say(bot.Post{Text: h.texts.In(m.Lang).Get("forgotten")})
	return nil
}

const deleteRoom = `
WITH gone AS (
    DELETE FROM room_unreadable
    WHERE room_id = $1)
DELETE FROM setting_undo
WHERE room_id = $1`

// left erases what is kept of a room.
func (h *Handler) left(_ context.Context, m bot.Message, r *bot.Reply) error {
	r.Change(func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, deleteRoom, m.Room); err != nil {
			return fmt.Errorf("forget a room: %w", err)
		}
		return nil
	})
	return nil
}

const moveUnreadable = `
INSERT INTO room_unreadable (room_id, told_at)
SELECT $2, told_at FROM room_unreadable WHERE room_id = $1
ON CONFLICT (room_id) DO NOTHING`

const moveUndo = `
INSERT INTO setting_undo (room_id, before)
SELECT $2, before FROM setting_undo WHERE room_id = $1
ON CONFLICT (room_id) DO NOTHING`

// moved takes along what is kept of a room to the one that takes its place.
func (h *Handler) moved(_ context.Context, m bot.Message, r *bot.Reply) error {
	r.Change(func(ctx context.Context, tx pgx.Tx) error {
		for _, query := range []string{moveUnreadable, moveUndo} {
			if _, err := tx.Exec(ctx, query, m.Room, m.NewRoom); err != nil {
				return fmt.Errorf("move a room: %w", err)
			}
		}
		if _, err := tx.Exec(ctx, deleteRoom, m.Room); err != nil {
			return fmt.Errorf("move a room: %w", err)
		}
		return nil
	})
	return nil
}
