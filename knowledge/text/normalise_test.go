package text_test

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"lotse/knowledge/text"
)

// readLines decodes each line of a JSON lines file.
func readLines[T any](tb testing.TB, path string) []T {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	var rows []T
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var row T
		if err := json.Unmarshal(sc.Bytes(), &row); err != nil {
			tb.Fatalf("%s: %v", path, err)
		}
		rows = append(rows, row)
	}
	if sc.Err() != nil || len(rows) == 0 {
		tb.Fatalf("%s: %d rows, %v", path, len(rows), sc.Err())
	}
	return rows
}

// The rows were made by the Python prototype of the router, whose figures we compare with.
func TestNormaliseAsPrototype(t *testing.T) {
	t.Parallel()
	type row struct {
		Text, Normal string
		Words        int
	}
	for _, r := range readLines[row](t, "testdata/normalise.jsonl") {
		got := text.Normalise(r.Text)
		if got != r.Normal {
			t.Errorf("Normalise(%q) = %q, want %q", r.Text, got, r.Normal)
		}
		if n := len(text.Words(got)); n != r.Words {
			t.Errorf("Words(%q) has %d words, want %d", got, n, r.Words)
		}
	}
}

func TestMaskAsPrototype(t *testing.T) {
	t.Parallel()
	type row struct{ Text, Masked string }
	m := text.NewMasker(lippePlaces(t))
	for _, r := range readLines[row](t, "testdata/mask.jsonl") {
		if got := m.Mask(r.Text); got != r.Masked {
			t.Errorf("Mask(%q) = %q, want %q", r.Text, got, r.Masked)
		}
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	for _, group := range [][]string{
		{"Dörentrup", "doerentrup", "DORENTRUP", "Do\u0308rentrup", " dörentrup!"},
		{"Große Straße", "grosse-strasse", "GROSSE  STRASSE"},
		{"weiß ich nicht", "Weiss ich nicht.", "weiß  ich nicht"},
		{"Barış", "baris"},
		{"Nr. 24", "nr 24"},
	} {
		want := text.Fold(group[0])
		for _, s := range group {
			if got := text.Fold(s); got != want {
				t.Errorf("Fold(%q) = %q, want %q as for %q", s, got, want, group[0])
			}
		}
	}
	for _, pair := range [][2]string{{"Lage", "Lager"}, {"§ 24", "§ 25"}, {"ja", "jo"}, {"да", "так"}} {
		if text.Fold(pair[0]) == text.Fold(pair[1]) {
			t.Errorf("Fold(%q) = Fold(%q), want different", pair[0], pair[1])
		}
	}
}

func FuzzNormalise(f *testing.F) {
	for _, s := range []string{"Straße", "می\u200cشود", "Ö\xff\xfe", "ä\u0308\u0301", "", strings.Repeat("ae", 40)} {
		f.Add(s)
	}
	m := text.NewMasker([]text.Place{{Code: "1", Names: []string{"Lügde", "Bad Salzuflen"}}, {Code: "2", Names: []string{"Lage"}}})
	f.Fuzz(func(t *testing.T, s string) {
		n := text.Normalise(s)
		if !utf8.ValidString(n) || !utf8.ValidString(text.Fold(s)) || !utf8.ValidString(m.Mask(s)) {
			t.Errorf("invalid UTF-8 out of %q", s)
		}
		if again := text.Fold(text.Fold(s)); len(again) > len(text.Fold(s)) {
			t.Errorf("Fold grows: %q", s)
		}
	})
}
