package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
)

// takeKeys gives the crypto machine what came for this device. It fails only if the database does,
// and then leaves nothing half done: the same response can be taken again.
func (c *Client) takeKeys(ctx context.Context, r *syncResponse, since string) error {
	m := c.helper.Machine()
	c.guard(ctx, "device list", func() { m.HandleDeviceLists(ctx, &r.DeviceLists, since) })
	for _, raw := range r.ToDevice.Events {
		if err := c.takeToDevice(ctx, raw); err != nil {
			return err
		}
	}
	c.guard(ctx, "one-time keys", func() { m.HandleOTKCounts(ctx, &r.OTKCount) })
	c.guard(ctx, "save point", func() { m.MarkOlmHashSavePoint(ctx) })
	return nil
}

// takeToDevice handles one event that was sent to this device. An encrypted one moves an Olm
// session on, which can be done but once, and usually brings a room key: both are stored in one
// transaction, or a crash in between would lose the key for good.
func (c *Client) takeToDevice(ctx context.Context, raw json.RawMessage) error {
	var evt event.Event
	if err := json.Unmarshal(raw, &evt); err != nil {
		c.log.WarnContext(ctx, "to-device event can't be parsed", "error", err)
		return nil
	}
	evt.Type.Class = event.ToDeviceEventType
	if err := evt.Content.ParseRaw(evt.Type); err != nil {
		return nil //nolint:nilerr // of a type that mautrix doesn't know, or malformed: nothing for us
	}
	handle := func(ctx context.Context) {
		c.guard(ctx, "to-device event", func() { c.helper.Machine().HandleToDeviceEvent(ctx, &evt) })
	}
	if evt.Type != event.ToDeviceEncrypted {
		handle(ctx) // may go on in the background, so it must not hold a transaction
		return nil
	}
	txErr := c.keys.DB.DoTxn(ctx, nil, func(ctx context.Context) error {
		handle(ctx)
		return nil
	})
	if txErr == nil {
		return nil
	}
	if err := c.forgetCached(ctx); err != nil {
		return fmt.Errorf("store keys: %w", errors.Join(txErr, err))
	}
	// The database is well, so it is the event that it didn't like. Without a transaction mautrix
	// stores of it what can be stored.
	c.log.WarnContext(ctx, "to-device event could not be stored whole", "error", txErr)
	handle(ctx)
	return nil
}

// forgetCached makes mautrix read its keys anew, after a transaction that changed them was undone.
func (c *Client) forgetCached(ctx context.Context) error {
	c.keys.InitFields()
	c.keys.Account = nil
	return c.helper.Machine().Load(ctx)
}

// guard keeps a panic of the library, at input that a stranger sent, from ending the bot.
func (c *Client) guard(ctx context.Context, what string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			c.log.ErrorContext(ctx, "panic in the matrix library",
				"at", what, "panic", r)
		}
	}()
	f()
}

func isUndefinedTable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "42P01"
}

// takeState gives mautrix the state events of a response: who is in a room, whether it is
// encrypted, what its levels are.
func (c *Client) takeState(ctx context.Context, r *syncResponse, since string) error {
	c.stateMu.Lock()
	defer c.stateMu.Unlock()
	for _, room := range sortedKeys(r.Rooms.Join) {
		jr := r.Rooms.Join[room]
		if jr.Timeline.Limited && since != "" {
			if err := c.forgetMembers(ctx, room); err != nil {
				return err
			}
		}
		for _, raw := range slices.Concat(jr.State.Events, jr.Timeline.Events) {
			if err := c.takeStateEvent(ctx, room, raw); err != nil {
				return err
			}
		}
	}
	return nil
}

const markEncryptedQuery = `
INSERT INTO matrix_room (room_id, encrypted)
VALUES ($1, TRUE)
ON CONFLICT (room_id) DO UPDATE SET encrypted = TRUE`

func (c *Client) takeStateEvent(ctx context.Context, room roomID, raw json.RawMessage) error {
	e, ok := parseEvent(raw)
	if !ok || e.StateKey == nil {
		return nil
	}
	if e.isState("m.room.encryption") { // whatever else is wrong with it
		c.known.drop(room)
		if _, err := c.opts.Pool.Exec(ctx, markEncryptedQuery, room); err != nil {
			return fmt.Errorf("mark room as encrypted: %w", err)
		}
	}
	var evt event.Event
	if err := json.Unmarshal(withoutNUL(raw), &evt); err != nil {
		return nil //nolint:nilerr // malformed
	}
	evt.RoomID = room
	evt.Type.Class = event.StateEventType
	if err := evt.Content.ParseRaw(evt.Type); err != nil {
		return nil //nolint:nilerr // of no interest to mautrix, or malformed
	}
	c.guard(ctx, "state event", func() {
		mautrix.UpdateStateStore(ctx, c.api.StateStore, &evt)
		switch evt.Type {
		case event.StateMember:
			c.helper.Machine().HandleMemberEvent(ctx, &evt)
		case event.StateHistoryVisibility:
			c.helper.Machine().HandleHistoryVisibility(ctx, &evt)
		}
	})
	return nil
}
