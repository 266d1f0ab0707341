// Package matrixclient is a person with a Matrix client, for end-to-end tests and the demo: it
// encrypts, is cross-signed, follows its rooms and remembers all it saw. What it knows is in memory
// and gone when it is closed.
//
//	anna, err := matrixclient.Open(ctx, matrixclient.Options{URL: url, User: "@anna:localhost", Password: "…"})
//	room, err := anna.Create(ctx, matrixclient.Room{Direct: true, Encrypted: true, Invite: []id.UserID{lotse}})
//	asked, err := anna.Say(ctx, room, "welches amt?")
//	answer, err := anna.Wait(ctx, matrixclient.From(lotse), matrixclient.In(room))
package matrixclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/cryptohelper"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Options say who the client is. Password, or Token and Device are needed; with a password the
// device is new.
type Options struct {
	URL      string
	User     id.UserID
	Password string
	Token    string
	Device   id.DeviceID
	Unsigned bool // don't make a cross-signing identity
}

// Client is a person's client. Its methods may be called at the same time.
type Client struct {
	API *mautrix.Client // for what has no method here

	helper *cryptohelper.CryptoHelper
	store  *crypto.MemoryStore
	cancel context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex
	seen    []Event
	changed chan struct{} // closed and made anew when something is seen
}

// syncer is mautrix's, but it tries again at once.
type syncer struct{ *mautrix.DefaultSyncer }

// OnFailedSync returns how long to wait after a failed sync.
func (syncer) OnFailedSync(_ *mautrix.RespSync, err error) (time.Duration, error) {
	if errors.Is(err, mautrix.MUnknownToken) {
		return 0, err
	}
	return 300 * time.Millisecond, nil
}

// Open logs in and begins to follow the account, until Close.
func Open(ctx context.Context, o Options) (*Client, error) {
	api, err := mautrix.NewClient(o.URL, o.User, o.Token)
	if err != nil {
		return nil, fmt.Errorf("make client: %w", err)
	}
	api.DeviceID = o.Device
	api.Log = zerolog.Nop()
	api.Client = &http.Client{}
	if o.Token == "" {
		_, err := api.Login(ctx, &mautrix.ReqLogin{
			Type:                     mautrix.AuthTypePassword,
			Identifier:               mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: string(o.User)},
			Password:                 o.Password,
			StoreCredentials:         true,
			InitialDeviceDisplayName: "test",
		})
		if err != nil {
			return nil, fmt.Errorf("log in as %s: %w", o.User, err)
		}
	}
	c := &Client{
		API: api, store: crypto.NewMemoryStore(nil), done: make(chan struct{}), changed: make(chan struct{}),
	}
	if err := c.start(ctx, o); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Client) start(ctx context.Context, o Options) error {
	s := syncer{mautrix.NewDefaultSyncer()}
	s.FilterJSON = &mautrix.Filter{Room: &mautrix.RoomFilter{Timeline: &mautrix.FilterPart{Limit: 500}}}
	c.API.Syncer = s
	c.API.StateStore = mautrix.NewMemoryStateStore()
	s.OnEvent(c.API.StateStoreSyncHandler)
	helper, err := cryptohelper.NewCryptoHelper(c.API, []byte("in memory"), c.store)
	if err != nil {
		return fmt.Errorf("start encryption: %w", err)
	}
	if err := helper.Init(ctx); err != nil {
		return fmt.Errorf("start encryption: %w", err)
	}
	c.helper, c.API.Crypto = helper, helper
	helper.DecryptErrorCallback = func(evt *event.Event, err error) { c.see(evt, err) }
	s.OnEvent(func(_ context.Context, evt *event.Event) {
		if evt.Type != event.EventEncrypted && evt.Mautrix.EventSource&event.SourceEphemeral == 0 {
			c.see(evt, nil)
		}
	})
	if !o.Unsigned {
		if err := c.crossSign(ctx, o.Password); err != nil {
			return err
		}
	}
	ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer close(c.done)
		for ctx.Err() == nil {
			_ = c.API.SyncWithContext(ctx)
		}
	}()
	return nil
}

func (c *Client) crossSign(ctx context.Context, password string) error {
	m := c.helper.Machine()
	if _, _, err := m.GenerateAndUploadCrossSigningKeysWithPassword(ctx, password, ""); err != nil {
		return fmt.Errorf("make cross-signing keys: %w", err)
	}
	if err := m.SignOwnDevice(ctx, m.OwnIdentity()); err != nil {
		return fmt.Errorf("sign own device: %w", err)
	}
	if err := m.SignOwnMasterKey(ctx); err != nil {
		return fmt.Errorf("sign own master key: %w", err)
	}
	return nil
}

// User returns the user ID.
func (c *Client) User() id.UserID { return c.API.UserID }

// Close ends the client. The device stays logged in.
func (c *Client) Close() {
	c.cancel()
	<-c.done
	c.helper.Machine().Destroy()
}

// Trust returns how this client sees another user's device, after asking for its keys anew.
func (c *Client) Trust(ctx context.Context, user id.UserID, device id.DeviceID) (id.TrustState, error) {
	m := c.helper.Machine()
	devices, err := m.FetchKeys(ctx, []id.UserID{user}, true)
	if err != nil {
		return 0, fmt.Errorf("ask for keys: %w", err)
	}
	d, ok := devices[user][device]
	if !ok {
		return 0, fmt.Errorf("%s has no device %s", user, device)
	}
	trust, err := m.ResolveTrustContext(ctx, d)
	if err != nil {
		return 0, fmt.Errorf("check device: %w", err)
	}
	return trust, nil
}

// NewSession makes the next encrypted message of this client in the room begin a new Megolm
// session, whose key must be shared first.
func (c *Client) NewSession(ctx context.Context, room id.RoomID) error {
	return c.store.RemoveOutboundGroupSession(ctx, room)
}
