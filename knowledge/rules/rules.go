// Package rules decides which office a matter leads to when some facts are unknown.
//
// It is pure: no database, no text. A [Rule] holds, does not hold, or cannot be told yet
// ([Truth]), depending on what is known. [World.Resolve] goes through the rules of a topic and either
// ends at an office or says which fact separates the offices that are still possible.
package rules
