package bot

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"
	"maunium.net/go/mautrix/id"
)

//go:embed texts/*.yaml
var textFiles embed.FS

// ErrLeadershipLost is returned by [Bot.Run] when [Options.Lost] was closed: another process may be
// active by now, so this one must end.
var ErrLeadershipLost = errors.New("leadership lost: the database connection that held the lock is gone")

// Bot takes messages out of the inbox, has them handled and sends what the handlers posted. Only
// one process may run one for an account; see [Lead].
type Bot struct {
	pool      *pgxpool.Pool
	transport Transport
	router    *Router
	opts      Options
	log       *slog.Logger
	texts     *Catalog
	inbox     *Inbox
	roles     *roles
	budgets   *budgets

	sendWake    wake         // something may be sent
	timerWake   wake         // a timer may be due
	changed     broadcast    // something was finished or sent; for Settle
	pausedUntil atomic.Int64 // nothing is sent before, as told by the homeserver; Unix microseconds
	mayUnknown  atomic.Bool  // there may be posts of unknown fate
}

// New returns a bot that gets its messages through its [Bot.Inbox], has them handled as the router
// says, and sends through the transport. It does nothing before [Bot.Run].
func New(pool *pgxpool.Pool, transport Transport, router *Router, opts Options) *Bot {
	opts = opts.withDefaults()
	texts, err := ReadCatalog(textFiles, "texts")
	if err != nil {
		panic("bot: " + err.Error()) // they are part of the program; a test reads them
	}
	b := &Bot{
		pool:      pool,
		transport: transport,
		router:    router,
		opts:      opts,
		log:       opts.Logger,
		texts:     texts,
		budgets:   newBudgets(opts),
		sendWake:  newWake(),
		timerWake: newWake(),
	}
	b.roles = newRoles(transport, opts)
	b.inbox = &Inbox{pool: pool, opts: opts, workWake: newWake(), sendWake: b.sendWake, lastEnd: opts.Now()}
	return b
}

// Inbox returns where the transport delivers what it receives.
func (b *Bot) Inbox() *Inbox { return b.inbox }

// Run frees what a predecessor left behind, and then handles and sends until ctx ends; it returns nil
// then. Handlers that are at work when ctx ends see it end; what they were given is handled again by
// the next process, and that isn't counted as an attempt. A PUT that is under way is completed.
func (b *Bot) Run(ctx context.Context) error {
	if err := b.takeOver(ctx); err != nil {
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it ended, that is no error
		}
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	b.runWorkers(ctx, g)
	b.runSenders(ctx, g)
	g.Go(func() error { return b.runTimers(ctx) })
	g.Go(func() error { return b.runJanitor(ctx) })
	g.Go(func() error {
		select {
		case <-ctx.Done():
			return nil
		case <-b.opts.Lost:
			return ErrLeadershipLost
		}
	})
	return g.Wait()
}

// takeOver puts in order what an earlier process left: its leases end, and what it was sending is of
// unknown fate.
func (b *Bot) takeOver(ctx context.Context) error {
	now := b.now()
	if err := b.inbox.freeLeases(ctx, now); err != nil {
		return err
	}
	if err := b.orphanSends(ctx, now); err != nil {
		return err
	}
	room, err := b.followRoom(ctx, b.opts.CoordinationRoom)
	if err != nil {
		return err
	}
	b.roles.setCoordination(room)
	b.mayUnknown.Store(true)
	b.inbox.KeysArrived() // some may have come when the earlier process couldn't notice any more
	b.Wake()
	return nil
}

// Wake makes the bot look at once for messages, posts and timers that are due. It is needed only
// after a leap of [Options.Now].
func (b *Bot) Wake() {
	b.inbox.workWake.notify()
	b.sendWake.notify()
	b.timerWake.notify()
}

// Settle waits until everything that was accepted is handled, and everything posted is sent or given
// up. Messages that wait for their keys aren't waited for, posts that are tried again are.
func (b *Bot) Settle(ctx context.Context) error {
	const query = `
SELECT NOT EXISTS (SELECT FROM inbox WHERE state = 'new')
   AND NOT EXISTS (SELECT FROM inbox WHERE state = 'nokey' AND (claimed_until IS NOT NULL OR due_at <= $1))
   AND NOT EXISTS (SELECT FROM outbox WHERE state IN ('new', 'sending', 'unknown'))
   AND NOT EXISTS (
       SELECT FROM timers t LEFT JOIN rooms r USING (room_id)
       WHERE t.due_at <= $1 AND coalesce(r.state, 'joined') = 'joined')`
	for {
		changed := b.changed.wait()
		var settled bool
		if err := b.pool.QueryRow(ctx, query, b.now()).Scan(&settled); err != nil {
			return fmt.Errorf("look whether all is done: %w", err)
		}
		if settled {
			return nil
		}
		if err := pause(ctx, changed, time.Second); err != nil {
			return fmt.Errorf("wait until all is done: %w", err)
		}
	}
}

// Stats are the lengths of the queues.
type Stats struct {
	Waiting       int     `db:"waiting"`        // messages to be handled
	WithoutKey    int     `db:"without_key"`    // of these, waiting for their key
	Unsent        int     `db:"unsent"`         // posts to be sent
	Unknown       int     `db:"unknown"`        // of these, of unknown fate
	Parked        int     `db:"parked"`         // messages given up since the last clean-up
	Timers        int     `db:"timers"`         // set
	OldestSeconds float64 `db:"oldest_seconds"` // age of the oldest message or post that is due
}

// Stats returns the lengths of the queues, for metrics and health checks.
func (b *Bot) Stats(ctx context.Context) (Stats, error) {
	const query = `
SELECT (SELECT count(*) FROM inbox WHERE state IN ('new', 'nokey')) AS waiting,
       (SELECT count(*) FROM inbox WHERE state = 'nokey') AS without_key,
       (SELECT count(*) FROM outbox WHERE state IN ('new', 'sending', 'unknown')) AS unsent,
       (SELECT count(*) FROM outbox WHERE state = 'unknown') AS unknown,
       (SELECT count(*) FROM inbox WHERE state = 'parked') AS parked,
       (SELECT count(*) FROM timers) AS timers,
       coalesce(extract(epoch FROM $1 - least(
           (SELECT min(received_at) FROM inbox WHERE state = 'new'),
           (SELECT min(created_at) FROM outbox WHERE state IN ('new', 'sending', 'unknown')))), 0)::float8 AS oldest_seconds`
	rows, _ := b.pool.Query(ctx, query, b.now())
	return collectOne[Stats](rows, "count what waits")
}

// now is the time, as precise as the database keeps it: leases are compared for equality.
func (b *Bot) now() time.Time { return now(b.opts) }

func now(o Options) time.Time { return o.Now().UTC().Truncate(time.Microsecond) }

func (b *Bot) logger(room id.RoomID, event id.EventID) *slog.Logger {
	return b.log.With("room_id", string(room), "event_id", string(event))
}

// wake is a bell for one listener: ringing it while nobody listens is remembered, once.
type wake chan struct{}

func newWake() wake { return make(wake, 1) }

func (w wake) notify() {
	select {
	case w <- struct{}{}:
	default:
	}
}

// broadcast tells everybody who waits that something changed.
type broadcast struct {
	mu sync.Mutex
	ch chan struct{}
}

func (b *broadcast) wait() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch == nil {
		b.ch = make(chan struct{})
	}
	return b.ch
}

func (b *broadcast) notify() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch != nil {
		close(b.ch)
		b.ch = nil
	}
}

// pause waits for the bell or until d has passed; it returns an error only when ctx ends.
func pause(ctx context.Context, bell <-chan struct{}, d time.Duration) error {
	t := time.NewTimer(max(d, 0))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-bell:
	case <-t.C:
	}
	return nil
}
