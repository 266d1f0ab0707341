package bot

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"
)

// Kind says what happened.
type Kind string

// The kinds of events. Text, Edited, Deleted and Chosen are done by persons and reach the router
// only when they are addressed to the bot; the others are about rooms and time.
const (
	Text       Kind = "text"       // somebody said something
	Edited     Kind = "edited"     // somebody changed Target; Text is the new text
	Deleted    Kind = "deleted"    // Target was redacted
	Reacted    Kind = "reacted"    // a reaction with Key on Target; becomes Chosen if Target has choices
	Withdrawn  Kind = "withdrawn"  // a reaction was taken back (its event ID is Target)
	Chosen     Kind = "chosen"     // an option was taken: by reaction, by reply or in words
	Invited    Kind = "invited"    // the bot was invited by Sender
	Joined     Kind = "joined"     // the bot is in the room now
	Left       Kind = "left"       // the bot was kicked or banned, or left
	Member     Kind = "member"     // somebody else joined or left; Target is empty, Subject is who
	Moved      Kind = "moved"      // the room was upgraded; NewRoom takes its place
	Due        Kind = "due"        // a timer is due
	Unreadable Kind = "unreadable" // the message could not be decrypted, and keys did not come
	Ignored    Kind = "ignored"    // nothing to do: a notice, our own event, another bot's
)

// Event is what the transport makes of a raw event: decrypted, and without Matrix's protocol.
type Event struct {
	ID        id.EventID // of the event; made up for invitations and timers, then it starts with "lotse:"
	Kind      Kind
	Room      id.RoomID
	Sender    id.UserID
	At        time.Time  // what the sender's server says; never trusted for order or safety
	Text      string     // plain text, valid UTF-8, without reply fallback and without the bot's mention
	Thread    id.EventID // root of the thread; empty in the timeline
	ReplyTo   id.EventID // real replies only, not the fallback within a thread
	Target    id.EventID // of an edit, deletion or reaction
	Key       string     // of a reaction, without variation selectors and skin tones
	Mentioned bool       // the bot was mentioned (m.mentions, else a pill or the full user ID)
	Direct    bool       // of an invitation: it is for a direct chat; of Joined: it may be one, nobody else is there
	Encrypted bool       // it came encrypted
	Subject   id.UserID  // of Member
	Joins     bool       // of Member: joined (true) or left (false)
	NewRoom   id.RoomID  // of Moved
	OldRoom   id.RoomID  // of Joined: the room that this one is to succeed, as it says itself; anybody can claim that
}

// Message is an event that a handler is given, with what the runtime knows about it.
type Message struct {
	Event

	InDirect bool     // it was said in a direct chat
	Command  string   // what follows "!lotse" or the mention, or the whole text in a direct chat
	Args     string   // of a [Command]: what follows its words
	Lang     string   // to answer in, ISO 639-1: what the person fixed; else of the text, of the question answered, the room, the deployment
	TextLang string   // of the text, as far as it can be told; else empty
	Role     Role     // of the sender, in this room
	Settings Settings // of the room
	Choice   *Choice  // of Chosen: what was taken. Of Text: nil
	Open     *Choice  // of Text: the one open choice that the text may answer, though no option fits
	Timer    *Timer   // of Due
	Attempt  int      // 1 at the first try
}

// Place is where an answer to the message belongs: in its thread if it has one; in a direct chat
// in the timeline; in a room in a new thread below the message, unless the room wants answers in
// the timeline. Of an edit, a deletion or a reaction it is the place of the message that it is about.
func (m Message) Place() Place {
	switch {
	case m.Thread != "":
		return Place{Room: m.Room, Thread: m.Thread}
	case m.InDirect || m.Settings.InTimeline:
		return Place{Room: m.Room}
	case m.Target != "":
		return Place{Room: m.Room, Thread: m.Target}
	case !strings.HasPrefix(string(m.ID), "$"): // a timer or an invitation: nothing to hang a thread on
		return Place{Room: m.Room}
	default:
		return Place{Room: m.Room, Thread: m.ID}
	}
}

// Conversation names what facts belong to: the thread; without one the direct chat; in the
// timeline of a shared room the person. Two messages belong together when it is equal.
func (m Message) Conversation() Conversation {
	p := m.Place()
	if p.Thread == "" && !m.InDirect {
		return Conversation{Place: p, Person: m.Sender}
	}
	return Conversation{Place: p}
}

// Place is a room, or a thread in it.
type Place struct {
	Room   id.RoomID
	Thread id.EventID // empty: the timeline
}

// Conversation is a place, and in the timeline of a shared room a person.
type Conversation struct {
	Place
	Person id.UserID
}

// Role is what somebody may do; a greater one includes the smaller ones.
type Role int

// The roles. Membership of the coordination room makes a coordinator; administrators are
// configured.
const (
	Guest         Role = iota // somebody from a server or account that isn't allowed
	User                      // everybody else
	Moderator                 // at or above the room's level for changing settings (default 50)
	Coordinator               // a member of the coordination room
	Administrator             // named in the configuration
)

// Settings are what people set for a room.
type Settings struct {
	InTimeline bool   `json:"in_timeline,omitempty"` // answer in the timeline, not in threads
	Lang       string `json:"lang,omitempty"`        // ISO 639-1; empty: the deployment's
	Town       string `json:"town,omitempty"`        // area code of the room's default town
	Silent     bool   `json:"silent,omitempty"`      // react to nothing but commands
}

// Option is one way to answer a question.
type Option struct {
	Key   string   // the reaction, e.g. "1️⃣"
	Label string   // what it means, in the language of the post
	Words []string // other words that mean it, compared folded; the number is always taken
	Value string   // what the handler gets
}

// Choice is an option that was taken, or an open question.
type Choice struct {
	Handler string          // who asked: the name given to [Router.Choice]
	Post    Ref             // the post with the options
	Options []Option        // all of them
	Value   string          // the option that was taken; empty while it is open
	Data    json.RawMessage // what the handler kept with the question
}

// Timer is an appointment with a handler.
type Timer struct {
	Key     string          // unique; setting it again moves it
	Handler string          // the name given to [Router.Timer]
	Due     time.Time       // when
	Room    id.RoomID       // where; its messages are handled in the order of this room
	Data    json.RawMessage // for the handler
}

// Handler handles messages. Handle reads what it needs, and queues posts and changes on r; they
// happen in one transaction after it returned nil, together with the end of the message, or not
// at all. It may run again for the same message after a crash, so it must not act otherwise.
//
// A [*UserError] is told to the person and ends the message; any other error is retried with
// growing pauses (see [Backoff]) and at last parked.
type Handler interface {
	Handle(ctx context.Context, m Message, r *Reply) error
}

// HandlerFunc is a function that is a Handler.
type HandlerFunc func(ctx context.Context, m Message, r *Reply) error

// Handle calls f.
func (f HandlerFunc) Handle(ctx context.Context, m Message, r *Reply) error { return f(ctx, m, r) }

// UserError has two faces: what the person reads, and the cause for the log.
type UserError struct {
	Say   string // in the language of the message
	Cause error  // may be nil
}

// Error returns the cause, for the log.
func (e *UserError) Error() string {
	if e.Cause == nil {
		return "told the person"
	}
	return "told the person: " + e.Cause.Error()
}

// Unwrap returns the cause.
func (e *UserError) Unwrap() error { return e.Cause }
