package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"lotse/bot"
	"lotse/bot/matrix"
	"lotse/handlers/ask"
	"lotse/handlers/help"
	"lotse/handlers/room"
	"lotse/knowledge"
	"lotse/knowledge/text"
)

// counselling is the matter whose office helps when Lotse can't tell.
const counselling = "migration-counselling"

// serveCmd runs the bot.
type serveCmd struct{}

// Run serves until the context ends. One process is active for an account; others stand by until
// its database lock is free.
func (serveCmd) Run(p *program) error {
	if err := p.cfg.checkServe(); err != nil {
		return &usageError{err}
	}
	log := newLogger(p.cfg, p.stderr)
	pool, err := openPool(p.ctx, p.cfg)
	if err != nil {
		return err
	}
	defer pool.Close()
	s := &server{program: p, log: log, pool: pool, metrics: newMetrics(), health: &health{pool: pool}}
	g, ctx := errgroup.WithContext(p.ctx)
	g.Go(func() error { return serveHTTP(ctx, p.cfg.Listen, s.health.handler(s.metrics), log) })
	g.Go(func() error { return s.lead(ctx) })
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// server is `lotse serve` at work.
type server struct {
	*program

	log     *slog.Logger
	pool    *pgxpool.Pool
	metrics *metrics
	health  *health
}

// lead waits until this process is the active one for the account, and then runs the bot.
func (s *server) lead(ctx context.Context) error {
	base, err := loadBase(s.program, s.pool, s.log)
	if errors.Is(err, errEmpty) {
		s.log.WarnContext(ctx, "the knowledge base is empty: nothing can be answered until `lotse import`")
	} else if err != nil {
		return err
	}
	release, lost, err := bot.Lead(ctx, s.pool, s.cfg.UserID, s.log)
	if err != nil {
		return fmt.Errorf("become the active process: %w", err)
	}
	defer release()
	router, err := routes(s.cfg, s.pool, base)
	if err != nil {
		return err
	}
	client, err := matrix.Open(ctx, matrixOptions(s.cfg, s.pool, s.log))
	if err != nil {
		return fmt.Errorf("open the bot's account: %w", err)
	}
	options := botOptions(s.cfg, s.metrics, s.log)
	options.Lost = lost
	b := bot.New(s.pool, client, router, options)
	s.health.active(client)
	s.log.InfoContext(ctx, "serving", "user_id", s.cfg.UserID, "version", versionLine(), "knowledge_version", base.Snapshot().Version())

	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return b.Run(ctx) })
	g.Go(func() error { return client.Run(ctx, b.Inbox()) })
	g.Go(func() error { return base.Run(ctx) })
	return errors.Join(g.Wait(), client.Close())
}

// routes gives every capability its place: delete its lines and its folder, and it is gone.
func routes(cfg Config, pool *pgxpool.Pool, base *knowledge.Base) (*bot.Router, error) {
	router := bot.NewRouter()
	settings := bot.NewSettingsStore(pool)
	asker, err := ask.New(ask.Options{Base: base, DB: pool, Counselling: counselling})
	if err != nil {
		return nil, err
	}
	rooms, err := room.New(room.Options{
		Settings: settings, Base: base, DB: pool, Mention: cfg.DisplayName,
		Forget: []room.Forgetter{asker, settings},
	})
	if err != nil {
		return nil, err
	}
	helper, err := help.New(help.Options{Commands: router, Mention: cfg.DisplayName})
	if err != nil {
		return nil, err
	}
	helper.Register(router)
	asker.Register(router)
	rooms.Register(router)
	return router, nil
}

func matrixOptions(cfg Config, pool *pgxpool.Pool, log *slog.Logger) matrix.Options {
	return matrix.Options{
		HomeserverURL: cfg.HomeserverURL,
		UserID:        cfg.UserID,
		Password:      cfg.Password,
		AccessToken:   cfg.AccessToken,
		DeviceID:      cfg.DeviceID,
		RecoveryKey:   cfg.RecoveryKey,
		PickleKey:     cfg.PickleKey,
		Pool:          pool,
		DisplayName:   cfg.DisplayName,
		Ignore:        cfg.IgnoredUsers,
		Logger:        log,
	}
}

func botOptions(cfg Config, m *metrics, log *slog.Logger) bot.Options {
	return bot.Options{
		User:             cfg.UserID,
		Logger:           log,
		Lang:             cfg.Language,
		Detect:           detect,
		Hooks:            m.hooks(),
		Fail:             failpoint(cfg.Failpoint),
		Allow:            cfg.allowed,
		CoordinationRoom: cfg.CoordinationRoom,
		Administrators:   cfg.Administrators,
		Bots:             cfg.IgnoredUsers,
		NoReconcile:      cfg.NoReconcile,
	}
}

// detect returns the language of a text, empty if it can't be told.
func detect(s string) string {
	lang, sure := text.Language(s)
	if !sure {
		return ""
	}
	return lang
}

// failpoint returns what kills the process at a named point, as a power failure does: nothing is closed
// and nothing is flushed. It is for tests; an empty name never kills.
func failpoint(name string) func(string) {
	return func(point string) {
		if name == "" || point != name {
			return
		}
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			_ = self.Kill()
		}
		select {} // until it is dead
	}
}
