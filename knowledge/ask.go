package knowledge

import (
	"context"
	"fmt"
)

// Ask takes what was said and the state of its conversation, and returns the new state and what to
// answer. It asks the router first; when that leaves a doubt about the topic, the search in the
// database is asked, too. The state isn't kept: that is the caller's matter.
func (b *Base) Ask(ctx context.Context, state State, in Input) (State, Decision, error) {
	l := b.live.Load()
	next, decision := l.snapshot.Turn(state, in)
	if !unsure(decision) || in.Text == "" {
		return next, decision, nil
	}
	hits, err := b.Search(ctx, Query{Text: in.Text, Lang: decision.Lang, Kinds: []string{TopicPassage, ExamplePassage}})
	if err != nil {
		return state, Decision{}, fmt.Errorf("ask: %w", err)
	}
	in.Found = make([]Scored, 0, len(hits))
	for _, h := range hits {
		in.Found = append(in.Found, Scored{Topic: h.Owner, Score: h.Score})
	}
	next, decision = l.snapshot.Turn(state, in)
	return next, decision, nil
}

// surely is the probability of the best topic from which on the search isn't asked.
const surely = 0.6

func unsure(d Decision) bool { return d.Kind != Social && len(d.Topics) > 0 && d.Topics[0].Score < surely }
