package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"lotse/bot"
	"lotse/internal/faultproxy"
	"lotse/internal/matrixclient"
	"lotse/internal/pgtest"
)

// kills is how often the random test kills: `go test -run Processes/random -kills 1000 -timeout 2h`.
var kills = flag.Int("kills", 60, "how often the random test kills the process")

// question is answered at once; the number tells one message from another.
func question(n int) string {
	return fmt.Sprintf("!lotse Wohngeld beantragen, wir wohnen in Detmold (%d)", n)
}

// answered is what the answer to it contains.
const answered = "Wohngeldstelle Detmold"

// threads returns the thread roots of the answers in a room, in the order in which they came.
func threads(c *matrixclient.Client, room id.RoomID, user id.UserID) []id.EventID {
	var roots []id.EventID
	for _, e := range c.Seen(matrixclient.In(room), matrixclient.From(user), matrixclient.Message, matrixclient.Has(answered)) {
		roots = append(roots, e.Thread)
	}
	return roots
}

// itDiesAfter kills a real process at each point of a message's way (docs/architecture.md), and
// looks at what a person sees after the next start: one answer.
func itDiesAfter(t *testing.T, database string) {
	t.Helper()
	t.Parallel()
	for _, point := range bot.FailPoints() {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			w := newWorld(t, pgtest.Copy(t, database))
			anna := w.person("anna")
			first := w.serve()
			room := w.room(anna, matrixclient.Room{Encrypted: true})
			w.answers(ctx, anna, room, 0) // the welcome is through
			first.stop(t)

			asked := must[id.EventID](t)(anna.Say(ctx, room, question(1)))
			dying := w.serve("LOTSE_TEST_FAILPOINT=" + point)
			dying.killsItself(t)
			last := w.serve()
			inThread := func(e matrixclient.Event) bool { return e.Thread == asked }
			if _, err := anna.Wait(ctx, matrixclient.In(room), inThread, matrixclient.Has(answered)); err != nil {
				t.Fatalf("no answer after the next start: %v\n%s", err, last.tail())
			}
			w.answers(ctx, anna, room, 2) // what would be doubled is doubled by now
			time.Sleep(2 * time.Second)
			if n := len(slices.DeleteFunc(threads(anna, room, w.bot.User), func(r id.EventID) bool { return r != asked })); n != 1 {
				t.Errorf("%d answers, want 1", n)
			}
		})
	}
}

// answers asks and waits for the answer.
func (w *world) answers(ctx context.Context, c *matrixclient.Client, room id.RoomID, n int) {
	w.t.Helper()
	asked := must[id.EventID](w.t)(c.Say(ctx, room, question(n)))
	inThread := func(e matrixclient.Event) bool { return e.Thread == asked }
	if _, err := c.Wait(ctx, matrixclient.In(room), inThread, matrixclient.Has(answered)); err != nil {
		w.t.Fatalf("no answer to question %d: %v", n, err)
	}
}

// takeOver kills the active of two processes: the other one answers what was said meanwhile.
func takeOver(t *testing.T, database string) {
	t.Helper()
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	w := newWorld(t, pgtest.Copy(t, database))
	anna := w.person("anna")
	active := w.serve()
	room := w.room(anna, matrixclient.Room{Encrypted: true})
	w.answers(ctx, anna, room, 0)
	standby := w.serve()
	waitFor(ctx, t, "the second process stands by", func() bool { return strings.Contains(standby.tail(), "standing by") })
	active.kill()
	w.answers(ctx, anna, room, 1)
	standby.stop(t)
}

func waitFor(ctx context.Context, tb testing.TB, what string, done func() bool) {
	tb.Helper()
	for !done() {
		select {
		case <-ctx.Done():
			tb.Fatalf("waited in vain: %s", what)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// storm is the random test: people ask in encrypted rooms, the process is killed again and again, and
// the proxy before the homeserver loses replies and forgets transaction IDs.
type storm struct {
	*world
	people []*matrixclient.Client
	rooms  []id.RoomID
	asked  map[id.RoomID][]id.EventID
}

// newStorm makes one whose proxy loses that share of the replies to what the bot sends.
func newStorm(t *testing.T, database string, lost float64, variables ...string) *storm {
	t.Helper()
	w := newWorld(t, pgtest.Copy(t, database), variables...)
	s := &storm{world: w, asked: map[id.RoomID][]id.EventID{}}
	for _, name := range []string{"anna", "bob", "carla"} {
		s.people = append(s.people, w.person(name))
	}
	calm := w.serve()
	for range s.people {
		room := w.room(s.people[0], matrixclient.Room{Encrypted: true}, s.people[1:]...)
		s.rooms = append(s.rooms, room)
	}
	calm.stop(t)
	proxy, err := faultproxy.New(t.Context(), w.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = proxy.Close() })
	proxy.ForgetTransactions(true)
	proxy.Add(&faultproxy.Rule{Method: "PUT", Path: regexp.MustCompile("/send/"), Do: faultproxy.DropReply, Share: lost})
	w.environ = append(w.environ, "LOTSE_HOMESERVER_URL="+proxy.URL)
	return s
}

// rage kills n times; before each time somebody asks something somewhere.
func (s *storm) rage(ctx context.Context, n int) {
	s.t.Helper()
	for i := range n {
		p := s.serve()
		room := s.rooms[i%len(s.rooms)]
		who := s.people[rand.IntN(len(s.people))]
		s.asked[room] = append(s.asked[room], must[id.EventID](s.t)(who.Say(ctx, room, question(i))))
		if i%4 != 0 { // else it dies while it starts
			waitFor(ctx, s.t, "the process serves", func() bool { return p.over() || strings.Contains(p.tail(), "msg=serving") })
		}
		time.Sleep(time.Duration(rand.IntN(1500)) * time.Millisecond)
		if p.over() {
			s.t.Fatalf("life %d ended by itself: %v\n%s", i, p.err, p.tail())
		}
		p.kill()
	}
}

// doubled counts the answers beyond the first to each question, and checks the order in each room.
func (s *storm) doubled() (doubled int) {
	s.t.Helper()
	for _, room := range s.rooms {
		got := threads(s.people[0], room, s.bot.User)
		var firsts []id.EventID
		for _, root := range got {
			if slices.Contains(firsts, root) {
				doubled++
				continue
			}
			firsts = append(firsts, root)
		}
		if !slices.Equal(firsts, s.asked[room]) {
			s.t.Errorf("answers in another order than the questions:\n%v\nwant\n%v", firsts, s.asked[room])
		}
	}
	return doubled
}

// settle runs one life long enough for everything to be answered, and some time more for doubles to
// come.
func (s *storm) settle(ctx context.Context) {
	s.t.Helper()
	p := s.serve()
	for _, room := range s.rooms {
		enough := func() bool {
			roots := threads(s.people[0], room, s.bot.User)
			return !slices.ContainsFunc(s.asked[room], func(e id.EventID) bool { return !slices.Contains(roots, e) })
		}
		waitFor(ctx, s.t, "answers to all questions; log:\n"+p.tail(), enough)
	}
	time.Sleep(5 * time.Second)
	p.stop(s.t)
}

func randomKills(t *testing.T, database string) {
	t.Helper()
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute+time.Duration(*kills)*4*time.Second)
	defer cancel()
	s := newStorm(t, database, 0.1)
	s.rage(ctx, *kills)
	s.settle(ctx)
	if n := s.doubled(); n > 0 {
		t.Errorf("%d answers were doubled", n)
	}
	t.Logf("%d kills, %d questions", *kills, *kills)
}

// killsWithoutReconciling shows that the test above can fail: without waiting for our own
// echo, lost replies double answers.
func killsWithoutReconciling(t *testing.T, database string) {
	t.Helper()
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	s := newStorm(t, database, 0.25, "LOTSE_TEST_NO_RECONCILE=true")
	s.rage(ctx, 15)
	s.settle(ctx)
	if s.doubled() == 0 {
		t.Error("nothing was doubled: the proxy doesn't do what the test needs")
	}
}
