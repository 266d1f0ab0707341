package matrix

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
)

// The types of events that the transport makes up.
const (
	typeInvite = "lotse.invite"
	typeLeft   = "lotse.left"
)

// timelineEvent is an event as far as it must be known before it is accepted, and as received.
type timelineEvent struct {
	ID       id.EventID      `json:"event_id"`
	Type     string          `json:"type"`
	Sender   id.UserID       `json:"sender"`
	StateKey *string         `json:"state_key"`
	At       int64           `json:"origin_server_ts"`
	Content  json.RawMessage `json:"content"`
	Redacts  json.RawMessage `json:"redacts"`
	Unsigned struct {
		Txn         string          `json:"transaction_id"`
		PrevContent json.RawMessage `json:"prev_content"`
		RedactedBy  json.RawMessage `json:"redacted_because"`
	} `json:"unsigned"`

	raw json.RawMessage
}

// parseEvent returns false if the event isn't one: what a stranger's server sends may be malformed,
// and must not keep the events beside it from being read.
func parseEvent(raw json.RawMessage) (timelineEvent, bool) {
	var e timelineEvent
	if err := unmarshal(raw, &e); err != nil || e.Type == "" {
		return timelineEvent{}, false
	}
	e.raw = raw
	return e, true
}

// unmarshal is json.Unmarshal, but fields of a wrong type are left at zero.
func unmarshal(raw json.RawMessage, into any) error {
	err := json.Unmarshal(raw, into)
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return nil
	}
	return err
}

func (c *Client) parseEvents(ctx context.Context, raws []json.RawMessage) []timelineEvent {
	events := make([]timelineEvent, 0, len(raws))
	for _, raw := range raws {
		if e, ok := parseEvent(raw); ok {
			events = append(events, e)
		} else {
			c.log.WarnContext(ctx, "event can't be parsed", "bytes", len(raw))
		}
	}
	return events
}

// membership is the part of an m.room.member event that matters here.
type membership struct {
	Membership event.Membership `json:"membership"`
	IsDirect   bool             `json:"is_direct"`
}

// change returns the memberships of a member event before and after it.
func (e *timelineEvent) change() (before, after membership) {
	_ = unmarshal(e.Unsigned.PrevContent, &before)
	_ = unmarshal(e.Content, &after)
	return before, after
}

func (e *timelineEvent) isState(typ string) bool { return e.StateKey != nil && e.Type == typ }

// isMember reports whether the event is about the membership of the user.
func (e *timelineEvent) isMember(user id.UserID) bool {
	return e.isState("m.room.member") && *e.StateKey == string(user)
}

// joins reports whether with this event the user joined, and if so whether after an invitation to
// a direct chat. A new display name is a member event, too.
func (e *timelineEvent) joins(user id.UserID) (joined, direct bool) {
	if !e.isMember(user) {
		return false, false
	}
	before, after := e.change()
	return after.Membership == event.MembershipJoin && before.Membership != event.MembershipJoin,
		before.Membership == event.MembershipInvite && before.IsDirect
}

// invites reports whether with this event the user was invited.
func (e *timelineEvent) invites(user id.UserID) bool {
	_, after := e.change()
	return e.isMember(user) && after.Membership == event.MembershipInvite
}

// redacts returns the target of a redaction: in the content since room version 11, beside it before.
func (e *timelineEvent) redacts() id.EventID {
	var content struct {
		Redacts id.EventID `json:"redacts"`
	}
	_ = unmarshal(e.Content, &content)
	if content.Redacts != "" {
		return content.Redacts
	}
	var target id.EventID
	_ = unmarshal(e.Redacts, &target)
	return target
}

// batch makes a batch of a response; gaps in timelines are filled.
func (c *Client) batch(ctx context.Context, r *syncResponse, since string) (bot.Batch, error) {
	b := bot.Batch{Token: r.NextBatch}
	for _, room := range sortedKeys(r.Rooms.Invite) {
		if e, ok := c.invitation(room, since, c.parseEvents(ctx, r.Rooms.Invite[room].State.Events)); ok {
			b.Events = append(b.Events, e)
		}
	}
	for _, room := range sortedKeys(r.Rooms.Join) {
		jr := r.Rooms.Join[room]
		events, err := c.news(ctx, room, &jr, since)
		if err != nil {
			return b, err
		}
		for i := range events {
			c.add(&b, room, &events[i])
		}
		if err := c.addMoves(ctx, &b, room, events); err != nil {
			return b, err
		}
	}
	for _, room := range sortedKeys(r.Rooms.Leave) {
		jr := r.Rooms.Leave[room]
		if err := c.forgetRoom(ctx, room); err != nil {
			return b, err
		}
		b.Events = append(b.Events, c.departure(ctx, room, &jr, r.NextBatch))
	}
	return b, nil
}

// add files one event of a timeline.
func (c *Client) add(b *bot.Batch, room roomID, e *timelineEvent) {
	c.tails.note(e)
	own := e.Sender == c.api.UserID
	if own && e.Unsigned.Txn != "" {
		b.Echoes = append(b.Echoes, bot.Echo{Txn: bot.Ref(e.Unsigned.Txn), Event: e.ID})
	}
	if !c.wanted(e, own) {
		return
	}
	if e.Type == "m.room.redaction" {
		if target := e.redacts(); target != "" {
			b.Deleted = append(b.Deleted, bot.Deletion{Room: room, Target: target})
		}
	}
	b.Events = append(b.Events, bot.RawEvent{ID: e.ID, Room: room, Raw: e.raw})
}

// wanted reports whether the event is worth a row in the inbox.
func (c *Client) wanted(e *timelineEvent, own bool) bool {
	switch {
	case e.ID == "":
		return false
	case e.isState("m.room.member"):
		before, after := e.change()
		return before.Membership != after.Membership
	case e.isState("m.room.tombstone"):
		return !own
	case e.StateKey != nil, own, len(e.Unsigned.RedactedBy) > 0:
		return false
	}
	switch e.Type {
	case "m.room.message", "m.room.encrypted", "m.reaction":
		return !slices.Contains(c.opts.Ignore, e.Sender)
	case "m.room.redaction":
		return true
	}
	return false
}

// inviteEvent is the raw event of an invitation, put together from its stripped state.
type inviteEvent struct {
	Type   string    `json:"type"`
	Sender id.UserID `json:"sender"`
	Direct bool      `json:"is_direct"`
	At     int64     `json:"origin_server_ts"`
}

func (c *Client) invitation(room roomID, since string, state []timelineEvent) (bot.RawEvent, bool) {
	for i := range state {
		e := &state[i]
		if !e.invites(c.api.UserID) {
			continue
		}
		_, after := e.change()
		// Synapse doesn't tell the event's ID. An invitation comes in one sync only, so the token that
		// the sync began with tells a second one from the first.
		which := string(e.ID)
		if which == "" {
			which = fmt.Sprintf("%s:%s", e.Sender, since)
		}
		raw, err := json.Marshal(inviteEvent{Type: typeInvite, Sender: e.Sender, Direct: after.IsDirect, At: e.At})
		if err != nil {
			return bot.RawEvent{}, false
		}
		return bot.RawEvent{ID: id.EventID("lotse:invite:" + string(room) + ":" + which), Room: room, Raw: raw}, true
	}
	return bot.RawEvent{}, false
}

// departure is the event with which the bot left a room: its own, or a kick, or a ban.
func (c *Client) departure(ctx context.Context, room roomID, jr *joinedRoom, token string) bot.RawEvent {
	events := append(c.parseEvents(ctx, jr.State.Events), c.parseEvents(ctx, jr.Timeline.Events)...)
	for i := range slices.Backward(events) {
		e := &events[i]
		if e.isMember(c.api.UserID) && e.ID != "" {
			return bot.RawEvent{ID: e.ID, Room: room, Raw: e.raw}
		}
	}
	return bot.RawEvent{
		ID:   id.EventID("lotse:left:" + string(room) + ":" + token),
		Room: room,
		Raw:  json.RawMessage(`{"type":"` + typeLeft + `"}`),
	}
}

// withoutNUL replaces the NUL characters in the strings of a JSON value, which PostgreSQL can't
// store in text.
func withoutNUL(raw json.RawMessage) json.RawMessage {
	return bytes.ReplaceAll(raw, []byte(`\u0000`), []byte(`\ufffd`))
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
