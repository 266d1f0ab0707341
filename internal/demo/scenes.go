package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"lotse/internal/matrixclient"
)

// patience is how long anna waits for anything.
const patience = 30 * time.Second

// line is one thing that anna does, and words that Lotse's answer must contain.
type line struct {
	say    string // said, or
	choose string // the option with these words is taken by a reaction
	expect string
}

// scene is a conversation.
type scene struct {
	title string
	lines []line
}

// scenes are what is played. A conversation keeps its facts, so the question that leaves them open
// comes first.
func scenes() []scene {
	return []scene{
		{"It depends", []line{
			{say: "familie ist gestern angekommen, kein cent. wer zahlt?", expect: "Duldung"},
			{choose: "Duldung", expect: "Stadt oder Gemeinde"},
			{say: "schieder", expect: "Sozialamt Schieder-Schwalenberg"},
		}},
		{"Everything said", []line{
			{say: "sein papier läuft ab, er ist geduldet und wohnt in Barntrup. welches amt?", expect: "Ausländerbehörde Kreis Lippe"},
		}},
	}
}

// play plays the scenes; an answer without the words it must contain is an error.
func play(ctx context.Context, s *stage) error {
	s.watch(ctx)
	var last matrixclient.Event
	for _, scene := range scenes() {
		s.caughtUp(ctx)
		s.printf("\n── %s ──\n", scene.title)
		for _, line := range scene.lines {
			var err error
			if last, err = s.act(ctx, line, last); err != nil {
				return fmt.Errorf("play %q: %w", scene.title, err)
			}
		}
	}
	s.caughtUp(ctx)
	return nil
}

// act does one line and returns Lotse's answer to it.
func (s *stage) act(ctx context.Context, l line, last matrixclient.Event) (matrixclient.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	anna := s.people["anna"]
	var done id.EventID
	var err error
	if l.choose == "" {
		done, err = anna.Say(ctx, s.chat, l.say)
	} else {
		key, ok := optionFor(last.Text, l.choose)
		if !ok {
			return last, fmt.Errorf("no option with %q in %q", l.choose, last.Text)
		}
		done, err = anna.React(ctx, s.chat, last.ID, key)
	}
	if err != nil {
		return last, err
	}
	answer, err := s.answerTo(ctx, done)
	if err != nil {
		return last, fmt.Errorf("wait for an answer: %w", err)
	}
	if !answer.Encrypted {
		return answer, errors.New("the answer is not encrypted")
	}
	if !strings.Contains(answer.Text, l.expect) {
		return answer, fmt.Errorf("the answer does not say %q:\n%s", l.expect, answer.Text)
	}
	return answer, nil
}

// answerTo waits for Lotse's first message after one of anna's events.
func (s *stage) answerTo(ctx context.Context, said id.EventID) (matrixclient.Event, error) {
	anna := s.people["anna"]
	if _, err := anna.Wait(ctx, func(e matrixclient.Event) bool { return e.ID == said }); err != nil {
		return matrixclient.Event{}, err
	}
	return anna.Wait(ctx, anna.After(said), matrixclient.In(s.chat), matrixclient.From(s.bot), matrixclient.Message)
}

// optionFor finds the key of an option by its words: the last key cap before them. Options that lead to
// the same office are one, and several may share a line.
func optionFor(text, words string) (key string, ok bool) {
	const keyCap = '\u20e3'
	before, _, found := strings.Cut(text, words)
	if !found {
		return "", false
	}
	for _, field := range slices.Backward(strings.Fields(before)) {
		if strings.ContainsRune(field, keyCap) {
			return field, true
		}
	}
	return "", false
}
