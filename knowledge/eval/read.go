package eval

import (
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"
)

// Case is a conversation with the decisions that are expected.
type Case struct {
	ID    string
	Lang  string // of the messages; ISO 639-1
	Turns []Turn
	File  string
	Line  int
}

// Turn is one message and the expected decision.
type Turn struct {
	Say    string
	Facts  map[string]string // all that are known after it
	Expect Expect
}

// Expect is a decision: an office or a fact to ask for, with its topic, or nothing.
type Expect struct {
	Topic   string `json:"topic,omitempty"`
	Office  string `json:"office,omitempty"`
	Clarify string `json:"clarify,omitempty"`
	Abstain bool   `json:"abstain,omitempty"`
}

// Read reads a file of questions. It is strict: an unknown key, a missing one or a wrong value is an
// error that names file and line. All of them are returned, joined.
func Read(file string, content []byte) ([]Case, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(content, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	r := &reader{file: file, seen: map[string]int{}}
	if doc.Kind != yaml.DocumentNode || doc.Content[0].Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("%s: want a list of cases", file)
	}
	var cases []Case
	for _, n := range doc.Content[0].Content {
		cases = append(cases, r.readCase(n))
	}
	if len(r.problems) > 0 {
		return nil, errors.Join(r.problems...)
	}
	return cases, nil
}

type reader struct {
	file     string
	seen     map[string]int // ID → line
	problems []error
}

func (r *reader) problem(n *yaml.Node, format string, args ...any) {
	r.problems = append(r.problems, fmt.Errorf("%s:%d: %s", r.file, n.Line, fmt.Sprintf(format, args...)))
}

func (r *reader) readCase(n *yaml.Node) Case {
	m := r.mapping(n, []string{"id", "lang", "ask", "facts", "expect"}, "then")
	c := Case{ID: r.text(m["id"]), Lang: r.text(m["lang"]), File: r.file, Line: n.Line}
	if line, ok := r.seen[c.ID]; ok && c.ID != "" {
		r.problem(n, "id %s is in line %d, too", c.ID, line)
	}
	r.seen[c.ID] = n.Line
	c.Turns = []Turn{{Say: r.text(m["ask"]), Facts: r.facts(m["facts"]), Expect: r.expect(m["expect"])}}
	then := m["then"]
	if then == nil {
		return c
	}
	if then.Kind != yaml.SequenceNode {
		r.problem(then, "then must be a list")
		return c
	}
	for _, t := range then.Content {
		m := r.mapping(t, []string{"say", "facts", "expect"})
		c.Turns = append(c.Turns, Turn{Say: r.text(m["say"]), Facts: r.facts(m["facts"]), Expect: r.expect(m["expect"])})
	}
	return c
}

// mapping returns the values by key, and complains about keys that are missing, unknown or doubled.
func (r *reader) mapping(n *yaml.Node, needed []string, allowed ...string) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	if n == nil {
		return out
	}
	if n.Kind != yaml.MappingNode {
		r.problem(n, "want keys and values")
		return out
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case out[key.Value] != nil:
			r.problem(key, "key %q is there twice", key.Value)
		case !slices.Contains(needed, key.Value) && !slices.Contains(allowed, key.Value):
			r.problem(key, "unknown key %q", key.Value)
		}
		out[key.Value] = n.Content[i+1]
	}
	for _, k := range needed {
		if out[k] == nil {
			r.problem(n, "key %q is missing", k)
		}
	}
	return out
}

func (r *reader) text(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode || n.Value == "" {
		r.problem(n, "want a text")
		return ""
	}
	return n.Value
}

func (r *reader) facts(n *yaml.Node) map[string]string {
	out := map[string]string{}
	if n == nil {
		return out
	}
	if n.Kind != yaml.MappingNode {
		r.problem(n, "facts must be fact: value, or {}")
		return out
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		out[n.Content[i].Value] = r.text(n.Content[i+1])
	}
	return out
}

func (r *reader) expect(n *yaml.Node) Expect {
	if n == nil {
		return Expect{}
	}
	m := r.mapping(n, nil, "topic", "office", "clarify", "abstain")
	e := Expect{Topic: r.text(m["topic"]), Office: r.text(m["office"]), Clarify: r.text(m["clarify"])}
	if a := m["abstain"]; a != nil {
		e.Abstain = a.Value == "true"
	}
	answers := e.Topic != "" && (e.Office != "") != (e.Clarify != "") && m["abstain"] == nil
	abstains := e.Abstain && len(m) == 1
	if !answers && !abstains {
		r.problem(n, "expect must be {topic, office}, {topic, clarify} or {abstain: true}")
	}
	return e
}
