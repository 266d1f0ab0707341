package ask

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lotse/bot"
	"lotse/knowledge"
)

// answer decides, posts, and keeps the turn.
func (h *Handler) answer(ctx context.Context, m bot.Message, r *bot.Reply, hist history, in knowledge.Input) error {
	c, d, err := h.decide(ctx, hist.conversation, h.defaults(m, in))
	if err != nil {
		return err
	}
	if !addressed(m) && nothingNew(hist, d) {
		return nil
	}
	c.Lang = m.Lang
	t := turn{
		Event: m.ID, Question: m.ID, Person: m.Sender, Before: hist.State, Decision: d,
		Second: c.State.Second, Read: readBy(d, hist.State.Asked, in.Value), Open: d.Kind == knowledge.AskFact,
	}
	v := h.view(c)
	v.Again = d.Kind == knowledge.Social && len(hist.turns) > 0
	changed := make([]turn, 0, 2)
	if asked, open := hist.open(); open && settles(d) {
		h.closeQuestion(asked, t, v, r)
		asked.Open = false
		changed = append(changed, asked)
		if asked.Decision.Topic == d.Topic {
			t.Question = asked.Question
			v.Again, v.Retry = d.Fact != asked.Decision.Fact, d.Fact == asked.Decision.Fact
		}
	}
	t.Posts = []bot.Ref{r.Post(c.place(), h.post(c, t, v))}
	h.save(r, c, append(changed, t)...)
	return nil
}

// defaults adds to the input what is known of the room and the time.
func (h *Handler) defaults(m bot.Message, in knowledge.Input) knowledge.Input {
	in.Now = h.o.Now()
	if town := h.o.Base.Snapshot().TownFact(); town != "" && m.Settings.Town != "" {
		in.Facts = map[string]string{town: m.Settings.Town}
	}
	return in
}

// decide asks the knowledge base.
func (h *Handler) decide(ctx context.Context, c conversation, in knowledge.Input) (conversation, knowledge.Decision, error) {
	state, d, err := h.o.Base.Ask(ctx, c.State, in)
	if err != nil {
		return c, d, fmt.Errorf("ask knowledge base: %w", err)
	}
	c.State = state
	return c, d, nil
}

// settles reports whether a decision leaves no earlier question open.
func settles(d knowledge.Decision) bool {
	return d.Kind != knowledge.Abstain && d.Kind != knowledge.Social
}

// readBy returns what a message stated: the facts in its words, or the option that it took.
func readBy(d knowledge.Decision, asked, value string) map[string]string {
	read := maps.Clone(d.Read)
	if read == nil {
		read = map[string]string{}
	}
	if asked != "" && value != "" {
		read[asked] = value
	}
	return read
}

// addressed reports whether somebody spoke to the bot, not merely in a thread with it. A reply counts when
// it is to one of its posts with options, which answers have.
func addressed(m bot.Message) bool {
	return m.InDirect || m.Kind == bot.Chosen || m.Mentioned || m.Thread == "" ||
		m.ReplyTo != "" && m.Open != nil || m.Command != strings.TrimSpace(m.Text)
}

// nothingNew reports whether a decision on something that was said among people is not worth a word:
// no matter of ours, or just what was said last.
func nothingNew(hist history, d knowledge.Decision) bool {
	if !settles(d) {
		return true
	}
	last, ok := hist.last()
	return ok && len(d.Read) == 0 && last.Decision.Kind == d.Kind &&
		last.Decision.Topic == d.Topic && last.Decision.Office == d.Office && last.Decision.Fact == d.Fact
}

// closeQuestion ends the open question: what was taken is marked in it, and later reactions to it do
// nothing. When the message was about something else, nothing is marked.
func (h *Handler) closeQuestion(asked, t turn, v View, r *bot.Reply) {
	r.CloseChoice(asked.answer())
	value := t.Read[asked.Decision.Fact]
	if value == "" {
		return
	}
	p := h.renderer.page(h.o.Base.Snapshot(), v)
	p.answered(asked.Decision, value)
	r.Edit(asked.answer(), bot.Post{Text: p.String()})
}

func (h *Handler) view(c conversation) View {
	return View{Lang: c.Lang, Now: h.o.Now()}
}

// post makes the post of a turn, with the choices that belong to its decision.
func (h *Handler) post(c conversation, t turn, v View) bot.Post {
	s := h.o.Base.Snapshot()
	post := bot.Post{Text: h.renderer.Render(s, t.Decision, v)}
	p := h.renderer.page(s, v)
	ask := &bot.Ask{Data: originOf(c, t), Person: c.Person}
	switch t.Decision.Kind {
	case knowledge.AskFact:
		ask.Handler, ask.Words, ask.Options = choiceFact, true, p.options(t.Decision)
	case knowledge.Answer:
		ask.Handler, ask.Keep, ask.Options = choiceFeedback, true, p.feedback()
	case knowledge.Abstain:
		if h.renderer.counsellor(s, t.Decision) == "" {
			return post
		}
		ask.Handler, ask.Keep, ask.Options = choiceFeedback, true, p.feedback()[2:]
	default:
		return post
	}
	post.Ask = ask
	return post
}

func originOf(c conversation, t turn) json.RawMessage {
	b, err := json.Marshal(origin{Turn: t.Event, Thread: c.Thread, Person: c.Person})
	if err != nil {
		return nil // three strings can be marshalled
	}
	return b
}

// save stores the conversation with the turns that changed, and sees to its end.
func (h *Handler) save(r *bot.Reply, c conversation, turns ...turn) {
	now := h.o.Now()
	l := life{now: now, expires: now.Add(h.o.DirectSilence)}
	if c.Thread != "" {
		l.expires = now.Add(h.o.ThreadSilence)
	}
	r.Change(func(ctx context.Context, tx pgx.Tx) error { return saveTx(ctx, tx, c, l, turns...) })
	setTimer(r, c, l.expires)
}

// setTimer makes sure that the conversation is erased when it has expired, even if nobody says a word
// any more: one timer a day and room, at the end of the day.
func setTimer(r *bot.Reply, c conversation, expires time.Time) {
	due := expires.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	r.SetTimer(bot.Timer{
		Key:     fmt.Sprintf("%s:%s:%s", timerExpire, c.Room, due.Format(time.DateOnly)),
		Handler: timerExpire, Due: due, Room: c.Room,
	})
}

// expire erases what has expired in the room: many rooms' timers are due at once, and must not get into
// each other's way.
func (h *Handler) expire(_ context.Context, m bot.Message, r *bot.Reply) error {
	now := h.o.Now()
	r.Change(func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, deleteExpired, m.Room, now); err != nil {
			return fmt.Errorf("delete expired conversations: %w", err)
		}
		return nil
	})
	return nil
}
