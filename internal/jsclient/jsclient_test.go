package jsclient_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"lotse/bot"
	"lotse/bot/matrix"
	"lotse/internal/jsclient"
	"lotse/internal/pgtest"
	"lotse/internal/synapse"
)

// root is the folder of the repository.
const root = "../.."

// startBot runs the runtime with a handler that asks back and then answers.
func startBot(t *testing.T, server *synapse.Server) *matrix.Client {
	t.Helper()
	account, pool := server.Register("lotse"), pgtest.New(t)
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	ctx := context.WithoutCancel(t.Context())
	client, err := matrix.Open(ctx, matrix.Options{
		HomeserverURL: server.URL, UserID: account.User, Password: account.Password,
		PickleKey: "a pickle key for tests", Pool: pool, DisplayName: "Lotse", Logger: log, HTTP: &http.Client{},
	})
	if err != nil {
		t.Fatal(err)
	}
	router := bot.NewRouter()
	router.Text(bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
		if m.Command != "wer zahlt?" {
			r.Say(bot.Post{Text: "Gehört: " + bot.Escape(m.Command)})
			return nil
		}
		r.Say(bot.Post{Text: "Welchen **Status**? 1️⃣ Duldung 2️⃣ EU", Ask: &bot.Ask{Handler: "status", Options: []bot.Option{
			{Key: "1️⃣", Label: "Duldung", Value: "duldung"}, {Key: "2️⃣", Label: "EU", Value: "eu"},
		}}})
		return nil
	}))
	router.Choice("status", bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
		r.Say(bot.Post{Text: "Das Amt für " + bot.Escape(m.Choice.Value)})
		return nil
	}))
	b := bot.New(pool, client, router, bot.Options{
		User: account.User, Logger: log, Allow: func(id.UserID) bool { return true },
	})
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := b.Run(ctx); err != nil {
			t.Errorf("run the bot: %v", err)
		}
	})
	wg.Go(func() {
		if err := client.Run(ctx, b.Inbox()); err != nil {
			t.Errorf("follow the account: %v", err)
		}
	})
	t.Cleanup(func() {
		cancel()
		wg.Wait()
		if err := client.Close(); err != nil {
			t.Errorf("close the client: %v", err)
		}
	})
	return client
}

func TestAskChooseAndThread(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	server := synapse.New(t)
	anna := server.Register("anna")
	js, err := jsclient.Open(ctx, root, server.URL, anna.User, anna.Password)
	if errors.Is(err, jsclient.ErrNoNode) {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatalf("start matrix-js-sdk: %v", err)
	}
	t.Cleanup(func() {
		if err := js.Close(); err != nil {
			t.Error(err)
		}
	})
	lotse := startBot(t, server)
	from := func(words string) func(jsclient.Event) bool {
		return func(e jsclient.Event) bool {
			return e.Sender == lotse.UserID() && strings.Contains(e.Text, words) && !e.Failed
		}
	}
	see := func(fits func(jsclient.Event) bool) jsclient.Event {
		t.Helper()
		e, err := js.Wait(ctx, fits)
		if err != nil {
			t.Fatal(err)
		}
		if e.Type == "m.room.message" && (!e.Encrypted || e.Shield != 0) {
			t.Errorf("Element would warn of %+v", e)
		}
		return e
	}
	// The bot is there when it has joined; what is said before may not be encrypted for it.
	joined := func(room id.RoomID) {
		t.Helper()
		see(func(e jsclient.Event) bool {
			return e.Room == room && e.Type == "m.room.member" && e.Sender == lotse.UserID()
		})
	}

	chat, err := js.Create(ctx, jsclient.Room{Direct: true, Encrypted: true, Invite: []id.UserID{lotse.UserID()}})
	if err != nil {
		t.Fatal(err)
	}
	joined(chat)
	if _, err := js.Say(ctx, chat, "", "", "wer zahlt?"); err != nil {
		t.Fatal(err)
	}
	question := see(from("Welchen Status?"))
	see(func(e jsclient.Event) bool {
		return e.Type == "m.reaction" && e.Target == question.ID && e.Key == "2️⃣"
	})
	if _, err := js.React(ctx, chat, question.ID, "2️⃣"); err != nil {
		t.Fatal(err)
	}
	see(from("Das Amt für eu"))

	room, err := js.Create(ctx, jsclient.Room{Encrypted: true, Version: "10", Invite: []id.UserID{lotse.UserID()}})
	if err != nil {
		t.Fatal(err)
	}
	joined(room)
	asked, err := js.Say(ctx, room, "", lotse.UserID(), "Lotse: hallo du")
	if err != nil {
		t.Fatal(err)
	}
	first := see(from("Gehört: hallo du"))
	if _, err := js.Say(ctx, room, asked, "", "und weiter"); err != nil {
		t.Fatal(err)
	}
	second := see(from("Gehört: und weiter"))
	thread, err := js.Thread(ctx, room, asked)
	if err != nil {
		t.Fatal(err)
	}
	if first.Thread != asked || second.Thread != asked || !slices.Contains(thread, first.ID) || !slices.Contains(thread, second.ID) {
		t.Errorf("thread of %s is %v, want %s and %s in it", asked, thread, first.ID, second.ID)
	}
	signed, err := js.SignedByOwner(ctx, lotse.UserID(), lotse.DeviceID())
	if err != nil || !signed {
		t.Errorf("the bot's device is signed by its owner: %t, %v", signed, err)
	}
}
