package matrix

import (
	"slices"
	"sync"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// knownRooms remembers what know found in the database: whether a room is encrypted.
type knownRooms struct {
	mu        sync.Mutex
	encrypted map[roomID]bool
}

func (k *knownRooms) get(room roomID) (encrypted, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	encrypted, ok = k.encrypted[room]
	return encrypted, ok
}

func (k *knownRooms) set(room roomID, encrypted bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.encrypted == nil {
		k.encrypted = make(map[roomID]bool)
	}
	k.encrypted[room] = encrypted
}

func (k *knownRooms) drop(room roomID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.encrypted, room)
}

// newKeys are the rooms that keys came for.
type newKeys struct {
	mu    sync.Mutex
	rooms []roomID
}

func (k *newKeys) add(room roomID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !slices.Contains(k.rooms, room) {
		k.rooms = append(k.rooms, room)
	}
}

func (k *newKeys) take() []roomID {
	k.mu.Lock()
	defer k.mu.Unlock()
	rooms := k.rooms
	k.rooms = nil
	return rooms
}

// gapPatience is how long a gap that the homeserver fails to fill may hold up the whole account.
const gapPatience = 2 * time.Minute

// gaps remembers since when the gaps of rooms can't be filled. It is for the sync loop alone.
type gaps struct {
	patience time.Duration
	since    map[roomID]time.Time
}

func newGaps() gaps { return gaps{patience: gapPatience, since: make(map[roomID]time.Time)} }

// hopeless reports whether a gap has failed to be filled for long enough.
func (g gaps) hopeless(room roomID) bool {
	first, ok := g.since[room]
	if !ok {
		g.since[room] = time.Now()
	}
	return ok && time.Since(first) > g.patience
}

func (g gaps) filled(room roomID) { delete(g.since, room) }

// maxTails is how many threads are remembered; then all are forgotten, which does little harm.
const maxTails = 10_000

// tails knows the latest event of threads: clients without threads show what the bot says there as
// a reply to it. After a restart, that is a reply to the root until somebody says something.
type tails struct {
	mu     sync.Mutex
	latest map[id.EventID]id.EventID
}

func (t *tails) note(e *timelineEvent) {
	if e.StateKey != nil || e.ID == "" {
		return
	}
	if rel := e.relation(); rel.Type == event.RelThread {
		t.set(rel.EventID, e.ID)
	}
}

func (t *tails) set(root, latest id.EventID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.latest == nil || len(t.latest) >= maxTails {
		t.latest = make(map[id.EventID]id.EventID)
	}
	t.latest[root] = latest
}

// of returns the latest event of the thread, else its root.
func (t *tails) of(root id.EventID) id.EventID {
	t.mu.Lock()
	defer t.mu.Unlock()
	if latest, ok := t.latest[root]; ok {
		return latest
	}
	return root
}
