package botscript

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
)

// patience is how long the bot may take to settle after a step.
const patience = 20 * time.Second

// Play runs transcripts. A direct chat "(dm)" and a room "(#name)" are there as soon as they are
// named, welcomed already; only "-- anna invites (dm)" goes through an invitation.
type Play struct {
	Pool    *pgxpool.Pool
	Router  func() *bot.Router // called again at each restart, as a new process would
	Options bot.Options        // User and Allow have defaults: [User], everybody
	Rooms   map[string]bot.Settings
}

// RunDir plays every transcript in a folder, each on the pool that newPlay gives it.
func RunDir(t *testing.T, folder string, newPlay func(t *testing.T) Play) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts in %s (%v)", folder, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			newPlay(t).Run(t, file)
		})
	}
}

// Run plays one transcript.
func (p Play) Run(t *testing.T, file string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	lines, err := Parse(f)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	s := p.stage(t, filepath.Base(file))
	s.start()
	defer s.stop()
	for _, l := range lines {
		s.step(l)
	}
	s.nothingMore(0)
}

// stage is a transcript while it is played.
type stage struct {
	t       *testing.T
	file    string
	play    Play
	server  *Server
	bot     *bot.Bot
	end     func()
	leap    atomic.Int64
	place   string // "dm anna", "#raum"
	direct  string // whose direct chat was named last
	known   map[string]bool
	seen    int                      // posts before this one were expected
	hidden  map[int]bool             // indices of posts after seen that were expected
	roots   map[id.RoomID]id.EventID // last message in the timeline
	texts   []spoken                 // what was said, by whomever
	said    map[string][]id.EventID  // by person and room, newest last
	reacted map[string][]id.EventID  // likewise
}

func (p Play) stage(t *testing.T, file string) *stage {
	t.Helper()
	return &stage{
		t: t, file: file, play: p, server: NewServer(),
		known:   make(map[string]bool),
		hidden:  make(map[int]bool),
		roots:   make(map[id.RoomID]id.EventID),
		said:    make(map[string][]id.EventID),
		reacted: make(map[string][]id.EventID),
	}
}

// spoken is a message and its text.
type spoken struct {
	event id.EventID
	text  string
}

// start begins a process.
func (s *stage) start() {
	o := s.play.Options
	if o.User == "" {
		o.User = User
	}
	if o.Allow == nil {
		o.Allow = func(id.UserID) bool { return true }
	}
	o.Now = func() time.Time { return time.Now().Add(time.Duration(s.leap.Load())) }
	s.bot = bot.New(s.play.Pool, s.server, s.play.Router(), o)
	s.server.Connect(s.bot.Inbox())
	ctx, cancel := context.WithCancel(s.t.Context())
	done := make(chan error, 1)
	go func() { done <- s.bot.Run(ctx) }()
	s.end = func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Errorf("%s: Run: %v", s.file, err)
		}
	}
}

func (s *stage) stop() { s.end() }

func (s *stage) fatalf(no int, format string, args ...any) {
	s.t.Helper()
	s.t.Fatalf("%s:%d: %s", s.file, no, fmt.Sprintf(format, args...))
}

func (s *stage) step(l Line) {
	s.t.Helper()
	switch {
	case l.Action == Directive:
		s.nothingMore(l.No)
		s.directive(l)
	case l.Who == "lotse":
		s.enter(l)
		s.expect(l)
		return
	default:
		s.nothingMore(l.No)
		s.enter(l)
		s.act(l)
	}
	s.settle(l.No)
}

func (s *stage) settle(no int) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	if err := s.bot.Settle(ctx); err != nil {
		s.fatalf(no, "the bot doesn't settle: %v", err)
	}
}

// enter goes to the place of a line, and makes it if it isn't there.
func (s *stage) enter(l Line) {
	s.t.Helper()
	switch {
	case l.Place == "dm" && l.Who != "lotse":
		s.direct = l.Who
		s.place = "dm " + l.Who
	case l.Place == "dm":
		s.place = "dm " + s.direct
	case l.Place != "":
		s.place = l.Place
	}
	if s.place == "" {
		s.fatalf(l.No, "no place yet: write (dm) or (#room)")
	}
	if s.known[s.place] {
		return
	}
	const query = `
INSERT INTO rooms (room_id, direct, partner, settings, welcomed_at) VALUES ($1, $2, $3, $4, now())
ON CONFLICT DO NOTHING`
	s.known[s.place] = true
	partner, direct := strings.CutPrefix(s.place, "dm ")
	var user id.UserID
	if direct {
		user = UserID(partner)
	}
	if _, err := s.play.Pool.Exec(s.t.Context(), query, s.room(), direct, user, s.play.Rooms[s.place]); err != nil {
		s.fatalf(l.No, "make room: %v", err)
	}
}

// UserID returns the account of a person of a transcript.
func UserID(name string) id.UserID { return id.UserID("@" + name + ":example.org") }

// RoomID returns the room of a place: "dm anna", "#raum".
func RoomID(place string) id.RoomID {
	return id.RoomID("!" + strings.TrimPrefix(strings.ReplaceAll(place, " ", "-"), "#") + ":example.org")
}

func (s *stage) room() id.RoomID { return RoomID(s.place) }

func (s *stage) directive(l Line) {
	s.t.Helper()
	text, place, named := strings.Cut(strings.TrimSuffix(l.Text, ")"), "(")
	words := strings.Fields(text)
	if named && len(words) > 0 {
		if place == "dm" {
			s.direct, place = words[0], "dm "+words[0]
		}
		s.place = place
	}
	switch {
	case len(words) == 1 && words[0] == "restart":
		s.end()
		s.start()
	case len(words) == 2 && words[0] == "later":
		d, err := laterBy(words[1])
		if err != nil {
			s.fatalf(l.No, "%v", err)
		}
		s.leap.Add(int64(d))
		s.bot.Wake()
	case len(words) == 2:
		s.event(l.No, words[0], words[1])
	case strings.Join(words, " ") == "lotse is kicked":
		s.deliver(l.No, bot.Event{Kind: bot.Left, Room: s.room()})
	default:
		s.fatalf(l.No, "unknown directive %q", l.Text)
	}
}

func (s *stage) event(no int, who, verb string) {
	s.t.Helper()
	room, user := s.room(), UserID(who)
	switch verb {
	case "moderates":
		s.enter(Line{No: no, Who: who})
		s.server.SetPower(room, user, 50)
		s.deliver(no, bot.Event{Kind: bot.Member, Room: room, Subject: user, Joins: true})
	case "joins", "leaves":
		s.enter(Line{No: no, Who: who})
		s.server.SetMember(room, user, verb == "joins")
		s.deliver(no, bot.Event{Kind: bot.Member, Room: room, Subject: user, Joins: verb == "joins"})
	case "invites":
		s.known[s.place] = true
		s.deliver(no, bot.Event{
			ID: id.EventID(fmt.Sprintf("lotse:invite:%s:%d", room, no)), Kind: bot.Invited, Room: room, Sender: user,
			Direct: strings.HasPrefix(s.place, "dm "),
		})
		s.settle(no)
		if slices.Contains(s.server.State().Joined, room) {
			s.deliver(no, bot.Event{Kind: bot.Joined, Room: room, Direct: strings.HasPrefix(s.place, "dm ")})
		}
	default:
		s.fatalf(no, "unknown directive %q", verb)
	}
}

func (s *stage) deliver(no int, e bot.Event) id.EventID {
	s.t.Helper()
	ids, err := s.server.Deliver(s.t.Context(), e)
	if err != nil {
		s.fatalf(no, "deliver: %v", err)
	}
	return ids[0]
}
