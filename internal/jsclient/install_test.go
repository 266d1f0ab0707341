package jsclient_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"lotse/internal/jsclient"
)

// fakeNode is a Node.js of a version. Its npm tells the file "calls" and takes a while; the client
// says yes to its first command.
const fakeNode = `#!/bin/sh
case "$*" in
--version) echo VERSION ;;
*npm-cli.js\ ci*) echo "$PWD" >>"$(dirname "$0")/calls"; sleep 0.3; mkdir node_modules ;;
*) read -r line; echo '{"id": 1}'; cat >/dev/null ;;
esac
`

// nodeIn makes a fake and returns its path.
func nodeIn(t *testing.T, version string) string {
	t.Helper()
	home := t.TempDir()
	bin, npm := filepath.Join(home, "bin"), filepath.Join(home, "lib", "node_modules", "npm", "bin")
	for _, dir := range []string{bin, npm} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	script := strings.ReplaceAll(fakeNode, "VERSION", version)
	node := filepath.Join(bin, "node")
	if err := os.WriteFile(node, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(npm, "npm-cli.js"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return node
}

func TestOpenNeedsNode(t *testing.T) {
	t.Setenv("LOTSE_TEST_NODE", nodeIn(t, "v20.20.2"))
	if _, err := jsclient.Open(t.Context(), t.TempDir(), "", "", ""); !errors.Is(err, jsclient.ErrNoNode) {
		t.Errorf("with Node.js 20: %v, want %v", err, jsclient.ErrNoNode)
	}
	t.Setenv("LOTSE_TEST_NODE", filepath.Join(t.TempDir(), "node"))
	if _, err := jsclient.Open(t.Context(), t.TempDir(), "", "", ""); !errors.Is(err, jsclient.ErrNoNode) {
		t.Errorf("without Node.js: %v, want %v", err, jsclient.ErrNoNode)
	}
}

func TestOpenInstallsOnce(t *testing.T) {
	node, dir := nodeIn(t, "v22.20.0"), t.TempDir()
	t.Setenv("LOTSE_TEST_NODE", node)
	open := func() {
		c, err := jsclient.Open(t.Context(), dir, "", "", "")
		if err != nil {
			t.Error(err)
			return
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	var both sync.WaitGroup
	both.Go(open)
	both.Go(open)
	both.Wait()
	open()
	calls, err := os.ReadFile(filepath.Join(filepath.Dir(node), "calls"))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(calls), "\n"); got != 1 {
		t.Errorf("npm was called %d times, want once:\n%s", got, calls)
	}

	// A call that was killed leaves half a folder, which is made anew.
	homes, err := filepath.Glob(filepath.Join(dir, ".env.d", "js-*"))
	if err != nil || len(homes) != 1 {
		t.Fatalf("folders = %v (%v), want one", homes, err)
	}
	if err := os.Rename(homes[0], homes[0]+".new"); err != nil {
		t.Fatal(err)
	}
	open()
	if _, err := os.Stat(homes[0] + ".new"); !os.IsNotExist(err) {
		t.Errorf("half a folder is left: %v", err)
	}
	if _, err := os.Stat(filepath.Join(homes[0], "node_modules")); err != nil {
		t.Errorf("the folder isn't whole: %v", err)
	}
}
