package room_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
	"lotse/handlers/room"
	"lotse/internal/botscript"
	"lotse/internal/pgtest"
	"lotse/knowledge"
)

// towns is a knowledge base with nothing but towns.
type towns struct{}

// Snapshot returns it.
func (towns) Snapshot() *knowledge.Snapshot {
	return knowledge.NewSnapshot(knowledge.Data{Areas: []knowledge.Area{
		{Code: "05766", Name: "Kreis Lippe"},
		{Code: "05766012", Name: "Barntrup", In: "05766"},
		{Code: "05766020", Name: "Detmold", In: "05766"},
		{Code: "05766008", Name: "Bad Salzuflen", In: "05766"},
		{Code: "05766060", Name: "Schieder-Schwalenberg", Also: []string{"Schieder"}, In: "05766"},
	}}, 1, nil, nil)
}

func routerOn(t *testing.T, pool *pgxpool.Pool) func() *bot.Router {
	t.Helper()
	return func() *bot.Router {
		settings := bot.NewSettingsStore(pool)
		h, err := room.New(room.Options{Settings: settings, Base: towns{}, DB: pool, Forget: []room.Forgetter{settings}})
		if err != nil {
			t.Fatal(err)
		}
		r := bot.NewRouter()
		h.Register(r)
		r.Text(bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
			r.Say(bot.Post{Text: "said: " + bot.Escape(m.Command)})
			return nil
		}))
		return r
	}
}

func TestTranscripts(t *testing.T) {
	t.Parallel()
	botscript.RunDir(t, "testdata", func(t *testing.T) botscript.Play {
		t.Helper()
		pool := pgtest.New(t)
		return botscript.Play{Pool: pool, Router: routerOn(t, pool)}
	})
}

// start runs a bot with the handler against a scripted homeserver.
func start(t *testing.T, o bot.Options) (*botscript.Server, *bot.Bot, *pgxpool.Pool) {
	t.Helper()
	pool := pgtest.New(t)
	server := botscript.NewServer()
	o.User, o.Allow = botscript.User, func(id.UserID) bool { return true }
	b := bot.New(pool, server, routerOn(t, pool)(), o)
	server.Connect(b.Inbox())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return server, b, pool
}

// A message that can't be read is answered once an hour, with what to do.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	server, b, pool := start(t, bot.Options{KeyGrace: time.Millisecond, KeyRequest: time.Millisecond, KeyWait: 2 * time.Millisecond})
	const lobby = id.RoomID("!lobby:example.org")
	if _, err := pool.Exec(t.Context(), `INSERT INTO rooms (room_id, direct, partner, settings) VALUES ($1, true, '@anna:example.org', '{}')`, lobby); err != nil {
		t.Fatal(err)
	}
	send := func() {
		t.Helper()
		e := bot.Event{Kind: bot.Text, Room: lobby, Sender: "@anna:example.org", Text: "geheim"}
		if _, err := server.DeliverEncrypted(t.Context(), "a key that never comes", e); err != nil {
			t.Fatal(err)
		}
	}
	send()
	said := func() []string {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		for len(server.Texts(lobby)) == 0 && ctx.Err() == nil {
			b.Wake()
			if err := b.Settle(ctx); err != nil {
				t.Fatal(err)
			}
		}
		return server.Texts(lobby)
	}
	if got := said(); len(got) != 1 || !strings.HasPrefix(got[0], "Diese Nachricht kann ich nicht entschlüsseln.") {
		t.Fatalf("got %q, want one line that says what to do", got)
	}
	send()
	waitUntilTold(t, b, pool, 2)
	if got := said(); len(got) != 1 {
		t.Errorf("got %q, want no second line within the hour", got)
	}
	if _, err := pool.Exec(t.Context(), `UPDATE room_unreadable SET told_at = told_at - interval '61 minutes'`); err != nil {
		t.Fatal(err)
	}
	send()
	waitUntilTold(t, b, pool, 3)
	if got := said(); len(got) != 2 {
		t.Errorf("got %q, want a second line after an hour", got)
	}
}

// waitUntilTold waits until n messages were found to be unreadable.
func waitUntilTold(t *testing.T, b *bot.Bot, pool *pgxpool.Pool, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for told := 0; told < n; {
		b.Wake()
		if err := b.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		if err := pool.QueryRow(ctx, `SELECT count(*) FROM inbox WHERE told`).Scan(&told); err != nil {
			t.Fatal(err)
		}
	}
}
