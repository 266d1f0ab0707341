package matrix_test

import (
	"bytes"
	"errors"
	"net/http"
	"regexp"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"lotse/bot"
	"lotse/bot/matrix"
	"lotse/internal/faultproxy"
	"lotse/internal/matrixclient"
)

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	_, err := matrix.Open(t.Context(), matrix.Options{HomeserverURL: "matrix.example.org", UserID: "lotse", PickleKey: "short", AccessToken: "x"})
	for _, want := range []string{"homeserver URL", "user ID", "pickle key", "pool", "device ID"} {
		if err == nil || !bytes.Contains([]byte(err.Error()), []byte(want)) {
			t.Errorf("error %v does not name the %s", err, want)
		}
	}
}

func TestSecretsAreSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var token, recovery []byte
	err := w.pool.QueryRow(t.Context(), "SELECT access_token, recovery_key FROM account").Scan(&token, &recovery)
	if err != nil {
		t.Fatal(err)
	}
	// Both are of printable ASCII when open.
	if len(recovery) == 0 || isASCII(token) || isASCII(recovery) {
		t.Errorf("token %q, recovery key %q", token, recovery)
	}
	w.stop()
	o := w.options()
	o.PickleKey = "another pickle key"
	if _, err := matrix.Open(t.Context(), o); !errors.Is(err, matrix.ErrPickleKey) {
		t.Errorf("open with another pickle key: %v", err)
	}
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// When its token is revoked, the bot logs in again as the same device, and misses nothing.
func TestRevokedToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person("anna")
	room := anna.room(w, matrixclient.Room{Encrypted: true})
	device := w.bot.DeviceID()
	revoke := func(path string) *faultproxy.Rule {
		return w.proxy.Add(&faultproxy.Rule{
			Path: regexp.MustCompile(path), Do: faultproxy.Answer, Times: 1,
			Status: http.StatusUnauthorized, Body: `{"errcode":"M_UNKNOWN_TOKEN","error":"gone"}`,
		})
	}
	logins := w.proxy.Add(&faultproxy.Rule{Path: regexp.MustCompile("/login$"), Do: faultproxy.Count})

	revoked := revoke("/sync$")
	if e := w.wait(said(anna.say(room, "noch da?"))); e.Text != "noch da?" || w.bot.DeviceID() != device {
		t.Errorf("event = %+v, device %s, want %s", e, w.bot.DeviceID(), device)
	}
	w.wait(said(anna.say(room, "und jetzt?")))
	w.stop()
	revoke("/whoami$")
	w.start()
	if e := w.wait(said(anna.say(room, "immer noch?"))); e.Text != "immer noch?" || w.bot.DeviceID() != device {
		t.Errorf("event = %+v, device %s, want %s", e, w.bot.DeviceID(), device)
	}
	if revoked.Hits() != 1 || logins.Hits() != 2 {
		t.Errorf("revoked %d times, logged in %d times, want 1 and 2", revoked.Hits(), logins.Hits())
	}
}

func TestLostKeysAndReset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person("anna")
	room := anna.room(w, matrixclient.Room{Encrypted: true})
	w.wait(said(anna.say(room, "vorher")))
	w.stop()
	// The database is lost but for the account: the device has keys that nobody knows.
	for _, table := range []string{"crypto_account", "crypto_olm_session", "crypto_megolm_inbound_session"} {
		if _, err := w.pool.Exec(t.Context(), "DELETE FROM "+table); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := matrix.Open(t.Context(), w.options()); !errors.Is(err, matrix.ErrKeysLost) {
		t.Fatalf("open with lost keys: %v", err)
	}
	c := must(matrix.ResetCrypto(t.Context(), w.options()))(t)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	w.start()
	if trust, err := w.bot.Trust(t.Context()); err != nil || trust != "cross-signed-verified" {
		t.Errorf("own trust after the reset = %s, %v", trust, err)
	}
	if trust, err := anna.Trust(t.Context(), w.account.User, w.bot.DeviceID()); err != nil || trust < id.TrustStateCrossSignedUntrusted {
		t.Errorf("trust of anna = %s, %v", trust, err)
	}
	if e := w.wait(said(anna.say(room, "nachher"))); e.Text != "nachher" {
		t.Errorf("event = %+v", e)
	}
	w.send(bot.Outgoing{Txn: "msg-1", Room: room, Kind: bot.OutMessage, Text: "geht wieder"})
	anna.see(matrixclient.Has("geht wieder"))
}

// An account whose cross-signing identity was made elsewhere keeps it: the bot says so, works, and
// is signed once it has the recovery key.
func TestIdentityMadeElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.stop()
	if _, err := w.pool.Exec(t.Context(), "UPDATE account SET recovery_key = NULL"); err != nil {
		t.Fatal(err)
	}
	before := must(identity(t, w))(t)
	w.start()
	if after := must(identity(t, w))(t); before != after {
		t.Error("the identity was replaced")
	}
}

func identity(t *testing.T, w *world) (string, error) {
	t.Helper()
	resp, err := w.server.Client(w.account).QueryKeys(t.Context(), &mautrix.ReqQueryKeys{
		DeviceKeys: mautrix.DeviceKeysRequest{w.account.User: mautrix.DeviceIDList{}},
	})
	if err != nil {
		return "", err
	}
	key := resp.MasterKeys[w.account.User]
	return key.FirstKey().String(), nil
}
