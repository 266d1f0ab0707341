package embed

import (
	"context"
	"log/slog"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
	"unicode/utf8"
)

// probeText is embedded to see whether a server is well, and whether it still has the same model.
const probeText = "Welche Behörde ist für die Verlängerung der Aufenthaltserlaubnis zuständig?"

// shortest is how short a text is cut, in runes, when a server refuses it. No model's limit is below.
const shortest = 100

// background embeds passages, batch by batch.
func (o *OpenAI) background(ctx context.Context, jobs []job, out [][]float32) error {
	for batch := range slices.Chunk(jobs, o.opts.Batch) {
		if f := o.batch(ctx, batch, out); f != nil {
			return f
		}
	}
	return nil
}

// batch embeds a batch. If the server refuses every text of it, the probe tells whether the texts
// are at fault (then they stay without a vector) or the server.
func (o *OpenAI) batch(ctx context.Context, jobs []job, out [][]float32) *ServerError {
	refused := o.divide(ctx, jobs, out)
	if refused == nil || !refused.divisible() {
		return refused
	}
	for _, j := range jobs {
		if out[j.at] != nil {
			return nil
		}
	}
	if f := o.persist(ctx, o.probeJob(), make([][]float32, 1)); f != nil {
		return refused
	}
	return nil
}

// divide embeds the texts, and halves the batch when it is refused, and at last the text: it may be too
// long for the model, and half of it says more than nothing. It returns the last refusal of a single text,
// after which it went on, or the fault that ended it.
func (o *OpenAI) divide(ctx context.Context, jobs []job, out [][]float32) *ServerError {
	f := o.persist(ctx, jobs, out)
	if f == nil || !f.divisible() {
		return f
	}
	if len(jobs) == 1 {
		half := utf8.RuneCountInString(jobs[0].text) / 2
		if f.Class != Rejected || half < shortest {
			return f
		}
		return o.divide(ctx, []job{{at: jobs[0].at, text: cutRunes(jobs[0].text, half)}}, out)
	}
	half := len(jobs) / 2
	left := o.divide(ctx, jobs[:half], out)
	if left != nil && !left.divisible() {
		return left
	}
	if right := o.divide(ctx, jobs[half:], out); right != nil {
		return right
	}
	return left
}

// persist tries again as long as that makes sense.
func (o *OpenAI) persist(ctx context.Context, jobs []job, out [][]float32) *ServerError {
	for n := 1; ; n++ {
		leave, err := o.gate.background(ctx)
		if err != nil {
			return &ServerError{Class: Stopped, Cause: err}
		}
		f := o.attempt(ctx, jobs, out, o.opts.Timeout)
		leave()
		if f == nil {
			return nil
		}
		o.opts.Logger.LogAttrs(ctx, levelOf(f), "embedding failed", f.attrs(n, len(jobs))...)
		if !f.passing() || n >= o.opts.Attempts {
			return f
		}
		wait := max(f.RetryAfter, o.opts.Backoff(n, f.Class == Slow || f.Class == Busy))
		if deadline, ok := ctx.Deadline(); ok && o.opts.Now().Add(wait).After(deadline) {
			return f
		}
		if err := sleep(ctx, wait); err != nil {
			return &ServerError{Class: Stopped, Cause: err}
		}
	}
}

func levelOf(f *ServerError) slog.Level {
	if f.Class == Stopped || f.Class == Resting {
		return slog.LevelDebug
	}
	return slog.LevelWarn
}

func (f *ServerError) attrs(attempt, texts int) []slog.Attr {
	return []slog.Attr{
		slog.String("class", string(f.Class)), slog.Int("status", f.Status),
		slog.Int("attempt", attempt), slog.Int("texts", texts),
	}
}

// pause is the default of [OpenAIOptions.Backoff].
func pause(n int, overloaded bool) time.Duration {
	start := 1.0
	if overloaded {
		start = 15
	}
	seconds := min(start*math.Pow(2, float64(n-1)), 60)
	return time.Duration(seconds * (0.8 + 0.4*rand.Float64()) * float64(time.Second))
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func (o *OpenAI) probeJob() []job {
	return []job{{text: cutRunes(o.opts.PassagePrefix+probeText, o.opts.MaxRunes)}}
}

// Probe returns the vector of a fixed passage. Keep it with the vectors and compare it at each start by
// [SameModel]: neither the name of a model nor its dimension tells that it was exchanged.
func (o *OpenAI) Probe(ctx context.Context) ([]float32, error) {
	out := make([][]float32, 1)
	if f := o.persist(ctx, o.probeJob(), out); f != nil {
		return nil, f
	}
	return out[0], nil
}

// SameModel reports whether two vectors of [OpenAI.Probe] come from the same model with the same
// prefix: their cosine is at least 0.99, which leaves room for another precision or machine.
func SameModel(a, b []float32) bool {
	return len(a) == len(b) && len(a) > 0 && dot(a, b) >= 0.99
}

// gate lets one background request pass at a time, and none while questions are under way.
type gate struct {
	slot chan struct{} // holds the background request that is under way

	mu     sync.Mutex
	asking int
	idle   chan struct{} // closed when the last question has left
}

func newGate() *gate { return &gate{slot: make(chan struct{}, 1)} }

// question enters at once.
func (g *gate) question() (leave func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.asking == 0 {
		g.idle = make(chan struct{})
	}
	g.asking++
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.asking--; g.asking == 0 {
			close(g.idle)
		}
	}
}

// background waits until it may enter.
func (g *gate) background(ctx context.Context) (leave func(), err error) {
	select {
	case g.slot <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	leave = func() { <-g.slot }
	for {
		g.mu.Lock()
		asking, idle := g.asking, g.idle
		g.mu.Unlock()
		if asking == 0 {
			return leave, nil
		}
		select {
		case <-idle:
		case <-ctx.Done():
			leave()
			return nil, ctx.Err()
		}
	}
}
