package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

const (
	longPoll   = 30 * time.Second // how long the homeserver may wait for something to happen
	shortPoll  = time.Second      // the same, while the fate of a message is unknown
	hurryFor   = 10 * time.Second // how long polls are short after that
	pollMargin = 60 * time.Second // more than the poll, before the request is given up
	firstSync  = 5 * time.Minute  // for the first one, which brings all rooms
	restartMin = time.Second
	restartMax = 30 * time.Second

	timelineLimit = 200
)

type roomID = id.RoomID

// syncResponse is the part of a response to /sync that is of use, its events as received.
type syncResponse struct {
	NextBatch   string              `json:"next_batch"`
	ToDevice    rawEvents           `json:"to_device"`
	DeviceLists mautrix.DeviceLists `json:"device_lists"`
	OTKCount    mautrix.OTKCount    `json:"device_one_time_keys_count"`
	Rooms       struct {
		Join   map[roomID]joinedRoom `json:"join"`
		Leave  map[roomID]joinedRoom `json:"leave"`
		Invite map[roomID]struct {
			State rawEvents `json:"invite_state"`
		} `json:"invite"`
	} `json:"rooms"`
}

type joinedRoom struct {
	State    rawEvents `json:"state"`
	Timeline struct {
		rawEvents
		Limited   bool   `json:"limited"`
		PrevBatch string `json:"prev_batch"`
	} `json:"timeline"`
}

type rawEvents struct {
	Events []json.RawMessage `json:"events"`
}

// Run follows the account until ctx ends and delivers to inbox. It goes on after errors, the
// database's too, from the token that the inbox has; it returns one only if the login is over and
// there is no password to log in again. When ctx ends, what has been received is still processed
// and accepted; nothing that concerns keys is cut off in the middle.
func (c *Client) Run(ctx context.Context, inbox Inbox) error {
	pause := restartMin
	for {
		before := c.lastSync.Load()
		err := c.follow(ctx, inbox)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // told to stop
		}
		if errors.Is(err, mautrix.MUnknownToken) {
			if err := c.loginAgain(ctx); err != nil {
				return err
			}
		}
		if c.lastSync.Load() != before {
			pause = restartMin
		}
		c.log.WarnContext(ctx, "sync failed, trying again",
			"error", err, "pause", pause)
		if !sleep(ctx, pause) {
			return nil
		}
		pause = min(2*pause, restartMax)
	}
}

func (c *Client) loginAgain(ctx context.Context) error {
	acc, err := c.accounts.load(ctx, c.api.UserID)
	if err != nil {
		return err
	}
	if acc == nil || c.opts.Password == "" {
		return fmt.Errorf("follow the account: the access token was revoked: %w", mautrix.MUnknownToken)
	}
	return c.login(ctx, acc)
}

// follow syncs until something fails.
func (c *Client) follow(ctx context.Context, inbox Inbox) error {
	since, err := inbox.Token(ctx)
	if err != nil {
		return fmt.Errorf("read sync token: %w", err)
	}
	filter, err := c.api.CreateFilter(ctx, syncFilter())
	if err != nil {
		return fmt.Errorf("create filter: %w", err)
	}
	poll := time.Duration(0) // at first, only what is there: it tells whether we can sync at all
	for ctx.Err() == nil {
		began := time.Now()
		r, err := c.poll(ctx, since, filter.FilterID, poll)
		if errors.Is(err, errHurry) {
			poll = 0
			continue
		}
		if err != nil {
			return fmt.Errorf("sync: %w", err)
		}
		// Keys and events that are here must be stored, or asked for again as a whole.
		if err := c.process(context.WithoutCancel(ctx), inbox, r, syncPoint{since, began}); err != nil {
			return err
		}
		since = r.NextBatch
		c.lastSync.Store(time.Now().UnixMilli())
		poll = c.nextPoll()
	}
	return ctx.Err()
}

// syncPoint is where a sync began.
type syncPoint struct {
	since string
	began time.Time
}

// process takes in the keys of a response, then has its events accepted.
func (c *Client) process(ctx context.Context, inbox Inbox, r *syncResponse, at syncPoint) error {
	if err := c.takeKeys(ctx, r, at.since); err != nil {
		return err
	}
	if err := c.takeState(ctx, r, at.since); err != nil {
		return err
	}
	b, err := c.batch(ctx, r, at.since)
	if err != nil {
		return err
	}
	b.Began = at.began
	if err := inbox.Accept(ctx, b); err != nil {
		return fmt.Errorf("accept events: %w", err)
	}
	if rooms := c.newKeys.take(); len(rooms) > 0 {
		inbox.KeysArrived(rooms...)
	}
	return nil
}

// errHurry is returned by poll when the poll was ended because an answer is wanted at once.
var errHurry = errors.New("poll ended early")

// poll asks for what is new.
func (c *Client) poll(ctx context.Context, since, filter string, wait time.Duration) (*syncResponse, error) {
	limit := wait + pollMargin
	if since == "" {
		limit = firstSync
	}
	reqCtx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	c.setWake(cancel)
	defer c.setWake(nil)
	query := map[string]string{"filter": filter, "timeout": strconv.FormatInt(wait.Milliseconds(), 10)}
	if since != "" {
		query["since"] = since
	}
	var r syncResponse
	_, err := c.api.MakeFullRequest(reqCtx, mautrix.FullRequest{
		Method:       http.MethodGet,
		URL:          c.api.BuildURLWithQuery(mautrix.ClientURLPath{"v3", "sync"}, query),
		ResponseJSON: &r,
		MaxAttempts:  1,
	})
	if err == nil && r.NextBatch == "" {
		err = errors.New("response has no token")
	}
	if err != nil && ctx.Err() == nil && errors.Is(reqCtx.Err(), context.Canceled) {
		return nil, errHurry
	}
	return &r, err
}

func (c *Client) setWake(cancel context.CancelFunc) {
	c.hurryMu.Lock()
	defer c.hurryMu.Unlock()
	c.wake = cancel
}

// hurryUp ends the running poll and keeps the next ones short. A sender that doesn't know whether
// its message arrived waits for a sync that began afterwards, and /sync would else take its time.
func (c *Client) hurryUp() {
	c.hurryMu.Lock()
	defer c.hurryMu.Unlock()
	c.hurry = time.Now().Add(hurryFor)
	if c.wake != nil {
		c.wake()
	}
}

func (c *Client) nextPoll() time.Duration {
	c.hurryMu.Lock()
	defer c.hurryMu.Unlock()
	if time.Now().Before(c.hurry) {
		return shortPoll
	}
	return longPoll
}

// LastSync returns when the last sync was accepted, the zero time if none was. While all is well
// it is less than a minute ago.
func (c *Client) LastSync() time.Time {
	ms := c.lastSync.Load()
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// syncFilter lets through what the bot has a use for. Members are loaded lazily: rooms.go fetches
// all of them before the bot encrypts for them.
func syncFilter() *mautrix.Filter {
	nothing := &mautrix.FilterPart{NotTypes: []event.Type{{Type: "*"}}}
	state := []event.Type{
		event.StateCreate, event.StateMember, event.StatePowerLevels, event.StateEncryption,
		event.StateHistoryVisibility, event.StateTombstone,
	}
	return &mautrix.Filter{
		AccountData: nothing,
		Presence:    nothing,
		Room: &mautrix.RoomFilter{
			AccountData: nothing,
			Ephemeral:   nothing,
			State:       &mautrix.FilterPart{Types: state, LazyLoadMembers: true},
			Timeline: &mautrix.FilterPart{
				Types: append(state[1:len(state):len(state)],
					event.EventMessage, event.EventEncrypted, event.EventReaction, event.EventRedaction),
				Limit: timelineLimit,
			},
		},
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
