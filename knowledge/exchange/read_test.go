package exchange_test

import (
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"lotse/knowledge"
	"lotse/knowledge/exchange"
)

var update = flag.Bool("update", false, "write what is reported to testdata/bad/*/want.txt")

// read reads a folder into memory.
func read(tb testing.TB, dir string) fstest.MapFS {
	tb.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(dir, name))
		out[name] = &fstest.MapFile{Data: content}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func TestGood(t *testing.T) {
	t.Parallel()
	d, problems := exchange.ReadFolder(os.DirFS("testdata/good"))
	for _, p := range problems {
		t.Errorf("%s", p)
	}
	if got, want := d.Offices[0].Postcode, "01067"; got != want {
		t.Errorf("postcode: got %q, want %q: the zero belongs to it", got, want)
	}
	if got, want := d.Offices[0].Review.Source, "Probe"; got != want {
		t.Errorf("source: got %q, want %q, as the top of the file says", got, want)
	}
	if got, want := d.Foreign, []knowledge.Example{{Lang: "de", Text: "wo kann ich Drachen steigen lassen?"}}; !cmp.Equal(got, want) {
		t.Errorf("foreign examples: got %v, want %v", got, want)
	}
}

// TestBad reads testdata/good with the files of each folder of testdata/bad in place of its own. want.txt
// there has what must be reported, and all of it; remove.txt names files to leave out.
func TestBad(t *testing.T) {
	t.Parallel()
	cases, err := os.ReadDir("testdata/bad")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name(), func(t *testing.T) {
			t.Parallel()
			files := read(t, "testdata/good")
			bad := read(t, filepath.Join("testdata/bad", c.Name()))
			want := string(bad["want.txt"].Data)
			delete(bad, "want.txt")
			if remove, ok := bad["remove.txt"]; ok {
				for name := range strings.FieldsSeq(string(remove.Data)) {
					delete(files, name)
				}
				delete(bad, "remove.txt")
			}
			maps.Copy(files, bad)
			_, problems := exchange.ReadFolder(files)
			var got strings.Builder
			for _, p := range problems {
				got.WriteString(p.String() + "\n")
			}
			if *update {
				if err := os.WriteFile(filepath.Join("testdata/bad", c.Name(), "want.txt"), []byte(got.String()), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got.String()); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if want == "" {
				t.Error("nothing is expected to be reported")
			}
		})
	}
}

func TestHugeFile(t *testing.T) {
	t.Parallel()
	files := read(t, "testdata/good")
	files["law.yaml"].Data = append(files["law.yaml"].Data, strings.Repeat("# filler\n", 1<<19)...)
	_, problems := exchange.ReadFolder(files)
	got := make([]string, 0, len(problems))
	for _, p := range problems {
		got = append(got, p.String())
	}
	if diff := cmp.Diff([]string{"law.yaml: is larger than 4 MB; split it"}, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestManyProblemsAreCut(t *testing.T) {
	t.Parallel()
	files := read(t, "testdata/good")
	files["examples/de.jsonl"].Data = []byte(strings.Repeat("{}\n", 5000))
	_, problems := exchange.ReadFolder(files)
	if got := problems[len(problems)-1].String(); len(problems) > 1001 || !strings.Contains(got, "4000 more problems") {
		t.Errorf("got %d problems, the last one %q", len(problems), got)
	}
}

// FuzzReadFolder: whatever a file holds, reading ends, says where what is wrong, and what it takes for good
// can be written and read again.
func FuzzReadFolder(f *testing.F) {
	good := read(f, "testdata/good")
	for name, file := range good {
		f.Add(name, file.Data)
	}
	bad, err := filepath.Glob("testdata/bad/*/*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range bad {
		if content, err := os.ReadFile(name); err == nil && len(content) < 10000 {
			f.Add(filepath.Base(name), content)
		}
	}
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		files := fstest.MapFS{}
		for n, file := range good {
			files[n] = file
			if filepath.Base(n) == filepath.Base(name) {
				files[n] = &fstest.MapFile{Data: content}
			}
		}
		d, problems := exchange.ReadFolder(files)
		for _, p := range problems {
			if p.File == "" || p.Text == "" || strings.Contains(p.String(), "\n") {
				t.Errorf("problem without file or text, or with several lines: %q", p)
			}
		}
		if exchange.Fatal(problems) {
			return
		}
		readBack(t, d)
	})
}
