package main

import (
	"html"
	"regexp"
	"strings"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/internal/botscript"
	"lotse/internal/matrixclient"
)

// act does what a person does in a line.
func (s *stage) act(l botscript.Line) {
	s.t.Helper()
	ctx, cancel := s.context()
	defer cancel()
	c, p, done := s.person(l.Who), s.here, must[id.EventID](s.t)
	words := strings.Replace(l.Text, "@lotse", string(s.world.bot.User), 1)
	var sent id.EventID
	switch l.Action {
	case botscript.Says:
		if l.Thread {
			sent = done(c.SayIn(ctx, p.room, s.root(l), words))
		} else {
			sent = done(c.Say(ctx, p.room, words))
			p.root = sent
		}
	case botscript.Replies:
		sent = done(c.Reply(ctx, p.room, s.post(l, ""), words))
		p.root = sent
	case botscript.Edits:
		done(c.Edit(ctx, p.room, s.last(l, p.said), words))
		return
	case botscript.Deletes:
		of := p.said
		if len(l.Keys) > 0 {
			of = p.reacted
		}
		done(c.Redact(ctx, p.room, s.last(l, of)))
		of[l.Who] = of[l.Who][:len(of[l.Who])-1]
		return
	case botscript.Reacts:
		for _, k := range l.Keys {
			p.reacted[l.Who] = append(p.reacted[l.Who], done(c.React(ctx, p.room, s.post(l, k), k)))
		}
		return
	case botscript.Directive:
		return
	}
	p.said[l.Who] = append(p.said[l.Who], sent)
	p.texts = append(p.texts, spokenText{sent, l.Text})
}

func (s *stage) saySomething(c *matrixclient.Client, words string) {
	s.t.Helper()
	ctx, cancel := s.context()
	defer cancel()
	must[id.EventID](s.t)(c.Say(ctx, s.here.room, words))
}

// root finds the message that a thread hangs on: the last with the words that the line names, else the
// last one of the timeline.
func (s *stage) root(l botscript.Line) id.EventID {
	s.t.Helper()
	root := s.here.root
	if l.At != "" {
		root = ""
		for _, said := range s.here.texts {
			if strings.Contains(said.text, l.At) {
				root = said.event
			}
		}
	}
	if root == "" {
		s.fatalf(l.No, "no message above to hang a thread on")
	}
	return root
}

func (s *stage) last(l botscript.Line, of map[string][]id.EventID) id.EventID {
	s.t.Helper()
	ids := of[l.Who]
	if len(ids) == 0 {
		s.fatalf(l.No, "%s has nothing there to change", l.Who)
	}
	return ids[len(ids)-1]
}

// post finds the post of the bot that a line is about: the last with the words that it names; else the
// last that explains the reaction; else the last.
func (s *stage) post(l botscript.Line, key string) id.EventID {
	s.t.Helper()
	var post, explains id.EventID
	for _, e := range s.here.owner.Seen(s.botPosts(matrixclient.Message)...) {
		if strings.Contains(e.Text, l.At) {
			post = e.ID
		}
		if key != "" && strings.Contains(e.Text, key) {
			explains = e.ID
		}
	}
	if l.At == "" && explains != "" {
		return explains
	}
	if post == "" {
		s.fatalf(l.No, "no such post of the bot there")
	}
	return post
}

// botPosts selects what the bot does here.
func (s *stage) botPosts(more ...matrixclient.Is) []matrixclient.Is {
	return append([]matrixclient.Is{matrixclient.In(s.here.room), matrixclient.From(s.world.bot.User)}, more...)
}

// unexpected is true for what the bot said, changed or deleted and no line has accounted for.
func (s *stage) unexpected(e matrixclient.Event) bool {
	acts := e.Type == event.EventMessage.Type || e.Type == event.EventRedaction.Type || e.Type == event.EventEncrypted.Type
	return acts && !s.here.done[e.ID]
}

// next waits for the next thing that the bot does here.
func (s *stage) next(no int) matrixclient.Event {
	s.t.Helper()
	ctx, cancel := s.context()
	defer cancel()
	e, err := s.here.owner.Wait(ctx, s.botPosts(s.unexpected)...)
	if err != nil {
		s.fatalf(no, "the bot is silent: %v", err)
	}
	s.here.done[e.ID] = true
	return e
}

// nothingMore checks that all the bot did here so far was expected. What comes later is found by the next
// line of the bot.
func (s *stage) nothingMore(no int) {
	s.t.Helper()
	for _, e := range s.here.owner.Seen(s.botPosts(s.unexpected)...) {
		s.fatalf(no, "before this line the bot also did: %s %q", e.Type, e.Text)
	}
}

// expect checks the next thing that the bot does here, or waits for its reactions.
func (s *stage) expect(l botscript.Line) {
	s.t.Helper()
	if l.Action == botscript.Reacts {
		s.expectReactions(l)
		return
	}
	got := s.next(l.No)
	switch {
	case got.Err != nil:
		s.fatalf(l.No, "a post can't be decrypted: %v", got.Err)
	case actionOf(got) != l.Action:
		s.fatalf(l.No, "got %s (edit: %t) %q, want %q", got.Type, got.Edit, got.Text, l.Text)
	case l.Action == botscript.Deletes:
		return
	case !botscript.Matches(got.Text, strings.ReplaceAll(l.Text, "**", "")):
		s.fatalf(l.No, "got:\n%s\n\nwant:\n%s", got.Text, l.Text)
	case l.Action == botscript.Says:
		s.checkThread(l, got)
	}
	s.checkForm(l, got)
}

func actionOf(e matrixclient.Event) botscript.Action {
	switch {
	case e.Type == event.EventRedaction.Type:
		return botscript.Deletes
	case e.Edit:
		return botscript.Edits
	}
	return botscript.Says
}

func (s *stage) checkThread(l botscript.Line, got matrixclient.Event) {
	s.t.Helper()
	want := id.EventID("")
	if l.Thread {
		want = s.root(l)
	} else {
		s.here.root = got.ID
	}
	if got.Thread != want {
		s.fatalf(l.No, "posted in thread %q, want %q: %s", got.Thread, want, got.Text)
	}
	s.here.texts = append(s.here.texts, spokenText{got.ID, got.Text})
}

var bold = regexp.MustCompile(`\*\*([^*…]+)\*\*`)

// checkForm checks what people see beside the words: bold is bold, nobody is pinged, and what is
// said in an encrypted room is encrypted.
func (s *stage) checkForm(l botscript.Line, got matrixclient.Event) {
	s.t.Helper()
	for _, m := range bold.FindAllStringSubmatch(l.Text, -1) {
		if !strings.Contains(html.UnescapeString(got.HTML), "<strong>"+m[1]+"</strong>") {
			s.fatalf(l.No, "%q isn't bold in %s", m[1], got.HTML)
		}
	}
	if got.MsgType != event.MsgNotice || len(got.Mentions) > 0 || got.Encrypted != s.kind.encrypted {
		s.fatalf(l.No, "posted as %s, encrypted: %t, pinging %v", got.MsgType, got.Encrypted, got.Mentions)
	}
	if got.Encrypted && got.Trust < id.TrustStateCrossSignedUntrusted {
		s.fatalf(l.No, "the device is not cross-signed: %s", got.Trust)
	}
}

// expectReactions waits until the bot has reacted to its own last post.
func (s *stage) expectReactions(l botscript.Line) {
	s.t.Helper()
	ctx, cancel := s.context()
	defer cancel()
	on := s.post(l, "")
	for _, k := range l.Keys {
		_, err := s.here.owner.Wait(ctx, s.botPosts(matrixclient.ReactionOn(on), func(e matrixclient.Event) bool {
			return plainKey(e.Key) == plainKey(k)
		})...)
		if err != nil {
			s.fatalf(l.No, "the bot doesn't react with %s: %v", k, err)
		}
	}
}

func plainKey(key string) string { return strings.ReplaceAll(key, "\uFE0F", "") }
