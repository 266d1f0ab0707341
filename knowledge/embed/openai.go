package embed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sashabaranov/go-openai"
	"github.com/sony/gobreaker/v2"
)

// OpenAIOptions are the options of [NewOpenAI].
type OpenAIOptions struct {
	BaseURL string // with "/v1", as servers document it; required
	Key     string // empty: none is sent
	Model   string // required
	// Prefixes that the model wants, e.g. "query: " and "passage: " for multilingual-e5.
	QueryPrefix, PassagePrefix string
	// Dimensions are asked of the server, and expected; 0: what the model has.
	Dimensions int
	// QueryTimeout is how long a person waits for the vector of a question, in the one attempt that there
	// is; default 2 s.
	QueryTimeout time.Duration
	// Timeout is how long a batch of passages may take; default 60 s.
	Timeout time.Duration
	// Batch is how many passages are sent at once; default 16, at most 64. Servers go on working on
	// what was cancelled, so a large batch that is too slow blocks them for long.
	Batch int
	// MaxRunes is where texts are cut, prefix included; default 1,200. Some servers refuse the whole batch if
	// one text is too long (512 tokens are about 1,400 letters of German), others cut in silence.
	MaxRunes int
	// Attempts for a batch of passages; default 6.
	Attempts int
	// Cooldown is how long the server is left alone after three failures in a row; default 30 s.
	Cooldown time.Duration
	// Backoff gives the pause after the nth failure, counted from 1; default 1 s · 2ⁿ⁻¹, at most 60 s, ±20 %,
	// from 15 s on if the server is overloaded. What the server asks for goes before it.
	Backoff func(n int, overloaded bool) time.Duration
	// Transport is for tests; default: the usual one.
	Transport http.RoundTripper
	// Now is the clock; default: the usual one.
	Now func() time.Time
	// Logger is told about failures: class, status and attempt; default: nobody.
	Logger *slog.Logger
}

// OpenAI asks a server that speaks OpenAI's protocol for vectors. Questions get one attempt with a
// short deadline and go past the background work; passages are sent in small batches, one at a time,
// and tried again. After three failures in a row the server is left alone for a while.
//
// Every vector is checked and scaled to length 1, and all have the same length. All errors are
// [*ServerError]s.
type OpenAI struct {
	opts      OpenAIOptions
	client    *openai.Client
	breaker   *gobreaker.CircuitBreaker[[][]float32]
	gate      *gate
	dimension atomic.Int64
	name      string
}

// NewOpenAI checks the options; it doesn't talk to the server.
func NewOpenAI(opts OpenAIOptions) (*OpenAI, error) {
	u, err := url.Parse(opts.BaseURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("embedding server: base URL must be like https://host/v1")
	}
	if opts.Model == "" {
		return nil, errors.New("embedding server: model is missing")
	}
	if opts.Dimensions < 0 {
		return nil, fmt.Errorf("embedding server: %d dimensions", opts.Dimensions)
	}
	opts = opts.withDefaults()
	config := openai.DefaultConfig(opts.Key)
	config.BaseURL = opts.BaseURL
	config.HTTPClient = newDoer(opts.Transport, opts.Now)
	o := &OpenAI{opts: opts, client: openai.NewClientWithConfig(config), gate: newGate(), name: nameOf(opts)}
	o.dimension.Store(int64(opts.Dimensions))
	o.breaker = gobreaker.NewCircuitBreaker[[][]float32](gobreaker.Settings{
		Name:        "embedding server",
		Timeout:     opts.Cooldown,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= 3 },
		IsSuccessful: func(err error) bool {
			f, ok := errors.AsType[*ServerError](err)
			return err == nil || ok && !f.strain()
		},
		IsExcluded: func(err error) bool {
			f, ok := errors.AsType[*ServerError](err)
			return ok && f.Class == Stopped
		},
	})
	return o, nil
}

func (o OpenAIOptions) withDefaults() OpenAIOptions {
	setDefault(&o.QueryTimeout, 2*time.Second)
	setDefault(&o.Timeout, time.Minute)
	setDefault(&o.Batch, 16)
	setDefault(&o.MaxRunes, 1200)
	setDefault(&o.Attempts, 6)
	setDefault(&o.Cooldown, 30*time.Second)
	o.Batch = min(o.Batch, 64)
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Backoff == nil {
		o.Backoff = pause
	}
	return o
}

func setDefault[T int | time.Duration](value *T, usual T) {
	if *value <= 0 {
		*value = usual
	}
}

// nameOf names what the vectors depend on, but not the server: it may move.
func nameOf(o OpenAIOptions) string {
	name := "openai/" + o.Model
	if o.Dimensions > 0 {
		name += fmt.Sprintf("/%d", o.Dimensions)
	}
	if o.QueryPrefix != "" || o.PassagePrefix != "" {
		prefixes := fmt.Sprintf("%q%q", o.QueryPrefix, o.PassagePrefix)
		name += fmt.Sprintf("/%016x", hash(fnvOffset, prefixes))
	}
	return name
}

// Name names model, dimensions and prefixes.
func (o *OpenAI) Name() string { return o.name }

// Dimension is the length of the vectors; 0 before the first answer, unless the options say it.
func (o *OpenAI) Dimension() int { return int(o.dimension.Load()) }

// Embed returns the vectors of the texts; see [Embedder]. With an error of passages the vectors that
// were made before it are returned, too.
func (o *OpenAI) Embed(ctx context.Context, texts []string, kind Kind) ([][]float32, error) {
	out := make([][]float32, len(texts))
	prefix := o.opts.PassagePrefix
	if kind == Query {
		prefix = o.opts.QueryPrefix
	}
	var jobs []job
	for i, s := range texts {
		if s = o.clean(s); s != "" {
			jobs = append(jobs, job{at: i, text: cutRunes(prefix+s, o.opts.MaxRunes)})
		}
	}
	if kind == Query {
		return out, o.question(ctx, jobs, out)
	}
	return out, o.background(ctx, jobs, out)
}

// job is a text to send, and where its vector belongs.
type job struct {
	at   int
	text string
}

// clean removes what servers and models stumble over. Line breaks would be part of the meaning for
// some models and not for others.
func (o *OpenAI) clean(s string) string {
	s = clip(s, 4*o.opts.MaxRunes)
	s = strings.ReplaceAll(strings.ToValidUTF8(s, " "), "\x00", " ")
	return strings.Join(strings.Fields(s), " ")
}

func cutRunes(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

// question makes one attempt and lets background work wait.
func (o *OpenAI) question(ctx context.Context, jobs []job, out [][]float32) error {
	if len(jobs) == 0 {
		return nil
	}
	leave := o.gate.question()
	defer leave()
	if f := o.attempt(ctx, jobs, out, o.opts.QueryTimeout); f != nil {
		return f
	}
	return nil
}

// attempt makes one request, unless the server is being left alone.
func (o *OpenAI) attempt(ctx context.Context, jobs []job, out [][]float32, timeout time.Duration) *ServerError {
	vectors, err := o.breaker.Execute(func() ([][]float32, error) {
		limited, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		v, err := o.request(limited, jobs)
		if err != nil {
			return nil, faultOf(ctx, err)
		}
		return v, nil
	})
	if err != nil {
		return faultOf(ctx, err)
	}
	for i, j := range jobs {
		out[j.at] = vectors[i]
	}
	return nil
}

// request sends the texts and checks the vectors.
func (o *OpenAI) request(ctx context.Context, jobs []job) ([][]float32, error) {
	texts := make([]string, len(jobs))
	for i, j := range jobs {
		texts[i] = j.text
	}
	res, err := o.client.CreateEmbeddings(ctx, openai.EmbeddingRequestStrings{
		Input: texts, Model: openai.EmbeddingModel(o.opts.Model), Dimensions: o.opts.Dimensions,
		EncodingFormat: openai.EmbeddingEncodingFormatFloat,
	})
	if err != nil {
		return nil, err
	}
	if len(res.Data) != len(texts) {
		return nil, &ServerError{Class: Malformed, Status: http.StatusOK, What: "another number of vectors than texts"}
	}
	out := make([][]float32, len(texts))
	for _, d := range res.Data {
		if d.Index < 0 || d.Index >= len(out) || out[d.Index] != nil {
			return nil, &ServerError{Class: Malformed, Status: http.StatusOK, What: "vectors out of order"}
		}
		if f := o.accept(d.Embedding); f != nil {
			return nil, f
		}
		out[d.Index] = d.Embedding
	}
	return out, nil
}

// accept checks one vector and scales it. The first one decides about the length of all.
func (o *OpenAI) accept(v []float32) *ServerError {
	if !normalise(v) {
		return &ServerError{Class: Malformed, Status: http.StatusOK, What: "vector is zero or not finite"}
	}
	n := int64(len(v))
	if !o.dimension.CompareAndSwap(0, n) && o.dimension.Load() != n {
		return &ServerError{
			Class: Changed, Status: http.StatusOK,
			What: fmt.Sprintf("vectors of %d numbers instead of %d", n, o.dimension.Load()),
		}
	}
	return nil
}
