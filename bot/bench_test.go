package bot_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"lotse/bot"
	"lotse/internal/botscript"
	"lotse/internal/pgtest"
)

// BenchmarkAnswer measures what the runtime adds to a message: from /sync's answer to the PUT, with a
// homeserver that takes no time. Reported are the median and the 95th percentile.
func BenchmarkAnswer(b *testing.B) {
	pool := pgtest.New(b)
	server := botscript.NewServer()
	sent := make(chan struct{}, 1)
	server.Faults = func(bot.Outgoing, int) botscript.Fault {
		sent <- struct{}{}
		return botscript.Fault{}
	}
	router := bot.NewRouter()
	router.Text(bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
		r.Say(bot.Post{Text: m.Command})
		return nil
	}))
	if _, err := pool.Exec(b.Context(), `INSERT INTO rooms (room_id, direct) VALUES ($1, true)`, direct); err != nil {
		b.Fatal(err)
	}
	runtime := bot.New(pool, server, router, bot.Options{
		User: botscript.User, PersonBudget: bot.Budget{Every: time.Nanosecond, Burst: 1000},
		RoomBudget: bot.Budget{Every: time.Nanosecond, Burst: 1000},
	})
	server.Connect(runtime.Inbox())
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- runtime.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	}()
	var took []time.Duration
	for b.Loop() {
		begun := time.Now()
		if _, err := server.Deliver(ctx, bot.Event{Kind: bot.Text, Room: direct, Sender: anna, Text: "hello"}); err != nil {
			b.Fatal(err)
		}
		<-sent
		took = append(took, time.Since(begun))
		if err := runtime.Settle(ctx); err != nil {
			b.Fatal(err)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-p50")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "ms-p95")
}
