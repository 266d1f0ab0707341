package matrix

import (
	"bytes"
	"html"
	"regexp"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	ghtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// renderers are made once, at first use: that takes longer than rendering.
var renderers = sync.OnceValue(func() renderTools { //nolint:gochecknoglobals // immutable
	md := goldmark.New(
		goldmark.WithParser(markdownParser()),
		goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.Linkify),
		goldmark.WithRendererOptions(ghtml.WithHardWraps()),
	)
	return renderTools{md: md, policy: matrixPolicy()}
})

type renderTools struct {
	md     goldmark.Markdown
	policy *bluemonday.Policy
}

// markdownParser knows CommonMark but for raw HTML, which stays text, and indented code, which
// nobody means.
func markdownParser() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewSetextHeadingParser(), 100),
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(parser.NewListParser(), 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(parser.NewBlockquoteParser(), 800),
			util.Prioritized(paragraphs{parser.NewParagraphParser()}, 1000),
		),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewCodeSpanParser(), 100),
			util.Prioritized(parser.NewLinkParser(), 200),
			util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(parser.NewEmphasisParser(), 500),
		),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
	)
}

// paragraphs are also indented ones; goldmark would drop these, leaving them to indented code.
type paragraphs struct{ parser.BlockParser }

// CanAcceptIndentedLine reports that a paragraph may begin with an indented line.
func (paragraphs) CanAcceptIndentedLine() bool { return true }

// matrixPolicy allows what the Matrix specification recommends, without images and colours, and
// links to nothing that runs.
func matrixPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("del", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "p", "ul", "ol", "li", "b", "i", "u",
		"strong", "em", "s", "code", "hr", "br", "div", "table", "thead", "tbody", "tr", "th", "td", "caption", "pre",
		"span", "details", "summary")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,9}$`)).OnElements("ol")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^language-[a-zA-Z0-9_+-]{1,30}$`)).OnElements("code")
	p.AllowURLSchemes("https", "http", "mailto", "tel", "matrix")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	return p
}

// Render turns Markdown into the two forms of a message: plain text that reads well by itself, and
// HTML, which is empty if it would say nothing more. HTML in the Markdown is shown as text. Put
// what people or databases supplied through [bot.Escape] first.
func Render(markdown string) (body, formatted string) {
	src := []byte(cleanText(markdown))
	tools := renderers()
	doc := tools.md.Parser().Parse(text.NewReader(src), parser.WithContext(parser.NewContext()))
	body = plainText(doc, src)

	var out bytes.Buffer
	if err := tools.md.Renderer().Render(&out, src, doc); err != nil {
		return body, ""
	}
	formatted = strings.TrimSpace(tools.policy.Sanitize(out.String()))
	if inner, ok := onlyParagraph(formatted); ok {
		formatted = inner
	}
	if formatted == html.EscapeString(body) {
		return body, ""
	}
	return body, formatted
}

// onlyParagraph returns the inside of HTML that is a single paragraph: clients put space around
// paragraphs, and a short answer needs none.
func onlyParagraph(s string) (string, bool) {
	inner, ok := strings.CutPrefix(s, "<p>")
	if !ok {
		return s, false
	}
	inner, ok = strings.CutSuffix(inner, "</p>")
	if !ok || strings.Contains(inner, "<p>") || strings.Contains(inner, "</p>") {
		return s, false
	}
	return inner, true
}
