package house

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// startTimeout bounds the start of the servers, without the installation.
const startTimeout = 2 * time.Minute

// Options say what a house has.
type Options struct {
	Root     string    // the checkout
	Python   string    // interpreter to install with; empty: the first fitting one
	Progress io.Writer // gets a line now and then

	RoomVersion string // of new rooms; empty: Synapse's default

	InstallNode bool   // tests need a Node.js
	Node        string // the program to use instead of installing one

	// Servers to use instead of starting some. The database's user must be allowed to create databases.
	DatabaseURL        string
	HomeserverURL      string
	RegistrationSecret string // of that homeserver
}

// FromEnvironment fills in what variables name: LOTSE_TEST_DATABASE_URL or LOTSE_DATABASE_URL,
// likewise HOMESERVER_URL and REGISTRATION_SECRET, LOTSE_TEST_NODE, HOUSE_PYTHON and HOUSE_ROOM_VERSION.
// Variables that came from a house which is gone are ignored, as are those of a shell that was used for one.
func (o *Options) FromEnvironment(env func(string) string) {
	o.Python = env("HOUSE_PYTHON")
	o.RoomVersion = env("HOUSE_ROOM_VERSION")
	if gone := env(houseVariable); gone != "" {
		if _, err := os.Stat(gone); err != nil {
			return
		}
	}
	first := func(name string) string {
		if value := env("LOTSE_TEST_" + name); value != "" {
			return value
		}
		return env("LOTSE_" + name)
	}
	o.Node = env(nodeVariable)
	o.DatabaseURL = first("DATABASE_URL")
	o.HomeserverURL = first("HOMESERVER_URL")
	o.RegistrationSecret = first("REGISTRATION_SECRET")
}

// houseVariable names the folder of the house that printed the other variables.
const houseVariable = "HOUSE_FOLDER"

// House is what was started.
type House struct {
	DatabaseURL        string // of an administrator, who may create databases
	HomeserverURL      string
	RegistrationSecret string

	node          string // program for tests; may be empty
	folder        *folder
	launcher      *launcher
	ownHomeserver bool
	postgres      string // installation of the PostgreSQL that was started
	mu            sync.Mutex
	servers       []*process // and launched programs
}

// Start starts a PostgreSQL and a Synapse, except those that the options name, and returns when
// both answer. [House.Stop] must be called, also if the process is about to exit.
func Start(ctx context.Context, o Options) (*House, error) {
	if o.HomeserverURL != "" && o.RegistrationSecret == "" {
		return nil, errors.New("LOTSE_HOMESERVER_URL is set, but LOTSE_REGISTRATION_SECRET is not: accounts are needed there")
	}
	h := &House{
		DatabaseURL: o.DatabaseURL, HomeserverURL: o.HomeserverURL, RegistrationSecret: o.RegistrationSecret,
		node: o.Node, launcher: newLauncher(), ownHomeserver: o.HomeserverURL == "",
	}
	if err := h.start(ctx, o); err != nil {
		return nil, errors.Join(err, h.Stop())
	}
	return h, nil
}

func (h *House) start(ctx context.Context, o Options) error {
	var venv Venv
	if o.DatabaseURL == "" || o.HomeserverURL == "" {
		var err error
		if venv, err = Install(ctx, o.Root, o.Python, o.Progress); err != nil {
			return err
		}
	}
	var err error
	if o.InstallNode && h.node == "" {
		if h.node, err = InstallNode(ctx, o.Root, o.Python, o.Progress); err != nil {
			return err
		}
	}
	if h.folder, err = newFolder(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if o.DatabaseURL != "" {
			return h.usePostgres(ctx)
		}
		install, err := venv.Postgres()
		if err != nil {
			return err
		}
		h.postgres = install
		server, address, err := startPostgres(ctx, h.launcher, install, filepath.Join(h.folder.path, "pg"))
		h.own(server)
		h.DatabaseURL = address
		return err
	})
	group.Go(func() error {
		if o.HomeserverURL != "" {
			return h.useHomeserver(ctx)
		}
		h.RegistrationSecret = random()
		server, address, err := startSynapse(ctx, h.launcher, venv.Python, filepath.Join(h.folder.path, "hs"),
			synapseOptions{secret: h.RegistrationSecret, roomVersion: o.RoomVersion})
		h.own(server)
		h.HomeserverURL = address
		return err
	})
	return group.Wait()
}

func (h *House) own(server *process) {
	if server != nil {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.servers = append(h.servers, server)
	}
}

func (h *House) usePostgres(ctx context.Context) error {
	if err := pingPostgres(ctx, h.DatabaseURL); err != nil {
		return fmt.Errorf("use the database named by LOTSE_DATABASE_URL: %w", err)
	}
	return nil
}

func (h *House) useHomeserver(ctx context.Context) error {
	if err := pingHomeserver(ctx, h.HomeserverURL); err != nil {
		return fmt.Errorf("use the homeserver named by LOTSE_HOMESERVER_URL: %w", err)
	}
	return nil
}

// CreateDatabase makes an empty database and returns its address.
func (h *House) CreateDatabase(ctx context.Context, name string) (string, error) {
	return createDatabase(ctx, h.DatabaseURL, name)
}

// Variables are what tests need to find the servers.
func (h *House) Variables() map[string]string {
	variables := map[string]string{
		houseVariable:                    h.folder.path,
		"LOTSE_TEST_DATABASE_URL":        h.DatabaseURL,
		"LOTSE_TEST_HOMESERVER_URL":      h.HomeserverURL,
		"LOTSE_TEST_REGISTRATION_SECRET": h.RegistrationSecret,
	}
	if h.node != "" {
		variables[nodeVariable] = h.node
	}
	return variables
}

// Launch starts a program that is stopped before the servers, with a log beside theirs.
func (h *House) Launch(name string, cmd *exec.Cmd) error {
	p, err := h.launcher.start(name, cmd, h.Log(name), syscall.SIGTERM)
	if err == nil {
		h.own(p)
	}
	return err
}

// Log is the file with the output of a program that was launched.
func (h *House) Log(name string) string { return filepath.Join(h.folder.path, name+".log") }

// Failed returns a channel that gets an error when a server or a launched program ends by itself.
func (h *House) Failed(ctx context.Context) <-chan error {
	failed := make(chan error, 1)
	go func() {
		select {
		case p := <-h.failed(ctx):
			failed <- p.failure()
		case <-ctx.Done():
		}
	}()
	return failed
}

// Stop stops what was started, the last first, and removes its folder. It may be called twice.
func (h *House) Stop() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, server := range slices.Backward(h.servers) {
		server.end(15 * time.Second)
	}
	h.servers = nil
	h.launcher.close()
	if h.folder == nil {
		return nil
	}
	defer func() { h.folder = nil }()
	return h.folder.remove()
}

// failed returns a channel that gets the first server which ends by itself.
func (h *House) failed(ctx context.Context) <-chan *process {
	h.mu.Lock()
	defer h.mu.Unlock()
	failed := make(chan *process, len(h.servers))
	for _, server := range h.servers {
		go func() {
			select {
			case <-server.done:
				failed <- server
			case <-ctx.Done():
			}
		}()
	}
	return failed
}

// assignments are variables as NAME=value, sorted.
func assignments(variables map[string]string) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		list = append(list, name+"="+variables[name])
	}
	return list
}
