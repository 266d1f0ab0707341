package main

import (
	"context"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"lotse/internal/matrixclient"
)

// watch prints what is said in anna's rooms from now on, as her client sees it, until ctx ends.
func (s *stage) watch(ctx context.Context) {
	anna := s.people["anna"]
	s.watching.Go(func() {
		for n := 0; ; {
			events, err := anna.WaitN(ctx, n+1, s.shown)
			if err != nil {
				return
			}
			for ; n < len(events); n++ {
				s.print(events[n])
				s.printed.Add(1)
			}
		}
	})
}

// caughtUp waits until all that anna's client has seen is printed.
func (s *stage) caughtUp(ctx context.Context) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for int(s.printed.Load()) < len(s.people["anna"].Seen(s.shown)) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// shown is true for what belongs to a transcript.
func (s *stage) shown(e matrixclient.Event) bool {
	switch {
	case e.Room != s.chat && s.rooms[e.Room] == "":
		return false
	case e.Type == "m.reaction":
		return e.Sender != s.bot // the bot's are the options, which the text names
	default:
		return e.Type == "m.room.message" || e.Err != nil
	}
}

// print prints an event as in the scenes: who, where, what; further lines are indented.
func (s *stage) print(e matrixclient.Event) {
	arrow := "▸ "
	if e.Thread != "" {
		arrow = "↳ "
	}
	switch {
	case e.Err != nil:
		s.entry(e.Sender, e.Room, arrow, "(can't be decrypted: "+e.Err.Error()+")")
	case e.Type == "m.reaction":
		s.entry(e.Sender, e.Room, arrow, "["+e.Key+"]")
	case e.Edit:
		s.entry(e.Sender, e.Room, "✎ ", e.Text)
	default:
		s.entry(e.Sender, e.Room, arrow, e.Text)
	}
}

func (s *stage) entry(user id.UserID, room id.RoomID, arrow, text string) {
	head := s.nameOf(user)
	if name := s.rooms[room]; name != "" {
		head += " (#" + strings.ToLower(name) + ")"
	}
	const width = 6
	head += strings.Repeat(" ", max(1, width-len(head)))
	indent := "\n" + strings.Repeat(" ", len(head)+2)
	s.printf("%s%s%s\n", head, arrow, strings.ReplaceAll(strings.TrimSpace(text), "\n", indent))
}
