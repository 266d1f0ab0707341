package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The demo on the servers of the test run: its scenes as they should be, then a question that is
// typed, then the end with exit code 0.
func TestDemoPlaysItsScenesAndAnswersWhatIsTyped(t *testing.T) {
	t.Parallel()
	demo := filepath.Join(t.TempDir(), "demo")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", "goolm", "-o", demo, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), demo)
	cmd.Dir = filepath.Join("..", "..")
	cmd.Stdin = strings.NewReader("wo beantrage ich wohngeld in lemgo?\n")
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("demo: %v\n%s", err, out)
	}
	_, typed, found := strings.Cut(string(out), "You are anna now")
	if !found {
		t.Fatalf("no prompt in:\n%s", out)
	}
	if !strings.Contains(typed, "Lemgo") {
		t.Errorf("what was typed is not answered:\n%s", typed)
	}
	for _, scene := range scenes() {
		for _, line := range scene.lines {
			if !strings.Contains(string(out), line.expect) {
				t.Errorf("the transcript lacks %q:\n%s", line.expect, out)
			}
		}
	}
}

func TestOptionForFindsTheKeyBeforeTheWords(t *testing.T) {
	t.Parallel()
	const question = "Welchen Status hat die Person?\n1️⃣ Gestattung / Duldung  2️⃣ anerkannt\n❔ weiß ich nicht"
	for words, want := range map[string]string{"Gestattung": "1️⃣", "Duldung": "1️⃣", "anerkannt": "2️⃣", "Status": "", "Visum": ""} {
		if got, ok := optionFor(question, words); got != want || ok != (want != "") {
			t.Errorf("optionFor(%q) = %q, %t, want %q", words, got, ok, want)
		}
	}
}
