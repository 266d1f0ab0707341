// Package migrations holds the schema of Lotse's database as numbered SQL files and applies them.
//
// A file is never edited once it has landed; a change is a new file that says why. [Apply] brings
// a database up to date under an advisory lock, one transaction a file; [Check] tells whether a
// database is as new as this program. Nothing else creates tables, except mautrix, which keeps
// its encryption state in tables of its own (crypto_*, mx_*).
package migrations

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/tern/v2/migrate"
)

//go:embed *.sql
var files embed.FS

// versionTable is where tern keeps the number of the last migration that was applied.
const versionTable = "public.schema_version"

// ErrOutdated is returned by [Check] when the database is older or newer than this program.
var ErrOutdated = errors.New("database schema does not fit this program")

// Apply runs every migration that the database has not seen and returns the version before and
// after. Several processes may call it at once; one of them does the work.
func Apply(ctx context.Context, conn *pgx.Conn) (from, to int32, err error) {
	m, err := newMigrator(ctx, conn)
	if err != nil {
		return 0, 0, err
	}
	from, err = m.GetCurrentVersion(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("read schema version: %w", err)
	}
	if err := m.Migrate(ctx); err != nil {
		return from, from, fmt.Errorf("migrate from version %d: %w", from, err)
	}
	return from, int32(len(m.Migrations)), nil //nolint:gosec // a few dozen files
}

// Check returns nil when the database has just the migrations of this program, and an error that
// wraps [ErrOutdated] and names both versions when it has fewer or more.
func Check(ctx context.Context, conn *pgx.Conn) error {
	m, err := newMigrator(ctx, conn)
	if err != nil {
		return err
	}
	have, err := m.GetCurrentVersion(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if want := len(m.Migrations); int(have) != want {
		return fmt.Errorf("%w: it has version %d, this program needs %d", ErrOutdated, have, want)
	}
	return nil
}

// Files returns the migrations, for what depends on their content.
func Files() fs.FS { return files }

func newMigrator(ctx context.Context, conn *pgx.Conn) (*migrate.Migrator, error) {
	m, err := migrate.NewMigrator(ctx, conn, versionTable)
	if err != nil {
		return nil, fmt.Errorf("prepare migrations: %w", err)
	}
	if err := m.LoadMigrations(files); err != nil {
		return nil, fmt.Errorf("load migrations: %w", err)
	}
	return m, nil
}
