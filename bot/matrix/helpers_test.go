package matrix_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
	"lotse/bot/matrix"
	"lotse/internal/faultproxy"
	"lotse/internal/matrixclient"
	"lotse/internal/pgtest"
	"lotse/internal/synapse"
)

// patience is how long a test waits for something that must come.
const patience = 30 * time.Second

// inbox is a bot.Inbox in memory. It reads what it accepted, in order, and remembers both.
type inbox struct {
	mu      sync.Mutex
	token   string
	raw     []bot.RawEvent
	next    int // of raw, to be read
	read    []bot.Event
	echoes  []bot.Echo
	deleted []bot.Deletion
	changed chan struct{}
	fail    error // of the next Accept
	refuse  bool  // leave invitations alone
}

func newInbox() *inbox { return &inbox{changed: make(chan struct{})} }

func (in *inbox) Accept(_ context.Context, b bot.Batch) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if err := in.fail; err != nil {
		in.fail = nil
		return err
	}
	in.token = b.Token
	for _, e := range b.Events {
		if !slices.ContainsFunc(in.raw, func(have bot.RawEvent) bool { return have.ID == e.ID }) {
			in.raw = append(in.raw, e)
		}
	}
	in.echoes = append(in.echoes, b.Echoes...)
	in.deleted = append(in.deleted, b.Deleted...)
	in.wake()
	return nil
}

func (in *inbox) Token(context.Context) (string, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.token, nil
}

func (in *inbox) KeysArrived(...id.RoomID) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.wake()
}

func (in *inbox) wake() {
	close(in.changed)
	in.changed = make(chan struct{})
}

// work reads what comes in, and accepts invitations.
func (in *inbox) work(ctx context.Context, c *matrix.Client) {
	for {
		in.mu.Lock()
		changed := in.changed
		var e *bot.RawEvent
		if in.next < len(in.raw) {
			e = &in.raw[in.next]
		}
		in.mu.Unlock()
		if e != nil && in.handle(ctx, c, *e) {
			continue
		}
		select {
		case <-changed:
		case <-time.After(500 * time.Millisecond):
		case <-ctx.Done():
			return
		}
	}
}

func (in *inbox) handle(ctx context.Context, c *matrix.Client, e bot.RawEvent) bool {
	ev, err := c.Read(ctx, e)
	if err != nil {
		return false
	}
	in.mu.Lock()
	refuse := in.refuse
	in.mu.Unlock()
	if ev.Kind == bot.Invited && !refuse && c.Join(ctx, ev.Room, nil) != nil {
		return false
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.next++
	in.read = append(in.read, ev)
	in.wake()
	return true
}

// events returns what was read so far and fits, and a channel that is closed when there is more.
func (in *inbox) events(fits func(bot.Event) bool) ([]bot.Event, <-chan struct{}) {
	in.mu.Lock()
	defer in.mu.Unlock()
	var out []bot.Event
	for _, e := range in.read {
		if fits(e) {
			out = append(out, e)
		}
	}
	return out, in.changed
}

// world is a bot under test, and the homeserver it is on.
type world struct {
	t       testing.TB
	server  *synapse.Server
	account synapse.Account
	pool    *pgxpool.Pool
	proxy   *faultproxy.Proxy
	inbox   *inbox
	bot     *matrix.Client

	gapPatience time.Duration // zero: the usual

	stop func()
}

// newWorld starts a bot on a fresh account, with a proxy between it and the homeserver.
func newWorld(tb testing.TB) *world {
	tb.Helper()
	w := &world{t: tb, server: synapse.New(tb), pool: pgtest.New(tb), inbox: newInbox()}
	w.account = w.server.Register("lotse")
	proxy, err := faultproxy.New(tb.Context(), w.server.URL)
	if err != nil {
		tb.Fatal(err)
	}
	w.proxy = proxy
	tb.Cleanup(func() { _ = proxy.Close() })
	w.start()
	return w
}

func (w *world) options() matrix.Options {
	return matrix.Options{
		HomeserverURL: w.proxy.URL, UserID: w.account.User, Password: w.account.Password,
		PickleKey: "a pickle key for tests", Pool: w.pool, DisplayName: "Lotse",
		Logger: slog.New(slog.NewTextHandler(w.t.Output(), nil)), HTTP: &http.Client{},
	}
}

// start opens the bot and lets it run until the test ends or stop is called.
func (w *world) start() {
	w.t.Helper()
	ctx := context.WithoutCancel(w.t.Context())
	c, err := matrix.Open(ctx, w.options())
	if err != nil {
		w.t.Fatalf("open: %v", err)
	}
	w.bot = c
	if w.gapPatience > 0 {
		c.SetGapPatience(w.gapPatience)
	}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := c.Run(ctx, w.inbox); err != nil {
			w.t.Errorf("run: %v", err)
		}
	})
	wg.Go(func() { w.inbox.work(ctx, c) })
	w.stop = sync.OnceFunc(func() {
		cancel()
		wg.Wait()
		if err := c.Close(); err != nil {
			w.t.Errorf("close: %v", err)
		}
	})
	w.t.Cleanup(func() { w.stop() })
}

// person is somebody with a client whose methods fail the test.
type person struct {
	*matrixclient.Client
	t testing.TB
}

func (w *world) person(name string) *person { return w.personVia(name, w.server.URL) }

func (w *world) personVia(name, url string) *person {
	w.t.Helper()
	a := w.server.Register(name)
	c, err := matrixclient.Open(w.t.Context(), matrixclient.Options{
		URL: url, User: a.User, Token: a.Token, Device: a.Device, Password: a.Password,
	})
	if err != nil {
		w.t.Fatalf("open client of %s: %v", name, err)
	}
	w.t.Cleanup(c.Close)
	return &person{c, w.t}
}

// room makes a room, invites the bot, and waits until it is there.
func (p *person) room(w *world, r matrixclient.Room) id.RoomID {
	p.t.Helper()
	r.Invite = append(r.Invite, w.account.User)
	room := must(p.Create(p.t.Context(), r))(p.t)
	w.wait(func(e bot.Event) bool { return e.Kind == bot.Joined && e.Room == room })
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	if err := p.Joined(ctx, room, w.account.User); err != nil {
		p.t.Fatal(err)
	}
	return room
}

func (p *person) say(room id.RoomID, text string) id.EventID {
	p.t.Helper()
	return must(p.Say(p.t.Context(), room, text))(p.t)
}

// see waits for an event.
func (p *person) see(fits ...matrixclient.Is) matrixclient.Event {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	return must(p.Wait(ctx, fits...))(p.t)
}

// wait waits until the bot has read an event that fits.
func (w *world) wait(fits func(bot.Event) bool) bot.Event {
	w.t.Helper()
	return w.waitN(1, fits)[0]
}

func (w *world) waitN(n int, fits func(bot.Event) bool) []bot.Event {
	w.t.Helper()
	timeout := time.After(patience)
	for {
		events, changed := w.inbox.events(fits)
		if len(events) >= n {
			return events
		}
		select {
		case <-changed:
		case <-timeout:
			all, _ := w.inbox.events(func(bot.Event) bool { return true })
			w.t.Fatalf("waited for %d events, have %d of %+v", n, len(events), all)
		}
	}
}

// texts returns the texts of what was said in a room so far, in order.
func (w *world) texts(room id.RoomID) []string {
	events, _ := w.inbox.events(func(e bot.Event) bool { return e.Kind == bot.Text && e.Room == room })
	var out []string
	for _, e := range events {
		out = append(out, e.Text)
	}
	return out
}

// rawEvent waits for an event to be accepted and returns it as received.
func (w *world) rawEvent(event id.EventID) bot.RawEvent {
	w.t.Helper()
	for timeout := time.After(patience); ; {
		w.inbox.mu.Lock()
		i := slices.IndexFunc(w.inbox.raw, func(e bot.RawEvent) bool { return e.ID == event })
		changed := w.inbox.changed
		if i >= 0 {
			defer w.inbox.mu.Unlock()
			return w.inbox.raw[i]
		}
		w.inbox.mu.Unlock()
		select {
		case <-changed:
		case <-timeout:
			w.t.Fatalf("event %s was not accepted", event)
		}
	}
}

func said(id id.EventID) func(bot.Event) bool {
	return func(e bot.Event) bool { return e.ID == id }
}

// send sends and fails the test if that fails.
func (w *world) send(o bot.Outgoing) id.EventID {
	w.t.Helper()
	return must(w.bot.Send(w.t.Context(), o))(w.t)
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(tb testing.TB) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}

func sendError(tb testing.TB, err error) *bot.SendError {
	tb.Helper()
	var sendErr *bot.SendError
	if !errors.As(err, &sendErr) {
		tb.Fatalf("error is %v, want a SendError", err)
	}
	return sendErr
}
