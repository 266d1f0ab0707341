package matrix

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto/signatures"
	"maunium.net/go/mautrix/id"
)

// ErrNotLoggedIn is what [Inspect] finds before the first start.
var ErrNotLoggedIn = errors.New("the bot has not logged in yet: the first `lotse serve` does")

// Inspection is what [Inspect] found. Reach, Account and Trust are nil when all is well, and say
// what to do when not.
type Inspection struct {
	Reach   error         // the homeserver answers
	Skew    time.Duration // the homeserver's clock less ours, to the second
	Account error         // the stored token is good
	Device  id.DeviceID   // of the stored login
	Trust   error         // the device is signed by the account's own identity
}

// Inspect looks at the account without opening its keys or changing anything, so that it may be used
// while the bot runs.
func Inspect(ctx context.Context, o Options) (Inspection, error) {
	var found Inspection
	if err := o.check(); err != nil {
		return found, fmt.Errorf("check options: %w", err)
	}
	accounts, err := newAccounts(o.Pool, o.PickleKey)
	if err != nil {
		return found, err
	}
	if found.Skew, found.Reach = askClock(ctx, o); found.Reach != nil {
		return found, nil //nolint:nilerr // it is in what was found
	}
	acc, err := accounts.load(ctx, o.UserID)
	if acc == nil {
		found.Account = cmp.Or(err, ErrNotLoggedIn)
		return found, nil
	}
	found.Device = acc.DeviceID
	api, err := mautrix.NewClient(o.HomeserverURL, o.UserID, acc.AccessToken)
	if err != nil {
		return found, fmt.Errorf("make client: %w", err)
	}
	api.Client, api.Log = o.HTTP, mautrixLogger(o.Logger)
	if _, err := api.Whoami(ctx); err != nil {
		found.Account = fmt.Errorf("the homeserver refuses the stored token (%w): set LOTSE_PASSWORD and start again", err)
		return found, nil
	}
	found.Trust = checkSigned(ctx, api, acc)
	return found, nil
}

// askClock asks for the versions, which needs no login, and reads the time out of the header.
func askClock(ctx context.Context, o Options) (time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, o.HomeserverURL+"/_matrix/client/versions", http.NoBody)
	if err != nil {
		return 0, fmt.Errorf("make request: %w", err)
	}
	resp, err := o.HTTP.Do(req)
	if err != nil {
		return 0, fmt.Errorf("the homeserver does not answer (%w): check LOTSE_HOMESERVER_URL", err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was not read
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("no Matrix homeserver answers there (%s): check LOTSE_HOMESERVER_URL", resp.Status)
	}
	at, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return 0, nil // a server need not tell its time
	}
	return time.Until(at).Round(time.Second), nil
}

// checkSigned verifies the signature of the account's self-signing key under the keys of its device.
func checkSigned(ctx context.Context, api *mautrix.Client, acc *account) error {
	resp, err := api.QueryKeys(ctx, &mautrix.ReqQueryKeys{DeviceKeys: mautrix.DeviceKeysRequest{acc.UserID: {acc.DeviceID}}})
	if err != nil {
		return fmt.Errorf("ask for the device's keys: %w", err)
	}
	device, ok := resp.DeviceKeys[acc.UserID][acc.DeviceID]
	if !ok {
		return ErrKeysLost
	}
	self := resp.SelfSigningKeys[acc.UserID]
	signer := self.FirstKey()
	if signer == "" {
		return errors.New("the account has no cross-signing identity: people see a warning at every message; start the bot again")
	}
	good, err := signatures.VerifySignatureJSON(device, acc.UserID, string(signer), signer)
	if err != nil || !good {
		return errors.New("the bot's device is not signed: people see a warning at every message; set LOTSE_RECOVERY_KEY and start again")
	}
	return nil
}
