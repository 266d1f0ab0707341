package knowledge_test

import (
	"strings"
	"testing"

	"lotse/knowledge"
)

// TestDecideSignals moves one signal at a time.
func TestDecideSignals(t *testing.T) {
	t.Parallel()
	found := func(topics ...string) []knowledge.Scored {
		out := []knowledge.Scored{}
		for _, topic := range topics {
			out = append(out, knowledge.Scored{Topic: topic})
		}
		return out
	}
	list := func(top, none float64) []knowledge.Scored {
		return []knowledge.Scored{{Topic: "child", Score: top}, {Score: none}, {Topic: "other", Score: 1 - top - none}}
	}
	tests := []struct {
		name    string
		list    []knowledge.Scored
		signals knowledge.Signals
		want    knowledge.DecisionKind
	}{
		{"sure", list(.9, .02), knowledge.Signals{Coverage: 1}, knowledge.Answer},
		{"probably none", list(.5, .4), knowledge.Signals{Coverage: 1}, knowledge.Abstain},
		{"on the edge", list(.7, .23), knowledge.Signals{Coverage: -1}, knowledge.Answer},
		{"on the edge, and not found", list(.7, .23), knowledge.Signals{Coverage: -1, Found: found("other", "school", "permit", "child")}, knowledge.Abstain},
		{"beyond the edge", list(.7, .26), knowledge.Signals{Coverage: -1}, knowledge.Abstain},
		{"on the edge, and found", list(.7, .23), knowledge.Signals{Coverage: -1, Found: found("other", "child")}, knowledge.Answer},
		{"beyond the edge, though found", list(.7, .26), knowledge.Signals{Coverage: -1, Found: found("child")}, knowledge.Abstain},
		{"beyond the edge, nothing found", list(.7, .26), knowledge.Signals{Coverage: -1, Found: found()}, knowledge.Abstain},
		{"beyond the edge, but facts are stated", list(.7, .26), knowledge.Signals{Coverage: -1, Stated: 1}, knowledge.Answer},
		{"words that the router doesn't know", list(.8, .15), knowledge.Signals{Coverage: .6}, knowledge.Abstain},
		{"the same, all known", list(.8, .15), knowledge.Signals{Coverage: 1}, knowledge.Answer},
		{"no topic is likely", list(.09, .01), knowledge.Signals{Coverage: 1}, knowledge.Abstain},
		{"only none", []knowledge.Scored{{Score: 1}}, knowledge.Signals{}, knowledge.Abstain},
		{"only topics that are gone", []knowledge.Scored{{Topic: "gone", Score: 1}}, knowledge.Signals{}, knowledge.Abstain},
		{"nothing", nil, knowledge.Signals{}, knowledge.Abstain},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := chat().Decide(knowledge.Matter{Candidates: tt.list, Signals: tt.signals, Now: noon()})
			if d.Kind != tt.want {
				t.Errorf("%s, want %s\n%s", d.Kind, tt.want, strings.Join(d.Why, "\n"))
			}
		})
	}
}

// TestSnapshotLooksUp finds what is there and says what isn't.
func TestSnapshotLooksUp(t *testing.T) {
	t.Parallel()
	s := chat()
	if o, ok := s.Office("social-a"); !ok || o.Kind != "social" {
		t.Errorf("Office = %+v, %t", o, ok)
	}
	if _, ok := s.Office("nowhere"); ok {
		t.Error("an office that isn't there was found")
	}
	if v, ok := s.Value("town", "a"); !ok || v.Title["de"] != "Astadt" {
		t.Errorf("Value of a town = %+v, %t", v, ok)
	}
	for _, pair := range [][2]string{{"town", "x"}, {"status", "x"}, {"shoe", "42"}} {
		if v, ok := s.Value(pair[0], pair[1]); ok {
			t.Errorf("Value(%q, %q) = %+v", pair[0], pair[1], v)
		}
	}
	var towns []string
	for _, a := range s.Towns() {
		towns = append(towns, a.Code)
	}
	if got := strings.Join(towns, " "); got != "a b" {
		t.Errorf("Towns = %q: those with no area in them", got)
	}
}
