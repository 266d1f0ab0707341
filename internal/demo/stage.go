package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"maunium.net/go/mautrix/id"

	"lotse/internal/house"
	"lotse/internal/matrixclient"
)

// people are the accounts beside the bot's.
func people() []string { return []string{"anna", "bob", "carla", "dora", "emil", "fatma"} }

// program is where the bot is built, relative to the checkout; the sample knowledge is beside the code.
const (
	program   = ".env.d/bin/lotse"
	knowledge = "knowledge/lippe"
)

// stage is everything that the scenes need.
type stage struct {
	out       io.Writer
	house     *house.House
	bot       id.UserID
	variables []string // of the bot
	password  string   // of all people
	people    map[string]*matrixclient.Client
	chat      id.RoomID // anna's direct chat with the bot
	rooms     map[id.RoomID]string
	watching  sync.WaitGroup
	printed   atomic.Int64 // events of the transcript
}

// setUp starts everything. The stage it returns must be torn down even if there is an error.
func setUp(ctx context.Context, out io.Writer) (*stage, error) {
	s := &stage{out: out, people: map[string]*matrixclient.Client{}, rooms: map[id.RoomID]string{}}
	began := time.Now()
	err := s.steps(ctx,
		step{"PostgreSQL, Synapse, and the program built", s.startServers},
		step{"knowledge of Kreis Lippe; people and rooms", s.fill},
		step{"Lotse started, and invited into the rooms", s.startBot},
		step{"anna's encrypted chat with Lotse", s.openChat},
	)
	if err == nil {
		s.printf("    %-44s %5.1f s\n\n", "ready", time.Since(began).Seconds())
	}
	return s, err
}

type step struct {
	what string
	do   func(context.Context) error
}

// steps does one after the other and prints what took how long.
func (s *stage) steps(ctx context.Context, steps ...step) error {
	for i, step := range steps {
		began := time.Now()
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
		s.printf("%d/%d %-44s %5.1f s\n", i+1, len(steps), step.what, time.Since(began).Seconds())
	}
	return nil
}

// fill makes what is in the servers: they don't wait for each other.
func (s *stage) fill(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.importKnowledge(ctx) })
	group.Go(func() error { return s.invitePeople(ctx) })
	return group.Wait()
}

func (s *stage) printf(format string, args ...any) { _, _ = fmt.Fprintf(s.out, format, args...) }

// startServers starts the house and builds the program meanwhile.
func (s *stage) startServers(ctx context.Context) error {
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	options := house.Options{Root: root, Progress: os.Stderr}
	options.FromEnvironment(os.Getenv)
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error {
		var err error
		s.house, err = house.Start(groupCtx, options)
		return err
	})
	group.Go(func() error {
		build := exec.CommandContext(groupCtx, "go", "build", "-tags", "goolm", "-o", program, ".")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build the program: %w\n%s", err, out)
		}
		return nil
	})
	return group.Wait()
}

// importKnowledge makes the bot's account and database, and fills the latter.
func (s *stage) importKnowledge(ctx context.Context) error {
	variables, err := s.house.ServeVariables(ctx)
	if err != nil {
		return err
	}
	s.bot = id.UserID(variables["LOTSE_USER_ID"])
	s.variables = cleanEnvironment()
	for name, value := range variables {
		if !strings.HasPrefix(name, "LOTSE_TEST_") {
			s.variables = append(s.variables, name+"="+value)
		}
	}
	kept, err := keptName()
	if err != nil {
		return err
	}
	if err := s.house.Restore(ctx, variables["LOTSE_DATABASE_URL"], kept); err == nil {
		return nil
	}
	for _, args := range [][]string{{"migrate"}, {"import", knowledge}} {
		cmd := exec.CommandContext(ctx, filepath.FromSlash(program), args...)
		cmd.Env = s.variables
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("lotse %s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	// Without it only the next start is slower.
	_ = os.RemoveAll(filepath.Dir(kept))
	_ = s.house.Dump(ctx, variables["LOTSE_DATABASE_URL"], kept)
	return nil
}

// keptName is the file that keeps what `lotse import` made for the next start. It is named by the
// program and the knowledge, so that a change of either imports anew.
func keptName() (string, error) {
	sum := sha256.New()
	err := filepath.WalkDir(filepath.FromSlash(knowledge), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return addFile(sum, path)
	})
	if err := errors.Join(err, addFile(sum, filepath.FromSlash(program))); err != nil {
		return "", fmt.Errorf("read knowledge: %w", err)
	}
	return filepath.Join(filepath.Dir(filepath.Dir(filepath.FromSlash(program))), "demo", hex.EncodeToString(sum.Sum(nil)[:8])+".dump"), nil
}

func addFile(sum io.Writer, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	_, _ = fmt.Fprintf(sum, "%s\n", path)
	_, err = io.Copy(sum, file)
	return err
}

// cleanEnvironment is ours without variables for other bots and servers.
func cleanEnvironment() []string {
	var kept []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "LOTSE_") {
			kept = append(kept, variable)
		}
	}
	return kept
}

// startBot starts `lotse serve`, waits until it is ready and invites it into the rooms.
func (s *stage) startBot(ctx context.Context) error {
	listen, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	cmd := exec.Command(filepath.FromSlash(program), "serve") //nolint:noctx // the house stops it
	cmd.Env = append(slices.Clone(s.variables), "LOTSE_LISTEN="+listen, "LOTSE_ADMINISTRATORS="+s.people["carla"].User().String())
	for room, name := range s.rooms {
		if name == coordination {
			cmd.Env = append(cmd.Env, "LOTSE_COORDINATION_ROOM="+room.String())
		}
	}
	if err := s.house.Launch("lotse", cmd); err != nil {
		return err
	}
	if err := s.awaitReady(ctx, listen); err != nil {
		return err
	}
	for room, name := range s.rooms {
		owner := s.people[ownerOf(name)]
		if err := owner.Invite(ctx, room, s.bot); err != nil {
			return fmt.Errorf("invite Lotse to %s: %w", name, err)
		}
		if err := owner.Joined(ctx, room, s.bot); err != nil {
			return fmt.Errorf("wait for Lotse in %s: %w", name, err)
		}
	}
	return nil
}

// awaitReady waits until the bot says that it is ready.
func (s *stage) awaitReady(ctx context.Context, listen string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	failed := s.house.Failed(ctx)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ready(ctx, listen) {
		select {
		case err := <-failed:
			return err
		case <-ctx.Done():
			return fmt.Errorf("wait for /ready: %w", ctx.Err())
		case <-tick.C:
		}
	}
	return nil
}

func ready(ctx context.Context, listen string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+listen+"/ready", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func freeAddress(ctx context.Context) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return listener.Addr().String(), listener.Close()
}

// tearDown stops everything.
func (s *stage) tearDown() error {
	var all sync.WaitGroup
	for _, person := range s.people {
		all.Go(person.Close)
	}
	all.Wait()
	s.watching.Wait()
	if s.house == nil {
		return nil
	}
	if err := s.house.Stop(); err != nil {
		return errors.Join(errors.New("stop servers"), err)
	}
	return nil
}
