package bot_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
	"lotse/internal/botscript"
)

// TestOrder: within a room messages are handled one after the other in the order of /sync, and answered
// in it, though handling fails at times; rooms run in parallel.
func TestOrder(t *testing.T) {
	t.Parallel()
	const rooms, messages = 5, 12
	w := newWorld(t)
	var mu sync.Mutex
	busy, most, overlap := map[id.RoomID]int{}, 0, false
	failed := map[id.EventID]bool{}
	w.router.Text(bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
		mu.Lock()
		busy[m.Room]++
		overlap = overlap || busy[m.Room] > 1
		most = max(most, len(busy))
		fail := strings.HasSuffix(m.Text, "3") && !failed[m.ID]
		failed[m.ID] = true
		mu.Unlock()
		defer func() {
			mu.Lock()
			defer mu.Unlock()
			if busy[m.Room]--; busy[m.Room] == 0 {
				delete(busy, m.Room)
			}
		}()
		time.Sleep(3 * time.Millisecond)
		if fail {
			return errors.New("once")
		}
		r.Say(bot.Post{Text: m.Text})
		return nil
	}))
	var events []bot.Event
	for n := range messages {
		for k := range rooms {
			r := id.RoomID(fmt.Sprintf("!dm%d:example.org", k))
			if n == 0 {
				w.exec(`INSERT INTO rooms (room_id, direct) VALUES ($1, true)`, r)
			}
			events = append(events, bot.Event{Kind: bot.Text, Room: r, Sender: anna, Text: strconv.Itoa(n)})
		}
	}
	w.opts.PersonBudget = bot.Budget{Every: time.Second, Burst: 1000}
	w.start()
	w.deliver(events...)
	w.settle()
	var want []string
	for n := range messages {
		want = append(want, strconv.Itoa(n))
	}
	for k := range rooms {
		r := id.RoomID(fmt.Sprintf("!dm%d:example.org", k))
		if diff := cmp.Diff(want, w.server.Texts(r)); diff != "" {
			t.Errorf("answers in %s (-want +got):\n%s", r, diff)
		}
	}
	if overlap || w.server.State().Overlap {
		t.Error("two messages of one room were handled or sent at once")
	}
	if most < 2 {
		t.Error("rooms didn't run in parallel")
	}
}

// TestBatchTwice: a batch that comes again changes nothing, and its token is there.
func TestBatchTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.router.Text(bot.HandlerFunc(echo))
	w.start()
	if got, err := w.bot.Inbox().Token(t.Context()); got != "" || err != nil {
		t.Errorf("token before the first batch: got %q, %v, want none", got, err)
	}
	event := bot.Event{ID: "$a", Kind: bot.Text, Room: direct, Sender: anna, Text: "a"}
	w.deliver(event, event)
	w.deliver(event)
	w.settle()
	w.deliver(event)
	w.settle()
	if diff := cmp.Diff([]string{"echo a"}, w.server.Texts(direct)); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	token, err := w.bot.Inbox().Token(t.Context())
	if err != nil || !strings.HasPrefix(token, "s") {
		t.Errorf("token: got %q, %v, want that of the last batch", token, err)
	}
	if got := query[int](w, `SELECT count(*)::int FROM inbox WHERE raw IS NOT NULL`)[0]; got != 0 {
		t.Errorf("texts kept after handling: got %d, want 0", got)
	}
}

// TestErrors: an error is retried; after the last attempt there is one apology in the language of the
// person; a panic is an error; a UserError is told at once. Nothing of a failed attempt has an effect.
func TestErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		err      error
		attempts int
		want     string
	}{
		{"error", errors.New("broken"), 3, "Something went wrong on my side…"},
		{"panic", nil, 3, "Something went wrong on my side…"},
		{"told", &bot.UserError{Say: "no such town", Cause: errors.New("nothing found")}, 1, "no such town"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			attempts := 0
			w.router.Text(bot.HandlerFunc(func(ctx context.Context, m bot.Message, r *bot.Reply) error {
				if m.Command == "fine" {
					return echo(ctx, m, r)
				}
				attempts++
				_ = echo(ctx, m, r)
				if tc.err == nil {
					panic("oh no")
				}
				return tc.err
			}))
			w.opts.MaxAttempts = 3
			w.opts.Detect = func(string) string { return "en" }
			w.start()
			w.deliver(
				bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "bad"},
				bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "fine"})
			w.settle()
			texts := w.server.Texts(direct)
			if len(texts) != 2 || !botscript.Matches(texts[0], tc.want) || texts[1] != "echo fine" {
				t.Errorf("posts: got %q, want %q and then the answer to the next message", texts, tc.want)
			}
			if attempts != tc.attempts {
				t.Errorf("attempts: got %d, want %d", attempts, tc.attempts)
			}
			if diff := cmp.Diff([]string{"fine"}, query[string](w, `SELECT text FROM effects`)); diff != "" {
				t.Errorf("effects (-want +got):\n%s", diff)
			}
		})
	}
}

// TestShutdownIsNoAttempt: a handler that is stopped by the end of the process is run again by the next
// one, as the first attempt.
func TestShutdownIsNoAttempt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	started := make(chan int, 10)
	var stopped atomic.Bool
	w.router.Text(bot.HandlerFunc(func(ctx context.Context, m bot.Message, r *bot.Reply) error {
		started <- m.Attempt
		if !stopped.Swap(true) {
			<-ctx.Done()
			return ctx.Err()
		}
		return echo(ctx, m, r)
	}))
	w.opts.MaxAttempts = 1
	w.start()
	w.deliver(bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "a"})
	if got := <-started; got != 1 {
		t.Errorf("first attempt: got number %d, want 1", got)
	}
	w.stop()
	w.start()
	w.settle()
	if got := <-started; got != 1 {
		t.Errorf("attempt after the restart: got number %d, want 1", got)
	}
	if diff := cmp.Diff([]string{"echo a"}, w.server.Texts(direct)); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
}

// TestSlowHandler: typing is shown, then a note, which is deleted when the answer comes as a message
// of its own.
func TestSlowHandler(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	goOn := make(chan struct{})
	w.router.Text(bot.HandlerFunc(func(ctx context.Context, m bot.Message, r *bot.Reply) error {
		<-goOn
		return echo(ctx, m, r)
	}))
	w.opts.TypingAfter, w.opts.SlowAfter = time.Millisecond, 2*time.Millisecond
	w.start()
	w.deliver(bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "a"})
	w.eventually("a note", func() bool { return len(w.server.Sent()) == 1 })
	close(goOn)
	w.settle()
	want := []string{"Das dauert noch einen Moment …", "echo a", "deleted"}
	if diff := cmp.Diff(want, w.server.Texts(direct)); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
	if len(w.server.State().Typing) == 0 {
		t.Error("typing was not shown")
	}
	if sent := w.server.Sent(); sent[2].Target != sent[0].ID {
		t.Errorf("deleted: got %s, want the note %s", sent[2].Target, sent[0].ID)
	}
}

// TestDeletedBeforeHandled: the text of a message that is deleted before it is handled is erased at
// once, and nothing is answered, though a handler is at it.
func TestDeletedBeforeHandled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	started, goOn := make(chan struct{}), make(chan struct{})
	w.router.Text(bot.HandlerFunc(func(ctx context.Context, m bot.Message, r *bot.Reply) error {
		if m.Text == "first" {
			close(started)
			<-goOn
		}
		return echo(ctx, m, r)
	}))
	w.start()
	ids := w.deliver(
		bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "first"},
		bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "second"},
		bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "third"})
	<-started
	w.deliver(
		bot.Event{Kind: bot.Deleted, Room: direct, Sender: anna, Target: ids[0]},
		bot.Event{Kind: bot.Deleted, Room: direct, Sender: anna, Target: ids[1]})
	if got := query[int](w, `SELECT count(*)::int FROM inbox WHERE event_id = ANY ($1) AND raw IS NOT NULL`, ids[:2])[0]; got != 0 {
		t.Errorf("texts of deleted messages: got %d, want 0", got)
	}
	close(goOn)
	w.settle()
	if diff := cmp.Diff([]string{"echo third"}, w.server.Texts(direct)); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
}

// TestLateKey: a message without key holds up its room for a grace only, its key is asked for once,
// and it is answered as soon as the key comes. Without it the person is told, and still answered
// when the key comes after all.
func TestLateKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.router.Text(bot.HandlerFunc(echo))
	w.router.On(bot.Unreadable, bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
		r.Say(bot.Post{Text: "unreadable from " + string(m.Sender)})
		return nil
	}))
	w.opts.KeyGrace, w.opts.KeyRequest, w.opts.KeyWait = 150*time.Millisecond, 20*time.Millisecond, time.Hour
	w.start()
	deliver := func(key, text string) {
		t.Helper()
		e := bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: text}
		if _, err := w.server.DeliverEncrypted(t.Context(), key, e); err != nil {
			t.Fatal(err)
		}
	}
	deliver("k1", "late")
	w.deliver(bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "plain"})
	w.eventually("the next message is answered", func() bool { return len(w.server.Sent()) == 1 })
	w.server.GiveKey("k1")
	w.eventually("the late message is answered", func() bool { return len(w.server.Sent()) == 2 })
	if diff := cmp.Diff([]string{"echo plain", "echo late"}, w.server.Texts(direct)); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
	if got := len(w.server.State().Requested); got != 1 {
		t.Errorf("key requests: got %d, want 1", got)
	}
	w.stop()

	w.opts.KeyWait = 30 * time.Millisecond
	w.start()
	deliver("k2", "very late")
	w.eventually("the person is told", func() bool { return len(w.server.Sent()) == 3 })
	w.server.GiveKey("k2")
	w.settle()
	w.eventually("it is answered after all", func() bool { return len(w.server.Sent()) == 4 })
	want := []string{"echo plain", "echo late", "unreadable from @anna:example.org", "echo very late"}
	if diff := cmp.Diff(want, w.server.Texts(direct)); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
	if got := query[bool](w, `SELECT encrypted FROM rooms WHERE room_id = $1`, direct)[0]; !got {
		t.Error("the room isn't known to be encrypted")
	}
}

// TestKeyInTime: within the grace the order is kept.
func TestKeyInTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.router.Text(bot.HandlerFunc(echo))
	w.opts.KeyGrace = time.Minute
	w.start()
	e := bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "late"}
	if _, err := w.server.DeliverEncrypted(t.Context(), "k", e); err != nil {
		t.Fatal(err)
	}
	w.deliver(bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "plain"})
	w.eventually("the key is missed", func() bool {
		return query[int](w, `SELECT count(*)::int FROM inbox WHERE state = 'nokey'`)[0] == 1
	})
	w.server.GiveKey("k")
	w.settle()
	if diff := cmp.Diff([]string{"echo late", "echo plain"}, w.server.Texts(direct)); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
}

// TestStats: hooks and queue lengths tell what goes on, without persons or rooms.
func TestStats(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.router.Text(bot.HandlerFunc(echo))
	var mu sync.Mutex
	var seen []string
	note := func(parts ...string) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, strings.Join(parts, " "))
	}
	w.opts.Hooks = bot.Hooks{
		Accepted: func(n int) {
			if n > 0 {
				note("accepted", strconv.Itoa(n))
			}
		},
		Handled: func(k bot.Kind, o bot.Outcome, _ time.Duration) { note("handled", string(k), string(o)) },
		Sent:    func(k bot.OutKind, o bot.Outcome, _ time.Duration) { note("sent", string(k), string(o)) },
	}
	w.start()
	w.say(direct, anna, "hello")
	w.say(room, anna, "not for the bot")
	want := []string{
		"accepted 1", "handled text done", "sent message done", "accepted 1", "handled text skipped",
	}
	w.eventually("all hooks ran", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(seen) == len(want)
	})
	sort := func(s []string) []string { return slices.Sorted(slices.Values(s)) } // hooks run after the fact
	if diff := cmp.Diff(sort(want), sort(seen)); diff != "" {
		t.Errorf("hooks (-want +got):\n%s", diff)
	}
	w.stop()
	w.deliver(bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "later"})
	got, err := w.bot.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.Waiting != 1 || got.Unsent != 0 || got.OldestSeconds <= 0 || got.Parked != 0 {
		t.Errorf("Stats: got %+v, want one message waiting", got)
	}
}
