package matrix

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

const (
	// gapLimit is how many events of a gap are fetched; what is older stays unanswered. It is some
	// hours of a lively room: who asked before that has asked elsewhere by now.
	gapLimit = 1000
	pageSize = 100
)

// news returns what happened in a joined room since the last sync, the oldest first.
//
//   - At the very first sync there are no news, but that the bot is in the room.
//   - In a room that the bot joined since, only what came after the join is for it; in a direct
//     chat also what was said since the invitation, because people write at once.
//   - If the timeline is cut short, the rest is fetched.
func (c *Client) news(ctx context.Context, room roomID, jr *joinedRoom, since string) ([]timelineEvent, error) {
	state := c.parseEvents(ctx, jr.State.Events)
	timeline := c.parseEvents(ctx, jr.Timeline.Events)
	if since == "" {
		return c.ownJoin(state, timeline), nil
	}
	kept := c.fromState(state)
	from, done, direct := c.sinceJoin(timeline)
	switch {
	case done, !jr.Timeline.Limited:
		return append(kept, timeline[from:]...), nil
	case direct: // the invitation is older than the timeline
		older, err := c.walk(ctx, room, jr.Timeline.PrevBatch, "")
		return slices.Concat(kept, older, timeline), err
	default:
		older, err := c.walk(ctx, room, jr.Timeline.PrevBatch, since)
		return slices.Concat(kept, older, timeline), err
	}
}

// sinceJoin looks for the last join of the bot. done tells that everything that is for the bot
// begins at index from; direct, that it joined a direct chat whose invitation isn't among the events.
func (c *Client) sinceJoin(events []timelineEvent) (from int, done, direct bool) {
	for i := range slices.Backward(events) {
		joined, isDirect := events[i].joins(c.api.UserID)
		if !joined {
			continue
		}
		if !isDirect {
			return i, true, false
		}
		for j := range slices.Backward(events[:i]) {
			if events[j].invites(c.api.UserID) {
				return j + 1, true, true
			}
		}
		return 0, false, true
	}
	return 0, false, false
}

// ownJoin returns the event with which the bot joined, or nothing.
func (c *Client) ownJoin(state, timeline []timelineEvent) []timelineEvent {
	for _, events := range [...][]timelineEvent{timeline, state} {
		for i := range slices.Backward(events) {
			e := events[i]
			if _, after := e.change(); e.isMember(c.api.UserID) && after.Membership == event.MembershipJoin {
				e.Unsigned.PrevContent = nil // else a new display name wouldn't count as a join
				return []timelineEvent{e}
			}
		}
	}
	return nil
}

// fromState returns those events of a state block that matter though they aren't in the timeline.
func (c *Client) fromState(state []timelineEvent) []timelineEvent {
	return slices.DeleteFunc(state, func(e timelineEvent) bool {
		joined, _ := e.joins(c.api.UserID)
		return !joined && !e.isState("m.room.tombstone")
	})
}

// walk pages back from a token to another one, or to where what is for the bot begins, and returns
// the events with the oldest first.
func (c *Client) walk(ctx context.Context, room roomID, from, to string) (events []timelineEvent, err error) {
	defer func() {
		if err == nil {
			c.gaps.filled(room)
		}
	}()
	back := stretch{user: c.api.UserID, to: to}
	for range gapLimit / pageSize {
		page, err := c.page(ctx, room, from, back.to)
		if isRefusal(err) {
			break // no longer in the room, say: there's nothing to be had, now or later
		}
		if err != nil && !c.gaps.hopeless(room) {
			return nil, err
		}
		if err != nil {
			c.log.ErrorContext(ctx, "gap in the timeline can't be filled", "room_id", room, "error", err)
			break
		}
		from = page.End
		if back.take(c.parseEvents(ctx, page.Chunk)) || from == "" || len(page.Chunk) == 0 {
			return back.oldestFirst(), nil
		}
	}
	if len(back.events) > 0 {
		c.log.WarnContext(ctx, "gap in the timeline is too long, older messages are skipped",
			"room_id", room, "num_events", len(back.events))
	}
	return back.oldestFirst(), nil
}

// stretch is a piece of a timeline that is read backwards.
type stretch struct {
	user   id.UserID
	to     string          // where it begins; empty: with the invitation to a direct chat
	events []timelineEvent // newest first
}

// take adds events, and reports whether the stretch is complete.
func (s *stretch) take(newestFirst []timelineEvent) (done bool) {
	for _, e := range newestFirst {
		s.events = append(s.events, e)
		joined, direct := e.joins(s.user)
		switch {
		case joined && direct:
			s.to = "" // what was said since the invitation may be older than the last sync
		case joined, s.to == "" && e.invites(s.user):
			return true
		}
	}
	return false
}

func (s *stretch) oldestFirst() []timelineEvent {
	slices.Reverse(s.events)
	return s.events
}

type messagesPage struct {
	Chunk []json.RawMessage `json:"chunk"`
	End   string            `json:"end"`
}

func (c *Client) page(ctx context.Context, room roomID, from, to string) (*messagesPage, error) {
	filter, err := json.Marshal(&mautrix.FilterPart{Types: syncFilter().Room.Timeline.Types})
	if err != nil {
		return nil, fmt.Errorf("fill gap: %w", err)
	}
	query := map[string]string{
		"dir": "b", "from": from, "limit": strconv.Itoa(pageSize), "filter": string(filter),
	}
	if to != "" {
		query["to"] = to
	}
	ctx, cancel := context.WithTimeout(ctx, pollMargin)
	defer cancel()
	var p messagesPage
	_, err = c.api.MakeFullRequest(ctx, mautrix.FullRequest{
		Method:       http.MethodGet,
		URL:          c.api.BuildURLWithQuery(mautrix.ClientURLPath{"v3", "rooms", room, "messages"}, query),
		ResponseJSON: &p,
	})
	if err != nil {
		return nil, fmt.Errorf("fill gap: %w", err)
	}
	return &p, nil
}
