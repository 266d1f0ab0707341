package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"lotse/migrations"
)

// openPool connects to the database and makes sure that its schema fits this program.
func openPool(ctx context.Context, cfg Config) (*pgxpool.Pool, error) {
	if err := cfg.checkDatabase(); err != nil {
		return nil, &usageError{err}
	}
	pool, err := pgxpool.New(ctx, cfg.DatabaseURL)
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	if err := checkSchema(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

func checkSchema(ctx context.Context, pool *pgxpool.Pool) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	defer conn.Release()
	err = migrations.Check(ctx, conn.Conn())
	if errors.Is(err, migrations.ErrOutdated) {
		return fmt.Errorf("%w: run `lotse migrate` first (and back up before)", err)
	}
	return err
}

// migrateCmd brings the schema up to date.
type migrateCmd struct{}

// Run applies the migrations that are missing and says which.
func (migrateCmd) Run(p *program) error {
	if err := p.cfg.checkDatabase(); err != nil {
		return &usageError{err}
	}
	conn, err := pgx.Connect(p.ctx, p.cfg.DatabaseURL)
	if err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	defer conn.Close(context.WithoutCancel(p.ctx)) //nolint:errcheck // nothing is lost with it
	from, to, err := migrations.Apply(p.ctx, conn)
	if err != nil {
		return err
	}
	if from == to {
		_, err = fmt.Fprintf(p.stdout, "The schema is up to date (version %d).\n", to)
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "The schema went from version %d to %d.\n", from, to)
	return err
}
