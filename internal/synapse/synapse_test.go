package synapse_test

import (
	"testing"

	"lotse/internal/synapse"
)

func TestAccountsWithOneNameAreDifferentAndLoggedIn(t *testing.T) {
	t.Parallel()
	server := synapse.New(t)
	first, second := server.Register("anna"), server.Register("anna")
	if first.User == second.User {
		t.Errorf("both accounts are %s", first.User)
	}
	who, err := server.Client(first).Whoami(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if who.UserID != first.User || who.DeviceID != first.Device {
		t.Errorf("Whoami = %s on %s, want %s on %s", who.UserID, who.DeviceID, first.User, first.Device)
	}
}
