package bot

import (
	"fmt"
	"slices"
)

// Router decides which handlers get a message. Like [net/http.ServeMux] it panics on mistakes in
// registration, which happens once, at the start; it must not change afterwards.
type Router struct {
	commands []*Command
	phrases  []phrase
	text     Handler
	choices  map[string]Handler
	timers   map[string]Handler
	on       map[Kind][]Handler
}

// NewRouter returns an empty router: it answers nothing.
func NewRouter() *Router {
	return &Router{
		choices: make(map[string]Handler),
		timers:  make(map[string]Handler),
		on:      make(map[Kind][]Handler),
	}
}

// Command registers a command. It panics if it lacks German or English words, if a phrase is
// taken, or its handler or name is missing.
func (r *Router) Command(c Command) {
	if c.Name == "" || c.Handler == nil || len(c.Words["de"]) == 0 || len(c.Words["en"]) == 0 {
		panic(fmt.Sprintf("bot: command %q needs a name, a handler, and words in German and English", c.Name))
	}
	for _, other := range r.commands {
		if other.Name == c.Name {
			panic(fmt.Sprintf("bot: command %q is registered twice", c.Name))
		}
	}
	for _, p := range phrasesOf(&c) {
		if len(p.words) == 0 {
			panic(fmt.Sprintf("bot: command %q has empty words", c.Name))
		}
		for _, q := range r.phrases {
			if slices.Equal(p.words, q.words) && q.cmd != &c {
				panic(fmt.Sprintf("bot: commands %q and %q share the words %q", c.Name, q.cmd.Name, p.words))
			}
		}
		r.phrases = append(r.phrases, p)
	}
	r.commands = append(r.commands, &c)
}

// Commands returns all commands in the order of their registration, for help.
func (r *Router) Commands() []Command {
	out := make([]Command, 0, len(r.commands))
	for _, c := range r.commands {
		out = append(out, *c)
	}
	return out
}

// Text registers the handler for what is said to the bot and isn't a command.
func (r *Router) Text(h Handler) {
	if r.text != nil {
		panic("bot: two handlers for text")
	}
	r.text = h
}

// Choice registers the handler for the options of posts with [Ask.Handler] name. It gets messages
// of kind [Chosen], with [Message.Choice].
func (r *Router) Choice(name string, h Handler) { register(r.choices, "choice", name, h) }

// Timer registers the handler for timers with [Timer.Handler] name. It gets messages of kind
// [Due], with [Message.Timer].
func (r *Router) Timer(name string, h Handler) { register(r.timers, "timer", name, h) }

// On registers a handler for a kind of event; several may listen to one kind, and all their
// replies are one. It panics for kinds that have a place of their own (Text, Chosen, Due) or that
// the runtime deals with (Invited, Ignored).
//
// [Edited] and [Deleted] come only for messages that were addressed to the bot; [Reacted] and
// [Withdrawn] only for its own posts; [Joined] once per room; [Unreadable] at most once per message.
func (r *Router) On(k Kind, h Handler) {
	switch k {
	case Edited, Deleted, Reacted, Withdrawn, Joined, Left, Member, Moved, Unreadable:
		r.on[k] = append(r.on[k], h)
	default:
		panic(fmt.Sprintf("bot: no handlers for kind %q", k))
	}
}

func register(handlers map[string]Handler, what, name string, h Handler) {
	if name == "" || h == nil || handlers[name] != nil {
		panic(fmt.Sprintf("bot: %s %q has no name or handler, or is registered twice", what, name))
	}
	handlers[name] = h
}

// find returns the command in what was said.
func (r *Router) find(text string) (match, bool) { return findCommand(r.phrases, text) }

// Near returns the command that a word is probably a misspelling of, as it is spelled right.
func (r *Router) Near(word string) (Command, string, bool) {
	p, ok := nearCommand(r.phrases, word, func(*Command) bool { return true })
	if !ok {
		return Command{}, "", false
	}
	return *p.cmd, phraseText(p), true
}

// phraseText returns the words of a phrase as its command spells them.
func phraseText(p phrase) string {
	for _, w := range p.cmd.Words[p.lang] {
		if slices.Equal(phraseWords(w), p.words) {
			return w
		}
	}
	return ""
}
