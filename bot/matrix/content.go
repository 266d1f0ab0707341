package matrix

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
)

const (
	// MaxText is how much Markdown fits into one post, in bytes, whatever is in it: as text and as
	// HTML, JSON-escaped, encrypted, and within 65,536 bytes. Longer ones must be split before.
	MaxText = 8000

	// maxContent is how long the content of an event may be, with room for what the homeserver adds.
	maxContent = 62_000

	// fallbackRunes is how much of an edit is repeated for clients that don't know edits.
	fallbackRunes = 200
)

// message makes the content of a message or an edit. tail is the latest event of its thread.
func message(o *bot.Outgoing, tail id.EventID) (json.RawMessage, error) {
	if len(o.Text) > 4*MaxText {
		return nil, errTooLarge // else even the work of rendering is wasted
	}
	body, html := Render(o.Text)
	m := map[string]any{
		"msgtype":    event.MsgNotice,
		"body":       body,
		"m.mentions": mentions(o.Mentions),
		markerKey:    map[string]any{},
	}
	if o.Loud {
		m["msgtype"] = event.MsgText
	}
	if html != "" {
		m["format"], m["formatted_body"] = event.FormatHTML, html
	}
	if o.Kind == bot.OutEdit {
		m = edit(m, o.Target, body)
	} else if rel := place(o, tail); rel != nil {
		m["m.relates_to"] = rel
	}
	return encode(m)
}

// edit wraps new content. What stands around it is for clients that don't know edits: the beginning
// of the text, after an asterisk. It pings nobody again.
func edit(content map[string]any, target id.EventID, body string) map[string]any {
	return map[string]any{
		"msgtype":       content["msgtype"],
		"body":          "* " + firstRunes(body, fallbackRunes),
		"m.mentions":    struct{}{},
		"m.new_content": content,
		"m.relates_to":  event.RelatesTo{Type: event.RelReplace, EventID: target},
		markerKey:       map[string]any{},
	}
}

// place relates a message to its thread and to what it replies to; nil in the timeline.
func place(o *bot.Outgoing, tail id.EventID) *event.RelatesTo {
	switch {
	case o.Thread != "" && o.ReplyTo != "":
		return &event.RelatesTo{Type: event.RelThread, EventID: o.Thread, InReplyTo: &event.InReplyTo{EventID: o.ReplyTo}}
	case o.Thread != "":
		return &event.RelatesTo{
			Type: event.RelThread, EventID: o.Thread,
			InReplyTo: &event.InReplyTo{EventID: tail}, IsFallingBack: true,
		}
	case o.ReplyTo != "":
		return &event.RelatesTo{InReplyTo: &event.InReplyTo{EventID: o.ReplyTo}}
	}
	return nil
}

// mentions is never nil: without m.mentions, clients and homeservers look for names in the text.
func mentions(users []id.UserID) event.Mentions { return event.Mentions{UserIDs: users} }

func reaction(o *bot.Outgoing) map[string]any {
	return map[string]any{
		"m.relates_to": event.RelatesTo{Type: event.RelAnnotation, EventID: o.Target, Key: o.Key},
		markerKey:      map[string]any{},
	}
}

// mark adds the bot's mark to the envelope of an encrypted message.
func mark(sealed *event.EncryptedEventContent) (map[string]json.RawMessage, error) {
	raw, err := json.Marshal(sealed)
	if err != nil {
		return nil, fmt.Errorf("encode message: %w", err)
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, fmt.Errorf("encode message: %w", err)
	}
	m[markerKey] = json.RawMessage(`{}`)
	return m, nil
}

// encode encodes content, without its HTML if it would be too large with it.
func encode(m map[string]any) (json.RawMessage, error) {
	raw, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode message: %w", err)
	}
	if len(raw) <= maxPlain {
		return raw, nil
	}
	inner := m
	if n, ok := m["m.new_content"].(map[string]any); ok {
		inner = n
	}
	delete(inner, "format")
	delete(inner, "formatted_body")
	if raw, err = json.Marshal(m); err != nil {
		return nil, fmt.Errorf("encode message: %w", err)
	}
	if len(raw) > maxPlain {
		return nil, errTooLarge
	}
	return raw, nil
}

// maxPlain is how long content may be before encryption, which makes it a third longer.
const maxPlain = maxContent * 3 / 4 * 98 / 100

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i] + "…"
		}
		n--
	}
	if !utf8.ValidString(s) {
		return ""
	}
	return s
}
