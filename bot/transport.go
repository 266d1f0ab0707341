package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"
)

// ErrNoKey is returned by [Transport.Read] when the key of an encrypted event isn't there (yet).
var ErrNoKey = errors.New("no key to decrypt the event")

// RawEvent is an event as it was received, encrypted ones encrypted.
type RawEvent struct {
	ID   id.EventID // unique; made up ("lotse:invite:…") where Matrix gives none
	Room id.RoomID
	Raw  json.RawMessage // the event; opaque to bot
}

// Echo is an event of our own that came back in /sync with the transaction ID it was sent with.
type Echo struct {
	Txn   Ref
	Event id.EventID
}

// Batch is what one /sync response brought.
type Batch struct {
	Token   string    // next_batch
	Began   time.Time // when the request for it began; zero if that isn't known, then posts of unknown fate wait longer
	Events  []RawEvent
	Echoes  []Echo
	Deleted []Deletion // what is stored of their targets is erased at once
}

// Deletion is a redaction. It reaches no further than its room, whatever it names.
type Deletion struct {
	Room   id.RoomID
	Target id.EventID
}

// SendError is what [Transport.Send] returns when a message wasn't sent, as far as one knows.
type SendError struct {
	RetryAfter time.Duration // as told by the server (429), for all rooms; zero: by [Backoff]
	RoomOnly   bool          // RetryAfter is for this room only
	Final      bool          // it will never work (403, 404, too large): the row is parked
	Unknown    bool          // the request may have arrived: wait for the echo before sending again
	Cause      error
}

// Error tells the cause.
func (e *SendError) Error() string { return fmt.Sprintf("send (final %t): %v", e.Final, e.Cause) }

// Unwrap returns the cause.
func (e *SendError) Unwrap() error { return e.Cause }

// Outgoing is one row of the outbox with its references resolved.
type Outgoing struct {
	Txn      string // transaction ID
	Room     id.RoomID
	Kind     OutKind
	Thread   id.EventID // root of the thread; empty: timeline
	ReplyTo  id.EventID
	Target   id.EventID // of an edit, reaction or redaction
	Key      string     // of a reaction
	Text     string     // Markdown
	Loud     bool
	Mentions []id.UserID
}

// OutKind is what an [Outgoing] is.
type OutKind string

// The kinds of outgoing events.
const (
	OutMessage  OutKind = "message"
	OutEdit     OutKind = "edit"
	OutReaction OutKind = "reaction"
	OutRedact   OutKind = "redact"
)

// Transport is what the runtime needs of Matrix. bot/matrix implements it.
type Transport interface {
	// Read decrypts a raw event and takes it apart. It returns ErrNoKey when the key is missing, and
	// then what the envelope tells: room, sender, time.
	Read(ctx context.Context, e RawEvent) (Event, error)
	// RequestKey asks the sender's devices for the key of an event that Read could not decrypt.
	RequestKey(ctx context.Context, e RawEvent) error
	// Send sends one event and returns its ID. Errors are *SendError.
	Send(ctx context.Context, o Outgoing) (id.EventID, error)
	// Typing shows or hides that the bot is typing. Errors are of no consequence.
	Typing(ctx context.Context, room id.RoomID, on bool) error
	// Power returns the sender's power level in the room and the level needed to change its
	// settings (state_default). In room version 12 creators stand above all levels.
	Power(ctx context.Context, room id.RoomID, user id.UserID) (have, need int, err error)
	// IsMember reports whether the user has joined the room.
	IsMember(ctx context.Context, room id.RoomID, user id.UserID) (bool, error)
	// Join accepts an invitation, or follows a tombstone; it is idempotent. direct tells whether the
	// room is a direct chat: two members, and the invitation said so.
	Join(ctx context.Context, room id.RoomID, via []string) error
	// Leave leaves the room, or rejects its invitation; it is idempotent.
	Leave(ctx context.Context, room id.RoomID) error
}

// Hurrier is a [Transport] whose /sync can be hurried: Hurry ends a request that waits for news
// and begins one that doesn't. The runtime calls it when a post of unknown fate waits for nothing
// but a sync; without it that takes until the waiting request comes back. It must not block.
type Hurrier interface {
	Hurry()
}
