package matrix

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
)

// ReadContent reads a message with this content as a bot of that name would.
func ReadContent(user id.UserID, name string, content json.RawMessage) bot.Event {
	c := &Client{
		api:  &mautrix.Client{UserID: user},
		opts: Options{DisplayName: name},
		log:  slog.New(slog.DiscardHandler),
	}
	e := timelineEvent{Type: "m.room.message", Content: content}
	ev, err := c.readMessage(context.Background(), bot.Event{Kind: bot.Ignored}, &e)
	if err != nil {
		panic(err)
	}
	return ev
}

// SetGapPatience changes how long a gap may hold up the account; before Run.
func (c *Client) SetGapPatience(d time.Duration) { c.gaps.patience = d }

// News tells which events of a joined room are for the bot, when no gap has to be filled.
func News(user id.UserID, since string, state, timeline []json.RawMessage) ([]id.EventID, error) {
	c := &Client{api: &mautrix.Client{UserID: user}, log: slog.New(slog.DiscardHandler)}
	jr := joinedRoom{State: rawEvents{state}}
	jr.Timeline.Events = timeline
	events, err := c.news(context.Background(), "!room", &jr, since)
	var out []id.EventID
	for _, e := range events {
		out = append(out, e.ID)
	}
	return out, err
}
