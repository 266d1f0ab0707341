// Package ask answers which office handles a matter.
//
// What is said goes to the knowledge base together with the state of its conversation, and the
// decision that comes back is put into words by [Renderer]. The state is in the database, so that
// a restart between a question and its answer changes nothing. A conversation is a thread, a direct
// chat, or in the timeline of a shared room a person; it expires after some silence
// ([Options.DirectSilence], [Options.ThreadSilence]).
//
// For each message that was answered a turn is kept: which post answered it, which facts were read from
// it, and the state before it. So an edited message edits its answer, a deleted one takes its answer
// and everything that was stored of it along, and feedback finds the answer that it is about. The
// words of messages are never stored.
//
// In a thread, Lotse stays silent when it wasn't addressed and has nothing new to say: people may talk
// with each other there.
package ask

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"maunium.net/go/mautrix/id"

	"lotse/bot"
	"lotse/knowledge"
)

// Base is what this package needs of the knowledge base.
type Base interface {
	// Ask decides what to answer; see [knowledge.State] for what a conversation must keep.
	Ask(ctx context.Context, state knowledge.State, in knowledge.Input) (knowledge.State, knowledge.Decision, error)
	// Snapshot returns the knowledge as it is now. Topics and offices of earlier decisions may be gone.
	Snapshot() *knowledge.Snapshot
}

// Options are what a [Handler] works with. Base and DB are required.
type Options struct {
	Base          Base
	DB            Querier          // the runtime's pool
	Now           func() time.Time // default: time.Now
	Counselling   string           // matter whose office helps when Lotse can't tell; empty: none is named
	DirectSilence time.Duration    // after which a direct chat is forgotten; default 24 h
	ThreadSilence time.Duration    // after which a thread is forgotten; default 14 days
}

// Handler answers questions. Use [Handler.Register].
type Handler struct {
	o        Options
	renderer *Renderer
}

// New returns a handler.
func New(o Options) (*Handler, error) {
	if o.Base == nil || o.DB == nil {
		return nil, errors.New("make handler ask: base and database are required")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.DirectSilence == 0 {
		o.DirectSilence = 24 * time.Hour
	}
	if o.ThreadSilence == 0 {
		o.ThreadSilence = 14 * 24 * time.Hour
	}
	renderer, err := NewRenderer(o.Counselling)
	if err != nil {
		return nil, err
	}
	return &Handler{o: o, renderer: renderer}, nil
}

// Names that choices and timers are registered with. They are stored, so they must not change.
const (
	choiceFact     = "ask"
	choiceFeedback = "ask.feedback"
	choiceMisfit   = "ask.misfit"
	timerExpire    = "ask.expire"
)

// Register tells the router what this package does.
func (h *Handler) Register(r *bot.Router) {
	r.Text(bot.HandlerFunc(h.text))
	r.Choice(choiceFact, bot.HandlerFunc(h.chosen))
	r.Choice(choiceFeedback, bot.HandlerFunc(h.feedback))
	r.Choice(choiceMisfit, bot.HandlerFunc(h.misfit))
	r.Timer(timerExpire, bot.HandlerFunc(h.expire))
	r.On(bot.Edited, bot.HandlerFunc(h.edited))
	r.On(bot.Deleted, bot.HandlerFunc(h.deleted))
	r.On(bot.Left, bot.HandlerFunc(h.left))
	r.On(bot.Moved, bot.HandlerFunc(h.moved))
	h.registerCommands(r)
}

// origin is what is kept with a choice: which turn it belongs to, and where its conversation is.
type origin struct {
	Turn   id.EventID `json:"turn"`
	Thread id.EventID `json:"thread,omitempty"`
	Person id.UserID  `json:"person,omitempty"`
}

func (o origin) conversation(room id.RoomID) bot.Conversation {
	return bot.Conversation{Place: bot.Place{Room: room, Thread: o.Thread}, Person: o.Person}
}

// readOrigin takes the data of a choice apart; what can't be read belongs to nothing.
func readOrigin(c *bot.Choice) (origin, bool) {
	var o origin
	if c == nil || json.Unmarshal(c.Data, &o) != nil {
		return origin{}, false
	}
	return o, o.Turn != ""
}

// text answers what somebody said.
func (h *Handler) text(ctx context.Context, m bot.Message, r *bot.Reply) error {
	key := m.Conversation()
	if o, ok := readOrigin(m.Open); ok && m.Open.Handler == choiceFact {
		key = o.conversation(m.Room) // said beside the thread, but it answers what was asked in it
	}
	hist, err := loadHistory(ctx, h.o.DB, key, h.o.Now())
	if err != nil {
		return err
	}
	return h.answer(ctx, m, r, hist, knowledge.Input{Text: said(m), Lang: m.TextLang})
}

// said is what was said to the bot, without how it was addressed.
func said(m bot.Message) string {
	if m.Command != "" {
		return m.Command
	}
	return m.Text
}

// chosen takes an option of a question for a fact.
func (h *Handler) chosen(ctx context.Context, m bot.Message, r *bot.Reply) error {
	o, ok := readOrigin(m.Choice)
	if !ok {
		return nil
	}
	hist, err := loadHistory(ctx, h.o.DB, o.conversation(m.Room), h.o.Now())
	if err != nil {
		return err
	}
	if t, open := hist.open(); !open || t.Event != o.Turn {
		r.Post(bot.Place{Room: m.Room, Thread: o.Thread}, bot.Post{Text: h.renderer.texts.In(m.Lang).Get("expired")})
		return nil
	}
	return h.answer(ctx, m, r, hist, knowledge.Input{Value: m.Choice.Value, Lang: m.TextLang})
}
