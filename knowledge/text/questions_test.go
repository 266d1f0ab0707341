package text_test

import (
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lotse/knowledge/text"
)

type expectation struct {
	Topic   string `yaml:"topic"`
	Office  string `yaml:"office"`
	Clarify string `yaml:"clarify"`
	Abstain bool   `yaml:"abstain"`
}

type turn struct {
	Say    string            `yaml:"say"`
	Facts  map[string]string `yaml:"facts"`
	Expect expectation       `yaml:"expect"`
}

type question struct {
	ID     string            `yaml:"id"`
	Lang   string            `yaml:"lang"`
	Ask    string            `yaml:"ask"`
	Facts  map[string]string `yaml:"facts"`
	Expect expectation       `yaml:"expect"`
	Then   []turn            `yaml:"then"`
}

// newReader returns a reader of the sample knowledge base with a clock that stands still.
func newReader(tb testing.TB) *text.Reader {
	tb.Helper()
	r := text.NewReader(lippeWords(tb), lippePlaces(tb))
	r.Now = func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }
	return r
}

// comparable leaves out facts that the questions list only for topics whose rules read them.
func comparable(got, want map[string]string, topic string) map[string]string {
	got = maps.Clone(got)
	for fact, reads := range map[string]string{"education": "student-support", "qualification": "recognition"} {
		if _, listed := want[fact]; !listed && topic != reads {
			delete(got, fact)
		}
	}
	return got
}

func TestReadQuestions(t *testing.T) {
	t.Parallel()
	var questions []question
	readYAML(t, "../lippe/questions.yaml", &questions)
	r := newReader(t)
	right, turns := map[string]int{}, map[string]int{}
	for _, q := range questions {
		group := "others"
		if q.Lang == "de" {
			group = "de"
		}
		known := map[string]string{}
		asked := ""
		for _, tu := range append([]turn{{Say: q.Ask, Facts: q.Facts, Expect: q.Expect}}, q.Then...) {
			maps.Copy(known, r.Read(tu.Say, q.Lang, asked))
			turns[group]++
			if diff := cmp.Diff(comparable(known, tu.Facts, tu.Expect.Topic), tu.Facts, cmpEmpty); diff != "" {
				t.Logf("%s %q (-got +want):\n%s", q.ID, tu.Say, diff)
			} else {
				right[group]++
			}
			asked = tu.Expect.Clarify
		}
	}
	for group, least := range map[string]float64{"de": 0.95, "others": 0.90} {
		got := float64(right[group]) / float64(turns[group])
		t.Logf("%s: %d of %d turns exact (%.3f)", group, right[group], turns[group], got)
		if got < least {
			t.Errorf("%s: %.3f of the turns exact, want %.2f", group, got, least)
		}
	}
}

// cmpEmpty makes nil and empty maps equal.
var cmpEmpty = cmp.FilterValues(func(a, b map[string]string) bool { return len(a) == 0 && len(b) == 0 }, cmp.Ignore())
