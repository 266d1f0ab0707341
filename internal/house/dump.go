package house

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// errNoTools is returned for a database that was not started here: its version may not fit ours.
var errNoTools = errors.New("the database was not started here")

// Dump writes a database into a file, so that [House.Restore] can fill another one with it in a second. The
// file appears when it is complete.
func (h *House) Dump(ctx context.Context, database, file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("make folder of the dump: %w", err)
	}
	if err := h.tool(ctx, "pg_dump", "--format=custom", "--compress=0", "--no-owner", "--file", file+".new", database); err != nil {
		return err
	}
	if err := os.Rename(file+".new", file); err != nil {
		return fmt.Errorf("name the dump: %w", err)
	}
	return nil
}

// Restore fills an empty database from a dump. After an error the database is as it was.
func (h *House) Restore(ctx context.Context, database, file string) error {
	if _, err := os.Stat(file); err != nil {
		return fmt.Errorf("find dump: %w", err)
	}
	return h.tool(ctx, "pg_restore", "--no-owner", "--single-transaction", "--exit-on-error", "--dbname", database, file)
}

// tool runs one of PostgreSQL's programs.
func (h *House) tool(ctx context.Context, name string, args ...string) error {
	if h.postgres == "" {
		return errNoTools
	}
	cmd := exec.CommandContext(ctx, filepath.Join(h.postgres, "bin", name), args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, lastLine(out))
	}
	return nil
}
