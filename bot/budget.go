package bot

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
	"maunium.net/go/mautrix/id"
)

// budgets keeps people, and bots that answer each other, from making the bot talk without end.
// They are in memory: a restart fills them.
type budgets struct {
	opts Options

	mu      sync.Mutex
	buckets map[string]*bucket
}

// bucket is a token bucket that stays shut, once it was empty, until it is full again.
type bucket struct {
	limiter *rate.Limiter
	shut    bool
}

// spent is what a budget says.
type spent int

const (
	within    spent = iota
	justSpent       // to be told once
	stillShut       // silence
)

func newBudgets(o Options) *budgets {
	return &budgets{opts: o, buckets: make(map[string]*bucket)}
}

// take takes one out of a bucket.
func (b *budgets) take(key string, budget Budget, at time.Time) spent {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.buckets) > 10_000 {
		b.clean(at)
	}
	k := b.buckets[key]
	if k == nil {
		k = &bucket{limiter: rate.NewLimiter(budget.limit(), budget.Burst)}
		b.buckets[key] = k
	}
	if k.shut && k.limiter.TokensAt(at) < float64(budget.Burst) {
		return stillShut
	}
	k.shut = !k.limiter.AllowN(at, 1)
	if k.shut {
		return justSpent
	}
	return within
}

// clean forgets buckets that are full.
func (b *budgets) clean(at time.Time) {
	for key, k := range b.buckets {
		if k.limiter.TokensAt(at) >= float64(k.limiter.Burst()) {
			delete(b.buckets, key)
		}
	}
}

// invitation reports whether somebody may invite the bot once more within the hour.
func (b *budgets) invitation(from id.UserID, at time.Time) bool {
	n := b.opts.InvitesPerInviter
	return b.take("invite "+string(from), Budget{Every: time.Hour / time.Duration(n), Burst: n}, at) == within
}

// withinBudget takes a message out of the budgets of its sender and its room. Beyond them it plans
// one sentence, and then silence until the budget is full again.
func (b *Bot) withinBudget(p *plan) bool {
	if p.msg.Attempt > 1 {
		return true
	}
	person := b.budgets.take("person "+string(p.msg.Sender), b.opts.PersonBudget, b.now())
	room := within
	if person == within {
		room = b.budgets.take("room "+string(p.msg.Room), b.opts.RoomBudget, b.now())
	}
	switch {
	case person == justSpent:
		*p = b.planSentence(*p, "busy_person")
	case room == justSpent:
		*p = b.planSentence(*p, "busy_room")
	}
	return person == within && room == within
}
