package matrixclient

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Event is something that the client saw.
type Event struct {
	ID        id.EventID
	Room      id.RoomID
	Sender    id.UserID
	Type      string // m.room.message, m.reaction, m.room.member, …
	StateKey  string
	MsgType   event.MessageType
	Text      string // plain; of an edit, the new text
	HTML      string
	Thread    id.EventID     // root
	ReplyTo   id.EventID     // real or fallback
	Fallback  bool           // ReplyTo is only for clients without threads
	Target    id.EventID     // of an edit, a reaction, a redaction
	Edit      bool           // it replaces Target
	Key       string         // of a reaction
	Mentions  []id.UserID    // m.mentions
	Encrypted bool           // it came encrypted
	Trust     id.TrustState  // of the device it came from, if encrypted
	Err       error          // it could not be decrypted
	Content   map[string]any // as it was sent
}

// Is tells whether an event is meant.
type Is func(Event) bool

// From is true for events of a sender.
func From(user id.UserID) Is { return func(e Event) bool { return e.Sender == user } }

// In is true for events of a room.
func In(room id.RoomID) Is { return func(e Event) bool { return e.Room == room } }

// Message is true for messages that aren't edits.
func Message(e Event) bool { return e.Type == "m.room.message" && !e.Edit }

// Has is true for messages and edits that contain the words.
func Has(words string) Is { return func(e Event) bool { return strings.Contains(e.Text, words) } }

// ReactionOn is true for reactions to an event.
func ReactionOn(target id.EventID) Is {
	return func(e Event) bool { return e.Type == "m.reaction" && e.Target == target }
}

// EditOf is true for edits of an event.
func EditOf(target id.EventID) Is { return func(e Event) bool { return e.Edit && e.Target == target } }

func (c *Client) see(evt *event.Event, failed error) {
	e := Event{
		ID: evt.ID, Room: evt.RoomID, Sender: evt.Sender, Type: evt.Type.Type, StateKey: evt.GetStateKey(),
		Encrypted: evt.Mautrix.WasEncrypted, Trust: evt.Mautrix.TrustState, Err: failed, Content: evt.Content.Raw,
	}
	switch content := evt.Content.Parsed.(type) {
	case *event.MessageEventContent:
		e.message(content)
	case *event.ReactionEventContent:
		e.Target, e.Key = content.RelatesTo.GetAnnotationID(), content.RelatesTo.GetAnnotationKey()
	case *event.RedactionEventContent:
		if e.Target = content.Redacts; e.Target == "" {
			e.Target = evt.Redacts
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = append(c.seen, e)
	close(c.changed)
	c.changed = make(chan struct{})
}

func (e *Event) message(m *event.MessageEventContent) {
	rel := m.RelatesTo
	e.Thread, e.ReplyTo = rel.GetThreadParent(), rel.GetReplyTo()
	e.Fallback = rel != nil && rel.IsFallingBack
	if e.Target = rel.GetReplaceID(); e.Target != "" && m.NewContent != nil {
		e.Edit, m = true, m.NewContent
	}
	e.MsgType, e.Text, e.HTML = m.MsgType, m.Body, m.FormattedBody
	if m.Mentions != nil {
		e.Mentions = m.Mentions.UserIDs
	}
}

// Seen returns what the client saw so far and fits.
func (c *Client) Seen(fits ...Is) []Event {
	seen, _ := c.look(fits)
	return seen
}

func (c *Client) look(fits []Is) ([]Event, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []Event
	for _, e := range c.seen {
		if !slices.ContainsFunc(fits, func(is Is) bool { return !is(e) }) {
			out = append(out, e)
		}
	}
	return out, c.changed
}

// Wait returns the first event that fits, past or to come.
func (c *Client) Wait(ctx context.Context, fits ...Is) (Event, error) {
	events, err := c.WaitN(ctx, 1, fits...)
	if err != nil {
		return Event{}, err
	}
	return events[0], nil
}

// WaitN returns when n or more events fit, with all of them.
func (c *Client) WaitN(ctx context.Context, n int, fits ...Is) ([]Event, error) {
	for {
		events, changed := c.look(fits)
		if len(events) >= n {
			return events, nil
		}
		select {
		case <-changed:
		case <-c.done:
			return events, errors.New("the client was closed")
		case <-ctx.Done():
			return events, fmt.Errorf("wait for %d events, have %d: %w", n, len(events), ctx.Err())
		}
	}
}

// After is true for events that came after the one with this ID, as the client saw them.
func (c *Client) After(ref id.EventID) Is {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := make(map[id.EventID]bool)
	for _, e := range c.seen {
		before[e.ID] = true
		if e.ID == ref {
			break
		}
	}
	return func(e Event) bool { return !before[e.ID] }
}
