package matrix

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"maunium.net/go/mautrix/id"
)

// ErrPickleKey is returned when what is stored was sealed with another pickle key.
var ErrPickleKey = errors.New("the pickle key is not the one that the stored account was sealed with: " +
	"give back the old one (LOTSE_PICKLE_KEY), or reset the encryption, see docs/operations.md")

// account is the row of table account, opened.
type account struct {
	UserID      id.UserID
	DeviceID    id.DeviceID
	AccessToken string
	RecoveryKey string
}

type accounts struct {
	pool *pgxpool.Pool
	seal cipher.AEAD
}

func newAccounts(pool *pgxpool.Pool, pickleKey string) (*accounts, error) {
	key, err := hkdf.Key(sha256.New, []byte(pickleKey), nil, "lotse account 1", 32)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return &accounts{pool: pool, seal: aead}, nil
}

const loadAccountQuery = `
SELECT user_id, device_id, access_token, recovery_key
FROM account
WHERE user_id = $1`

// load returns nil without an error when there is no account of that user.
func (s *accounts) load(ctx context.Context, user id.UserID) (*account, error) {
	var a account
	var token, recovery []byte
	err := s.pool.QueryRow(ctx, loadAccountQuery, user).Scan(&a.UserID, &a.DeviceID, &token, &recovery)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // no account yet is no error
	}
	if err != nil {
		return nil, fmt.Errorf("load account: %w", err)
	}
	if a.AccessToken, err = s.open(token, user, "token"); err != nil {
		return nil, err
	}
	if recovery != nil {
		if a.RecoveryKey, err = s.open(recovery, user, "recovery"); err != nil {
			return nil, err
		}
	}
	return &a, nil
}

const saveAccountQuery = `
INSERT INTO account (user_id, device_id, access_token, recovery_key)
VALUES ($1, $2, $3, $4)
ON CONFLICT (user_id) DO UPDATE
SET device_id = excluded.device_id, access_token = excluded.access_token, recovery_key = excluded.recovery_key`

func (s *accounts) save(ctx context.Context, a *account) error {
	var recovery []byte
	if a.RecoveryKey != "" {
		recovery = s.close(a.RecoveryKey, a.UserID, "recovery")
	}
	token := s.close(a.AccessToken, a.UserID, "token")
	if _, err := s.pool.Exec(ctx, saveAccountQuery, a.UserID, a.DeviceID, token, recovery); err != nil {
		return fmt.Errorf("save account: %w", err)
	}
	return nil
}

// close seals a secret. The user and the purpose are bound to it, so that rows and columns can't
// be swapped.
func (s *accounts) close(secret string, user id.UserID, purpose string) []byte {
	return s.seal.Seal(nil, nil, []byte(secret), []byte(purpose+" "+string(user)))
}

func (s *accounts) open(sealed []byte, user id.UserID, purpose string) (string, error) {
	secret, err := s.seal.Open(nil, nil, sealed, []byte(purpose+" "+string(user)))
	if err != nil {
		return "", ErrPickleKey
	}
	return string(secret), nil
}
