package matrix_test

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
	"lotse/internal/faultproxy"
	"lotse/internal/matrixclient"
)

func TestWhatWasSaidWhileTheBotWasDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person("anna")
	room := anna.room(w, matrixclient.Room{Encrypted: true})
	w.wait(said(anna.say(room, "vorher")))
	w.stop()

	anna.say(room, "eins")
	if err := anna.NewSession(t.Context(), room); err != nil {
		t.Fatal(err)
	}
	anna.say(room, "zwei")
	chat := must(anna.Create(t.Context(), matrixclient.Room{
		Encrypted: true, Direct: true, Invite: []id.UserID{w.account.User},
	}))(t)
	anna.say(chat, "drei")

	w.start()
	w.waitN(4, func(e bot.Event) bool { return e.Kind == bot.Text })
	if diff := cmp.Diff([]string{"vorher", "eins", "zwei"}, w.texts(room)); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"drei"}, w.texts(chat)); diff != "" {
		t.Errorf("texts of the chat (-want +got):\n%s", diff)
	}
	invited := w.wait(func(e bot.Event) bool { return e.Kind == bot.Invited && e.Room == chat })
	joined := w.wait(func(e bot.Event) bool { return e.Kind == bot.Joined && e.Room == chat })
	if !invited.Direct || !joined.Direct || invited.Sender != anna.User() {
		t.Errorf("invitation = %+v, join = %+v, want a direct chat", invited, joined)
	}
}

// A gap of more messages than /sync brings is filled in order, also one that spans several pages.
func TestGap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person("anna")
	rooms := []id.RoomID{
		anna.room(w, matrixclient.Room{Encrypted: true, Version: "10"}),
		anna.room(w, matrixclient.Room{Encrypted: false, Version: "12"}),
	}
	w.stop()
	numbers := []int{130, 330} // the timeline of a sync holds 200
	for i, room := range rooms {
		for n := range numbers[i] {
			anna.say(room, strconv.Itoa(n))
		}
	}
	w.start()
	w.waitN(130+330, func(e bot.Event) bool { return e.Kind == bot.Text })
	for i, room := range rooms {
		var want []string
		for n := range numbers[i] {
			want = append(want, strconv.Itoa(n))
		}
		if diff := cmp.Diff(want, w.texts(room)); diff != "" {
			t.Errorf("room %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestOldMessagesOfARoomAreNotForTheBot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person("anna")
	room := must(anna.Create(t.Context(), matrixclient.Room{Version: "10"}))(t)
	anna.say(room, "alt")
	if err := anna.Invite(t.Context(), room, w.account.User); err != nil {
		t.Fatal(err)
	}
	anna.say(room, "nach der Einladung, aber kein Direktchat")
	w.wait(func(e bot.Event) bool { return e.Kind == bot.Joined && e.Room == room })
	w.wait(said(anna.say(room, "neu")))
	got := w.texts(room)
	if !slices.Contains(got, "neu") || slices.Contains(got, "alt") {
		t.Errorf("texts = %q", got)
	}
}

func TestLateKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	slow := must(faultproxy.New(t.Context(), w.server.URL))(t)
	t.Cleanup(func() { _ = slow.Close() })
	anna := w.personVia("anna", slow.URL)
	room := anna.room(w, matrixclient.Room{Encrypted: true})
	held := slow.Add(&faultproxy.Rule{
		Path: regexp.MustCompile("/sendToDevice/m.room.encrypted/"), Do: faultproxy.Later, Status: http.StatusOK, Body: "{}",
	})
	asked := anna.say(room, "spät")
	raw := w.rawEvent(asked)
	if _, err := w.bot.Read(t.Context(), raw); !errors.Is(err, bot.ErrNoKey) {
		t.Errorf("read without key: %v, want ErrNoKey", err)
	}
	if err := w.bot.RequestKey(t.Context(), raw); err != nil {
		t.Errorf("request key: %v", err)
	}
	slow.Remove(held)
	if e := w.wait(said(asked)); e.Text != "spät" {
		t.Errorf("event = %+v", e)
	}
}

func TestABatchThatIsNotAcceptedComesAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person("anna")
	room := anna.room(w, matrixclient.Room{Encrypted: true})
	w.inbox.mu.Lock()
	w.inbox.fail = errors.New("the database is away")
	w.inbox.mu.Unlock()
	if e := w.wait(said(anna.say(room, "trotzdem"))); e.Text != "trotzdem" {
		t.Errorf("event = %+v", e)
	}
}

func TestKickBanAndStrangersInvitation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person("anna")
	room := anna.room(w, matrixclient.Room{Encrypted: true})
	if err := anna.Kick(t.Context(), room, w.account.User); err != nil {
		t.Fatal(err)
	}
	if e := w.wait(func(e bot.Event) bool { return e.Kind == bot.Left }); e.Room != room || e.Sender != anna.User() {
		t.Errorf("left = %+v", e)
	}
	_, err := w.bot.Send(t.Context(), bot.Outgoing{Txn: "msg-1", Room: room, Kind: bot.OutMessage, Text: "noch da?"})
	if got := sendError(t, err); !got.Final {
		t.Errorf("send to a room that it was kicked from: %+v, want final", got)
	}
	// Invited again, it is there again, and answers encrypted.
	if err := anna.Invite(t.Context(), room, w.account.User); err != nil {
		t.Fatal(err)
	}
	w.waitN(2, func(e bot.Event) bool { return e.Kind == bot.Joined && e.Room == room })
	w.send(bot.Outgoing{Txn: "msg-2", Room: room, Kind: bot.OutMessage, Text: "wieder da"})
	if got := anna.see(matrixclient.Has("wieder da")); !got.Encrypted {
		t.Errorf("message after coming back = %+v", got)
	}

	w.inbox.mu.Lock()
	w.inbox.refuse = true
	w.inbox.mu.Unlock()
	other := must(anna.Create(t.Context(), matrixclient.Room{Invite: []id.UserID{w.account.User}}))(t)
	w.wait(func(e bot.Event) bool { return e.Kind == bot.Invited && e.Room == other })
	for range 2 { // the second time, there is nothing left to reject
		if err := w.bot.Leave(t.Context(), other); err != nil {
			t.Errorf("reject: %v", err)
		}
	}
	anna.see(matrixclient.In(other), func(e matrixclient.Event) bool {
		return e.StateKey == string(w.account.User) && e.Content["membership"] == "leave"
	})
}

func TestRoomUpgrades(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, to id.RoomVersion }{{"10", "11"}, {"11", "12"}, {"12", "12"}} {
		t.Run(string(c.from+" to "+c.to), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			anna := w.person("anna")
			room := anna.room(w, matrixclient.Room{Version: c.from, Encrypted: true})
			next := must(anna.Upgrade(t.Context(), room, c.to))(t)
			w.wait(func(e bot.Event) bool { return e.Room == room && e.Kind == bot.Ignored }) // needs an invitation
			if err := anna.Invite(t.Context(), next, w.account.User); err != nil {
				t.Fatal(err)
			}
			moved := w.wait(func(e bot.Event) bool { return e.Kind == bot.Moved })
			if moved.Room != room || moved.NewRoom != next {
				t.Errorf("moved = %+v, want from %s to %s", moved, room, next)
			}
			if joined := w.wait(func(e bot.Event) bool { return e.Kind == bot.Joined && e.Room == next }); joined.OldRoom != room {
				t.Errorf("joined = %+v, want %s as the old room", joined, room)
			}
			w.send(bot.Outgoing{Txn: "msg-1", Room: next, Kind: bot.OutMessage, Text: "umgezogen"})
			if got := anna.see(matrixclient.Has("umgezogen")); got.Room != next || !got.Encrypted {
				t.Errorf("message = %+v", got)
			}
		})
	}
}

func TestPublicRoomUpgradeIsFollowedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person("anna")
	room := anna.room(w, matrixclient.Room{Public: true})
	next := must(anna.Upgrade(t.Context(), room, "12"))(t)
	if e := w.wait(func(e bot.Event) bool { return e.Kind == bot.Moved }); e.NewRoom != next {
		t.Errorf("moved = %+v, want to %s", e, next)
	}
}

// A gap that the homeserver can't fill holds up the account for some time only.
func TestGapThatIsNeverFilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person("anna")
	room := anna.room(w, matrixclient.Room{})
	w.stop()
	for i := range 201 { // more than a sync brings
		anna.say(room, strconv.Itoa(i))
	}
	broken := &faultproxy.Rule{Method: http.MethodGet, Path: regexp.MustCompile("/messages"), Do: faultproxy.Answer, Status: http.StatusInternalServerError, Body: `{"errcode":"M_UNKNOWN"}`}
	w.proxy.Add(broken)
	w.gapPatience = time.Second
	w.start()
	last := anna.say(room, "und jetzt?")
	w.wait(said(last))
	if broken.Hits() < 2 {
		t.Errorf("asked %d times, want more", broken.Hits())
	}
}

// Whoever may close a room can't hand the bot's room over to one that isn't its successor.
func TestForgedTombstone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna, mallory := w.person("anna"), w.person("mallory")
	room := anna.room(w, matrixclient.Room{Version: "10", Invite: []id.UserID{mallory.User()}})
	trap := must(mallory.Create(t.Context(), matrixclient.Room{Public: true}))(t)
	tombstone := must(anna.API.SendStateEvent(t.Context(), room, event.StateTombstone, "",
		&event.TombstoneEventContent{Body: "hier lang", ReplacementRoom: trap}))(t)
	if e := w.wait(said(tombstone.EventID)); e.Kind != bot.Ignored {
		t.Errorf("event = %+v, want it ignored", e)
	}
	joined := must(w.server.Client(w.account).JoinedRooms(t.Context()))(t)
	if slices.Contains(joined.JoinedRooms, trap) {
		t.Error("the bot stayed in the room")
	}
}

func TestBotsAreNotHeard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person("anna")
	room := anna.room(w, matrixclient.Room{Encrypted: true})
	notice := must(anna.Send(t.Context(), room, event.EventMessage,
		&event.MessageEventContent{MsgType: event.MsgNotice, Body: "ich bin ein Bot"}))(t)
	if e := w.wait(said(notice)); e.Kind != bot.Ignored {
		t.Errorf("notice = %+v", e)
	}
	other := must(anna.Send(t.Context(), room, event.EventMessage, map[string]any{
		"msgtype": "m.text", "body": "ich bin auch Lotse", "org.lotse.bot": map[string]any{},
	}))(t)
	if e := w.wait(said(other)); e.Kind != bot.Ignored {
		t.Errorf("message of another Lotse = %+v", e)
	}
	deleted := must(anna.API.RedactEvent(t.Context(), room, notice, mautrix.ReqRedact{
		Extra: map[string]any{"org.lotse.bot": map[string]any{}},
	}))(t)
	if e := w.wait(said(deleted.EventID)); e.Kind != bot.Deleted || e.Target != notice {
		t.Errorf("deletion by another Lotse = %+v", e)
	}
	own := w.send(bot.Outgoing{Txn: "msg-1", Room: room, Kind: bot.OutMessage, Loud: true, Text: "hallo"})
	last := anna.say(room, "Schluss")
	w.wait(said(last))
	if events, _ := w.inbox.events(said(own)); len(events) > 0 {
		t.Errorf("own message was delivered: %+v", events)
	}
	if want := (bot.Echo{Txn: "msg-1", Event: own}); !slices.Contains(w.inbox.echoes, want) {
		t.Errorf("echoes = %v, want %v in them", w.inbox.echoes, want)
	}
}

func TestMembersAndPower(t *testing.T) {
	t.Parallel()
	for _, version := range []id.RoomVersion{"10", "12"} {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			anna, bob := w.person("anna"), w.person("bob")
			room := anna.room(w, matrixclient.Room{Version: version, Invite: []id.UserID{bob.User()}})
			isMember := func(user id.UserID) bool { return must(w.bot.IsMember(t.Context(), room, user))(t) }
			if !isMember(anna.User()) || isMember(bob.User()) {
				t.Error("anna is a member, bob is only invited")
			}
			if err := bob.Join(t.Context(), room); err != nil {
				t.Fatal(err)
			}
			e := w.wait(func(e bot.Event) bool { return e.Kind == bot.Member })
			if e.Subject != bob.User() || !e.Joins || !isMember(bob.User()) {
				t.Errorf("member = %+v", e)
			}
			if n := must(w.bot.Members(t.Context(), room))(t); n != 3 {
				t.Errorf("members = %d, want 3", n)
			}
			for user, want := range map[id.UserID]bool{anna.User(): true, bob.User(): false} {
				have, need, err := w.bot.Power(t.Context(), room, user)
				if err != nil || need != 50 || (have >= need) != want {
					t.Errorf("power of %s = %d of %d, %v", user, have, need, err)
				}
			}
		})
	}
}

// Encryption can't be turned off by an event that says so.
func TestOnceEncryptedAlwaysEncrypted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person("anna")
	room := anna.room(w, matrixclient.Room{Encrypted: true})
	must(anna.API.SendStateEvent(t.Context(), room, event.StateEncryption, "", map[string]any{"algorithm": "none"}))(t)
	w.wait(said(must(anna.React(t.Context(), room, anna.see(matrixclient.In(room)).ID, "x"))(t))) // the change has arrived
	w.send(bot.Outgoing{Txn: "msg-1", Room: room, Kind: bot.OutMessage, Text: "geheim"})
	own := w.server.Client(w.account)
	messages := must(own.Messages(t.Context(), room, "", "", mautrix.DirectionBackward, nil, 10))(t)
	for _, e := range messages.Chunk {
		if e.Type.Type == "m.room.message" {
			t.Errorf("sent in plain text: %v", e.Content.Raw)
		}
	}
}
