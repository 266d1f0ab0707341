package knowledge

import (
	"fmt"
)

// Signals tell, beside the probabilities, whether a question is one of ours.
type Signals struct {
	Coverage  float64  // share of the text that the router knows, 0 to 1; negative: unknown
	Elsewhere string   // a place that the knowledge base does not serve, where the person seems to be
	Found     []Scored // topics that the search found, best first; nil: it wasn't asked
}

// doubtLimit is the doubt above which nothing is answered.
const doubtLimit = 0.5

// doubt is how likely the best topic is not to be relied on, 0 to 1.
func (s *Snapshot) doubt(topics []Scored, m Matter) (doubt float64, reason string) {
	none := noneOf(m.Candidates)
	if m.Signals.Elsewhere != "" {
		return 1, "it is about " + m.Signals.Elsewhere
	}
	return none / .30, fmt.Sprintf("none of ours %.2f", none)
}
