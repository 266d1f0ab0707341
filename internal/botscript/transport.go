package botscript

import (
	"context"
	"encoding/json"
	"fmt"

	"maunium.net/go/mautrix/id"

	"lotse/bot"
)

var (
	_ bot.Transport = (*Server)(nil)
	_ bot.Hurrier   = (*Server)(nil)
)

// Read implements [bot.Transport].
func (s *Server) Read(_ context.Context, e bot.RawEvent) (bot.Event, error) {
	if s.ReadError != nil {
		if err := s.ReadError(e.ID); err != nil {
			return bot.Event{}, err
		}
	}
	var r raw
	if err := json.Unmarshal(e.Raw, &r); err != nil {
		return bot.Event{}, fmt.Errorf("read event: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Key != "" && !s.keys[r.Key] {
		return bot.Event{ID: e.ID, Room: e.Room, Sender: r.Event.Sender, At: r.Event.At, Encrypted: true}, bot.ErrNoKey
	}
	return r.Event, nil
}

// RequestKey implements [bot.Transport].
func (s *Server) RequestKey(_ context.Context, e bot.RawEvent) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requested = append(s.requested, e.ID)
	return nil
}

// Send implements [bot.Transport]. A transaction ID that was used in the room before sends nothing.
func (s *Server) Send(ctx context.Context, o bot.Outgoing) (id.EventID, error) {
	fault := s.begin(o)
	defer s.end(o)
	if fault.Wait != nil {
		select {
		case <-fault.Wait:
		case <-ctx.Done():
			return "", &bot.SendError{Unknown: true, Cause: ctx.Err()}
		}
	}
	if fault.Refuse != nil {
		return "", fault.Refuse
	}
	event := s.put(o, fault.Forget)
	if fault.Drop != nil {
		return "", fault.Drop
	}
	return event, nil
}

func (s *Server) begin(o bot.Outgoing) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries[o.Txn]++
	s.inFlight[o.Room]++
	s.overlap = s.overlap || s.inFlight[o.Room] > 1
	if s.Faults == nil {
		return Fault{}
	}
	return s.Faults(o, s.tries[o.Txn])
}

func (s *Server) end(o bot.Outgoing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight[o.Room]--
}

func (s *Server) put(o bot.Outgoing, forget bool) id.EventID {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := string(o.Room) + " " + o.Txn
	if event, ok := s.txns[key]; ok && !forget {
		return event
	}
	s.n++
	event := id.EventID(fmt.Sprintf("$b%d", s.n))
	s.txns[key] = event
	s.sent = append(s.sent, Sent{Outgoing: o, ID: event})
	s.echoes = append(s.echoes, bot.Echo{Txn: bot.Ref(o.Txn), Event: event})
	return event
}

// Typing implements [bot.Transport].
func (s *Server) Typing(_ context.Context, room id.RoomID, on bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if on {
		s.typing = append(s.typing, room)
	}
	return nil
}

// Power implements [bot.Transport].
func (s *Server) Power(_ context.Context, room id.RoomID, user id.UserID) (have, need int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.powers[room][user], 50, nil
}

// IsMember implements [bot.Transport].
func (s *Server) IsMember(_ context.Context, room id.RoomID, user id.UserID) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.members[room][user], nil
}

// Join implements [bot.Transport].
func (s *Server) Join(_ context.Context, room id.RoomID, _ []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.joined = append(s.joined, room)
	return nil
}

// Leave implements [bot.Transport].
func (s *Server) Leave(_ context.Context, room id.RoomID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = append(s.left, room)
	return nil
}

// Hurry implements [bot.Hurrier]: the next /sync comes at once.
func (s *Server) Hurry() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hurries++
}
