package matrix

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
)

// minPickleKey is the length below which a pickle key is refused: it protects every key there is.
const minPickleKey = 16

// Options say which account the client is. UserID, HomeserverURL, PickleKey and Pool are needed,
// and at the first start a Password, or an AccessToken with its DeviceID.
type Options struct {
	HomeserverURL string
	UserID        id.UserID
	Password      string // logs in at the first start, and again when the token was revoked
	AccessToken   string // instead of Password; belongs to DeviceID
	DeviceID      id.DeviceID
	RecoveryKey   string // of the account's cross-signing identity, if the bot didn't make it itself

	// PickleKey seals what is stored. It must be the same at every start: with another one, the
	// stored keys can't be opened.
	PickleKey string

	Pool        *pgxpool.Pool
	DisplayName string       // set at the start when it differs; empty: left alone
	Ignore      []id.UserID  // other bots: what they say is dropped
	Logger      *slog.Logger // nil: nothing is logged
	HTTP        *http.Client // nil: a client of its own
}

// Inbox is where the sync loop delivers. The runtime's inbox is one.
type Inbox interface {
	// Accept stores the batch and its token in one transaction. Events that it has seen are skipped.
	Accept(ctx context.Context, b bot.Batch) error
	// Token returns the token of the last batch accepted; empty: none was.
	Token(ctx context.Context) (string, error)
	// KeysArrived wakes the events of these rooms that wait for a key.
	KeysArrived(rooms ...id.RoomID)
}

func (o *Options) check() error {
	var errs []error
	u, err := url.Parse(o.HomeserverURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		errs = append(errs, fmt.Errorf("homeserver URL %q: must look like https://matrix.example.org", o.HomeserverURL))
	}
	if _, _, err := o.UserID.Parse(); err != nil {
		errs = append(errs, fmt.Errorf("user ID %q: must look like @lotse:example.org", o.UserID))
	}
	if len(o.PickleKey) < minPickleKey {
		errs = append(errs, fmt.Errorf("pickle key: needs at least %d characters", minPickleKey))
	}
	if o.Pool == nil {
		errs = append(errs, errors.New("database pool is missing"))
	}
	if o.AccessToken != "" && o.DeviceID == "" {
		errs = append(errs, errors.New("access token without its device ID"))
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.HTTP == nil {
		o.HTTP = newHTTPClient()
	}
	o.HomeserverURL = strings.TrimRight(o.HomeserverURL, "/")
	return errors.Join(errs...)
}

// requestLimit is longer than any request takes. It bounds those that have no limit of their own, such
// as mautrix's for keys, which a server that never answers would else hang for ever.
const requestLimit = firstSync + time.Minute

// newHTTPClient returns a client that keeps enough connections for the senders of many rooms. Its
// time limit is a last resort, since /sync takes long by design.
func newHTTPClient() *http.Client {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return &http.Client{Timeout: requestLimit}
	}
	t = t.Clone()
	t.MaxIdleConnsPerHost = 32
	return &http.Client{Transport: t, Timeout: requestLimit}
}
