// Package help tells what people can do, here and as who they are.
//
// It is made from the commands that the router knows, so it can't promise what isn't there: commands
// of other places and for other roles are left out of the list, and explained when they are asked for
// by name.
package help

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"strconv"
	"strings"

	"lotse/bot"
)

//go:embed texts/*.yaml
var textFiles embed.FS

// Handler explains commands. Use [Handler.Register].
type Handler struct {
	o     Options
	texts *bot.Catalog
}

// Options are what a [Handler] works with. Commands is required.
type Options struct {
	Commands Commands // the router
	Prefix   string   // of commands in rooms; default "!lotse"
	Mention  string   // what people mention; default "lotse"
}

// Commands knows what can be said; [*bot.Router] does.
type Commands interface {
	// Commands returns all commands in the order in which they are shown.
	Commands() []bot.Command
	// Near returns the command that a word is probably a misspelling of, and its right spelling.
	Near(word string) (cmd bot.Command, spelling string, ok bool)
}

// New returns a handler.
func New(o Options) (*Handler, error) {
	if o.Prefix == "" {
		o.Prefix = "!lotse"
	}
	o.Mention = "@" + strings.TrimPrefix(cmp.Or(o.Mention, "lotse"), "@")
	texts, err := bot.ReadCatalog(textFiles, "texts")
	if err != nil {
		return nil, fmt.Errorf("read texts of help: %w", err)
	}
	return &Handler{o: o, texts: texts}, nil
}

// Register tells the router what this package does.
func (h *Handler) Register(r *bot.Router) {
	r.Command(bot.Command{
		Name:     "help",
		Words:    map[string][]string{"de": {"hilfe"}, "en": {"help"}},
		Usage:    map[string]string{"de": "hilfe <Befehl>", "en": "help <command>"},
		Help:     map[string]string{"de": "Zeigt, was hier geht; mit einem Befehl dahinter mehr davon.", "en": "Shows what you can do here; with a command, more about it."},
		Examples: map[string][]string{"de": {"hilfe", "hilfe sprache"}, "en": {"help", "help language"}},
		Args:     h.isTopic,
		Handler:  bot.HandlerFunc(h.help),
	})
}

// isTopic keeps a cry for help ("hilfe, mein kind ist krank") from being taken for this command: a
// single word may be a topic, more must name one.
func (h *Handler) isTopic(args string) bool {
	if len(strings.Fields(args)) <= 1 {
		return true
	}
	_, ok := h.find(args)
	return ok
}

// help lists what can be done, or explains one command.
func (h *Handler) help(_ context.Context, m bot.Message, r *bot.Reply) error {
	t := h.texts.In(m.Lang)
	topic := strings.Trim(m.Args, " \t\n.!?,")
	if topic == "" {
		r.Say(bot.Post{Text: h.list(t, m)})
		return nil
	}
	if cmd, ok := h.find(topic); ok {
		r.Say(bot.Post{Text: h.explain(t, m, cmd)})
		return nil
	}
	if cmd, near, ok := h.o.Commands.Near(topic); ok {
		line := t.Get("nearest", "topic", bot.Escape(topic), "near", bot.Escape(near))
		r.Say(bot.Post{Text: line + "\n" + h.explain(t, m, cmd)})
		return nil
	}
	r.Say(bot.Post{Text: t.Get("unknown", "topic", bot.Escape(topic)) + "\n" + h.list(t, m)})
	return nil
}

// find returns the command that has the topic as its name or among its words.
func (h *Handler) find(topic string) (bot.Command, bool) {
	folded := bot.Fold(topic)
	for _, c := range h.o.Commands.Commands() {
		if bot.Fold(c.Name) == folded {
			return c, true
		}
		for _, words := range c.Words {
			for _, w := range words {
				if bot.Fold(w) == folded {
					return c, true
				}
			}
		}
	}
	return bot.Command{}, false
}

// list says what can be done here, by this person.
func (h *Handler) list(t bot.Texts, m bot.Message) string {
	lines := []string{t.Get("intro"), "• " + t.Get("example_1"), "• " + t.Get("example_2")}
	if !m.InDirect {
		lines = append(lines, t.Get("address", "mention", bot.Escape(h.o.Mention), "prefix", bot.Escape(h.o.Prefix)))
	}
	lines = append(lines, t.Get("commands"))
	usage := ""
	for _, c := range h.o.Commands.Commands() {
		if !here(c, m) || m.Role < c.RoleIn(m.InDirect) {
			continue
		}
		help := bot.Escape(in(c.Help, t.Lang))
		if examples := h.examples(t, m, c); len(examples) > 0 {
			help = t.Get("examples", "help", help, "examples", strings.Join(examples, t.Get("and")))
		}
		lines = append(lines, t.Get("command", "usage", bot.Escape(in(c.Usage, t.Lang)), "help", help))
		if c.Name == "help" {
			usage = in(c.Usage, t.Lang)
		}
	}
	if words := strings.SplitN(usage, " ", 2); len(words) == 2 {
		lines = append(lines, t.Get("more", "help", bot.Escape(words[0]), "usage", bot.Escape(words[1])))
	}
	return strings.Join(lines, "\n")
}

// here reports whether the command works where the message was said.
func here(c bot.Command, m bot.Message) bool {
	return c.Where == bot.Everywhere || (c.Where == bot.InDirect) == m.InDirect
}

// explain tells all about one command.
func (h *Handler) explain(t bot.Texts, m bot.Message, c bot.Command) string {
	lines := []string{t.Get("command", "usage", bot.Escape(in(c.Usage, t.Lang)), "help", bot.Escape(in(c.Help, t.Lang)))}
	for _, example := range h.examples(t, m, c) {
		lines = append(lines, "• "+example)
	}
	words := make([]string, 0, len(c.Words[t.Lang]))
	for _, w := range c.Words[t.Lang] {
		words = append(words, bot.Escape(w))
	}
	if len(words) > 1 {
		lines = append(lines, t.Get("also", "words", strings.Join(words, t.Get("and"))))
	}
	if !here(c, m) {
		where := "room"
		if c.Where == bot.InDirect {
			where = "direct"
		}
		lines = append(lines, t.Get("not_here", "where", t.Get(where)))
	}
	if need := c.RoleIn(m.InDirect); m.Role < need {
		lines = append(lines, t.Get("role", "role", t.Get("role_"+strconv.Itoa(int(need)))))
	}
	return strings.Join(lines, "\n")
}

// examples returns the examples as they are typed here.
func (h *Handler) examples(t bot.Texts, m bot.Message, c bot.Command) []string {
	examples := c.Examples[t.Lang]
	if len(examples) == 0 {
		examples = c.Examples["de"]
	}
	out := make([]string, len(examples))
	for i, e := range examples {
		if !m.InDirect {
			e = h.o.Prefix + " " + e
		}
		out[i] = t.Get("quoted", "text", bot.Escape(e))
	}
	return out
}

func in(texts map[string]string, lang string) string {
	if s := texts[lang]; s != "" {
		return s
	}
	return texts["de"]
}
