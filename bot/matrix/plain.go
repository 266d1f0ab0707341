package matrix

import (
	"html"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
	"maunium.net/go/mautrix/id"
)

// plainText writes a document as text that reads well without any formatting: no asterisks, links
// with their address behind them, tables as lists.
func plainText(doc ast.Node, src []byte) string {
	w := plainWriter{src: src}
	w.blocks(doc, "")
	return strings.TrimSpace(w.out.String())
}

type plainWriter struct {
	out strings.Builder
	src []byte
}

// blocks writes the blocks below n, every line after prefix.
func (w *plainWriter) blocks(n ast.Node, prefix string) {
	first := true
	for b := n.FirstChild(); b != nil; b = b.NextSibling() {
		if !first && !tight(b) {
			w.line(strings.TrimRight(prefix, " "), "")
		}
		first = false
		w.block(b, prefix)
	}
}

// tight reports whether a block follows the one before it without an empty line.
func tight(b ast.Node) bool {
	if _, ok := b.(*ast.ListItem); ok {
		return true
	}
	return b.Parent() != nil && b.Parent().Kind() == ast.KindListItem
}

func (w *plainWriter) block(b ast.Node, prefix string) {
	switch b := b.(type) {
	case *ast.List:
		w.list(b, prefix)
	case *ast.Blockquote:
		w.blocks(b, prefix+"> ")
	case *ast.ThematicBreak:
		w.line(prefix, "---")
	case *ast.FencedCodeBlock:
		w.raw(b, prefix)
	case *extast.Table:
		w.table(b, prefix)
	default:
		w.lines(prefix, w.inline(b))
	}
}

func (w *plainWriter) list(l *ast.List, prefix string) {
	number := l.Start
	for item := l.FirstChild(); item != nil; item = item.NextSibling() {
		bullet := "- "
		if l.IsOrdered() {
			bullet = strconv.Itoa(number) + string(l.Marker) + " "
			number++
		}
		inner := plainWriter{src: w.src}
		inner.blocks(item, "")
		indent := strings.Repeat(" ", len(bullet))
		for i, line := range strings.Split(strings.TrimRight(inner.out.String(), "\n"), "\n") {
			if i == 0 {
				w.line(prefix+bullet, line)
			} else {
				w.line(prefix+indent, line)
			}
		}
	}
}

// table writes a line for each row, its cells after the names of their columns.
func (w *plainWriter) table(t *extast.Table, prefix string) {
	var names []string
	for row := t.FirstChild(); row != nil; row = row.NextSibling() {
		var cells []string
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			cells = append(cells, w.inline(cell))
		}
		if row.Kind() == extast.KindTableHeader {
			names = cells
			continue
		}
		var parts []string
		for i, cell := range cells {
			switch {
			case cell == "":
			case i < len(names) && names[i] != "" && i > 0:
				parts = append(parts, names[i]+": "+cell)
			default:
				parts = append(parts, cell)
			}
		}
		w.line(prefix, "- "+strings.Join(parts, " · "))
	}
}

func (w *plainWriter) raw(b ast.Node, prefix string) {
	for i := range b.Lines().Len() {
		seg := b.Lines().At(i)
		w.line(prefix, strings.TrimRight(string(seg.Value(w.src)), "\n"))
	}
}

func (w *plainWriter) lines(prefix, s string) {
	for line := range strings.SplitSeq(s, "\n") {
		w.line(prefix, line)
	}
}

func (w *plainWriter) line(prefix, s string) {
	w.out.WriteString(prefix)
	w.out.WriteString(s)
	w.out.WriteByte('\n')
}

// inline returns the text of what is in a paragraph.
func (w *plainWriter) inline(n ast.Node) string {
	var out strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			out.WriteString(unescape(string(c.Segment.Value(w.src))))
			if c.SoftLineBreak() || c.HardLineBreak() {
				out.WriteByte('\n')
			}
		case *ast.String:
			out.Write(c.Value)
		case *ast.AutoLink:
			out.Write(c.Label(w.src))
		case *ast.Link:
			out.WriteString(linkText(w.inline(c), string(c.Destination)))
		case *ast.CodeSpan:
			for t := c.FirstChild(); t != nil; t = t.NextSibling() {
				if t, ok := t.(*ast.Text); ok {
					out.Write(t.Segment.Value(w.src))
				}
			}
		default:
			out.WriteString(w.inline(c))
		}
	}
	return out.String()
}

// unescape resolves the backslashes and entities of Markdown.
func unescape(s string) string {
	if !strings.ContainsAny(s, `\&`) {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && util.IsPunct(s[i+1]):
			i++
			out.WriteByte(s[i])
		case s[i] == '&':
			entity := s[i:]
			if end := strings.IndexByte(entity, ';'); end > 0 && end <= 32 {
				entity = entity[:end+1]
				i += end
			} else {
				entity = "&"
			}
			out.WriteString(html.UnescapeString(entity))
		default:
			out.WriteByte(s[i])
		}
	}
	return out.String()
}

// linkText writes a link with its address, unless that says nothing more: it is a person's pill,
// or the text is the address.
func linkText(label, to string) string {
	bare := strings.TrimPrefix(strings.TrimPrefix(to, "mailto:"), "tel:")
	if label == to || label == bare || strings.TrimPrefix(bare, "https://") == label {
		return label
	}
	if uri, err := id.ParseMatrixURIOrMatrixToURL(to); err == nil && uri.Sigil1 == '@' {
		return label
	}
	if label == "" {
		return bare
	}
	return label + " (" + bare + ")"
}
