package bot

import (
	"regexp"
	"strings"
)

var (
	escapeChars = regexp.MustCompile("[\\\\`*_\\[\\]<>&~|#$]")
	escapeStart = regexp.MustCompile(`^(\s*)([-+=]|\d+[.)])`)
	escapeLink  = regexp.MustCompile(`(?i)(https?|ftp):|(www)\.`)
)

// Escape makes text that people or databases supplied safe inside a Markdown line: it comes out
// as it is, without formatting, lists, links or HTML. Line breaks become spaces, since a new line
// could begin a block; escape line by line to keep them. Don't use it inside code.
func Escape(text string) string {
	text = strings.Join(strings.Fields(cleanText(text)), " ")
	text = escapeChars.ReplaceAllString(text, `\$0`)
	text = escapeLink.ReplaceAllStringFunc(text, func(s string) string {
		return s[:len(s)-1] + `\` + s[len(s)-1:]
	})
	return escapeStart.ReplaceAllStringFunc(text, func(s string) string {
		return s[:len(s)-1] + `\` + s[len(s)-1:]
	})
}

// cleanText makes text harmless for PostgreSQL and people: valid UTF-8, no NUL and no other
// control characters but line breaks and tabs.
func cleanText(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.Map(func(r rune) rune {
		if (r < ' ' && r != '\n' && r != '\t') || r == 0x7F {
			return -1
		}
		return r
	}, s)
}
