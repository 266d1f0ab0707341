package bot

import (
	"slices"
	"strings"
)

// Where says where a command works.
type Where int

// The places. The zero value is everywhere.
const (
	Everywhere Where = iota
	InDirect         // direct chats only
	InRoom           // shared rooms only
)

// Command is something that the bot can be told to do. Help is made from these values, so that
// it can't lie. Texts are by language, as ISO 639-1; German ("de") and English ("en") are both
// required, and work alike whatever language is spoken.
type Command struct {
	Name     string              // stable and unique, for help and logs: "settings"
	Words    map[string][]string // what is typed: {"de": {"einstellungen"}, "en": {"settings"}}; compared by [Fold], the longest wins
	Usage    map[string]string   // what help shows: {"de": "ort <Name>", "en": "town <name>"}
	Help     map[string]string   // one sentence, what it does
	Examples map[string][]string // two, ready to be typed
	Where    Where               // where it works; elsewhere the person is told
	Role     Role                // who may; others are told
	RoomRole Role                // who may in shared rooms, where that takes more than Role
	// Args decides whether what follows the words may be meant as arguments. It keeps "hilfe, mein
	// kind ist krank" from being taken for the command "hilfe": what it refuses is free text. Nil
	// takes nothing but the bare words; see [AnyArgs] and [FewArgs].
	Args    func(args string) bool
	Handler Handler // is given the arguments as [Message.Args]
}

// RoleIn returns the role that the command takes in a direct chat or a shared room.
func (c Command) RoleIn(direct bool) Role {
	if direct {
		return c.Role
	}
	return max(c.Role, c.RoomRole)
}

// AnyArgs takes whatever follows the words of a command.
func AnyArgs(string) bool { return true }

// FewArgs returns a function for [Command.Args] that takes up to n words.
func FewArgs(n int) func(string) bool {
	return func(args string) bool { return len(strings.Fields(args)) <= n }
}

// match is a command that was found in a text.
type match struct {
	cmd  *Command
	lang string // of the words, if they are of one language only
	args string
}

// phrase is one way to say a command, folded.
type phrase struct {
	words []string
	lang  string
	cmd   *Command
}

// find returns the command with the longest words that text begins with and whose arguments fit.
func findCommand(phrases []phrase, text string) (match, bool) {
	fields := strings.Fields(text)
	var found match
	longest := 0
	for _, p := range phrases {
		n, ok := prefixFields(fields, p.words)
		if !ok || len(p.words) < longest {
			continue
		}
		args := restAfter(text, n)
		if !p.cmd.takes(args) {
			continue
		}
		if len(p.words) == longest && found.cmd == p.cmd && found.lang != p.lang {
			found.lang = "" // the same words in several languages say nothing about the language
			continue
		}
		found, longest = match{cmd: p.cmd, lang: p.lang, args: args}, len(p.words)
	}
	return found, longest > 0
}

func (c *Command) takes(args string) bool {
	if strings.Trim(args, " \t\n.!?") == "" {
		return true
	}
	return c.Args != nil && c.Args(args)
}

// prefixFields reports whether the fields begin with the words, and how many fields that takes.
func prefixFields(fields, words []string) (int, bool) {
	i := 0
	for n, f := range fields {
		if i == len(words) {
			return n, true
		}
		for w := range strings.FieldsSeq(Fold(f)) {
			if i == len(words) || w != words[i] {
				return 0, false
			}
			i++
		}
	}
	return len(fields), i == len(words)
}

// restAfter returns the text after its first n fields, with its line breaks.
func restAfter(text string, n int) string {
	rest := strings.TrimSpace(text)
	for range n {
		i := strings.IndexFunc(rest, isSpace)
		if i < 0 {
			return ""
		}
		rest = strings.TrimLeftFunc(rest[i:], isSpace)
	}
	return rest
}

func isSpace(r rune) bool { return strings.ContainsRune(" \t\n\r\u00A0", r) }

// nearCommand returns the phrase that text is probably a misspelling of: the whole text, not more
// than three words, one letter wrong, or two in a long word. In its own spelling it is no miss.
func nearCommand(phrases []phrase, text string, usable func(*Command) bool) (phrase, bool) {
	folded := Fold(text)
	if len(strings.Fields(folded)) > 3 || len(folded) < 4 {
		return phrase{}, false
	}
	best, bestDist := phrase{}, 3
	for _, p := range phrases {
		want := strings.Join(p.words, " ")
		limit := 1
		if len(want) >= 8 {
			limit = 2
		}
		if !usable(p.cmd) || len(want) < 4 {
			continue
		}
		if d := distance(folded, want, limit); d > 0 && d <= limit && d < bestDist {
			best, bestDist = p, d
		}
	}
	return best, bestDist < 3
}

// phrasesOf folds the words of a command, in a fixed order.
func phrasesOf(c *Command) []phrase {
	var out []phrase
	for lang, all := range c.Words {
		for _, w := range all {
			out = append(out, phrase{words: phraseWords(w), lang: lang, cmd: c})
		}
	}
	slices.SortFunc(out, func(a, b phrase) int {
		return strings.Compare(a.lang+strings.Join(a.words, " "), b.lang+strings.Join(b.words, " "))
	})
	return out
}

func phraseWords(w string) []string { return strings.Fields(Fold(w)) }
