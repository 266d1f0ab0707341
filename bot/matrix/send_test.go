package matrix_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"lotse/bot"
	"lotse/internal/faultproxy"
	"lotse/internal/matrixclient"
)

var sends = regexp.MustCompile("/rooms/.*/send/")

func TestSendErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person("anna")
	room := anna.room(w, matrixclient.Room{})
	for _, c := range []struct {
		name string
		rule *faultproxy.Rule
		want bot.SendError
	}{
		{
			"too many requests",
			&faultproxy.Rule{Do: faultproxy.Answer, Status: http.StatusTooManyRequests, Body: `{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":1500}`},
			bot.SendError{RetryAfter: 1500 * time.Millisecond},
		},
		{
			"forbidden",
			&faultproxy.Rule{Do: faultproxy.Answer, Status: http.StatusForbidden, Body: `{"errcode":"M_FORBIDDEN"}`},
			bot.SendError{Final: true},
		},
		{
			"too large",
			&faultproxy.Rule{Do: faultproxy.Answer, Status: http.StatusRequestEntityTooLarge, Body: `{"errcode":"M_TOO_LARGE"}`},
			bot.SendError{Final: true},
		},
		{
			"gateway",
			&faultproxy.Rule{Do: faultproxy.Answer, Status: http.StatusBadGateway, Body: `<html>`},
			bot.SendError{Unknown: true},
		},
		{
			"a proxy before a homeserver that isn't up",
			&faultproxy.Rule{Do: faultproxy.Answer, Status: http.StatusNotFound, Body: "404 page not found\n"},
			bot.SendError{Unknown: true},
		},
		{
			"a proxy that finds it too large",
			&faultproxy.Rule{Do: faultproxy.Answer, Status: http.StatusRequestEntityTooLarge, Body: "<html>"},
			bot.SendError{Final: true},
		},
		{"connection cut", &faultproxy.Rule{Do: faultproxy.Refuse}, bot.SendError{Unknown: true}},
	} {
		c.rule.Method, c.rule.Path = http.MethodPut, sends
		w.proxy.Add(c.rule)
		_, err := w.bot.Send(t.Context(), bot.Outgoing{Txn: "msg-" + c.name, Room: room, Kind: bot.OutMessage, Text: c.name})
		w.proxy.Remove(c.rule)
		got := sendError(t, err)
		if got.RetryAfter != c.want.RetryAfter || got.Final != c.want.Final || got.Unknown != c.want.Unknown {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
		if c.rule.Hits() != 1 {
			t.Errorf("%s: sent %d times, want once", c.name, c.rule.Hits())
		}
	}
}

// A lost reply leaves the fate of the message open; the echo comes soon, though /sync polls long.
func TestLostReplyIsFollowedByItsEcho(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.proxy.ForgetTransactions(true)
	anna := w.person("anna")
	room := anna.room(w, matrixclient.Room{Encrypted: true})
	w.proxy.Add(&faultproxy.Rule{Method: http.MethodPut, Path: sends, Do: faultproxy.DropReply, Times: 1})
	_, err := w.bot.Send(t.Context(), bot.Outgoing{Txn: "msg-1", Room: room, Kind: bot.OutMessage, Text: "einmal"})
	if got := sendError(t, err); !got.Unknown {
		t.Errorf("error = %+v, want unknown", got)
	}
	sent := anna.see(matrixclient.Has("einmal"))
	for deadline := time.Now().Add(patience); ; {
		w.inbox.mu.Lock()
		echoes, changed := w.inbox.echoes, w.inbox.changed
		w.inbox.mu.Unlock()
		if len(echoes) > 0 {
			if want := (bot.Echo{Txn: "msg-1", Event: sent.ID}); echoes[0] != want {
				t.Errorf("echo = %+v, want %+v", echoes[0], want)
			}
			return
		}
		select {
		case <-changed:
		case <-time.After(time.Until(deadline)):
			t.Fatal("the echo did not come")
		}
	}
}

// While the room's state can't be had, nothing is sent: it might be encrypted.
func TestUnknownRoomIsNotAnsweredInPlainText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person("anna")
	room := anna.room(w, matrixclient.Room{Encrypted: true})
	w.stop()
	for _, table := range []string{"matrix_room", "mx_room_state"} {
		if _, err := w.pool.Exec(t.Context(), "DELETE FROM "+table); err != nil {
			t.Fatal(err)
		}
	}
	w.start()
	r := w.proxy.Add(&faultproxy.Rule{
		Path: regexp.MustCompile("/state$"), Do: faultproxy.Answer, Status: http.StatusInternalServerError, Body: `{}`,
	})
	count := w.proxy.Add(&faultproxy.Rule{Method: http.MethodPut, Path: sends, Do: faultproxy.Count})
	_, err := w.bot.Send(t.Context(), bot.Outgoing{Txn: "msg-1", Room: room, Kind: bot.OutMessage, Text: "geheim"})
	if got := sendError(t, err); got.Final || got.Unknown {
		t.Errorf("error = %+v, want one that is tried again", got)
	}
	if count.Hits() != 0 {
		t.Error("something was sent")
	}
	w.proxy.Remove(r)
	w.send(bot.Outgoing{Txn: "msg-1", Room: room, Kind: bot.OutMessage, Text: "geheim"})
	if got := anna.see(matrixclient.Has("geheim")); !got.Encrypted {
		t.Errorf("message = %+v", got)
	}
}

func TestLargeMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person("anna")
	room := anna.room(w, matrixclient.Room{Encrypted: true})
	for _, text := range []string{strings.Repeat("<>&\"", 2000), strings.Repeat("ä**ö** ", 888), strings.Repeat("- x\n", 2000)} {
		first := w.send(bot.Outgoing{Txn: "msg-" + text[:4], Room: room, Kind: bot.OutMessage, Text: text})
		w.send(bot.Outgoing{Txn: "edit-" + text[:4], Room: room, Kind: bot.OutEdit, Target: first, Text: text})
		if got := anna.see(matrixclient.EditOf(first)); len(got.Text) < 4000 {
			t.Errorf("edit has %d bytes of text", len(got.Text))
		}
	}
	_, err := w.bot.Send(t.Context(), bot.Outgoing{Txn: "msg-1", Room: room, Kind: bot.OutMessage, Text: strings.Repeat("x", 1<<20)})
	if got := sendError(t, err); !got.Final {
		t.Errorf("1 MB: %+v, want final", got)
	}
}
