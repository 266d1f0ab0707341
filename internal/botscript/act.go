package botscript

import (
	"strings"

	"maunium.net/go/mautrix/id"

	"lotse/bot"
)

// act does what a person does in a line.
func (s *stage) act(l Line) {
	s.t.Helper()
	room := s.room()
	e := bot.Event{Room: room, Sender: UserID(l.Who)}
	key := l.Who + " " + string(room)
	switch l.Action {
	case Says, Replies:
		s.say(l, e, key)
	case Edits:
		e.Kind, e.Text, e.Target = bot.Edited, l.Text, s.last(l, s.said[key])
		s.deliver(l.No, e)
	case Deletes:
		of := s.said
		e.Kind = bot.Deleted
		if len(l.Keys) > 0 {
			of, e.Kind = s.reacted, bot.Withdrawn
		}
		e.Target = s.last(l, of[key])
		of[key] = of[key][:len(of[key])-1]
		s.deliver(l.No, e)
	case Reacts:
		for _, k := range l.Keys {
			e.Kind, e.Key, e.Target = bot.Reacted, strings.ReplaceAll(k, "\uFE0F", ""), s.post(l, k)
			s.reacted[key] = append(s.reacted[key], s.deliver(l.No, e))
		}
	case Directive:
	}
}

func (s *stage) say(l Line, e bot.Event, key string) {
	s.t.Helper()
	e.Kind, e.Text = bot.Text, l.Text
	if rest, ok := strings.CutPrefix(l.Text, "@lotse"); ok {
		e.Mentioned, e.Text = true, strings.TrimLeft(rest, " :,")
	}
	if l.Thread {
		e.Thread = s.root(l)
	}
	if l.Action == Replies {
		e.ReplyTo = s.post(l, "")
	}
	event := s.deliver(l.No, e)
	s.said[key] = append(s.said[key], event)
	s.texts = append(s.texts, spoken{event, l.Text})
	if e.Thread == "" {
		s.roots[e.Room] = event
	}
}

// root finds the message that a thread hangs on: that with the words which the line names (the last
// one that is just these words, else that has them), else the last one of the timeline.
func (s *stage) root(l Line) id.EventID {
	s.t.Helper()
	root := s.roots[s.room()]
	if l.At != "" {
		root = ""
		exact := false
		for _, said := range s.texts {
			if said.text == l.At || (!exact && strings.Contains(said.text, l.At)) {
				root, exact = said.event, exact || said.text == l.At
			}
		}
	}
	if root == "" {
		s.fatalf(l.No, "no message above to hang a thread on")
	}
	return root
}

func (s *stage) last(l Line, ids []id.EventID) id.EventID {
	s.t.Helper()
	if len(ids) == 0 {
		s.fatalf(l.No, "%s has nothing there to change", l.Who)
	}
	return ids[len(ids)-1]
}

// post finds the post of the bot that a line is about: with the words if it names some; else the last
// that offers the reaction; else the last.
func (s *stage) post(l Line, key string) id.EventID {
	s.t.Helper()
	var lastPost, offers id.EventID
	for _, e := range s.server.Sent() {
		switch {
		case e.Room != s.room():
		case e.Kind == bot.OutReaction && sameKey(e.Key, key):
			offers = e.Target
		case e.Kind == bot.OutMessage && strings.Contains(plainText(e.Text), l.At):
			lastPost = e.ID
		}
	}
	if l.At == "" && offers != "" {
		return offers
	}
	if lastPost == "" {
		s.fatalf(l.No, "no such post of the bot there")
	}
	return lastPost
}

func sameKey(a, b string) bool {
	return strings.ReplaceAll(a, "\uFE0F", "") == strings.ReplaceAll(b, "\uFE0F", "")
}

// expect finds what the bot did in the place of the line: the first thing that isn't accounted for.
func (s *stage) expect(l Line) {
	s.t.Helper()
	if l.Action == Reacts {
		for _, k := range l.Keys {
			s.expectReaction(l, k)
		}
		return
	}
	sent := s.server.Sent()
	i := s.next(sent, func(e Sent) bool { return e.Room == s.room() && e.Kind != bot.OutReaction })
	if i < 0 {
		s.fatalf(l.No, "the bot is silent, want %q", l.Text)
	}
	got := sent[i]
	want := map[Action]bot.OutKind{Says: bot.OutMessage, Edits: bot.OutEdit, Deletes: bot.OutRedact}[l.Action]
	switch {
	case got.Kind != want:
		s.fatalf(l.No, "got %s %q, want %s %q", got.Kind, got.Text, want, l.Text)
	case !Matches(got.Text, l.Text):
		s.fatalf(l.No, "got:\n%s\n\nwant:\n%s", plainText(got.Text), plainText(l.Text))
	case got.Kind == bot.OutMessage:
		s.checkThread(l, got)
	}
	s.hidden[i] = true
}

func (s *stage) checkThread(l Line, got Sent) {
	s.t.Helper()
	s.texts = append(s.texts, spoken{got.ID, got.Text})
	switch {
	case l.Thread && got.Thread != s.root(l):
		s.fatalf(l.No, "posted in thread %q, want %q", got.Thread, s.root(l))
	case !l.Thread && got.Thread != "":
		s.fatalf(l.No, "posted in thread %q, want the timeline", got.Thread)
	case !l.Thread:
		s.roots[got.Room] = got.ID
	}
}

func (s *stage) expectReaction(l Line, key string) {
	s.t.Helper()
	sent := s.server.Sent()
	i := s.next(sent, func(e Sent) bool {
		return e.Room == s.room() && e.Kind == bot.OutReaction && sameKey(e.Key, key)
	})
	if i < 0 {
		s.fatalf(l.No, "the bot doesn't react with %s", key)
	}
	s.hidden[i] = true
}

// next returns the index of the first post that isn't accounted for and fits, or -1.
func (s *stage) next(sent []Sent, fits func(Sent) bool) int {
	for i := s.seen; i < len(sent); i++ {
		if !s.hidden[i] && fits(sent[i]) {
			return i
		}
	}
	return -1
}

// nothingMore checks that all the bot said so far was expected.
func (s *stage) nothingMore(no int) {
	s.t.Helper()
	sent := s.server.Sent()
	if i := s.next(sent, func(e Sent) bool { return e.Kind != bot.OutReaction }); i >= 0 {
		s.fatalf(no, "before this line, in %s, the bot also did: %s %q", sent[i].Room, sent[i].Kind, sent[i].Text)
	}
	s.seen = len(sent)
	clear(s.hidden)
}
