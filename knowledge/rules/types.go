package rules

import "time"

// Rule sends a matter to an office or a kind of office when all of its conditions hold.
type Rule struct {
	When  map[string][]string // fact → values of which one must hold; empty: always
	To    string              // ID of an office or of a kind
	Law   string              // legal area, if it differs from the topic's
	Basis string              // legal basis, if it differs from the topic's
	From  time.Time           // valid from this day on; zero: always was
	Until time.Time           // valid to this day inclusive; zero: open
}

// Facts is what is known: fact → value.
type Facts map[string]string
