package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

// wrapUp is how long the bookkeeping of a message may take after ctx ended.
const wrapUp = 10 * time.Second

// runWorkers starts what claims messages and what handles them.
func (b *Bot) runWorkers(ctx context.Context, g *errgroup.Group) {
	next := func() (claimed, bool) {
		c, ok := b.awaitWork(ctx)
		if ok {
			b.opts.Fail("claim.after")
		}
		return c, ok
	}
	dispatch(ctx, g, b.opts.Workers, next, func(c claimed) {
		b.process(ctx, c)
		b.inbox.workWake.notify()
		b.changed.notify()
	})
}

// dispatch starts n goroutines that do jobs, and one that gets the next job as soon as one of them is
// free. What it got is done though ctx ended meanwhile.
func dispatch[T any](ctx context.Context, g *errgroup.Group, n int, next func() (T, bool), do func(T)) {
	jobs := make(chan T)
	free := make(chan struct{}, n)
	for range n {
		g.Go(func() error {
			for job := range jobs {
				do(job)
				<-free
			}
			return nil
		})
	}
	g.Go(func() error {
		defer close(jobs)
		for ctx.Err() == nil {
			select {
			case <-ctx.Done():
				return nil
			case free <- struct{}{}:
			}
			job, ok := next()
			if !ok {
				return nil
			}
			jobs <- job // somebody is free
		}
		return nil
	})
}

// awaitWork claims a message, waiting until there is one; false when ctx ended.
func (b *Bot) awaitWork(ctx context.Context) (claimed, bool) {
	for ctx.Err() == nil {
		wait, err := b.inbox.nextOr(ctx)
		if err == nil && wait.found {
			return wait.claimed, true
		}
		if err != nil && ctx.Err() == nil {
			b.log.ErrorContext(ctx, "inbox is out of reach", "error", err)
			wait.d = time.Second
		}
		if pause(ctx, b.inbox.workWake, wait.d) != nil {
			break
		}
	}
	return claimed{}, false
}

// nextWork is a claimed message, or how long to wait for one.
type nextWork struct {
	claimed claimed
	found   bool
	d       time.Duration
}

func (i *Inbox) nextOr(ctx context.Context) (nextWork, error) {
	if err := i.wakeKeyless(ctx); err != nil {
		return nextWork{}, err
	}
	at := now(i.opts)
	c, ok, err := i.claim(ctx, at)
	if err != nil || ok {
		return nextWork{claimed: c, found: ok}, err
	}
	d, err := i.nextDue(ctx, at)
	return nextWork{d: d}, err
}

// process makes one attempt at a message and logs how it went.
func (b *Bot) process(ctx context.Context, c claimed) {
	begun := time.Now()
	log := b.logger(c.RoomID, c.EventID)
	kind, outcome, err := b.attempt(ctx, c)
	took := time.Since(begun)
	switch {
	case errors.Is(err, errLease):
		log.InfoContext(ctx, "message was taken away while it was handled")
		b.recallNotes(ctx, c)
	case err != nil:
		kind, outcome = cmpOr(kind, Text), b.fail(ctx, c, err, log)
	default:
		log.DebugContext(ctx, "message handled", "kind", string(kind), "outcome", string(outcome), "duration", took)
	}
	if b.opts.Hooks.Handled != nil {
		b.opts.Hooks.Handled(kind, outcome, took)
	}
}

func cmpOr(k, other Kind) Kind {
	if k == "" {
		return other
	}
	return k
}

// attempt reads, routes, handles and finishes a message. Its error is what fail has to deal with; a panic
// becomes one, and so does taking longer than the lease allows.
func (b *Bot) attempt(ctx context.Context, c claimed) (kind Kind, outcome Outcome, err error) {
	ctx, cancel := context.WithTimeout(ctx, b.opts.Lease*9/10)
	defer cancel()
	defer caught(&err, "reading or planning")
	if c.Crashes > maxCrashes { // it was to be parked already, and nothing but reading comes before
		return Text, OutcomeParked, b.bury(ctx, c, plan{})
	}
	p, ok, err := b.prepare(ctx, c)
	if err != nil {
		return p.msg.Kind, "", err
	}
	if !ok {
		return Unreadable, OutcomeNoKey, nil
	}
	if c.Crashes >= maxCrashes {
		return p.msg.Kind, OutcomeParked, b.bury(ctx, c, p)
	}
	if p.idle() {
		return p.msg.Kind, OutcomeSkipped, b.finish(ctx, c, p, NewReply(p.msg))
	}
	r, err := b.handle(ctx, c, p)
	if userErr, ok := errors.AsType[*UserError](err); ok {
		b.logger(c.RoomID, c.EventID).InfoContext(ctx, "told the person", "error", userErr.Error())
		return p.msg.Kind, OutcomeDone, b.finish(ctx, c, p.refused(), sentence(p.msg, userErr.Say))
	}
	if err != nil {
		return p.msg.Kind, "", &handleError{plan: p, cause: err}
	}
	b.opts.Fail("handle.after")
	err = b.finish(ctx, c, p, r)
	if userErr, ok := errors.AsType[*UserError](err); ok { // out of a Change
		return p.msg.Kind, OutcomeDone, b.finish(ctx, c, p.refused(), sentence(p.msg, userErr.Say))
	}
	if err != nil && !errors.Is(err, errLease) {
		return p.msg.Kind, "", &handleError{plan: p, cause: err}
	}
	return p.msg.Kind, OutcomeDone, err
}

// prepare reads a message and plans what to do about it; false when it goes on waiting for its key.
func (b *Bot) prepare(ctx context.Context, c claimed) (plan, bool, error) {
	evt, err := b.read(ctx, c)
	keyless := errors.Is(err, ErrNoKey)
	if keyless {
		done, err := b.missKey(ctx, c)
		if err != nil || !done {
			return plan{}, false, err
		}
		evt.Kind, evt.Text = Unreadable, ""
	} else if err != nil {
		return plan{}, false, fmt.Errorf("read event: %w", err)
	}
	p, err := b.plan(ctx, c, evt)
	p.keyless = keyless
	if evt.Kind == Unreadable && c.Told { // its key came, and was no help
		p.handlers = nil
	}
	return p, true, err
}

// caught makes an error of a panic; it must be deferred itself.
func caught(err *error, what string) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("%s panicked: %v\n%s", what, v, debug.Stack())
	}
}

// handleError is an error of a message that is known well enough to apologise for.
type handleError struct {
	plan  plan
	cause error
}

func (e *handleError) Error() string { return e.cause.Error() }
func (e *handleError) Unwrap() error { return e.cause }

// read returns the event of a row; a timer's is made up.
func (b *Bot) read(ctx context.Context, c claimed) (Event, error) {
	if c.Timer != nil {
		return Event{ID: c.EventID, Kind: Due, Room: c.RoomID, At: c.Timer.Due}, nil
	}
	evt, err := b.transport.Read(ctx, RawEvent{ID: c.EventID, Room: c.RoomID, Raw: c.Raw})
	evt.ID, evt.Room = c.EventID, c.RoomID
	return evt.clean(), err
}

// missKey decides what happens to a message whose key is missing: its room waits for a short grace,
// the key is requested, and at last (true) the person is told. Then the message stays for a day.
func (b *Bot) missKey(ctx context.Context, c claimed) (bool, error) {
	at := b.now()
	since := at
	if c.NokeySince != nil {
		since = *c.NokeySince
	}
	requested := c.KeyRequested
	if waited := at.Sub(since); !requested && waited >= b.opts.KeyRequest {
		requested = true
		if err := b.transport.RequestKey(ctx, RawEvent{ID: c.EventID, Room: c.RoomID, Raw: c.Raw}); err != nil {
			b.logger(c.RoomID, c.EventID).WarnContext(ctx, "key request failed", "error", err)
		}
	}
	if c.Told {
		if at.Sub(since) >= keyPatience {
			return false, b.forgetKeyless(ctx, c)
		}
		return false, b.inbox.postpone(ctx, c, since, at.Add(time.Hour), requested)
	}
	if at.Sub(since) >= b.opts.KeyWait {
		return true, nil
	}
	due := since.Add(b.opts.KeyRequest)
	if requested {
		due = since.Add(b.opts.KeyWait)
	}
	if b.inbox.keys.Load() != c.keys { // it may have come while we looked
		due = at
	}
	return false, b.inbox.postpone(ctx, c, since, due, requested)
}

func (b *Bot) forgetKeyless(ctx context.Context, c claimed) error {
	return pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
		return b.inbox.finishTx(ctx, tx, c, "done", memory{kind: Unreadable})
	})
}

// handle runs the handlers of a message, showing that it works.
func (b *Bot) handle(ctx context.Context, c claimed, p plan) (r *Reply, err error) {
	stop := b.showWork(ctx, c, p)
	defer stop()
	defer caught(&err, "handler")
	r = NewReply(p.msg)
	for _, h := range p.handlers {
		if err := h.Handle(ctx, p.msg, r); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// finish makes the effects of a message and its end one transaction.
func (b *Bot) finish(ctx context.Context, c claimed, p plan, r *Reply) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), wrapUp)
	defer cancel()
	err := pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
		if err := b.endTx(ctx, tx, c, p); err != nil {
			return err
		}
		if p.take != "" {
			if err := takeTx(ctx, tx, p.take, b.now()); err != nil {
				return err
			}
		}
		for _, change := range slices.Concat(p.changes, r.changes) {
			if err := change(ctx, tx); err != nil {
				return fmt.Errorf("apply change: %w", err)
			}
		}
		return b.applyTx(ctx, tx, c, r)
	})
	if err != nil {
		return err
	}
	b.opts.Fail("finish.after")
	if !p.idle() || len(p.changes) > 0 {
		b.sendWake.notify()
		b.timerWake.notify()
	}
	return nil
}

func (b *Bot) endTx(ctx context.Context, tx pgx.Tx, c claimed, p plan) error {
	if p.keyless && !p.idle() {
		return b.inbox.tellTx(ctx, tx, c)
	}
	return b.inbox.finishTx(ctx, tx, c, "done", p.memory())
}

// fail decides what happens after an error: nothing counts if ctx ended; else the message is tried
// again, or parked.
func (b *Bot) fail(ctx context.Context, c claimed, cause error, log *slog.Logger) Outcome {
	if ctx.Err() != nil {
		b.release(ctx, c, log)
		return OutcomeRetry
	}
	if c.Attempt >= b.opts.MaxAttempts {
		p := plan{}
		if he, ok := errors.AsType[*handleError](cause); ok {
			p = he.plan
		}
		log.ErrorContext(ctx, "message parked", "attempt", c.Attempt, "error", cause)
		b.store(ctx, "park message", func(ctx context.Context) error { return b.park(ctx, c, p) })
		return OutcomeParked
	}
	wait := b.opts.Retry(c.Attempt)
	log.WarnContext(ctx, "message failed, will be tried again", "attempt", c.Attempt, "wait", wait, "error", cause)
	b.store(ctx, "give message back", func(ctx context.Context) error { return b.inbox.retry(ctx, c, wait) })
	return OutcomeRetry
}

func (b *Bot) release(ctx context.Context, c claimed, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), wrapUp)
	defer cancel()
	err := pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
		if err := b.inbox.releaseTx(ctx, tx, c); err != nil {
			return err
		}
		return recallNotesTx(ctx, tx, c, b.now())
	})
	if err != nil && !errors.Is(err, errLease) {
		log.WarnContext(ctx, "message could not be released", "error", err)
	}
}

// store repeats a step of bookkeeping while the database is away, since nothing else would end the
// lease or the sending. When ctx has ended it gives up soon: the next process puts it in order.
func (b *Bot) store(ctx context.Context, what string, step func(ctx context.Context) error) {
	for attempt := 1; ; attempt++ {
		err := func() error {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), wrapUp)
			defer cancel()
			return step(ctx)
		}()
		if err == nil || errors.Is(err, errLease) {
			return
		}
		b.log.ErrorContext(ctx, "bookkeeping failed", "step", what, "error", err)
		if pause(ctx, nil, min(Backoff(attempt), 5*time.Second)) != nil && attempt > 1 {
			return
		}
	}
}

// bury parks a message that the process died with too often.
func (b *Bot) bury(ctx context.Context, c claimed, p plan) error {
	b.logger(c.RoomID, c.EventID).ErrorContext(ctx, "message parked, the process died with it", "crashes", c.Crashes)
	return b.park(ctx, c, p)
}

// park gives a message up, with one apology to the person who waits for an answer.
func (b *Bot) park(ctx context.Context, c claimed, p plan) error {
	r := newReply(p.msg, "sorry-")
	if p.addressed && (p.msg.Kind == Text || p.msg.Kind == Chosen) {
		r.Say(Post{Text: b.texts.In(p.msg.Lang).Get("sorry")})
	}
	err := pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
		if err := b.inbox.finishTx(ctx, tx, c, "parked", p.memory()); err != nil {
			return err
		}
		return b.applyTx(ctx, tx, c, r)
	})
	b.sendWake.notify()
	return err
}

// sentence is a reply that says one thing.
func sentence(m Message, text string) *Reply {
	r := NewReply(m)
	r.Say(Post{Text: text})
	return r
}
