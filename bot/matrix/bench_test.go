package matrix_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/rs/zerolog"
	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto/cryptohelper"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
	"lotse/bot/matrix"
	"lotse/internal/matrixclient"
	"lotse/internal/pgtest"
	"lotse/internal/synapse"
)

// BenchmarkAnswer measures the time from a message to its answer, as the person sees it, and how
// much of it is the durable way of the message: the same person asks a bare echo bot on stock
// mautrix, in turns, on the same homeserver and the same PostgreSQL. Each iteration is one question
// to each; -benchtime 100x gives steady medians.
func BenchmarkAnswer(b *testing.B) {
	for _, encrypted := range []bool{false, true} {
		b.Run(fmt.Sprintf("encrypted=%t", encrypted), func(b *testing.B) {
			server := synapse.New(b)
			ours, bare := durableEcho(b, server), bareEcho(b, server)
			a := server.Register("anna")
			anna, err := matrixclient.Open(b.Context(), matrixclient.Options{
				URL: server.URL, User: a.User, Token: a.Token, Device: a.Device, Password: a.Password,
			})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(anna.Close)
			ask := func(user id.UserID) func(n int) time.Duration {
				room := must(anna.Create(b.Context(), matrixclient.Room{
					Encrypted: encrypted, Direct: true, Invite: []id.UserID{user},
				}))(b)
				if err := anna.Joined(b.Context(), room, user); err != nil {
					b.Fatal(err)
				}
				return func(n int) time.Duration {
					text := fmt.Sprintf("Frage %d", n)
					began := time.Now()
					must(anna.Say(b.Context(), room, text))(b)
					must(anna.Wait(b.Context(), matrixclient.In(room), matrixclient.From(user), matrixclient.Has(text)))(b)
					return time.Since(began)
				}
			}
			askOurs, askBare := ask(ours), ask(bare)
			for n := range 3 { // sessions are made, caches filled
				askOurs(-n)
				askBare(-n)
			}
			var tookOurs, tookBare []time.Duration
			for n := 0; b.Loop(); n++ {
				tookOurs = append(tookOurs, askOurs(n))
				tookBare = append(tookBare, askBare(n))
			}
			b.ReportMetric(0, "ns/op") // of both together: says nothing
			b.ReportMetric(ms(median(tookOurs)), "lotse-ms")
			b.ReportMetric(ms(median(tookBare)), "bare-ms")
			b.ReportMetric(ms(median(tookOurs)-median(tookBare)), "extra-ms")
		})
	}
}

func median(d []time.Duration) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[len(d)/2]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// durableEcho runs the runtime with a handler that repeats what is said.
func durableEcho(b *testing.B, server *synapse.Server) id.UserID {
	b.Helper()
	account, pool := server.Register("lotse"), pgtest.New(b)
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.Context()))
	client, err := matrix.Open(ctx, matrix.Options{
		HomeserverURL: server.URL, UserID: account.User, Password: account.Password,
		PickleKey: "a pickle key for tests", Pool: pool, HTTP: &http.Client{},
	})
	if err != nil {
		b.Fatal(err)
	}
	router := bot.NewRouter()
	router.Text(bot.HandlerFunc(func(_ context.Context, m bot.Message, r *bot.Reply) error {
		r.Say(bot.Post{Text: bot.Escape(m.Text)})
		return nil
	}))
	plenty := bot.Budget{Every: time.Microsecond, Burst: 1_000_000}
	run := bot.New(pool, client, router, bot.Options{
		User: account.User, Allow: func(id.UserID) bool { return true }, PersonBudget: plenty, RoomBudget: plenty,
	})
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := run.Run(ctx); err != nil {
			b.Errorf("run: %v", err)
		}
	})
	wg.Go(func() {
		if err := client.Run(ctx, run.Inbox()); err != nil {
			b.Errorf("follow the account: %v", err)
		}
	})
	b.Cleanup(func() {
		cancel()
		wg.Wait()
		if err := client.Close(); err != nil {
			b.Error(err)
		}
	})
	return account.User
}

// bareEcho runs a bot as in mautrix's documentation: it answers in the sync loop.
func bareEcho(b *testing.B, server *synapse.Server) id.UserID {
	b.Helper()
	account, pool := server.Register("bare"), pgtest.New(b)
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.Context()))
	client := server.Client(account)
	client.Log = zerolog.Nop()
	db := must(dbutil.NewWithDB(stdlib.OpenDBFromPool(pool), "pgx"))(b)
	helper := must(cryptohelper.NewCryptoHelper(client, []byte("a pickle key for tests"), db))(b)
	if err := helper.Init(ctx); err != nil {
		b.Fatal(err)
	}
	client.Crypto = helper
	syncer, ok := client.Syncer.(*mautrix.DefaultSyncer)
	if !ok {
		b.Fatal("mautrix has another syncer")
	}
	syncer.OnEventType(event.StateMember, func(ctx context.Context, evt *event.Event) {
		if evt.GetStateKey() == string(account.User) && evt.Content.AsMember().Membership == event.MembershipInvite {
			_, err := client.JoinRoomByID(ctx, evt.RoomID)
			if err == nil {
				_, err = client.State(ctx, evt.RoomID)
			}
			if err != nil {
				b.Errorf("join: %v", err)
			}
		}
	})
	syncer.OnEventType(event.EventMessage, func(ctx context.Context, evt *event.Event) {
		if evt.Sender == account.User {
			return
		}
		if _, err := client.SendNotice(ctx, evt.RoomID, evt.Content.AsMessage().Body); err != nil && ctx.Err() == nil {
			b.Errorf("answer: %v", err)
		}
	})
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := client.SyncWithContext(ctx); err != nil && ctx.Err() == nil {
			b.Errorf("sync: %v", err)
		}
	})
	b.Cleanup(func() {
		cancel()
		wg.Wait()
	})
	return account.User
}
