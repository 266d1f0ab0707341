package knowledge

import (
	"context"
	"fmt"
)

// Ask takes what was said and the state of its conversation, and returns the new state and what to
// answer. The search in the database is asked only when it can change the decision: when the question
// would be answered, but only just. The state isn't kept: that is the caller's matter.
func (b *Base) Ask(ctx context.Context, state State, in Input) (State, Decision, error) {
	snapshot := b.Snapshot()
	t := snapshot.turn(state, in)
	if !t.near {
		return t.st, t.d, nil
	}
	hits, err := b.Search(ctx, Query{Text: in.Text, Lang: t.lang, Kinds: []string{TopicPassage, ExamplePassage}})
	if err != nil {
		return state, Decision{}, fmt.Errorf("ask: %w", err)
	}
	in.Found = make([]Scored, 0, len(hits))
	for _, h := range hits {
		in.Found = append(in.Found, Scored{Topic: h.Owner, Score: h.Score})
	}
	next, decision := snapshot.Turn(state, in)
	return next, decision, nil
}
