package bot_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
	"lotse/internal/botscript"
)

// posts registers a handler that posts each line of what is said.
func posts(w *world) {
	w.router.Text(bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
		for line := range strings.SplitSeq(m.Text, "\n") {
			r.Say(bot.Post{Text: line})
		}
		return nil
	}))
}

// TestSendFaults: whatever goes wrong with sending, each post arrives once and in order.
func TestSendFaults(t *testing.T) {
	t.Parallel()
	lost := &bot.SendError{Unknown: true, Cause: errors.New("connection reset")}
	for _, tc := range []struct {
		name   string
		faults func(o bot.Outgoing, n int) botscript.Fault
	}{
		{"reply lost", func(_ bot.Outgoing, n int) botscript.Fault {
			if n == 1 {
				return botscript.Fault{Drop: lost}
			}
			return botscript.Fault{}
		}},
		{"reply lost and transaction forgotten", func(_ bot.Outgoing, n int) botscript.Fault {
			if n == 1 {
				return botscript.Fault{Drop: lost, Forget: true}
			}
			return botscript.Fault{Forget: true}
		}},
		{"request lost", func(_ bot.Outgoing, n int) botscript.Fault {
			if n <= 2 {
				return botscript.Fault{Refuse: lost, Forget: true}
			}
			return botscript.Fault{Forget: true}
		}},
		{"server away", func(_ bot.Outgoing, n int) botscript.Fault {
			if n <= 3 {
				return botscript.Fault{Refuse: &bot.SendError{Cause: errors.New("connection refused")}}
			}
			return botscript.Fault{}
		}},
		{"an error of another type", func(_ bot.Outgoing, n int) botscript.Fault {
			if n == 1 {
				return botscript.Fault{Drop: errors.New("who knows"), Forget: true}
			}
			return botscript.Fault{Forget: true}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			posts(w)
			w.server.Faults = tc.faults
			w.start()
			w.say(direct, anna, "1\n2\n3")
			w.say(direct, anna, "4")
			if diff := cmp.Diff([]string{"1", "2", "3", "4"}, w.server.Texts(direct)); diff != "" {
				t.Errorf("posts (-want +got):\n%s", diff)
			}
			if w.server.State().Overlap {
				t.Error("two posts of one room were under way at once")
			}
			if got := query[int](w, `SELECT count(*)::int FROM outbox WHERE post IS NOT NULL`)[0]; got != 0 {
				t.Errorf("texts kept after sending: got %d, want 0", got)
			}
		})
	}
}

// TestNotResentBeforeSync: a post of unknown fate isn't sent again while no /sync that began after its
// grace came back, and the transport is asked to hurry.
func TestNotResentBeforeSync(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	posts(w)
	w.server.Faults = func(_ bot.Outgoing, n int) botscript.Fault {
		return botscript.Fault{Forget: true, Drop: dropFirst(n)}
	}
	w.start()
	w.deliver(bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "hello"})
	w.eventually("the transport is told to hurry", func() bool { return w.server.State().Hurries > 1 })
	if diff := cmp.Diff([]string{"hello"}, w.server.Texts(direct)); diff != "" {
		t.Errorf("posts before a sync (-want +got):\n%s", diff)
	}
	w.settle() // brings the echo
	if diff := cmp.Diff([]string{"hello"}, w.server.Texts(direct)); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
}

func dropFirst(n int) error {
	if n == 1 {
		return &bot.SendError{Unknown: true, Cause: errors.New("timeout")}
	}
	return nil
}

// TestTooManyRequests: a rate limit holds up all rooms, or just the one it is for.
func TestTooManyRequests(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		roomOnly bool
		want     string
	}{
		{"all rooms", false, "!direct:example.org !room:example.org"},
		{"one room", true, "!room:example.org !direct:example.org"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			posts(w)
			limited := make(chan struct{})
			w.server.Faults = func(o bot.Outgoing, n int) botscript.Fault {
				if o.Room == direct && n == 1 {
					defer close(limited)
					return botscript.Fault{Refuse: &bot.SendError{
						RetryAfter: 300 * time.Millisecond, RoomOnly: tc.roomOnly, Cause: errors.New("429"),
					}}
				}
				return botscript.Fault{}
			}
			w.start()
			w.deliver(bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "a"})
			<-limited
			w.deliver(bot.Event{Kind: bot.Text, Room: room, Sender: anna, Text: "b", Mentioned: true})
			w.settle()
			var order []string
			for _, s := range w.server.Sent() {
				order = append(order, string(s.Room))
			}
			if got := strings.Join(order, " "); got != tc.want {
				t.Errorf("order of rooms: got %s, want %s", got, tc.want)
			}
		})
	}
}

// TestParkedPost: a post that can never be sent is given up together with those that refer to it;
// others of its room go on.
func TestParkedPost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.router.Text(bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
		root := r.Post(bot.Place{Room: m.Room}, bot.Post{Text: "refused"})
		r.Post(bot.Place{Room: m.Room, Thread: id.EventID(root)}, bot.Post{Text: "in its thread"})
		r.React(root, "👍")
		r.Edit(root, bot.Post{Text: "its edit"})
		r.Post(bot.Place{Room: m.Room}, bot.Post{Text: "another"})
		return nil
	}))
	w.server.Faults = func(o bot.Outgoing, _ int) botscript.Fault {
		if o.Text == "refused" {
			return botscript.Fault{Refuse: &bot.SendError{Final: true, Cause: errors.New("403")}}
		}
		return botscript.Fault{}
	}
	w.start()
	w.say(direct, anna, "go")
	if diff := cmp.Diff([]string{"another"}, w.server.Texts(direct)); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
	if got := query[int](w, `SELECT count(*)::int FROM outbox WHERE state = 'parked'`)[0]; got != 4 {
		t.Errorf("parked rows: got %d, want 4", got)
	}
}

// TestReferences: threads, edits, replies, reactions and deletions may refer to posts that aren't sent
// yet, and to those of an earlier message.
func TestReferences(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var first bot.Ref
	w.router.Text(bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
		if first != "" {
			r.Edit(first, bot.Post{Text: "card 2"})
			return nil
		}
		first = r.Post(bot.Place{Room: m.Room}, bot.Post{Text: "card"})
		r.Post(bot.Place{Room: m.Room, Thread: id.EventID(first)}, bot.Post{Text: "in thread", ReplyTo: first})
		r.React(first, "👍")
		r.Delete(r.Say(bot.Post{Text: "oops"}))
		return nil
	}))
	w.start()
	w.say(direct, anna, "go")
	w.say(direct, anna, "on")
	got := w.server.Sent()
	if len(got) != 6 {
		t.Fatalf("sent: got %d events, want 6: %v", len(got), got)
	}
	card := got[0].ID
	for _, check := range []struct {
		what      string
		got, want id.EventID
	}{
		{"thread", got[1].Thread, card},
		{"reply", got[1].ReplyTo, card},
		{"reaction", got[2].Target, card},
		{"deletion", got[4].Target, got[3].ID},
		{"edit", got[5].Target, card},
	} {
		if check.got != check.want {
			t.Errorf("target of the %s: got %s, want %s", check.what, check.got, check.want)
		}
	}
}

// TestLongPost: a post that doesn't fit an event is split between paragraphs, and an edit cut.
func TestLongPost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	paragraph := strings.Repeat("Wörter über Ämter ", 100)
	long := strings.TrimSpace(strings.Repeat(paragraph+"\n\n", 20))
	w.router.Text(bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
		r.Edit(r.Say(bot.Post{Text: long, Mentions: []id.UserID{anna}}), bot.Post{Text: long})
		return nil
	}))
	w.start()
	w.say(direct, anna, "go")
	sent := w.server.Sent()
	var whole []string
	for n, s := range sent {
		if len(s.Text) > 12_100 {
			t.Errorf("part %d: got %d bytes, want 12,000 at most", n, len(s.Text))
		}
		if s.Kind == bot.OutMessage {
			whole = append(whole, s.Text)
		}
	}
	if got := strings.Join(strings.Fields(strings.Join(whole, " ")), " "); got != strings.Join(strings.Fields(long), " ") {
		t.Error("the parts don't make up the text")
	}
	if got, want := fmt.Sprint(len(whole) > 2, len(sent[1].Mentions)), "true 0"; got != want {
		t.Errorf("several parts, mentions in the second: got %s, want %s", got, want)
	}
}

// TestStrayPost: a post that is being sent by nobody, since a process that is gone claimed it after the
// next one took over, is found and sent.
func TestStrayPost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	posts(w)
	w.server.Faults = func(_ bot.Outgoing, n int) botscript.Fault { return botscript.Fault{Drop: dropFirst(n)} }
	w.start()
	w.say(direct, anna, "before") // the process has taken over
	w.exec(`
INSERT INTO outbox (txn, room_id, kind, post, state, unknown_at, due_at, created_at)
VALUES ('stray', $1, 'msg', '{"text": "stray"}', 'sending', now() - interval '1 hour', now(), now())`, room)
	w.say(direct, anna, "after")
	if diff := cmp.Diff([]string{"stray"}, w.server.Texts(room)); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
}
