package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"lotse/knowledge"
)

// ErrNotEmpty is returned by [WriteFolder] when there is something in the folder already: what it holds
// would be mixed with what is written.
var ErrNotEmpty = errors.New("folder is not empty")

// WriteFolder writes a knowledge base into a folder, which is made if it isn't there and must be empty.
// Reading it gives the same knowledge base; only words and examples of other files, and comments, are
// put together anew. When it fails, the folder may hold a part of it.
func WriteFolder(dir string, d knowledge.Data) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write knowledge base: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("write knowledge base: %w: %s", ErrNotEmpty, dir)
	}
	files, err := Files(d)
	if err != nil {
		return err
	}
	for name, content := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // no secrets
			return fmt.Errorf("write knowledge base: %w", err)
		}
		if err := os.WriteFile(file, content, 0o644); err != nil { //nolint:gosec // no secrets
			return fmt.Errorf("write knowledge base: %w", err)
		}
	}
	return nil
}

// Files returns the files of a folder by name, with slashes.
func Files(d knowledge.Data) (map[string][]byte, error) {
	docs := map[string]*yaml.Node{
		"areas.yaml":           areasNode(d.Areas),
		"law.yaml":             lawNode(d.LegalAreas),
		"facts.yaml":           factsNode(d.Facts),
		"kinds.yaml":           kindsNode(d.Kinds),
		"offices/offices.yaml": officesNode(d.Offices),
		"topics/topics.yaml":   topicsNode(d.Topics),
	}
	for lang, w := range d.Words {
		docs["words/"+lang+".yaml"] = wordsNode(w)
	}
	out := map[string][]byte{}
	for name, doc := range docs {
		width := -1
		if strings.HasPrefix(name, "words/") {
			width = 110 // they are lists of a hundred words
		}
		content, err := yaml.Dump(doc, yaml.WithIndent(2), yaml.WithLineWidth(width))
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", name, err)
		}
		out[name] = content
	}
	for lang, list := range examplesByLanguage(d) {
		content, err := examplesFile(list)
		if err != nil {
			return nil, err
		}
		out["examples/"+lang+".jsonl"] = content
	}
	return out, nil
}

func examplesByLanguage(d knowledge.Data) map[string][]knowledge.Example {
	out := map[string][]knowledge.Example{}
	for _, t := range d.Topics {
		for _, e := range t.Examples {
			out[e.Lang] = append(out[e.Lang], e)
		}
	}
	for _, e := range d.Foreign {
		out[e.Lang] = append(out[e.Lang], e)
	}
	return out
}

func examplesFile(list []knowledge.Example) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, e := range list {
		l := line(e)
		if l.Topic == "" {
			l.Topic = noTopic
		}
		if err := enc.Encode(l); err != nil {
			return nil, fmt.Errorf("write examples: %w", err)
		}
	}
	return b.Bytes(), nil
}

// mapping is a YAML mapping in the making.
type mapping struct{ *yaml.Node }

func newMapping() mapping { return mapping{&yaml.Node{Kind: yaml.MappingNode}} }

// flow writes it in one line: {a: b}.
func (m mapping) flow() *yaml.Node {
	m.Style |= yaml.FlowStyle
	return m.Node
}

func (m mapping) set(key string, value *yaml.Node) {
	m.Content = append(m.Content, scalar(key), value)
}

// The following leave out what is empty.

func (m mapping) str(key, value string) {
	if value != "" {
		m.set(key, scalar(value))
	}
}

func (m mapping) yes(key string, value bool) {
	if value {
		m.set(key, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"})
	}
}

func (m mapping) list(key string, values []string) {
	if len(values) > 0 {
		m.set(key, sequence(values))
	}
}

func (m mapping) texts(key string, t knowledge.Texts) {
	if len(t) > 0 {
		m.set(key, textsNode(t))
	}
}

// scalar is a text; it is quoted where it would be read as something else.
func scalar(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if strings.ContainsAny(s, "\n\u0085\u2028\u2029") {
		n.Style = yaml.DoubleQuotedStyle // the other styles fold line breaks
	}
	return n
}

func sequence(values []string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, v := range values {
		n.Content = append(n.Content, scalar(v))
	}
	return n
}

// textsNode begins with German, which is what the others are translated from.
func textsNode(t knowledge.Texts) *yaml.Node {
	m := newMapping()
	for _, lang := range languages(t) {
		m.set(lang, scalar(t[lang]))
	}
	return m.flow()
}

func languages[V any](t map[string]V) []string {
	var out []string
	for lang := range t {
		out = append(out, lang)
	}
	slices.SortFunc(out, func(a, b string) int {
		if a == "de" || b == "de" {
			return strings.Compare(first(b), first(a))
		}
		return strings.Compare(a, b)
	})
	return out
}

func first(lang string) string {
	if lang == "de" {
		return "1"
	}
	return "0"
}
