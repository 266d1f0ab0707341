package text_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lotse/knowledge/text"
)

func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"Familie in Lage, geduldet, Sohn (10)", "24er § 24", "Ми втекли з України, доньці 12 років", "عمرها ٣ سنين",
		"bin 20\xff\xfe", "seit 99999999999999 Jahren", strings.Repeat("von Lemgo nach ", 30), "zwanzig", "und", ".", "1.", "(",
	} {
		f.Add(s, "de", "age")
	}
	r := newReader(f)
	f.Fuzz(func(t *testing.T, s, lang, asked string) {
		for _, found := range r.ReadAll(s, lang, asked) {
			if found.Fact == "" || found.Value == "" || found.Start < 0 || found.Start >= found.End || found.End > len(s) {
				t.Errorf("ReadAll(%q, %q, %q) = %+v", s, lang, asked, found)
			}
		}
		if lang, _ := text.Language(s); len(lang) != 2 {
			t.Errorf("Language(%q) = %q", s, lang)
		}
	})
}

// A message of a megabyte must cost no more than its beginning.
func TestReadHuge(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	for _, piece := range []string{"Duldung Lemgo 10 Jahre ", "a", "(", "بديتمولد ", "и", "\xff", "zwanzig und ", "von Lage nach Detmold "} {
		s := strings.Repeat(piece, 1<<20/len(piece))
		start := time.Now()
		r.Read(s, "", "")
		if took := time.Since(start); took > time.Second {
			t.Errorf("Read of a megabyte of %q took %v", piece, took)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	r := newReader(b)
	var texts []string
	for _, e := range readLines[example](b, "../lippe/examples/de.jsonl") {
		texts = append(texts, e.Text)
	}
	for _, e := range readLines[example](b, "../lippe/examples/others.jsonl") {
		texts = append(texts, e.Text)
	}
	i := 0
	for b.Loop() {
		r.Read(texts[i%len(texts)], "", "")
		i += 7
	}
}

func BenchmarkNewReader(b *testing.B) {
	lex, places := lippeWords(b), lippePlaces(b)
	for b.Loop() {
		text.NewReader(lex, places)
	}
}

// The table in testdata/facts.txt is written in whole sentences for people to read and to add to.
func TestReadTable(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/facts.txt")
	if err != nil {
		t.Fatal(err)
	}
	r := newReader(t)
	for i, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "|")
		if len(f) != 4 {
			t.Fatalf("facts.txt:%d: %d columns", i+1, len(f))
		}
		lang, asked, said := strings.TrimSpace(f[0]), strings.TrimSpace(f[1]), strings.TrimSpace(f[2])
		want := map[string]string{}
		for fact := range strings.FieldsSeq(f[3]) {
			name, value, _ := strings.Cut(fact, "=")
			want[name] = value
		}
		if diff := cmp.Diff(r.Read(said, lang, asked), want, cmpEmpty); diff != "" {
			t.Errorf("facts.txt:%d: Read(%q, %q, %q) (-got +want):\n%s", i+1, said, lang, asked, diff)
		}
	}
}
