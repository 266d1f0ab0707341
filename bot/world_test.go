package bot_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
	"lotse/internal/botscript"
	"lotse/internal/pgtest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/jackc/pgx/v5/pgxpool.(*Pool).Close"),
		goleak.IgnoreAnyFunction("github.com/jackc/pgx/v5/pgxpool.(*Pool).backgroundHealthCheck"))
}

const (
	anna   = id.UserID("@anna:example.org")
	bob    = id.UserID("@bob:example.org")
	carla  = id.UserID("@carla:example.org")
	direct = id.RoomID("!direct:example.org")
	room   = id.RoomID("!room:example.org")
)

// world is a bot with a scripted homeserver and a database of its own.
type world struct {
	t      *testing.T
	pool   *pgxpool.Pool
	server *botscript.Server
	router *bot.Router
	opts   bot.Options
	bot    *bot.Bot

	transport bot.Transport // nil: server

	stop    func() // ends the process in order
	revive  func() // lets what hangs at a point of failure go on, at the end of the test
	abandon func() // makes it begin nothing new; what hangs at a point of failure stays there
}

// newWorld returns a world whose bot isn't running yet. The rooms direct (with anna) and room are
// there, and times are short.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, pool: pgtest.New(t), server: botscript.NewServer(), router: bot.NewRouter(), revive: func() {}}
	w.opts = bot.Options{
		User:      botscript.User,
		Logger:    slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelInfo})),
		Allow:     func(u id.UserID) bool { return strings.HasSuffix(string(u), ":example.org") },
		Retry:     func(int) time.Duration { return time.Millisecond },
		SendGrace: 20 * time.Millisecond,
	}
	w.exec(`INSERT INTO rooms (room_id, direct, partner, welcomed_at) VALUES ($1, true, $2, now()), ($3, false, '', now())`,
		direct, anna, room)
	w.exec(`CREATE TABLE effects (event_id text NOT NULL, text text NOT NULL)`)
	return w
}

// testLog writes log lines to the test's log, as long as it runs.
type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	if l.t.Context().Err() == nil {
		l.t.Log(strings.TrimSpace(string(p)))
	}
	return len(p), nil
}

// active counts the statements that other connections are running.
const active = `
SELECT count(*)::int FROM pg_stat_activity
WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()`

// start begins a process.
func (w *world) start() {
	w.t.Helper()
	transport := w.transport
	if transport == nil {
		transport = w.server
	}
	b := bot.New(w.pool, transport, w.router, w.opts)
	w.bot = b
	w.server.Connect(b.Inbox())
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("Run: %v", err)
		}
	})
	w.stop = stop
	w.abandon = func() {
		cancel()
		w.eventually("its last statements end", func() bool { return query[int](w, active)[0] == 0 })
	}
	w.t.Cleanup(func() {
		w.revive()
		stop()
	})
}

// deliver brings events in one batch.
func (w *world) deliver(events ...bot.Event) []id.EventID {
	w.t.Helper()
	ids, err := w.server.Deliver(w.t.Context(), events...)
	if err != nil {
		w.t.Fatalf("Accept: %v", err)
	}
	return ids
}

// say brings what somebody says, in a room or a direct chat, and waits until it is dealt with.
func (w *world) say(where id.RoomID, who id.UserID, text string) {
	w.t.Helper()
	w.deliver(bot.Event{Kind: bot.Text, Room: where, Sender: who, Text: text})
	w.settle()
}

// settle waits until nothing is left to do, while the homeserver answers one empty /sync after the
// other.
func (w *world) settle() {
	w.t.Helper()
	until := time.Now().Add(20 * time.Second)
	for {
		ctx, cancel := context.WithTimeout(w.t.Context(), 30*time.Millisecond)
		err := w.bot.Settle(ctx)
		cancel()
		if err == nil {
			return
		}
		if !errors.Is(err, context.DeadlineExceeded) || time.Now().After(until) {
			w.t.Fatalf("Settle: %v\nunfinished: %s", err, w.unfinished())
		}
		w.deliver()
	}
}

func (w *world) unfinished() string {
	return strings.Join(append(
		query[string](w, `SELECT event_id || ' ' || state || ' ' || attempt || ' ' || due_at FROM inbox WHERE state IN ('new', 'nokey')`),
		query[string](w, `SELECT txn || ' ' || state || ' ' || attempt || ' ' || due_at FROM outbox WHERE state IN ('new', 'sending', 'unknown')`)...), "\n")
}

// eventually waits until ok, looking again each time that something may have changed.
func (w *world) eventually(what string, ok func() bool) {
	w.t.Helper()
	until := time.Now().Add(20 * time.Second)
	for !ok() {
		if time.Now().After(until) {
			w.t.Fatalf("never: %s\nunfinished: %s", what, w.unfinished())
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.pool.Exec(context.Background(), sql, args...); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

// query returns the single column of a query.
func query[T any](w *world, sql string, args ...any) []T {
	w.t.Helper()
	rows, _ := w.pool.Query(context.Background(), sql, args...)
	out, err := pgx.CollectRows(rows, pgx.RowTo[T])
	if err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
	return out
}

// echo answers with the text and stores that it did, in one transaction.
func echo(_ context.Context, m bot.Message, r *bot.Reply) error {
	r.Say(bot.Post{Text: "echo " + m.Command})
	r.Change(func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO effects VALUES ($1, $2)`, m.ID, m.Command)
		return err
	})
	return nil
}

// dieAt makes the next process that comes to a point stop there for good, as if it had been killed:
// what it was doing never goes on while the test runs. The returned channel is closed then.
func (w *world) dieAt(point string) <-chan struct{} {
	died := make(chan struct{})
	hang := make(chan struct{})
	once := sync.OnceFunc(func() { close(died) })
	w.opts.Fail = func(at string) {
		if at == point {
			once()
			<-hang
		}
	}
	w.revive = sync.OnceFunc(func() { close(hang) })
	return died
}
