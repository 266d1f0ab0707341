package house

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// prefix of the temporary folders.
const prefix = "lotse-house-"

// maxSocket is the length of a folder that still leaves room for PostgreSQL's socket in the 107
// bytes that Linux allows for its path.
const maxSocket = 107 - len("/pg/.s.PGSQL.5432.lock")

// folder is a temporary folder that is locked by its process, so that others can tell a living
// house from the remains of a killed one.
type folder struct {
	path   string
	unlock func()
}

// newFolder makes a folder whose path is short enough for a socket, and sweeps remains away.
func newFolder(ctx context.Context) (*folder, error) {
	base := os.TempDir()
	if len(base)+len("/"+prefix+"0123456789") > maxSocket {
		base = "/tmp"
	}
	sweep(base)
	path, err := os.MkdirTemp(base, prefix)
	if err != nil {
		return nil, fmt.Errorf("make temporary folder: %w", err)
	}
	unlock, err := Lock(ctx, filepath.Join(path, "lock"))
	if err != nil {
		return nil, err
	}
	if os.Geteuid() == 0 { // the servers' own folders keep others out; this one is passed through
		if err := os.Chmod(path, 0o711); err != nil {
			return nil, fmt.Errorf("open temporary folder to nobody: %w", err)
		}
	}
	return &folder{path: path, unlock: unlock}, nil
}

func (f *folder) remove() error {
	defer f.unlock()
	if err := os.RemoveAll(f.path); err != nil {
		return fmt.Errorf("remove temporary folder: %w", err)
	}
	return nil
}

// sweep removes folders whose process was killed. It leaves those of the last minute alone: they
// may not be locked yet, or their servers are still stopping.
func sweep(base string) {
	locks, err := filepath.Glob(filepath.Join(base, prefix+"*", "lock"))
	if err != nil {
		return
	}
	for _, lock := range locks {
		info, err := os.Stat(lock)
		if err != nil || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		if unlock, ok := tryLock(lock); ok {
			_ = os.RemoveAll(filepath.Dir(lock))
			unlock()
		}
	}
}

// tryLock takes the lock of a file if nobody holds it. The lock ends with the process.
func tryLock(path string) (unlock func(), ok bool) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, false
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		return nil, false
	}
	return func() { _ = file.Close() }, true
}

// Lock waits for the lock of a file, which it makes if need be. The lock ends with the process.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	if file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	} else if err := file.Close(); err != nil {
		return nil, fmt.Errorf("close lock: %w", err)
	}
	err = poll(ctx, func(context.Context) bool {
		var ok bool
		unlock, ok = tryLock(path)
		return ok
	})
	if err != nil {
		return nil, fmt.Errorf("wait for lock %s: %w", path, err)
	}
	return unlock, nil
}

// poll calls done every 50 ms until it returns true or ctx ends.
func poll(ctx context.Context, done func(context.Context) bool) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !done(ctx) {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
	return nil
}
