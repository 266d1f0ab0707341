package eval

import (
	"context"
	"fmt"
	"time"

	"lotse/knowledge"
)

// Asker answers; [knowledge.Base] does.
type Asker interface {
	Ask(ctx context.Context, st knowledge.State, in knowledge.Input) (knowledge.State, knowledge.Decision, error)
}

// Outcome is what was decided in one turn.
type Outcome struct {
	Case *Case
	Turn int // 1 is the first
	Got  knowledge.Decision
	Took time.Duration
}

func (o Outcome) want() Turn { return o.Case.Turns[o.Turn-1] }

// Run asks all cases, one after the other, and measures how long each answer took by the clock.
func Run(ctx context.Context, asker Asker, cases []Case, clock func() time.Time) ([]Outcome, error) {
	var out []Outcome
	for i := range cases {
		c := &cases[i]
		var st knowledge.State
		for n, t := range c.Turns {
			start := clock()
			next, d, err := asker.Ask(ctx, st, knowledge.Input{Text: t.Say, Lang: c.Lang, Now: start})
			if err != nil {
				return nil, fmt.Errorf("ask case %s, turn %d: %w", c.ID, n+1, err)
			}
			out = append(out, Outcome{Case: c, Turn: n + 1, Got: d, Took: clock().Sub(start)})
			st = next
		}
	}
	return out, nil
}
