package knowledge

import (
	"strings"
)

// How sure the router must be, and how much must have been said, before a text is taken for a new
// question and not for an answer to what is being talked about. Fitted by eye on the development
// questions; they are far from where conversations change.
const (
	sureOther   = 0.5  // probability of another topic that makes a new question
	sureAnswer  = 0.7  // the same for a text that also answers the open question
	leastSame   = 0.15 // with this much for the topic being talked about, it goes on
	terseWords  = 1    // words of content beside the facts in a terse answer
	shortWords  = 6    // words of content in a follow-up that the router can't place
	socialOther = 3    // other words in a greeting
)

// text takes what was said in words.
func (t *turn) text() {
	words := normalWords(t.in.Text)
	t.read = t.s.reader.Read(t.in.Text, t.lang, t.st.Asked)
	if len(words) == 0 && strings.TrimSpace(t.in.Text) != dontKnow {
		t.note("nothing was said")
		t.keepTopic()
		return
	}
	list := t.s.route(t.in.Text)
	m := t.matter(list, false)
	m.Signals = t.signals()
	first := t.s.Decide(m)
	h := hearing{words: words, rest: t.rest(words), list: list, first: first}

	switch {
	case t.social(h):
		t.note("a greeting or thanks")
		t.finish(Decision{Kind: Social})
	case t.unknown(h):
		t.skip(t.st.Asked)
		t.keepTopic()
	case t.st.Topic != "" && t.goesOn(h):
		t.takeFacts()
		t.keepTopic()
	default:
		t.question(h)
	}
}

// hearing is what a text looks like before its part in the conversation is known.
type hearing struct {
	words []string // normalised
	rest  []string // words that are neither facts nor fillers
	list  []Scored // topics by the router
	first Decision // what it would be as a question of its own
}

// question takes the text as a question of its own; known facts stay known.
func (t *turn) question(h hearing) {
	t.takeFacts()
	count := t.st.Count
	t.st.Count = 0
	m := t.matter(h.list, false)
	m.Signals = t.signals()
	d := t.s.Decide(m)
	if d.Kind == Abstain {
		t.st.Count = count
	}
	t.finish(d)
}

func (t *turn) takeFacts() {
	for fact, value := range t.read {
		t.learn(fact, value)
	}
}

func (t *turn) signals() Signals {
	s := Signals{Coverage: -1, Stated: len(t.read), Found: t.in.Found}
	if c, ok := t.s.router.(covers); ok {
		s.Coverage = c.Coverage(t.in.Text)
	}
	if _, here := t.read[t.s.TownFact()]; !here {
		s.away.name, s.away.role = t.s.places.find(t.in.Text)
	}
	return s
}

// rest returns the words that are neither facts nor fillers.
func (t *turn) rest(words []string) []string {
	fillers := in(t.s.phrases.filler, t.lang)
	var out []string
	for i := 0; i < len(words); {
		if n := fillers.at(words, i); n > 0 {
			i += n
			continue
		}
		out = append(out, words[i])
		i++
	}
	return out
}

// social tells a greeting or thanks with nothing else.
func (t *turn) social(h hearing) bool {
	n := t.s.phrases.social.count(h.words)
	if n == 0 || len(t.read) > 0 || len(h.words)-n > socialOther {
		return false
	}
	return n == len(h.words) || h.first.Kind == Abstain
}

// unknown tells that the person doesn't know what was asked for.
func (t *turn) unknown(h hearing) bool {
	if t.st.Asked == "" {
		return false
	}
	if _, answered := t.read[t.st.Asked]; answered {
		return false
	}
	return strings.TrimSpace(t.in.Text) == dontKnow || t.s.phrases.unknown.count(h.words) > 0 && len(h.rest) <= shortWords
}

// goesOn tells whether the text belongs to the matter being talked about: an answer, a correction, a
// short follow-up. Else it is a question of its own.
func (t *turn) goesOn(h hearing) bool {
	other := t.other(h)
	_, answers := t.read[t.st.Asked]
	p := t.s.phrases
	asks := strings.ContainsAny(t.in.Text, "?؟") || in(p.asking, t.lang).count(h.words) > 0
	switch {
	case len(t.read) > 0 && len(h.rest) <= terseWords && other < sureOther:
		t.note("terse: facts for what is being talked about")
		return true
	case t.st.Asked != "" && answers:
		t.note("answers the question for %s", t.st.Asked)
		return !asks || other < sureAnswer
	case len(t.read) > 0 && in(p.correct, t.lang).within(h.words, 2) && !asks:
		t.note("a correction")
		return true
	case len(t.read) > 0 && other < sureOther && len(h.rest) <= shortWords:
		t.note("a follow-up with facts")
		return true
	case len(t.read) == 0 && t.st.Asked != "" && other < sureOther && !(asks && h.first.Kind == Abstain):
		t.note("no answer to the question for %s", t.st.Asked)
		return true
	case len(t.read) == 0 && len(h.rest) <= shortWords && other < sureOther && in(p.detail, t.lang).count(h.words) > 0:
		t.note("about the answer that was given")
		return true
	}
	return false
}

// other returns the probability of the best topic that isn't the one being talked about; 0 when the
// text would not be answered as a question of its own, or may be about the same.
func (t *turn) other(h hearing) float64 {
	if h.first.Kind == Abstain || len(h.first.Topics) == 0 || h.first.Topics[0].Topic == t.st.Topic ||
		scoreOf(h.list, t.st.Topic) > leastSame {
		return 0
	}
	return h.first.Topics[0].Score
}
