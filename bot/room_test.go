package bot_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
	"lotse/internal/botscript"
)

// TestInvitations: the allowed are followed, others declined, too many declined; a room that nobody
// invited to gets no answers.
func TestInvitations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.router.Text(bot.HandlerFunc(echo))
	w.opts.InvitesPerInviter = 2
	w.start()
	invite := func(room id.RoomID, by id.UserID) bot.Event {
		return bot.Event{ID: id.EventID("lotse:invite:" + string(room)), Kind: bot.Invited, Room: room, Sender: by, Direct: true}
	}
	w.deliver(invite("!a", anna), invite("!b", "@stranger:elsewhere.org"), invite("!c", anna), invite("!d", anna), invite("!e", bob))
	w.settle()
	state := w.server.State()
	if got, want := len(state.Joined), 3; got != want {
		t.Errorf("joined: got %v, want %d rooms", state.Joined, want)
	}
	if got, want := len(state.Left), 2; got != want {
		t.Errorf("declined: got %v, want %d rooms", state.Left, want)
	}
	w.say("!e", bob, "hello")
	w.say("!b", bob, "hello")
	w.say("!unknown:example.org", bob, "hello")
	if diff := cmp.Diff([]string{"echo hello"}, w.server.Texts("!e")); diff != "" {
		t.Errorf("posts in the accepted room (-want +got):\n%s", diff)
	}
	if got := len(w.server.Sent()); got != 1 {
		t.Errorf("posts in all: got %d, want 1", got)
	}
}

// TestUpgrade: settings, timers, open questions and posts that wait move to the new room; handlers are
// told, and the new room isn't welcomed again.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	const upgraded = id.RoomID("!upgraded:example.org")
	w := newWorld(t)
	settings := bot.NewSettingsStore(w.pool)
	w.router.Text(bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
		r.SetTimer(bot.Timer{Key: "t", Handler: "alarm", Due: w.opts.Now().Add(time.Hour), Room: m.Room})
		r.Say(bot.Post{Text: "which?", Ask: &bot.Ask{
			Handler: "q", Words: true, Options: []bot.Option{{Key: "1️⃣", Label: "one", Value: "1"}},
		}})
		r.Change(func(ctx context.Context, tx pgx.Tx) error {
			return settings.SetSettingsTx(ctx, tx, m.Room, bot.Settings{InTimeline: true, Town: "Detmold"})
		})
		return nil
	}))
	say := func(text string) bot.HandlerFunc {
		return func(_ context.Context, _ bot.Message, r *bot.Reply) error {
			r.Post(bot.Place{Room: upgraded}, bot.Post{Text: text})
			return nil
		}
	}
	w.router.Choice("q", say("chosen"))
	w.router.Timer("alarm", say("alarm"))
	w.router.On(bot.Moved, say("moved"))
	w.router.On(bot.Joined, say("welcome"))
	leap := time.Duration(0)
	w.opts.Now = func() time.Time { return time.Now().Add(leap) }
	w.start()
	w.deliver(bot.Event{Kind: bot.Text, Room: room, Sender: anna, Text: "go", Mentioned: true})
	w.settle()
	w.deliver(bot.Event{Kind: bot.Moved, Room: room, Sender: anna, NewRoom: upgraded})
	w.settle()
	w.deliver(bot.Event{Kind: bot.Joined, Room: upgraded})
	w.deliver(bot.Event{Kind: bot.Text, Room: upgraded, Sender: anna, Text: "1"})
	w.settle()
	if got, err := settings.Settings(t.Context(), upgraded); err != nil || got.Town != "Detmold" {
		t.Errorf("settings of the new room: got %+v, %v, want those of the old one", got, err)
	}
	w.stop()
	leap = 2 * time.Hour
	w.start()
	w.settle()
	if diff := cmp.Diff([]string{"moved", "chosen", "alarm"}, w.server.Texts(upgraded)); diff != "" {
		t.Errorf("posts in the new room (-want +got):\n%s", diff)
	}
	if got := w.server.State().Joined; len(got) != 1 || got[0] != upgraded {
		t.Errorf("joined: got %v, want the new room", got)
	}
	w.say(room, anna, "!lotse still there?")
	if got, want := len(w.server.Texts(room)), 2; got != want { // the question and its option
		t.Errorf("posts in the old room: got %d, want %d", got, want)
	}
}

// TestKicked: what was to be sent is given up, timers rest; a timer that was due just then comes back.
func TestKicked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.router.Timer("alarm", bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
		r.Say(bot.Post{Text: "alarm"})
		return nil
	}))
	w.exec(`INSERT INTO outbox (txn, room_id, kind, post, attempt, due_at, created_at)
		VALUES ('later', $1, 'msg', '{"text": "later"}', 1, now() + interval '1 hour', now())`, room)
	w.exec(`INSERT INTO inbox (event_id, room_id, raw, due_at, received_at) VALUES ('$left', $1, $2, now(), now())`,
		room, []byte(`{"Event": {"Kind": "left"}}`))
	w.exec(`INSERT INTO timers (key, handler, due_at, room_id) VALUES ('t', 'alarm', now(), $1)`, room)
	w.start()
	w.settle()
	if got := len(w.server.Sent()); got != 0 {
		t.Errorf("posts to a room that the bot was put out of: got %d, want 0", got)
	}
	if diff := cmp.Diff([]string{"t"}, query[string](w, `SELECT key FROM timers`)); diff != "" {
		t.Errorf("timers (-want +got):\n%s", diff)
	}
	w.deliver(bot.Event{Kind: bot.Joined, Room: room})
	w.settle()
	w.eventually("the timer fires", func() bool { return len(w.server.Sent()) == 1 })
}

// TestManyTimers: timers due in the same minute fire once each, though the process is replaced in the
// middle.
func TestManyTimers(t *testing.T) {
	t.Parallel()
	const n = 1200
	w := newWorld(t)
	w.router.Timer("alarm", bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
		r.Change(func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO effects VALUES ($1, $2)`, m.ID, m.Timer.Key)
			return err
		})
		return nil
	}))
	w.exec(`INSERT INTO timers (key, handler, due_at, room_id)
		SELECT 'k' || g, 'alarm', now() - interval '1 day', '!r' || g % 50 FROM generate_series(1, $1::int) g`, n)
	died := w.dieAt("handle.after")
	w.start()
	<-died
	w.opts.Fail = nil
	w.abandon()
	w.start()
	w.settle()
	got := query[string](w, `SELECT count(*) || ' ' || count(DISTINCT text) FROM effects`)[0]
	if want := "1200 1200"; got != want {
		t.Errorf("timers fired, different ones: got %s, want %s", got, want)
	}
}

// TestGarbage: what PostgreSQL can't hold, and what is far too long, neither stops the inbox nor goes
// unanswered where a person waits.
func TestGarbage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.router.Text(bot.HandlerFunc(echo))
	w.start()
	w.deliver(
		bot.Event{ID: "$\x00", Kind: bot.Text, Room: direct, Sender: anna, Text: "bad id"},
		bot.Event{ID: id.EventID("$" + strings.Repeat("x", 3000)), Kind: bot.Text, Room: direct, Sender: anna},
		bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "nul \x00 and \xff\xfe bytes \u202e"},
		bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: strings.Repeat("ä", 1<<20)},
		bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Thread: "$\x00", ReplyTo: "$\xff", Text: "odd ids"},
		bot.Event{Kind: bot.Text, Room: direct, Sender: "@\x00:x", Text: "nobody"},
		bot.Event{Kind: bot.Reacted, Room: direct, Sender: anna, Target: "$\x00", Key: "\x00"},
		bot.Event{Kind: "nonsense", Room: direct, Sender: anna},
		bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "last"})
	w.settle()
	got := w.server.Texts(direct)
	want := []string{"echo nul  and �� bytes \u202e", "Diese Nachricht ist mir zu lang. …", "echo odd ids", "echo last"}
	if len(got) != len(want) {
		t.Fatalf("posts: got %q, want %q", got, want)
	}
	for i := range want {
		if !botscript.Matches(got[i], want[i]) {
			t.Errorf("post %d: got %q, want %q", i, got[i], want[i])
		}
	}
}

// TestLanguageOfPerson: what a person fixed goes before what is said, until it is forgotten.
func TestLanguageOfPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	settings := bot.NewSettingsStore(w.pool)
	w.router.Text(bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
		r.Say(bot.Post{Text: m.Lang + " " + m.TextLang})
		return nil
	}))
	w.opts.Detect = func(string) string { return "en" }
	w.start()
	w.say(direct, anna, "hello")
	in := func(change func(tx pgx.Tx) error) {
		t.Helper()
		if err := pgx.BeginFunc(t.Context(), w.pool, change); err != nil {
			t.Fatal(err)
		}
	}
	in(func(tx pgx.Tx) error { return settings.SetLangTx(t.Context(), tx, anna, "uk") })
	w.say(direct, anna, "hello")
	if got, err := settings.Lang(t.Context(), anna); got != "uk" || err != nil {
		t.Errorf("Lang: got %q, %v, want uk", got, err)
	}
	in(func(tx pgx.Tx) error { return settings.ForgetTx(t.Context(), tx, anna) })
	w.say(direct, anna, "hello")
	if diff := cmp.Diff([]string{"en en", "uk en", "en en"}, w.server.Texts(direct)); diff != "" {
		t.Errorf("languages (-want +got):\n%s", diff)
	}
	in(func(tx pgx.Tx) error {
		if err := settings.SetSettingsTx(t.Context(), tx, "!nowhere", bot.Settings{}); err == nil {
			t.Error("settings of an unknown room: no error")
		}
		return nil
	})
}

// TestRoles: who may do what comes from the configuration, the coordination room and the power level.
func TestRoles(t *testing.T) {
	t.Parallel()
	const staff = id.RoomID("!staff:example.org")
	w := newWorld(t)
	names := map[bot.Role]string{
		bot.Guest: "guest", bot.User: "user", bot.Moderator: "moderator",
		bot.Coordinator: "coordinator", bot.Administrator: "administrator",
	}
	w.router.Text(bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
		r.Say(bot.Post{Text: names[m.Role]})
		return nil
	}))
	w.opts.CoordinationRoom = "!old-staff:example.org" // it was upgraded once
	w.exec(`INSERT INTO rooms (room_id, state, moved_to) VALUES ('!old-staff:example.org', 'moved', $1)`, staff)
	w.opts.Administrators = []id.UserID{"@root:example.org"}
	w.server.SetMember(staff, carla, true)
	w.server.SetPower(room, bob, 50)
	w.start()
	for _, who := range []id.UserID{"@x:elsewhere.org", anna, bob, carla, "@root:example.org"} {
		w.say(room, who, "!lotse who am I")
	}
	want := []string{"guest", "user", "moderator", "coordinator", "administrator"}
	if diff := cmp.Diff(want, w.server.Texts(room)); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
}
