package exchange

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"lotse/knowledge"
)

// Problem is something wrong with a folder, and how to mend it.
type Problem struct {
	File    string // relative to the folder, with slashes
	Line    int    // from 1; 0 when it is about the whole file
	Text    string // in one line
	Warning bool   // it can be imported all the same
}

// String returns it as compilers write theirs: file:line: text.
func (p Problem) String() string {
	text := p.Text
	if p.Warning {
		text = "warning: " + text
	}
	if p.Line == 0 {
		return p.File + ": " + text
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, text)
}

// Fatal reports whether any of the problems keeps the knowledge base from being imported.
func Fatal(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return !p.Warning })
}

// Limits of a folder. They are far above what a county needs; they keep a wrong path or a hostile file
// from filling the memory.
const (
	maxYAML     = 4 << 20  // bytes of a YAML file
	maxExamples = 64 << 20 // bytes of a file of examples
	maxFiles    = 2000
	maxProblems = 1000 // the rest is left out, and said to be
)

// ReadFolder reads a knowledge base. With problems that aren't warnings the data are incomplete, and
// must not be imported. When a file can't be read at all, only such files are reported: what others
// say of it would be misleading.
func ReadFolder(fsys fs.FS) (knowledge.Data, []Problem) {
	r := newReader()
	for _, f := range r.files(fsys) {
		r.file(fsys, f)
	}
	if !r.broken {
		r.assign()
		r.check()
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	if n := len(r.problems); n > maxProblems {
		r.problems = append(r.problems[:maxProblems], Problem{File: ".", Text: fmt.Sprintf("%d more problems are left out", n-maxProblems)})
	}
	return r.data, r.problems
}

// reader reads one folder.
type reader struct {
	data     knowledge.Data
	examples []example
	places   map[string]place // path as in knowledge.Fault → where it was read
	problems []Problem
	spoilt   map[place]bool // lines whose values couldn't be read
	broken   bool           // a file couldn't be read
}

func newReader() *reader {
	return &reader{places: map[string]place{}, spoilt: map[place]bool{}}
}

// place is a line of a file.
type place struct {
	file string
	line int
}

// example is a line of a file of examples.
type example struct {
	knowledge.Example
	place place
}

func (r *reader) add(p place, format string, args ...any) {
	r.problems = append(r.problems, Problem{File: p.file, Line: p.line, Text: fmt.Sprintf(format, args...)})
}

func (r *reader) warn(p place, format string, args ...any) {
	r.problems = append(r.problems, Problem{File: p.file, Line: p.line, Text: fmt.Sprintf(format, args...), Warning: true})
}

// fail is add for a file that can't be used at all.
func (r *reader) fail(p place, format string, args ...any) {
	r.broken = true
	r.add(p, format, args...)
}

// files lists the files to read, sorted, and says which are missing or of no use.
func (r *reader) files(fsys fs.FS) []string {
	var out []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.IsDir():
			return r.folder(name)
		case r.wanted(name):
			out = append(out, name)
		}
		if len(out) > maxFiles {
			return fmt.Errorf("more than %d files", maxFiles)
		}
		return nil
	})
	if err != nil {
		r.fail(place{file: "."}, "can't be listed: %v", err)
		return nil
	}
	for _, name := range []string{"areas.yaml", "law.yaml", "facts.yaml", "kinds.yaml", "offices/*.yaml", "topics/*.yaml"} {
		if !slices.ContainsFunc(out, func(have string) bool { ok, _ := path.Match(name, have); return ok }) {
			r.fail(place{file: name}, "is missing; is this the folder of a knowledge base?")
		}
	}
	return out
}

func (r *reader) folder(name string) error {
	switch name {
	case ".", "offices", "topics", "words", "examples":
		return nil
	}
	r.warn(place{file: name}, "is no folder of a knowledge base and was left out; there are offices, topics, words and examples")
	return fs.SkipDir
}

// wanted tells whether the file is one to read, and warns of others. What is there for people is
// passed over in silence.
func (r *reader) wanted(name string) bool {
	dir, ext := path.Dir(name), path.Ext(name)
	switch {
	case name == "questions.yaml" || ext == ".md":
		return false
	case dir == "." && slices.Contains([]string{"areas.yaml", "law.yaml", "facts.yaml", "kinds.yaml"}, name):
		return true
	case (dir == "offices" || dir == "topics" || dir == "words") && ext == ".yaml":
		return true
	case dir == "examples" && ext == ".jsonl":
		return true
	}
	r.warn(place{file: name}, "was left out; the files of this folder are %s", expected(dir))
	return false
}

func expected(dir string) string {
	switch dir {
	case ".":
		return "areas.yaml, law.yaml, facts.yaml and kinds.yaml"
	case "examples":
		return "*.jsonl"
	}
	return "*.yaml"
}

// file reads one file into the data.
func (r *reader) file(fsys fs.FS, name string) {
	at := place{file: name}
	limit := maxYAML
	if path.Dir(name) == "examples" {
		limit = maxExamples
	}
	content, err := readAtMost(fsys, name, limit)
	if errors.Is(err, errTooLarge) {
		r.fail(at, "is larger than %d MB; split it", limit>>20)
		return
	}
	if err != nil {
		r.fail(at, "can't be read: %v", err)
		return
	}
	if rest, ok := bytes.CutPrefix(content, []byte("\xef\xbb\xbf")); ok {
		r.warn(place{name, 1}, "begins with a byte order mark; save it as UTF-8 without one")
		content = rest
	}
	switch line := invalidLine(content); {
	case len(bytes.TrimSpace(content)) == 0:
		r.fail(at, "is empty; delete it if that is meant")
	case line > 0:
		r.fail(place{name, line}, "is no valid UTF-8; save the file as UTF-8")
	case path.Dir(name) == "examples":
		r.readExamples(name, content)
	default:
		r.readYAML(name, content)
	}
}

var errTooLarge = errors.New("too large")

func readAtMost(fsys fs.FS, name string, limit int) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	content, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	if len(content) > limit {
		return nil, errTooLarge
	}
	return content, nil
}

// invalidLine returns the first line that is no valid UTF-8; 0 when all are.
func invalidLine(content []byte) int {
	if utf8.Valid(content) {
		return 0
	}
	line := 1
	for len(content) > 0 {
		r, size := utf8.DecodeRune(content)
		if r == utf8.RuneError && size == 1 {
			break
		}
		if r == '\n' {
			line++
		}
		content = content[size:]
	}
	return line
}

// check checks the whole and finds the lines of its faults.
func (r *reader) check() {
	for _, f := range knowledge.Check(r.data) {
		p := r.place(f.Path)
		if r.spoilt[p] {
			continue
		}
		text := f.Text
		if f.Other != "" {
			if o := r.place(f.Other); o.line > 0 {
				text += fmt.Sprintf(" (see %s:%d)", o.file, o.line)
			}
		}
		r.problems = append(r.problems, Problem{File: p.file, Line: p.line, Text: text, Warning: f.Warning})
	}
}

// place returns where a path was read, or the nearest path around it.
func (r *reader) place(of string) place {
	for p := of; p != "."; p = path.Dir(p) {
		if at, ok := r.places[p]; ok {
			return at
		}
	}
	return place{file: "."}
}
