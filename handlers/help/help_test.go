package help_test

import (
	"context"
	"testing"

	"lotse/bot"
	"lotse/handlers/help"
	"lotse/internal/botscript"
	"lotse/internal/pgtest"
)

func TestTranscripts(t *testing.T) {
	t.Parallel()
	botscript.RunDir(t, "testdata", func(t *testing.T) botscript.Play {
		t.Helper()
		return botscript.Play{Pool: pgtest.New(t), Router: func() *bot.Router { return router(t) }}
	})
}

// router has help, and two commands that help can tell of.
func router(t *testing.T) *bot.Router {
	t.Helper()
	r := bot.NewRouter()
	h, err := help.New(help.Options{Commands: r})
	if err != nil {
		t.Fatal(err)
	}
	h.Register(r)
	said := bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
		r.Say(bot.Post{Text: "said: " + bot.Escape(m.Command)})
		return nil
	})
	r.Command(bot.Command{
		Name:     "town",
		Words:    map[string][]string{"de": {"ort"}, "en": {"town"}},
		Usage:    map[string]string{"de": "ort <Name>", "en": "town <name>"},
		Help:     map[string]string{"de": "Legt den Ort fest.", "en": "Fixes the town."},
		Examples: map[string][]string{"de": {"ort Detmold", "ort keiner"}, "en": {"town Detmold", "town none"}},
		Args:     bot.AnyArgs,
		Handler:  said,
	})
	r.Command(bot.Command{
		Name:     "silent",
		Words:    map[string][]string{"de": {"still", "ruhe"}, "en": {"silent", "hush"}},
		Usage:    map[string]string{"de": "still", "en": "silent"},
		Help:     map[string]string{"de": "Nur noch auf Befehle reagieren.", "en": "React to nothing but commands."},
		Examples: map[string][]string{"de": {"still", "ruhe"}, "en": {"silent", "hush"}},
		Where:    bot.InRoom,
		Role:     bot.Moderator,
		Handler:  said,
	})
	r.Text(said)
	return r
}
