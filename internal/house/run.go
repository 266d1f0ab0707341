package house

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

// Run starts a house, runs a command with its variables in the environment, stops the house and
// whatever the command has left running, and returns the exit code of the command. Signals that
// arrive meanwhile are passed on; a command that ignores one for ten seconds is killed.
//
// With serve the command also gets a database and an account for the bot ([House.ServeVariables]).
func Run(ctx context.Context, o Options, serve bool, signals <-chan os.Signal, command []string) (code int, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	adoptOrphans()
	began := time.Now()
	h, err := startOrSignal(ctx, cancel, o, signals)
	if err != nil {
		return 1, err
	}
	say(o.Progress, "servers are up after %.1f s", time.Since(began).Seconds())
	defer func() {
		began := time.Now()
		err = errors.Join(err, h.Stop())
		say(o.Progress, "servers stopped in %.1f s", time.Since(began).Seconds())
	}()
	variables := h.Variables()
	if serve {
		if variables, err = h.ServeVariables(ctx); err != nil {
			return 1, err
		}
	}
	cmd := exec.Command(command[0], command[1:]...) //nolint:noctx // running it is the purpose; it is ended below
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), assignments(variables)...)
	child, err := h.launcher.start(command[0], cmd, "", syscall.SIGTERM)
	if err != nil {
		return 127, err
	}
	all := family{own: append(slices.Clone(h.servers), child)}
	go all.keepReaping(ctx)
	defer all.end(ctx)
	return h.attend(ctx, child, signals)
}

// startOrSignal starts a house; a signal ends the attempt.
func startOrSignal(ctx context.Context, cancel context.CancelCauseFunc, o Options, signals <-chan os.Signal) (*House, error) {
	type result struct {
		house *House
		err   error
	}
	done := make(chan result, 1)
	go func() {
		h, err := Start(ctx, o)
		done <- result{h, err}
	}()
	select {
	case r := <-done:
		return r.house, r.err
	case sig := <-signals:
		cancel(fmt.Errorf("got signal: %s", sig))
		r := <-done
		if r.err == nil {
			return nil, errors.Join(context.Cause(ctx), r.house.Stop())
		}
		return nil, r.err
	}
}

// attend waits for the command, passes signals on, and gives up on it when a server dies.
func (h *House) attend(ctx context.Context, child *process, signals <-chan os.Signal) (int, error) {
	failed := h.failed(ctx)
	for {
		select {
		case <-child.done:
			return exitCode(child.err)
		case sig := <-signals:
			if s, ok := sig.(syscall.Signal); ok {
				child.stop = s
			}
			child.end(10 * time.Second)
			return 128 + int(child.stop), fmt.Errorf("stopped by signal: %s", sig)
		case server := <-failed:
			child.end(10 * time.Second)
			return 1, server.failure()
		}
	}
}

// exitCode turns how a command ended into the code that a shell would give.
func exitCode(err error) (int, error) {
	if err == nil {
		return 0, nil
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return 1, err
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return exit.ExitCode(), nil
}
