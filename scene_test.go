package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/internal/botscript"
	"lotse/internal/faultproxy"
	"lotse/internal/matrixclient"
	"lotse/internal/pgtest"
	"lotse/internal/synapse"
)

// Directives of the transcripts in testdata/scenes, beside those that [stage.directive] knows by their
// first words.
const (
	restart    = "restart"           // the process ends and a new one begins
	keysLost   = "sends no keys"     // of the person's next messages
	keysArrive = "sends the keys"    // those that were lost
	echoes     = "echoes in notices" // the person is a bot that answers each post with a notice
	invites    = "invites"           // the welcome is in the transcript
)

// kindOfRoom is what all rooms of a scene are like.
type kindOfRoom struct {
	name      string
	version   id.RoomVersion
	encrypted bool
}

// scenes plays the transcripts of testdata/scenes (see [botscript.Parse]) with real clients. One
// process serves all of them at once, but for those in which it is started anew.
func scenes(t *testing.T, database string) {
	t.Helper()
	t.Parallel()
	files, err := filepath.Glob("testdata/scenes/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenes (%v)", err)
	}
	shared := newWorld(t, pgtest.Copy(t, database))
	shared.serve()
	turns := make(chan struct{}, 3) // more at once would only wait for the homeserver
	for _, file := range files {
		lines := readScene(t, file)
		for _, kind := range []kindOfRoom{{"v10 plain", "10", false}, {"v12 encrypted", "12", true}} {
			if !kind.encrypted && has(lines, keysLost) {
				continue // nothing needs a key there
			}
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txt")+" "+kind.name, func(t *testing.T) {
				t.Parallel()
				turns <- struct{}{}
				defer func() { <-turns }()
				w := *shared
				w.t, w.server = t, synapse.New(t)
				s := newStage(t, &w, kind, file)
				if has(lines, restart) {
					s.world = newWorld(t, pgtest.Copy(t, database))
					s.process = s.world.serve()
				}
				s.play(lines)
			})
		}
	}
}

func readScene(t *testing.T, file string) []botscript.Line {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	return must[[]botscript.Line](t)(botscript.Parse(f))
}

// has reports whether a scene has a directive with the words.
func has(lines []botscript.Line, words string) bool {
	return slices.ContainsFunc(lines, func(l botscript.Line) bool {
		return l.Action == botscript.Directive && strings.Contains(l.Text, words)
	})
}

// bots shows that the answers to a bot come to an end, though it answers every post with ordinary
// messages and nobody told Lotse that it is one.
func bots(t *testing.T, database string) {
	t.Helper()
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	w := newWorld(t, pgtest.Copy(t, database))
	first := w.serve()
	robo, anna := w.person("robo"), w.person("anna")
	room := w.room(robo, matrixclient.Room{Version: "10"}, anna)
	fits := []matrixclient.Is{matrixclient.In(room), matrixclient.From(w.bot.User), matrixclient.Message}
	must[matrixclient.Event](t)(robo.Wait(ctx, fits...)) // the welcome
	first.stop(t)
	const lead = 35 // all handled at once, whatever the speed of this machine: 20, and one more every three seconds
	for n := range lead {
		must[id.EventID](t)(robo.Say(ctx, room, string(w.bot.User)+" "+question(n)))
	}
	w.serve()
	posts := 1
	for paused := false; !paused; {
		all := must[[]matrixclient.Event](t)(robo.WaitN(ctx, posts+1, fits...))
		for _, post := range all[posts:] {
			paused = paused || strings.Contains(post.Text, "kurze Pause")
			must[id.EventID](t)(robo.Say(ctx, room, string(w.bot.User)+" "+question(posts)))
		}
		posts = len(all)
	}
	w.answers(ctx, anna, room, 1) // after all that robo said
	if all := must[[]matrixclient.Event](t)(robo.WaitN(ctx, posts+1, fits...)); posts > lead || len(all) != posts+1 {
		t.Errorf("%d posts, %d of them until the pause was announced; want one more, to anna", len(all), posts)
	}
}

// keyring stands between a person and the homeserver, and can hold back the keys that are sent.
type keyring struct {
	proxy *faultproxy.Proxy
	rule  *faultproxy.Rule
}

// nested is a message whose HTML is nested deeper than anybody means.
func nested(bot id.UserID, words string) *event.MessageEventContent {
	const depth = 600
	return &event.MessageEventContent{
		MsgType: event.MsgText, Body: words, Format: event.FormatHTML,
		FormattedBody: strings.Repeat("<div><b>", depth) +
			`<a href="https://matrix.to/#/` + string(bot) + `">Lotse</a> ` + words + strings.Repeat("</b></div>", depth),
		Mentions: &event.Mentions{UserIDs: []id.UserID{bot}},
	}
}
