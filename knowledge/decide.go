package knowledge

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"lotse/knowledge/rules"
)

// Matter is what [Snapshot.Decide] decides on: what may be meant, and what is known.
type Matter struct {
	Candidates []Scored            // topics and "" (none of ours) with their probabilities, best first
	Settled    bool                // the first candidate is certain, from the conversation: don't abstain
	Signals    Signals             // what else tells whether the first candidate can be relied on
	Facts      map[string]string   // what is known
	Among      map[string][]string // of these facts only that it is one of these values
	Skip       []string            // facts that the person doesn't know: don't ask
	Asked      int                 // questions already asked in a row
	Now        time.Time           // for the validity of rules
}

// mostAsked is how many questions are asked in a row before all candidates are given instead.
const mostAsked = 2

// mostTopics is how many candidates a decision lists.
const mostTopics = 5

// Decide says what to answer. It is pure: the same matter and the same snapshot give the same decision.
// Lang, Read and Facts of the decision are left to the caller.
func (s *Snapshot) Decide(m Matter) Decision {
	d, _ := s.decide(m)
	return d
}

// decide also tells whether what the search finds could turn an answer into none.
func (s *Snapshot) decide(m Matter) (d Decision, near bool) {
	d = Decision{Kind: Abstain, Topics: s.known(m.Candidates)}
	if len(d.Topics) == 0 {
		d.why("no topic is a candidate")
		return d, false
	}
	d.why("topics: %s; none of ours: %.2f", scores(d.Topics), noneOf(m.Candidates))
	if !m.Settled {
		doubt, reason := s.doubt(d.Topics, m)
		d.why("log-odds of none of ours %.2f, abstain above %.2f: %s", doubt, doubtLimit, reason)
		near = m.Signals.Found == nil && doubt <= doubtLimit && doubt+weightFound > doubtLimit
		if doubt > doubtLimit {
			return d, near
		}
	}
	topic, _ := s.Topic(d.Topics[0].Topic)
	s.decideTopic(&d, topic, m)
	return d, near
}

func (s *Snapshot) decideTopic(d *Decision, topic Topic, m Matter) {
	d.Topic, d.Law, d.Basis = topic.ID, topic.Law, topic.Basis
	exact := maps.Clone(m.Facts)
	for id := range m.Among {
		delete(exact, id)
	}
	w := *s.world
	w.Domain = w.Domain.Among(m.Among)
	for i, r := range topic.Rules {
		truth := r.Holds(exact, w.Domain).String()
		if !r.ValidOn(m.Now) {
			truth = "is not in force"
		}
		d.why("rule %d (%s → %s) %s", i+1, conditions(r.When), r.To, truth)
	}
	r := w.Resolve(topic.Rules, exact, m.Now)
	switch {
	case r.Office != "":
		d.Kind, d.Office = Answer, r.Office
		d.Because = s.because(r, topic, exact, m)
		d.why("office %s because of %s", r.Office, pairs(d.Because))
	case r.Ask == "":
		d.why("no rule holds")
		return
	case slices.Contains(m.Skip, r.Ask), m.Asked >= mostAsked:
		d.Kind, d.Either = Candidates, candidates(r.Either)
		d.why("%s separates the offices, but is not known (asked %d in a row)", r.Ask, m.Asked)
	default:
		d.Kind, d.Fact, d.Options = AskFact, r.Ask, options(r.Options)
		d.why("%s separates the offices that are possible", r.Ask)
	}
	if r.Rule >= 0 {
		rule := topic.Rules[r.Rule]
		if rule.Law != "" {
			d.Law, d.Basis = rule.Law, rule.Basis
		}
		if rule.Basis != "" {
			d.Basis = rule.Basis
		}
	}
}

// because returns the facts that decided. Of a fact that is only known to be one of several values it is
// the first of them, since nothing else depends on which.
func (s *Snapshot) because(r rules.Result, topic Topic, exact map[string]string, m Matter) map[string]string {
	out := map[string]string{}
	for _, id := range r.Because {
		out[id] = exact[id]
	}
	for id, values := range m.Among {
		others := maps.Clone(m.Among)
		delete(others, id)
		w := *s.world
		w.Domain = w.Domain.Among(others)
		if len(values) > 0 && w.Resolve(topic.Rules, exact, m.Now).Office != r.Office {
			out[id] = values[0]
		}
	}
	return out
}

// known leaves out "" and topics that the snapshot doesn't have.
func (s *Snapshot) known(all []Scored) []Scored {
	var out []Scored
	for _, c := range all {
		if _, ok := s.topics[c.Topic]; ok && len(out) < mostTopics {
			out = append(out, c)
		}
	}
	return out
}

func noneOf(all []Scored) float64 { return scoreOf(all, "") }

func scoreOf(all []Scored, topic string) float64 {
	for _, c := range all {
		if c.Topic == topic {
			return c.Score
		}
	}
	return 0
}

func (d *Decision) why(format string, args ...any) {
	d.Why = append(d.Why, fmt.Sprintf(format, args...))
}

func options(groups [][]string) []FactOption {
	out := make([]FactOption, len(groups))
	for i, g := range groups {
		out[i] = FactOption{Values: g}
	}
	return out
}

func candidates(list []rules.Candidate) []Candidate {
	out := make([]Candidate, len(list))
	for i, c := range list {
		out[i] = Candidate(c)
	}
	return out
}

func scores(list []Scored) string {
	var b strings.Builder
	for i, c := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s %.2f", c.Topic, c.Score)
	}
	return b.String()
}

func conditions(when map[string][]string) string {
	if len(when) == 0 {
		return "always"
	}
	var parts []string
	for _, id := range slices.Sorted(maps.Keys(when)) {
		parts = append(parts, id+" is "+strings.Join(when[id], " or "))
	}
	return strings.Join(parts, " and ")
}

func pairs(facts map[string]string) string {
	if len(facts) == 0 {
		return "nothing"
	}
	var parts []string
	for _, id := range slices.Sorted(maps.Keys(facts)) {
		parts = append(parts, id+"="+facts[id])
	}
	return strings.Join(parts, ", ")
}
