package house

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/synapseadmin"
)

// ErrDown is returned when no house is kept in the background.
var ErrDown = errors.New("no servers are running: start them with make up")

// background is the folder of a checkout where a kept house leaves its variables and log.
type background struct{ dir string }

func newBackground(root string) (background, error) {
	b := background{filepath.Join(root, envFolder, "up")}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return b, fmt.Errorf("make folder of the background: %w", err)
	}
	return b, nil
}

func (b background) path(name string) string { return filepath.Join(b.dir, name) }

// running reports whether a keeper lives: it holds the lock as long as it does.
func (b background) running() bool {
	unlock, ok := tryLock(b.path("lock"))
	if ok {
		unlock()
	}
	return !ok
}

// Up starts a house in the background unless one runs already, in a process of its own: self names
// the program, which is run with the argument "keep".
func Up(ctx context.Context, o Options, self string) error {
	b, err := newBackground(o.Root)
	if err != nil {
		return err
	}
	unlock, err := Lock(ctx, b.path("starting"))
	if err != nil {
		return err
	}
	defer unlock()
	if b.running() {
		say(o.Progress, "already running")
		return nil
	}
	began := time.Now()
	if o.DatabaseURL == "" || o.HomeserverURL == "" { // here, where its progress is seen
		if _, err := Install(ctx, o.Root, o.Python, o.Progress); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(b.path("variables")); err != nil {
		return fmt.Errorf("remove old variables: %w", err)
	}
	log, err := os.Create(b.path("log"))
	if err != nil {
		return fmt.Errorf("make log: %w", err)
	}
	defer log.Close()                    //nolint:errcheck // the keeper has its own handle
	keeper := exec.Command(self, "keep") //nolint:noctx // it is to outlive this process
	keeper.Dir = o.Root
	keeper.Stdout, keeper.Stderr = log, log
	keeper.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := keeper.Start(); err != nil {
		return fmt.Errorf("start keeper: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		_ = keeper.Wait()
		close(ended)
	}()
	if err := b.awaitVariables(ctx, ended); err != nil {
		_ = keeper.Process.Signal(syscall.SIGTERM)
		return err
	}
	say(o.Progress, "servers are up after %.1f s; make -s env prints how to reach them, make down stops them", time.Since(began).Seconds())
	return nil
}

func (b background) awaitVariables(ctx context.Context, ended <-chan struct{}) error {
	err := poll(ctx, func(context.Context) bool {
		_, err := os.Stat(b.path("variables"))
		select {
		case <-ended:
			return true
		default:
			return err == nil
		}
	})
	if err != nil {
		return fmt.Errorf("start servers: %w", err)
	}
	select {
	case <-ended:
		text, _ := os.ReadFile(b.path("log"))
		return fmt.Errorf("start servers: %s", bytes.TrimSpace(text))
	default:
		return nil
	}
}

// Keep is the process in the background: it starts a house with a database and an account for the
// bot, leaves the variables where [Env] finds them, and stops everything when ctx ends or a server dies.
func Keep(ctx context.Context, o Options) (err error) {
	b, err := newBackground(o.Root)
	if err != nil {
		return err
	}
	unlock, ok := tryLock(b.path("lock"))
	if !ok {
		return errors.New("another keeper is running")
	}
	defer unlock()
	if err := os.WriteFile(b.path("lock"), []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
		return fmt.Errorf("write process ID: %w", err)
	}
	defer os.Remove(b.path("variables")) //nolint:errcheck // an old file is removed at the next start
	h, err := Start(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Stop()) }()
	variables, err := h.ServeVariables(ctx)
	if err != nil {
		return err
	}
	text := strings.Join(assignments(variables), "\n") + "\n"
	if err := os.WriteFile(b.path("variables.new"), []byte(text), 0o600); err != nil {
		return fmt.Errorf("write variables: %w", err)
	}
	if err := os.Rename(b.path("variables.new"), b.path("variables")); err != nil {
		return fmt.Errorf("write variables: %w", err)
	}
	select {
	case <-ctx.Done():
		return nil
	case server := <-h.failed(ctx):
		return server.failure()
	}
}

// Owned reports whether the homeserver was started here, so that every name is free.
func (h *House) Owned() bool { return h.ownHomeserver }

// ServeVariables makes a database and an account for the bot and returns what `lotse serve` needs,
// together with [House.Variables].
func (h *House) ServeVariables(ctx context.Context) (map[string]string, error) {
	suffix := random()[:6]
	database, err := h.CreateDatabase(ctx, "lotse_"+suffix)
	if err != nil {
		return nil, err
	}
	name, password := "lotse", random()
	if !h.Owned() { // it may have the name already
		name += "-" + suffix
	}
	account, err := h.Register(ctx, name, password)
	if err != nil {
		return nil, err
	}
	variables := h.Variables()
	variables["LOTSE_DATABASE_URL"] = database
	variables["LOTSE_HOMESERVER_URL"] = h.HomeserverURL
	variables["LOTSE_USER_ID"] = account.UserID.String()
	variables["LOTSE_PASSWORD"] = password
	variables["LOTSE_PICKLE_KEY"] = random()
	variables["LOTSE_ALLOWED_SERVERS"] = account.UserID.Homeserver()
	return variables, nil
}

// Register makes an account on the homeserver and logs it in.
func (h *House) Register(ctx context.Context, name, password string) (*mautrix.RespRegister, error) {
	client, err := mautrix.NewClient(h.HomeserverURL, "", "")
	if err != nil {
		return nil, fmt.Errorf("make client: %w", err)
	}
	admin := &synapseadmin.Client{Client: client}
	account, err := admin.SharedSecretRegister(ctx, h.RegistrationSecret, synapseadmin.ReqSharedSecretRegister{Username: name, Password: password})
	if err != nil {
		return nil, fmt.Errorf("register account %s: %w", name, err)
	}
	return account, nil
}

// Env writes the variables of the house in the background as assignments for a shell, and where
// the Node.js for tests is if it has been installed.
func Env(root string, w io.Writer) error {
	b, err := newBackground(root)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(b.path("variables"))
	if err != nil || !b.running() {
		return ErrDown
	}
	if node, ok := installedNode(root); ok && !bytes.Contains(text, []byte(nodeVariable+"=")) {
		text = append(text, nodeVariable+"="+node+"\n"...)
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if _, err := fmt.Fprintf(w, "export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`)); err != nil {
			return fmt.Errorf("print variables: %w", err)
		}
	}
	return nil
}

// Down stops the house in the background. None is no error.
func Down(ctx context.Context, root string, progress io.Writer) error {
	b, err := newBackground(root)
	if err != nil {
		return err
	}
	if !b.running() {
		say(progress, "nothing is running")
		return nil
	}
	began := time.Now()
	text, err := os.ReadFile(b.path("lock"))
	if err != nil {
		return fmt.Errorf("read process ID: %w", err)
	}
	pid, err := strconv.Atoi(string(text))
	if err != nil || pid < 2 {
		return fmt.Errorf("read process ID: it is %q", text)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop keeper: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := poll(ctx, func(context.Context) bool { return !b.running() }); err != nil {
		return fmt.Errorf("wait for keeper %d to stop: %w", pid, err)
	}
	say(progress, "stopped in %.1f s", time.Since(began).Seconds())
	return nil
}
