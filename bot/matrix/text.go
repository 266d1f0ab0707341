package matrix

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
)

// maxText bounds the text of an event in bytes. Homeservers allow less.
const maxText = 128 << 10

// messageContent is the content of m.room.message. Fields of a wrong type stay empty.
type messageContent struct {
	MsgType   string           `json:"msgtype"`
	Body      string           `json:"body"`
	Filename  string           `json:"filename"`
	Format    string           `json:"format"`
	Formatted string           `json:"formatted_body"`
	Mentions  *event.Mentions  `json:"m.mentions"`
	Relates   *event.RelatesTo `json:"m.relates_to"`
	New       *messageContent  `json:"m.new_content"`
}

// relation returns what the event relates to; that is never encrypted.
func (e *timelineEvent) relation() event.RelatesTo {
	var content struct {
		Relates event.RelatesTo `json:"m.relates_to"`
	}
	_ = unmarshal(e.Content, &content)
	return content.Relates
}

func (c *Client) readMessage(ctx context.Context, ev bot.Event, e *timelineEvent) (bot.Event, error) {
	var content messageContent
	if err := unmarshal(e.Content, &content); err != nil {
		return ev, nil //nolint:nilerr // malformed
	}
	rel := event.RelatesTo{}
	if content.Relates != nil {
		rel = *content.Relates
	}
	ev.Thread, ev.ReplyTo = rel.GetThreadParent(), rel.GetNonFallbackReplyTo()
	if target := rel.GetReplaceID(); target != "" {
		return c.readEdit(ctx, ev, &content, target)
	}
	if !content.isText() {
		return ev, nil
	}
	ev.Kind = bot.Text
	c.fillText(&ev, &content, rel.GetReplyTo() != "")
	return ev, nil
}

// readEdit takes an edit from nobody but who wrote the original: homeservers don't check.
func (c *Client) readEdit(ctx context.Context, ev bot.Event, content *messageContent, target id.EventID) (bot.Event, error) {
	if content.New == nil || !content.New.isText() {
		return ev, nil
	}
	original, err := c.event(ctx, ev.Room, target)
	if err != nil {
		return ev, err
	}
	if original == nil || original.Sender != ev.Sender || original.StateKey != nil {
		return ev, nil
	}
	rel := original.relation()
	ev.Kind, ev.Target = bot.Edited, target
	ev.Thread, ev.ReplyTo = rel.GetThreadParent(), rel.GetNonFallbackReplyTo()
	c.fillText(&ev, content.New, false)
	return ev, nil
}

// isText reports whether the message says something: text, an action, or the caption of a file. A
// notice is what bots say, and never answered.
func (m *messageContent) isText() bool {
	switch event.MessageType(m.MsgType) {
	case event.MsgText, event.MsgEmote:
		return true
	case event.MsgImage, event.MsgFile, event.MsgAudio, event.MsgVideo:
		return m.Filename != "" && m.Body != m.Filename
	default:
		return false
	}
}

// fillText sets the text of an event and whether it mentions the bot: m.mentions decides if it is
// there, else a pill, else the bot's full user ID. The bot's bare name decides nothing.
func (c *Client) fillText(ev *bot.Event, m *messageContent, isReply bool) {
	body := m.Body
	if isReply {
		body = event.TrimReplyFallbackText(body)
	}
	var pills []id.UserID
	if m.Format == string(event.FormatHTML) {
		var text string
		if text, pills = htmlText(m.Formatted, c.api.UserID); len(pills) > 0 {
			body = text
		}
	}
	switch {
	case m.Mentions != nil:
		ev.Mentioned = slices.Contains(m.Mentions.UserIDs, c.api.UserID)
	case len(pills) > 0:
		ev.Mentioned = slices.Contains(pills, c.api.UserID)
	default:
		_, ev.Mentioned = cutUserID(body, c.api.UserID)
	}
	ev.Text = cleanText(body)
	if ev.Mentioned {
		ev.Text = c.withoutMention(ev.Text, slices.Contains(pills, c.api.UserID))
	}
}

// withoutMention removes the bot's user ID wherever it is, and at the beginning its name, with the
// colon or comma after it. If there was a pill, it is gone already, and just the colon is left.
func (c *Client) withoutMention(text string, pill bool) string {
	cut := pill
	for {
		shorter, found := cutUserID(text, c.api.UserID)
		if !found {
			break
		}
		text, cut = shorter, true
	}
	text = strings.TrimSpace(text)
	if name := c.opts.DisplayName; !cut && name != "" {
		if rest, ok := cutPrefixFold(strings.TrimPrefix(text, "@"), name); ok {
			text, cut = rest, true
		}
	}
	if cut {
		text = strings.TrimLeft(text, ":, \u00a0")
	}
	return strings.TrimSpace(text)
}

// cutPrefixFold removes a prefix that is a word of its own.
func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	next, _ := utf8.DecodeRuneInString(s[len(prefix):])
	if unicode.IsLetter(next) || unicode.IsDigit(next) || next == '-' {
		return s, false
	}
	return s[len(prefix):], true
}

// cutUserID removes the first occurrence of a user ID that isn't part of a longer one.
func cutUserID(s string, user id.UserID) (string, bool) {
	for from := 0; ; {
		i := strings.Index(s[from:], string(user))
		if i < 0 {
			return s, false
		}
		i += from
		end := i + len(user)
		next, _ := utf8.DecodeRuneInString(s[end:])
		after, _ := utf8.DecodeRuneInString(s[min(end+1, len(s)):])
		longer := unicode.IsLetter(next) || unicode.IsDigit(next) || next == '-' ||
			((next == '.' || next == ':') && (unicode.IsLetter(after) || unicode.IsDigit(after)))
		if !longer {
			return s[:i] + s[end:], true
		}
		from = end
	}
}

// cleanText makes text valid UTF-8 without control characters, bounded, its lines ended by \n.
func cleanText(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	s = strings.ToValidUTF8(s, "\ufffd")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r' || r == '\u2028' || r == '\u2029':
			return '\n'
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// plainKey strips what clients add to an emoji as they like: the variation selector and skin tones.
func plainKey(key string) string {
	key = strings.Map(func(r rune) rune {
		if r == '\ufe0e' || r == '\ufe0f' || (r >= 0x1f3fb && r <= 0x1f3ff) {
			return -1
		}
		return r
	}, key)
	return cleanText(key)
}

// htmlText returns the text of Matrix HTML with its pills replaced by user IDs, the bot's own by
// nothing, and whose pills they were. It reads token by token, so that depth of nesting costs nothing.
func htmlText(source string, self id.UserID) (text string, pills []id.UserID) {
	if len(source) > maxText {
		source = source[:maxText]
	}
	r := htmlReader{z: html.NewTokenizer(strings.NewReader(source)), self: self}
	for {
		token := r.z.Next()
		if token == html.ErrorToken {
			return r.out.String(), r.pills
		}
		r.take(token)
	}
}

type htmlReader struct {
	z     *html.Tokenizer
	self  id.UserID
	out   strings.Builder
	pills []id.UserID
	skip  string // the element whose inside is skipped
}

func (r *htmlReader) take(token html.TokenType) {
	if r.skip != "" {
		if name, _ := r.z.TagName(); token == html.EndTagToken && string(name) == r.skip {
			r.skip = ""
		}
		return
	}
	switch token {
	case html.TextToken:
		r.out.Write(r.z.Text())
	case html.StartTagToken, html.SelfClosingTagToken:
		name, hasAttr := r.z.TagName()
		r.start(string(name), hasAttr)
	case html.EndTagToken:
		if name, _ := r.z.TagName(); isBlock(string(name)) {
			r.newLine()
		}
	default: // a comment
	}
}

func (r *htmlReader) start(name string, hasAttr bool) {
	switch name {
	case "mx-reply", "script", "style", "title":
		r.skip = name
	case "br":
		r.out.WriteByte('\n')
	case "li":
		r.newLine()
		r.out.WriteString("- ")
	case "a":
		if user := r.pill(hasAttr); user != "" {
			r.skip = name
			r.pills = append(r.pills, user)
			if user != r.self {
				r.out.WriteString(string(user))
			}
		}
	default:
		if isBlock(name) {
			r.newLine()
		}
	}
}

// pill returns the user that a link leads to, or nobody.
func (r *htmlReader) pill(hasAttr bool) id.UserID {
	for hasAttr {
		var key, val []byte
		key, val, hasAttr = r.z.TagAttr()
		if string(key) != "href" {
			continue
		}
		if uri, err := id.ParseMatrixURIOrMatrixToURL(string(val)); err == nil && uri.Sigil1 == '@' {
			return uri.UserID()
		}
	}
	return ""
}

func (r *htmlReader) newLine() {
	if r.out.Len() > 0 && !strings.HasSuffix(r.out.String(), "\n") {
		r.out.WriteByte('\n')
	}
}

func isBlock(tag string) bool {
	switch tag {
	case "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "pre", "blockquote", "table", "tr", "hr":
		return true
	}
	return false
}
