package ask_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
	"lotse/handlers/ask"
	"lotse/internal/botscript"
	"lotse/internal/pgtest"
)

const (
	anna = id.UserID("@anna:example.org")
	bob  = id.UserID("@bob:example.org")
)

// chat is a direct chat of anna with a bot whose clock can leap.
type chat struct {
	t       *testing.T
	server  *botscript.Server
	bot     *bot.Bot
	handler *ask.Handler
	pool    *pgxpool.Pool
	leap    atomic.Int64
	room    id.RoomID
}

func newChat(t *testing.T) *chat {
	t.Helper()
	c := &chat{t: t, server: botscript.NewServer(), pool: pgtest.New(t), room: "!anna:example.org"}
	clock := func() time.Time { return time.Now().Add(time.Duration(c.leap.Load())) }
	h, err := ask.New(ask.Options{Base: snapshotBase{smallSnapshot()}, DB: c.pool, Counselling: "counselling", Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	router := bot.NewRouter()
	h.Register(router)
	c.handler = h
	c.bot = bot.New(c.pool, c.server, router, bot.Options{
		User: botscript.User, Allow: func(id.UserID) bool { return true }, Detect: detect, Now: clock,
	})
	c.server.Connect(c.bot.Inbox())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.bot.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	c.exec(`INSERT INTO rooms (room_id, direct, partner, welcomed_at) VALUES ($1, true, $2, now())`, c.room, anna)
	return c
}

func (c *chat) exec(sql string, args ...any) {
	c.t.Helper()
	if _, err := c.pool.Exec(c.t.Context(), sql, args...); err != nil {
		c.t.Fatal(err)
	}
}

// do delivers an event of anna's and waits until it is dealt with.
func (c *chat) do(e bot.Event) id.EventID {
	c.t.Helper()
	if e.Room == "" {
		e.Room = c.room
	}
	if e.Sender == "" {
		e.Sender = anna
	}
	ids, err := c.server.Deliver(c.t.Context(), e)
	if err != nil {
		c.t.Fatal(err)
	}
	c.settle()
	return ids[0]
}

func (c *chat) settle() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 20*time.Second)
	defer cancel()
	if err := c.bot.Settle(ctx); err != nil {
		c.t.Fatal(err)
	}
}

func (c *chat) says(text string) id.EventID {
	c.t.Helper()
	return c.do(bot.Event{Kind: bot.Text, Text: text})
}

// reacts presses a reaction on the last post of the bot that offers it.
func (c *chat) reacts(key string) {
	c.t.Helper()
	var on id.EventID
	for _, e := range c.server.Sent() {
		if e.Kind == bot.OutReaction && strings.ReplaceAll(e.Key, "\uFE0F", "") == key {
			on = e.Target
		}
	}
	if on == "" {
		c.t.Fatalf("no post offers %s", key)
	}
	c.do(bot.Event{Kind: bot.Reacted, Key: key, Target: on})
}

func (c *chat) last() string {
	texts := c.said()
	return texts[len(texts)-1]
}

// said returns what the bot said, without reactions.
func (c *chat) said() []string {
	var out []string
	for _, e := range c.server.Sent() {
		if e.Kind != bot.OutReaction && e.Room == c.room {
			out = append(out, e.Text)
		}
	}
	return out
}

func (c *chat) count(table string) int {
	c.t.Helper()
	rows, err := c.pool.Query(c.t.Context(), `SELECT count(*) FROM `+pgx.Identifier{table}.Sanitize())
	if err != nil {
		c.t.Fatal(err)
	}
	n, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[int])
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

// stored returns everything that the tables hold, as text.
func (c *chat) stored(tables ...string) string {
	c.t.Helper()
	var all strings.Builder
	for _, table := range tables {
		rows, err := c.pool.Query(c.t.Context(), `SELECT t::text FROM `+pgx.Identifier{table}.Sanitize()+` t`)
		if err != nil {
			c.t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			c.t.Fatal(err)
		}
		all.WriteString(strings.Join(lines, "\n"))
	}
	return all.String()
}

// No word of a message is in the database once it is handled.
func TestWordsAreNotStored(t *testing.T) {
	t.Parallel()
	c := newChat(t)
	question := c.says("kein cent mehr da, sagt Frau Xylander aus Barntrup")
	c.says("geduldet, Aktenzeichen XYZ4711")
	c.do(bot.Event{Kind: bot.Edited, Target: question, Text: "kein cent mehr da, sagt Herr Qwertz aus Barntrup"})
	c.reacts("👎")
	all := c.stored("inbox", "outbox", "choices", "timers", "conversations", "turns", "feedback", "persons")
	for _, word := range []string{"cent", "Xylander", "xylander", "XYZ4711", "xyz4711", "Qwertz", "qwertz"} {
		if strings.Contains(all, word) {
			t.Errorf("%q is in the database: %s", word, all)
		}
	}
	if !strings.Contains(all, "05766012") {
		t.Error("the town isn't in the database: this test looks in the wrong place")
	}
}

// A deleted question leaves nothing behind.
func TestDeletionErasesWhatWasStored(t *testing.T) {
	t.Parallel()
	c := newChat(t)
	question := c.says("kein cent mehr da")
	c.reacts("1⃣")
	c.says("barntrup")
	if got := c.count("turns"); got != 3 {
		t.Fatalf("got %d turns, want 3", got)
	}
	c.do(bot.Event{Kind: bot.Deleted, Target: question})
	if turns, conversations := c.count("turns"), c.count("conversations"); turns != 0 || conversations != 0 {
		t.Errorf("got %d turns and %d conversations after the deletion, want none", turns, conversations)
	}
	var deleted int
	for _, e := range c.server.Sent() {
		if e.Kind == bot.OutRedact {
			deleted++
		}
	}
	if deleted != 3 {
		t.Errorf("got %d posts deleted, want 3", deleted)
	}
}

// When the first of two questions is edited or deleted, the second keeps what was said in it.
func TestChangesOfEarlierQuestions(t *testing.T) {
	t.Parallel()
	c := newChat(t)
	first := c.says("sein papier läuft ab, barntrup")
	c.says("kein cent mehr da, geduldet")
	if got := c.last(); !strings.Contains(got, "**Sozialamt Barntrup**") {
		t.Fatalf("got %q, want the office of the town that was said before", got)
	}
	c.do(bot.Event{Kind: bot.Edited, Target: first, Text: "sein papier läuft ab, detmold"})
	if got := c.last(); !strings.Contains(got, "**Ausländerbehörde Stadt Detmold**") {
		t.Errorf("got %q, want the edited answer", got)
	}
	c.says("kein cent mehr da")
	if got := c.last(); !strings.Contains(got, "**Sozialamt Detmold**") {
		t.Errorf("got %q, want the office of the town as edited", got)
	}
	c.do(bot.Event{Kind: bot.Deleted, Target: first})
	c.says("sein papier läuft ab")
	if got := c.last(); !strings.Contains(got, "In welcher Stadt") {
		t.Errorf("got %q, want the question for the town that was deleted", got)
	}
	if all := c.stored("conversations"); !strings.Contains(all, "tolerated") {
		t.Errorf("the status that was said in the other question is no longer in %s", all)
	}
}

// Nobody can change what somebody else said.
func TestOthersCannotEdit(t *testing.T) {
	t.Parallel()
	c := newChat(t)
	c.room = "!team:example.org"
	c.exec(`INSERT INTO rooms (room_id, welcomed_at) VALUES ($1, now())`, c.room)
	question := c.do(bot.Event{Kind: bot.Text, Mentioned: true, Text: "ein papier läuft ab, barntrup"})
	n := len(c.said())
	c.do(bot.Event{Kind: bot.Edited, Sender: bob, Target: question, Text: "ein papier läuft ab, detmold"})
	if got := c.said(); len(got) != n {
		t.Errorf("got %q after somebody else's edit, want silence", got[n:])
	}
}

// A conversation ends after a day of silence: what was known is forgotten, late choices are harmless,
// and the rows are gone without anybody saying a word.
func TestConversationExpires(t *testing.T) {
	t.Parallel()
	c := newChat(t)
	c.says("sein papier läuft ab, barntrup")
	c.says("kein cent mehr da")
	c.leap.Add(int64(25 * time.Hour))
	before := len(c.said())
	c.reacts("👍")
	c.reacts("👎")
	if got := len(c.said()); got != before {
		t.Errorf("feedback on a forgotten answer: got %q, want silence", c.last())
	}
	c.reacts("1⃣")
	if got, want := c.last(), "Diese Frage ist zu lange her. Bitte noch einmal fragen."; got != want {
		t.Errorf("choice in a forgotten question: got %q, want %q", got, want)
	}
	c.says("sein papier läuft ab")
	if got := c.last(); !strings.Contains(got, "In welcher Stadt") {
		t.Errorf("got %q, want the question for the town that was forgotten", got)
	}
	c.leap.Add(int64(3 * 24 * time.Hour))
	c.bot.Wake()
	c.settle()
	if got := c.count("conversations") + c.count("turns"); got != 0 {
		t.Errorf("got %d rows after three days of silence, want none", got)
	}
}

// Verdicts are counted once an answer, without the person.
func TestFeedbackIsCounted(t *testing.T) {
	t.Parallel()
	c := newChat(t)
	for range 2 {
		c.says("sein papier läuft ab, barntrup")
		c.reacts("👍")
		c.reacts("👍")
	}
	c.reacts("👎")
	c.reacts("1⃣")
	rows, err := c.pool.Query(t.Context(), `SELECT topic || ' ' || office || ' ' || verdict || ' ' || count FROM feedback ORDER BY verdict`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"tolerated-stay abh-kreis fits 2", "tolerated-stay abh-kreis misfit 1", "tolerated-stay abh-kreis office 1"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("-got +want:\n%s", diff)
	}
	if all := c.stored("feedback"); strings.Contains(all, "anna") || strings.Contains(all, "!") {
		t.Errorf("a person or room is in %s", all)
	}
}

// "Forget me" erases the conversations that a person was in, and no others.
func TestForget(t *testing.T) {
	t.Parallel()
	c := newChat(t)
	c.says("sein papier läuft ab, barntrup")
	c.exec(`INSERT INTO rooms (room_id, direct, partner, welcomed_at) VALUES ('!bob:example.org', true, $1, now())`, bob)
	c.do(bot.Event{Kind: bot.Text, Room: "!bob:example.org", Sender: bob, Text: "sein papier läuft ab, detmold"})
	err := pgx.BeginFunc(t.Context(), c.pool, func(tx pgx.Tx) error { return c.handler.ForgetTx(t.Context(), tx, anna) })
	if err != nil {
		t.Fatal(err)
	}
	all := c.stored("conversations", "turns")
	if strings.Contains(all, "anna") || strings.Contains(all, "05766012") {
		t.Errorf("anna is still in %s", all)
	}
	if !strings.Contains(all, "05766020") {
		t.Errorf("bob is no longer in %s", all)
	}
}

// An upgraded room goes on where it was; a room that the bot was kicked from is forgotten.
func TestRoomMovesAndEnds(t *testing.T) {
	t.Parallel()
	c := newChat(t)
	c.says("sein papier läuft ab")
	c.do(bot.Event{Kind: bot.Moved, NewRoom: "!new:example.org"})
	c.room = "!new:example.org"
	c.says("barntrup")
	if got := c.last(); !strings.Contains(got, "**Ausländerbehörde Kreis Lippe**") {
		t.Fatalf("got %q, want the answer to what was asked in the old room", got)
	}
	c.do(bot.Event{Kind: bot.Left})
	if got := c.count("conversations") + c.count("turns"); got != 0 {
		t.Errorf("got %d rows after the bot was kicked, want none", got)
	}
}

// In a client without threads, the answer comes as a reply beside the thread.
func TestAnswerBesideTheThread(t *testing.T) {
	t.Parallel()
	c := newChat(t)
	c.room = "!team:example.org"
	c.exec(`INSERT INTO rooms (room_id, welcomed_at) VALUES ($1, now())`, c.room)
	root := c.do(bot.Event{Kind: bot.Text, Mentioned: true, Text: "ein papier läuft ab"})
	question := c.server.Sent()[0].ID
	c.do(bot.Event{Kind: bot.Text, ReplyTo: question, Text: "barntrup"})
	sent := c.server.Sent()
	answers := 0
	for _, e := range sent {
		if e.Kind == bot.OutMessage && strings.Contains(e.Text, "**Ausländerbehörde Kreis Lippe**") {
			answers++
			if e.Thread != root {
				t.Errorf("the answer is in thread %q, want %q", e.Thread, root)
			}
		}
	}
	if answers != 1 {
		t.Errorf("got %d answers, want 1", answers)
	}
}

// A message of a megabyte gets one line, and so does one of garbage.
func TestHugeMessage(t *testing.T) {
	t.Parallel()
	c := newChat(t)
	c.says(strings.Repeat("kein cent mehr da in barntrup ", 1<<20/30))
	if got := c.said(); len(got) != 1 || !strings.Contains(got[0], "zu lang") {
		t.Errorf("a megabyte: got %q, want one line", got)
	}
	c.says("\x00\xff\xfe" + strings.Repeat("<div>", 500))
	if got := c.said(); len(got) != 2 || !strings.Contains(got[1], "nichts Verlässliches") {
		t.Errorf("garbage: got %q, want one line", got)
	}
}
