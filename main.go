// Lotse is a Matrix bot that tells people who help newcomers in a German county which office
// handles a matter.
//
// This package wires: it reads flags and the environment, opens the database and the homeserver,
// gives the handlers to the router, and runs. What Lotse does is in bot (how messages flow),
// knowledge (how an office is found) and handlers (what is said).
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// cli are the subcommands. Each has a method Run in a file of its own.
type cli struct {
	Serve   serveCmd   `cmd:"" help:"Run the bot."`
	Migrate migrateCmd `cmd:"" help:"Bring the database schema up to date."`
	Import  importCmd  `cmd:"" help:"Read a folder with knowledge into the database: all of it or nothing."`
	Export  exportCmd  `cmd:"" help:"Write the knowledge in the database into a folder."`
	Ask     askCmd     `cmd:"" help:"Ask in the terminal, without Matrix."`
	Eval    evalCmd    `cmd:"" help:"Run question files against the knowledge in the database and print the figures."`
	Doctor  doctorCmd  `cmd:"" help:"Check database, homeserver, device, clock and knowledge; say what to do."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// program is what a subcommand works with.
type program struct {
	ctx    context.Context //nolint:containedctx // kong calls Run without one
	cfg    Config
	stdout io.Writer
	stderr io.Writer
}

// errBad ends the program with exit code 1; what is wrong was printed already.
var errBad = errors.New("failed")

// run is the program without its process: it returns the exit code, 2 for wrong usage or configuration.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	exited := -1
	parser, err := kong.New(&cli{},
		kong.Name("lotse"), kong.Description("A Matrix bot that knows which office handles what. It is configured by LOTSE_… variables: docs/operations.md."),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { exited = code }), kong.UsageOnError())
	if err != nil {
		fmt.Fprintln(stderr, "lotse:", err)
		return 2
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		fmt.Fprintln(stderr, "lotse:", err)
		return 2
	}
	cfg, err := loadConfig(environ)
	if err != nil {
		fmt.Fprintf(stderr, "lotse: the configuration has mistakes:\n%v\n", err)
		return 2
	}
	err = command.Run(&program{ctx: ctx, cfg: cfg, stdout: stdout, stderr: stderr})
	var usage *usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "lotse: the configuration has mistakes:\n%v\n", usage.err)
		return 2
	case errors.Is(err, errBad):
		return 1
	default:
		fmt.Fprintln(stderr, "lotse:", err)
		return 1
	}
}

// usageError is a mistake in the configuration, found by the command that needs it.
type usageError struct{ err error }

// Error lists the mistakes, a line each.
func (e *usageError) Error() string { return e.err.Error() }

// versionCmd prints the version.
type versionCmd struct{}

// Run prints the version of the program and of Go.
func (versionCmd) Run(p *program) error {
	_, err := fmt.Fprintln(p.stdout, versionLine())
	return err
}
