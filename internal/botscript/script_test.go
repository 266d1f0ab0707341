package botscript_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lotse/internal/botscript"
)

func TestParse(t *testing.T) {
	t.Parallel()
	const script = `# comment
anna (dm) ▸ was tun?
            und wann
lotse     ▸ …
          ↳ im Thread
anna      ▸ [2️⃣ 👍] «was»
anna      ▸ ✎ anders
anna      ▸ 🗑 [2️⃣]
anna      ▸ ↩ «im» 2
-- later 2h
`
	want := []botscript.Line{
		{No: 2, Who: "anna", Place: "dm", Text: "was tun?\nund wann"},
		{No: 4, Who: "lotse", Text: "…"},
		{No: 5, Who: "lotse", Thread: true, Text: "im Thread"},
		{No: 6, Who: "anna", Action: botscript.Reacts, Keys: []string{"2️⃣", "👍"}, At: "was"},
		{No: 7, Who: "anna", Action: botscript.Edits, Text: "anders"},
		{No: 8, Who: "anna", Action: botscript.Deletes, Keys: []string{"2️⃣"}},
		{No: 9, Who: "anna", Action: botscript.Replies, Text: "2", At: "im"},
		{No: 10, Action: botscript.Directive, Text: "later 2h"},
	}
	got, err := botscript.Parse(strings.NewReader(script))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Parse (-want +got):\n%s", diff)
	}
	for _, bad := range []string{"nobody says this", "anna ▸ [1", "anna ▸ \xff"} {
		if _, err := botscript.Parse(strings.NewReader(bad)); err == nil {
			t.Errorf("Parse(%q): no error", bad)
		}
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		post, want string
		match      bool
	}{
		{"**Amt**\\\nTel\\. 1", "**Amt**\n   Tel. 1", true},
		{"a b c", "a … c", true},
		{"a\nb\nc", "a…", true},
		{"a b", "a", false},
		{"1.", "1\\.", true},
		{"x (y)", "x (y)", true},
	} {
		if got := botscript.Matches(tc.post, tc.want); got != tc.match {
			t.Errorf("Matches(%q, %q): got %t, want %t", tc.post, tc.want, got, tc.match)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("anna (dm) ▸ [2️⃣] «x»\n  y\n-- later 2h\nlotse ↳ «a» b")
	f.Fuzz(func(_ *testing.T, s string) {
		_, _ = botscript.Parse(strings.NewReader(s)) // must not panic
	})
}
