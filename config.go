package main

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"
	"github.com/jackc/pgx/v5"
	"maunium.net/go/mautrix/id"
)

// envPrefix begins the name of every variable that Lotse reads.
const envPrefix = "LOTSE_"

// secretFile is the suffix of a variable that names a file with the value: LOTSE_PASSWORD_FILE
// stands for LOTSE_PASSWORD.
const secretFile = "_FILE"

// Config is what the operator sets, by environment variables with the prefix LOTSE_. The tags name
// them; docs/operations.md explains them.
type Config struct {
	DatabaseURL string `env:"DATABASE_URL"`

	HomeserverURL string      `env:"HOMESERVER_URL"`
	UserID        id.UserID   `env:"USER_ID"`
	Password      string      `env:"PASSWORD"`     // for the first login
	AccessToken   string      `env:"ACCESS_TOKEN"` // instead of a password, with its device
	DeviceID      id.DeviceID `env:"DEVICE_ID"`
	RecoveryKey   string      `env:"RECOVERY_KEY"` // of a cross-signing identity that the account has already
	PickleKey     string      `env:"PICKLE_KEY"`
	DisplayName   string      `env:"DISPLAY_NAME" envDefault:"Lotse"`

	AllowedServers   []string    `env:"ALLOWED_SERVERS"` // empty: the bot's own server
	AllowedUsers     []id.UserID `env:"ALLOWED_USERS"`
	IgnoredUsers     []id.UserID `env:"IGNORED_USERS"` // other bots
	Administrators   []id.UserID `env:"ADMINISTRATORS"`
	CoordinationRoom id.RoomID   `env:"COORDINATION_ROOM"`
	Language         string      `env:"LANGUAGE" envDefault:"de"`

	Listen    string `env:"LISTEN" envDefault:"127.0.0.1:8095"` // /live, /ready, /metrics
	LogLevel  string `env:"LOG_LEVEL" envDefault:"info"`
	LogFormat string `env:"LOG_FORMAT" envDefault:"json"`

	EmbeddingsURL           string `env:"EMBEDDINGS_URL"` // OpenAI-compatible, with /v1; empty: the built-in embedder
	EmbeddingsKey           string `env:"EMBEDDINGS_KEY"`
	EmbeddingsModel         string `env:"EMBEDDINGS_MODEL"`
	EmbeddingsQueryPrefix   string `env:"EMBEDDINGS_QUERY_PREFIX"`
	EmbeddingsPassagePrefix string `env:"EMBEDDINGS_PASSAGE_PREFIX"`

	// For tests of crashes only: the point at which the process kills itself, and sending without
	// waiting for our own echo.
	Failpoint   string `env:"TEST_FAILPOINT"`
	NoReconcile bool   `env:"TEST_NO_RECONCILE"`
}

// minPickleKey is the least length in bytes of the key that seals the encryption state.
const minPickleKey = 16

// loadConfig reads the variables out of environ ("KEY=value" lines). It returns every mistake, a line
// each: variables that don't parse, secrets that can't be read, unknown variables with our prefix.
func loadConfig(environ []string) (Config, error) {
	vars, problems := readSecrets(env.ToMap(environ))
	cfg, err := env.ParseAsWithOptions[Config](env.Options{Environment: vars, Prefix: envPrefix})
	if agg := (env.AggregateError{}); errors.As(err, &agg) {
		for _, e := range agg.Errors {
			problems = append(problems, plain(e))
		}
	} else if err != nil {
		problems = append(problems, err)
	}
	problems = append(problems, unknownVariables(vars)...)
	return cfg, errors.Join(problems...)
}

// plain words a parse error of the library so that it names the variable.
func plain(err error) error {
	if parse := (env.ParseError{}); errors.As(err, &parse) {
		return fmt.Errorf("a variable for %s can't be read as %s: %w", parse.Name, parse.Type, parse.Err)
	}
	return err
}

// readSecrets replaces each LOTSE_X_FILE by LOTSE_X with the content of the file, less the line end.
func readSecrets(vars map[string]string) (map[string]string, []error) {
	var problems []error
	out := maps.Clone(vars)
	for name, path := range vars {
		base, isFile := strings.CutSuffix(name, secretFile)
		if !isFile || !strings.HasPrefix(name, envPrefix) {
			continue
		}
		delete(out, name)
		if _, both := vars[base]; both {
			problems = append(problems, fmt.Errorf("%s and %s are both set: keep one", base, name))
			continue
		}
		content, err := os.ReadFile(path) //nolint:gosec // the operator names the file
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", name, err))
			continue
		}
		out[base] = strings.TrimRight(string(content), "\r\n")
	}
	return out, problems
}

// toolPrefix and registrationSecret belong to the servers for development and tests, not to Lotse itself.
const (
	toolPrefix         = "LOTSE_TEST_"
	registrationSecret = "LOTSE_REGISTRATION_SECRET" //nolint:gosec // a name
)

func unknownVariables(vars map[string]string) []error {
	params, err := env.GetFieldParamsWithOptions(&Config{}, env.Options{Prefix: envPrefix})
	if err != nil {
		return []error{err}
	}
	known := []string{registrationSecret}
	for _, p := range params {
		known = append(known, p.Key)
	}
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if strings.HasPrefix(name, envPrefix) && !strings.HasPrefix(name, toolPrefix) && !slices.Contains(known, name) {
			problems = append(problems, fmt.Errorf("%s is not a variable of Lotse: remove it or mend its name (docs/operations.md lists them)", name))
		}
	}
	return problems
}

// checkDatabase returns the mistakes in what every command needs.
func (c Config) checkDatabase() error {
	if c.DatabaseURL == "" {
		return errors.New("LOTSE_DATABASE_URL is missing: set it to postgres://user@host/database")
	}
	if _, err := pgx.ParseConfig(c.DatabaseURL); err != nil {
		return errors.New("LOTSE_DATABASE_URL is not a PostgreSQL address: it should look like postgres://user@host/database")
	}
	return nil
}

// checkServe returns the mistakes, one line each, in what the bot needs to run.
func (c Config) checkServe() error {
	var problems []error
	add := func(bad bool, format string, args ...any) {
		if bad {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	if err := c.checkDatabase(); err != nil {
		problems = append(problems, err)
	}
	hs, err := url.Parse(c.HomeserverURL)
	add(err != nil || hs.Host == "" || hs.Scheme != "http" && hs.Scheme != "https",
		"LOTSE_HOMESERVER_URL %q is not an address: it should look like https://matrix.example.org", c.HomeserverURL)
	_, _, err = c.UserID.ParseAndValidateRelaxed()
	add(err != nil, "LOTSE_USER_ID %q is not a Matrix user: it should look like @lotse:example.org", c.UserID)
	add((c.AccessToken == "") != (c.DeviceID == ""), "LOTSE_ACCESS_TOKEN and LOTSE_DEVICE_ID go together: set both or neither")
	add(len(c.PickleKey) < minPickleKey, "LOTSE_PICKLE_KEY is missing or shorter than %d characters: make one with `openssl rand -hex 32` and keep it", minPickleKey)
	add(c.CoordinationRoom != "" && !strings.HasPrefix(string(c.CoordinationRoom), "!"), "LOTSE_COORDINATION_ROOM %q is not a room ID: it begins with !", c.CoordinationRoom)
	for name, users := range map[string][]id.UserID{"LOTSE_ALLOWED_USERS": c.AllowedUsers, "LOTSE_IGNORED_USERS": c.IgnoredUsers, "LOTSE_ADMINISTRATORS": c.Administrators} {
		for _, u := range users {
			_, _, err := u.ParseAndValidateRelaxed()
			add(err != nil, "%s: %q is not a Matrix user: it should look like @anna:example.org", name, u)
		}
	}
	add(!slices.Contains([]string{"de", "en"}, c.Language), "LOTSE_LANGUAGE %q is not de or en", c.Language)
	add(!slices.Contains([]string{"debug", "info", "warn", "error"}, c.LogLevel), "LOTSE_LOG_LEVEL %q is not debug, info, warn or error", c.LogLevel)
	add(!slices.Contains([]string{"json", "text"}, c.LogFormat), "LOTSE_LOG_FORMAT %q is not json or text", c.LogFormat)
	add(c.EmbeddingsURL != "" && c.EmbeddingsModel == "", "LOTSE_EMBEDDINGS_MODEL is missing: LOTSE_EMBEDDINGS_URL is set, so name its model")
	return errors.Join(problems...)
}

// allowed reports whether an invitation of the user is accepted.
func (c Config) allowed(user id.UserID) bool {
	servers := c.AllowedServers
	if len(servers) == 0 {
		servers = []string{c.UserID.Homeserver()}
	}
	return slices.Contains(c.AllowedUsers, user) || slices.Contains(servers, user.Homeserver())
}
