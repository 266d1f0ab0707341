// Package matrix is the [bot.Transport] of a real homeserver: it follows /sync, decrypts, joins
// rooms and sends. It is the only package of the program that imports mautrix's client.
//
// # What it promises
//
//   - The sync token and the events that it stands for are handed to the inbox together; mautrix's
//     own loop, which stores the token first, is not used. Keys that came with a response are
//     stored before its events are accepted, each in one transaction with the state of the Olm
//     session that carried it.
//   - Events are accepted as received, encrypted ones encrypted. [Client.Read] decrypts them when
//     they are handled, so that a late key is an ordinary retry.
//   - A gap in the timeline is filled from /messages before the token is stored.
//   - Nothing is sent to a room whose state is unknown, and a room that was ever encrypted is never
//     answered in plain text.
//   - A message is sent under the transaction ID it was given, once a call: repeating it is left to
//     the caller, who knows what came of it ([bot.SendError]).
//   - It logs in once. The device, its token, and the recovery key of its cross-signing identity
//     are kept in the database, sealed with a key derived from the pickle key.
//
// # A tour
//
// open.go logs in or resumes; crypto.go sets up encryption and cross-signing, todevice.go takes
// the keys in. sync.go is the loop; batch.go makes a [bot.Batch] of a response, and backfill.go
// fills its gaps. read.go takes an event apart (text.go: its text, move.go: a tombstone). send.go
// sends what content.go builds and render.go renders. rooms.go answers questions about rooms.
package matrix
