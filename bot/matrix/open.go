package matrix

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/cryptohelper"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
)

// setupTimeout bounds all that Open asks of the homeserver.
const setupTimeout = 2 * time.Minute

// Client is the bot's account on a homeserver. Its methods may be called at the same time.
// Two clients of one account must never run at once, not even in two processes: they would
// break each other's encryption. The runtime's advisory lock sees to that.
type Client struct {
	opts     Options
	log      *slog.Logger
	api      *mautrix.Client
	token    *tokens
	helper   *cryptohelper.CryptoHelper
	keys     *crypto.SQLCryptoStore
	accounts *accounts

	newKeys  newKeys      // that came since the inbox was told
	lastSync atomic.Int64 // Unix milliseconds
	tails    tails        // the latest events of threads
	known    knownRooms   // what the database has, too
	gaps     gaps         // that could not be filled yet
	stateMu  sync.Mutex   // held while the state of rooms is stored, so that old never replaces new

	hurryMu sync.Mutex
	hurry   time.Time          // until then /sync polls only shortly
	wake    context.CancelFunc // ends the poll that runs; nil: none runs
}

var _ bot.Transport = (*Client)(nil)

// Open logs in, or resumes the login that is stored, and makes ready to encrypt. The schema must
// be migrated. Errors name what to do about them; [ErrPickleKey] and [ErrKeysLost] can't be
// helped by trying again.
func Open(ctx context.Context, o Options) (*Client, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("check options: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, setupTimeout)
	defer cancel()
	c, acc, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := c.startCrypto(ctx); err != nil {
		return nil, err
	}
	if err := c.ensureIdentity(ctx, acc, false); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	c.setDisplayName(ctx)
	return c, nil
}

// connect logs in or resumes.
func connect(ctx context.Context, o Options) (*Client, *account, error) {
	accounts, err := newAccounts(o.Pool, o.PickleKey)
	if err != nil {
		return nil, nil, err
	}
	acc, err := accounts.load(ctx, o.UserID)
	if err != nil {
		return nil, nil, err
	}
	api, err := mautrix.NewClient(o.HomeserverURL, o.UserID, "")
	if err != nil {
		return nil, nil, fmt.Errorf("make client: %w", err)
	}
	token := new(tokens)
	api.Client = token.client(o.HTTP)
	api.UserAgent = "lotse"
	api.Log = mautrixLogger(o.Logger)
	api.DefaultHTTPRetries = 0 // repeating a request is decided where its meaning is known
	c := &Client{opts: o, log: o.Logger, api: api, token: token, accounts: accounts, gaps: newGaps()}
	if acc == nil {
		acc = &account{UserID: o.UserID}
		err = c.login(ctx, acc)
	} else {
		err = c.resume(ctx, acc)
	}
	return c, acc, err
}

func (c *Client) use(acc *account) {
	if c.api.DeviceID != acc.DeviceID { // at the start only
		c.api.DeviceID = acc.DeviceID
	}
	c.token.Store(&acc.AccessToken)
}

// tokens has the access token, which is exchanged while requests are on their way when it was
// revoked; mautrix's field for it isn't made for that and stays empty.
type tokens struct{ atomic.Pointer[string] }

// client returns a client like h that sends the token.
func (t *tokens) client(h *http.Client) *http.Client {
	authorized := *h
	base := h.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	authorized.Transport = roundTripper(func(req *http.Request) (*http.Response, error) {
		if token := t.Load(); token != nil {
			req = req.Clone(req.Context())
			req.Header.Set("Authorization", "Bearer "+*token)
		}
		return base.RoundTrip(req)
	})
	return &authorized
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip calls f.
func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// login makes a new device, or with a device ID in acc a new token for it, and stores them.
func (c *Client) login(ctx context.Context, acc *account) error {
	if c.opts.Password == "" {
		return c.adoptToken(ctx, acc)
	}
	resp, err := c.api.Login(ctx, &mautrix.ReqLogin{
		Type:                     mautrix.AuthTypePassword,
		Identifier:               mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: string(c.opts.UserID)},
		Password:                 c.opts.Password,
		DeviceID:                 acc.DeviceID,
		InitialDeviceDisplayName: "Lotse",
	})
	if err != nil {
		return fmt.Errorf("log in as %s: %w", c.opts.UserID, err)
	}
	if resp.UserID != c.opts.UserID {
		return fmt.Errorf("log in as %s: the homeserver says that this is %s", c.opts.UserID, resp.UserID)
	}
	acc.DeviceID, acc.AccessToken = resp.DeviceID, resp.AccessToken
	c.use(acc)
	return c.accounts.save(ctx, acc)
}

// adoptToken takes the token that was configured.
func (c *Client) adoptToken(ctx context.Context, acc *account) error {
	if c.opts.AccessToken == "" || (acc.DeviceID != "" && acc.DeviceID != c.opts.DeviceID) {
		return fmt.Errorf("log in as %s: needs a password (LOTSE_PASSWORD)", c.opts.UserID)
	}
	acc.DeviceID, acc.AccessToken = c.opts.DeviceID, c.opts.AccessToken
	c.use(acc)
	if err := c.whoami(ctx); err != nil {
		return err
	}
	return c.accounts.save(ctx, acc)
}

// resume takes the stored token, and logs in anew, as the same device, if it was revoked.
func (c *Client) resume(ctx context.Context, acc *account) error {
	c.use(acc)
	err := c.whoami(ctx)
	if !errors.Is(err, mautrix.MUnknownToken) {
		return err
	}
	c.log.WarnContext(ctx, "access token was revoked, logging in again",
		"device_id", acc.DeviceID)
	return c.login(ctx, acc)
}

func (c *Client) whoami(ctx context.Context) error {
	me, err := c.api.Whoami(ctx)
	if err != nil {
		return fmt.Errorf("check access token: %w", err)
	}
	if me.UserID != c.api.UserID || (me.DeviceID != "" && me.DeviceID != c.api.DeviceID) {
		return fmt.Errorf("check access token: it is for %s, device %s, not for %s, device %s",
			me.UserID, me.DeviceID, c.api.UserID, c.api.DeviceID)
	}
	return nil
}

// startCrypto opens the key store and makes sure that the homeserver has the keys of this device.
func (c *Client) startCrypto(ctx context.Context) error {
	db, err := dbutil.NewWithDB(stdlib.OpenDBFromPool(c.opts.Pool), "pgx")
	if err != nil {
		return fmt.Errorf("open key store: %w", err)
	}
	helper, err := cryptohelper.NewCryptoHelper(c.api, []byte(c.opts.PickleKey), db)
	if err != nil {
		return fmt.Errorf("open key store: %w", err)
	}
	helper.DBAccountID = string(c.opts.UserID)
	if err := helper.Init(ctx); err != nil {
		return errors.Join(explainCrypto(err), db.Close())
	}
	keys, ok := helper.Machine().CryptoStore.(*crypto.SQLCryptoStore)
	if !ok {
		return errors.New("open key store: it is of an unknown kind")
	}
	c.helper, c.keys = helper, keys
	m := helper.Machine()
	// Who isn't verified gets keys, too: people with an unverified session would otherwise read
	// nothing, and what the bot says isn't secret from a member of the room. A key that is asked for
	// later goes to devices only that their owner signed.
	m.SendKeysMinTrust = id.TrustStateUnset
	m.ShareKeysMinTrust = id.TrustStateCrossSignedTOFU
	m.PlaintextMentions = false
	m.IgnorePostDecryptionParseErrors = true // read.go parses with more patience
	m.SessionReceived = func(_ context.Context, room id.RoomID, _ id.SessionID, _ uint32) { c.newKeys.add(room) }
	return nil
}

func (c *Client) setDisplayName(ctx context.Context) {
	if c.opts.DisplayName == "" {
		return
	}
	have, err := c.api.GetOwnDisplayName(ctx)
	if err == nil && have.DisplayName == c.opts.DisplayName {
		return
	}
	if err := c.api.SetDisplayName(ctx, c.opts.DisplayName); err != nil {
		c.log.WarnContext(ctx, "could not set display name", "error", err)
	}
}

// DeviceID returns the ID of the bot's device, which stays the same over restarts.
func (c *Client) DeviceID() id.DeviceID { return c.api.DeviceID }

// UserID returns the bot's user ID.
func (c *Client) UserID() id.UserID { return c.api.UserID }

// Close lets go of the key store. It leaves the pool open, and the device logged in.
func (c *Client) Close() error {
	c.helper.Machine().Destroy()
	if err := c.helper.Close(); err != nil {
		return fmt.Errorf("close key store: %w", err)
	}
	return nil
}
