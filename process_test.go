package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"lotse/internal/matrixclient"
	"lotse/internal/pgtest"
	"lotse/internal/synapse"
)

// patience is how long the tests of whole processes wait for one thing to happen.
const patience = 90 * time.Second

// TestProcesses runs the program as a process of its own, on a real homeserver and a database with
// the sample knowledge, which is imported once.
func TestProcesses(t *testing.T) {
	t.Parallel()
	database := sampleDatabase(t)
	//nolint:paralleltest // each makes itself parallel
	for name, test := range map[string]func(t *testing.T, database string){
		"it dies after":                    itDiesAfter,
		"another takes over":               takeOver,
		"random kills":                     randomKills,
		"random kills without reconciling": killsWithoutReconciling,
		"scenes":                           scenes,
		"matrix-js-sdk":                    elementUser,
		"bots":                             bots,
	} {
		t.Run(name, func(t *testing.T) { test(t, database) })
	}
}

// built is the program, made once for all tests of a run.
var built struct {
	once    sync.Once
	program string
	err     error
}

// TestMain removes what [program] made.
func TestMain(m *testing.M) {
	code := m.Run()
	if built.program != "" {
		_ = os.RemoveAll(filepath.Dir(built.program))
	}
	os.Exit(code)
}

// world is what one test of processes has for itself: a database with knowledge, an account for the
// bot, and the environment of the program.
type world struct {
	t       testing.TB
	server  *synapse.Server
	program string
	bot     synapse.Account
	environ []string
}

// newWorld makes one. The variables are added to the environment, and the later ones win.
func newWorld(tb testing.TB, database string, variables ...string) *world {
	tb.Helper()
	server := synapse.New(tb)
	account := server.Register("lotse")
	w := &world{t: tb, server: server, program: buildProgram(tb), bot: account}
	w.environ = append(os.Environ(),
		"LOTSE_DATABASE_URL="+database,
		"LOTSE_HOMESERVER_URL="+server.URL,
		"LOTSE_USER_ID="+string(account.User),
		"LOTSE_PASSWORD="+account.Password,
		"LOTSE_PICKLE_KEY=for the tests of processes",
		"LOTSE_LISTEN=127.0.0.1:0",
		"LOTSE_LOG_LEVEL=debug",
		"LOTSE_LOG_FORMAT=text",
	)
	w.environ = append(w.environ, variables...)
	return w
}

// buildProgram builds the program as it is shipped.
func buildProgram(tb testing.TB) string {
	tb.Helper()
	built.once.Do(func() {
		dir, err := os.MkdirTemp("", "lotse-test-") //nolint:usetesting // it outlives the test
		if err != nil {
			built.err = err
			return
		}
		built.program = filepath.Join(dir, "lotse")
		cmd := exec.CommandContext(tb.Context(), "go", "build", "-tags", "goolm", "-o", built.program, ".")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("build: %w\n%s", err, out)
		}
	})
	if built.err != nil {
		tb.Fatal(built.err)
	}
	return built.program
}

// sampleDatabase returns a database with the sample knowledge.
func sampleDatabase(tb testing.TB) string {
	tb.Helper()
	database := pgtest.URL(tb)
	cmd := exec.CommandContext(tb.Context(), buildProgram(tb), "import", "knowledge/lippe")
	cmd.Env = append(os.Environ(), "LOTSE_DATABASE_URL="+database)
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("import: %v\n%s", err, out)
	}
	return database
}

// process is a running `lotse serve`.
type process struct {
	cmd  *exec.Cmd
	log  string // file
	done chan struct{}
	err  error // after done
}

// serve starts the bot. It is killed when the test ends, if it still runs then.
func (w *world) serve(variables ...string) *process {
	w.t.Helper()
	file, err := os.CreateTemp(w.t.TempDir(), "serve-*.log")
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.Command(w.program, "serve") //nolint:noctx // the clean-up kills it
	cmd.Env = slices.Concat(w.environ, variables)
	cmd.Stdout, cmd.Stderr = file, file
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	p := &process{cmd: cmd, log: file.Name(), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		p.err = cmd.Wait()
		_ = file.Close()
	}()
	w.t.Cleanup(func() {
		p.kill()
		if w.t.Failed() {
			w.t.Logf("log of a process (%v):\n%s", p.err, p.tail())
		}
	})
	return p
}

// kill ends the process as a power failure does, and waits for its end.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// stop ends the process as an operator does, and waits for its end.
func (p *process) stop(tb testing.TB) {
	tb.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		tb.Fatalf("interrupt: %v", err)
	}
	select {
	case <-p.done:
	case <-time.After(patience):
		tb.Fatal("the process does not stop")
	}
	if p.err != nil {
		tb.Errorf("the process stopped with %v", p.err)
	}
}

// killsItself waits until the process dies of its failpoint.
func (p *process) killsItself(tb testing.TB) {
	tb.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		tb.Fatalf("the process did not come to the failpoint:\n%s", p.tail())
	}
	if exit := (&exec.ExitError{}); !errors.As(p.err, &exit) || exit.Exited() {
		tb.Fatalf("the process ended with %v instead of being killed:\n%s", p.err, p.tail())
	}
}

// over reports whether the process ended.
func (p *process) over() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// tail returns the end of the log.
func (p *process) tail() string {
	content, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(string(content), "\n")
	return strings.Join(lines[max(0, len(lines)-60):], "\n")
}

// person opens an encrypted client for a new account.
func (w *world) person(name string) *matrixclient.Client {
	w.t.Helper()
	a := w.server.Register(name)
	c, err := matrixclient.Open(w.t.Context(), matrixclient.Options{URL: w.server.URL, User: a.User, Password: a.Password})
	if err != nil {
		w.t.Fatalf("open the client of %s: %v", name, err)
	}
	w.t.Cleanup(c.Close)
	return c
}

// room makes a room with the bot and others in it, and waits until all are there.
func (w *world) room(owner *matrixclient.Client, r matrixclient.Room, others ...*matrixclient.Client) id.RoomID {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	r.Invite = append(r.Invite, w.bot.User)
	for _, o := range others {
		r.Invite = append(r.Invite, o.User())
	}
	room, err := owner.Create(ctx, r)
	if err != nil {
		w.t.Fatalf("create a room: %v", err)
	}
	for _, o := range others {
		if err := o.Join(ctx, room); err != nil {
			w.t.Fatalf("join: %v", err)
		}
	}
	if err := owner.Joined(ctx, room, w.bot.User); err != nil {
		w.t.Fatalf("the bot did not come: %v", err)
	}
	return room
}

// must fails the test on an error, and returns the value.
func must[T any](tb testing.TB) func(v T, err error) T {
	tb.Helper()
	return func(v T, err error) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}
