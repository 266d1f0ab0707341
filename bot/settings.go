package bot

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"maunium.net/go/mautrix/id"
)

// SettingsStore reads and writes what people set for rooms and for themselves. The runtime reads
// them for every message ([Message.Settings], [Message.Lang]); handlers write them in a [Change].
type SettingsStore struct{ pool *pgxpool.Pool }

// NewSettingsStore returns a store on the pool.
func NewSettingsStore(pool *pgxpool.Pool) *SettingsStore { return &SettingsStore{pool: pool} }

// Settings returns those of a room, the zero value if nothing is set or the room isn't known.
func (s *SettingsStore) Settings(ctx context.Context, room id.RoomID) (Settings, error) {
	const query = `SELECT settings FROM rooms WHERE room_id = $1`
	rows, _ := s.pool.Query(ctx, query, room)
	out, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[Settings])
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return Settings{}, fmt.Errorf("read settings: %w", err)
	}
	return out, nil
}

// SetSettingsTx replaces the settings of a room. A room that the bot doesn't know is an error.
func (s *SettingsStore) SetSettingsTx(ctx context.Context, tx pgx.Tx, room id.RoomID, to Settings) error {
	const query = `UPDATE rooms SET settings = $2 WHERE room_id = $1`
	tag, err := tx.Exec(ctx, query, room, to)
	if err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return errors.New("write settings: the room is not known")
	}
	return nil
}

// Lang returns the language that a person fixed, empty if none.
func (s *SettingsStore) Lang(ctx context.Context, user id.UserID) (string, error) {
	const query = `SELECT lang FROM persons WHERE user_id = $1`
	rows, _ := s.pool.Query(ctx, query, user)
	lang, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("read language: %w", err)
	}
	return lang, nil
}

// SetLangTx fixes the language that a person is answered in; empty lets the text decide again.
func (s *SettingsStore) SetLangTx(ctx context.Context, tx pgx.Tx, user id.UserID, lang string) error {
	const remove = `DELETE FROM persons WHERE user_id = $1`
	const upsert = `
INSERT INTO persons (user_id, lang) VALUES ($1, $2)
ON CONFLICT (user_id) DO UPDATE SET lang = excluded.lang`
	if lang == "" {
		if _, err := tx.Exec(ctx, remove, user); err != nil {
			return fmt.Errorf("forget language: %w", err)
		}
		return nil
	}
	if _, err := tx.Exec(ctx, upsert, user, lang); err != nil {
		return fmt.Errorf("write language: %w", err)
	}
	return nil
}

// ForgetTx erases what the runtime keeps about a person: the language, and who questions were put to.
func (s *SettingsStore) ForgetTx(ctx context.Context, tx pgx.Tx, user id.UserID) error {
	const choices = `
UPDATE choices SET closed_at = coalesce(closed_at, now()), asker = '', person = '', data = NULL
WHERE asker = $1 OR person = $1`
	if _, err := tx.Exec(ctx, choices, user); err != nil {
		return fmt.Errorf("forget questions: %w", err)
	}
	return s.SetLangTx(ctx, tx, user, "")
}
