package ask

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
	"lotse/knowledge"
)

// edited decides anew for a message whose words changed, from the state before it, and edits the answer.
// What was said since in answer to our questions still holds. A message that is forgotten, or that
// somebody else edited, is left alone.
func (h *Handler) edited(ctx context.Context, m bot.Message, r *bot.Reply) error {
	hist, found, err := loadHistoryOf(ctx, h.o.DB, m.Target, h.o.Now())
	if err != nil || !found {
		return err
	}
	at := hist.at(m.Target)
	if hist.turns[at].Person != m.Sender {
		return nil
	}
	chain := hist.chainFrom(at)
	first, last := hist.turns[at], hist.turns[chain[len(chain)-1]]

	past := hist
	past.turns = hist.turns[:at]
	past.State = withSaid(first.Before, hist.pick(chain[1:])...)
	in := h.inputOf(past, m)
	c, d, err := h.decide(ctx, past.conversation, h.defaults(m, in))
	if err != nil {
		return err
	}
	c.Lang = m.Lang
	first.Read = readBy(d, first.Before.Asked, in.Value)
	again := last
	again.Decision, again.Second, again.Open = d, c.State.Second, d.Kind == knowledge.AskFact
	if first.Event == last.Event {
		again.Read = first.Read
	}
	v := h.view(c)
	asked, answers := past.asked()
	if v.Again = answers; answers && first.Read[asked.Decision.Fact] != hist.turns[at].Read[asked.Decision.Fact] {
		h.closeQuestion(asked, first, v, r)
	}
	h.replace(r, c, last, &again, v)
	changed := []turn{again}
	if first.Event != last.Event {
		changed = append(changed, first)
	}
	if later := hist.turns[chain[len(chain)-1]+1:]; len(later) > 0 {
		rebuilt := rebuild(c.State, "", later)
		c.State = rebuilt.state
		changed = append(changed, rebuilt.turns...)
	}
	h.save(r, c, changed...)
	return nil
}

// inputOf reads the new words of a message. When it answered a question with options, a number means
// one of them still.
func (h *Handler) inputOf(past history, m bot.Message) knowledge.Input {
	text := said(m)
	if asked, ok := past.asked(); ok {
		p := h.renderer.page(h.o.Base.Snapshot(), h.view(past.conversation))
		for i, o := range p.options(asked.Decision) {
			if means(o, i, text) {
				return knowledge.Input{Value: o.Value, Lang: m.TextLang}
			}
		}
	}
	return knowledge.Input{Text: text, Lang: m.TextLang}
}

// means reports whether the text is the number of the option or one of its words.
func means(o bot.Option, i int, text string) bool {
	folded := bot.Fold(text)
	if folded == strconv.Itoa(i+1) {
		return o.Value != unknown
	}
	return folded != "" && slices.ContainsFunc(append(o.Words, o.Label), func(w string) bool { return bot.Fold(w) == folded })
}

// replace puts the new answer in the place of the old one: as an edit when both have the same options, else as
// a new post, since the options of a post can't be changed.
func (h *Handler) replace(r *bot.Reply, c conversation, old turn, t *turn, v View) {
	post := h.post(c, *t, v)
	if sameOptions(h.post(c, old, v).Ask, post.Ask) {
		post.Ask = nil
		r.Edit(old.answer(), post)
		return
	}
	r.CloseChoice(old.answer())
	r.Delete(old.answer())
	t.Posts = append([]bot.Ref{r.Post(c.place(), post)}, old.Posts[1:]...)
}

func sameOptions(a, b *bot.Ask) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Handler == b.Handler && slices.EqualFunc(a.Options, b.Options, func(x, y bot.Option) bool {
		return x.Key == y.Key && x.Value == y.Value
	})
}

// deleted takes back the answer to a message that was deleted, the questions that came of it with their
// answers, and what was stored of them.
func (h *Handler) deleted(ctx context.Context, m bot.Message, r *bot.Reply) error {
	hist, found, err := loadHistoryOf(ctx, h.o.DB, m.Target, h.o.Now())
	if err != nil || !found {
		return err
	}
	gone := hist.chainFrom(hist.at(m.Target))
	var out, left []turn
	for i, t := range hist.turns {
		if !slices.Contains(gone, i) {
			left = append(left, t)
			continue
		}
		out = append(out, t)
		for _, post := range t.Posts {
			r.CloseChoice(post)
			r.Delete(post)
		}
	}
	r.Change(func(ctx context.Context, tx pgx.Tx) error { return deleteTurnsTx(ctx, tx, out) })
	if len(left) == 0 {
		r.Change(func(ctx context.Context, tx pgx.Tx) error { return deleteConversationTx(ctx, tx, hist.ID) })
		return nil
	}
	at := gone[0]
	rebuilt := rebuild(out[0].Before, out[0].Decision.Topic, left[at:])
	c := hist.conversation
	c.State = rebuilt.state
	if before, ok := reopens(left, at, out[0]); ok {
		before = h.reopen(r, c, before)
		rebuilt.turns = append(rebuilt.turns, before)
	} else if len(rebuilt.turns) == 0 {
		c.State.Asked, c.State.Count = "", 0
	}
	h.save(r, c, rebuilt.turns...)
	return nil
}

// reopens returns the turn whose question the gone turn had answered, if nothing was said since.
func reopens(left []turn, at int, gone turn) (turn, bool) {
	if at == 0 || at != len(left) {
		return turn{}, false
	}
	t := left[at-1]
	return t, t.Question == gone.Question && t.Decision.Kind == knowledge.AskFact
}

// reopen asks again: what was marked in the question came from the message that is gone.
func (h *Handler) reopen(r *bot.Reply, c conversation, t turn) turn {
	r.Delete(t.answer())
	t.Open = true
	t.Posts = append([]bot.Ref{r.Post(c.place(), h.post(c, t, h.view(c)))}, t.Posts[1:]...)
	return t
}

// chainFrom returns the indexes of a turn and of the later ones that answered the questions it led to.
func (h history) chainFrom(at int) []int {
	chain := []int{at}
	for i := at + 1; i < len(h.turns); i++ {
		if h.turns[i].Question == h.turns[at].Question {
			chain = append(chain, i)
		}
	}
	return chain
}

// pick returns the turns with the indexes.
func (h history) pick(indexes []int) []turn {
	out := make([]turn, len(indexes))
	for i, at := range indexes {
		out[i] = h.turns[at]
	}
	return out
}

// withSaid returns the state with what later turns stated; facts said not to be known are skipped.
func withSaid(s knowledge.State, turns ...turn) knowledge.State {
	s.Facts, s.Among, s.Skip = maps.Clone(s.Facts), maps.Clone(s.Among), slices.Clone(s.Skip)
	if s.Facts == nil {
		s.Facts = map[string]string{}
	}
	if s.Among == nil {
		s.Among = map[string][]string{}
	}
	for _, t := range turns {
		for fact, value := range t.Read {
			say(&s, fact, value, t.Decision.Among[fact])
		}
	}
	return s
}

// say puts a fact into the state; among are the values of the merged option that was taken for it.
func say(s *knowledge.State, fact, value string, among []string) {
	if value == unknown {
		if !slices.Contains(s.Skip, fact) {
			s.Skip = append(s.Skip, fact)
		}
		return
	}
	s.Facts[fact] = value
	delete(s.Among, fact)
	if len(among) > 0 {
		s.Among[fact] = among
	}
}

// rebuilt is a conversation without what some turn had brought into it.
type rebuilt struct {
	state knowledge.State
	turns []turn
}

// rebuild goes through later turns again from a state: their facts are kept, and what the gone turn
// had stated isn't. The matter lives on unless it was that of the gone turn.
func rebuild(from knowledge.State, goneTopic string, later []turn) rebuilt {
	out := rebuilt{state: from, turns: slices.Clone(later)}
	for i, t := range out.turns {
		out.turns[i].Before = out.state
		out.state = withSaid(out.state, t)
		if t.Decision.Topic != goneTopic {
			out.state.Topic = t.Decision.Topic
		}
		out.state.Asked, out.state.Count = "", 0
		if t.Open {
			out.state.Asked, out.state.Count, out.state.Topic = t.Decision.Fact, 1, t.Decision.Topic
		}
	}
	return out
}

const deleteRoom = `
DELETE FROM conversations
WHERE room_id = $1`

// left erases the conversations of a room that the bot is no longer in.
func (h *Handler) left(_ context.Context, m bot.Message, r *bot.Reply) error {
	r.Change(func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, deleteRoom, m.Room); err != nil {
			return fmt.Errorf("delete conversations of a room: %w", err)
		}
		return nil
	})
	return nil
}

// clearRoom makes way: threads end with their room, and what was said in the new room already counts
// for more.
const clearRoom = `
DELETE FROM conversations old
WHERE old.room_id = $1
    AND (old.thread <> '' OR EXISTS (
        SELECT
        FROM conversations new
        WHERE new.room_id = $2
            AND new.thread = old.thread
            AND new.person = old.person))`

const moveRoom = `
UPDATE conversations
SET room_id = $2
WHERE room_id = $1`

// moved takes the conversations of a room along to the one that takes its place.
func (h *Handler) moved(_ context.Context, m bot.Message, r *bot.Reply) error {
	r.Change(func(ctx context.Context, tx pgx.Tx) error {
		for _, query := range []string{clearRoom, moveRoom} {
			if _, err := tx.Exec(ctx, query, m.Room, m.NewRoom); err != nil {
				return fmt.Errorf("move conversations: %w", err)
			}
		}
		return nil
	})
	return nil
}

const deleteOfPerson = `
DELETE FROM conversations
WHERE person = $1
    OR id IN (SELECT conversation_id FROM turns WHERE person = $1)`

// ForgetTx erases every conversation in which the person said something.
func (h *Handler) ForgetTx(ctx context.Context, tx pgx.Tx, person id.UserID) error {
	if _, err := tx.Exec(ctx, deleteOfPerson, person); err != nil {
		return fmt.Errorf("forget conversations of a person: %w", err)
	}
	return nil
}
