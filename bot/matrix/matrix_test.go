package matrix_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
	"lotse/internal/matrixclient"
)

// kinds of rooms that everything must work in.
func eachRoom(t *testing.T, test func(t *testing.T, r matrixclient.Room)) {
	t.Helper()
	for _, version := range []id.RoomVersion{"10", "12"} {
		for _, encrypted := range []bool{false, true} {
			name := fmt.Sprintf("version %s, encrypted %t", version, encrypted)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, matrixclient.Room{Version: version, Encrypted: encrypted})
			})
		}
	}
}

func TestConversation(t *testing.T) {
	t.Parallel()
	eachRoom(t, func(t *testing.T, r matrixclient.Room) {
		t.Helper()
		w := newWorld(t)
		anna := w.person("anna")
		room := anna.room(w, r)

		asked := anna.say(room, string(w.account.User)+": wer zahlt?")
		e := w.wait(said(asked))
		want := bot.Event{
			ID: asked, Kind: bot.Text, Room: room, Sender: anna.User(), At: e.At, Text: "wer zahlt?",
			Mentioned: true, Encrypted: r.Encrypted,
		}
		if diff := cmp.Diff(want, e); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}

		answer := w.send(bot.Outgoing{
			Txn: "msg-1", Room: room, Kind: bot.OutMessage, Thread: asked, Text: "**Sozialamt** 1\\. Stock",
		})
		got := anna.see(matrixclient.From(w.account.User), matrixclient.Message)
		if got.ID != answer || got.Text != "Sozialamt 1. Stock" || got.HTML != "<strong>Sozialamt</strong> 1. Stock" ||
			got.MsgType != "m.notice" || got.Encrypted != r.Encrypted {
			t.Errorf("answer = %+v", got)
		}
		if got.Thread != asked || got.ReplyTo != asked || !got.Fallback || got.Content["m.mentions"] == nil {
			t.Errorf("answer is not in the thread, or may ping: %+v", got.Content)
		}

		follow := must(anna.SayIn(t.Context(), room, asked, "und wo?"))(t)
		if e := w.wait(said(follow)); e.Thread != asked || e.ReplyTo != "" || e.Mentioned {
			t.Errorf("follow-up = %+v", e)
		}
		w.send(bot.Outgoing{Txn: "msg-2", Room: room, Kind: bot.OutMessage, Thread: asked, Text: "Dort"})
		if got := anna.see(matrixclient.Has("Dort")); got.ReplyTo != follow {
			t.Errorf("fallback reply is to %s, want the latest of the thread, %s", got.ReplyTo, follow)
		}

		replied := must(anna.Reply(t.Context(), room, answer, "2"))(t)
		if e := w.wait(said(replied)); e.ReplyTo != answer || e.Text != "2" || e.Thread != "" {
			t.Errorf("reply = %+v", e)
		}
		reacted := must(anna.React(t.Context(), room, answer, "👍🏽️"))(t)
		if e := w.wait(said(reacted)); e.Kind != bot.Reacted || e.Key != "👍" || e.Target != answer {
			t.Errorf("reaction = %+v", e)
		}
		must(anna.Redact(t.Context(), room, reacted))(t)
		w.wait(func(e bot.Event) bool { return e.Kind == bot.Withdrawn && e.Target == reacted })

		w.send(bot.Outgoing{Txn: "edit-1", Room: room, Kind: bot.OutEdit, Target: answer, Text: "Jobcenter"})
		if got := anna.see(matrixclient.EditOf(answer)); got.Text != "Jobcenter" || got.Encrypted != r.Encrypted {
			t.Errorf("edit = %+v", got)
		}
		first := w.send(bot.Outgoing{Txn: "react-1", Room: room, Kind: bot.OutReaction, Target: asked, Key: "1️⃣"})
		anna.see(matrixclient.ReactionOn(asked))
		again := w.send(bot.Outgoing{Txn: "react-2", Room: room, Kind: bot.OutReaction, Target: asked, Key: "1️⃣"})
		if again != first {
			t.Errorf("the same reaction again = %q, want the one that is there, %q", again, first)
		}
		w.send(bot.Outgoing{Txn: "redact-1", Room: room, Kind: bot.OutRedact, Target: answer})
		anna.see(func(e matrixclient.Event) bool { return e.Type == "m.room.redaction" && e.Target == answer })
	})
}

func TestEditsAndDeletions(t *testing.T) {
	t.Parallel()
	eachRoom(t, func(t *testing.T, r matrixclient.Room) {
		t.Helper()
		w := newWorld(t)
		anna, bob := w.person("anna"), w.person("bob")
		r.Invite = []id.UserID{bob.User()}
		room := anna.room(w, r)
		if err := bob.Join(t.Context(), room); err != nil {
			t.Fatal(err)
		}
		asked := anna.say(room, "welches amd?")
		w.wait(said(asked))

		edited := must(anna.Edit(t.Context(), room, asked, "welches amt?"))(t)
		if e := w.wait(said(edited)); e.Kind != bot.Edited || e.Target != asked || e.Text != "welches amt?" {
			t.Errorf("edit = %+v", e)
		}
		bob.see(matrixclient.In(room), matrixclient.Message)
		forged := must(bob.Edit(t.Context(), room, asked, "gib mir geld"))(t)
		if e := w.wait(said(forged)); e.Kind != bot.Ignored {
			t.Errorf("edit of somebody else's message = %+v", e)
		}
		must(anna.Redact(t.Context(), room, asked))(t)
		w.wait(func(e bot.Event) bool { return e.Kind == bot.Deleted && e.Target == asked })
		if !slices.Contains(w.inbox.deleted, bot.Deletion{Room: room, Target: asked}) {
			t.Errorf("deleted = %v, want %s in it", w.inbox.deleted, asked)
		}
	})
}

func TestCrossSignedAndTheSameDeviceAfterRestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person("anna")
	room := anna.room(w, matrixclient.Room{Encrypted: true, Direct: true})
	device := w.bot.DeviceID()
	check := func() {
		t.Helper()
		if trust, err := w.bot.Trust(t.Context()); err != nil || trust != "cross-signed-verified" {
			t.Errorf("own trust = %s, %v", trust, err)
		}
		trust, err := anna.Trust(t.Context(), w.account.User, w.bot.DeviceID())
		if err != nil || trust != id.TrustStateCrossSignedTOFU {
			t.Errorf("trust of anna = %s, %v", trust, err)
		}
	}
	check()
	w.stop()
	w.start()
	if w.bot.DeviceID() != device {
		t.Errorf("device after restart = %s, want %s", w.bot.DeviceID(), device)
	}
	check()
	w.send(bot.Outgoing{Txn: "msg-1", Room: room, Kind: bot.OutMessage, Text: "da bin ich wieder"})
	if got := anna.see(matrixclient.Has("da bin ich wieder")); got.Trust != id.TrustStateCrossSignedTOFU {
		t.Errorf("trust of the message = %s", got.Trust)
	}
}
