package house

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	_ "embed"
)

// Synapse's configuration without limits, and its log's. @NAME@ is filled in.
var (
	//go:embed homeserver.yaml
	homeserverYAML string
	//go:embed log.yaml
	logYAML string
)

// startSynapse starts a new homeserver named "localhost" on SQLite in the folder dir and returns
// its address. The port is free when it is chosen; if another process takes it first, the next one is tried.
func startSynapse(ctx context.Context, l *launcher, python, dir string, o synapseOptions) (*process, string, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, "", fmt.Errorf("make folder of Synapse: %w", err)
	}
	var last error
	for range 3 {
		port, err := freePort(ctx)
		if err != nil {
			return nil, "", err
		}
		if err := writeConfig(dir, port, o); err != nil {
			return nil, "", err
		}
		cmd := exec.Command(python, "-m", "synapse.app.homeserver", "-c", "homeserver.yaml") //nolint:noctx // stopped by its own signal
		cmd.Dir = dir
		p, err := l.start("Synapse", cmd, dir+".log", syscall.SIGTERM)
		if err != nil {
			return nil, "", err
		}
		address := "http://127.0.0.1:" + port
		err = p.await(ctx, func(ctx context.Context) bool { return pingHomeserver(ctx, address) == nil })
		if err == nil {
			return p, address, nil
		}
		last = err
		if !p.ended() || !strings.Contains(p.tail(), "ddress already in use") {
			return p, "", err
		}
	}
	return nil, "", last
}

// synapseOptions is what differs from house to house.
type synapseOptions struct {
	secret      string // to register accounts with
	roomVersion string // of new rooms; empty: Synapse's default
}

func writeConfig(dir, port string, o synapseOptions) error {
	seed := make([]byte, 32)
	_, _ = rand.Read(seed) // never fails
	room := ""
	if o.roomVersion != "" {
		room = fmt.Sprintf("default_room_version: %q", o.roomVersion)
	}
	config := strings.NewReplacer("@PORT@", port, "@SECRET@", o.secret, "@ROOM_VERSION@", room).Replace(homeserverYAML)
	files := map[string]string{
		"homeserver.yaml": config,
		"log.yaml":        logYAML,
		// what --generate-keys would write, which takes another three seconds of imports
		"signing.key": "ed25519 a_1 " + base64.RawStdEncoding.EncodeToString(seed) + "\n",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("write configuration of Synapse: %w", err)
		}
	}
	return nil
}

func freePort(ctx context.Context) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return port, listener.Close()
}

func pingHomeserver(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/_matrix/client/versions", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("ask homeserver for its versions: %s", resp.Status)
	}
	_ = resp.Body.Close()
	return err
}

// random returns a new secret.
func random() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
