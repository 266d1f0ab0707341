package matrix

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"
)

// ErrKeysLost is returned by [Open] when the keys in the database and those that the homeserver
// has for this device don't belong together, so that the bot could read nothing.
var ErrKeysLost = errors.New("the encryption keys of this device are lost: " +
	"restore the database from before, or reset the encryption (a new device), see docs/operations.md")

// explainCrypto says what can be done about the three ways in which mautrix finds that keys are lost.
func explainCrypto(err error) error {
	for _, fatal := range [...]string{
		"keys seem to have disappeared from the server", // somebody removed the device
		"not marked as shared, but there are keys",      // the database is older than the device
		"mismatching identity key",                      // the database is of another device
		"mismatching device ID",
	} {
		if strings.Contains(err.Error(), fatal) {
			return fmt.Errorf("%w (%w)", ErrKeysLost, err)
		}
	}
	if strings.Contains(err.Error(), "failed to load olm account") {
		return fmt.Errorf("%w (%w)", ErrPickleKey, err)
	}
	return fmt.Errorf("start encryption: %w", err)
}

// ensureIdentity sees to it that this device is signed by the account's cross-signing identity.
// It makes an identity if there is none, and replaces one that it has no key for only if told to:
// everybody who verified the old one would be warned.
func (c *Client) ensureIdentity(ctx context.Context, acc *account, replace bool) error {
	if acc.RecoveryKey == "" && c.opts.RecoveryKey != "" {
		acc.RecoveryKey = c.opts.RecoveryKey
	}
	published, err := c.identityPublished(ctx)
	if err != nil {
		return err
	}
	if !published || replace {
		return c.makeIdentity(ctx, acc)
	}
	if acc.RecoveryKey == "" {
		c.log.WarnContext(ctx, "device is not cross-signed: the account's identity was made elsewhere",
			"what_to_do", "set LOTSE_RECOVERY_KEY, or reset the encryption")
		return nil
	}
	if _, verified, err := c.helper.Machine().GetOwnVerificationStatus(ctx); err == nil && verified {
		return nil
	}
	if err := c.helper.Machine().VerifyWithRecoveryKey(ctx, acc.RecoveryKey); err != nil {
		return fmt.Errorf("sign own device with the recovery key: %w", err)
	}
	return c.accounts.save(ctx, acc)
}

func (c *Client) identityPublished(ctx context.Context) (bool, error) {
	user := c.api.UserID
	resp, err := c.api.QueryKeys(ctx, &mautrix.ReqQueryKeys{
		DeviceKeys: mautrix.DeviceKeysRequest{user: mautrix.DeviceIDList{}},
		Timeout:    10_000,
	})
	if err != nil {
		return false, fmt.Errorf("ask for own cross-signing keys: %w", err)
	}
	_, ok := resp.MasterKeys[user]
	return ok, nil
}

// makeIdentity makes cross-signing keys and publishes them as the last step but signing: a crash
// before leaves no identity, so that the next start begins again; a crash after it leaves one whose
// recovery key is stored.
func (c *Client) makeIdentity(ctx context.Context, acc *account) error {
	m := c.helper.Machine()
	key, err := m.SSSS.GenerateAndUploadKey(ctx, "")
	if err != nil {
		return fmt.Errorf("make recovery key: %w", err)
	}
	acc.RecoveryKey = key.RecoveryKey()
	if err := c.accounts.save(ctx, acc); err != nil {
		return err
	}
	identity, err := m.GenerateCrossSigningKeys()
	if err != nil {
		return fmt.Errorf("make cross-signing keys: %w", err)
	}
	if err := m.UploadCrossSigningKeysToSSSS(ctx, key, identity); err != nil {
		return fmt.Errorf("store cross-signing keys: %w", err)
	}
	if err := m.SSSS.SetDefaultKeyID(ctx, key.ID); err != nil {
		return fmt.Errorf("store cross-signing keys: %w", err)
	}
	if err := m.PublishCrossSigningKeys(ctx, identity, c.confirmWithPassword); err != nil {
		return fmt.Errorf("publish cross-signing keys: %w", err)
	}
	if err := m.SignOwnDevice(ctx, m.OwnIdentity()); err != nil {
		return fmt.Errorf("sign own device: %w", err)
	}
	if err := m.SignOwnMasterKey(ctx); err != nil {
		return fmt.Errorf("sign own master key: %w", err)
	}
	return nil
}

// confirmWithPassword answers the homeserver when it wants the password for a sensitive request.
func (c *Client) confirmWithPassword(ui *mautrix.RespUserInteractive) any {
	if c.opts.Password == "" {
		return nil
	}
	return &mautrix.ReqUIAuthLogin{
		BaseAuthData: mautrix.BaseAuthData{Type: mautrix.AuthTypePassword, Session: ui.Session},
		User:         string(c.api.UserID),
		Password:     c.opts.Password,
	}
}

// Trust asks the homeserver for the keys of the bot's own device and says how others see it:
// "cross-signed-verified" and "cross-signed-tofu" are as it should be, "unverified" shows a warning
// at every message.
func (c *Client) Trust(ctx context.Context) (string, error) {
	m := c.helper.Machine()
	devices, err := m.FetchKeys(ctx, []id.UserID{c.api.UserID}, true)
	if err != nil {
		return "", fmt.Errorf("ask for own keys: %w", err)
	}
	device, ok := devices[c.api.UserID][c.api.DeviceID]
	if !ok {
		return "", fmt.Errorf("%w (the homeserver has no keys for device %s)", ErrKeysLost, c.api.DeviceID)
	}
	device.Trust = id.TrustStateUnset // what we believe of ourselves doesn't count
	trust, err := m.ResolveTrustContext(ctx, device)
	if err != nil {
		return "", fmt.Errorf("check own device: %w", err)
	}
	return trust.String(), nil
}

// resetQueries remove all keys of an account. What mautrix knows of other people's devices goes,
// too: it is asked for again.
var resetQueries = [...]string{ //nolint:gochecknoglobals // a constant list
	`DELETE FROM crypto_megolm_outbound_session WHERE account_id = $1`,
	`DELETE FROM crypto_megolm_inbound_session WHERE account_id = $1`,
	`DELETE FROM crypto_olm_session WHERE account_id = $1`,
	`DELETE FROM crypto_account WHERE account_id = $1`,
	`DELETE FROM crypto_cross_signing_keys WHERE user_id = $1`,
	`DELETE FROM crypto_cross_signing_signatures WHERE signed_user_id = $1 OR signer_user_id = $1`,
	`DELETE FROM crypto_device WHERE user_id = $1`,
	`DELETE FROM crypto_tracked_user WHERE user_id = $1`,
	`DELETE FROM account WHERE user_id = $1`,
}

// ResetCrypto gives the bot a new device and a new cross-signing identity, when the old keys are
// lost. Everybody who verified the bot is warned that it changed, and it can't read what was
// encrypted for the old device. Nothing else may run on the account meanwhile. It needs the password.
func ResetCrypto(ctx context.Context, o Options) (*Client, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("check options: %w", err)
	}
	if o.Password == "" {
		return nil, errors.New("reset encryption: needs the password (LOTSE_PASSWORD)")
	}
	ctx, cancel := context.WithTimeout(ctx, setupTimeout)
	defer cancel()
	dropOldDevice(ctx, o)
	for _, query := range resetQueries {
		if _, err := o.Pool.Exec(ctx, query, o.UserID); err != nil && !isUndefinedTable(err) {
			return nil, fmt.Errorf("remove old keys: %w", err)
		}
	}
	o.RecoveryKey = ""
	c, acc, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := c.startCrypto(ctx); err != nil {
		return nil, err
	}
	if err := c.ensureIdentity(ctx, acc, true); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// dropOldDevice logs the old device out, if its token can still be read; else it stays behind,
// and somebody may remove it by hand.
func dropOldDevice(ctx context.Context, o Options) {
	accounts, err := newAccounts(o.Pool, o.PickleKey)
	if err != nil {
		return
	}
	acc, err := accounts.load(ctx, o.UserID)
	if err != nil || acc == nil {
		return
	}
	api, err := mautrix.NewClient(o.HomeserverURL, o.UserID, acc.AccessToken)
	if err != nil {
		return
	}
	api.Client = o.HTTP
	if _, err := api.Logout(ctx); err != nil {
		o.Logger.WarnContext(ctx, "could not log the old device out",
			"device_id", acc.DeviceID, "error", err)
	}
}
