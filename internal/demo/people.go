package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	"maunium.net/go/mautrix/id"

	"lotse/internal/matrixclient"
)

// The rooms, and who made them.
const (
	agencies     = "Fachstellen"
	coordination = "Koordination"
)

func ownerOf(room string) string {
	if room == coordination {
		return "carla"
	}
	return "dora"
}

// guestsOf are who is invited beside the owner.
func guestsOf(room string) []string {
	if room == coordination {
		return []string{"dora"}
	}
	return []string{"anna", "bob", "carla", "emil", "fatma"}
}

// invitePeople registers the people, logs them in and brings them into the rooms.
func (s *stage) invitePeople(ctx context.Context) error {
	s.password = strings.ToLower(rand.Text()[:12])
	var mu sync.Mutex
	group, groupCtx := errgroup.WithContext(ctx)
	for _, name := range people() {
		group.Go(func() error {
			client, err := s.logIn(groupCtx, name)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			s.people[name] = client
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, room := range []string{agencies, coordination} {
		if err := s.openRoom(ctx, room); err != nil {
			return err
		}
	}
	return nil
}

// logIn makes an account. It isn't cross-signed: a client that somebody logs in with later is the
// first that may do so, and needn't be confirmed by one that is gone.
func (s *stage) logIn(ctx context.Context, name string) (*matrixclient.Client, error) {
	localpart := name
	if !s.house.Owned() { // another's homeserver may have an anna
		localpart += "-" + strings.ToLower(rand.Text()[:6])
	}
	account, err := s.house.Register(ctx, localpart, s.password)
	if err != nil {
		return nil, err
	}
	return matrixclient.Open(ctx, matrixclient.Options{
		URL: s.house.HomeserverURL, User: account.UserID, Token: account.AccessToken, Device: account.DeviceID, Unsigned: true,
	})
}

func (s *stage) openRoom(ctx context.Context, name string) error {
	owner := s.people[ownerOf(name)]
	var guests []id.UserID
	for _, guest := range guestsOf(name) {
		guests = append(guests, s.people[guest].User())
	}
	room, err := owner.Create(ctx, matrixclient.Room{Name: name, Invite: guests})
	if err != nil {
		return fmt.Errorf("open room %s: %w", name, err)
	}
	s.rooms[room] = name
	for _, guest := range guestsOf(name) {
		if err := s.people[guest].Join(ctx, room); err != nil {
			return fmt.Errorf("bring %s into %s: %w", guest, name, err)
		}
	}
	return nil
}

// openChat opens anna's encrypted chat with the bot and waits until it has introduced itself.
func (s *stage) openChat(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	anna := s.people["anna"]
	room, err := anna.Create(ctx, matrixclient.Room{Direct: true, Encrypted: true, Invite: []id.UserID{s.bot}})
	if err != nil {
		return fmt.Errorf("open chat: %w", err)
	}
	s.chat = room
	if err := anna.Joined(ctx, room, s.bot); err != nil {
		return fmt.Errorf("wait for Lotse to join: %w", err)
	}
	_, err = anna.Wait(ctx, matrixclient.In(room), matrixclient.From(s.bot), matrixclient.Message)
	if err != nil {
		return fmt.Errorf("wait for Lotse to introduce itself: %w", err)
	}
	return nil
}

// nameOf is how the transcript calls a user.
func (s *stage) nameOf(user id.UserID) string {
	if user == s.bot {
		return "lotse"
	}
	for name, client := range s.people {
		if client.User() == user {
			return name
		}
	}
	return user.String()
}

// printAddresses tells how to come in with any client.
func (s *stage) printAddresses() {
	s.printf("\nAny Matrix client may come in while this runs:\n")
	s.printf("  homeserver  %s\n", s.house.HomeserverURL)
	for _, name := range slices.Sorted(maps.Keys(s.people)) {
		s.printf("  account     %-22s password %s\n", s.people[name].User(), s.password)
	}
	for room, name := range s.rooms {
		s.printf("  room        %-22s %s\n", name, room)
	}
	s.printf("  bot         %-22s log %s\n", s.bot, s.house.Log("lotse"))
}
