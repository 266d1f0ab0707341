// Package text turns what people type into what the rest of the knowledge base computes with. All of
// it is pure: no database, no network, no clock but the one that [Reader] is given.
//
//   - [Normalise] and [Words] make the router's features. Trained weights depend on every letter of
//     their output: a change there makes stored models useless.
//   - [Fold] compares commands, options and names as people spell them.
//   - [Indexer] makes the terms of full-text search: stems, parts of compounds, legal references.
//   - [Language] tells the twelve languages apart.
//   - [Masker] takes places and personal names out before a text is routed.
//   - [Reader] reads the facts that a text states: residence status, town, age, benefit.
//
// Input is untrusted: invalid UTF-8 and texts of any length are safe everywhere.
package text
