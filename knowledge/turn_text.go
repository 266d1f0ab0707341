package knowledge

import (
	"strings"
)

// How sure the router must be of another topic, and how much must have been said, before a text is
// taken for a new question and not for an answer to what is being talked about.
const (
	sureOther   = 0.5  // probability of another topic that makes a new question
	sureMarked  = 0.8  // the same for a text that answers the open question, or starts as a correction or follow-up
	leastSame   = 0.15 // with this much for the topic being talked about, it goes on
	lateWords   = 2    // words of content in a late answer
	shortWords  = 6    // words of content in a follow-up that the router can't place
	socialOther = 3    // other words in a greeting
)

// text takes what was said in words.
func (t *turn) text() {
	words := normalWords(t.in.Text)
	if len(words) == 0 && strings.TrimSpace(t.in.Text) != dontKnow {
		t.note("nothing was said")
		t.keepTopic()
		return
	}
	t.read = t.s.reader.Read(t.in.Text, t.lang, t.st.Asked)
	h := hearing{words: words, rest: t.rest(), list: t.s.route(t.in.Text)}
	if len(t.read) == 0 {
		t.readAgain(h)
	}
	m := t.matter(h.list, false)
	m.Signals = t.signals()
	h.first, t.near = t.s.decide(m)

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
	case t.onlyTown(h):
		t.note("nothing but a town: it is kept for what comes")
		t.takeFacts()
		t.finish(Decision{Kind: Abstain})
	default:
		t.question(h, m)
	}
}

// readAgain reads a terse text as a late answer to a question for a fact that is known already ("nein,
// 17"), when it can be an answer to just one such question.
func (t *turn) readAgain(h hearing) {
	topic, ok := t.s.Topic(t.st.Topic)
	if !ok || t.st.Asked != "" || len(h.rest) > lateWords {
		return
	}
	for _, f := range t.s.data.Facts {
		if _, known := t.st.Facts[f.ID]; !known || !f.Areas && !looksAt(topic, f.ID) {
			continue
		}
		value, ok := t.s.reader.Read(t.in.Text, t.lang, f.ID)[f.ID]
		switch {
		case !ok:
		case len(t.read) > 0:
			t.read = nil
			return
		default:
			t.read = map[string]string{f.ID: value}
		}
	}
}

func looksAt(t Topic, fact string) bool {
	for _, r := range t.Rules {
		if r.When[fact] != nil {
			return true
		}
	}
	return false
}

// hearing is what a text looks like before its part in the conversation is known.
type hearing struct {
	words []string // normalised
	rest  []string // words that are neither facts nor fillers
	list  []Scored // topics by the router
	first Decision // what it would be as a question of its own
}

// question takes the text as a question of its own; known facts stay known.
func (t *turn) question(h hearing, m Matter) {
	t.takeFacts()
	known := t.matter(h.list, false)
	known.Signals, known.Asked = m.Signals, 0
	d := t.s.Decide(known)
	if d.Kind != Abstain {
		t.st.Count = 0
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
func (t *turn) rest() []string {
	said := t.in.Text
	if r, ok := t.s.reader.(spans); ok {
		bytes := []byte(said)
		for _, f := range r.ReadAll(said, t.lang, t.st.Asked) {
			for i := max(f.Start, 0); i < min(f.End, len(bytes)); i++ {
				bytes[i] = ' '
			}
		}
		said = string(bytes)
	}
	fillers := in(t.s.phrases.filler, t.lang)
	words := normalWords(said)
	var out []string
	for i := 0; i < len(words); {
		n := fillers.at(words, i)
		if n == 0 {
			out = append(out, words[i])
		}
		i += max(n, 1)
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

// onlyTown tells that a town is named and nothing else: there is no matter in that.
func (t *turn) onlyTown(h hearing) bool {
	_, town := t.read[t.s.TownFact()]
	return town && len(t.read) == 1 && len(h.rest) == 0
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
// follow-up. Else it is a question of its own.
func (t *turn) goesOn(h hearing) bool {
	asks := strings.ContainsAny(t.in.Text, "?؟") || in(t.s.phrases.asking, t.lang).count(h.words) > 0
	if len(t.read) == 0 {
		return t.goesOnWithoutFacts(h, asks)
	}
	other := t.other(h)
	_, answers := t.read[t.st.Asked]
	marked := in(t.s.phrases.correct, t.lang).within(h.words, 2) || in(t.s.phrases.follow, t.lang).at(h.words, 0) > 0
	short := len(h.rest) <= shortWords
	switch {
	case len(h.rest) == 0 && t.relevant():
		t.note("nothing but facts that matter for what is being talked about")
	case answers && (!asks || other < sureMarked):
		t.note("answers the question for %s", t.st.Asked)
	case marked && short && other < sureMarked:
		t.note("a correction, or what if")
	case short && other < sureOther:
		t.note("a follow-up with facts")
	default:
		return false
	}
	return true
}

func (t *turn) goesOnWithoutFacts(h hearing, asks bool) bool {
	if t.other(h) >= sureOther {
		return false
	}
	p := t.s.phrases
	refers := in(p.detail, t.lang).count(h.words) > 0 || in(p.follow, t.lang).at(h.words, 0) > 0
	foreign := asks && h.first.Kind == Abstain
	switch {
	case t.st.Asked != "" && !foreign:
		t.note("no answer to the question for %s", t.st.Asked)
	case refers && len(h.rest) <= shortWords:
		t.note("about the answer that was given")
	default:
		return false
	}
	return true
}

// relevant tells whether a fact was read that the topic being talked about looks at.
func (t *turn) relevant() bool {
	topic, _ := t.s.Topic(t.st.Topic)
	for fact := range t.read {
		if fact == t.s.TownFact() || looksAt(topic, fact) {
			return true
		}
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
