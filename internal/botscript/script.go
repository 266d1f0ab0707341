package botscript

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// Action says what a line of a transcript does.
type Action int

// The actions.
const (
	Says      Action = iota // "anna ▸ text"
	Reacts                  // "anna ▸ [2️⃣]"
	Edits                   // "anna ▸ ✎ new text"
	Deletes                 // "anna ▸ 🗑"; "anna ▸ 🗑 [2️⃣]" takes back a reaction
	Replies                 // "anna ▸ ↩ text", to the last post of the bot there
	Directive               // "-- restart"
)

// Line is one step of a transcript.
type Line struct {
	No     int    // in the file
	Who    string // "anna"; "lotse" is the bot
	Place  string // "dm", "#raum"; empty: as before
	Thread bool   // ↳ instead of ▸
	Action Action
	Text   string
	Keys   []string // of Reacts
	At     string   // «words» of the message that is replied or reacted to, or that the thread hangs on
}

var (
	speech = regexp.MustCompile(`^\s*(\S*?)\s*(?:\(([^)]*)\))?\s*([▸↳])\s?(.*)$`)
	target = regexp.MustCompile(`^«([^»]*)»\s*`)
)

// Parse reads a transcript:
//
//	# a comment
//	anna (dm) ▸ what anna writes in her direct chat with the bot
//	lotse     ▸ what the bot must answer; … stands for anything
//	            and indented lines go on
//	anna (#raum) ▸ @lotse what she writes in a room, mentioning the bot
//	lotse     ↳ in the thread of the last line above that isn't in one; ↳ «words» … in that of another
//	anna      ▸ [2️⃣]          a reaction to the last post of the bot that offers it; [2️⃣] «words» to another
//	anna      ▸ ↩ 2           a reply to the last post of the bot; ↩ «words» 2 to another
//	anna      ▸ ✎ new text    an edit of her last message; of the bot: of one of its posts
//	anna      ▸ 🗑             its deletion; 🗑 [2️⃣] takes a reaction back
//	lotse     ▸ [👍 👎]        reactions of the bot; they need not be written down
//	-- restart                the bot ends and a new process begins
//	-- later 2h               time passes
//	-- carla moderates        in the current room, or (#raum); likewise joins, leaves, invites
//	-- lotse is kicked        from the current room
//
// What the bot posts must all be in the transcript, in its order.
func Parse(r io.Reader) ([]Line, error) {
	var lines []Line
	sc := bufio.NewScanner(r)
	for no := 1; sc.Scan(); no++ {
		s := sc.Text()
		switch {
		case !utf8.ValidString(s):
			return nil, fmt.Errorf("line %d: not UTF-8", no)
		case strings.TrimSpace(s) == "", strings.HasPrefix(s, "#"):
			continue
		case strings.HasPrefix(s, "--"):
			lines = append(lines, Line{No: no, Action: Directive, Text: strings.TrimSpace(strings.TrimLeft(s, "-"))})
			continue
		}
		line, ok, err := parseLine(no, s)
		switch {
		case err != nil:
			return nil, err
		case ok:
			if line.Who == "" && len(lines) > 0 {
				line.Who = lines[len(lines)-1].Who
			}
			lines = append(lines, line)
		case len(lines) > 0 && (s[0] == ' ' || s[0] == '\t'):
			last := &lines[len(lines)-1]
			last.Text += "\n" + strings.TrimSpace(s)
		default:
			return nil, fmt.Errorf("line %d: neither speech (▸, ↳) nor a directive (--) nor indented", no)
		}
	}
	return lines, sc.Err()
}

func parseLine(no int, s string) (Line, bool, error) {
	m := speech.FindStringSubmatch(s)
	if m == nil {
		return Line{}, false, nil
	}
	l := Line{No: no, Who: m[1], Place: m[2], Thread: m[3] == "↳", Text: strings.TrimSpace(m[4])}
	switch {
	case strings.HasPrefix(l.Text, "["):
		return l, true, l.parseKeys(Reacts, l.Text)
	case strings.HasPrefix(l.Text, "🗑"):
		rest := strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(l.Text, "🗑"), "\uFE0F"))
		l.Action, l.Text = Deletes, ""
		if rest != "" {
			return l, true, l.parseKeys(Deletes, rest)
		}
	case strings.HasPrefix(l.Text, "✎"):
		l.Action, l.Text = Edits, strings.TrimSpace(strings.TrimPrefix(l.Text, "✎"))
	case strings.HasPrefix(l.Text, "↩"):
		l.Action, l.Text = Replies, strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(l.Text, "↩"), "\uFE0F"))
		l.parseTarget()
	case l.Thread:
		l.parseTarget()
	}
	return l, true, nil
}

func (l *Line) parseKeys(a Action, s string) error {
	keys, rest, ok := strings.Cut(strings.TrimPrefix(s, "["), "]")
	if !ok {
		return fmt.Errorf("line %d: no ] after [", l.No)
	}
	l.Action, l.Keys, l.Text = a, strings.Fields(keys), strings.TrimSpace(rest)
	l.parseTarget()
	return nil
}

func (l *Line) parseTarget() {
	if m := target.FindStringSubmatch(l.Text); m != nil {
		l.At, l.Text = m[1], strings.TrimSpace(l.Text[len(m[0]):])
	}
}

var (
	markdownEscape = regexp.MustCompile("\\\\([!-/:-@\\[-`{-~])")
	spaces         = regexp.MustCompile(`[ \t\x{00A0}\x{202F}]+`)
)

// plainText makes posts and transcripts comparable: without the backslashes of Markdown, line by
// line, with single spaces.
func plainText(s string) string {
	s = markdownEscape.ReplaceAllString(s, "$1")
	var out []string
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.TrimSuffix(strings.TrimSpace(line), `\`)
		if line = strings.TrimSpace(spaces.ReplaceAllString(line, " ")); line != "" {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

// Matches reports whether a post is what a transcript expects; … stands for anything.
func Matches(post, want string) bool {
	var pattern strings.Builder
	for i, part := range strings.Split(plainText(want), "…") {
		if i > 0 {
			pattern.WriteString(`(?s:.*)`)
		}
		pattern.WriteString(regexp.QuoteMeta(part))
	}
	ok, err := regexp.MatchString("^"+pattern.String()+"$", plainText(post))
	return err == nil && ok
}

// laterBy reads the time of "later 2h", also "later 3d".
func laterBy(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		s = days + "h"
		d, err := time.ParseDuration(s)
		return 24 * d, err
	}
	return time.ParseDuration(s)
}
