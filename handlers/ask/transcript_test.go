package ask_test

import (
	"context"
	"testing"
	"time"

	"lotse/bot"
	"lotse/handlers/ask"
	"lotse/internal/botscript"
	"lotse/internal/pgtest"
	"lotse/knowledge"
	"lotse/knowledge/text"
)

func detect(s string) string {
	lang, sure := text.Language(s)
	if !sure {
		return ""
	}
	return lang
}

func TestTranscripts(t *testing.T) {
	t.Parallel()
	botscript.RunDir(t, "testdata", newPlay)
}

func newPlay(t *testing.T) botscript.Play {
	t.Helper()
	pool := pgtest.New(t)
	o := ask.Options{Base: smallBase{}, DB: pool, Counselling: "counselling"}
	return botscript.Play{
		Pool: pool,
		Router: func() *bot.Router {
			h, err := ask.New(o)
			if err != nil {
				t.Fatal(err)
			}
			r := bot.NewRouter()
			h.Register(r)
			return r
		},
		Options: bot.Options{Detect: detect},
		Rooms:   map[string]bot.Settings{"#detmold": {Town: "05766020", InTimeline: true}},
	}
}

// smallBase answers from the small knowledge base.
type smallBase struct{}

// Ask decides without a search.
func (smallBase) Ask(_ context.Context, st knowledge.State, in knowledge.Input) (knowledge.State, knowledge.Decision, error) {
	in.Now = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	st, d := smallSnapshot().Turn(st, in)
	return st, d, nil
}

// Snapshot returns the small knowledge base.
func (smallBase) Snapshot() *knowledge.Snapshot { return smallSnapshot() }
