package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/olm"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
)

// markerKey marks the bot's own events, in plain sight also of encrypted ones. Another Lotse in the
// room doesn't answer them, whatever it is called.
const markerKey = "org.lotse.bot"

// Read takes a raw event apart, after decrypting it. It is idempotent. It asks the homeserver for
// the target of an edit or a redaction, and follows a tombstone to the new room.
func (c *Client) Read(ctx context.Context, raw bot.RawEvent) (bot.Event, error) {
	e, ok := parseEvent(raw.Raw)
	ev := bot.Event{ID: raw.ID, Kind: bot.Ignored, Room: raw.Room, Sender: e.Sender, At: time.UnixMilli(e.At)}
	if !ok {
		return ev, nil
	}
	switch e.Type {
	case typeInvite:
		return readInvite(ev, raw.Raw), nil
	case typeLeft:
		ev.Kind = bot.Left
		return ev, nil
	case "m.room.member":
		return c.readMember(ctx, ev, &e)
	case "m.room.tombstone":
		return c.followUpgrade(ctx, ev, &e)
	}
	if c.ignores(&e) {
		return ev, nil
	}
	if e.Type == "m.room.encrypted" {
		var err error
		if ev.Kind, err = c.decrypt(ctx, raw.Room, &e); err != nil || ev.Kind != "" {
			return ev, err
		}
		ev.Kind, ev.Encrypted = bot.Ignored, true
	}
	switch e.Type {
	case "m.room.message":
		return c.readMessage(ctx, ev, &e)
	case "m.reaction":
		return readReaction(ev, &e), nil
	case "m.room.redaction":
		return c.readRedaction(ctx, ev, &e)
	}
	return ev, nil
}

// ignores reports whether what the event says is of no interest. What other bots delete is deleted.
func (c *Client) ignores(e *timelineEvent) bool {
	switch {
	case e.StateKey != nil, e.Sender == c.api.UserID:
		return true
	case e.Type == "m.room.redaction":
		return false
	}
	return slices.Contains(c.opts.Ignore, e.Sender) || e.hasMarker()
}

func (e *timelineEvent) hasMarker() bool {
	var keys map[string]json.RawMessage
	_ = json.Unmarshal(e.Content, &keys)
	_, ok := keys[markerKey]
	return ok
}

func readInvite(ev bot.Event, raw json.RawMessage) bot.Event {
	var invite inviteEvent
	if err := json.Unmarshal(raw, &invite); err != nil {
		return ev
	}
	ev.Kind, ev.Direct = bot.Invited, invite.Direct
	return ev
}

// readMember tells the bot's own coming and going from that of others.
func (c *Client) readMember(ctx context.Context, ev bot.Event, e *timelineEvent) (bot.Event, error) {
	before, after := e.change()
	present := after.Membership == event.MembershipJoin
	switch {
	case e.StateKey == nil:
		return ev, nil
	case *e.StateKey != string(c.api.UserID):
		if present != (before.Membership == event.MembershipJoin) {
			ev.Kind, ev.Subject, ev.Joins = bot.Member, id.UserID(*e.StateKey), present
		}
		return ev, nil
	case present:
		members, err := c.Members(ctx, ev.Room)
		if isRefusal(err) {
			return ev, nil // it is out again
		}
		if err != nil {
			return ev, err
		}
		create, err := c.creation(ctx, ev.Room)
		ev.Kind, ev.Direct, ev.OldRoom = bot.Joined, members <= 2, predecessor(create)
		return ev, err
	case after.Membership == event.MembershipLeave || after.Membership == event.MembershipBan:
		ev.Kind = bot.Left
	}
	return ev, nil
}

// decrypt puts the decrypted event into e. If it can't be decrypted and never will, it says what
// kind of event it is instead.
func (c *Client) decrypt(ctx context.Context, room roomID, e *timelineEvent) (bot.Kind, error) {
	if string(e.Content) == "{}" || len(e.Unsigned.RedactedBy) > 0 {
		return bot.Ignored, nil // redacted before it was read
	}
	evt := &event.Event{
		ID: e.ID, Sender: e.Sender, Type: event.EventEncrypted, Timestamp: e.At, RoomID: room,
		Content: event.Content{VeryRaw: e.Content},
	}
	if err := evt.Content.ParseRaw(evt.Type); err != nil {
		return bot.Unreadable, nil //nolint:nilerr // no key will help
	}
	// The index of the message is written down, against replays: not to be cut off.
	ctx = context.WithoutCancel(ctx)
	plain, err := c.helper.Decrypt(ctx, evt)
	if err != nil {
		return c.decryptError(ctx, e, err)
	}
	if err := c.checkSender(ctx, room, evt); err != nil {
		c.log.WarnContext(ctx, "encrypted event is not from its sender",
			"event_id", e.ID, "error", err)
		return bot.Ignored, nil
	}
	e.Type, e.Content = plain.Type.Type, plain.Content.VeryRaw
	if e.hasMarker() {
		return bot.Ignored, nil
	}
	return "", nil
}

// errSpoofed is a message in the name of somebody who doesn't own the key it is encrypted with.
var errSpoofed = errors.New("the key belongs to somebody else")

// checkSender compares who sent the event, as the homeserver says, to who sent its key, which the
// homeserver can't forge.
func (c *Client) checkSender(ctx context.Context, room roomID, evt *event.Event) error {
	sess, err := c.keys.GetGroupSession(ctx, room, evt.Content.AsEncrypted().SessionID)
	if err != nil || sess == nil || len(sess.ForwardingChains) > 0 || sess.SourceUser == "" {
		return nil //nolint:nilerr // nothing is known against it
	}
	if sess.SourceUser != evt.Sender {
		return errSpoofed
	}
	return nil
}

func (c *Client) decryptError(ctx context.Context, e *timelineEvent, err error) (bot.Kind, error) {
	switch {
	case errors.Is(err, crypto.ErrNoSessionFound), errors.Is(err, crypto.ErrGroupSessionWithheld),
		errors.Is(err, olm.ErrUnknownMessageIndex):
		return "", bot.ErrNoKey
	case errors.Is(err, crypto.ErrDuplicateMessageIndex), errors.Is(err, crypto.ErrWrongRoom):
		c.log.WarnContext(ctx, "encrypted event is a replay",
			"event_id", e.ID, "error", err)
		return bot.Ignored, nil
	case errors.Is(err, crypto.ErrCorruptedMegolmPayload), errors.Is(err, crypto.ErrUnsupportedAlgorithm),
		errors.Is(err, olm.ErrBadMAC), errors.Is(err, olm.ErrBadSignature), errors.Is(err, olm.ErrBadMessageFormat),
		errors.Is(err, olm.ErrWrongProtocolVersion), errors.Is(err, olm.ErrBadInput),
		errors.As(err, new(*json.SyntaxError)), errors.As(err, new(*json.UnmarshalTypeError)):
		return bot.Unreadable, nil
	}
	return "", fmt.Errorf("decrypt event: %w", err)
}

// RequestKey asks the sender's devices, and other devices of the bot's own, for the key of an event.
func (c *Client) RequestKey(ctx context.Context, raw bot.RawEvent) error {
	e, ok := parseEvent(raw.Raw)
	if !ok || e.Type != "m.room.encrypted" {
		return nil
	}
	var content struct {
		SessionID id.SessionID `json:"session_id"`
		SenderKey id.SenderKey `json:"sender_key"`
		DeviceID  id.DeviceID  `json:"device_id"`
	}
	_ = unmarshal(e.Content, &content)
	if content.DeviceID == "" {
		content.DeviceID = "*"
	}
	err := c.helper.Machine().SendRoomKeyRequest(ctx, raw.Room, content.SenderKey, content.SessionID, "",
		map[id.UserID][]id.DeviceID{e.Sender: {content.DeviceID}, c.api.UserID: {"*"}})
	if err != nil {
		return fmt.Errorf("request key: %w", err)
	}
	return nil
}

func readReaction(ev bot.Event, e *timelineEvent) bot.Event {
	rel := e.relation()
	if rel.Type == event.RelAnnotation && rel.EventID != "" && rel.Key != "" {
		ev.Kind, ev.Target, ev.Key = bot.Reacted, rel.EventID, plainKey(rel.Key)
	}
	return ev
}

// readRedaction looks at what was redacted: its content is gone, but its type stays.
func (c *Client) readRedaction(ctx context.Context, ev bot.Event, e *timelineEvent) (bot.Event, error) {
	if ev.Target = e.redacts(); ev.Target == "" {
		return ev, nil
	}
	target, err := c.event(ctx, ev.Room, ev.Target)
	if err != nil {
		return ev, err
	}
	ev.Kind = bot.Deleted
	if target != nil && target.Type == "m.reaction" {
		ev.Kind = bot.Withdrawn
	}
	return ev, nil
}

// event fetches an event; nil if there is none that the bot may see.
func (c *Client) event(ctx context.Context, room roomID, event id.EventID) (*timelineEvent, error) {
	var raw json.RawMessage
	url := c.api.BuildClientURL("v3", "rooms", room, "event", event)
	_, err := c.api.MakeFullRequest(ctx, mautrix.FullRequest{Method: "GET", URL: url, ResponseJSON: &raw})
	if isRefusal(err) {
		return nil, nil //nolint:nilnil // documented
	}
	if err != nil {
		return nil, fmt.Errorf("fetch event: %w", err)
	}
	e, ok := parseEvent(raw)
	if !ok {
		return nil, nil //nolint:nilnil // documented
	}
	return &e, nil
}
