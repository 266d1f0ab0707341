package knowledge

import (
	"maps"
	"slices"

	"lotse/knowledge/text"
)

// dontKnow is the value of [Input.Value] with which a person says not to know the fact.
const dontKnow = "?"

// Turn takes the state of a conversation and what was said, and returns the new state and what to
// answer. It is pure; neither argument is changed. Input that fits nothing is no error: then the
// decision is what was open before, or [Abstain].
func (s *Snapshot) Turn(st State, in Input) (State, Decision) {
	t := s.turn(st, in)
	return t.st, t.d
}

func (s *Snapshot) turn(st State, in Input) *turn {
	t := &turn{s: s, in: in, st: st}
	t.st.Facts = maps.Clone(st.Facts)
	t.st.Among = maps.Clone(st.Among)
	t.st.Skip = slices.Clone(st.Skip)
	if t.st.Facts == nil {
		t.st.Facts = map[string]string{}
	}
	if t.lang = in.Lang; t.lang == "" && in.Text != "" {
		t.lang, _ = text.Language(in.Text)
	}
	if in.Value != "" {
		t.option()
	} else {
		t.text()
	}
	return t
}

// turn is one call of [Snapshot.Turn].
type turn struct {
	s    *Snapshot
	in   Input
	st   State // becomes the new state
	lang string
	read map[string]string // facts read from the text
	d    Decision
	why  []string
	near bool // what the search finds could turn an answer into none
}

// option takes an option of the fact that was asked for.
func (t *turn) option() {
	fact := t.st.Asked
	switch {
	case fact == "":
		t.note("an option was taken, but no question is open")
	case t.in.Value == dontKnow:
		t.skip(fact)
	default:
		if _, ok := t.s.Value(fact, t.in.Value); !ok {
			t.note("%s has no value %q", fact, t.in.Value)
			break
		}
		group := t.merged(fact)
		t.learn(fact, t.in.Value)
		if len(group) > 1 {
			if t.st.Among == nil {
				t.st.Among = map[string][]string{}
			}
			t.st.Among[fact] = group
			t.note("%s is one of %v: they lead to the same office", fact, group)
		}
	}
	t.keepTopic()
}

// merged returns the values that were one option with the one that was taken.
func (t *turn) merged(fact string) []string {
	asked := t.s.Decide(t.matter([]Scored{{Topic: t.st.Topic, Score: 1}}, true))
	if asked.Fact != fact {
		return nil
	}
	for _, o := range asked.Options {
		if o.Values[0] == t.in.Value {
			return o.Values
		}
	}
	return nil
}

func (t *turn) skip(fact string) {
	t.note("the person does not know %s", fact)
	if !slices.Contains(t.st.Skip, fact) {
		t.st.Skip = append(t.st.Skip, fact)
	}
}

func (t *turn) learn(fact, value string) {
	t.st.Facts[fact] = value
	delete(t.st.Among, fact)
	t.st.Skip = slices.DeleteFunc(t.st.Skip, func(f string) bool { return f == fact })
}

// keepTopic decides the matter being talked about with what is known now.
func (t *turn) keepTopic() {
	if _, ok := t.s.Topic(t.st.Topic); !ok {
		t.finish(Decision{Kind: Abstain})
		return
	}
	list := []Scored{{Topic: t.st.Topic, Score: 1}}
	if t.st.Second != "" {
		list = append(list, Scored{Topic: t.st.Second})
	}
	t.finish(t.s.Decide(t.matter(list, true)))
}

func (t *turn) matter(list []Scored, settled bool) Matter {
	facts := maps.Clone(t.in.Facts)
	if facts == nil {
		facts = map[string]string{}
	}
	maps.Copy(facts, t.st.Facts)
	return Matter{
		Candidates: list, Settled: settled, Facts: facts, Among: t.st.Among, Skip: t.st.Skip,
		Asked: t.st.Count, Now: t.in.Now,
	}
}

// finish takes the decision over into the state.
func (t *turn) finish(d Decision) {
	switch d.Kind {
	case AskFact:
		t.st.Topic, t.st.Asked = d.Topic, d.Fact
		t.st.Count++
	case Answer, Candidates:
		t.st.Topic, t.st.Asked, t.st.Count = d.Topic, "", 0
	case Abstain, Social: // what was open stays open
	}
	if d.Kind != Abstain && d.Kind != Social {
		t.st.Second = ""
		if len(d.Topics) > 1 {
			t.st.Second = d.Topics[1].Topic
		}
	}
	d.Lang, d.Read = t.lang, t.read
	d.Facts = maps.Clone(t.in.Facts)
	if d.Facts == nil {
		d.Facts = map[string]string{}
	}
	maps.Copy(d.Facts, t.st.Facts)
	d.Among = maps.Clone(t.st.Among)
	d.Why = append(t.why, d.Why...)
	t.d = d
}

func (t *turn) note(format string, args ...any) {
	var d Decision
	d.why(format, args...)
	t.why = append(t.why, d.Why...)
}
