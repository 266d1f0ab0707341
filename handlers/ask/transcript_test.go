package ask_test

import (
	"context"
	"os"
	"testing"

	"lotse/bot"
	"lotse/handlers/ask"
	"lotse/internal/botscript"
	"lotse/internal/pgtest"
	"lotse/knowledge"
	"lotse/knowledge/exchange"
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

// The sample knowledge base, with its own words for facts. Only what a text is about is told by a word.
func TestTranscriptsOnSample(t *testing.T) {
	t.Parallel()
	data, problems := exchange.ReadFolder(os.DirFS("../../knowledge/lippe"))
	if len(data.Topics) == 0 {
		t.Fatalf("no sample knowledge base: %v", problems)
	}
	s := knowledge.NewSnapshot(data, 1,
		wordRouter{"papier": "tolerated-stay", "cent": "living-costs"},
		text.NewReader(data.Words, knowledge.Places(data)))
	botscript.RunDir(t, "testdata/lippe", func(t *testing.T) botscript.Play {
		t.Helper()
		return playOn(t, snapshotBase{s}, "migration-counselling")
	})
}

func newPlay(t *testing.T) botscript.Play {
	t.Helper()
	return playOn(t, snapshotBase{smallSnapshot()}, "counselling")
}

func playOn(t *testing.T, base ask.Base, counselling string) botscript.Play {
	t.Helper()
	pool := pgtest.New(t)
	o := ask.Options{Base: base, DB: pool, Counselling: counselling}
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

// snapshotBase is a knowledge base without a database.
type snapshotBase struct{ s *knowledge.Snapshot }

// Ask decides without a search, on the day that the small knowledge base was made for.
func (b snapshotBase) Ask(_ context.Context, st knowledge.State, in knowledge.Input) (knowledge.State, knowledge.Decision, error) {
	in.Now = now
	st, d := b.s.Turn(st, in)
	return st, d, nil
}

// Snapshot returns the snapshot.
func (b snapshotBase) Snapshot() *knowledge.Snapshot { return b.s }
