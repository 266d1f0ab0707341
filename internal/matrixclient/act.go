package matrixclient

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"strings"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Room is a room to be made.
type Room struct {
	Name      string
	Version   id.RoomVersion // empty: the homeserver's default
	Encrypted bool
	Direct    bool // the invited may do as much as the creator
	Public    bool // anybody may join
	Invite    []id.UserID
	Levels    *event.PowerLevelsEventContent
}

// Create makes a room.
func (c *Client) Create(ctx context.Context, r Room) (id.RoomID, error) {
	req := &mautrix.ReqCreateRoom{
		Name: r.Name, RoomVersion: r.Version, IsDirect: r.Direct, Invite: r.Invite, Preset: "private_chat",
		PowerLevelOverride: r.Levels,
	}
	if r.Direct {
		req.Preset = "trusted_private_chat"
	}
	if r.Public {
		req.Preset = "public_chat"
	}
	if r.Encrypted {
		req.InitialState = []*event.Event{{
			Type:    event.StateEncryption,
			Content: event.Content{Parsed: &event.EncryptionEventContent{Algorithm: id.AlgorithmMegolmV1}},
		}}
	}
	resp, err := c.API.CreateRoom(ctx, req)
	if err != nil {
		return "", fmt.Errorf("create room: %w", err)
	}
	return resp.RoomID, nil
}

// Join joins a room.
func (c *Client) Join(ctx context.Context, room id.RoomID) error {
	_, err := c.API.JoinRoomByID(ctx, room)
	return err
}

// Invite invites a user.
func (c *Client) Invite(ctx context.Context, room id.RoomID, user id.UserID) error {
	_, err := c.API.InviteUser(ctx, room, &mautrix.ReqInviteUser{UserID: user})
	return err
}

// Kick removes a user.
func (c *Client) Kick(ctx context.Context, room id.RoomID, user id.UserID) error {
	_, err := c.API.KickUser(ctx, room, &mautrix.ReqKickUser{UserID: user, Reason: "test"})
	return err
}

// Joined waits until a user has joined the room.
func (c *Client) Joined(ctx context.Context, room id.RoomID, user id.UserID) error {
	_, err := c.Wait(ctx, In(room), func(e Event) bool {
		return e.Type == "m.room.member" && e.StateKey == string(user) && e.Content["membership"] == "join"
	})
	return err
}

// Upgrade upgrades a room and returns the new one.
func (c *Client) Upgrade(ctx context.Context, room id.RoomID, version id.RoomVersion) (id.RoomID, error) {
	var resp struct {
		Room id.RoomID `json:"replacement_room"`
	}
	url := c.API.BuildClientURL("v3", "rooms", room, "upgrade")
	_, err := c.API.MakeRequest(ctx, http.MethodPost, url, map[string]any{"new_version": version}, &resp)
	return resp.Room, err
}

// Send sends a message or another event as it is, encrypted where the room is.
func (c *Client) Send(ctx context.Context, room id.RoomID, typ event.Type, content any) (id.EventID, error) {
	resp, err := c.API.SendMessageEvent(ctx, room, typ, content)
	if err != nil {
		return "", fmt.Errorf("send: %w", err)
	}
	return resp.EventID, nil
}

// text makes the content of a message as clients do: an at-sign with a full user ID becomes a pill.
func text(s string) *event.MessageEventContent {
	m := &event.MessageEventContent{MsgType: event.MsgText, Body: s, Mentions: &event.Mentions{}}
	formatted := html.EscapeString(s)
	for word := range strings.FieldsSeq(s) {
		user := id.UserID(strings.TrimRight(word, ":,."))
		local, _, err := user.Parse()
		if err != nil {
			continue
		}
		m.Mentions.Add(user)
		formatted = strings.ReplaceAll(formatted, string(user),
			fmt.Sprintf(`<a href="https://matrix.to/#/%s">%s</a>`, user, local))
		m.Body = strings.ReplaceAll(m.Body, string(user), local)
	}
	if len(m.Mentions.UserIDs) > 0 {
		m.Format, m.FormattedBody = event.FormatHTML, formatted
	}
	return m
}

// Say says something in the timeline. A full user ID in it becomes a mention.
func (c *Client) Say(ctx context.Context, room id.RoomID, s string) (id.EventID, error) {
	return c.Send(ctx, room, event.EventMessage, text(s))
}

// SayIn says something in a thread.
func (c *Client) SayIn(ctx context.Context, room id.RoomID, root id.EventID, s string) (id.EventID, error) {
	m := text(s)
	m.RelatesTo = (&event.RelatesTo{}).SetThread(root, root)
	return c.Send(ctx, room, event.EventMessage, m)
}

// Reply replies to a message.
func (c *Client) Reply(ctx context.Context, room id.RoomID, to id.EventID, s string) (id.EventID, error) {
	m := text(s)
	m.RelatesTo = (&event.RelatesTo{}).SetReplyTo(to)
	return c.Send(ctx, room, event.EventMessage, m)
}

// React reacts to a message.
func (c *Client) React(ctx context.Context, room id.RoomID, to id.EventID, key string) (id.EventID, error) {
	return c.Send(ctx, room, event.EventReaction, &event.ReactionEventContent{
		RelatesTo: *(&event.RelatesTo{}).SetAnnotation(to, key),
	})
}

// Edit changes the text of a message.
func (c *Client) Edit(ctx context.Context, room id.RoomID, target id.EventID, s string) (id.EventID, error) {
	m := text(s)
	m.SetEdit(target)
	return c.Send(ctx, room, event.EventMessage, m)
}

// Redact deletes a message or takes a reaction back.
func (c *Client) Redact(ctx context.Context, room id.RoomID, target id.EventID) (id.EventID, error) {
	resp, err := c.API.RedactEvent(ctx, room, target)
	if err != nil {
		return "", fmt.Errorf("redact: %w", err)
	}
	return resp.EventID, nil
}
