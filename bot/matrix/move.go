package matrix

import (
	"context"
	"fmt"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
)

// followUpgrade goes where a tombstone points. The new room takes the old one's place only if whoever set
// the tombstone might, and the new room says that it succeeds the old one and was made by somebody
// with a say in both: else anybody could hand the bot's reminders to a room of theirs.
func (c *Client) followUpgrade(ctx context.Context, ev bot.Event, e *timelineEvent) (bot.Event, error) {
	var content struct {
		NewRoom roomID `json:"replacement_room"`
	}
	_ = unmarshal(e.Content, &content)
	ev.Kind = bot.Ignored
	if content.NewRoom == "" || content.NewRoom == ev.Room {
		return ev, nil
	}
	levels, err := c.levels(ctx, ev.Room)
	if isRefusal(err) {
		return ev, nil
	}
	if err != nil {
		return ev, err
	}
	if levels.GetUserLevel(e.Sender) < levels.GetEventLevel(event.StateTombstone) {
		return ev, c.dismiss(ctx, ev.Room, content.NewRoom, "sender may not close the room")
	}
	wasThere := c.api.StateStore.IsInRoom(ctx, content.NewRoom, c.api.UserID)
	err = c.Join(ctx, content.NewRoom, []string{e.Sender.Homeserver()})
	if isRefusal(err) {
		return ev, c.remember(ctx, ev.Room, content.NewRoom, e)
	}
	if err != nil {
		return ev, err
	}
	ok, err := c.succeeds(ctx, content.NewRoom, ev.Room, e.Sender)
	if err != nil {
		return ev, err
	}
	if !ok {
		if !wasThere {
			if err := c.Leave(ctx, content.NewRoom); err != nil {
				return ev, err
			}
		}
		return ev, c.dismiss(ctx, ev.Room, content.NewRoom, "the new room is not this one's successor")
	}
	ev.Kind, ev.NewRoom = bot.Moved, content.NewRoom
	return ev, c.settle(ctx, ev.Room, content.NewRoom)
}

// succeeds reports whether a room names the old one as its predecessor, and the user has made it
// or may change its settings.
func (c *Client) succeeds(ctx context.Context, room, old roomID, user id.UserID) (bool, error) {
	create, err := c.creation(ctx, room)
	if err != nil || predecessor(create) != old {
		return false, err
	}
	levels, err := c.levels(ctx, room)
	if err != nil {
		return false, err
	}
	return create.Sender == user || levels.GetUserLevel(user) >= levels.StateDefault(), nil
}

// creation returns the event that made a room, nil if it isn't known.
func (c *Client) creation(ctx context.Context, room roomID) (*event.Event, error) {
	create, err := c.api.StateStore.GetCreate(ctx, room)
	if err != nil {
		return nil, fmt.Errorf("read creation of room: %w", err)
	}
	return create, nil
}

// predecessor returns the room that a new one says it succeeds.
func predecessor(create *event.Event) roomID {
	if create == nil {
		return ""
	}
	return create.Content.AsCreate().GetPredecessor().RoomID
}

func (c *Client) dismiss(ctx context.Context, old, room roomID, why string) error {
	c.log.WarnContext(ctx, "room upgrade not followed", "reason", why,
		"room_id", old, "new_room_id", room)
	return c.settle(ctx, old, room)
}

const rememberMoveQuery = `
INSERT INTO matrix_move (old_room, new_room, tombstone)
VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING`

// remember keeps a tombstone until the bot is invited to the new room, as clients do right after
// an upgrade.
func (c *Client) remember(ctx context.Context, old, room roomID, e *timelineEvent) error {
	if _, err := c.opts.Pool.Exec(ctx, rememberMoveQuery, old, room, []byte(e.raw)); err != nil {
		return fmt.Errorf("remember room upgrade: %w", err)
	}
	return nil
}

const settleMoveQuery = `
DELETE FROM matrix_move
WHERE old_room = $1 AND new_room = $2`

func (c *Client) settle(ctx context.Context, old, room roomID) error {
	if _, err := c.opts.Pool.Exec(ctx, settleMoveQuery, old, room); err != nil {
		return fmt.Errorf("forget room upgrade: %w", err)
	}
	return nil
}

const pendingMovesQuery = `
SELECT old_room, tombstone
FROM matrix_move
WHERE new_room = $1`

// addMoves delivers the tombstones that waited for the bot to be in this room, if it joined now.
func (c *Client) addMoves(ctx context.Context, b *bot.Batch, room roomID, events []timelineEvent) error {
	joined := false
	for i := range events {
		if now, _ := events[i].joins(c.api.UserID); now {
			joined = true
		}
	}
	if !joined {
		return nil
	}
	rows, err := c.opts.Pool.Query(ctx, pendingMovesQuery, room)
	if err != nil {
		return fmt.Errorf("read room upgrades: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var old roomID
		var raw []byte
		if err := rows.Scan(&old, &raw); err != nil {
			return fmt.Errorf("read room upgrades: %w", err)
		}
		b.Events = append(b.Events, bot.RawEvent{
			ID: id.EventID("lotse:moved:" + string(old) + ":" + string(room)), Room: old, Raw: raw,
		})
	}
	return rows.Err()
}
