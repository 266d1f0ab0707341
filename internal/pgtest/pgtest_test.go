package pgtest_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"lotse/internal/pgtest"
	"lotse/migrations"
)

func TestDatabasesAreSeparateAndMigrated(t *testing.T) {
	t.Parallel()
	a, b := pgtest.New(t), pgtest.New(t)
	conn, err := a.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if err := migrations.Check(t.Context(), conn.Conn()); err != nil {
		t.Errorf("Check of a fresh database: %v", err)
	}
	if _, err := conn.Exec(t.Context(), "CREATE TABLE only_here (v vector(2))"); err != nil {
		t.Fatal(err)
	}
	var there bool
	if err := b.QueryRow(t.Context(), "SELECT to_regclass('only_here') IS NOT NULL").Scan(&there); err != nil {
		t.Fatal(err)
	}
	if there {
		t.Error("a table of one test is seen by another")
	}
}

func TestDatabaseIsDroppedThoughAConnectionIsLeaked(t *testing.T) {
	t.Parallel()
	var name string
	t.Run("leaks", func(t *testing.T) {
		conn, err := pgtest.New(t).Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		name = conn.Conn().Config().Database
	})
	var exists bool
	err := pgtest.New(t).QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&exists)
	if err != nil {
		t.Fatal(err)
	}
	if exists {
		t.Errorf("database %s is still there", name)
	}
}

func TestEmptyDatabaseTakesTheMigrations(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), pgtest.EmptyURL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context()) //nolint:errcheck // the database goes anyway
	if from, to, err := migrations.Apply(t.Context(), conn); err != nil || from != 0 || to == 0 {
		t.Errorf("Apply to an empty database = %d, %d, %v; want 0, the newest, nil", from, to, err)
	}
}
