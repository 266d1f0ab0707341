package bot

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"maunium.net/go/mautrix/id"
)

// maxPost is the length of a post in bytes of Markdown. An event holds 64 KiB, in which the text is
// twice (plain and formatted) and, encrypted, a third longer; longer posts are split.
const maxPost = 12_000

// applyTx stores what a reply wants: posts, questions, timers; and recalls notes about the message.
func (b *Bot) applyTx(ctx context.Context, tx pgx.Tx, c claimed, r *Reply) error {
	at := b.now()
	if err := insertOpsTx(ctx, tx, r.ops, at, nil); err != nil {
		return err
	}
	q := &pgx.Batch{}
	for _, o := range r.ops {
		switch {
		case o.kind == opMessage && o.post.Ask != nil:
			queueChoice(q, r.msg, o, o.txn, at)
		case o.kind == opEdit && o.post.Ask != nil:
			queueChoice(q, r.msg, o, o.target, at)
		}
	}
	for _, post := range r.closes {
		queueClose(q, post, at)
	}
	for _, key := range r.stops {
		queueStop(q, key)
	}
	for _, t := range r.timers {
		queueTimer(q, t)
	}
	if q.Len() > 0 {
		if err := tx.SendBatch(ctx, q).Close(); err != nil {
			return fmt.Errorf("store questions and timers: %w", err)
		}
	}
	return recallNotesTx(ctx, tx, c, at)
}

// insertOpsTx stores operations as rows of the outbox, in their order: long texts in parts, options
// as reactions of lower priority.
func insertOpsTx(ctx context.Context, tx pgx.Tx, ops []op, at time.Time, noteFor *int64) error {
	const query = `
INSERT INTO outbox (txn, room_id, kind, priority, thread, target, reply_to, key, post, note_for, due_at, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)`
	const drop = `
UPDATE outbox SET state = 'dropped', post = NULL, done_at = $2
WHERE kind = 'react' AND state = 'new'
  AND (target = $1 OR target = (SELECT txn FROM outbox WHERE event_id = $1))`
	q := &pgx.Batch{}
	for _, o := range ops {
		if o.kind == opRedact {
			q.Queue(drop, o.target, at) // reactions that nobody would see
		}
		for _, row := range rowsOf(o) {
			var post *Post
			if row.kind == opMessage || row.kind == opEdit {
				post = &row.post
			}
			q.Queue(query, row.txn, row.place.Room, row.kind, row.priority(), row.place.Thread, row.target,
				row.post.ReplyTo, row.key, post, noteFor, at)
		}
	}
	if q.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, q).Close(); err != nil {
		return fmt.Errorf("store posts: %w", err)
	}
	return nil
}

// rowsOf turns an operation into rows: the parts of a long post, and the options of a question.
func rowsOf(o op) []op {
	o.post.Text = cleanText(o.post.Text)
	var rows []op
	switch o.kind {
	case opMessage:
		for n, part := range splitText(o.post.Text, maxPost) {
			row := o
			row.post.Text = part
			if n > 0 {
				row.txn = o.txn + Ref(".p"+strconv.Itoa(n+1))
				row.post.ReplyTo, row.post.Mentions = "", nil
			}
			rows = append(rows, row)
		}
	case opEdit:
		o.post.Text = shorten(o.post.Text, maxPost)
		rows = append(rows, o)
	default:
		rows = append(rows, o)
	}
	if o.post.Ask == nil {
		return rows
	}
	on := o.txn
	if o.kind == opEdit {
		on = o.target
	}
	for n, option := range o.post.Ask.Options {
		if option.Key != "" {
			txn := Ref(strings.Replace(string(o.txn), string(o.kind), string(opReaction), 1)) + Ref(".o"+strconv.Itoa(n))
			rows = append(rows, op{kind: opReaction, txn: txn, place: o.place, target: on, key: option.Key, seed: true})
		}
	}
	return rows
}

func (o op) priority() int {
	if o.seed {
		return 1
	}
	return 0
}

// splitText cuts a text into parts of at most n bytes, between paragraphs if it can, else between
// lines, else between words, else between letters.
func splitText(s string, n int) []string {
	var parts []string
	for len(s) > n {
		cut := cutAt(s, n)
		parts = append(parts, strings.TrimRight(s[:cut], " \n"))
		s = strings.TrimLeft(s[cut:], " \n")
	}
	if s != "" || len(parts) == 0 {
		parts = append(parts, s)
	}
	return parts
}

func cutAt(s string, n int) int {
	for _, sep := range []string{"\n\n", "\n", " "} {
		if i := strings.LastIndex(s[:n], sep); i > n/2 {
			return i
		}
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return n
}

func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return splitText(s, n-len(" …"))[0] + " …"
}

// recallNotesTx deletes the notes that a message takes longer; those not yet sent are dropped.
func recallNotesTx(ctx context.Context, tx pgx.Tx, c claimed, at time.Time) error {
	const drop = `
UPDATE outbox SET state = 'dropped', post = NULL, done_at = $2
WHERE note_for = $1 AND state = 'new'`
	const recall = `
INSERT INTO outbox (txn, room_id, kind, target, due_at, created_at)
SELECT 'lotse-redact-' || txn, room_id, 'redact', txn, $2, $2
FROM outbox
WHERE note_for = $1 AND state IN ('sending', 'unknown', 'sent')
ON CONFLICT (txn) DO NOTHING`
	q := &pgx.Batch{}
	q.Queue(drop, c.Seq, at)
	q.Queue(recall, c.Seq, at)
	if err := tx.SendBatch(ctx, q).Close(); err != nil {
		return fmt.Errorf("recall notes: %w", err)
	}
	return nil
}

// outRow is a row of the outbox that is being sent.
type outRow struct {
	Seq         int64      `db:"seq"`
	Txn         Ref        `db:"txn"`
	Room        id.RoomID  `db:"room_id"`
	Kind        opKind     `db:"kind"`
	Attempt     int        `db:"attempt"`
	Created     time.Time  `db:"created_at"`
	Key         string     `db:"key"`
	Post        *Post      `db:"post"`
	Thread      Ref        `db:"thread"`
	ThreadEvent id.EventID `db:"thread_event"`
	Target      Ref        `db:"target"`
	TargetEvent id.EventID `db:"target_event"`
	ReplyTo     Ref        `db:"reply_to"`
	ReplyEvent  id.EventID `db:"reply_event"`
}

// claimSend takes the first row of a room that has none being sent. Messages come before seeded
// reactions; a row that has to wait holds up what comes after it in its room. Only one goroutine
// may claim. As with [Inbox.claim] only rows that were tried before can hold up others, and ctx doesn't
// cut it off.
func (b *Bot) claimSend(ctx context.Context, at time.Time) (outRow, bool, error) {
	const query = `
WITH blocked AS MATERIALIZED (
    SELECT room_id, CASE WHEN state = 'sending' THEN 0 ELSE priority END AS priority,
           CASE WHEN state = 'sending' THEN 0 ELSE seq END AS seq
    FROM outbox
    WHERE state IN ('new', 'sending', 'unknown') AND (attempt > 0 OR state <> 'new')
      AND (state <> 'new' OR due_at > $1))
UPDATE outbox o
SET state = 'sending', attempt = attempt + 1, unknown_at = $1
WHERE seq = (
    SELECT n.seq
    FROM outbox n
    WHERE n.state = 'new'
      AND (n.due_at <= $1 OR n.attempt = 0)
      AND NOT EXISTS (
          SELECT FROM blocked b
          WHERE b.room_id = n.room_id AND (b.priority, b.seq) < (n.priority, n.seq))
    ORDER BY n.priority, n.seq
    LIMIT 1
    FOR UPDATE SKIP LOCKED)
RETURNING o.seq, o.txn, o.room_id, o.kind, o.attempt, o.created_at, o.key, o.post, o.thread, o.target, o.reply_to,
    coalesce((SELECT r.event_id FROM outbox r WHERE r.txn = o.thread), '') AS thread_event,
    coalesce((SELECT r.event_id FROM outbox r WHERE r.txn = o.target), '') AS target_event,
    coalesce((SELECT r.event_id FROM outbox r WHERE r.txn = o.reply_to), '') AS reply_event`
	if ctx.Err() != nil {
		return outRow{}, false, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), wrapUp)
	defer cancel()
	rows, _ := b.pool.Query(ctx, query, at)
	row, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[outRow])
	if errors.Is(err, pgx.ErrNoRows) {
		return row, false, nil
	}
	if err != nil {
		return row, false, fmt.Errorf("claim post: %w", err)
	}
	return row, true, nil
}

// resolve turns a row into what is sent; false when it refers to a post that was given up.
func (r outRow) resolve() (Outgoing, bool) {
	o := Outgoing{Txn: string(r.Txn), Room: r.Room, Key: r.Key}
	ok := true
	ref := func(ref Ref, event id.EventID) id.EventID {
		if ref == "" || ref.IsEvent() {
			return id.EventID(ref)
		}
		ok = ok && event != ""
		return event
	}
	o.Thread, o.Target = ref(r.Thread, r.ThreadEvent), ref(r.Target, r.TargetEvent)
	o.ReplyTo = ref(r.ReplyTo, r.ReplyEvent)
	switch r.Kind {
	case opMessage:
		o.Kind = OutMessage
	case opEdit:
		o.Kind = OutEdit
	case opReaction:
		o.Kind = OutReaction
	case opRedact:
		o.Kind = OutRedact
	}
	if r.Post != nil {
		o.Text, o.Loud, o.Mentions = r.Post.Text, r.Post.Loud, r.Post.Mentions
	}
	return o, ok
}

// nextSend returns how long to wait until a post is due that isn't at the given time.
func (b *Bot) nextSend(ctx context.Context, at time.Time) (time.Duration, error) {
	const query = `SELECT min(due_at) FROM outbox WHERE state = 'new' AND attempt > 0 AND due_at > $1`
	var next *time.Time
	if err := b.pool.QueryRow(ctx, query, at).Scan(&next); err != nil {
		return 0, fmt.Errorf("look for the next post: %w", err)
	}
	if next == nil {
		return time.Minute, nil
	}
	return min(next.Sub(b.now()), time.Minute), nil
}
