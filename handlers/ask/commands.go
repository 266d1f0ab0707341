package ask

import (
	"context"

	"lotse/bot"
	"lotse/knowledge"
)

// registerCommands adds the words for what reactions do, for clients without them.
func (h *Handler) registerCommands(r *bot.Router) {
	r.Command(bot.Command{
		Name:     "person",
		Words:    map[string][]string{"de": {"mensch", "menschen fragen", "einen menschen fragen"}, "en": {"human", "person", "ask a person"}},
		Usage:    map[string]string{"de": "mensch", "en": "person"},
		Help:     map[string]string{"de": "Nennt eine Beratungsstelle, bei der ein Mensch weiterhilft.", "en": "Names a counselling centre where a person can help."},
		Examples: map[string][]string{"de": {"mensch", "einen menschen fragen"}, "en": {"person", "ask a person"}},
		Handler:  h.verdict(verdictPerson),
	})
	r.Command(bot.Command{
		Name:     "misfit",
		Words:    map[string][]string{"de": {"passt nicht", "falsch"}, "en": {"doesn't fit", "wrong"}},
		Usage:    map[string]string{"de": "passt nicht", "en": "doesn't fit"},
		Help:     map[string]string{"de": "Sagt, dass die letzte Antwort nicht passt, und zeigt, was stattdessen geht.", "en": "Says that the last answer does not fit, and shows what else there is."},
		Examples: map[string][]string{"de": {"passt nicht", "falsch"}, "en": {"doesn't fit", "wrong"}},
		Handler:  h.verdict(verdictMisfit),
	})
	r.Command(bot.Command{
		Name:     "fits",
		Words:    map[string][]string{"de": {"passt"}, "en": {"fits"}},
		Usage:    map[string]string{"de": "passt", "en": "fits"},
		Help:     map[string]string{"de": "Sagt, dass die letzte Antwort gepasst hat. Gezählt wird ohne Namen.", "en": "Says that the last answer fitted. It is counted without a name."},
		Examples: map[string][]string{"de": {"passt", "👍 unter der Antwort"}, "en": {"fits", "👍 below the answer"}},
		Handler:  h.verdict(verdictFits),
	})
}

// verdict returns the handler of a command that judges the last answer of the conversation.
func (h *Handler) verdict(verdict string) bot.Handler {
	return bot.HandlerFunc(func(ctx context.Context, m bot.Message, r *bot.Reply) error {
		if !addressed(m) {
			return nil // people say such words to each other, too
		}
		hist, err := loadHistory(ctx, h.o.DB, m.Conversation(), h.o.Now())
		if err != nil {
			return err
		}
		t, ok := hist.last()
		switch {
		case ok:
			return h.judge(m, r, hist, t, verdict)
		case verdict == verdictPerson:
			p := h.renderer.page(h.o.Base.Snapshot(), View{Lang: m.Lang, Now: h.o.Now()})
			p.person(h.renderer.counsellor(p.s, knowledge.Decision{}))
			r.Say(bot.Post{Text: p.String()})
		default:
			r.Say(bot.Post{Text: h.renderer.texts.In(m.Lang).Get("nothing_to_judge")})
		}
		return nil
	})
}
