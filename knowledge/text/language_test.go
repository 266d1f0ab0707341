package text_test

import (
	"testing"

	"lotse/knowledge/text"
)

type example struct{ Topic, Lang, Text string }

func TestLanguageOfExamples(t *testing.T) {
	t.Parallel()
	examples := append(readLines[example](t, "../lippe/examples/de.jsonl"), readLines[example](t, "../lippe/examples/others.jsonl")...)
	type count struct{ all, right, sure, surelyWrong int }
	counts := map[string]*count{}
	wrong := map[string]map[string]int{}
	for _, e := range examples {
		c := counts[e.Lang]
		if c == nil {
			c = &count{}
			counts[e.Lang] = c
			wrong[e.Lang] = map[string]int{}
		}
		got, sure := text.Language(e.Text)
		c.all++
		if sure {
			c.sure++
		}
		if got == e.Lang {
			c.right++
			continue
		}
		wrong[e.Lang][got]++
		if sure {
			c.surelyWrong++
		}
	}
	for lang, c := range counts {
		t.Logf("%s: %d, right %.3f, sure %.3f, surely wrong %.4f %v", lang, c.all, float64(c.right)/float64(c.all),
			float64(c.sure)/float64(c.all), float64(c.surelyWrong)/float64(c.all), wrong[lang])
		if share := float64(c.right) / float64(c.all); share < 0.93 {
			t.Errorf("%s: %.3f right, want 0.93", lang, share)
		}
		if share := float64(c.surelyWrong) / float64(c.all); share > 0.01 {
			t.Errorf("%s: %.4f surely wrong, want 0.01 at most", lang, share)
		}
	}
}

func TestLanguageOfLittle(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "?", "123", "Duldung", "WBS Lemgo", "😀"} {
		if lang, sure := text.Language(s); lang != "de" || sure {
			t.Errorf("Language(%q) = %s, %v, want de, false", s, lang, sure)
		}
	}
}
