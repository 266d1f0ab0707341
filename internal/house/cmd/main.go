// Command house runs PostgreSQL and Synapse for tests and development: see package house.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"lotse/internal/house"
)

const usage = `usage: house up | down | env | run [--serve] [--node] [--] COMMAND [ARGUMENT...]

up     starts the servers in the background
env    prints how to reach them, as assignments for a shell
down   stops them
run    starts servers for a command and stops them after it; with --serve also
       a database and an account for lotse serve, with --node also a Node.js`

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "house:", err)
	}
	os.Exit(code)
}

func run(args []string) (code int, err error) {
	if len(args) == 0 {
		return 2, errors.New(usage)
	}
	root, err := os.Getwd()
	if err != nil {
		return 1, err
	}
	options := house.Options{Root: root, Progress: os.Stderr}
	options.FromEnvironment(os.Getenv)
	if args[0] == "run" {
		flags := flag.NewFlagSet("house run", flag.ContinueOnError)
		serve := flags.Bool("serve", false, "a database and an account for lotse serve, too")
		flags.BoolVar(&options.InstallNode, "node", false, "a Node.js, installed if need be, too")
		if err := flags.Parse(args[1:]); err != nil || flags.NArg() == 0 {
			return 2, errors.New(usage)
		}
		signals := make(chan os.Signal, 8)
		signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
		return house.Run(context.Background(), options, *serve, signals, flags.Args())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	switch args[0] {
	case "up":
		err = up(ctx, options)
	case "keep":
		err = house.Keep(ctx, options)
	case "env":
		err = house.Env(root, os.Stdout)
	case "down":
		err = house.Down(ctx, root, os.Stderr)
	default:
		return 2, errors.New(usage)
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}

func up(ctx context.Context, options house.Options) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return house.Up(ctx, options, self)
}
