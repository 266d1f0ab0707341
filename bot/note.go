package bot

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"maunium.net/go/mautrix/id"
)

// showWork shows that the bot is typing when handling takes long, and says so when it takes longer.
// The returned function ends that, and waits for it.
func (b *Bot) showWork(ctx context.Context, c claimed, p plan) (stop func()) {
	if !p.addressed {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if pause(ctx, nil, b.opts.TypingAfter) != nil {
			return
		}
		b.typing(ctx, p.msg.Room, true)
		defer b.typing(context.WithoutCancel(ctx), p.msg.Room, false)
		if pause(ctx, nil, b.opts.SlowAfter-b.opts.TypingAfter) != nil {
			return
		}
		b.postNote(ctx, c, p.msg)
		<-ctx.Done()
	}()
	return func() {
		cancel()
		<-done
	}
}

func (b *Bot) typing(ctx context.Context, room id.RoomID, on bool) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := b.transport.Typing(ctx, room, on); err != nil && ctx.Err() == nil {
		b.log.DebugContext(ctx, "typing failed", "room_id", string(room), "error", err)
	}
}

// postNote says that it takes a little longer. The note is deleted when the message ends; it isn't
// edited into the answer, since some clients don't show edits.
func (b *Bot) postNote(ctx context.Context, c claimed, m Message) {
	r := newReply(m, fmt.Sprintf("note%d.%d-", c.Crashes, c.Attempt))
	r.Say(Post{Text: b.texts.In(m.Lang).Get("slow")})
	err := pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
		return insertOpsTx(ctx, tx, r.ops, b.now(), &c.Seq)
	})
	if err != nil && ctx.Err() == nil {
		b.logger(c.RoomID, c.EventID).WarnContext(ctx, "note could not be posted", "error", err)
	}
	b.sendWake.notify()
}

func (b *Bot) recallNotes(ctx context.Context, c claimed) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), wrapUp)
	defer cancel()
	err := pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error { return recallNotesTx(ctx, tx, c, b.now()) })
	if err != nil {
		b.logger(c.RoomID, c.EventID).WarnContext(ctx, "note could not be recalled", "error", err)
	}
	b.sendWake.notify()
}
