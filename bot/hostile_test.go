package bot_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
	"lotse/internal/botscript"
)

// TestUnreadableForGood: an event that no key will ever make readable is told of once, and ends: what
// comes after it in the room is answered.
func TestUnreadableForGood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.router.Text(bot.HandlerFunc(echo))
	w.router.On(bot.Unreadable, bot.HandlerFunc(func(_ context.Context, _ bot.Message, r *bot.Reply) error {
		r.Say(bot.Post{Text: "unreadable"})
		return nil
	}))
	w.opts.KeyGrace, w.opts.KeyRequest, w.opts.KeyWait = time.Millisecond, time.Millisecond, 10*time.Millisecond
	w.start()
	w.deliver(
		bot.Event{Kind: bot.Unreadable, Room: direct, Sender: anna},
		bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "next"})
	w.eventually("both are dealt with", func() bool { return len(w.server.Sent()) == 2 })
	w.settle()
	if _, err := w.server.DeliverEncrypted(t.Context(), "k", bot.Event{Kind: bot.Unreadable, Room: direct, Sender: anna}); err != nil {
		t.Fatal(err)
	}
	w.eventually("the missing key is told of", func() bool { return len(w.server.Sent()) == 3 })
	w.server.GiveKey("k")
	w.eventually("the key that is no help ends it", func() bool {
		return query[int](w, `SELECT count(*)::int FROM inbox WHERE state = 'done'`)[0] == 3
	})
	w.say(direct, anna, "last")
	if diff := cmp.Diff([]string{"unreadable", "echo next", "unreadable", "echo last"}, w.server.Texts(direct)); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
}

// TestTooLong: a text that is too long is refused only where an answer is expected, and within the
// budget: two bots would go on for ever.
func TestTooLong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.router.Text(bot.HandlerFunc(echo))
	w.opts.PersonBudget = bot.Budget{Every: time.Hour, Burst: 2}
	w.start()
	long := strings.Repeat("x", 8001)
	w.say(room, bob, long)
	if got := w.server.Texts(room); len(got) != 0 {
		t.Errorf("a text that isn't for the bot: got %q, want silence", got)
	}
	for range 5 {
		w.say(direct, anna, long)
	}
	if got := len(w.server.Texts(direct)); got != 3 { // two refusals, and that it is too much
		t.Errorf("posts: got %d, want 3: %q", got, w.server.Texts(direct))
	}
}

// TestPanics: what makes the transport panic is given up, and nothing else suffers.
func TestPanics(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.router.Text(bot.HandlerFunc(echo))
	w.server.ReadError = func(event id.EventID) error {
		if event == "$poison" {
			panic("read")
		}
		return nil
	}
	w.server.Faults = func(o bot.Outgoing, _ int) botscript.Fault {
		if o.Text == "echo venom" {
			panic("send")
		}
		return botscript.Fault{}
	}
	w.opts.GiveUp = time.Millisecond
	w.start()
	w.deliver(
		bot.Event{ID: "$poison", Kind: bot.Text, Room: direct, Sender: anna, Text: "poison"},
		bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "venom"},
		bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "next"})
	w.settle()
	if diff := cmp.Diff([]string{"echo next"}, w.server.Texts(direct)); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
	if got := query[string](w, `SELECT state FROM inbox WHERE event_id = '$poison'`)[0]; got != "parked" {
		t.Errorf("state of the event: got %s, want parked", got)
	}
}

// TestDeadlyToRead: an event with which the process dies even when it only looks at it isn't looked at
// again.
func TestDeadlyToRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var reads atomic.Int32
	w.server.ReadError = func(id.EventID) error {
		reads.Add(1)
		return nil
	}
	w.exec(`INSERT INTO inbox (event_id, room_id, raw, crashes, due_at, received_at) VALUES ('$deadly', $1, '{}', 11, now(), now())`, direct)
	w.start()
	w.settle()
	if got := query[string](w, `SELECT state FROM inbox`)[0]; got != "parked" || reads.Load() != 0 {
		t.Errorf("got state %s after %d reads, want parked after none", got, reads.Load())
	}
}

// stuck is a transport that never comes back from reading an event.
type stuck struct {
	*botscript.Server
	event id.EventID
}

func (s stuck) Read(ctx context.Context, e bot.RawEvent) (bot.Event, error) {
	if e.ID == s.event {
		<-ctx.Done()
		return bot.Event{}, ctx.Err()
	}
	return s.Server.Read(ctx, e)
}

// TestStuckRead: a homeserver that never answers a question about an event doesn't hold its worker up.
func TestStuckRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.router.Text(bot.HandlerFunc(echo))
	w.transport = stuck{w.server, "$stuck"}
	w.opts.Lease, w.opts.Workers, w.opts.MaxAttempts = 100*time.Millisecond, 1, 2
	w.start()
	w.deliver(
		bot.Event{ID: "$stuck", Kind: bot.Text, Room: direct, Sender: anna, Text: "stuck"},
		bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "next"})
	w.settle()
	if diff := cmp.Diff([]string{"echo next"}, w.server.Texts(direct)); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
}

// TestGiveUp: a post is given up for its age only after some attempts, whatever was wrong: one that
// waited while the bot was away is tried again, one whose fate stays unknown doesn't hold up its room
// for ever.
func TestGiveUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.server.Faults = func(o bot.Outgoing, n int) botscript.Fault {
		switch {
		case o.Text == "late" && n < 3:
			return botscript.Fault{Refuse: &bot.SendError{}}
		case o.Text == "never":
			return botscript.Fault{Refuse: &bot.SendError{Unknown: true}}
		}
		return botscript.Fault{}
	}
	w.exec(`INSERT INTO outbox (txn, room_id, kind, post, due_at, created_at)
		SELECT text, $1, 'msg', jsonb_build_object('text', text), now() - interval '4 days', now() - interval '4 days'
		FROM unnest('{late,never,next}'::text[]) AS t (text)`, direct)
	w.start()
	w.settle()
	if diff := cmp.Diff([]string{"late", "next"}, w.server.Texts(direct)); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
	states := query[string](w, `SELECT state FROM outbox ORDER BY seq`)
	if want := []string{"sent", "parked", "sent"}; !slices.Equal(states, want) {
		t.Errorf("states: got %v, want %v", states, want)
	}
}

// TestKeysOfOtherRooms: a key wakes the messages of its room only, or a room full of unreadable ones
// would cost all others time.
func TestKeysOfOtherRooms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var reads, others atomic.Int32
	w.server.ReadError = func(event id.EventID) error {
		if event == "$here" {
			reads.Add(1)
		} else {
			others.Add(1)
		}
		return nil
	}
	w.opts.KeyGrace, w.opts.KeyRequest, w.opts.KeyWait = time.Millisecond, time.Hour, time.Hour
	w.start()
	for event, place := range map[id.EventID]id.RoomID{"$here": direct, "$elsewhere": room} {
		e := bot.Event{ID: event, Kind: bot.Text, Room: place, Sender: anna, Text: "secret"}
		if _, err := w.server.DeliverEncrypted(t.Context(), "k", e); err != nil {
			t.Fatal(err)
		}
	}
	waiting := func(n int) func() bool {
		return func() bool {
			return query[int](w, `SELECT count(*)::int FROM inbox WHERE state = 'nokey' AND claimed_until IS NULL`)[0] == n
		}
	}
	w.eventually("both wait", waiting(2))
	before, elsewhere := reads.Load(), others.Load()
	w.bot.Inbox().KeysArrived(direct)
	w.eventually("the one is tried again", func() bool { return reads.Load() > before })
	w.eventually("both wait", waiting(2))
	if got := others.Load(); got != elsewhere {
		t.Errorf("the other one was tried %d times more, want 0", got-elsewhere)
	}
}
