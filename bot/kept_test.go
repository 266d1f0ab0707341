package bot_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
)

// TestDeletedElsewhere: a redaction reaches only messages of its own room, and no made-up events.
func TestDeletedElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`INSERT INTO inbox (event_id, room_id, raw, timer, due_at, received_at) VALUES
		('$here', $1, '{}', NULL, now(), now()),
		('$there', $2, '{}', NULL, now(), now()),
		('lotse:due:1', $1, NULL, '{"key": "t"}', now(), now())`, room, direct)
	inbox := bot.New(w.pool, w.server, w.router, w.opts).Inbox()
	err := inbox.Accept(t.Context(), bot.Batch{Token: "t", Deleted: []bot.Deletion{
		{Room: room, Target: "$here"}, {Room: room, Target: "$there"}, {Room: room, Target: "lotse:due:1"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	got := query[string](w, `SELECT event_id FROM inbox WHERE state = 'new' ORDER BY seq`)
	if diff := cmp.Diff([]string{"$there", "lotse:due:1"}, got); diff != "" {
		t.Errorf("what is still to be handled (-want +got):\n%s", diff)
	}
}

// TestDeletedByBot: another bot is never answered, but what it deletes is deleted here, too.
func TestDeletedByBot(t *testing.T) {
	t.Parallel()
	const moderator = id.UserID("@draupnir:example.org")
	w := newWorld(t)
	w.router.Text(bot.HandlerFunc(echo))
	w.router.On(bot.Deleted, bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
		r.Say(bot.Post{Text: "deleted " + string(m.Target)})
		return nil
	}))
	w.opts.Bots = []id.UserID{moderator}
	w.start()
	ids := w.deliver(bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "hello"})
	w.settle()
	w.say(direct, moderator, "hello")
	w.deliver(bot.Event{Kind: bot.Deleted, Room: direct, Sender: moderator, Target: ids[0]})
	w.settle()
	if diff := cmp.Diff([]string{"echo hello", "deleted " + string(ids[0])}, w.server.Texts(direct)); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
}

// TestKeyBeforeRestart: a key that came just before the process ended is noticed by the next one.
func TestKeyBeforeRestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.router.Text(bot.HandlerFunc(echo))
	w.router.On(bot.Unreadable, bot.HandlerFunc(func(context.Context, bot.Message, *bot.Reply) error { return nil }))
	w.opts.KeyGrace, w.opts.KeyRequest, w.opts.KeyWait = time.Millisecond, time.Millisecond, 5*time.Millisecond
	w.start()
	e := bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "late"}
	if _, err := w.server.DeliverEncrypted(t.Context(), "k", e); err != nil {
		t.Fatal(err)
	}
	w.eventually("the person is told", func() bool { return query[bool](w, `SELECT told FROM inbox`)[0] })
	w.stop()
	w.server.GiveKey("k") // to the bot that is gone
	w.start()
	w.eventually("it is answered", func() bool { return len(w.server.Sent()) == 1 })
}

// TestGroup: a room with others in it is no direct chat, though the invitation says so.
func TestGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.router.Text(bot.HandlerFunc(echo))
	w.router.On(bot.Joined, bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
		text := "welcome, all"
		if m.InDirect {
			text = "welcome"
		}
		r.Say(bot.Post{Text: text})
		return nil
	}))
	w.start()
	for room, alone := range map[id.RoomID]bool{"!alone": true, "!group": false} {
		w.deliver(bot.Event{ID: id.EventID("lotse:invite:" + string(room)), Kind: bot.Invited, Room: room, Sender: anna, Direct: true})
		w.settle()
		w.deliver(bot.Event{Kind: bot.Joined, Room: room, Direct: alone})
		w.say(room, anna, "hello")
	}
	got := [][]string{w.server.Texts("!alone"), w.server.Texts("!group")}
	if diff := cmp.Diff([][]string{{"welcome", "echo hello"}, {"welcome, all"}}, got); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
}

// TestJoinedBeforeMoved: the new room isn't welcomed though the bot is seen in it before the old one
// is known to have moved, and the settings come along.
func TestJoinedBeforeMoved(t *testing.T) {
	t.Parallel()
	const upgraded = id.RoomID("!upgraded:example.org")
	w := newWorld(t)
	w.router.On(bot.Joined, bot.HandlerFunc(func(_ context.Context, _ bot.Message, r *bot.Reply) error {
		r.Say(bot.Post{Text: "welcome"})
		return nil
	}))
	w.exec(`UPDATE rooms SET settings = '{"town": "Detmold"}' WHERE room_id = $1`, room)
	w.start()
	w.deliver(bot.Event{Kind: bot.Joined, Room: upgraded, OldRoom: room})
	w.settle()
	w.deliver(bot.Event{Kind: bot.Moved, Room: room, Sender: anna, NewRoom: upgraded})
	w.settle()
	w.deliver(bot.Event{Kind: bot.Joined, Room: "!other:example.org", OldRoom: "!unknown:example.org"})
	w.settle()
	if got := w.server.Texts(upgraded); len(got) != 0 {
		t.Errorf("posts in the new room: got %q, want none", got)
	}
	if got := w.server.Texts("!other:example.org"); len(got) != 1 {
		t.Errorf("posts in a room whose old one isn't known: got %q, want a welcome", got)
	}
	if got, err := bot.NewSettingsStore(w.pool).Settings(t.Context(), upgraded); err != nil || got.Town != "Detmold" {
		t.Errorf("settings: got %+v, %v, want those of the old room", got, err)
	}
}

// TestUpgradeTakesAlong: posts that were refused once, and the options of a question, move to the new
// room like those that weren't tried.
func TestUpgradeTakesAlong(t *testing.T) {
	t.Parallel()
	const upgraded = id.RoomID("!upgraded:example.org")
	w := newWorld(t)
	w.exec(`INSERT INTO outbox (txn, room_id, kind, priority, target, key, post, attempt, due_at, created_at) VALUES
		('refused', $1, 'msg', 0, '', '', '{"text": "refused"}', 1, now() + interval '1 hour', now()),
		('question', $1, 'msg', 0, '', '', '{"text": "question"}', 0, now(), now()),
		('edit', $1, 'edit', 0, 'question', '', '{"text": "edited"}', 0, now(), now()),
		('old', $1, 'edit', 0, '$old', '', '{"text": "old"}', 0, now(), now()),
		('option', $1, 'react', 1, 'question', '1', NULL, 0, now(), now())`, room)
	w.exec(`INSERT INTO inbox (event_id, room_id, raw, due_at, received_at) VALUES ('$moved', $1, $2, now(), now())`,
		room, []byte(`{"Event": {"Kind": "moved", "Sender": "@anna:example.org", "NewRoom": "`+string(upgraded)+`"}}`))
	leap := time.Duration(0)
	w.opts.Now = func() time.Time { return time.Now().Add(leap) }
	w.start()
	w.eventually("the room has moved", func() bool {
		return query[int](w, `SELECT count(*)::int FROM rooms WHERE state = 'moved'`)[0] == 1
	})
	w.stop()
	leap = 2 * time.Hour
	w.start()
	w.settle()
	if diff := cmp.Diff([]string{"refused", "question", "edited", "[1]"}, w.server.Texts(upgraded)); diff != "" {
		t.Errorf("posts in the new room (-want +got):\n%s", diff)
	}
}

// TestNothingKept: what a handler kept with a question goes when it is answered or closed, and with it
// whoever was asked when that person is to be forgotten.
func TestNothingKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.router.Text(bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
		r.Say(bot.Post{Text: "which?", Ask: &bot.Ask{
			Handler: "q", Words: true, Person: m.Sender, Data: json.RawMessage(`"secret"`),
			Options: []bot.Option{{Key: "1️⃣", Label: "one", Value: "1"}},
		}})
		return nil
	}))
	w.router.Choice("q", bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
		r.Say(bot.Post{Text: "chosen " + string(m.Choice.Data)})
		return nil
	}))
	w.start()
	w.say(direct, anna, "go")
	w.say(direct, anna, "1")
	if got := query[int](w, `SELECT count(*)::int FROM choices WHERE data IS NOT NULL`)[0]; got != 0 {
		t.Errorf("data of answered questions: got %d, want 0", got)
	}
	if diff := cmp.Diff([]string{"which?", "[1️⃣]", `chosen "secret"`}, w.server.Texts(direct)); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
	w.say(direct, anna, "go")
	err := pgx.BeginFunc(t.Context(), w.pool, func(tx pgx.Tx) error {
		return bot.NewSettingsStore(w.pool).ForgetTx(t.Context(), tx, anna)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := query[int](w, `SELECT count(*)::int FROM choices WHERE $1 IN (asker, person) OR data IS NOT NULL`, anna)[0]; got != 0 {
		t.Errorf("questions that name a forgotten person: got %d, want 0", got)
	}
}
