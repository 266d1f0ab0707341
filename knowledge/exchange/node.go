package exchange

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"lotse/knowledge"
)

// node is a value in a YAML file. Its methods read it as what they are named after; what doesn't fit
// is reported with its line, and read as nothing.
type node struct {
	*yaml.Node

	r    *reader
	file string
}

// entry is a key of a mapping with its value.
type entry struct {
	key  string
	line int
	node
}

// fields says how the value of each key of a mapping is read.
type fields map[string]func(node)

// parse reads the one document of a file.
func (r *reader) parse(name string, content []byte) (node, bool) {
	var doc yaml.Node
	if err := yaml.Load(content, &doc, yaml.WithUniqueKeys(false)); err != nil {
		r.fail(r.syntax(name, content, err))
		return node{}, false
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		r.fail(place{file: name}, "is empty; delete it if that is meant")
		return node{}, false
	}
	return node{doc.Content[0], r, name}, true
}

// syntax puts an error of the YAML parser into words. Its own are shown where no better ones are known.
func (r *reader) syntax(name string, content []byte, err error) (place, string, any) {
	at := place{file: name}
	var le *yaml.LoadError
	if !errors.As(err, &le) {
		return at, "is no YAML: %v", err
	}
	at.line = le.Mark.Line
	lines := strings.Split(string(content), "\n")
	if n := at.line - 1; n >= 0 && n < len(lines) {
		indent := lines[n][:len(lines[n])-len(strings.TrimLeft(lines[n], " \t"))]
		if strings.Contains(indent, "\t") {
			return at, "is indented with a tab; use spaces%v", ""
		}
	}
	switch {
	case strings.Contains(le.Message, "no documents"):
		return at, "holds nothing but comments; delete it if that is meant%v", ""
	case strings.Contains(le.Message, "multiple"):
		return at, "holds more than one document; remove the lines ---%v", ""
	}
	return at, "is no YAML: %v", strings.TrimPrefix(le.Message, "yaml: ")
}

// add reports a problem of the value. What the check would say of its line is left out then: it knows
// only that the value is missing.
func (n node) add(format string, args ...any) {
	at := place{n.file, n.Line}
	n.r.spoilt[at] = true
	n.r.add(at, format, args...)
}

// plain reports what makes a value more than it looks like: anchors, aliases, tags.
func (n node) plain() bool {
	switch {
	case n.Kind == yaml.AliasNode:
		n.add("refers to an anchor (*%s); write the value out", n.Value)
		return false
	case n.Anchor != "":
		n.add("has an anchor (&%s); remove it and write the value out where it is needed", n.Anchor)
		return false
	case n.Style&yaml.TaggedStyle != 0:
		n.add("has a tag (%s); remove it", n.Tag)
		return false
	}
	return true
}

// null tells whether nothing is written.
func (n node) null() bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!null"
}

// entries returns the entries of a mapping and reports keys that are there twice.
func (n node) entries() []entry {
	if !n.plain() || n.null() {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		n.add("must be a mapping (key: value), not %s", kindName(n.Node))
		return nil
	}
	var out []entry
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := node{n.Content[i], n.r, n.file}
		v := node{n.Content[i+1], n.r, n.file}
		switch {
		case !k.plain():
			continue
		case k.Kind != yaml.ScalarNode:
			k.add("has a key that is no text")
			continue
		case k.Value == "<<":
			k.add("merges another mapping (<<); write its entries out")
			continue
		}
		if first, ok := lines[k.Value]; ok {
			k.add("%q is there twice (see line %d); remove one", k.Value, first)
			continue
		}
		lines[k.Value] = k.Line
		out = append(out, entry{k.Value, k.Line, v})
	}
	return out
}

func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	default:
		return "a single value"
	}
}

// object reads a mapping with known keys, and remembers their lines below the path.
func (n node) object(path string, known fields) {
	for _, e := range n.entries() {
		read, ok := known[e.key]
		if !ok {
			n.r.add(place{n.file, e.line}, "%q is no field here; there are %s", e.key, known.names())
			continue
		}
		if path != "" {
			n.r.places[path+"/"+e.key] = place{n.file, e.line}
		}
		read(e.node)
	}
}

func (f fields) names() string {
	var names []string
	for name := range f {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// text returns a scalar exactly as it is written: 01067 stays 01067.
func (n node) text() string {
	if !n.plain() || n.null() {
		return ""
	}
	if n.Kind != yaml.ScalarNode {
		n.add("must be a single value, not %s", kindName(n.Node))
		return ""
	}
	return n.Value
}

func (n node) list() []node {
	if !n.plain() || n.null() {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		n.add("must be a list ([a, b] or lines that begin with -), not %s", kindName(n.Node))
		return nil
	}
	out := make([]node, len(n.Content))
	for i, c := range n.Content {
		out[i] = node{c, n.r, n.file}
	}
	return out
}

// strings returns a list of scalars; nil when it is empty.
func (n node) strings() []string {
	var out []string
	for _, item := range n.list() {
		if s := item.text(); s != "" {
			out = append(out, s)
		} else if item.null() || item.Kind == yaml.ScalarNode {
			item.add("the list has an empty entry; remove it")
		}
	}
	return out
}

func (n node) texts() knowledge.Texts {
	var out knowledge.Texts
	for _, e := range n.entries() {
		if out == nil {
			out = knowledge.Texts{}
		}
		out[e.key] = e.text()
	}
	return out
}

// lists returns a mapping of lists; nil when it is empty.
func (n node) lists() map[string][]string {
	out := map[string][]string{}
	for _, e := range n.entries() {
		if list := e.strings(); len(list) > 0 {
			out[e.key] = list
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func (n node) yes() bool {
	switch s := n.text(); s {
	case "true":
		return true
	case "false", "":
		return false
	default:
		n.add("must be true or false, not %q", s)
		return false
	}
}

// day reads a date; "never" and nothing are the zero time.
func (n node) day() time.Time {
	s := n.text()
	if s == "" || s == "never" {
		return time.Time{}
	}
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		n.add("%q is no date; write it as in 2026-11-03", s)
		return time.Time{}
	}
	return t
}

var periodPattern = regexp.MustCompile(`^([0-9]{1,5}) days?$`)

func (n node) period() time.Duration {
	s := n.text()
	if s == "" {
		return 0
	}
	m := periodPattern.FindStringSubmatch(s)
	if m == nil {
		n.add("%q is no period; write it as in 180 days", s)
		return 0
	}
	days, err := strconv.Atoi(m[1])
	if err != nil {
		n.add("%q is no period: %v", s, err)
	}
	return time.Duration(days) * 24 * time.Hour
}

// join joins the parts of a path as [knowledge.Fault] has it.
func join(parts ...any) string {
	s := make([]string, len(parts))
	for i, p := range parts {
		s[i] = fmt.Sprint(p)
	}
	return strings.Join(s, "/")
}
