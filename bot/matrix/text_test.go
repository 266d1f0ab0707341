package matrix_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
	"lotse/bot/matrix"
)

const self = id.UserID("@lotse:example.org")

func TestMentionsAndText(t *testing.T) {
	t.Parallel()
	pill := `<a href=\"https://matrix.to/#/@lotse:example.org\">Lotse</a>`
	other := `<a href=\"https://matrix.to/#/%40fatma:example.org\">Fatma</a>`
	for _, c := range []struct {
		name, content string
		want          bot.Event
	}{
		{
			"plain", `{"msgtype":"m.text","body":"wer zahlt?"}`,
			bot.Event{Kind: bot.Text, Text: "wer zahlt?"},
		},
		{
			"m.mentions decides", `{"msgtype":"m.text","body":"Lotse: wer zahlt?","m.mentions":{"user_ids":["@lotse:example.org"]}}`,
			bot.Event{Kind: bot.Text, Text: "wer zahlt?", Mentioned: true},
		},
		{
			"m.mentions without the bot decides, too",
			`{"msgtype":"m.text","body":"@lotse:example.org ist nett","m.mentions":{}}`,
			bot.Event{Kind: bot.Text, Text: "@lotse:example.org ist nett"},
		},
		{
			"@room is not the bot", `{"msgtype":"m.text","body":"@room Kuchen!","m.mentions":{"room":true}}`,
			bot.Event{Kind: bot.Text, Text: "@room Kuchen!"},
		},
		{
			"a pill", `{"msgtype":"m.text","body":"Lotse: wer zahlt?","format":"org.matrix.custom.html","formatted_body":"` + pill + `: wer zahlt?"}`,
			bot.Event{Kind: bot.Text, Text: "wer zahlt?", Mentioned: true},
		},
		{
			"the pill of another", `{"msgtype":"m.text","body":"@lotse:example.org Fatma","format":"org.matrix.custom.html","formatted_body":"@lotse:example.org ` + other + `"}`,
			bot.Event{Kind: bot.Text, Text: "@lotse:example.org @fatma:example.org"},
		},
		{
			"the full user ID", `{"msgtype":"m.text","body":"@lotse:example.org, wer zahlt?"}`,
			bot.Event{Kind: bot.Text, Text: "wer zahlt?", Mentioned: true},
		},
		{
			"a longer user ID", `{"msgtype":"m.text","body":"@lotse:example.org.uk wer zahlt?"}`,
			bot.Event{Kind: bot.Text, Text: "@lotse:example.org.uk wer zahlt?"},
		},
		{
			"the bare name is none", `{"msgtype":"m.text","body":"lotse: wer zahlt?"}`,
			bot.Event{Kind: bot.Text, Text: "lotse: wer zahlt?"},
		},
		{
			"the name within the text stays",
			`{"msgtype":"m.text","body":"cat /opt/lotse/log","m.mentions":{"user_ids":["@lotse:example.org"]}}`,
			bot.Event{Kind: bot.Text, Text: "cat /opt/lotse/log", Mentioned: true},
		},
		{
			"pills become user IDs",
			`{"msgtype":"m.text","body":"Lotse aufgabe Fatma: anrufen","format":"org.matrix.custom.html","formatted_body":"` + pill + ` aufgabe ` + other + `: anrufen<br>heute","m.mentions":{"user_ids":["@lotse:example.org"]}}`,
			bot.Event{Kind: bot.Text, Text: "aufgabe @fatma:example.org: anrufen\nheute", Mentioned: true},
		},
		{
			"a reply without its fallback",
			`{"msgtype":"m.text","body":"> <@anna:example.org> welches?\n> amt\n\n2","m.relates_to":{"m.in_reply_to":{"event_id":"$1"}}}`,
			bot.Event{Kind: bot.Text, Text: "2", ReplyTo: "$1"},
		},
		{
			"in a thread", `{"msgtype":"m.text","body":"ja","m.relates_to":{"rel_type":"m.thread","event_id":"$1","is_falling_back":true,"m.in_reply_to":{"event_id":"$2"}}}`,
			bot.Event{Kind: bot.Text, Text: "ja", Thread: "$1"},
		},
		{
			"a reply in a thread", `{"msgtype":"m.text","body":"ja","m.relates_to":{"rel_type":"m.thread","event_id":"$1","m.in_reply_to":{"event_id":"$2"}}}`,
			bot.Event{Kind: bot.Text, Text: "ja", Thread: "$1", ReplyTo: "$2"},
		},
		{"a notice", `{"msgtype":"m.notice","body":"piep"}`, bot.Event{Kind: bot.Ignored}},
		{"a picture", `{"msgtype":"m.image","body":"x.png"}`, bot.Event{Kind: bot.Ignored}},
		{
			"a caption", `{"msgtype":"m.image","body":"was ist das?","filename":"x.png"}`,
			bot.Event{Kind: bot.Text, Text: "was ist das?"},
		},
		{"nothing", `{}`, bot.Event{Kind: bot.Ignored}},
		{"not an object", `[]`, bot.Event{Kind: bot.Ignored}},
		{
			"wrong types", `{"msgtype":"m.text","body":"ja","formatted_body":7,"m.mentions":"x","m.relates_to":[1]}`,
			bot.Event{Kind: bot.Text, Text: "ja"},
		},
		{
			"control characters", `{"msgtype":"m.text","body":"a\u0000b\r\nc\ud800\u202e"}`,
			bot.Event{Kind: bot.Text, Text: "ab\nc\ufffd\u202e"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := matrix.ReadContent(self, "Lotse", json.RawMessage(c.content))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("event (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNestedHTMLIsHarmless(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("<blockquote>", 9000) + `<a href="https://matrix.to/#/@lotse:example.org">Lotse</a> hallo`
	content, err := json.Marshal(map[string]string{
		"msgtype": "m.text", "body": "Lotse hallo", "format": "org.matrix.custom.html", "formatted_body": deep,
	})
	if err != nil {
		t.Fatal(err)
	}
	got := matrix.ReadContent(self, "Lotse", content)
	if want := (bot.Event{Kind: bot.Text, Text: "hallo", Mentioned: true}); !cmp.Equal(want, got) {
		t.Errorf("event = %+v, want %+v", got, want)
	}
}

func FuzzReadContent(f *testing.F) {
	f.Add(`{"msgtype":"m.text","body":"Lotse: x","m.mentions":{"user_ids":["@lotse:example.org"]}}`)
	f.Add(`{"msgtype":"m.text","body":"> <@a:b> x\n\ny","format":"org.matrix.custom.html","formatted_body":"<mx-reply>x</mx-reply><a href='matrix:u/lotse:example.org'>L</a>:y"}`)
	f.Add(`{"msgtype":"m.text","body":"@lotse:example.org@lotse:example.org"}`)
	f.Fuzz(func(t *testing.T, content string) {
		got := matrix.ReadContent(self, "Lotse", json.RawMessage(content))
		if !utf8.ValidString(got.Text) || strings.ContainsRune(got.Text, 0) {
			t.Errorf("text %q", got.Text)
		}
	})
}

func TestWhatIsForTheBot(t *testing.T) {
	t.Parallel()
	member := func(id, user, membership, prev string) json.RawMessage {
		return json.RawMessage(fmt.Sprintf(`{"event_id":%q,"type":"m.room.member","state_key":%q,"sender":"@anna:example.org",
			"content":{"membership":%q},"unsigned":{"prev_content":%s}}`, id, user, membership, prev))
	}
	message := func(id string) json.RawMessage {
		return json.RawMessage(fmt.Sprintf(`{"event_id":%q,"type":"m.room.message","sender":"@anna:example.org","content":{"body":"x"}}`, id))
	}
	invite := member("$invite", string(self), "invite", `{}`)
	joinRoom := member("$join", string(self), "join", `{"membership":"invite"}`)
	joinChat := member("$join", string(self), "join", `{"membership":"invite","is_direct":true}`)
	rename := member("$name", string(self), "join", `{"membership":"join"}`)
	broken := json.RawMessage(`{"event_id":5,"type":["x"]}`)
	type raws = []json.RawMessage
	for _, c := range []struct {
		name            string
		since           string
		state, timeline raws
		want            []id.EventID
	}{
		{"all", "s1", nil, raws{message("$1"), message("$2")}, []id.EventID{"$1", "$2"}},
		{"the first sync", "", raws{joinRoom}, raws{message("$1")}, []id.EventID{"$join"}},
		{"the first sync after a new name", "", raws{rename}, raws{message("$1")}, []id.EventID{"$name"}},
		{"after the join", "s1", nil, raws{message("$1"), invite, message("$2"), joinRoom, message("$3")}, []id.EventID{"$join", "$3"}},
		{"after the invitation", "s1", nil, raws{message("$1"), invite, message("$2"), joinChat, message("$3")}, []id.EventID{"$2", "$join", "$3"}},
		{"after the join in state", "s1", raws{joinRoom}, raws{message("$3")}, []id.EventID{"$join", "$3"}},
		{"a new name is no join", "s1", nil, raws{message("$1"), rename, message("$2")}, []id.EventID{"$1", "$name", "$2"}},
		{"a broken event beside", "s1", nil, raws{broken, message("$1")}, []id.EventID{"$1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := matrix.News(self, c.since, c.state, c.timeline)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}
