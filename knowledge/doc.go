// Package knowledge answers which office handles a matter.
//
// [Base] is the knowledge base in PostgreSQL. It is read into a [Snapshot], immutable and shared, in
// which everything that decides is pure: [Snapshot.Turn] takes the state of a conversation and what
// was said, and returns the new state and a [Decision] that explains itself. Retrieval (the router
// in knowledge/embed, the search in PostgreSQL) finds candidates for the topic; facts read from the
// text (knowledge/text) and the topic's rules (knowledge/rules) decide the office. Nothing that is
// shown of an office comes from anywhere but the database.
package knowledge
