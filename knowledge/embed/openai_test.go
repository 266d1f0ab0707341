package embed_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lotse/knowledge/embed"
)

// secret is in every question and in whatever the servers below answer.
const secret = "Geheimnis"

// server is an embedding server of a test.
type server struct {
	*httptest.Server
	requests atomic.Int64
}

func serve(t *testing.T, handle http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		handle(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// client returns an embedder that never pauses between attempts.
func client(t *testing.T, url string, set func(*embed.OpenAIOptions)) *embed.OpenAI {
	t.Helper()
	opts := embed.OpenAIOptions{
		BaseURL: url + "/v1/", Key: "key", Model: "minilm", QueryTimeout: time.Minute, Timeout: time.Minute,
		Transport: &http.Transport{DisableKeepAlives: true},
		Backoff:   func(int, bool) time.Duration { return 0 },
	}
	if set != nil {
		set(&opts)
	}
	o, err := embed.NewOpenAI(opts)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func answer(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }
}

func status(code int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// raw takes over the connection.
func raw(f func(net.Conn)) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		f(conn)
		_ = conn.Close()
	}
}

func send(text string) http.HandlerFunc {
	return raw(func(c net.Conn) { _, _ = io.WriteString(c, text) })
}

// endless writes until the other side has enough.
func endless(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		part := bytes.Repeat([]byte(secret), 1<<14)
		for {
			if _, err := w.Write(part); err != nil {
				return
			}
		}
	}
}

// TestFaults is the table of what servers do; each case is asked one question of two texts.
func TestFaults(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	date := now.Add(50 * time.Second).Format(http.TimeFormat)
	tests := map[string]struct {
		handle http.HandlerFunc
		class  embed.Class
		status int
		after  time.Duration
	}{
		"error object":          {status(400, `{"error":{"message":"Geheimnis","code":400}}`), embed.Rejected, 400, 0},
		"detail with the input": {status(422, `{"detail":[{"input":"Geheimnis"}]}`), embed.Rejected, 422, 0},
		"flat message":          {status(413, `{"message":"Geheimnis"}`), embed.Rejected, 413, 0},
		"HTML":                  {status(500, `<html>Geheimnis`), embed.Rejected, 500, 0},
		"no body":               {status(500, ""), embed.Rejected, 500, 0},
		"error is a text":       {status(503, `{"error":"Geheimnis"}`), embed.Busy, 503, 0},
		"error without message": {status(502, `{"error":{}}`), embed.Busy, 502, 0},
		"gateway timeout":       {status(504, "Geheimnis"), embed.Busy, 504, 0},
		"request timeout":       {status(408, "Geheimnis"), embed.Busy, 408, 0},
		"wrong key":             {status(401, `{"error":{"message":"Geheimnis"}}`), embed.Denied, 401, 0},
		"forbidden":             {status(403, "Geheimnis"), embed.Denied, 403, 0},
		"wrong path":            {status(404, "Geheimnis"), embed.NotFound, 404, 0},
		"redirect":              {status(302, "", "Location", "/elsewhere"), embed.NotFound, 302, 0},
		"redirect with method":  {status(307, "", "Location", "/elsewhere"), embed.NotFound, 307, 0},
		"no content":            {status(204, ""), embed.NotFound, 204, 0},
		"later, seconds":        {status(429, "Geheimnis", "Retry-After", "7"), embed.Limited, 429, 7 * time.Second},
		"later, broken seconds": {status(429, "", "Retry-After", "1.5"), embed.Limited, 429, 1500 * time.Millisecond},
		"later, date":           {status(503, "", "Retry-After", date), embed.Busy, 503, 50 * time.Second},
		"later, in a year":      {status(429, "", "Retry-After", "31536000"), embed.Limited, 429, 2 * time.Minute},
		"later, 1e300":          {status(429, "", "Retry-After", "1e300"), embed.Limited, 429, 2 * time.Minute},
		"later, NaN":            {status(429, "", "Retry-After", "NaN"), embed.Limited, 429, 0},
		"later, nonsense":       {status(429, "", "Retry-After", "Geheimnis"), embed.Limited, 429, 0},
		"no credit":             {status(429, `{"error":{"message":"Geheimnis","code":"insufficient_quota"}}`), embed.Quota, 429, 0},
		"endless error":         {endless(500), embed.Rejected, 500, 0},
		"endless answer":        {endless(200), embed.Malformed, 200, 0},
		"error with status 200": {answer(`{"error":{"message":"Geheimnis"}}`), embed.Malformed, 200, 0},
		"empty answer":          {answer(""), embed.Malformed, 200, 0},
		"HTML answer":           {answer("<html>Geheimnis"), embed.Malformed, 200, 0},
		"cut JSON":              {answer(`{"data":[{"index":0,"embedding":[1,`), embed.Malformed, 200, 0},
		"null for a vector":     {answer(`{"data":[{"index":0,"embedding":null},{"index":1,"embedding":[1,2]}]}`), embed.Malformed, 200, 0},
		"null in a vector":      {answer(`{"data":[{"index":0,"embedding":[null,1]},{"index":1,"embedding":[1,2]}]}`), embed.Malformed, 200, 0},
		"empty vector":          {answer(`{"data":[{"index":0,"embedding":[]},{"index":1,"embedding":[1]}]}`), embed.Malformed, 200, 0},
		"vector of zeros":       {answer(`{"data":[{"index":0,"embedding":[0,0]},{"index":1,"embedding":[1,2]}]}`), embed.Malformed, 200, 0},
		"not a number":          {answer(`{"data":[{"index":0,"embedding":[NaN,1]},{"index":1,"embedding":[1,2]}]}`), embed.Malformed, 200, 0},
		"too great a number":    {answer(`{"data":[{"index":0,"embedding":[1e999,1]},{"index":1,"embedding":[1,2]}]}`), embed.Malformed, 0, 0},
		"base64":                {answer(`{"data":[{"index":0,"embedding":"AACAPw=="},{"index":1,"embedding":"AACAPw=="}]}`), embed.Malformed, 200, 0},
		"texts for numbers":     {answer(`{"data":[{"index":0,"embedding":["Geheimnis"]},{"index":1,"embedding":[1]}]}`), embed.Malformed, 0, 0},
		"no index":              {answer(`{"data":[{"embedding":[1,2]},{"embedding":[2,1]}]}`), embed.Malformed, 200, 0},
		"index twice":           {answer(`{"data":[{"index":1,"embedding":[1,2]},{"index":1,"embedding":[2,1]}]}`), embed.Malformed, 200, 0},
		"index out of range":    {answer(`{"data":[{"index":0,"embedding":[1,2]},{"index":2,"embedding":[2,1]}]}`), embed.Malformed, 200, 0},
		"negative index":        {answer(`{"data":[{"index":-1,"embedding":[1,2]},{"index":0,"embedding":[2,1]}]}`), embed.Malformed, 200, 0},
		"too few":               {answer(`{"data":[{"index":0,"embedding":[1,2]}]}`), embed.Malformed, 200, 0},
		"too many":              {answer(`{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1]},{"index":2,"embedding":[1]}]}`), embed.Malformed, 200, 0},
		"two lengths":           {answer(`{"data":[{"index":0,"embedding":[1,2]},{"index":1,"embedding":[1,2,3]}]}`), embed.Changed, 200, 0},
		"no HTTP":               {send("Geheimnis\r\n\r\n"), embed.Malformed, 0, 0},
		"odd status line":       {send("HTTP/1.1 Geheimnis\r\n\r\n"), embed.Malformed, 0, 0},
		"closed at once":        {raw(func(net.Conn) {}), embed.Offline, 0, 0},
		"reset":                 {raw(func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }), embed.Offline, 0, 0},
		"closed in mid-body":    {send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"data\":["), embed.Offline, 0, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, test.handle)
			o := client(t, s.URL, func(o *embed.OpenAIOptions) { o.Now = func() time.Time { return now } })
			_, err := o.Embed(t.Context(), []string{"Wo ist mein " + secret, "und deins"}, embed.Query)
			fault, ok := errors.AsType[*embed.ServerError](err)
			if !ok {
				t.Fatalf("got %v, want a ServerError", err)
			}
			if fault.Class != test.class || fault.Status != test.status {
				t.Errorf("got class %q, status %d, want %q, %d", fault.Class, fault.Status, test.class, test.status)
			}
			if fault.RetryAfter != test.after {
				t.Errorf("retry after %s, want %s", fault.RetryAfter, test.after)
			}
			for e := err; e != nil; e = errors.Unwrap(e) {
				if strings.Contains(fmt.Sprintf("%v %+v %#v", e, e, e), secret) {
					t.Errorf("the error repeats what the server said: %v", e)
				}
			}
			if n := s.requests.Load(); n != 1 {
				t.Errorf("%d requests for a question, want 1", n)
			}
		})
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	s := serve(t, answer(""))
	s.Close()
	_, err := client(t, s.URL, nil).Embed(t.Context(), []string{secret}, embed.Query)
	if f, ok := errors.AsType[*embed.ServerError](err); !ok || f.Class != embed.Offline || f.Cause == nil {
		t.Errorf("got %v, want offline with a cause", err)
	}
}

func TestSlowServerIsToldFromImpatientCaller(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	})
	defer close(stop)
	o := client(t, s.URL, func(o *embed.OpenAIOptions) { o.QueryTimeout = 30 * time.Millisecond })
	_, err := o.Embed(t.Context(), []string{"a"}, embed.Query)
	if f, ok := errors.AsType[*embed.ServerError](err); !ok || f.Class != embed.Slow {
		t.Errorf("got %v, want slow", err)
	}
	for range 5 { // a caller who gives up says nothing about the server
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		_, err = o.Embed(ctx, []string{"a"}, embed.Query)
		cancel()
		if f, ok := errors.AsType[*embed.ServerError](err); !ok || f.Class != embed.Stopped || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want stopped", err)
		}
	}
}

// request is what a server of ours is asked.
type request struct {
	Input      []string `json:"input"`
	Model      string   `json:"model"`
	Dimensions int      `json:"dimensions"`
}

// vectorsOf answers with the length of each text and 1, last text first. Texts for which refuse
// returns a status other than 0 spoil the whole request.
func vectorsOf(refuse func(request) int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req request
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		if refuse != nil {
			if code := refuse(req); code != 0 {
				w.WriteHeader(code)
				_, _ = fmt.Fprintf(w, `{"detail":%q}`, req.Input)
				return
			}
		}
		var data []map[string]any
		for i, text := range slices.Backward(req.Input) {
			data = append(data, map[string]any{"index": i, "embedding": []float64{float64(len(text)), 1}})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
	}
}

func TestVectorsAreOrderedAndOfLengthOne(t *testing.T) {
	t.Parallel()
	s := serve(t, vectorsOf(nil))
	o := client(t, s.URL, nil)
	texts := []string{"a", "", "bcd", " \x00\n ", "\xff\xfeef"}
	for _, kind := range []embed.Kind{embed.Query, embed.Passage} {
		got, err := o.Embed(t.Context(), texts, kind)
		if err != nil {
			t.Fatal(err)
		}
		unit := func(n float64) []float32 {
			l := math.Hypot(n, 1)
			return []float32{float32(n / l), float32(1 / l)}
		}
		if diff := cmp.Diff([][]float32{unit(1), nil, unit(3), nil, unit(2)}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", kind, diff)
		}
	}
	if o.Dimension() != 2 {
		t.Errorf("dimension %d, want 2", o.Dimension())
	}
	if n := s.requests.Load(); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

func TestWhatIsSent(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got []request
	var keys []string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		vectorsOf(func(req request) int {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, req)
			keys = append(keys, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization"))
			return 0
		})(w, r)
	})
	o := client(t, s.URL, func(o *embed.OpenAIOptions) {
		o.QueryPrefix, o.PassagePrefix, o.Dimensions, o.MaxRunes, o.Batch = "query: ", "passage: ", 2, 12, 2
	})
	if _, err := o.Embed(t.Context(), []string{"wo\n ist  dás?"}, embed.Query); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Embed(t.Context(), []string{"a", "b", "äöüßx"}, embed.Passage); err != nil {
		t.Fatal(err)
	}
	want := []request{
		{Input: []string{"query: wo is"}, Model: "minilm", Dimensions: 2},
		{Input: []string{"passage: a", "passage: b"}, Model: "minilm", Dimensions: 2},
		{Input: []string{"passage: äöü"}, Model: "minilm", Dimensions: 2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	for _, k := range keys {
		if k != "POST /v1/embeddings Bearer key" {
			t.Errorf("got %q", k)
		}
	}
}

func TestDimensionsThatAreIgnored(t *testing.T) {
	t.Parallel()
	s := serve(t, vectorsOf(nil))
	o := client(t, s.URL, func(o *embed.OpenAIOptions) { o.Dimensions = 128 })
	_, err := o.Embed(t.Context(), []string{"a"}, embed.Passage)
	if f, ok := errors.AsType[*embed.ServerError](err); !ok || f.Class != embed.Changed {
		t.Errorf("got %v, want changed", err)
	}
	if n := s.requests.Load(); n != 1 {
		t.Errorf("%d requests, want 1: trying again doesn't help", n)
	}
}

func texts(n int, bad ...int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("Text %d", i)
	}
	for _, i := range bad {
		out[i] = secret
	}
	return out
}

func hasSecret(req request) bool { return strings.Contains(strings.Join(req.Input, " "), secret) }

func TestOneBadTextSpoilsNothingElse(t *testing.T) {
	t.Parallel()
	for _, code := range []int{400, 413, 422, 500} {
		var log bytes.Buffer
		s := serve(t, vectorsOf(func(req request) int {
			if hasSecret(req) {
				return code
			}
			return 0
		}))
		o := client(t, s.URL, func(o *embed.OpenAIOptions) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
		got, err := o.Embed(t.Context(), texts(40, 3, 4, 39), embed.Passage)
		if err != nil {
			t.Fatalf("status %d: %v", code, err)
		}
		for i, v := range got {
			if bad := i == 3 || i == 4 || i == 39; bad != (v == nil) {
				t.Errorf("status %d: text %d has the vector %v", code, i, v)
			}
		}
		if n := s.requests.Load(); n > 30 {
			t.Errorf("status %d: %d requests", code, n)
		}
		if log.Len() == 0 || strings.Contains(log.String(), secret) {
			t.Errorf("log: %q", log.String())
		}
	}
}

func TestTooLongTextIsCut(t *testing.T) {
	t.Parallel()
	s := serve(t, vectorsOf(func(req request) int {
		for _, text := range req.Input {
			if len(text) > 300 {
				return http.StatusInternalServerError
			}
		}
		return 0
	}))
	got, err := client(t, s.URL, nil).Embed(t.Context(), []string{"a", strings.Repeat("ä", 1000), "b"}, embed.Passage)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range got {
		if v == nil {
			t.Errorf("text %d has no vector", i)
		}
	}
	if n := s.requests.Load(); n > 8 {
		t.Errorf("%d requests", n)
	}
}

func TestAllTextsRefused(t *testing.T) {
	t.Parallel()
	s := serve(t, vectorsOf(func(req request) int {
		if hasSecret(req) {
			return 500
		}
		return 0
	}))
	got, err := client(t, s.URL, nil).Embed(t.Context(), []string{secret}, embed.Passage)
	if err != nil || got[0] != nil {
		t.Errorf("a server that is well otherwise: got %v, %v, want no vector and no error", got, err)
	}
	s = serve(t, status(500, "broken"))
	_, err = client(t, s.URL, nil).Embed(t.Context(), texts(16), embed.Passage)
	if f, ok := errors.AsType[*embed.ServerError](err); !ok || f.Class != embed.Rejected || f.Status != 500 {
		t.Errorf("a server that refuses everything: got %v, want rejected", err)
	}
}

func TestPassagesAreTriedAgain(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	s := serve(t, vectorsOf(func(request) int {
		return []int{503, 429, 0}[min(n.Add(1)-1, 2)]
	}))
	got, err := client(t, s.URL, nil).Embed(t.Context(), []string{"a"}, embed.Passage)
	if err != nil || got[0] == nil {
		t.Errorf("got %v, %v, want a vector", got, err)
	}
	s = serve(t, status(429, ""))
	if _, err = client(t, s.URL, nil).Embed(t.Context(), []string{"a"}, embed.Passage); err == nil {
		t.Error("no error after all attempts")
	}
	if n := s.requests.Load(); n != 6 {
		t.Errorf("%d attempts, want 6", n)
	}
	for _, code := range []int{401, 404} {
		s = serve(t, status(code, ""))
		if _, err = client(t, s.URL, nil).Embed(t.Context(), []string{"a"}, embed.Passage); err == nil {
			t.Errorf("status %d: no error", code)
		}
		if n := s.requests.Load(); n != 1 {
			t.Errorf("status %d: %d attempts, want 1", code, n)
		}
	}
}

func TestNoPauseBeyondTheDeadline(t *testing.T) {
	t.Parallel()
	s := serve(t, status(429, "", "Retry-After", "60"))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	start := time.Now()
	_, err := client(t, s.URL, nil).Embed(ctx, []string{"a"}, embed.Passage)
	if f, ok := errors.AsType[*embed.ServerError](err); !ok || f.Class != embed.Limited || time.Since(start) > 10*time.Second {
		t.Errorf("got %v after %s, want limited at once", err, time.Since(start))
	}
}

func TestAServerThatFailsIsLeftAlone(t *testing.T) {
	t.Parallel()
	var well atomic.Bool
	s := serve(t, vectorsOf(func(request) int {
		if well.Load() {
			return 0
		}
		return 503
	}))
	o := client(t, s.URL, func(o *embed.OpenAIOptions) { o.Cooldown = 50 * time.Millisecond })
	ask := func() embed.Class {
		_, err := o.Embed(t.Context(), []string{"a"}, embed.Query)
		f, _ := errors.AsType[*embed.ServerError](err)
		if f == nil {
			return ""
		}
		return f.Class
	}
	got := []embed.Class{ask(), ask(), ask(), ask(), ask()}
	want := []embed.Class{embed.Busy, embed.Busy, embed.Busy, embed.Resting, embed.Resting}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := s.requests.Load(); n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
	well.Store(true)
	for deadline := time.Now().Add(5 * time.Second); ask() != ""; {
		if time.Now().After(deadline) {
			t.Fatal("the server is well again, but never asked")
		}
	}
}

func TestQuestionsGoFirst(t *testing.T) {
	t.Parallel()
	asked, release := make(chan struct{}), make(chan struct{})
	var passages, atOnce, most atomic.Int64
	s := serve(t, vectorsOf(func(req request) int {
		if req.Input[0] == "question" {
			close(asked)
			<-release
			return 0
		}
		passages.Add(1)
		if n := atOnce.Add(1); n > most.Load() {
			most.Store(n)
		}
		time.Sleep(2 * time.Millisecond)
		atOnce.Add(-1)
		return 0
	}))
	o := client(t, s.URL, nil)
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := o.Embed(t.Context(), []string{"question"}, embed.Query); err != nil {
			t.Error(err)
		}
	})
	<-asked
	for range 3 {
		wg.Go(func() {
			if _, err := o.Embed(t.Context(), texts(48), embed.Passage); err != nil {
				t.Error(err)
			}
		})
	}
	time.Sleep(50 * time.Millisecond)
	if n := passages.Load(); n != 0 {
		t.Errorf("%d batches were sent while a question was under way", n)
	}
	close(release)
	wg.Wait()
	if n := passages.Load(); n != 9 {
		t.Errorf("%d batches, want 9", n)
	}
	if n := most.Load(); n != 1 {
		t.Errorf("%d batches at once, want 1", n)
	}
}

func TestProbeTellsModelsApart(t *testing.T) {
	t.Parallel()
	probe := func(x float64) []float32 {
		s := serve(t, answer(fmt.Sprintf(`{"data":[{"index":0,"embedding":[1,%g]}]}`, x)))
		v, err := client(t, s.URL, nil).Probe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if !embed.SameModel(probe(0.5), probe(0.501)) {
		t.Error("rounding makes another model")
	}
	if embed.SameModel(probe(0.5), probe(0.8)) || embed.SameModel(probe(0.5), nil) || embed.SameModel(nil, nil) {
		t.Error("another model isn't recognised")
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for _, opts := range []embed.OpenAIOptions{
		{},
		{BaseURL: "localhost:8080", Model: "m"},
		{BaseURL: "ftp://x/v1", Model: "m"},
		{BaseURL: "http://x/v1"},
		{BaseURL: "http://x/v1", Model: "m", Dimensions: -1},
		{BaseURL: "http://\x00", Model: "m"},
	} {
		if _, err := embed.NewOpenAI(opts); err == nil {
			t.Errorf("%+v is accepted", opts)
		}
	}
	name := func(o embed.OpenAIOptions) string {
		o.BaseURL, o.Model = "http://x/v1", "m"
		e, err := embed.NewOpenAI(o)
		if err != nil {
			t.Fatal(err)
		}
		return e.Name()
	}
	names := map[string]bool{
		name(embed.OpenAIOptions{}):                                        true,
		name(embed.OpenAIOptions{Dimensions: 64}):                          true,
		name(embed.OpenAIOptions{QueryPrefix: "query: "}):                  true,
		name(embed.OpenAIOptions{PassagePrefix: "query: "}):                true,
		name(embed.OpenAIOptions{QueryPrefix: "a", PassagePrefix: "b: "}):  true,
		name(embed.OpenAIOptions{QueryPrefix: "ab", PassagePrefix: " : "}): true,
	}
	if len(names) != 6 {
		t.Errorf("models that differ have the same name: %v", names)
	}
}
