// Package jsclient is a person with matrix-js-sdk, the engine of Element, for tests: its encryption
// is another implementation (Rust) than the bot's, and its model of threads and edits is what people
// see. It runs in the Node.js that LOTSE_TEST_NODE names, else the path; the library is installed at
// first use into the repository's .env.d, pinned by js/package-lock.json.
package jsclient

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"sync"

	"maunium.net/go/mautrix/id"
)

// Event is something that the client saw. An event comes again when more is known of it.
type Event struct {
	ID        id.EventID `json:"id"`
	Room      id.RoomID  `json:"room"`
	Sender    id.UserID  `json:"sender"`
	Type      string     `json:"type"`
	Text      string     `json:"text"` // of an edit, the new text
	HTML      string     `json:"html"`
	Thread    id.EventID `json:"thread"`
	Target    id.EventID `json:"target"` // of an edit or a reaction
	Key       string     `json:"key"`
	Edit      bool       `json:"edit"`
	Encrypted bool       `json:"encrypted"`
	Failed    bool       `json:"failed"` // it could not be decrypted
	Shield    int        `json:"shield"` // warning of Element at an encrypted message: 0 none, 1 grey, 2 red
}

// Client is a running client.
type Client struct {
	User id.UserID

	cmd    *exec.Cmd
	stdin  io.WriteCloser
	reader sync.WaitGroup

	mu      sync.Mutex
	last    int
	answers map[int]chan answer
	seen    []Event
	changed chan struct{}
	err     error // why the client ended
}

type answer struct {
	ID    int             `json:"id"`
	OK    json.RawMessage `json:"ok"`
	Error string          `json:"error"`
	Event *Event          `json:"event"`
}

// Open starts a client that logs in with the password, on a new device, and makes a cross-signing
// identity. The first call on a machine installs matrix-js-sdk below dir/.env.d.
func Open(ctx context.Context, dir, url string, user id.UserID, password string) (*Client, error) {
	node, err := findNode(ctx)
	if err != nil {
		return nil, err
	}
	script, err := node.install(ctx, dir)
	if err != nil {
		return nil, err
	}
	c := &Client{
		User: user, cmd: exec.CommandContext(context.WithoutCancel(ctx), string(node), script),
		answers: make(map[int]chan answer), changed: make(chan struct{}),
	}
	c.cmd.Stderr = io.Discard
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start node: %w", err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start node: %w", err)
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start node: %w", err)
	}
	c.reader.Go(func() { c.read(out) })
	if err := c.do(ctx, "open", map[string]any{"url": url, "user": user, "password": password}, nil); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Close ends the client.
func (c *Client) Close() error {
	_ = c.stdin.Close()
	c.reader.Wait()
	if err := c.cmd.Wait(); err != nil {
		return fmt.Errorf("end node: %w", err)
	}
	return nil
}

func (c *Client) read(out io.Reader) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var a answer
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			continue // a line that some library printed
		}
		c.take(a)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = errors.Join(errors.New("the client has ended"), lines.Err())
	for _, ch := range c.answers {
		close(ch)
	}
	c.answers = nil
	close(c.changed)
}

func (c *Client) take(a answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a.Event != nil {
		c.seen = append(c.seen, *a.Event)
		close(c.changed)
		c.changed = make(chan struct{})
		return
	}
	if ch, ok := c.answers[a.ID]; ok {
		ch <- a
		delete(c.answers, a.ID)
	}
}

// do runs a command and decodes its result.
func (c *Client) do(ctx context.Context, what string, args map[string]any, result any) error {
	ch := make(chan answer, 1)
	c.mu.Lock()
	if c.err != nil {
		defer c.mu.Unlock()
		return c.err
	}
	c.last++
	args["id"], args["do"] = c.last, what
	c.answers[c.last] = ch
	line, err := json.Marshal(args)
	if err == nil {
		_, err = c.stdin.Write(append(line, '\n'))
	}
	c.mu.Unlock()
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	select {
	case a, ok := <-ch:
		switch {
		case !ok:
			return fmt.Errorf("%s: the client has ended", what)
		case a.Error != "":
			return fmt.Errorf("%s: %s", what, a.Error)
		case result == nil:
			return nil
		}
		return json.Unmarshal(a.OK, result)
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", what, ctx.Err())
	}
}

// Room is a room to be made.
type Room struct {
	Direct, Encrypted bool
	Version           id.RoomVersion // empty: the homeserver's default
	Invite            []id.UserID
}

// Create makes a room.
func (c *Client) Create(ctx context.Context, r Room) (room id.RoomID, err error) {
	err = c.do(ctx, "create", map[string]any{
		"direct": r.Direct, "encrypted": r.Encrypted, "version": r.Version, "invite": r.Invite,
	}, &room)
	return room, err
}

// Say says something, in a thread if one is given, mentioning a user if one is given.
func (c *Client) Say(ctx context.Context, room id.RoomID, thread id.EventID, mention id.UserID, text string) (event id.EventID, err error) {
	err = c.do(ctx, "say", map[string]any{"room": room, "thread": thread, "mention": mention, "text": text}, &event)
	return event, err
}

// React reacts to an event.
func (c *Client) React(ctx context.Context, room id.RoomID, target id.EventID, key string) (event id.EventID, err error) {
	err = c.do(ctx, "react", map[string]any{"room": room, "target": target, "key": key}, &event)
	return event, err
}

// Thread returns the events that the library shows in a thread, the root among them.
func (c *Client) Thread(ctx context.Context, room id.RoomID, root id.EventID) (events []id.EventID, err error) {
	err = c.do(ctx, "thread", map[string]any{"room": room, "root": root}, &events)
	return events, err
}

// SignedByOwner reports whether a device is signed by the cross-signing identity of its owner.
func (c *Client) SignedByOwner(ctx context.Context, user id.UserID, device id.DeviceID) (signed bool, err error) {
	err = c.do(ctx, "trust", map[string]any{"user": user, "device": device}, &signed)
	return signed, err
}

// Wait returns the first event that fits, past or to come.
func (c *Client) Wait(ctx context.Context, fits func(Event) bool) (Event, error) {
	for {
		c.mu.Lock()
		changed, ended := c.changed, c.err
		i := slices.IndexFunc(c.seen, fits)
		if i >= 0 {
			defer c.mu.Unlock()
			return c.seen[i], nil
		}
		c.mu.Unlock()
		if ended != nil {
			return Event{}, ended
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Event{}, fmt.Errorf("wait for an event: %w", ctx.Err())
		}
	}
}
