package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"maunium.net/go/mautrix/id"
)

// complete is a configuration without mistakes.
func complete() []string {
	return []string{
		"PATH=/bin",
		"LOTSE_DATABASE_URL=postgres://lotse@localhost/lotse",
		"LOTSE_HOMESERVER_URL=https://matrix.example.org",
		"LOTSE_USER_ID=@lotse:example.org",
		"LOTSE_PASSWORD=secret",
		"LOTSE_PICKLE_KEY=0123456789abcdef",
	}
}

func TestConfigMistakes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		add  []string // later ones win
		want string   // part of the message; empty: no mistake
	}{
		{"complete", nil, ""},
		{"unknown variable", []string{"LOTSE_DATABSE_URL=x"}, "LOTSE_DATABSE_URL is not a variable of Lotse"},
		{"variables of the tools", []string{"LOTSE_TEST_DATABASE_URL=x", "LOTSE_REGISTRATION_SECRET=x"}, ""},
		{"no database", []string{"LOTSE_DATABASE_URL="}, "LOTSE_DATABASE_URL is missing"},
		{"bad database", []string{"LOTSE_DATABASE_URL=mysql://x"}, "LOTSE_DATABASE_URL is not a PostgreSQL address"},
		{"homeserver without scheme", []string{"LOTSE_HOMESERVER_URL=matrix.example.org"}, "LOTSE_HOMESERVER_URL"},
		{"user without server", []string{"LOTSE_USER_ID=lotse"}, "LOTSE_USER_ID"},
		{"short pickle key", []string{"LOTSE_PICKLE_KEY=short"}, "LOTSE_PICKLE_KEY"},
		{"token without device", []string{"LOTSE_ACCESS_TOKEN=x"}, "LOTSE_DEVICE_ID"},
		{"room alias", []string{"LOTSE_COORDINATION_ROOM=#koordination:example.org"}, "LOTSE_COORDINATION_ROOM"},
		{"bad administrator", []string{"LOTSE_ADMINISTRATORS=@a:example.org,dora"}, `LOTSE_ADMINISTRATORS: "dora"`},
		{"language", []string{"LOTSE_LANGUAGE=fr"}, "LOTSE_LANGUAGE"},
		{"log level", []string{"LOTSE_LOG_LEVEL=loud"}, "LOTSE_LOG_LEVEL"},
		{"embeddings without model", []string{"LOTSE_EMBEDDINGS_URL=http://localhost/v1"}, "LOTSE_EMBEDDINGS_MODEL"},
		{"flag", []string{"LOTSE_TEST_NO_RECONCILE=perhaps"}, "NoReconcile"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg, err := loadConfig(append(complete(), tt.add...))
			if err == nil {
				err = cfg.checkServe()
			}
			if tt.want == "" {
				if err != nil {
					t.Errorf("unexpected mistakes: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("mistakes are %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestConfigNamesEveryMistake(t *testing.T) {
	t.Parallel()
	cfg, err := loadConfig(nil)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(cfg.checkServe().Error(), "\n")
	if len(lines) != 4 {
		t.Errorf("an empty environment has %d mistakes, want one line for each of 4:\n%s", len(lines), strings.Join(lines, "\n"))
	}
}

func TestConfigReadsSecretsFromFiles(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("from the file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := loadConfig([]string{"LOTSE_PASSWORD_FILE=" + file})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("from the file", cfg.Password); diff != "" {
		t.Errorf("password (-want +got):\n%s", diff)
	}
	for name, environ := range map[string][]string{
		"both":    {"LOTSE_PASSWORD_FILE=" + file, "LOTSE_PASSWORD=x"},
		"no file": {"LOTSE_PASSWORD_FILE=" + file + "x"},
	} {
		if _, err := loadConfig(environ); err == nil || !strings.Contains(err.Error(), "LOTSE_PASSWORD_FILE") {
			t.Errorf("%s: error is %v, want one that names LOTSE_PASSWORD_FILE", name, err)
		}
	}
}

func TestWhoMayInvite(t *testing.T) {
	t.Parallel()
	cfg := Config{UserID: "@lotse:example.org"}
	other := Config{UserID: "@lotse:example.org", AllowedServers: []string{"b.example"}, AllowedUsers: []id.UserID{"@eve:c.example"}}
	tests := []struct {
		name string
		cfg  Config
		user id.UserID
		want bool
	}{
		{"own server", cfg, "@anna:example.org", true},
		{"foreign server", cfg, "@anna:b.example", false},
		{"listed server", other, "@anna:b.example", true},
		{"own server, others listed", other, "@anna:example.org", false},
		{"listed person", other, "@eve:c.example", true},
		{"no user at all", cfg, "anna", false},
	}
	for _, tt := range tests {
		if got := tt.cfg.allowed(tt.user); got != tt.want {
			t.Errorf("%s: allowed(%s) is %t, want %t", tt.name, tt.user, got, tt.want)
		}
	}
}
