package eval_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lotse/knowledge"
	"lotse/knowledge/eval"
)

const questions = `
- id: a1
  lang: de
  ask: one
  facts: {age: 6_15}
  expect: {topic: t1, office: o1}
  then:
    - {say: two, facts: {age: 6_15}, expect: {topic: t1, clarify: town}}
- {id: a2, lang: de, ask: three, facts: {}, expect: {topic: t2, office: o2}}
- {id: a3, lang: uk, ask: four, facts: {}, expect: {abstain: true}}
- {id: a4, lang: uk, ask: five, facts: {}, expect: {topic: t4, clarify: age}}
- {id: a5, lang: uk, ask: six, facts: {}, expect: {abstain: true}}
`

// script answers by text, and takes longer each time. It keeps the texts said before in the topic of the state.
type script map[string]knowledge.Decision

func (s script) Ask(_ context.Context, st knowledge.State, in knowledge.Input) (knowledge.State, knowledge.Decision, error) {
	d, ok := s[st.Topic+in.Text]
	if !ok {
		return st, d, errors.New("not in the script: " + st.Topic + in.Text)
	}
	st.Topic += in.Text + " "
	return st, d, nil
}

func clock() func() time.Time {
	now, step := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), time.Duration(0)
	odd := false
	return func() time.Time {
		if odd = !odd; !odd {
			step += time.Millisecond
			now = now.Add(step)
		}
		return now
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	cases, err := eval.Read("q.yaml", []byte(questions))
	if err != nil {
		t.Fatal(err)
	}
	topics := []knowledge.Scored{{Topic: "t1", Score: .6}, {Topic: "t2", Score: .2}, {Topic: "t3", Score: .1}, {Topic: "t4", Score: .1}}
	outcomes, err := eval.Run(t.Context(), script{
		"one":     {Kind: knowledge.Answer, Topic: "t1", Office: "o1", Topics: topics},
		"one two": {Kind: knowledge.AskFact, Topic: "t1", Fact: "town", Topics: topics},
		"three":   {Kind: knowledge.Answer, Topic: "t1", Office: "o1", Topics: topics, Facts: map[string]string{"x": "y"}},
		"four":    {Kind: knowledge.Social},
		"five":    {Kind: knowledge.AskFact, Topic: "t4", Fact: "town", Topics: topics},
		"six":     {Kind: knowledge.Answer, Topic: "t1", Office: "o1", Topics: topics},
	}, cases, clock())
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(eval.NewReport(outcomes), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/report.json")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(got), strings.TrimSpace(string(want))); d != "" {
		t.Errorf("report (-got +want):\n%s\n%s", d, got)
	}
	checkOutside(t, eval.NewReport(outcomes))
	checkTable(t, eval.NewReport(outcomes))
}

func checkOutside(t *testing.T, r eval.Report) {
	t.Helper()
	least, err := eval.ParseBounds("right=0.5, de.right=0.7,ask.recall=0.5,de.abstain.f1=0.1,shoe=1")
	if err != nil {
		t.Fatal(err)
	}
	greatest, err := eval.ParseBounds("wrong_office=0.3,ms.p95=6")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"de.abstain.f1: no question to count", "de.right is 0.6667, must be at least 0.7",
		"shoe: no such figure", "wrong_office is 0.3333, must be at most 0.3",
	}
	if got := r.Outside(least, greatest); !cmp.Equal(got, want) {
		t.Errorf("Outside = %q, want %q", got, want)
	}
	for _, bad := range []string{"right", "right=", "right=much", "right=NaN"} {
		if _, err := eval.ParseBounds(bad); err == nil {
			t.Errorf("ParseBounds(%q) is no error", bad)
		}
	}
}

func checkTable(t *testing.T, r eval.Report) {
	t.Helper()
	var b bytes.Buffer
	if err := r.Table(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"all     5      6      0.500  0.333", "not de  3      3      0.333",
		"a2, turn 1 (de): three\n  expected t2 → o2\n  got      t1 → o1, facts map[x:y]\n  topics   [{t1 0.6}",
		"a4, turn 1 (uk): five\n  expected t4 → ask age\n  got      t4 → ask town",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, b.String())
		}
	}
}

func TestRunStopsAtAnError(t *testing.T) {
	t.Parallel()
	cases, err := eval.Read("q.yaml", []byte(questions))
	if err != nil {
		t.Fatal(err)
	}
	_, err = eval.Run(t.Context(), script{}, cases, time.Now)
	if err == nil || !strings.Contains(err.Error(), "ask case a1, turn 1: ") {
		t.Errorf("error %v, want one that names case and turn", err)
	}
}

func TestReadNamesEveryMistake(t *testing.T) {
	t.Parallel()
	const bad = `- id: a1
  lang: de
  ask: one
  fact: {}
  expect: {topic: t1}
- {id: a1, lang: de, ask: [two], facts: {age: }, expect: {abstain: maybe}}
- {id: a2, lang: de, ask: two, ask: three, facts: [], expect: {topic: t, office: o, clarify: f}}
- just text
- {id: a3, lang: de, ask: two, facts: {}, expect: {abstain: true, topic: t}, then: no}
- {id: a4, lang: de, ask: two, facts: {}, expect: {abstain: true}, then: [{say: x, expect: {topic: t, office: o}}]}
`
	want := []string{
		`q.yaml:4: unknown key "fact"`,
		`q.yaml:1: key "facts" is missing`,
		`q.yaml:5: expect must be {topic, office}, {topic, clarify} or {abstain: true}`,
		`q.yaml:6: want a text`,
		`q.yaml:6: want a text`,
		`q.yaml:6: expect must be {topic, office}, {topic, clarify} or {abstain: true}`,
		`q.yaml:6: id a1 is in line 1, too`,
		`q.yaml:7: key "ask" is there twice`,
		`q.yaml:7: facts must be fact: value, or {}`,
		`q.yaml:7: expect must be {topic, office}, {topic, clarify} or {abstain: true}`,
		`q.yaml:8: want keys and values`,
		`q.yaml:9: expect must be {topic, office}, {topic, clarify} or {abstain: true}`,
		`q.yaml:9: then must be a list`,
		`q.yaml:10: key "facts" is missing`,
	}
	_, err := eval.Read("q.yaml", []byte(bad))
	if err == nil {
		t.Fatal("no error")
	}
	got := strings.Split(err.Error(), "\n")
	if d := cmp.Diff(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))); d != "" {
		t.Errorf("mistakes (-got +want):\n%s", d)
	}
	for _, none := range []string{"", "a: b", "- [", "\xff\xfe"} {
		if cases, err := eval.Read("q.yaml", []byte(none)); err == nil {
			t.Errorf("Read(%q) = %v, want an error", none, cases)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(questions))
	f.Add([]byte("- {id: a, lang: de, ask: &x two, facts: {}, expect: *x}"))
	f.Fuzz(func(t *testing.T, content []byte) {
		cases, err := eval.Read("q.yaml", content)
		if err == nil {
			for _, c := range cases {
				if c.ID == "" || len(c.Turns) == 0 || c.Turns[0].Say == "" {
					t.Errorf("accepted %+v", c)
				}
			}
		}
	})
}
