package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"lotse/knowledge"
)

// line is a line of a file of examples.
type line struct {
	Topic string `json:"topic"`
	Lang  string `json:"lang"`
	Text  string `json:"text"`
}

// noTopic stands for no topic in files; it is a word, so that a forgotten one isn't taken for it.
const noTopic = "none"

func (r *reader) readExamples(name string, content []byte) {
	for n, raw := range bytes.Split(content, []byte("\n")) {
		at := place{name, n + 1}
		if raw = bytes.TrimSpace(raw); len(raw) == 0 {
			continue
		}
		var l line
		if err := decodeLine(raw, &l); err != nil {
			r.add(at, `is no example: %v; a line is as in {"topic": "child-benefit", "lang": "de", "text": "..."}`, err)
			continue
		}
		e := example{knowledge.Example(l), at}
		if e.Topic == noTopic {
			e.Topic = ""
		} else if e.Topic == "" {
			r.add(at, `names no topic; write "none" when it is no matter of Lotse's`)
			continue
		}
		r.examples = append(r.examples, e)
	}
}

func decodeLine(raw []byte, to *line) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(to); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the closing brace")
	}
	return nil
}

// assign gives each topic its examples, by language, and within a language as they were read.
func (r *reader) assign() {
	slices.SortStableFunc(r.examples, func(a, b example) int { return strings.Compare(a.Lang, b.Lang) })
	index := map[string]int{}
	for i, t := range r.data.Topics {
		if _, ok := index[t.ID]; !ok {
			index[t.ID] = i
		}
	}
	for _, e := range r.examples {
		if e.Topic == "" {
			r.places[join("foreign", len(r.data.Foreign))] = e.place
			r.data.Foreign = append(r.data.Foreign, e.Example)
			continue
		}
		i, ok := index[e.Topic]
		if !ok {
			r.add(e.place, "topic %q is not among the topics; correct it or remove the line", e.Topic)
			continue
		}
		t := &r.data.Topics[i]
		r.places[join("topics", i, "examples", len(t.Examples))] = e.place
		t.Examples = append(t.Examples, e.Example)
	}
}
