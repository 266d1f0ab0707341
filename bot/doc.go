// Package bot is to Matrix what net/http is to HTTP: it declares [Handler], owns the loop and the
// [Router]; handlers implement; main wires.
//
// # How a message flows
//
//	/sync → [tx: inbox rows + sync token] → claim, in order per room → Router → Handler
//	      → [tx: state + outbox rows + inbox row done] → sender → PUT …/send/{txn id} → [tx: sent]
//
// Package bot knows no Matrix protocol: all of it is behind [Transport], which bot/matrix
// implements with a real homeserver and botscript with a script. What bot promises:
//
//   - An event that was accepted ([Inbox.Accept]) is handled at least once, and its effects happen
//     exactly once: the handler's changes, its posts and the end of the inbox row are one
//     transaction.
//   - Within a room, events are handled one after the other in the order of /sync. Rooms run in
//     parallel. An event that waits for its key holds up its room for a short grace only.
//   - A post is sent once: its transaction ID is stored before the first PUT, there is one sender
//     per room, and a row whose fate is unknown is sent again only after a grace time and a
//     completed sync in which our own event did not come back.
//   - An event whose handling fails [Options.MaxAttempts] times is parked, with one apology.
//   - Timers are rows; a due timer enters the same inbox.
package bot
