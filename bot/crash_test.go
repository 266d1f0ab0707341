package bot_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lotse/bot"
	"lotse/internal/botscript"
)

// TestItDiesAfter lets a process die at each point of a message's way, and checks that the next one
// answers once, and that what the handler stored is there once.
func TestItDiesAfter(t *testing.T) {
	t.Parallel()
	for _, point := range bot.FailPoints() {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.router.Text(bot.HandlerFunc(echo))
			died := w.dieAt(point)
			w.start()
			event := bot.Event{ID: "$question", Kind: bot.Text, Room: direct, Sender: anna, Text: "hello"}
			go w.server.Deliver(t.Context(), event) //nolint:errcheck // dies in some of the cases
			<-died

			w.opts.Fail = nil
			w.abandon()
			w.start()
			w.deliver(event) // what a homeserver does whose batch was not acknowledged
			w.settle()
			w.deliver()
			w.settle()
			if diff := cmp.Diff([]string{"echo hello"}, w.server.Texts(direct)); diff != "" {
				t.Errorf("posts after the crash (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"hello"}, query[string](w, `SELECT text FROM effects`)); diff != "" {
				t.Errorf("effects after the crash (-want +got):\n%s", diff)
			}
		})
	}
}

// TestForgetfulServer is the case that transaction IDs alone don't cover: the process dies after the
// PUT, and the homeserver doesn't know the transaction ID any more (Dendrite after a restart). Only
// waiting for the echo keeps the answer single; without that the same test sees two.
func TestForgetfulServer(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name        string
		noReconcile bool
		want        []string
	}{
		{"reconciled", false, []string{"echo hello"}},
		{"not reconciled", true, []string{"echo hello", "echo hello"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.router.Text(bot.HandlerFunc(echo))
			w.server.Faults = func(bot.Outgoing, int) botscript.Fault { return botscript.Fault{Forget: true} }
			w.opts.NoReconcile = tc.noReconcile
			died := w.dieAt("put.after")
			w.start()
			w.deliver(bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "hello"})
			<-died

			w.opts.Fail = nil
			w.abandon()
			w.start()
			if tc.noReconcile { // before the echo comes
				w.eventually("it is sent again", func() bool { return len(w.server.Sent()) == 2 })
			}
			w.settle()
			if diff := cmp.Diff(tc.want, w.server.Texts(direct)); diff != "" {
				t.Errorf("posts after the crash (-want +got):\n%s", diff)
			}
		})
	}
}

// TestInnocentOfCrashes: a message that a process died with is handled as if for the first time; one
// that many died with is parked, with an apology, so that it can't kill for ever.
func TestInnocentOfCrashes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var attempts []int
	w.router.Text(bot.HandlerFunc(func(ctx context.Context, m bot.Message, r *bot.Reply) error {
		attempts = append(attempts, m.Attempt)
		return echo(ctx, m, r)
	}))
	died := w.dieAt("claim.after")
	w.start()
	w.deliver(bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "hello"})
	<-died
	w.opts.Fail = nil
	w.abandon()
	w.start()
	w.settle()
	if diff := cmp.Diff([]int{1}, attempts); diff != "" {
		t.Errorf("attempts after one crash (-want +got):\n%s", diff)
	}
	w.stop()

	w.start()
	w.deliver(bot.Event{Kind: bot.Ignored, Room: room}) // the bot runs now
	w.settle()
	w.stop()
	w.server.Connect(w.bot.Inbox())
	w.deliver(bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "killer"})
	w.exec(`UPDATE inbox SET crashes = 9, claimed_until = now() WHERE state = 'new'`)
	w.start()
	w.settle()
	texts := w.server.Texts(direct)
	if got, want := len(texts), 2; got != want || !strings.HasPrefix(texts[1], "Da ist bei mir etwas schiefgegangen") {
		t.Errorf("posts: got %q, want the first answer and an apology", texts)
	}
}

// TestLateWorker: a worker whose lease is gone has no effect, though its handler goes on.
func TestLateWorker(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.router.Text(bot.HandlerFunc(echo))
	died := w.dieAt("handle.after")
	w.start()
	w.deliver(bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "hello"})
	<-died
	late, stopLate := w.revive, w.stop
	w.opts.Fail = nil
	w.abandon()
	w.start()
	w.settle()
	late()
	stopLate()
	w.settle()
	if diff := cmp.Diff([]string{"echo hello"}, w.server.Texts(direct)); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"hello"}, query[string](w, `SELECT text FROM effects`)); diff != "" {
		t.Errorf("effects (-want +got):\n%s", diff)
	}
}
