package matrix

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// typingTime is how long a client shows that the bot is typing, if nothing ends it before.
const typingTime = 30 * time.Second

const roomQuery = `
SELECT encrypted
FROM matrix_room
WHERE room_id = $1`

// know makes sure that the state and the members of a room are known, and reports whether it is
// encrypted. It must succeed before anything is sent there.
func (c *Client) know(ctx context.Context, room roomID) (encrypted bool, err error) {
	if encrypted, ok := c.known.get(room); ok {
		return encrypted, nil
	}
	// What sync learns while this looks must come after it, or the older would stay in memory.
	c.stateMu.Lock()
	defer c.stateMu.Unlock()
	err = c.opts.Pool.QueryRow(ctx, roomQuery, room).Scan(&encrypted)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return false, fmt.Errorf("read room: %w", err)
	}
	if err == nil {
		fetched, err := c.api.StateStore.HasFetchedMembers(ctx, room)
		if err != nil {
			return false, fmt.Errorf("read room: %w", err)
		}
		if fetched {
			c.known.set(room, encrypted)
			return encrypted, nil
		}
	}
	return c.fetchState(ctx, room)
}

const saveRoomQuery = `
INSERT INTO matrix_room (room_id, encrypted)
VALUES ($1, $2)
ON CONFLICT (room_id) DO UPDATE SET encrypted = matrix_room.encrypted OR excluded.encrypted
RETURNING encrypted`

// fetchState asks for the whole state of a room and stores it. The caller holds stateMu.
func (c *Client) fetchState(ctx context.Context, room roomID) (encrypted bool, err error) {
	state, err := c.api.State(ctx, room)
	if err != nil {
		return false, fmt.Errorf("fetch state of room: %w", err)
	}
	// mautrix only logs when it can't store what it fetched.
	fetched, err := c.api.StateStore.HasFetchedMembers(ctx, room)
	if err != nil || !fetched {
		return false, fmt.Errorf("store members of room: %w", errors.Join(err, errors.New("they aren't there")))
	}
	_, encrypted = state[event.StateEncryption][""]
	if err := c.opts.Pool.QueryRow(ctx, saveRoomQuery, room, encrypted).Scan(&encrypted); err != nil {
		return false, fmt.Errorf("store room: %w", err)
	}
	c.known.set(room, encrypted)
	return encrypted, nil
}

// forgetMembers makes the members of a room unknown, after some changes of membership may have
// been missed. The next message is encrypted with a session of its own. The caller holds stateMu.
func (c *Client) forgetMembers(ctx context.Context, room roomID) error {
	c.known.drop(room)
	err := c.api.StateStore.ClearCachedMembers(ctx, room)
	if err = errors.Join(err, c.keys.RemoveOutboundGroupSession(ctx, room)); err != nil {
		return fmt.Errorf("forget members of room: %w", err)
	}
	return nil
}

const forgetRoomQuery = `
DELETE FROM matrix_room
WHERE room_id = $1`

// forgetRoom makes a room unknown that the bot isn't in any more. That it was encrypted needn't be
// remembered: nothing is sent to an unknown room before its state was fetched.
func (c *Client) forgetRoom(ctx context.Context, room roomID) error {
	c.stateMu.Lock()
	defer c.stateMu.Unlock()
	if _, err := c.opts.Pool.Exec(ctx, forgetRoomQuery, room); err != nil {
		return fmt.Errorf("forget room: %w", err)
	}
	return c.forgetMembers(ctx, room)
}

// Join accepts an invitation, or joins a public room by way of the servers named, and fetches the
// room's state. It is idempotent.
func (c *Client) Join(ctx context.Context, room id.RoomID, via []string) error {
	if _, err := c.api.JoinRoom(ctx, string(room), &mautrix.ReqJoinRoom{Via: via}); err != nil {
		return fmt.Errorf("join room: %w", err)
	}
	c.stateMu.Lock()
	defer c.stateMu.Unlock()
	_, err := c.fetchState(ctx, room)
	return err
}

// Leave leaves a room or rejects its invitation; that the bot isn't there is no error.
func (c *Client) Leave(ctx context.Context, room id.RoomID) error {
	if _, err := c.api.LeaveRoom(ctx, room); err != nil && !isRefusal(err) {
		return fmt.Errorf("leave room: %w", err)
	}
	return nil
}

// Typing shows or hides that the bot is typing.
func (c *Client) Typing(ctx context.Context, room id.RoomID, on bool) error {
	_, err := c.api.UserTyping(ctx, room, on, typingTime)
	return err
}

// IsMember reports whether the user has joined the room. The bot must be in it.
func (c *Client) IsMember(ctx context.Context, room id.RoomID, user id.UserID) (bool, error) {
	if _, err := c.know(ctx, room); err != nil {
		return false, err
	}
	members, err := c.api.StateStore.GetAllMembers(ctx, room)
	if err != nil {
		return false, fmt.Errorf("read members of room: %w", err)
	}
	m, ok := members[user]
	return ok && m.Membership == event.MembershipJoin, nil
}

// Members returns how many have joined the room or are invited, the bot among them.
func (c *Client) Members(ctx context.Context, room id.RoomID) (int, error) {
	if _, err := c.know(ctx, room); err != nil {
		return 0, err
	}
	users, err := c.api.StateStore.GetRoomJoinedOrInvitedMembers(ctx, room)
	if err != nil {
		return 0, fmt.Errorf("read members of room: %w", err)
	}
	return len(users), nil
}

// Power returns the user's level in the room and the level that changing its settings needs. In
// room version 12 and later, creators have the greatest int there is.
func (c *Client) Power(ctx context.Context, room id.RoomID, user id.UserID) (have, need int, err error) {
	levels, err := c.levels(ctx, room)
	if err != nil {
		return 0, 0, err
	}
	return levels.GetUserLevel(user), levels.StateDefault(), nil
}

// levels returns the power levels of a room with its create event attached.
func (c *Client) levels(ctx context.Context, room roomID) (*event.PowerLevelsEventContent, error) {
	if _, err := c.know(ctx, room); err != nil {
		return nil, err
	}
	levels, err := c.api.StateStore.GetPowerLevels(ctx, room)
	if err != nil {
		return nil, fmt.Errorf("read power levels: %w", err)
	}
	if levels != nil {
		return levels, nil
	}
	create, err := c.api.StateStore.GetCreate(ctx, room)
	if err != nil || create == nil {
		return nil, fmt.Errorf("read creator of room: %w", errors.Join(err, errors.New("room has no power levels")))
	}
	// The specification: without the event the creator has 100 and everybody else 0.
	return &event.PowerLevelsEventContent{Users: map[id.UserID]int{create.Sender: 100}, CreateEvent: create}, nil
}

// isRefusal reports whether the homeserver has understood a request and won't do it, so that asking
// again is no use.
func isRefusal(err error) bool {
	httpErr, ok := errors.AsType[mautrix.HTTPError](err)
	if !ok || httpErr.Response == nil {
		return false
	}
	switch httpErr.Response.StatusCode {
	case http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusRequestTimeout:
		return false
	}
	// What isn't Matrix comes from a proxy: the homeserver is being started, say.
	status := httpErr.Response.StatusCode
	return status == http.StatusRequestEntityTooLarge || (status/100 == 4 && httpErr.RespError != nil)
}
