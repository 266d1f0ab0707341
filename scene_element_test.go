package main

import (
	"context"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"lotse/internal/jsclient"
	"lotse/internal/pgtest"
)

// element is somebody with matrix-js-sdk, the engine of Element.
type element struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // of one test
	js  *jsclient.Client
	bot id.UserID
}

// sees waits for a message of the bot with the words, which must come as Element likes it.
func (e element) sees(room id.RoomID, words string) jsclient.Event {
	e.t.Helper()
	got, err := e.js.Wait(e.ctx, func(got jsclient.Event) bool {
		return got.Room == room && got.Sender == e.bot && !got.Edit && !got.Failed && strings.Contains(got.Text, words)
	})
	if err != nil {
		e.t.Fatalf("%q: %v", words, err)
	}
	if !got.Encrypted || got.Shield != 0 {
		e.t.Errorf("Element would warn of %+v", got)
	}
	return got
}

// room makes an encrypted room with the bot and waits until it is there.
func (e element) room(r jsclient.Room) id.RoomID {
	e.t.Helper()
	r.Encrypted, r.Invite = true, []id.UserID{e.bot}
	room := must[id.RoomID](e.t)(e.js.Create(e.ctx, r))
	e.sees(room, "Ich sage, welches Amt")
	return room
}

// says sends text, in a thread if one is given.
func (e element) says(room id.RoomID, thread id.EventID, mention id.UserID, text string) id.EventID {
	e.t.Helper()
	return must[id.EventID](e.t)(e.js.Say(e.ctx, room, thread, mention, text))
}

// chooses waits for a reaction that the bot offers, and takes it.
func (e element) chooses(room id.RoomID, question id.EventID, key string) {
	e.t.Helper()
	_, err := e.js.Wait(e.ctx, func(got jsclient.Event) bool {
		return got.Type == "m.reaction" && got.Sender == e.bot && got.Target == question && plainKey(got.Key) == plainKey(key)
	})
	if err != nil {
		e.t.Fatalf("the bot doesn't react with %s: %v", key, err)
	}
	must[id.EventID](e.t)(e.js.React(e.ctx, room, question, key))
}

// elementUser asks in an encrypted chat and an encrypted room, with the encryption and the threads of
// another implementation than the bot's.
func elementUser(t *testing.T, database string) {
	t.Helper()
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	w := newWorld(t, pgtest.Copy(t, database))
	w.serve()
	anna := w.server.Register("anna")
	js, err := jsclient.Open(ctx, ".", w.server.URL, anna.User, anna.Password)
	if err != nil {
		t.Fatalf("start matrix-js-sdk: %v", err)
	}
	t.Cleanup(func() {
		if err := js.Close(); err != nil {
			t.Error(err)
		}
	})
	e := element{t: t, ctx: ctx, js: js, bot: w.bot.User}

	chat := e.room(jsclient.Room{Direct: true, Version: "12"})
	e.says(chat, "", "", "kein cent mehr da")
	e.chooses(chat, e.sees(chat, "Welchen Aufenthaltsstatus").ID, "1️⃣")
	e.sees(chat, "In welcher Stadt")
	e.says(chat, "", "", "schieder")
	e.sees(chat, "Sozialamt Schieder-Schwalenberg")

	room := e.room(jsclient.Room{Version: "12"})
	asked := e.says(room, "", e.bot, "Lotse: kein cent mehr da")
	question := e.sees(room, "Welchen Aufenthaltsstatus")
	e.chooses(room, question.ID, "1️⃣")
	town := e.sees(room, "In welcher Stadt")
	e.says(room, asked, "", "detmold")
	first := e.sees(room, "Sozialamt Detmold")
	e.says(room, asked, "", "und wenn sie nach lage ziehen?")
	second := e.sees(room, "Sozialamt Lage")
	thread := must[[]id.EventID](t)(js.Thread(ctx, room, asked))
	for _, post := range []jsclient.Event{question, town, first, second} {
		if post.Thread != asked || !slices.Contains(thread, post.ID) {
			t.Errorf("%q is in thread %q, want %q; Element shows %v there", post.Text, post.Thread, asked, thread)
		}
	}
}
