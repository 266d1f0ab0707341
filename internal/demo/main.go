// Command demo shows Lotse at work on a fresh machine: it starts a homeserver, a database and the
// bot, lets anna ask in an encrypted chat, shows what is said, and then hands anna over to whoever
// sits at the terminal.
//
//	house   servers in a temporary folder            internal/house
//	stage   the program, its knowledge, accounts and rooms      stage.go
//	play    the scenes, each with the office that must be named scenes.go
//	watch   the transcript, as anna's client sees it            transcript.go
//	prompt  what is typed is sent as anna                       prompt.go
//
// It exits with 0 when the scenes went as they should and standard input is closed.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	err := run(ctx, os.Stdin, os.Stdout)
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case err != nil && !interrupted:
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	case interrupted:
		fmt.Fprintln(os.Stderr, "demo: stopped")
		os.Exit(130)
	}
}

// run sets the stage, plays, and prompts until the input ends. Everything is stopped when it returns.
func run(ctx context.Context, in io.Reader, out io.Writer) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	s, err := setUp(ctx, out)
	defer func() {
		cancel(nil)
		err = errors.Join(err, s.tearDown())
	}()
	if err != nil {
		return err
	}
	go func() { // a server that dies ends the demo
		select {
		case err := <-s.house.Failed(ctx):
			cancel(err)
		case <-ctx.Done():
		}
	}()
	if err := play(ctx, s); err != nil {
		return errors.Join(err, context.Cause(ctx))
	}
	s.printAddresses()
	err = prompt(ctx, s, in)
	return errors.Join(err, context.Cause(ctx))
}
