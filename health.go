package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// syncTooOld is the age of the last /sync response from which on the bot isn't ready. A quiet /sync
// answers every 30 s.
const syncTooOld = 90 * time.Second

// syncer tells when the homeserver last answered.
type syncer interface{ LastSync() time.Time }

// health answers /live and /ready.
type health struct {
	pool   *pgxpool.Pool
	client atomic.Pointer[syncer]
}

// active tells that this process runs the bot.
func (h *health) active(c syncer) { h.client.Store(&c) }

// ready returns nil when messages are answered: the database answers and /sync is fresh. A process
// that stands by is ready to take over, which counts.
func (h *health) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := h.pool.Ping(ctx); err != nil {
		return errors.New("the database does not answer")
	}
	c := h.client.Load()
	if c == nil {
		return nil
	}
	if age := time.Since((*c).LastSync()); age > syncTooOld {
		return fmt.Errorf("the homeserver last answered %s ago", age.Round(time.Second))
	}
	return nil
}

func (h *health) handler(m *metrics) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /live", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "alive") })
	mux.HandleFunc("GET /ready", func(w http.ResponseWriter, r *http.Request) {
		if err := h.ready(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}

// serveHTTP answers /live, /ready and /metrics until the context ends.
func serveHTTP(ctx context.Context, addr string, handler http.Handler, log *slog.Logger) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listen on LOTSE_LISTEN %s: %w", addr, err)
	}
	log.InfoContext(ctx, "listening", "address", listener.Addr().String())
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err := <-done:
		return fmt.Errorf("serve HTTP: %w", err)
	case <-ctx.Done():
		return server.Close()
	}
}
