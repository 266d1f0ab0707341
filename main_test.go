package main

import (
	"strings"
	"testing"

	"lotse/internal/pgtest"
)

// lotse runs the program in this process and returns what it printed.
func lotse(t *testing.T, environ []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err strings.Builder
	code = run(t.Context(), args, environ, &out, &err)
	return code, out.String(), err.String()
}

func TestUsage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		args   []string
		code   int
		stdout string
		stderr string
	}{
		{"nothing", nil, 0, "Run the bot.", ""},
		{"help", []string{"--help"}, 0, "import", ""},
		{"version", []string{"version"}, 0, "lotse ", ""},
		{"unknown command", []string{"sevre"}, 2, "", `did you mean "serve"?`},
		{"folder that isn't there", []string{"import", "nowhere"}, 2, "", "nowhere"},
		{"no database", []string{"migrate"}, 2, "", "LOTSE_DATABASE_URL is missing"},
		{"no configuration", []string{"serve"}, 2, "", "LOTSE_USER_ID"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := lotse(t, nil, tt.args...)
			if code != tt.code || !strings.Contains(stdout, tt.stdout) || !strings.Contains(stderr, tt.stderr) {
				t.Errorf("lotse %v: code %d, want %d\nstdout: %s\nstderr: %s", tt.args, code, tt.code, stdout, stderr)
			}
		})
	}
}

func TestServeRefusesOldSchema(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	environ := append(complete(), "LOTSE_DATABASE_URL="+pool.Config().ConnString())
	if code, _, stderr := lotse(t, environ, "ask", "Wohngeld"); code != 1 || !strings.Contains(stderr, "knowledge base is empty") {
		t.Errorf("asking an empty knowledge base: code %d, stderr %q", code, stderr)
	}
	if _, err := pool.Exec(t.Context(), "UPDATE schema_version SET version = version - 1"); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := lotse(t, environ, "serve")
	if code != 1 || !strings.Contains(stderr, "run `lotse migrate`") {
		t.Errorf("serve on an old schema: code %d, stderr %q", code, stderr)
	}
}
