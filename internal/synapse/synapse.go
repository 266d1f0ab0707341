// Package synapse gives tests accounts on a real homeserver.
//
// The server is named by LOTSE_TEST_HOMESERVER_URL and LOTSE_TEST_REGISTRATION_SECRET; `make test` and
// `make -s env` set them. It is shared by all tests of a run, since its start takes seconds: accounts
// are made fresh and rooms should be. Its limits are off.
package synapse

import (
	"crypto/rand"
	"os"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"
	"maunium.net/go/mautrix/synapseadmin"
)

// Server is a homeserver on which accounts can be made.
type Server struct {
	URL string

	tb    testing.TB
	admin *synapseadmin.Client
	key   string
}

// Account is a registered account, logged in on one device.
type Account struct {
	User     id.UserID
	Token    string
	Device   id.DeviceID
	Password string
}

// New returns the homeserver of the test run. The test fails when there is none.
func New(tb testing.TB) *Server {
	tb.Helper()
	address, secret := os.Getenv("LOTSE_TEST_HOMESERVER_URL"), os.Getenv("LOTSE_TEST_REGISTRATION_SECRET")
	if address == "" || secret == "" {
		tb.Fatal("LOTSE_TEST_HOMESERVER_URL and LOTSE_TEST_REGISTRATION_SECRET are not set: run `make test`, or `make up` and `eval \"$(make -s env)\"`")
	}
	client, err := mautrix.NewClient(address, "", "")
	if err != nil {
		tb.Fatalf("make a client for %s: %v", address, err)
	}
	return &Server{URL: address, tb: tb, admin: &synapseadmin.Client{Client: client}, key: secret}
}

// Register makes an account whose user ID begins with the name; the rest of it is random, so that
// tests don't meet. The name is in lower case.
func (s *Server) Register(name string) Account {
	s.tb.Helper()
	account := Account{Password: rand.Text()}
	registered, err := s.admin.SharedSecretRegister(s.tb.Context(), s.key, synapseadmin.ReqSharedSecretRegister{
		Username:    name + "-" + strings.ToLower(rand.Text()[:10]),
		Displayname: name,
		Password:    account.Password,
	})
	if err != nil {
		s.tb.Fatalf("register %s: %v", name, err)
	}
	account.User, account.Token, account.Device = registered.UserID, registered.AccessToken, registered.DeviceID
	return account
}

// Client returns a client that is logged in as the account, without encryption.
func (s *Server) Client(a Account) *mautrix.Client {
	s.tb.Helper()
	client, err := mautrix.NewClient(s.URL, a.User, a.Token)
	if err != nil {
		s.tb.Fatalf("make a client for %s: %v", a.User, err)
	}
	client.DeviceID = a.Device
	return client
}
