package bot

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"maunium.net/go/mautrix/id"
)

// Ref names a message of the bot before and after it is sent: the transaction ID of its outbox
// row, which is known at once, or an event ID (it starts with "$"). The sender resolves the
// former. Handlers may store it.
type Ref string

// IsEvent reports whether the reference is an event ID.
func (r Ref) IsEvent() bool { return strings.HasPrefix(string(r), "$") }

// Post is what the bot says.
type Post struct {
	Text     string      `json:"text"`               // Markdown; what people or databases supplied is escaped with [Escape]
	Loud     bool        `json:"loud,omitempty"`     // m.text, which notifies; else m.notice
	Mentions []id.UserID `json:"mentions,omitempty"` // exactly these are pinged
	ReplyTo  Ref         `json:"reply_to,omitempty"` // quote it
	Ask      *Ask        `json:"-"`                  // options to choose from
}

// Ask turns a post into a question. The options are seeded as reactions; the post's text must
// name them all, for clients without reactions.
type Ask struct {
	Handler string // name given to [Router.Choice]
	Options []Option
	Data    json.RawMessage // comes back in [Choice.Data]
	Words   bool            // plain text in the same conversation may answer it, too
	Person  id.UserID       // only this person may answer; empty: everybody who may write there
	Keep    bool            // stays open after an answer (feedback); else the first answer closes it
}

// Change is a change of state. It runs in the transaction that ends the message.
type Change func(ctx context.Context, tx pgx.Tx) error

// opKind says what an outbox row does. It is the first part of its transaction ID, since Synapse
// takes a transaction ID for the same request whatever the event type is.
type opKind string

const (
	opMessage  opKind = "msg"
	opEdit     opKind = "edit"
	opReaction opKind = "react"
	opRedact   opKind = "redact"
)

// op is one row of the outbox to be.
type op struct {
	kind   opKind
	txn    Ref
	place  Place
	target Ref    // of an edit, reaction, redaction
	key    string // of a reaction
	seed   bool   // a reaction that offers an option; sent after the messages of the room
	post   Post   // of a message or edit
}

// Reply collects what a handler wants to happen. Its methods only queue.
type Reply struct {
	msg     Message
	base    string // what tells its transaction IDs from those of other messages
	ops     []op
	changes []Change
	timers  []Timer
	stops   []string // keys of timers to remove
	closes  []Ref    // choices to close
}

// NewReply returns an empty reply to m. The runtime makes them; tests of handlers do, too.
func NewReply(m Message) *Reply {
	if m.Kind == Unreadable { // the same event is handled once more if its key comes
		return newReply(m, "nokey-")
	}
	return newReply(m, "")
}

// newReply returns a reply that may stand beside the handlers' own one to the same message.
func newReply(m Message, purpose string) *Reply {
	return &Reply{msg: m, base: purpose + txnBase(string(m.ID))}
}

// txnBase makes the ID of an event a part of transaction IDs, which stand in URLs.
func txnBase(event string) string {
	if base := strings.TrimPrefix(event, "$"); len(base) <= 80 && plainID.MatchString(base) {
		return base
	}
	sum := sha256.Sum256([]byte(event))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

var plainID = regexp.MustCompile(`^[A-Za-z0-9_:.-]+$`)

// Say posts where the message was said (see [Message.Place]).
func (r *Reply) Say(p Post) Ref { return r.Post(r.msg.Place(), p) }

// Post posts to a place. The thread may be a message that isn't sent yet.
func (r *Reply) Post(to Place, p Post) Ref {
	return r.add(op{kind: opMessage, place: to, post: p})
}

// Edit replaces the text of an earlier post of the bot. It must be in the room of the message.
func (r *Reply) Edit(post Ref, p Post) {
	r.add(op{kind: opEdit, place: Place{Room: r.msg.Room}, target: post, post: p})
}

// Delete redacts an earlier post of the bot, in the room of the message.
func (r *Reply) Delete(post Ref) {
	r.add(op{kind: opRedact, place: Place{Room: r.msg.Room}, target: post})
}

// React adds a reaction to a message, in the room of the message.
func (r *Reply) React(on Ref, key string) {
	r.add(op{kind: opReaction, place: Place{Room: r.msg.Room}, target: on, key: key})
}

// Change queues a change of state.
func (r *Reply) Change(c Change) { r.changes = append(r.changes, c) }

// SetTimer sets a timer, or moves the one with its key.
func (r *Reply) SetTimer(t Timer) { r.timers = append(r.timers, t) }

// StopTimer removes a timer; none with that key is no error.
func (r *Reply) StopTimer(key string) { r.stops = append(r.stops, key) }

// CloseChoice closes the question of a post, so that later reactions to it do nothing.
func (r *Reply) CloseChoice(post Ref) { r.closes = append(r.closes, post) }

func (r *Reply) add(o op) Ref {
	o.txn = Ref(fmt.Sprintf("lotse-%s-%d-%s", o.kind, len(r.ops), r.base))
	r.ops = append(r.ops, o)
	return o.txn
}
