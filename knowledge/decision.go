package knowledge

import "time"

// State is what a conversation knows. It is stored as JSON with the conversation and expires with it.
type State struct {
	Topic  string            `json:"topic,omitempty"`  // the matter being talked about
	Facts  map[string]string `json:"facts,omitempty"`  // fact → value (area code for the town)
	Asked  string            `json:"asked,omitempty"`  // the fact that was asked for last and is still open
	Count  int               `json:"count,omitempty"`  // questions asked in a row
	Second string            `json:"second,omitempty"` // second-best matter, for "doesn't fit"
	Skip   []string          `json:"skip,omitempty"`   // facts that the person said not to know
	// Among has, by fact, the values of a merged option that was taken: more than that it is one of
	// them isn't known. Facts has the first of them.
	Among map[string][]string `json:"among,omitempty"`
}

// Input is what was said.
type Input struct {
	Text  string
	Lang  string            // of the text; empty: found out
	Value string            // the option of the asked fact that was taken; "?" means: don't know; then Text is empty
	Facts map[string]string // defaults that the text may override: the room's town
	Now   time.Time         // for the validity of rules; the caller's clock
	Found []Scored          // topics that the search found, best first; nil: not searched
}

// DecisionKind says what a [Decision] is.
type DecisionKind string

// The kinds of decisions.
const (
	Answer     DecisionKind = "answer"     // Office handles it
	AskFact    DecisionKind = "ask"        // it depends on Fact
	Candidates DecisionKind = "candidates" // unknown, and not to be found out: all with their conditions
	Abstain    DecisionKind = "abstain"    // no matter of ours, or not sure enough
	Social     DecisionKind = "social"     // a greeting or thanks: no question at all
)

// Decision is what Lotse answers, with reasons, before it is put into words.
type Decision struct {
	Kind    DecisionKind      `json:"kind"`
	Topic   string            `json:"topic,omitempty"`
	Office  string            `json:"office,omitempty"`
	Fact    string            `json:"fact,omitempty"`    // AskFact
	Options []FactOption      `json:"options,omitempty"` // AskFact; values that lead to the same office are merged
	Either  []Candidate       `json:"either,omitempty"`  // Candidates
	Because map[string]string `json:"because,omitempty"` // just the facts that decided
	Law     string            `json:"law,omitempty"`     // legal area of the rule, else of the topic
	Basis   string            `json:"basis,omitempty"`   // legal basis of the rule, else of the topic
	Read    map[string]string `json:"read,omitempty"`    // facts read from this text
	Facts   map[string]string `json:"facts,omitempty"`   // all facts known
	Topics  []Scored          `json:"topics,omitempty"`  // candidates, best first
	// Among has the facts of which only a merged option is known, see [State]. Because and Facts have
	// the first of its values: show all of them.
	Among map[string][]string `json:"among,omitempty"`
	Lang  string              `json:"lang"`
	Why   []string            `json:"why,omitempty"` // the steps, in English, for `lotse ask --why`
}

// FactOption is one way to answer a question for a fact.
type FactOption struct {
	Values []string `json:"values"` // merged values, the first stands for all
}

// Candidate is an office with the condition under which it is the one.
type Candidate struct {
	Office string              `json:"office"`         // empty when it depends on the town, then Kind
	Kind   string              `json:"kind,omitempty"` // kind of office
	When   map[string][]string `json:"when,omitempty"` // fact → values
}

// Scored is a topic with its probability, 0 to 1. Topic "" is "none of ours".
type Scored struct {
	Topic string  `json:"topic"`
	Score float64 `json:"score"`
}

// Router gives the probability of each topic for a text; knowledge/embed has the built-in one.
type Router interface {
	// Route returns all topics and "" (none), best first; the scores add up to 1.
	Route(text string) []Scored
}

// Reader reads facts from a text; knowledge/text has it.
type Reader interface {
	// Read returns the facts that the text states, as fact → value. asked is the fact that the text
	// may answer tersely; empty: none.
	Read(text, lang, asked string) map[string]string
}
