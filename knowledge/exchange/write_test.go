package exchange_test

import (
	"bytes"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"lotse/knowledge"
	"lotse/knowledge/exchange"
	"lotse/knowledge/rules"
	"lotse/knowledge/text"
)

func TestLippeIsValid(t *testing.T) {
	t.Parallel()
	d, problems := exchange.ReadFolder(os.DirFS("../lippe"))
	for _, p := range problems {
		t.Errorf("knowledge/lippe/%s", p)
	}
	for _, n := range []struct {
		what      string
		got, want int
	}{
		{"areas", len(d.Areas), 18},
		{"topics", len(d.Topics), 63},
		{"offices", len(d.Offices), 149},
		{"languages with words", len(d.Words), 12},
	} {
		if n.got != n.want {
			t.Errorf("%s: got %d, want %d", n.what, n.got, n.want)
		}
	}
}

func TestLippeSurvivesWriting(t *testing.T) {
	t.Parallel()
	d, _ := exchange.ReadFolder(os.DirFS("../lippe"))
	readBack(t, d)
}

// TestRandomSurvivesWriting writes and reads knowledge bases with texts that YAML could take for something
// else.
func TestRandomSurvivesWriting(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		readBack(t, random(rand.New(rand.NewPCG(seed, 1))))
	}
}

func readBack(t *testing.T, d knowledge.Data) {
	t.Helper()
	files, err := exchange.Files(d)
	if err != nil {
		t.Fatal(err)
	}
	got, problems := exchange.ReadFolder(folder(files))
	for _, p := range problems {
		if !p.Warning {
			t.Errorf("%s", p)
		}
	}
	if diff := cmp.Diff(d, got); diff != "" {
		t.Fatalf("read back (-written +read):\n%.3000s", diff)
	}
	again, err := exchange.Files(got)
	if err != nil {
		t.Fatal(err)
	}
	if !maps.EqualFunc(files, again, bytes.Equal) { // cmp looks at each byte on its own
		t.Fatalf("written again (-first +second):\n%.3000s", cmp.Diff(files, again))
	}
}

func folder(files map[string][]byte) fstest.MapFS {
	out := fstest.MapFS{}
	for name, content := range files {
		out[name] = &fstest.MapFile{Data: content}
	}
	return out
}

func TestWriteFolder(t *testing.T) {
	t.Parallel()
	want, _ := exchange.ReadFolder(os.DirFS("../lippe"))
	dir := filepath.Join(t.TempDir(), "new", "folder")
	if err := exchange.WriteFolder(dir, want); err != nil {
		t.Fatal(err)
	}
	got, problems := exchange.ReadFolder(os.DirFS(dir))
	if len(problems) > 0 {
		t.Errorf("problems: %v", problems)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read back (-written +read):\n%.3000s", diff)
	}
	if err := exchange.WriteFolder(dir, want); !errors.Is(err, exchange.ErrNotEmpty) {
		t.Errorf("writing over it: got %v, want %v", err, exchange.ErrNotEmpty)
	}
}

// random makes a valid knowledge base.
func random(r *rand.Rand) knowledge.Data {
	awkward := []string{
		"yes", "null", "~", "01067", "6_15", "1e3", "0x1F", "2026-11-03", "12:30:45", "- a", "a: b", "#no comment",
		"'single'", `"double"`, `back\slash`, "[x]", "{x}", "*alias", "&anchor", "!tag", "%dir", "@at", "`tick", "|", ">",
		"a #b", "комната", "غرفة", "ä ö ü ß", "two\nlines", "tab\tinside is refused elsewhere", "?", ":", "a,b", "👍", "...", "---",
		"می\u200cخواهم", "long " + strings.Repeat("word ", 30) + "end",
	}
	words := func() string {
		s := awkward[r.IntN(len(awkward))]
		return strings.NewReplacer("\n", " ", "\t", " ").Replace(s)
	}
	lines := func() string { return strings.ReplaceAll(awkward[r.IntN(len(awkward))], "\t", " ") }
	texts := func(s func() string) knowledge.Texts {
		t := knowledge.Texts{"de": s()}
		for _, lang := range []string{"en", "ar", "uk"} {
			if r.IntN(2) == 0 {
				t[lang] = s()
			}
		}
		return t
	}
	list := func(prefix string) []string {
		var out []string
		for i := range r.IntN(3) {
			out = append(out, prefix+string(rune('a'+i))+words())
		}
		return out
	}
	review := func() knowledge.Review {
		v := knowledge.Review{Source: words(), Every: time.Duration(r.IntN(400)) * 24 * time.Hour}
		if r.IntN(2) == 0 {
			v.ReviewedAt = time.Date(2026, 1, 1+r.IntN(300), 0, 0, 0, 0, time.UTC)
		}
		return v
	}
	d := knowledge.Data{
		Areas: []knowledge.Area{
			{Code: "05", Name: "Land " + words0(words())},
			{Code: "0501", Name: "Eins", In: "05", EverydayWord: true, Also: list("also ")},
			{Code: "0502", Name: "Zwei", In: "05"},
		},
		LegalAreas: []knowledge.LegalArea{{ID: "null", Title: texts(words)}, {ID: "6_15", Title: texts(words)}},
		Facts: []knowledge.Fact{
			{ID: "town", Ask: texts(lines), Areas: true},
			{ID: "no", Ask: texts(lines), Values: []knowledge.FactValue{
				{ID: "6_15", Title: texts(words)}, {ID: "yes", Title: texts(words), UnlessSaid: r.IntN(2) == 0}, {ID: "x", Title: texts(words)},
			}},
		},
		Kinds: []knowledge.Kind{{ID: "amt", Title: texts(words)}},
		Offices: []knowledge.Office{
			{
				ID: "one", Kind: "amt", Name: texts(words), Serves: []string{"05"}, Law: []string{"6_15"}, Phone: "0221 4710-310",
				Email: "a@lippe.example", Web: "https://lippe.example/a?b=c#d", Street: words(), Postcode: "01067", City: words(),
				Hours: texts(lines), Appointment: texts(lines), Review: review(),
			},
			{ID: "two", Name: texts(words), Serves: []string{"0501", "0502"}, Review: review()},
		},
		Words: text.Lexicon{"de": {
			Values:     map[string]map[string][]string{"no": {"6_15": {words()}, "yes": {"y"}}, "town": {"0501": {"Eins"}}},
			AnswerOnly: map[string][]string{"no": {"y"}},
			Receive:    []string{words()}, Years: []string{"{n} Jahre"},
		}},
	}
	for i, id := range []string{"child-benefit", "true"} {
		topic := knowledge.Topic{ID: id, Title: texts(words), Law: "null", Basis: words(), Urgent: texts(lines), Bring: texts(lines), Review: review()}
		if s := list("syn "); s != nil {
			topic.Synonyms = map[string][]string{"de": s}
		}
		topic.Rules = []rules.Rule{
			{
				When: map[string][]string{"no": {"6_15", "yes"}, "town": {"0502"}}, To: "two", Law: "6_15", Basis: words(),
				From: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Until: time.Date(2027, 1, 2, 0, 0, 0, 0, time.UTC),
			},
			{To: "amt"},
		}
		for _, lang := range []string{"ar", "de"} {
			for n := range r.IntN(4) {
				topic.Examples = append(topic.Examples, knowledge.Example{Topic: id, Lang: lang, Text: id + lang + string(rune('a'+n)) + lines()})
			}
		}
		if i == 0 {
			d.Foreign = append(d.Foreign, knowledge.Example{Lang: "de", Text: "Drachen " + lines()})
		}
		d.Topics = append(d.Topics, topic)
	}
	return d
}

// words0 makes a text fit for the name of an area.
func words0(s string) string {
	return strings.NewReplacer("/", "", ",", "", ";", "", "|", "").Replace(s)
}

func TestFilesAreSorted(t *testing.T) {
	t.Parallel()
	files, err := exchange.Files(random(rand.New(rand.NewPCG(1, 2))))
	if err != nil {
		t.Fatal(err)
	}
	got := slices.Sorted(maps.Keys(files))
	want := []string{
		"areas.yaml", "examples/ar.jsonl", "examples/de.jsonl", "facts.yaml", "kinds.yaml", "law.yaml",
		"offices/offices.yaml", "topics/topics.yaml", "words/de.yaml",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}
