package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/internal/botscript"
	"lotse/internal/faultproxy"
	"lotse/internal/matrixclient"
)

// stage is a scene while it is played.
type stage struct {
	t       *testing.T
	world   *world
	process *process // of this scene alone; nil if it shares one
	kind    kindOfRoom
	file    string
	people  map[string]*matrixclient.Client
	keys    map[string]*keyring
	places  map[string]*place // "dm anna", "#raum"
	here    *place
	direct  string // whose direct chat was named last
	cast    map[string][]string
	held    bool // the scene holds keys back
}

// place is a room of a scene.
type place struct {
	room    id.RoomID
	owner   *matrixclient.Client // sees what the bot posts there
	done    map[id.EventID]bool  // posts of the bot that were expected
	root    id.EventID           // last message in the timeline
	texts   []spokenText
	said    map[string][]id.EventID // by person, newest last
	reacted map[string][]id.EventID // likewise
}

// spokenText is a message and its text.
type spokenText struct {
	event id.EventID
	text  string
}

func newStage(t *testing.T, w *world, kind kindOfRoom, file string) *stage {
	t.Helper()
	return &stage{
		t: t, world: w, kind: kind, file: filepath.Base(file),
		people: map[string]*matrixclient.Client{}, keys: map[string]*keyring{},
		places: map[string]*place{}, cast: map[string][]string{},
	}
}

// play plays a scene. At its end each room is asked for help: what comes before that was not expected.
func (s *stage) play(lines []botscript.Line) {
	s.t.Helper()
	s.held = has(lines, keysLost)
	s.readCast(lines)
	for _, l := range lines {
		s.step(l)
	}
	for name, p := range s.places {
		s.here = p
		words := "!lotse hilfe"
		if strings.HasPrefix(name, "dm ") {
			words = "hilfe"
		}
		s.saySomething(p.owner, words)
		if got := s.next(0); !strings.Contains(got.Text, "hilfe <") && !strings.Contains(got.Text, "help <") {
			s.fatalf(0, "in %s the bot also did: %s %q", name, got.Type, got.Text)
		}
	}
	if s.process != nil {
		s.process.stop(s.t)
	}
}

func (s *stage) fatalf(no int, format string, args ...any) {
	s.t.Helper()
	s.t.Fatalf("%s:%d: %s", s.file, no, fmt.Sprintf(format, args...))
}

func (s *stage) context() (context.Context, context.CancelFunc) {
	return context.WithTimeout(s.t.Context(), patience)
}

// readCast finds who is in which room.
func (s *stage) readCast(lines []botscript.Line) {
	where := ""
	for _, l := range lines {
		who, at := l.Who, l.Place
		if l.Action == botscript.Directive {
			who, at, _ = strings.Cut(l.Text, " ")
			_, at, _ = strings.Cut(strings.TrimSuffix(at, ")"), "(")
		}
		if at != "" {
			where = at
		}
		if strings.HasPrefix(where, "#") && who != "lotse" && who != restart && !strings.ContainsAny(who, "0123456789") {
			s.cast[where] = append(s.cast[where], who)
		}
	}
}

func (s *stage) step(l botscript.Line) {
	s.t.Helper()
	switch {
	case l.Action == botscript.Directive:
		s.directive(l)
	case l.Who == "lotse":
		s.enter(l.Who, l.Place, true)
		s.expect(l)
	default:
		s.enter(l.Who, l.Place, true)
		s.nothingMore(l.No)
		s.act(l)
	}
}

// person returns the client of somebody.
func (s *stage) person(name string) *matrixclient.Client {
	s.t.Helper()
	if c := s.people[name]; c != nil {
		return c
	}
	w := s.world
	if s.held {
		proxy, err := faultproxy.New(s.t.Context(), w.server.URL)
		if err != nil {
			s.t.Fatal(err)
		}
		s.t.Cleanup(func() { _ = proxy.Close() })
		s.keys[name] = &keyring{proxy: proxy}
		through := *w.server
		through.URL = proxy.URL
		w = &world{t: w.t, server: &through}
	}
	s.people[name] = w.person(name)
	return s.people[name]
}

// enter goes to a place, and makes it if it isn't there.
func (s *stage) enter(who, at string, welcomed bool) {
	s.t.Helper()
	switch at {
	case "":
		if s.here == nil {
			s.t.Fatal("no place yet: write (dm) or (#room)")
		}
		return
	case "dm":
		if who != "lotse" {
			s.direct = who
		}
		at = "dm " + s.direct
	}
	if s.places[at] == nil {
		s.places[at] = s.build(at, who)
		s.here = s.places[at]
		if welcomed {
			s.expect(botscript.Line{Text: "…Ich sage, welches Amt für ein Anliegen zuständig ist.…"})
		}
	}
	s.here = s.places[at]
}

// build makes a room, with all who speak there.
func (s *stage) build(at, owner string) *place {
	s.t.Helper()
	p := &place{
		owner: s.person(owner), done: map[id.EventID]bool{},
		said: map[string][]id.EventID{}, reacted: map[string][]id.EventID{},
	}
	var others []*matrixclient.Client
	known := map[string]bool{owner: true}
	for _, name := range s.cast[at] {
		if !known[name] {
			known[name] = true
			others = append(others, s.person(name))
		}
	}
	p.room = s.world.room(p.owner, matrixclient.Room{
		Name: at, Version: s.kind.version, Encrypted: s.kind.encrypted, Direct: strings.HasPrefix(at, "dm "),
	}, others...)
	ctx, cancel := s.context()
	defer cancel()
	for _, c := range others { // else they don't encrypt for it
		if err := c.Joined(ctx, p.room, s.world.bot.User); err != nil {
			s.t.Fatal(err)
		}
	}
	return p
}

func (s *stage) directive(l botscript.Line) {
	s.t.Helper()
	text, at, _ := strings.Cut(strings.TrimSuffix(l.Text, ")"), "(")
	who, what, _ := strings.Cut(strings.TrimSpace(text), " ")
	what, words, _ := strings.Cut(what, ": ")
	if who != restart && what != "pass" {
		s.enter(who, at, what != invites)
		s.nothingMore(l.No)
	}
	if what == keysLost || what == keysArrive {
		s.turnKey(who, what)
		return
	}
	switch what {
	case "":
		s.process.stop(s.t)
		s.process = s.world.serve()
	case invites:
	case "pass":
		d, err := time.ParseDuration(who)
		if err != nil {
			s.fatalf(l.No, "%v", err)
		}
		time.Sleep(d)
	case echoes:
		go s.echo(s.person(who), s.here.room)
	default:
		s.send(l.No, s.person(who), what, words)
	}
}

func (s *stage) turnKey(who, what string) {
	s.t.Helper()
	ring := s.keys[who]
	if what == keysArrive {
		ring.proxy.Remove(ring.rule)
		return
	}
	ring.rule = ring.proxy.Add(&faultproxy.Rule{
		Method: "PUT", Path: regexp.MustCompile("/sendToDevice/"), Do: faultproxy.Later, Status: 200, Body: "{}",
	})
	if err := s.person(who).NewSession(s.t.Context(), s.here.room); err != nil {
		s.t.Fatal(err)
	}
}

// send sends something that people don't type.
func (s *stage) send(no int, c *matrixclient.Client, what, words string) {
	s.t.Helper()
	ctx, cancel := s.context()
	defer cancel()
	m := &event.MessageEventContent{MsgType: event.MsgText, Body: words, Mentions: &event.Mentions{}}
	switch what {
	case "sends a notice":
		m.MsgType = event.MsgNotice
	case "sends nested HTML":
		m = nested(s.world.bot.User, words)
	case "sends as much as fits":
		size := 62_000
		if s.kind.encrypted {
			size = 40_000 // it grows by more than a third when it is encrypted
		}
		m.Body = strings.Repeat(words+" ", size/(len(words)+1))
	case "sends a megabyte":
		m.Body = strings.Repeat(words, 1<<20/len(words))
		if _, err := c.Send(ctx, s.here.room, event.EventMessage, m); !errors.Is(err, mautrix.MTooLarge) {
			s.fatalf(no, "the homeserver says %v, want that it is too large", err)
		}
		return
	default:
		s.fatalf(no, "unknown directive %q", what)
	}
	s.here.root = must[id.EventID](s.t)(c.Send(ctx, s.here.room, event.EventMessage, m))
}

// echo answers each post of the bot with a notice that mentions it, until the scene ends.
func (s *stage) echo(c *matrixclient.Client, room id.RoomID) {
	ctx := s.t.Context()
	answered := map[id.EventID]bool{}
	for {
		e, err := c.Wait(ctx, matrixclient.In(room), matrixclient.From(s.world.bot.User), matrixclient.Message,
			func(e matrixclient.Event) bool { return !answered[e.ID] })
		if err != nil {
			return
		}
		answered[e.ID] = true
		m := &event.MessageEventContent{
			MsgType: event.MsgNotice, Body: question(0), Mentions: &event.Mentions{UserIDs: []id.UserID{s.world.bot.User}},
		}
		if e.Thread != "" {
			m.RelatesTo = (&event.RelatesTo{}).SetThread(e.Thread, e.ID)
		}
		_, _ = c.Send(ctx, room, event.EventMessage, m)
	}
}
