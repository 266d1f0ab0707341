// Package faultproxy is an HTTP proxy for tests that stands between the bot and its homeserver and
// does what networks and lesser homeservers do: it loses replies, refuses connections, answers
// with errors, holds requests back, and forgets transaction IDs, so that a request that is sent
// twice happens twice.
package faultproxy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Action is what happens to a request.
type Action string

// The actions.
const (
	// DropReply lets the request through and cuts the connection instead of replying.
	DropReply Action = "drop reply"
	// Refuse cuts the connection without letting the request through.
	Refuse Action = "refuse"
	// Answer replies with Rule.Status and Rule.Body without letting the request through.
	Answer Action = "answer"
	// Hold keeps the request until the rule is removed, then lets it through.
	Hold Action = "hold"
	// Later replies with Rule.Status and Rule.Body at once, and lets the request through when the
	// rule is removed.
	Later Action = "later"
	// Count only counts the request.
	Count Action = "count"
)

// Rule says what happens to which requests. The first one that fits is taken.
type Rule struct {
	Method string         // empty: any
	Path   *regexp.Regexp // nil: any
	Do     Action
	Times  int     // how often; 0: always
	Share  float64 // share of the requests that are hit, at random; 0: all
	Status int     // of Answer and Later
	Body   string  // of Answer and Later

	hits    atomic.Int64
	left    atomic.Int64
	removed chan struct{}
	late    sync.WaitGroup // requests on their way after Later
}

// Hits returns how many requests the rule was applied to.
func (r *Rule) Hits() int { return int(r.hits.Load()) }

// Proxy is a running proxy.
type Proxy struct {
	URL string // to use instead of the homeserver's

	server *http.Server
	proxy  *httputil.ReverseProxy
	done   chan struct{}
	forget atomic.Bool
	serial atomic.Int64

	mu    sync.Mutex
	rules []*Rule
}

// New starts a proxy for the homeserver at target on a port of its own. Close it.
func New(ctx context.Context, target string) (*Proxy, error) {
	to, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("parse target: %w", err)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	p := &Proxy{URL: "http://" + l.Addr().String(), done: make(chan struct{})}
	p.proxy = &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Header.Del("Accept-Encoding") },
		ModifyResponse: restoreTxns,
		ErrorHandler:   func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		Transport:      &http.Transport{MaxIdleConnsPerHost: 32, DisableCompression: true},
	}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: time.Minute}
	go func() {
		defer close(p.done)
		_ = p.server.Serve(l)
	}()
	return p, nil
}

// Close ends the proxy and all requests that it holds.
func (p *Proxy) Close() error {
	p.mu.Lock()
	rules := slices.Clone(p.rules)
	p.mu.Unlock()
	for _, r := range rules {
		p.Remove(r)
	}
	err := p.server.Close()
	<-p.done
	if err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("close proxy: %w", err)
	}
	return nil
}

// Add puts a rule into force and returns it.
func (p *Proxy) Add(r *Rule) *Rule {
	r.left.Store(int64(r.Times))
	r.removed = make(chan struct{})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = append(p.rules, r)
	return r
}

// Remove takes a rule out of force, and lets go the requests that it held; those of Later have
// arrived when it returns.
func (p *Proxy) Remove(r *Rule) {
	p.remove(r)
	r.late.Wait()
}

func (p *Proxy) remove(r *Rule) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.rules, r); i >= 0 {
		p.rules = slices.Delete(p.rules, i, i+1)
		close(r.removed)
	}
}

// ForgetTransactions makes the homeserver take a repeated request for a new one. The echo in /sync
// still has the transaction ID that the bot gave, as it has on every homeserver.
func (p *Proxy) ForgetTransactions(on bool) { p.forget.Store(on) }

// ServeHTTP handles one request.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r := p.match(req)
	if p.forget.Load() {
		p.renameTxn(req)
	}
	if r == nil || r.Do == Count {
		p.proxy.ServeHTTP(w, req)
		return
	}
	switch r.Do {
	case DropReply:
		// The homeserver must not see the connection go.
		p.proxy.ServeHTTP(&discard{header: http.Header{}}, req.WithContext(context.WithoutCancel(req.Context())))
		panic(http.ErrAbortHandler)
	case Answer:
		r.answer(w)
	case Later:
		p.later(r, req)
		r.answer(w)
	case Hold:
		select {
		case <-r.removed:
			p.proxy.ServeHTTP(w, req)
		case <-req.Context().Done():
		}
	default:
		panic(http.ErrAbortHandler)
	}
}

func (r *Rule) answer(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(r.Status)
	_, _ = io.WriteString(w, r.Body)
}

func (p *Proxy) later(r *Rule, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	req = req.Clone(context.WithoutCancel(req.Context()))
	req.Body = io.NopCloser(bytes.NewReader(body))
	r.late.Go(func() {
		<-r.removed
		p.proxy.ServeHTTP(&discard{header: http.Header{}}, req)
	})
}

func (p *Proxy) match(req *http.Request) *Rule {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.rules {
		if (r.Method != "" && r.Method != req.Method) || (r.Path != nil && !r.Path.MatchString(req.URL.Path)) {
			continue
		}
		if r.Share > 0 && rand.Float64() >= r.Share {
			continue
		}
		if r.Times > 0 && r.left.Add(-1) < 0 {
			continue
		}
		r.hits.Add(1)
		return r
	}
	return nil
}

// txnMark is what is added to a transaction ID, and taken away from it again in replies.
const txnMark = "~fault"

var markedTxn = regexp.MustCompile(txnMark + "[0-9]+")

// renameTxn makes a request's transaction ID one that the homeserver has never seen.
func (p *Proxy) renameTxn(req *http.Request) {
	sends := strings.Contains(req.URL.Path, "/send/") || strings.Contains(req.URL.Path, "/redact/")
	if req.Method != http.MethodPut || !sends {
		return
	}
	mark := txnMark + strconv.FormatInt(p.serial.Add(1), 10)
	req.URL.Path += mark
	if req.URL.RawPath != "" {
		req.URL.RawPath += mark
	}
}

func restoreTxns(resp *http.Response) error {
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("read reply: %w", err)
	}
	_ = resp.Body.Close()
	if bytes.Contains(body, []byte(txnMark)) {
		body = markedTxn.ReplaceAll(body, nil)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	resp.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}

// discard is a reply that goes nowhere.
type discard struct{ header http.Header }

// Header returns the header, which goes nowhere, too.
func (d *discard) Header() http.Header { return d.header }

// Write throws p away.
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }

// WriteHeader does nothing.
func (d *discard) WriteHeader(int) {}
