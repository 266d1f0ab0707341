package bot

import (
	"context"
	"slices"
	"sync"
	"time"

	"maunium.net/go/mautrix/id"
)

// roleFor is how long a role is believed without asking again. Commands for moderators and above
// always ask.
const roleFor = 30 * time.Second

// roles finds out who may do what.
type roles struct {
	transport Transport
	opts      Options

	mu           sync.Mutex
	coordination id.RoomID
	known        map[roleKey]knownRole
}

type roleKey struct {
	room id.RoomID
	user id.UserID
}

type knownRole struct {
	role Role
	at   time.Time
}

func newRoles(t Transport, o Options) *roles {
	return &roles{transport: t, opts: o, coordination: o.CoordinationRoom, known: make(map[roleKey]knownRole)}
}

func (r *roles) setCoordination(room id.RoomID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.coordination = room
}

// moved follows the coordination room through its upgrade.
func (r *roles) moved(from, to id.RoomID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.coordination == from {
		r.coordination = to
	}
	clear(r.known)
}

// forget drops what is known of somebody who joined or left.
func (r *roles) forget(room id.RoomID, user id.UserID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if room == r.coordination {
		clear(r.known)
	}
	delete(r.known, roleKey{room, user})
}

// of returns the role of a person in a room. When the homeserver doesn't answer it is the smaller one.
func (r *roles) of(ctx context.Context, user id.UserID, room id.RoomID, direct, fresh bool) Role {
	key, at := roleKey{room, user}, r.opts.Now()
	r.mu.Lock()
	k, ok := r.known[key]
	coordination := r.coordination
	r.mu.Unlock()
	if ok && !fresh && at.Sub(k.at) < roleFor {
		return k.role
	}
	role, err := r.ask(ctx, key, coordination, direct)
	if err != nil {
		r.opts.Logger.WarnContext(ctx, "role is not known", "room_id", string(room), "error", err)
		return role
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.known) > 10_000 {
		clear(r.known)
	}
	r.known[key] = knownRole{role, at}
	return role
}

func (r *roles) ask(ctx context.Context, key roleKey, coordination id.RoomID, direct bool) (Role, error) {
	if slices.Contains(r.opts.Administrators, key.user) {
		return Administrator, nil
	}
	var lastErr error
	if coordination != "" {
		member, err := r.transport.IsMember(ctx, coordination, key.user)
		if err == nil && member {
			return Coordinator, nil
		}
		lastErr = err
	}
	if !direct {
		have, need, err := r.transport.Power(ctx, key.room, key.user)
		if err == nil && have >= need {
			return Moderator, lastErr
		}
		if err != nil {
			lastErr = err
		}
	}
	if r.opts.Allow(key.user) {
		return User, lastErr
	}
	return Guest, lastErr
}
