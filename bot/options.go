package bot

import (
	"log/slog"
	"time"

	"golang.org/x/time/rate"
	"maunium.net/go/mautrix/id"
)

// Options are what a [Bot] can be told. Only User is required; the zero value of everything else
// stands for the default that is named beside it.
type Options struct {
	User   id.UserID                       // the bot's own account
	Logger *slog.Logger                    // default: discards
	Now    func() time.Time                // default: time.Now
	Lang   string                          // of the deployment; default "de"
	Detect func(text string) string        // language of a text, "" if it can't be told; default: never can
	Prefix string                          // of commands in rooms; default "!lotse"
	Hooks  Hooks                           // for metrics
	Fail   func(point string)              // for tests that kill the process: called at each [FailPoints]
	Lost   <-chan struct{}                 // closed when leadership is lost (see [Lead]): Run returns an error
	Retry  func(attempt int) time.Duration // pause after a failed attempt; default [Backoff]

	Allow             func(id.UserID) bool // whose invitations are accepted, and who isn't a [Guest]; default: nobody's
	CoordinationRoom  id.RoomID            // its members are coordinators
	Administrators    []id.UserID
	Bots              []id.UserID // are never answered
	InvitesPerInviter int         // accepted per hour; default 20
	PersonBudget      Budget      // default 20 at once, then one every 3 s
	RoomBudget        Budget      // default 60 at once, then one a second

	Workers     int           // messages handled at once; default 8
	Senders     int           // rooms sent to at once; default 4
	MaxAttempts int           // then a message is parked, with one apology; default 5
	MaxText     int           // letters of a message; longer ones are refused, with a sentence; default 8000
	Lease       time.Duration // how long a worker may take for a message; default 5 min

	KeyGrace   time.Duration // how long a message without key holds up its room; default 5 s
	KeyRequest time.Duration // when its key is asked for; default 3 s
	KeyWait    time.Duration // when it becomes [Unreadable]; default 60 s

	TypingAfter time.Duration // when typing is shown; default 300 ms
	SlowAfter   time.Duration // when "takes a little longer" is said; default 5 s
	EditWindow  time.Duration // edits of messages older than this are ignored; default 24 h

	SendGrace   time.Duration // how long the echo of a post of unknown fate is waited for; default 1.5 s
	GiveUp      time.Duration // posts older than this are parked when MaxAttempts failed; default 72 h
	NoReconcile bool          // echoes are ignored, and posts of unknown fate sent again at once. Doubles them; for the test that shows it
	Keep        time.Duration // how long the IDs (no texts) of handled messages are kept; default 90 days
}

// Budget is a token bucket.
type Budget struct {
	Every time.Duration // one more each
	Burst int           // at once
}

func (b Budget) limit() rate.Limit { return rate.Every(b.Every) }

// Hooks are called by the runtime, by several goroutines at once; nil ones are not. No person and
// no room is among the arguments, so they can be labels.
type Hooks struct {
	Accepted func(events int)                                        // stored, without those already known
	Handled  func(kind Kind, outcome Outcome, took time.Duration)    // one attempt at a message
	Sent     func(kind OutKind, outcome Outcome, took time.Duration) // one attempt at sending
}

// Outcome is how an attempt ended.
type Outcome string

// The outcomes.
const (
	OutcomeDone    Outcome = "done"    // handled, or sent
	OutcomeSkipped Outcome = "skipped" // not meant for the bot
	OutcomeNoKey   Outcome = "no_key"  // waits for its key
	OutcomeRetry   Outcome = "retry"   // failed, will be tried again
	OutcomeUnknown Outcome = "unknown" // of a post: may have arrived
	OutcomeParked  Outcome = "parked"  // given up
)

// FailPoints are the names that [Options.Fail] is called with, in the order of a message's way.
func FailPoints() []string {
	return []string{
		"accept.before", "accept.after", "claim.after", "handle.after", "finish.after",
		"put.before", "put.after", "sent.after",
	}
}

// withDefaults fills in the defaults.
func (o Options) withDefaults() Options {
	set(&o.Logger, slog.New(slog.DiscardHandler))
	set(&o.Lang, fallbackLang)
	set(&o.Prefix, "!lotse")
	set(&o.InvitesPerInviter, 20)
	set(&o.PersonBudget, Budget{Every: 3 * time.Second, Burst: 20})
	set(&o.RoomBudget, Budget{Every: time.Second, Burst: 60})
	set(&o.Workers, 8)
	set(&o.Senders, 4)
	set(&o.MaxAttempts, 5)
	set(&o.MaxText, 8000)
	set(&o.Lease, 5*time.Minute)
	set(&o.KeyGrace, 5*time.Second)
	set(&o.KeyRequest, 3*time.Second)
	set(&o.KeyWait, time.Minute)
	set(&o.TypingAfter, 300*time.Millisecond)
	set(&o.SlowAfter, 5*time.Second)
	set(&o.EditWindow, 24*time.Hour)
	set(&o.SendGrace, 1500*time.Millisecond)
	set(&o.GiveUp, 72*time.Hour)
	set(&o.Keep, 90*24*time.Hour)
	return o.withFuncs()
}

func (o Options) withFuncs() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Detect == nil {
		o.Detect = func(string) string { return "" }
	}
	if o.Fail == nil {
		o.Fail = func(string) {}
	}
	if o.Retry == nil {
		o.Retry = Backoff
	}
	if o.Allow == nil {
		o.Allow = func(id.UserID) bool { return false }
	}
	return o
}

func set[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
