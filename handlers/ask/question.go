package ask

import (
	"slices"
	"strconv"
	"strings"

	"lotse/bot"
	"lotse/knowledge"
)

// Keys of reactions.
const (
	keyUnknown = "❔"
	keyFits    = "👍"
	keyMisfit  = "👎"
	keyPerson  = "🙋"
	keyTaken   = "✓"
)

// unknown is the value of an option that says that the fact isn't known, as [knowledge.Input] wants it.
const unknown = "?"

// numberKey returns the reaction for the option with the index, 0 to 8.
func numberKey(i int) string { return strconv.Itoa(i+1) + "\ufe0f\u20e3" }

// maxOptions is how many number keys there are.
const maxOptions = 9

// question adds the question for a fact with its options, one per line, since clients may show the
// reactions in any order, or none. The first one names the matter: who was misunderstood sees it here
// and not only after two answers.
func (p *page) question(d knowledge.Decision) {
	fact, _ := p.s.Fact(d.Fact)
	text := p.in(fact.Ask)
	topic, known := p.s.Topic(d.Topic)
	switch {
	case p.v.Retry:
		text = p.t.Get("not_understood") + " " + text
	case !p.v.Again && known:
		p.add(p.t.Get("depends", "topic", p.in(topic.Title)))
	}
	p.add(text)
	for _, o := range p.options(d) {
		p.add(o.Key + " " + o.Label)
	}
}

// options returns the ways to answer. Those of a merged option are told apart when they are said in
// words, so only "don't know" has words here; the rest is read by the knowledge base.
func (p *page) options(d knowledge.Decision) []bot.Option {
	fact, _ := p.s.Fact(d.Fact)
	var options []bot.Option
	if !fact.Areas {
		for i, o := range d.Options[:min(len(d.Options), maxOptions)] {
			options = append(options, bot.Option{Key: numberKey(i), Label: p.label(fact, o), Value: o.Values[0]})
		}
	}
	return append(options, bot.Option{
		Key: keyUnknown, Label: p.t.Get("dont_know"), Value: unknown,
		Words: words(p.t.Get("dont_know_words")),
	})
}

// label names an option by all of its values.
func (p *page) label(fact knowledge.Fact, o knowledge.FactOption) string {
	titles := make([]string, len(o.Values))
	for i, v := range o.Values {
		titles[i] = p.title(fact, v)
	}
	return strings.Join(titles, " / ")
}

// answered is the question with the option that was taken, and only with it: later readers need to
// see what the answer below rests on.
func (p *page) answered(d knowledge.Decision, value string) {
	fact, _ := p.s.Fact(d.Fact)
	p.add(p.in(fact.Ask))
	taken := ""
	for _, o := range p.options(d) {
		if o.Value == value || slices.Contains(optionOf(d, value).Values, o.Value) {
			taken = o.Key + " " + o.Label
		}
	}
	if fact.Areas && value != unknown {
		taken = p.area(value)
	}
	if taken == "" {
		taken = p.title(fact, value)
	}
	p.add(keyTaken + " **" + taken + "**")
}

// optionOf returns the option that has the value among its own.
func optionOf(d knowledge.Decision, value string) knowledge.FactOption {
	i := slices.IndexFunc(d.Options, func(o knowledge.FactOption) bool { return slices.Contains(o.Values, value) })
	if i < 0 {
		return knowledge.FactOption{}
	}
	return d.Options[i]
}
