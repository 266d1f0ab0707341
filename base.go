package main

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"

	"lotse/knowledge"
	"lotse/knowledge/embed"
)

// newEmbedder returns the embedding server that is configured, nil for the built-in embedder.
func newEmbedder(cfg Config, log *slog.Logger) (embed.Embedder, error) {
	if cfg.EmbeddingsURL == "" {
		return nil, nil //nolint:nilnil // none is the usual case
	}
	e, err := embed.NewOpenAI(embed.OpenAIOptions{
		BaseURL:       cfg.EmbeddingsURL,
		Key:           cfg.EmbeddingsKey,
		Model:         cfg.EmbeddingsModel,
		QueryPrefix:   cfg.EmbeddingsQueryPrefix,
		PassagePrefix: cfg.EmbeddingsPassagePrefix,
		Logger:        log,
	})
	if err != nil {
		return nil, fmt.Errorf("use LOTSE_EMBEDDINGS_URL: %w", err)
	}
	return e, nil
}

// newBase returns the knowledge base in the database, still empty.
func newBase(cfg Config, pool *pgxpool.Pool, log *slog.Logger) (*knowledge.Base, error) {
	embedder, err := newEmbedder(cfg, log)
	if err != nil {
		return nil, err
	}
	options := knowledge.Options{Logger: log}
	if embedder != nil {
		options.Embedder = embedder
	}
	return knowledge.New(pool, options), nil
}

// errEmpty is what those commands end with that need knowledge.
var errEmpty = errors.New("the knowledge base is empty: fill it first, e.g. with `lotse import knowledge/lippe`")

// loadBase returns the knowledge base, read; an empty one is an error.
func loadBase(p *program, pool *pgxpool.Pool, log *slog.Logger) (*knowledge.Base, error) {
	base, err := newBase(p.cfg, pool, log)
	if err != nil {
		return nil, err
	}
	if err := base.Reload(p.ctx); err != nil {
		return nil, err
	}
	if base.Snapshot().Version() == 0 {
		return base, errEmpty
	}
	return base, nil
}
