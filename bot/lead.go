package bot

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"maunium.net/go/mautrix/id"
)

const (
	leadAsk   = 500 * time.Millisecond // how often a process that stands by asks for the lock
	leadCheck = 2 * time.Second        // how often the leader looks after its connection, and how long that may take
)

// Lead waits until this process is the active one for the account: it holds an advisory lock of the
// database on a connection of its own, beside the pool. Only the active process may open the transport
// and run a [Bot], since two can't share an encrypted device.
//
// lost is closed when the connection breaks; the lock is gone then, so pass it on as [Options.Lost].
// release gives the lock up, and may be called more than once. When ctx ends before the lock is held,
// Lead returns its error; afterwards ctx is of no consequence.
func Lead(ctx context.Context, pool *pgxpool.Pool, user id.UserID, log *slog.Logger) (release func(), lost <-chan struct{}, err error) {
	const hold = `SELECT pg_try_advisory_lock(hashtextextended('lotse ' || $1, 0))`
	// A dead peer is noticed by the server, too, so that it frees the lock.
	const keepalive = `SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3`
	conn, err := pgx.ConnectConfig(ctx, pool.Config().ConnConfig)
	if err != nil {
		return nil, nil, fmt.Errorf("connect to lead: %w", err)
	}
	if _, err := conn.Exec(ctx, keepalive, pgx.QueryExecModeSimpleProtocol); err != nil {
		log.DebugContext(ctx, "no keepalive on the leader's connection", "error", err)
	}
	standby := false
	for {
		var held bool
		if err := conn.QueryRow(ctx, hold, user).Scan(&held); err != nil {
			closeConn(ctx, conn)
			return nil, nil, fmt.Errorf("ask to lead: %w", err)
		}
		if held {
			break
		}
		if !standby {
			log.InfoContext(ctx, "another process is active, standing by")
			standby = true
		}
		if err := pause(ctx, nil, leadAsk); err != nil {
			closeConn(ctx, conn)
			return nil, nil, err
		}
	}
	log.InfoContext(ctx, "this process is the active one")
	release, lost = guard(context.WithoutCancel(ctx), conn)
	return release, lost, nil
}

// guard watches the connection until release is called, which closes it and so frees the lock.
func guard(ctx context.Context, conn *pgx.Conn) (release func(), lost <-chan struct{}) {
	ctx, cancel := context.WithCancel(ctx)
	gone, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		defer closeConn(ctx, conn)
		for pause(ctx, nil, leadCheck) == nil {
			if err := ping(ctx, conn); err != nil && ctx.Err() == nil {
				close(gone)
				return
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}, gone
}

func ping(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, leadCheck)
	defer cancel()
	return conn.Ping(ctx)
}

func closeConn(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leadCheck)
	defer cancel()
	_ = conn.Close(ctx) // the connection goes either way
}
