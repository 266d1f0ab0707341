package bot_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"lotse/bot"
	"lotse/internal/botscript"
	"lotse/internal/pgtest"
)

// TestTranscripts plays testdata/*.txt with a bot that knows a few things: it repeats what it is told
// ("Echo: …"), asks, counts votes and reminds.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	botscript.RunDir(t, "testdata", func(t *testing.T) botscript.Play {
		t.Helper()
		return botscript.Play{
			Pool:   pgtest.New(t),
			Router: sampleRouter,
			Options: bot.Options{
				Logger:         slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn})),
				Detect:         detectSample,
				Administrators: []id.UserID{"@root:example.org"},
				Bots:           []id.UserID{"@robot:example.org"},
				PersonBudget:   bot.Budget{Every: time.Hour, Burst: 30},
				RoomBudget:     bot.Budget{Every: time.Hour, Burst: 40},
			},
			Rooms: map[string]bot.Settings{
				"#verlauf": {InTimeline: true},
				"#still":   {Silent: true},
				"#english": {Lang: "en"},
			},
		}
	})
}

// detectSample knows English by its "the".
func detectSample(text string) string {
	if strings.Contains(" "+text+" ", " the ") {
		return "en"
	}
	return ""
}

func sampleRouter() *bot.Router {
	r := bot.NewRouter()
	r.Text(bot.HandlerFunc(sampleText))
	r.Choice("frage", bot.HandlerFunc(sampleChosen))
	r.Timer("wecker", bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
		r.Post(bot.Place{Room: m.Room}, bot.Post{Text: "Es ist so weit: " + string(m.Timer.Data)})
		return nil
	}))
	for _, c := range sampleCommands() {
		r.Command(c)
	}
	for kind, text := range map[bot.Kind]string{
		bot.Joined: "Moin!", bot.Edited: "Geändert: ", bot.Reacted: "Reaktion ", bot.Member: "",
	} {
		r.On(kind, bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
			if text != "" {
				r.Say(bot.Post{Text: text + m.Text + m.Key})
			}
			return nil
		}))
	}
	r.On(bot.Deleted, bot.HandlerFunc(func(_ context.Context, _ bot.Message, r *bot.Reply) error {
		r.Say(bot.Post{Text: "Gelöscht."})
		return nil
	}))
	r.On(bot.Withdrawn, bot.HandlerFunc(func(_ context.Context, _ bot.Message, r *bot.Reply) error {
		r.Say(bot.Post{Text: "Zurückgenommen."})
		return nil
	}))
	return r
}

func sampleText(_ context.Context, m bot.Message, r *bot.Reply) error {
	if m.Open != nil {
		r.CloseChoice(m.Open.Post)
		r.Say(bot.Post{Text: fmt.Sprintf("Frei geantwortet auf %s: %s", m.Open.Data, m.Command)})
		return nil
	}
	r.Say(bot.Post{Text: fmt.Sprintf("Echo (%s): %s", m.Lang, bot.Escape(m.Command))})
	return nil
}

func sampleChosen(_ context.Context, m bot.Message, r *bot.Reply) error {
	if m.Choice.Value == "nie" {
		return &bot.UserError{Say: "Das geht nicht."}
	}
	r.Say(bot.Post{Text: fmt.Sprintf("%s wählt %s (%s)", m.Sender.Localpart(), m.Choice.Value, m.Lang)})
	return nil
}

func sampleCommands() []bot.Command {
	words := func(de, en string) map[string][]string { return map[string][]string{"de": {de}, "en": {en}} }
	ask := func(a bot.Ask) bot.Handler {
		return bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
			a := a
			if a.Person == "asker" {
				a.Person = m.Sender
			}
			a.Handler, a.Data = "frage", []byte(`"Status"`)
			a.Options = []bot.Option{
				{Key: "1️⃣", Label: "Duldung", Words: []string{"geduldet"}, Value: "duldung"},
				{Key: "2️⃣", Label: "§ 24 (Ukraine)", Value: "paragraf24"},
				{Key: "3️⃣", Label: "nie", Value: "nie"},
				{Key: "❔", Label: "weiß ich nicht", Value: "?"},
			}
			r.Say(bot.Post{Text: "Welcher Status? 1️⃣ Duldung 2️⃣ § 24 3️⃣ nie ❔ weiß ich nicht", Ask: &a})
			return nil
		})
	}
	return []bot.Command{
		{Name: "ask", Words: words("frage", "question"), Handler: ask(bot.Ask{Words: true})},
		{Name: "mine", Words: words("frage mich", "question me"), Handler: ask(bot.Ask{Words: true, Person: "asker"})},
		{Name: "vote", Words: words("abstimmung", "vote"), Handler: ask(bot.Ask{Keep: true})},
		{
			Name: "remind", Words: words("erinnere", "remind"), Args: bot.FewArgs(1),
			Handler: bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
				r.SetTimer(bot.Timer{Key: "k", Handler: "wecker", Due: time.Now().Add(time.Hour), Room: m.Room, Data: []byte(`"` + m.Args + `"`)})
				r.Say(bot.Post{Text: fmt.Sprintf("Gut, %s. (%s)", m.Args, m.Lang)})
				return nil
			}),
		},
		{
			Name: "town", Words: words("ort", "town"), Args: bot.FewArgs(2), Where: bot.InRoom, Role: bot.Moderator,
			Handler: bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
				r.Say(bot.Post{Text: "Ort: " + m.Args})
				return nil
			}),
		},
		{
			Name: "secret", Words: words("geheim", "secret"), Where: bot.InDirect,
			Handler: bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
				r.Say(bot.Post{Text: "pst"})
				return nil
			}),
		},
	}
}
