package ask

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"lotse/bot"
	"lotse/knowledge"
)

// Verdicts on an answer, as the options of choices have them and table feedback counts them.
const (
	verdictFits     = "fits"
	verdictMisfit   = "misfit"
	verdictOffice   = "office"
	verdictOutdated = "outdated"
	verdictMatter   = "matter"
	verdictSecond   = "second"
	verdictPerson   = "person"
)

// feedback returns the options below an answer. They can be named in a reply, too, and as commands.
func (p *page) feedback() []bot.Option {
	return []bot.Option{
		{Key: keyFits, Label: p.t.Get("fits"), Value: verdictFits},
		{Key: keyMisfit, Label: p.t.Get("misfit"), Value: verdictMisfit},
		{Key: keyPerson, Label: p.t.Get("person"), Value: verdictPerson, Words: words(p.t.Get("person_words"))},
	}
}

// words takes a list of words apart.
func words(list string) []string { return strings.Split(list, "|") }

// feedback takes a verdict on an answer. One on an answer that is forgotten does nothing.
func (h *Handler) feedback(ctx context.Context, m bot.Message, r *bot.Reply) error {
	hist, t, ok, err := h.judged(ctx, m.Choice)
	if err != nil || !ok {
		return err
	}
	return h.judge(m, r, hist, t, m.Choice.Value)
}

// judged returns the turn that a choice is about.
func (h *Handler) judged(ctx context.Context, c *bot.Choice) (history, turn, bool, error) {
	o, ok := readOrigin(c)
	if !ok {
		return history{}, turn{}, false, nil
	}
	hist, found, err := loadHistoryOf(ctx, h.o.DB, o.Turn, h.o.Now())
	if err != nil || !found {
		return history{}, turn{}, false, err
	}
	return hist, hist.turns[hist.at(o.Turn)], true, nil
}

// judge counts a verdict and does what it asks for.
func (h *Handler) judge(m bot.Message, r *bot.Reply, hist history, t turn, verdict string) error {
	c := hist.conversation
	c.Lang = m.Lang
	again := h.count(r, &t, verdict)
	p := h.renderer.page(h.o.Base.Snapshot(), h.view(c))
	switch {
	case verdict == verdictFits || again && verdict == verdictMisfit:
		h.save(r, c, t)
		return nil
	case verdict == verdictMisfit:
		t.Posts = append(t.Posts, r.Post(c.place(), h.whatIsWrong(c, t, p)))
	case verdict == verdictPerson:
		p.person(h.renderer.counsellor(p.s, t.Decision))
		t.Posts = append(t.Posts, r.Post(c.place(), bot.Post{Text: p.String()}))
	}
	h.save(r, c, t)
	return nil
}

// whatIsWrong asks what doesn't fit, and offers the second-best matter.
func (h *Handler) whatIsWrong(c conversation, t turn, p *page) bot.Post {
	options := []bot.Option{
		{Label: p.t.Get("wrong_office"), Value: verdictOffice},
		{Label: p.t.Get("outdated"), Value: verdictOutdated},
		{Label: p.t.Get("other_matter"), Value: verdictMatter},
	}
	if topic, ok := p.s.Topic(t.Second); ok && t.Second != t.Decision.Topic {
		options = append(options, bot.Option{Label: p.t.Get("meant", "topic", p.in(topic.Title)), Value: verdictSecond})
	}
	for i := range options {
		options[i].Key = numberKey(i)
	}
	if h.renderer.counsellor(p.s, t.Decision) != "" {
		options = append(options, p.feedback()[2])
	}
	p.add(p.t.Get("what_is_wrong"))
	for _, o := range options {
		p.add(o.Key + " " + o.Label)
	}
	ask := &bot.Ask{Handler: choiceMisfit, Options: options, Data: originOf(c, t), Person: c.Person}
	return bot.Post{Text: p.String(), Ask: ask}
}

// misfit takes the reason why an answer doesn't fit.
func (h *Handler) misfit(ctx context.Context, m bot.Message, r *bot.Reply) error {
	hist, t, ok, err := h.judged(ctx, m.Choice)
	if err != nil || !ok {
		return err
	}
	if m.Choice.Value == verdictSecond {
		return h.second(ctx, m, r, hist, t)
	}
	if m.Choice.Value == verdictPerson {
		return h.judge(m, r, hist, t, verdictPerson)
	}
	h.count(r, &t, m.Choice.Value)
	c := hist.conversation
	texts := h.renderer.texts.In(m.Lang)
	key := "noted"
	if k := "noted_" + m.Choice.Value; texts.Has(k) {
		key = k
	}
	t.Posts = append(t.Posts, r.Post(c.place(), bot.Post{Text: texts.Get(key)}))
	h.save(r, c, t)
	return nil
}

// second answers for the second-best matter, with the facts that are known. No question is open then,
// so the option that is taken says nothing, and the knowledge base decides the matter of the state.
func (h *Handler) second(ctx context.Context, m bot.Message, r *bot.Reply, hist history, t turn) error {
	h.count(r, &t, verdictSecond)
	c := hist.conversation
	c.State.Topic, c.State.Second, c.State.Asked, c.State.Count = t.Second, t.Decision.Topic, "", 0
	c, d, err := h.decide(ctx, c, h.defaults(m, knowledge.Input{Value: unknown, Lang: m.TextLang}))
	if err != nil {
		return err
	}
	c.Lang = m.Lang
	next := turn{
		Event: m.ID, Question: t.Question, Person: m.Sender, Before: hist.State, Decision: d,
		Second: c.State.Second, Open: d.Kind == knowledge.AskFact,
	}
	next.Posts = []bot.Ref{r.Post(c.place(), h.post(c, next, h.view(c)))}
	h.save(r, c, t, next)
	return nil
}

// person names the counselling centre with its contact.
func (p *page) person(counsellor string) {
	office, ok := p.s.Office(counsellor)
	if !ok {
		p.add(p.t.Get("person_none"))
		return
	}
	p.add(p.t.Get("person_intro"))
	p.add("**" + p.officeName(office) + "**")
	p.contact(office)
}

// counsellor returns the office that helps when Lotse can't tell, as far as the facts allow.
func (r *Renderer) counsellor(s *knowledge.Snapshot, d knowledge.Decision) string {
	topic, ok := s.Topic(r.counselling)
	if !ok {
		return ""
	}
	for _, rule := range topic.Rules {
		holds := true
		for fact, values := range rule.When {
			holds = holds && slices.Contains(values, d.Facts[fact])
		}
		if _, isOffice := s.Office(rule.To); holds && isOffice {
			return rule.To
		}
	}
	return ""
}

const countFeedback = `
INSERT INTO feedback (day, topic, office, verdict, count)
VALUES ($1, $2, $3, $4, 1)
ON CONFLICT (day, topic, office, verdict) DO UPDATE
SET count = feedback.count + 1`

// count counts a verdict, once for each answer: who gave it isn't kept, so several can't be told from
// one who presses twice. It reports whether the verdict was counted before.
func (h *Handler) count(r *bot.Reply, t *turn, verdict string) (again bool) {
	if slices.Contains(t.Counted, verdict) {
		return true
	}
	t.Counted = append(slices.Clone(t.Counted), verdict)
	day, d := h.o.Now().UTC().Format(time.DateOnly), t.Decision
	r.Change(func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, countFeedback, day, d.Topic, d.Office, verdict); err != nil {
			return fmt.Errorf("count feedback: %w", err)
		}
		return nil
	})
	return false
}
