package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
)

// sendTimeout bounds one request; after it, nobody knows what came of it.
const sendTimeout = 30 * time.Second

// errTooLarge is a message that no homeserver would take.
var errTooLarge = errors.New("message is too large")

// Send sends one event with one request and returns its ID. The error is a [*bot.SendError]; the
// same transaction ID may be sent again then. A reaction that is there already counts as sent; its
// ID is empty if it can't be found out. Send isn't cut off when ctx ends: it takes up to a minute.
func (c *Client) Send(ctx context.Context, o bot.Outgoing) (id.EventID, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*sendTimeout)
	defer cancel()
	event, err := c.send(ctx, &o)
	if err == nil {
		if o.Thread != "" {
			c.tails.set(o.Thread, event)
		}
		return event, nil
	}
	if hasCode(err, "M_DUPLICATE_ANNOTATION") {
		return c.ownReaction(ctx, &o), nil
	}
	sendErr := sendError(err)
	if sendErr.Unknown {
		c.hurryUp()
	}
	return "", sendErr
}

func (c *Client) send(ctx context.Context, o *bot.Outgoing) (id.EventID, error) {
	switch o.Kind {
	case bot.OutReaction:
		return c.put(ctx, o, event.EventReaction, reaction(o))
	case bot.OutRedact:
		return c.redact(ctx, o)
	case bot.OutMessage, bot.OutEdit:
		return c.say(ctx, o)
	}
	return "", fmt.Errorf("send %q: %w", o.Kind, errors.ErrUnsupported)
}

// say sends a message or an edit, encrypted if the room is.
func (c *Client) say(ctx context.Context, o *bot.Outgoing) (id.EventID, error) {
	content, err := message(o, c.tails.of(o.Thread))
	if err != nil {
		return "", err
	}
	encrypted, err := c.know(ctx, o.Room)
	if err != nil {
		return "", err
	}
	if !encrypted {
		return c.put(ctx, o, event.EventMessage, content)
	}
	sealed, err := c.helper.Encrypt(ctx, o.Room, event.EventMessage, content)
	if err != nil {
		return "", fmt.Errorf("encrypt message: %w", err)
	}
	marked, err := mark(sealed)
	if err != nil {
		return "", err
	}
	return c.put(ctx, o, event.EventEncrypted, marked)
}

// unsureError wraps an error of the request that sends: unlike those before it, it may mean that the
// event was sent.
type unsureError struct{ error }

func (e unsureError) Unwrap() error { return e.error }

func (c *Client) put(ctx context.Context, o *bot.Outgoing, typ event.Type, content any) (id.EventID, error) {
	body, err := json.Marshal(content)
	if err != nil {
		return "", fmt.Errorf("encode message: %w", err)
	}
	if len(body) > maxContent {
		return "", errTooLarge
	}
	url := c.api.BuildClientURL("v3", "rooms", o.Room, "send", typ.String(), o.Txn)
	return c.request(ctx, url, json.RawMessage(body))
}

func (c *Client) redact(ctx context.Context, o *bot.Outgoing) (id.EventID, error) {
	return c.request(ctx, c.api.BuildClientURL("v3", "rooms", o.Room, "redact", o.Target, o.Txn), struct{}{})
}

func (c *Client) request(ctx context.Context, url string, content any) (id.EventID, error) {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	var resp mautrix.RespSendEvent
	_, err := c.api.MakeFullRequest(ctx, mautrix.FullRequest{
		Method: http.MethodPut, URL: url, RequestJSON: content, ResponseJSON: &resp,
		MaxAttempts: 1, SensitiveContent: true,
	})
	if err == nil && resp.EventID == "" {
		err = errors.New("response has no event ID")
	}
	if err != nil {
		return "", unsureError{fmt.Errorf("send event: %w", err)}
	}
	return resp.EventID, nil
}

// sendError says what an error means for the message.
func sendError(err error) *bot.SendError {
	out := &bot.SendError{Cause: err}
	httpErr, ok := errors.AsType[mautrix.HTTPError](err)
	_, unsure := errors.AsType[unsureError](err)
	switch {
	case errors.Is(err, errTooLarge), errors.Is(err, errors.ErrUnsupported):
		out.Final = true
	case ok && httpErr.Response != nil && httpErr.Response.StatusCode == http.StatusTooManyRequests:
		out.RetryAfter = retryAfter(&httpErr)
	case isRefusal(err):
		out.Final = true
	case ok && httpErr.Response != nil && httpErr.Response.StatusCode == http.StatusUnauthorized:
		// The token was revoked; the sync loop gets another one, or ends the bot.
	case unsure && !neverLeft(err):
		out.Unknown = true
	}
	return out
}

// neverLeft reports whether there was no connection, so that the request can't have arrived.
func neverLeft(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

// retryAfter reads how long to wait, from the header or from the body, where it was before.
func retryAfter(err *mautrix.HTTPError) time.Duration {
	if s, e := strconv.Atoi(err.Response.Header.Get("Retry-After")); e == nil && s > 0 {
		return time.Duration(s) * time.Second
	}
	if err.RespError != nil {
		if ms, ok := err.RespError.ExtraData["retry_after_ms"].(float64); ok && ms > 0 {
			return time.Duration(ms) * time.Millisecond
		}
	}
	return time.Second
}

func hasCode(err error, code string) bool {
	resp, ok := errors.AsType[mautrix.RespError](err)
	return ok && resp.ErrCode == code
}

// ownReaction looks for a reaction of the bot that is there already.
func (c *Client) ownReaction(ctx context.Context, o *bot.Outgoing) id.EventID {
	var page messagesPage
	url := c.api.BuildURLWithQuery(
		mautrix.ClientURLPath{"v1", "rooms", o.Room, "relations", o.Target, "m.annotation", "m.reaction"},
		map[string]string{"limit": "100"})
	_, err := c.api.MakeFullRequest(ctx, mautrix.FullRequest{Method: http.MethodGet, URL: url, ResponseJSON: &page})
	if err != nil {
		return ""
	}
	for _, raw := range page.Chunk {
		if e, ok := parseEvent(raw); ok && e.Sender == c.api.UserID && e.relation().Key == o.Key {
			return e.ID
		}
	}
	return ""
}
