package knowledge

import (
	"slices"
	"strings"

	"lotse/knowledge/text"
)

// termIndex makes the terms of full-text search. The key names how: passages whose terms were made
// with another key must be written again.
type termIndex struct {
	key   string
	terms func(string) []string
}

// newTermIndex takes the parts of German compounds from the words of the knowledge base itself.
func newTermIndex(d Data) *termIndex {
	return &termIndex{key: "words-1", terms: func(s string) []string { return text.Words(text.Normalise(s)) }}
}

// query returns what is searched for, as PostgreSQL wants it: any of the words, and any of the legal
// references. Either may be empty.
func (ix *termIndex) query(s string) (words, laws string) {
	var list []string
	for _, t := range ix.terms(s) {
		if q := "'" + strings.ReplaceAll(strings.ReplaceAll(t, `\`, `\\`), "'", "''") + "'"; len(t) <= maxTerm && !slices.Contains(list, q) {
			list = append(list, q)
		}
	}
	return strings.Join(list, " | "), ""
}
