package ask

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
	"lotse/knowledge"
)

// conversation is what is kept of one.
type conversation struct {
	ID     int64           `db:"id"`
	Room   id.RoomID       `db:"room_id"`
	Thread id.EventID      `db:"thread"`
	Person id.UserID       `db:"person"`
	Lang   string          `db:"lang"`
	State  knowledge.State `db:"state"`
}

func newConversation(c bot.Conversation) conversation {
	return conversation{Room: c.Room, Thread: c.Thread, Person: c.Person}
}

func (c conversation) place() bot.Place { return bot.Place{Room: c.Room, Thread: c.Thread} }

// turn is what is kept of a message and its answer.
type turn struct {
	Event        id.EventID         `db:"event_id"`
	Conversation int64              `db:"conversation_id"`
	Question     id.EventID         `db:"question"` // the turn whose question this one helps to answer
	Person       id.UserID          `db:"person"`
	Before       knowledge.State    `db:"before"`
	Read         map[string]string  `db:"read"`
	Decision     knowledge.Decision `db:"decision"`
	Second       string             `db:"second"`
	Posts        []bot.Ref          `db:"posts"` // the answer, then what followed from feedback on it
	Open         bool               `db:"open"`  // the answer asks, and nobody has answered
	Counted      []string           `db:"counted"`
}

// answer is the post that answers, or asks.
func (t turn) answer() bot.Ref { return t.Posts[0] }

// Querier is what reading needs of a pool; what is written is written in the transaction of the reply.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

const selectConversation = `
SELECT id, room_id, thread, person, lang, state
FROM conversations
WHERE room_id = $1 AND thread = $2 AND person = $3 AND expires_at > $4`

// loadConversation returns a conversation, a new one if it isn't there or has expired.
func loadConversation(ctx context.Context, q Querier, key bot.Conversation, now time.Time) (conversation, error) {
	rows, err := q.Query(ctx, selectConversation, key.Room, key.Thread, key.Person, now)
	if err != nil {
		return conversation{}, fmt.Errorf("load conversation: %w", err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[conversation])
	if errors.Is(err, pgx.ErrNoRows) {
		return newConversation(key), nil
	}
	if err != nil {
		return conversation{}, fmt.Errorf("load conversation: %w", err)
	}
	return c, nil
}

const selectConversationByTurn = `
SELECT c.id, c.room_id, c.thread, c.person, c.lang, c.state
FROM conversations c
JOIN turns t ON t.conversation_id = c.id
WHERE t.event_id = $1 AND c.expires_at > $2`

const selectTurns = `
SELECT event_id, conversation_id, question, person, before, read, decision, second, posts, open, counted
FROM turns
WHERE conversation_id = $1
ORDER BY seq`

// history is a conversation with its turns, the oldest first.
type history struct {
	conversation
	turns []turn
}

// at returns the index of a turn, -1 if it isn't there.
func (h history) at(event id.EventID) int {
	for i, t := range h.turns {
		if t.Event == event {
			return i
		}
	}
	return -1
}

// last returns the turn that was answered last.
func (h history) last() (turn, bool) {
	if len(h.turns) == 0 {
		return turn{}, false
	}
	return h.turns[len(h.turns)-1], true
}

// open returns the turn that waits for an answer. What was said since may have been a greeting, or
// nothing that Lotse knows about.
func (h history) open() (turn, bool) {
	for _, t := range slices.Backward(h.turns) {
		if t.Open {
			return t, true
		}
	}
	return turn{}, false
}

// asked returns the turn that asked for the fact that the state waits for.
func (h history) asked() (turn, bool) {
	for _, t := range slices.Backward(h.turns) {
		if t.Decision.Kind == knowledge.AskFact {
			return t, t.Decision.Fact == h.State.Asked
		}
	}
	return turn{}, false
}

func loadHistory(ctx context.Context, q Querier, key bot.Conversation, now time.Time) (history, error) {
	c, err := loadConversation(ctx, q, key, now)
	if err != nil || c.ID == 0 {
		return history{conversation: c}, err
	}
	return withTurns(ctx, q, c)
}

// loadHistoryOf returns the conversation of a turn; found is false if the turn isn't known (any more).
func loadHistoryOf(ctx context.Context, q Querier, event id.EventID, now time.Time) (h history, found bool, err error) {
	rows, err := q.Query(ctx, selectConversationByTurn, event, now)
	if err != nil {
		return history{}, false, fmt.Errorf("load conversation of a turn: %w", err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[conversation])
	if errors.Is(err, pgx.ErrNoRows) {
		return history{}, false, nil
	}
	if err != nil {
		return history{}, false, fmt.Errorf("load conversation of a turn: %w", err)
	}
	h, err = withTurns(ctx, q, c)
	return h, err == nil, err
}

func withTurns(ctx context.Context, q Querier, c conversation) (history, error) {
	rows, err := q.Query(ctx, selectTurns, c.ID)
	if err != nil {
		return history{}, fmt.Errorf("load turns: %w", err)
	}
	turns, err := pgx.CollectRows(rows, pgx.RowToStructByName[turn])
	if err != nil {
		return history{}, fmt.Errorf("load turns: %w", err)
	}
	return history{conversation: c, turns: turns}, nil
}

const deleteExpired = `
DELETE FROM conversations
WHERE room_id = $1
    AND expires_at <= $2`

const upsertConversation = `
INSERT INTO conversations (room_id, thread, person, lang, state, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (room_id, thread, person) DO UPDATE
SET lang = excluded.lang, state = excluded.state, expires_at = excluded.expires_at
RETURNING id`

const upsertTurn = `
INSERT INTO turns (event_id, conversation_id, question, person, before, read, decision, second, posts, open, counted)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (event_id) DO UPDATE
SET before = excluded.before, read = excluded.read, decision = excluded.decision, second = excluded.second,
    posts = excluded.posts, open = excluded.open, counted = excluded.counted`

const deleteTurn = `
DELETE FROM turns
WHERE event_id = $1`

const deleteConversation = `
DELETE FROM conversations
WHERE id = $1`

// life is from when to when a conversation is kept.
type life struct{ now, expires time.Time }

// saveTx stores the conversation and the turns that changed. What expired goes first, so that an old
// conversation in the same place can't come back to life.
func saveTx(ctx context.Context, tx pgx.Tx, c conversation, l life, turns ...turn) error {
	if _, err := tx.Exec(ctx, deleteExpired, c.Room, l.now); err != nil {
		return fmt.Errorf("delete expired conversations: %w", err)
	}
	rows, err := tx.Query(ctx, upsertConversation, c.Room, c.Thread, c.Person, c.Lang, c.State, l.expires)
	if err != nil {
		return fmt.Errorf("save conversation: %w", err)
	}
	c.ID, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int64])
	if err != nil {
		return fmt.Errorf("save conversation: %w", err)
	}
	for _, t := range turns {
		if err := saveTurnTx(ctx, tx, c.ID, t); err != nil {
			return err
		}
	}
	return nil
}

func saveTurnTx(ctx context.Context, tx pgx.Tx, conversation int64, t turn) error {
	if t.Read == nil {
		t.Read = map[string]string{}
	}
	if t.Counted == nil {
		t.Counted = []string{}
	}
	t.Decision.Why, t.Decision.Topics = nil, nil // the steps quote words of the message
	_, err := tx.Exec(ctx, upsertTurn, t.Event, conversation, t.Question, t.Person, t.Before, t.Read,
		t.Decision, t.Second, t.Posts, t.Open, t.Counted)
	if err != nil {
		return fmt.Errorf("save turn: %w", err)
	}
	return nil
}

func deleteTurnsTx(ctx context.Context, tx pgx.Tx, turns []turn) error {
	for _, t := range turns {
		if _, err := tx.Exec(ctx, deleteTurn, t.Event); err != nil {
			return fmt.Errorf("delete turn: %w", err)
		}
	}
	return nil
}

func deleteConversationTx(ctx context.Context, tx pgx.Tx, id int64) error {
	if _, err := tx.Exec(ctx, deleteConversation, id); err != nil {
		return fmt.Errorf("delete conversation: %w", err)
	}
	return nil
}
