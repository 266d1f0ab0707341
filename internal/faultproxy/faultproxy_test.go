package faultproxy_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"lotse/internal/faultproxy"
)

// backend remembers the paths of PUT requests and echoes them to GET, as a homeserver does in /sync.
type backend struct {
	mu    sync.Mutex
	paths []string
}

func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.Method == http.MethodPut {
		b.paths = append(b.paths, r.URL.Path)
	}
	_, _ = fmt.Fprint(w, strings.Join(b.paths, "\n"))
}

func (b *backend) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.paths)
}

func start(t *testing.T) (*backend, *faultproxy.Proxy) {
	t.Helper()
	b := &backend{}
	s := httptest.NewServer(b)
	t.Cleanup(s.Close)
	p, err := faultproxy.New(t.Context(), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return b, p
}

func do(ctx context.Context, method, url string) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, http.NoBody)
	if err != nil {
		return 0, "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), err
}

var sends = regexp.MustCompile(`/send/`)

func TestDropReplyLetsTheRequestThrough(t *testing.T) {
	t.Parallel()
	b, p := start(t)
	r := p.Add(&faultproxy.Rule{Method: http.MethodPut, Path: sends, Do: faultproxy.DropReply, Times: 1})
	if _, _, err := do(t.Context(), http.MethodPut, p.URL+"/rooms/x/send/t/1"); err == nil {
		t.Error("the reply was not dropped")
	}
	if _, _, err := do(t.Context(), http.MethodPut, p.URL+"/rooms/x/send/t/1"); err != nil {
		t.Errorf("second request: %v", err)
	}
	if got := b.count(); got != 2 || r.Hits() != 1 {
		t.Errorf("requests = %d, hits = %d, want 2, 1", got, r.Hits())
	}
}

func TestRefuseKeepsTheRequest(t *testing.T) {
	t.Parallel()
	b, p := start(t)
	p.Add(&faultproxy.Rule{Do: faultproxy.Refuse})
	if _, _, err := do(t.Context(), http.MethodPut, p.URL+"/rooms/x/send/t/1"); err == nil {
		t.Error("the request was not refused")
	}
	if got := b.count(); got != 0 {
		t.Errorf("requests = %d, want 0", got)
	}
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	b, p := start(t)
	p.Add(&faultproxy.Rule{Do: faultproxy.Answer, Status: http.StatusTooManyRequests, Body: `{"retry_after_ms":1}`})
	status, body, err := do(t.Context(), http.MethodPut, p.URL+"/rooms/x/send/t/1")
	if err != nil || status != http.StatusTooManyRequests || body != `{"retry_after_ms":1}` {
		t.Errorf("got %d %q %v", status, body, err)
	}
	if got := b.count(); got != 0 {
		t.Errorf("requests = %d, want 0", got)
	}
}

func TestHoldUntilRemoved(t *testing.T) {
	t.Parallel()
	b, p := start(t)
	r := p.Add(&faultproxy.Rule{Path: sends, Do: faultproxy.Hold})
	done := make(chan error, 1)
	go func() {
		_, _, err := do(context.WithoutCancel(t.Context()), http.MethodPut, p.URL+"/rooms/x/send/t/1")
		done <- err
	}()
	for deadline := time.Now().Add(5 * time.Second); r.Hits() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the request did not come")
		}
	}
	if got := b.count(); got != 0 {
		t.Errorf("requests while held = %d, want 0", got)
	}
	p.Remove(r)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := b.count(); got != 1 {
		t.Errorf("requests = %d, want 1", got)
	}
}

func TestForgetTransactions(t *testing.T) {
	t.Parallel()
	b, p := start(t)
	p.ForgetTransactions(true)
	for range 2 {
		if _, _, err := do(t.Context(), http.MethodPut, p.URL+"/rooms/x/send/t/1"); err != nil {
			t.Fatal(err)
		}
	}
	b.mu.Lock()
	if b.paths[0] == b.paths[1] {
		t.Errorf("the homeserver saw %q twice", b.paths[0])
	}
	b.mu.Unlock()
	_, body, err := do(t.Context(), http.MethodGet, p.URL+"/sync")
	if want := "/rooms/x/send/t/1\n/rooms/x/send/t/1"; err != nil || body != want {
		t.Errorf("the bot sees %q, %v, want %q", body, err, want)
	}
}

func TestLaterAnswersAtOnce(t *testing.T) {
	t.Parallel()
	b, p := start(t)
	r := p.Add(&faultproxy.Rule{Path: sends, Do: faultproxy.Later, Status: http.StatusOK, Body: "{}"})
	_, body, err := do(t.Context(), http.MethodPut, p.URL+"/rooms/x/send/t/1")
	if err != nil || body != "{}" || b.count() != 0 {
		t.Errorf("got %q, %v, requests = %d, want {}, none", body, err, b.count())
	}
	p.Remove(r)
	if got := b.count(); got != 1 {
		t.Errorf("requests = %d, want 1", got)
	}
}
