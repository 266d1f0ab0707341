package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"lotse/bot/matrix"
	"lotse/knowledge"
	"lotse/knowledge/embed"
)

// maxSkew is how far the clocks may differ before dates in answers and reminders are off.
const maxSkew = 30 * time.Second

// doctorCmd checks everything that Lotse depends on.
type doctorCmd struct{}

// findings prints a line for each check and counts the bad ones.
type findings struct {
	w   io.Writer
	bad int
}

func (f *findings) fine(what, format string, args ...any) {
	fmt.Fprintf(f.w, "✓ %-14s %s\n", what, fmt.Sprintf(format, args...))
}

func (f *findings) wrong(what string, err error) {
	f.bad++
	fmt.Fprintf(f.w, "✗ %-14s %s\n", what, strings.ReplaceAll(err.Error(), "\n", "\n                 "))
}

// check prints the error, or what is fine.
func (f *findings) check(what string, err error, format string, args ...any) bool {
	if err != nil {
		f.wrong(what, err)
		return false
	}
	f.fine(what, format, args...)
	return true
}

// Run prints a line for each check, fine or what to do; it fails when a check did.
func (doctorCmd) Run(p *program) error {
	f := &findings{w: p.stdout}
	ctx, cancel := context.WithTimeout(p.ctx, time.Minute)
	defer cancel()
	f.check("configuration", p.cfg.checkServe(), "complete")
	if pool := f.database(ctx, p.cfg); pool != nil {
		defer pool.Close()
		f.homeserver(ctx, p.cfg, pool)
		f.model(ctx, p.cfg)
		f.knowledge(p, pool)
	}
	if f.bad > 0 {
		fmt.Fprintf(p.stdout, "%d checks failed.\n", f.bad)
		return errBad
	}
	return nil
}

// database checks connection, version, extension and schema; it returns nil when the rest can't be
// checked.
func (f *findings) database(ctx context.Context, cfg Config) *pgxpool.Pool {
	if err := cfg.checkDatabase(); err != nil {
		f.wrong("database", err)
		return nil
	}
	pool, err := pgxpool.New(ctx, cfg.DatabaseURL)
	if err != nil {
		f.wrong("database", err)
		return nil
	}
	var version, encoding, vector string
	const query = `
SELECT current_setting('server_version'), current_setting('server_encoding'),
       coalesce((SELECT extversion FROM pg_extension WHERE extname = 'vector'), '')`
	if err := pool.QueryRow(ctx, query).Scan(&version, &encoding, &vector); err != nil {
		f.wrong("database", fmt.Errorf("%w: check LOTSE_DATABASE_URL", err))
		pool.Close()
		return nil
	}
	f.fine("database", "PostgreSQL %s", version)
	if encoding != "UTF8" {
		f.wrong("encoding", fmt.Errorf("it is %s: make the database anew with ENCODING 'UTF8'", encoding))
	}
	if vector == "" {
		f.wrong("extension", errors.New("vector is missing: install pgvector, then run `lotse migrate`"))
	} else {
		f.fine("extension", "vector %s", vector)
	}
	if err := checkSchema(ctx, pool); !f.check("schema", err, "up to date") {
		pool.Close()
		return nil
	}
	return pool
}

// homeserver checks the server, its clock, the login and the trust in the device.
func (f *findings) homeserver(ctx context.Context, cfg Config, pool *pgxpool.Pool) {
	found, err := matrix.Inspect(ctx, matrixOptions(cfg, pool, nil))
	if err != nil {
		f.wrong("homeserver", err)
		return
	}
	if !f.check("homeserver", found.Reach, "%s answers", cfg.HomeserverURL) {
		return
	}
	if found.Skew.Abs() > maxSkew {
		f.wrong("clock", fmt.Errorf("it differs by %s from the homeserver's: set the time of this machine", found.Skew))
	} else {
		f.fine("clock", "as the homeserver's")
	}
	if f.check("login", found.Account, "device %s", found.Device) {
		f.check("trust", found.Trust, "the device is signed")
	}
}

// model checks the embedding server, if there is one.
func (f *findings) model(ctx context.Context, cfg Config) {
	embedder, err := newEmbedder(cfg, nil)
	if err != nil {
		f.wrong("embeddings", err)
		return
	}
	if embedder == nil {
		f.fine("embeddings", "built in")
		return
	}
	_, err = embedder.Embed(ctx, []string{"Wohngeld"}, embed.Query)
	f.check("embeddings", err, "%s, %d dimensions", embedder.Name(), embedder.Dimension())
}

// knowledge checks what is in the database: whether questions can be answered with it.
func (f *findings) knowledge(p *program, pool *pgxpool.Pool) {
	base, err := loadBase(p, pool, nil)
	if err != nil {
		f.wrong("knowledge", err)
		return
	}
	s := base.Snapshot()
	data := s.Data()
	f.fine("knowledge", "version %d: %d topics, %d offices", s.Version(), len(data.Topics), len(data.Offices))
	for topic, rules := range s.Unreachable() {
		f.wrong("rules", fmt.Errorf("topic %s: rules %v never decide: remove or reorder them", topic, rules))
	}
	f.contacts(data)
	f.coverage(s)
	f.reviews(data, time.Now())
}

func (f *findings) contacts(data knowledge.Data) {
	for _, o := range data.Offices {
		if o.Phone == "" && o.Email == "" && o.Web == "" && o.Street == "" {
			f.wrong("contact", fmt.Errorf("office %s has neither phone, mail, web nor address", o.ID))
		}
	}
}

// coverage finds towns without an office of a kind that another town has.
func (f *findings) coverage(s *knowledge.Snapshot) {
	for _, kind := range s.Data().Kinds {
		for _, town := range s.Towns() {
			if s.Serving(kind.ID, town.Code) == "" {
				f.wrong("coverage", fmt.Errorf("no office of kind %s serves %s", kind.ID, town.Name))
			}
		}
	}
}

func (f *findings) reviews(data knowledge.Data, now time.Time) {
	due := 0
	for _, o := range data.Offices {
		if r := o.Review; r.ReviewedAt.IsZero() || r.Every > 0 && r.ReviewedAt.Add(r.Every).Before(now) {
			due++
		}
	}
	f.fine("reviews", "%d of %d offices are due for review; answers say so", due, len(data.Offices))
}
