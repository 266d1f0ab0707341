package embed

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	maxAnswer     = 32 << 20 // bytes of an answer: 64 texts of 4,096 numbers as JSON need 6 MB
	maxErrorBody  = 4 << 10
	maxRetryAfter = 2 * time.Minute
)

// doer stands between go-openai and the network. It follows no redirect (the key would go along),
// reads no more than it has to, turns every answer but a sound 200 into a [*ServerError], and drops what the
// server wrote. go-openai's own errors repeat whole bodies, have two shapes, and may lack the
// status; none of them ever arises.
type doer struct {
	client *http.Client
	now    func() time.Time
}

func newDoer(transport http.RoundTripper, now func() time.Time) *doer {
	return &doer{
		client: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		now: now,
	}
}

// Do sends the request; go-openai calls it.
func (d *doer) Do(req *http.Request) (*http.Response, error) {
	res, err := d.client.Do(req) //nolint:gosec // the URL is the administrator's
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }() // read already, or not wanted
	if res.StatusCode != http.StatusOK {
		return nil, d.refusal(res)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxAnswer {
		return nil, &ServerError{Class: Malformed, Status: res.StatusCode, What: "answer too large"}
	}
	if f := sound(body); f != nil {
		return nil, f
	}
	out := *res
	out.Body = io.NopCloser(bytes.NewReader(body))
	return &out, nil
}

// refusal makes a fault of a status.
func (d *doer) refusal(res *http.Response) *ServerError {
	f := &ServerError{Class: Rejected, Status: res.StatusCode, RetryAfter: retryAfter(res.Header, d.now())}
	switch code := res.StatusCode; {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		f.Class = Denied
	case code == http.StatusNotFound || code < http.StatusBadRequest:
		f.Class = NotFound
	case code == http.StatusTooManyRequests:
		f.Class = Limited
		if exhausted(res.Body) {
			f.Class = Quota
		}
	case code == http.StatusRequestTimeout || code > http.StatusInternalServerError:
		f.Class = Busy
	}
	return f
}

// exhausted reports whether the account has no more credit; the only thing that is looked for in
// the text of an error.
func exhausted(body io.Reader) bool {
	text, err := io.ReadAll(io.LimitReader(body, maxErrorBody))
	return err == nil && bytes.Contains(text, []byte(`"insufficient_quota"`))
}

// retryAfter reads the header: whole or broken seconds, or a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	var wait time.Duration
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		// Compared as a number: 1e300 seconds don't fit into a Duration. NaN is neither.
		if seconds >= maxRetryAfter.Seconds() {
			return maxRetryAfter
		}
		if seconds > 0 {
			wait = time.Duration(seconds * float64(time.Second))
		}
	} else if date, err := http.ParseTime(value); err == nil {
		wait = date.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}

// sound looks for what go-openai passes over in silence: an error in an answer with status 200, a
// vector that is null or has null in it (it would become 0), a missing index.
func sound(body []byte) *ServerError {
	var answer struct {
		Data []struct {
			Embedding json.RawMessage `json:"embedding"`
			Index     *int            `json:"index"`
		} `json:"data"`
	}
	bad := func(what string) *ServerError {
		return &ServerError{Class: Malformed, Status: http.StatusOK, What: what}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return bad("no valid JSON")
	}
	if len(answer.Data) == 0 {
		return bad("no vectors")
	}
	for _, d := range answer.Data {
		if len(d.Embedding) == 0 || d.Embedding[0] != '[' || bytes.Contains(d.Embedding, []byte("null")) {
			return bad("vector missing or incomplete")
		}
		if d.Index == nil && len(answer.Data) > 1 {
			return bad("vectors without index")
		}
	}
	return nil
}
