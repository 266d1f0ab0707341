package jsclient

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"lotse/internal/house"
)

//go:embed js
var files embed.FS

// ErrNoNode is returned by [Open] when there is no Node.js that can run the client.
var ErrNoNode = errors.New("the tests with matrix-js-sdk need Node.js 22 or later: " +
	"make test installs one, LOTSE_TEST_NODE names another")

// oldest is the first major version of Node.js that the library runs in.
const oldest = 22

// program is the path of Node.js.
type program string

// findNode takes what LOTSE_TEST_NODE names, else what is on the path.
func findNode(ctx context.Context) (program, error) {
	name := os.Getenv("LOTSE_TEST_NODE")
	if name == "" {
		name = "node"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%w (%s is no program)", ErrNoNode, name)
	}
	out, err := exec.CommandContext(ctx, path, "--version").Output() //nolint:gosec // whoever runs tests chooses it
	if err != nil {
		return "", fmt.Errorf("ask %s for its version: %w", path, err)
	}
	var major int
	version := strings.TrimSpace(string(out))
	if _, err := fmt.Sscanf(version, "v%d.", &major); err != nil || major < oldest {
		return "", fmt.Errorf("%w (%s is %q)", ErrNoNode, path, version)
	}
	return program(path), nil
}

// npm runs npm in a folder: the one that came with the program, else the path's.
func (p program) npm(ctx context.Context, folder string, args ...string) error {
	bin := filepath.Dir(string(p))
	script := filepath.Join(filepath.Dir(bin), "lib", "node_modules", "npm", "bin", "npm-cli.js")
	npm := exec.CommandContext(ctx, string(p), append([]string{script}, args...)...)
	if _, err := os.Stat(script); err != nil {
		npm = exec.CommandContext(ctx, "npm", args...)
	}
	npm.Dir = folder
	npm.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	if out, err := npm.CombinedOutput(); err != nil {
		return fmt.Errorf("npm %s: %w\n%s", args[0], err, out)
	}
	return nil
}

// install puts the client and its library below dir/.env.d and returns the client's path. The
// folder's name has the hash of all that is in it; it gets its name when it is complete, so that it
// is never made again. Concurrent calls, of other processes too, wait for each other.
func (p program) install(ctx context.Context, dir string) (script string, err error) {
	sub, err := fs.Sub(files, "js")
	if err != nil {
		return "", fmt.Errorf("install matrix-js-sdk: %w", err)
	}
	sum, err := hash(sub)
	if err != nil {
		return "", fmt.Errorf("install matrix-js-sdk: %w", err)
	}
	parent := filepath.Join(dir, ".env.d")
	home := filepath.Join(parent, "js-"+sum)
	script = filepath.Join(home, "client.mjs")
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", fmt.Errorf("install matrix-js-sdk: %w", err)
	}
	unlock, err := house.Lock(ctx, filepath.Join(parent, "js.lock"))
	if err != nil {
		return "", fmt.Errorf("install matrix-js-sdk: %w", err)
	}
	defer unlock()
	if _, err := os.Stat(script); err == nil {
		return script, nil
	}
	if err := p.fill(ctx, sub, home+".new"); err != nil {
		return "", fmt.Errorf("install matrix-js-sdk: %w", err)
	}
	if err := os.Rename(home+".new", home); err != nil {
		return "", fmt.Errorf("install matrix-js-sdk: %w", err)
	}
	return script, nil
}

// fill makes the folder anew, with all that npm fetches for it.
func (p program) fill(ctx context.Context, sub fs.FS, to string) error {
	if err := os.RemoveAll(to); err != nil { // of a call that was killed
		return err
	}
	if err := os.CopyFS(to, sub); err != nil {
		return err
	}
	return p.npm(ctx, to, "ci", "--no-audit", "--no-fund", "--no-update-notifier", "--ignore-scripts", "--prefer-offline")
}

func hash(files fs.FS) (string, error) {
	h := sha256.New()
	for _, name := range [...]string{"client.mjs", "package.json", "package-lock.json"} {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return "", err
		}
		h.Write(data)
	}
	return hex.EncodeToString(h.Sum(nil)[:6]), nil
}
