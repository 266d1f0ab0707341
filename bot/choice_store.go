package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// queueChoice stores the question of a post. Asking again on the same post (by an edit) replaces it.
// Plain text in the conversation is for the newest question; older ones stay open for reactions and
// replies.
func queueChoice(q *pgx.Batch, m Message, o op, post Ref, at time.Time) {
	const supersede = `
UPDATE choices SET words = false
WHERE room_id = $1 AND thread = $2 AND closed_at IS NULL AND words
  AND ($3 = '' OR asker = $3)
  AND post <> $4`
	const insert = `
INSERT INTO choices (post, room_id, thread, handler, options, data, lang, words, asker, person, keep, created_at)
VALUES (
    coalesce((SELECT txn FROM outbox WHERE event_id = $1), $1), $2,
    coalesce((SELECT thread FROM outbox WHERE txn = $1 OR event_id = $1), $3), $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (post) DO UPDATE
SET handler = excluded.handler, options = excluded.options, data = excluded.data, lang = excluded.lang,
    words = excluded.words, person = excluded.person, keep = excluded.keep,
    created_at = excluded.created_at, closed_at = NULL`
	ask, place := o.post.Ask, o.place
	if o.kind == opEdit {
		place = m.Place()
	}
	if ask.Words {
		asker := m.Sender
		if m.InDirect || place.Thread != "" {
			asker = ""
		}
		q.Queue(supersede, place.Room, place.Thread, asker, post)
	}
	q.Queue(insert, post, place.Room, place.Thread, ask.Handler, ask.Options, jsonOrNil(ask.Data),
		m.Lang, ask.Words, m.Sender, ask.Person, ask.Keep, at)
}

func jsonOrNil(data []byte) any {
	if len(data) == 0 {
		return nil
	}
	return string(data)
}

// errTaken means that somebody else answered in the meantime.
var errTaken = errors.New("the question is answered already")

// takeTx closes a question because of its answer. The first answer wins: a later one fails, has no
// effect, and finds the question closed when it is tried again.
func takeTx(ctx context.Context, tx pgx.Tx, post Ref, at time.Time) error {
	const query = `UPDATE choices SET closed_at = $2, data = NULL WHERE post = $1 AND closed_at IS NULL`
	tag, err := tx.Exec(ctx, query, post, at)
	if err != nil {
		return fmt.Errorf("close question: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("close question: %w", errTaken)
	}
	return nil
}

func queueClose(q *pgx.Batch, post Ref, at time.Time) {
	const query = `
UPDATE choices SET closed_at = $2, data = NULL
WHERE (post = $1 OR post = (SELECT txn FROM outbox WHERE event_id = $1)) AND closed_at IS NULL`
	q.Queue(query, post, at)
}
