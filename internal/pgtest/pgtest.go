// Package pgtest gives each test a PostgreSQL database of its own with Lotse's schema.
//
// The server is named by LOTSE_TEST_DATABASE_URL, the address of a user who may create databases and
// the extension vector; `make test` and `make -s env` set it. A test without it fails: a suite that
// skips its databases is green and untested. The schema is applied once per version of the
// migrations, to a template that the databases are copied from.
package pgtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"lotse/migrations"
)

// timeout bounds what is done around a test.
const timeout = 2 * time.Minute

// maxConns keeps many parallel tests below the server's limit.
const maxConns = 8

// New returns a pool on a fresh database with the current schema. The database is dropped when the
// test ends; connections that are still in use then are cut.
func New(tb testing.TB) *pgxpool.Pool {
	tb.Helper()
	config, err := pgxpool.ParseConfig(URL(tb))
	if err != nil {
		tb.Fatalf("parse address of the database: %v", err)
	}
	config.MaxConns = maxConns
	pool, err := pgxpool.NewWithConfig(tb.Context(), config)
	if err != nil {
		tb.Fatalf("connect to the database: %v", err)
	}
	tb.Cleanup(func() { // the pool's own Close would wait for connections that a test leaked
		go pool.Close()
	})
	return pool
}

// URL returns the address of a fresh database with the current schema, for tests that run a
// program. The database is dropped when the test ends.
func URL(tb testing.TB) string {
	tb.Helper()
	return copyOf(tb, template)
}

// EmptyURL returns the address of a fresh database without any schema, for tests of the migrations.
func EmptyURL(tb testing.TB) string {
	tb.Helper()
	return copyOf(tb, func(context.Context, *pgx.Conn) (string, error) { return "template0", nil })
}

// Copy returns the address of a fresh copy of a database of the same server, for tests that share what
// takes long to fill. Nobody may be connected to the original meanwhile.
func Copy(tb testing.TB, address string) string {
	tb.Helper()
	config, err := pgx.ParseConfig(address)
	if err != nil {
		tb.Fatalf("parse address of the database: %v", err)
	}
	return copyOf(tb, func(context.Context, *pgx.Conn) (string, error) { return config.Database, nil })
}

// copyOf makes a database from a template and arranges for its end.
func copyOf(tb testing.TB, template func(context.Context, *pgx.Conn) (string, error)) string {
	tb.Helper()
	admin := os.Getenv("LOTSE_TEST_DATABASE_URL")
	if admin == "" {
		tb.Fatal("LOTSE_TEST_DATABASE_URL is not set: run `make test`, or `make up` and `eval \"$(make -s env)\"`")
	}
	name := "lotse_test_" + strings.ToLower(rand.Text())
	err := withAdmin(tb.Context(), admin, func(ctx context.Context, conn *pgx.Conn) error {
		from, err := template(ctx, conn)
		if err != nil {
			return err
		}
		return createFrom(ctx, conn, name, from)
	})
	if err != nil {
		tb.Fatalf("make a database: %v", err)
	}
	tb.Cleanup(func() {
		err := withAdmin(context.Background(), admin, func(ctx context.Context, conn *pgx.Conn) error {
			_, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
			return err
		})
		if err != nil {
			tb.Errorf("drop the database: %v", err)
		}
	})
	return withDatabase(tb, admin, name)
}

func createFrom(ctx context.Context, conn *pgx.Conn, name, template string) error {
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		return fmt.Errorf("create database from %s: %w", template, err)
	}
	return nil
}

// templateLock keeps two processes from making the template at once.
const templateLock = 7316401

// template returns the name of a database with the current schema and makes it if need be. A
// template that has its name is complete: it is renamed at the end.
func template(ctx context.Context, conn *pgx.Conn) (string, error) {
	hash, err := schemaHash()
	if err != nil {
		return "", err
	}
	name := "lotse_template_" + hash
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", templateLock); err != nil {
		return "", fmt.Errorf("lock the template: %w", err)
	}
	defer conn.Exec(ctx, "SELECT pg_advisory_unlock($1)", templateLock) //nolint:errcheck // ends with the connection
	var exists bool
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&exists)
	if err != nil || exists {
		return name, err
	}
	unfinished := name + "_new"
	if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+unfinished+" WITH (FORCE)"); err != nil {
		return "", fmt.Errorf("drop half a template: %w", err)
	}
	if err := createFrom(ctx, conn, unfinished, "template0"); err != nil {
		return "", err
	}
	if err := migrate(ctx, conn, unfinished); err != nil {
		return "", err
	}
	if _, err := conn.Exec(ctx, "ALTER DATABASE "+unfinished+" RENAME TO "+name); err != nil {
		return "", fmt.Errorf("name the template: %w", err)
	}
	return name, nil
}

// migrate applies the migrations to another database of the server that admin is connected to.
func migrate(ctx context.Context, admin *pgx.Conn, name string) error {
	config := admin.Config().Copy()
	config.Database = name
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect to the template: %w", err)
	}
	defer conn.Close(ctx) //nolint:errcheck // nothing depends on it
	if _, err := conn.Exec(ctx, "CREATE EXTENSION IF NOT EXISTS vector"); err != nil {
		return fmt.Errorf("create extension vector: %w", err)
	}
	if _, _, err := migrations.Apply(ctx, conn); err != nil {
		return fmt.Errorf("apply migrations: %w", err)
	}
	return conn.Close(ctx) // before it is renamed and copied: both want it unused
}

// schemaHash names the migrations by their content.
func schemaHash() (string, error) {
	sum := sha256.New()
	files := migrations.Files()
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return "", fmt.Errorf("list migrations: %w", err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return "", fmt.Errorf("read migration: %w", err)
		}
		_, _ = fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text) // a hash never fails
	}
	return hex.EncodeToString(sum.Sum(nil)[:6]), nil
}

func withAdmin(ctx context.Context, admin string, do func(context.Context, *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return fmt.Errorf("connect to LOTSE_TEST_DATABASE_URL: %w", err)
	}
	defer conn.Close(ctx) //nolint:errcheck // nothing depends on it
	return do(ctx, conn)
}

func withDatabase(tb testing.TB, admin, name string) string {
	tb.Helper()
	address, err := url.Parse(admin)
	if err != nil {
		tb.Fatalf("parse LOTSE_TEST_DATABASE_URL: %v", err)
	}
	address.Path = "/" + name
	return address.String()
}
