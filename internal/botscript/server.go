// Package botscript plays the other side of a bot in tests: [Server] is a homeserver in memory that
// implements [bot.Transport], with faults on demand, and [Play] runs conversations written as
// transcripts (see [Parse]) against a real runtime on a real database.
package botscript

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"maunium.net/go/mautrix/id"

	"lotse/bot"
)

// User is the bot's account on a [Server].
const User = id.UserID("@lotse:example.org")

// Sent is an event that the bot sent.
type Sent struct {
	bot.Outgoing
	ID id.EventID
}

// Fault is what goes wrong with one attempt to send.
type Fault struct {
	Refuse error // returned; nothing is sent
	Drop   error // returned; it is sent all the same
	Forget bool  // a transaction ID that was used before is taken for a new one
	Wait   <-chan struct{}
}

// Server is a homeserver with one account, the bot's. The zero value isn't usable; see [NewServer].
type Server struct {
	// Faults decides about an attempt to send, the n-th of its transaction ID, from 1. Nil: none.
	Faults func(o bot.Outgoing, n int) Fault
	// ReadError is returned by Read for an event, if it isn't nil.
	ReadError func(id id.EventID) error

	mu        sync.Mutex
	inbox     *bot.Inbox
	n         int
	tokens    int
	sent      []Sent
	echoes    []bot.Echo
	txns      map[string]id.EventID
	tries     map[string]int
	inFlight  map[id.RoomID]int
	overlap   bool
	keys      map[string]bool
	requested []id.EventID
	typing    []id.RoomID
	joined    []id.RoomID
	left      []id.RoomID
	hurries   int
	members   map[id.RoomID]map[id.UserID]bool
	powers    map[id.RoomID]map[id.UserID]int
}

// NewServer returns a server with nothing in it.
func NewServer() *Server {
	return &Server{
		txns:     make(map[string]id.EventID),
		tries:    make(map[string]int),
		inFlight: make(map[id.RoomID]int),
		keys:     make(map[string]bool),
		members:  make(map[id.RoomID]map[id.UserID]bool),
		powers:   make(map[id.RoomID]map[id.UserID]int),
	}
}

// Connect sets where /sync delivers: the inbox of the bot that runs now.
func (s *Server) Connect(inbox *bot.Inbox) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inbox = inbox
}

// raw is the JSON of an event on this server.
type raw struct {
	Event bot.Event
	Key   string // that it is encrypted with; empty: plain
}

// NewID makes up the ID of an event.
func (s *Server) NewID() id.EventID {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	return id.EventID(fmt.Sprintf("$e%d", s.n))
}

// Deliver sends events to the bot in one batch, giving IDs to those that have none, and returns their
// IDs. Redactions erase what they redact, and echoes that wait come along.
func (s *Server) Deliver(ctx context.Context, events ...bot.Event) ([]id.EventID, error) {
	return s.deliver(ctx, "", events)
}

// DeliverEncrypted is Deliver for events whose key comes with [Server.GiveKey].
func (s *Server) DeliverEncrypted(ctx context.Context, key string, events ...bot.Event) ([]id.EventID, error) {
	return s.deliver(ctx, key, events)
}

func (s *Server) deliver(ctx context.Context, key string, events []bot.Event) ([]id.EventID, error) {
	began := time.Now()
	batch, ids, err := s.batch(key, events)
	if err != nil {
		return nil, err
	}
	batch.Began = began
	s.mu.Lock()
	inbox := s.inbox
	s.mu.Unlock()
	if err := inbox.Accept(ctx, batch); err != nil {
		s.mu.Lock()
		s.echoes = append(batch.Echoes, s.echoes...) // the same batch comes again
		s.mu.Unlock()
		return nil, err
	}
	return ids, nil
}

func (s *Server) batch(key string, events []bot.Event) (bot.Batch, []id.EventID, error) {
	var batch bot.Batch
	var ids []id.EventID
	for _, e := range events {
		if e.ID == "" {
			e.ID = s.NewID()
		}
		if e.At.IsZero() {
			e.At = time.Now()
		}
		e.Encrypted = e.Encrypted || key != ""
		b, err := json.Marshal(raw{Event: e, Key: key})
		if err != nil {
			return batch, nil, fmt.Errorf("write event: %w", err)
		}
		batch.Events = append(batch.Events, bot.RawEvent{ID: e.ID, Room: e.Room, Raw: b})
		ids = append(ids, e.ID)
		if e.Kind == bot.Deleted || e.Kind == bot.Withdrawn {
			batch.Deleted = append(batch.Deleted, bot.Deletion{Room: e.Room, Target: e.Target})
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens++
	batch.Token = fmt.Sprintf("s%d", s.tokens)
	batch.Echoes, s.echoes = s.echoes, nil
	return batch, ids, nil
}

// GiveKey lets the bot have a key, and tells it.
func (s *Server) GiveKey(key string) {
	s.mu.Lock()
	s.keys[key] = true
	inbox := s.inbox
	s.mu.Unlock()
	inbox.KeysArrived()
}

// SetMember makes somebody a member of a room, or not.
func (s *Server) SetMember(room id.RoomID, user id.UserID, member bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.members[room] == nil {
		s.members[room] = make(map[id.UserID]bool)
	}
	s.members[room][user] = member
}

// SetPower sets a power level; 50 is needed to change settings.
func (s *Server) SetPower(room id.RoomID, user id.UserID, level int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.powers[room] == nil {
		s.powers[room] = make(map[id.UserID]int)
	}
	s.powers[room][user] = level
}

// Sent returns what was sent, in order.
func (s *Server) Sent() []Sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Sent(nil), s.sent...)
}

// Texts returns the texts of messages and edits that were sent to a room, in order; reactions as
// "[key]" and redactions as "deleted".
func (s *Server) Texts(room id.RoomID) []string {
	var out []string
	for _, e := range s.Sent() {
		if e.Room != room {
			continue
		}
		switch e.Kind {
		case bot.OutMessage, bot.OutEdit:
			out = append(out, e.Text)
		case bot.OutReaction:
			out = append(out, "["+e.Key+"]")
		case bot.OutRedact:
			out = append(out, "deleted")
		}
	}
	return out
}

// State is what else happened.
type State struct {
	Requested []id.EventID // whose keys were requested
	Typing    []id.RoomID  // where typing was shown
	Joined    []id.RoomID
	Left      []id.RoomID
	Hurries   int
	Overlap   bool // two attempts to send to one room were under way at once
}

// State returns what else happened.
func (s *Server) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return State{
		Requested: append([]id.EventID(nil), s.requested...),
		Typing:    append([]id.RoomID(nil), s.typing...),
		Joined:    append([]id.RoomID(nil), s.joined...),
		Left:      append([]id.RoomID(nil), s.left...),
		Hurries:   s.hurries,
		Overlap:   s.overlap,
	}
}
