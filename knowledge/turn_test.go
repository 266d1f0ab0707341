package knowledge_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"lotse/knowledge"
	"lotse/knowledge/rules"
	"lotse/knowledge/text"
)

// keywordReader is a router and reader that knows a few words: the topic of the first keyword in the text
// has its probability, and facts are words.
type keywordReader struct {
	topics map[string]knowledge.Scored
	facts  map[string][2]string // word → fact, value
	terse  map[string][2]string // word → fact, value, when that fact was asked for
}

func (k keywordReader) Route(s string) []knowledge.Scored {
	for w := range strings.FieldsSeq(strings.ToLower(s)) {
		if t, ok := k.topics[strings.Trim(w, "?!.,")]; ok {
			rest := (1 - t.Score) / 2
			return []knowledge.Scored{t, {Topic: "other", Score: rest}, {Score: rest}}
		}
	}
	return []knowledge.Scored{{Score: .9}, {Topic: "child", Score: .06}, {Topic: "living", Score: .04}}
}

func (k keywordReader) Read(s, lang, asked string) map[string]string {
	out := map[string]string{}
	for _, f := range k.ReadAll(s, lang, asked) {
		out[f.Fact] = f.Value
	}
	return out
}

func (k keywordReader) ReadAll(s, _, asked string) []text.Found {
	var out []text.Found
	end := 0
	for w := range strings.FieldsSeq(s) {
		start := end + strings.Index(s[end:], w)
		end = start + len(w)
		w = strings.ToLower(strings.Trim(w, "?!.,"))
		f, ok := k.facts[w]
		if terse := k.terse[w]; !ok && terse[0] == asked && asked != "" {
			f, ok = terse, true
		}
		if ok {
			out = append(out, text.Found{Fact: f[0], Value: f[1], Start: start, End: end})
		}
	}
	return out
}

func chatWords() keywordReader {
	return keywordReader{
		topics: map[string]knowledge.Scored{
			"geld": {Topic: "living", Score: .9}, "kindergeld": {Topic: "child", Score: .95}, "schule": {Topic: "school", Score: .9},
			"ummelden": {Topic: "registration", Score: .9}, "geduldet": {Topic: "permit", Score: .7}, "wetter": {Score: .99},
		},
		facts: map[string][2]string{
			"geduldet": {"status", "tolerated"}, "anerkannt": {"status", "protected"}, "asyl": {"status", "asylum"},
			"astadt": {"town", "a"}, "bdorf": {"town", "b"}, "rentner": {"age", "pension"}, "siebzehn": {"age", "teen"},
		},
		terse: map[string][2]string{"17": {"age", "teen"}, "12": {"age", "child"}},
	}
}

func chatData() knowledge.Data {
	de := func(s string) knowledge.Texts { return knowledge.Texts{"de": s} }
	topic := func(id string, rs ...rules.Rule) knowledge.Topic {
		return knowledge.Topic{ID: id, Title: de(id), Law: "L1", Basis: "§ 1", Rules: rs}
	}
	return knowledge.Data{
		Areas: []knowledge.Area{{Code: "c", Name: "Kreis"}, {Code: "a", Name: "Astadt", In: "c"}, {Code: "b", Name: "Bdorf", In: "c"}},
		Facts: []knowledge.Fact{
			{ID: "status", Ask: de("Status?"), Values: []knowledge.FactValue{{ID: "asylum"}, {ID: "tolerated"}, {ID: "protected"}}},
			{ID: "town", Ask: de("Wo?"), Areas: true},
			{ID: "age", Ask: de("Alter?"), Values: []knowledge.FactValue{{ID: "child"}, {ID: "teen"}, {ID: "adult"}, {ID: "pension", UnlessSaid: true}}},
		},
		Kinds: []knowledge.Kind{{ID: "social"}, {ID: "citizen"}},
		Offices: []knowledge.Office{
			{ID: "social-a", Kind: "social", Serves: []string{"a"}},
			{ID: "social-b", Kind: "social", Serves: []string{"b"}},
			{ID: "citizen-a", Kind: "citizen", Serves: []string{"a"}},
			{ID: "citizen-b", Kind: "citizen", Serves: []string{"b"}},
			{ID: "job", Serves: []string{"c"}},
			{ID: "fund", Serves: []string{"c"}},
			{ID: "team", Serves: []string{"c"}},
			{ID: "centre", Serves: []string{"c"}},
			{ID: "foreigners", Serves: []string{"c"}},
		},
		Topics: []knowledge.Topic{
			topic("living",
				rules.Rule{When: map[string][]string{"status": {"asylum", "tolerated"}}, To: "social", Law: "L2", Basis: "§ 2"},
				rules.Rule{When: map[string][]string{"age": {"pension"}}, To: "social", Law: "L3"},
				rules.Rule{To: "job"}),
			topic("child", rules.Rule{To: "fund"}),
			topic("school", rules.Rule{When: map[string][]string{"age": {"teen", "adult"}}, To: "team"}, rules.Rule{To: "centre"}),
			topic("registration", rules.Rule{To: "citizen"}),
			topic("permit", rules.Rule{To: "foreigners"}),
			topic("other", rules.Rule{To: "fund"}),
		},
	}
}

func chat() *knowledge.Snapshot {
	k := chatWords()
	return knowledge.NewSnapshot(chatData(), 1, k, k)
}

func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// step is a turn and what must come of it, in short: "answer OFFICE", "ask FACT", "candidates", "abstain",
// "social". An option that is taken starts with "=".
type step struct{ say, want string }

func inShort(d knowledge.Decision) string {
	return strings.TrimSpace(string(d.Kind) + " " + d.Office + d.Fact)
}

func TestTurnConversations(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		steps []step
	}{
		{"everything said", []step{{"wer zahlt geld, geduldet, astadt", "answer social-a"}}},
		{"two questions in words", []step{{"geld?", "ask status"}, {"geduldet", "ask town"}, {"bdorf", "answer social-b"}}},
		{"two questions by options", []step{{"geld?", "ask status"}, {"=asylum", "ask town"}, {"=b", "answer social-b"}}},
		{"one option decides", []step{{"geld?", "ask status"}, {"=protected", "answer job"}}},
		{"a fact that is known is not asked for", []step{{"geld in astadt?", "ask status"}, {"geduldet", "answer social-a"}}},
		{"another fact is an answer, too", []step{{"geld?", "ask status"}, {"astadt", "ask status"}, {"geduldet", "answer social-a"}}},
		{"what nobody is presumed to be decides when said", []step{{"geld, anerkannt, rentner, bdorf", "answer social-b"}}},
		{"don't know, by option", []step{{"geld?", "ask status"}, {"=?", "candidates"}}},
		{"don't know, in words", []step{{"geld?", "ask status"}, {"keine Ahnung", "candidates"}}},
		{"don't know, in other languages", []step{{"geld?", "ask status"}, {"не знаю", "candidates"}}},
		{"known later", []step{{"geld?", "ask status"}, {"?", "candidates"}, {"geduldet", "ask town"}, {"weiß nicht", "candidates"}}},
		{"not known stays not known", []step{{"ummelden", "ask town"}, {"?", "candidates"}, {"geld? geduldet", "candidates"}}},
		{"never a third question in a row", []step{{"geld?", "ask status"}, {"hm", "ask status"}, {"hm hm", "candidates"}}},
		{"a new question starts to count anew", []step{{"geld?", "ask status"}, {"hm", "ask status"}, {"schule?", "ask age"}, {"12", "answer centre"}}},
		{"correction of a town", []step{{"ummelden in astadt", "answer citizen-a"}, {"nein, bdorf", "answer citizen-b"}}},
		{"correction of a status, though its word is a topic", []step{{"geld in bdorf, anerkannt", "answer job"}, {"doch, er ist geduldet", "answer social-b"}}},
		{"correction of a bare number", []step{{"schule", "ask age"}, {"12", "answer centre"}, {"nein 17", "answer team"}}},
		{"follow-up", []step{{"ummelden in astadt", "answer citizen-a"}, {"und in bdorf?", "answer citizen-b"}}},
		{"follow-up with what if", []step{{"geld in astadt, anerkannt", "answer job"}, {"und wenn er geduldet ist?", "answer social-a"}}},
		{"about the answer", []step{{"kindergeld", "answer fund"}, {"telefonnummer?", "answer fund"}}},
		{"a new question keeps the facts", []step{{"ummelden in bdorf", "answer citizen-b"}, {"kindergeld?", "answer fund"}, {"geld, geduldet", "answer social-b"}}},
		{"a new question instead of an answer", []step{{"ummelden", "ask town"}, {"wo gibt es kindergeld?", "answer fund"}}},
		{"a new question with the asked fact", []step{{"ummelden", "ask town"}, {"wo gibt es in bdorf kindergeld?", "answer fund"}, {"und ummelden?", "answer citizen-b"}}},
		{"a status word alone is a new question where it doesn't matter", []step{{"kindergeld", "answer fund"}, {"geduldet", "answer foreigners"}}},
		{"greeting", []step{{"Guten Morgen!", "social"}}},
		{"greeting with a question", []step{{"hallo, kindergeld?", "answer fund"}}},
		{"thanks", []step{{"kindergeld", "answer fund"}, {"vielen Dank, hat geklappt", "social"}, {"и спасибо", "social"}}},
		{"thanks leave the question open", []step{{"geld?", "ask status"}, {"ok", "social"}, {"geduldet", "ask town"}}},
		{"foreign", []step{{"wie wird das wetter", "abstain"}}},
		{"foreign in between", []step{{"ummelden", "ask town"}, {"wie wird das wetter?", "abstain"}, {"astadt", "answer citizen-a"}}},
		{"somebody who lives elsewhere", []step{{"ich wohne in Hannover, wer zahlt geld?", "abstain"}, {"geld, meine schwester lebt in Hannover, anerkannt", "abstain"}}},
		{"elsewhere is no matter when the town is ours", []step{{"geld? studiert in Hannover, wohnt in astadt, geduldet", "answer social-a"}}},
		{"a town and nothing else is kept", []step{{"astadt", "abstain"}, {"ummelden", "answer citizen-a"}}},
		{"nothing", []step{{"", "abstain"}, {"  ", "abstain"}, {"?", "abstain"}, {"🙂", "abstain"}}},
		{"an option of no question", []step{{"kindergeld", "answer fund"}, {"=tolerated", "answer fund"}}},
		{"a value that doesn't exist", []step{{"geld?", "ask status"}, {"=shoe", "ask status"}}},
		{"an option before anything", []step{{"=tolerated", "abstain"}, {"=?", "abstain"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			converse(t, chat(), tt.steps)
		})
	}
}

func converse(t *testing.T, s *knowledge.Snapshot, steps []step) {
	t.Helper()
	var st knowledge.State
	for i, step := range steps {
		in := knowledge.Input{Text: step.say, Lang: "de", Now: noon()}
		if v, ok := strings.CutPrefix(step.say, "="); ok {
			in.Text, in.Value = "", v
		}
		next, d := s.Turn(st, in)
		if got := inShort(d); got != step.want {
			t.Fatalf("turn %d, %q: %s, want %s\n%s", i+1, step.say, got, step.want, strings.Join(d.Why, "\n"))
		}
		st = next
	}
}

func TestTurnDecisionIsWhole(t *testing.T) {
	t.Parallel()
	st, d := chat().Turn(knowledge.State{}, knowledge.Input{Text: "geld, geduldet", Lang: "de", Now: noon(), Facts: map[string]string{"town": "b"}})
	wantState := knowledge.State{Topic: "living", Facts: map[string]string{"status": "tolerated"}, Second: "other"}
	if diff := cmp.Diff(st, wantState, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("state (-got +want): the room's town is no fact of the conversation\n%s", diff)
	}
	want := knowledge.Decision{
		Kind: knowledge.Answer, Topic: "living", Office: "social-b", Law: "L2", Basis: "§ 2", Lang: "de",
		Because: map[string]string{"status": "tolerated", "town": "b"},
		Read:    map[string]string{"status": "tolerated"},
		Facts:   map[string]string{"status": "tolerated", "town": "b"},
		Topics:  []knowledge.Scored{{Topic: "living", Score: .9}, {Topic: "other", Score: .05}},
	}
	if diff := cmp.Diff(d, want, cmpopts.EquateEmpty(), cmpopts.EquateApprox(0, 1e-9), cmpopts.IgnoreFields(knowledge.Decision{}, "Why")); diff != "" {
		t.Errorf("decision (-got +want):\n%s", diff)
	}
	why := strings.Join(d.Why, "\n")
	for _, part := range []string{"living 0.90", "rule 1 (status is asylum or tolerated → social) holds", "office social-b because of status=tolerated, town=b"} {
		if !strings.Contains(why, part) {
			t.Errorf("why lacks %q:\n%s", part, why)
		}
	}
	_, d = chat().Turn(st, knowledge.Input{Text: "astadt", Lang: "de", Now: noon(), Facts: map[string]string{"town": "b"}})
	if d.Office != "social-a" {
		t.Errorf("office %s: what is said goes before the room's town", d.Office)
	}
}

// A merged option says only that one of its values holds: where another topic tells them apart, it is
// asked for among them.
func TestTurnMergedOption(t *testing.T) {
	t.Parallel()
	data := chatData()
	data.Topics[4].Rules = []rules.Rule{{When: map[string][]string{"status": {"tolerated"}}, To: "foreigners"}, {To: "centre"}}
	k := chatWords()
	k.topics["papier"] = knowledge.Scored{Topic: "permit", Score: .9}
	s := knowledge.NewSnapshot(data, 1, k, k)
	st, d := s.Turn(knowledge.State{}, knowledge.Input{Text: "geld in astadt", Lang: "de", Now: noon()})
	want := []knowledge.FactOption{{Values: []string{"asylum", "tolerated"}}, {Values: []string{"protected"}}}
	if diff := cmp.Diff(d.Options, want); diff != "" {
		t.Fatalf("options (-got +want):\n%s", diff)
	}
	st, d = s.Turn(st, knowledge.Input{Value: "asylum", Lang: "de", Now: noon()})
	if inShort(d) != "answer social-a" || !slices.Equal(d.Among["status"], []string{"asylum", "tolerated"}) || d.Because["status"] != "asylum" {
		t.Fatalf("%s, among %v, because %v", inShort(d), d.Among, d.Because)
	}
	st, d = s.Turn(st, knowledge.Input{Text: "papier verlängern", Lang: "de", Now: noon()})
	want = []knowledge.FactOption{{Values: []string{"asylum"}}, {Values: []string{"tolerated"}}}
	if diff := cmp.Diff(d.Options, want); diff != "" || inShort(d) != "ask status" {
		t.Fatalf("%s, options (-got +want):\n%s", inShort(d), diff)
	}
	st, d = s.Turn(st, knowledge.Input{Text: "geduldet", Lang: "de", Now: noon()})
	if inShort(d) != "answer foreigners" || len(st.Among) > 0 {
		t.Errorf("%s, among %v", inShort(d), st.Among)
	}
}

func TestTurnCandidates(t *testing.T) {
	t.Parallel()
	s := chat()
	st, _ := s.Turn(knowledge.State{}, knowledge.Input{Text: "geld", Lang: "de", Now: noon()})
	_, d := s.Turn(st, knowledge.Input{Value: "?", Lang: "de", Now: noon()})
	want := []knowledge.Candidate{
		{Office: "social-a", Kind: "social", When: map[string][]string{"status": {"asylum", "tolerated"}, "town": {"a"}}},
		{Office: "social-b", Kind: "social", When: map[string][]string{"status": {"asylum", "tolerated"}, "town": {"b"}}},
		{Office: "job", When: map[string][]string{"status": {"protected"}}},
	}
	if diff := cmp.Diff(d.Either, want); diff != "" {
		t.Errorf("candidates (-got +want):\n%s", diff)
	}
}

// FuzzTurn throws anything at a conversation: no panic, and never a third question in a row.
func FuzzTurn(f *testing.F) {
	f.Add("geld", "geduldet", "=?", "nein astadt")
	f.Add("=", "\xff", "und", "Jobcenter Köln")
	s := chat()
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		var st knowledge.State
		row := 0
		for _, say := range []string{a, b, c, d} {
			in := knowledge.Input{Text: say, Now: noon()}
			if v, ok := strings.CutPrefix(say, "="); ok {
				in.Text, in.Value = "", v
			}
			before := cmp.Diff(st, knowledge.State{})
			next, decision := s.Turn(st, in)
			if cmp.Diff(st, knowledge.State{}) != before {
				t.Fatal("the state that was given has changed")
			}
			if decision.Kind == knowledge.AskFact && next.Topic == st.Topic {
				row++
			} else {
				row = 0
			}
			if row > 2 {
				t.Fatalf("%d questions in a row", row)
			}
			st = next
		}
	})
}
