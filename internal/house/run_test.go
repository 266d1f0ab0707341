package house_test

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// houseProgram builds the command and returns its path.
func houseProgram(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "house")
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "goolm", "-o", program, "./cmd")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return program
}

// house is a running `house run -- sh -c script`. The script prints a line when it is ready.
type house struct {
	cmd    *exec.Cmd
	folder string // of its servers
	lines  *bufio.Scanner
}

// startHouse starts a house without the servers of this test run. With homeserver it uses that one
// and only starts PostgreSQL, which is faster.
func startHouse(t *testing.T, program, script string, own bool) *house {
	t.Helper()
	cmd := exec.Command(program, "run", "--", "sh", "-c", `echo "$HOUSE_FOLDER"; `+script) //nolint:noctx // how it ends is what is tested
	cmd.Dir = filepath.Join("..", "..")
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "LOTSE_") && !strings.HasPrefix(variable, "HOUSE_FOLDER=") {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	if !own {
		cmd.Env = append(cmd.Env, "LOTSE_HOMESERVER_URL="+os.Getenv("LOTSE_TEST_HOMESERVER_URL"),
			"LOTSE_REGISTRATION_SECRET="+os.Getenv("LOTSE_TEST_REGISTRATION_SECRET"))
	}
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	h := &house{cmd: cmd, lines: bufio.NewScanner(out)}
	if h.folder = h.line(); h.folder == "" {
		t.Fatalf("the command did not run: %v", cmd.Wait())
	}
	return h
}

// line returns the next line that the command printed.
func (h *house) line() string {
	h.lines.Scan()
	return h.lines.Text()
}

// exit waits for the house and returns its exit code.
func (h *house) exit(t *testing.T) int {
	t.Helper()
	var failed *exec.ExitError
	if err := h.cmd.Wait(); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return h.cmd.ProcessState.ExitCode()
}

// living lists the processes whose working folder is below the folder: its servers.
func living(folder string) []string {
	var alive []string
	links, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && strings.HasPrefix(target, folder) {
			alive = append(alive, link)
		}
	}
	return alive
}

// await fails the test when a condition isn't met within 20 s.
func await(t *testing.T, what string, met func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !met(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after 20 s: not %s", what)
		}
	}
}

func TestRunStopsEverything(t *testing.T) {
	t.Parallel()
	program := houseProgram(t)
	gone := func(t *testing.T, h *house) {
		t.Helper()
		await(t, "all servers gone", func() bool { return len(living(h.folder)) == 0 })
	}
	t.Run("after a command that fails, with its exit code", func(t *testing.T) {
		t.Parallel()
		h := startHouse(t, program, "exit 7", false)
		if code := h.exit(t); code != 7 {
			t.Errorf("exit code = %d, want that of the command, 7", code)
		}
		gone(t, h)
		if _, err := os.Stat(h.folder); !os.IsNotExist(err) {
			t.Errorf("folder %s is still there: %v", h.folder, err)
		}
	})
	t.Run("that a command left running", func(t *testing.T) {
		t.Parallel()
		h := startHouse(t, program, `setsid sh -c 'trap "" TERM; while :; do sleep 1; done' >/dev/null 2>&1 & echo $!`, false)
		left := h.line()
		if code := h.exit(t); code != 0 {
			t.Errorf("exit code = %d, want 0", code)
		}
		gone(t, h)
		if _, err := os.Stat("/proc/" + left); !os.IsNotExist(err) {
			t.Errorf("process %s of the command is still there", left)
		}
	})
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run("after "+sig.String(), func(t *testing.T) {
			t.Parallel()
			h := startHouse(t, program, "exec sleep 600", false)
			if err := h.cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			if code, want := h.exit(t), 128+int(sig); code != want {
				t.Errorf("exit code = %d, want %d", code, want)
			}
			gone(t, h)
		})
	}
	t.Run("after it was killed itself", func(t *testing.T) {
		t.Parallel()
		h := startHouse(t, program, "echo $$; exec sleep 600", true)
		command := h.line()
		if len(living(h.folder)) < 2 {
			t.Fatalf("PostgreSQL and Synapse don't live in %s", h.folder)
		}
		if err := h.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		gone(t, h)
		await(t, "the command gone", func() bool {
			_, err := os.Stat("/proc/" + command)
			return os.IsNotExist(err)
		})
	})
	t.Run("when a server dies", func(t *testing.T) {
		t.Parallel()
		h := startHouse(t, program, `kill -9 $(head -1 "$HOUSE_FOLDER/pg/data/postmaster.pid"); exec sleep 600`, false)
		if code := h.exit(t); code != 1 {
			t.Errorf("exit code = %d, want 1: the command cannot go on", code)
		}
		gone(t, h)
	})
}
