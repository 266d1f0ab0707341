package eval

import (
	"encoding/json"
	"math"
	"slices"
	"time"

	"lotse/knowledge"
)

// Share is a part of one, 0 to 1. It isn't a number, and null in JSON, where there was nothing to count.
type Share float64

// MarshalJSON writes null for what isn't a number.
func (s Share) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(s)) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(s))
}

// Report is what came out, over all turns.
type Report struct {
	Figures
	ByLang map[string]Figures `json:"by_lang"`
	Others Figures            `json:"others"` // all languages but German
	Misses []Miss             `json:"misses"`
}

// Figures count turns.
type Figures struct {
	Cases       int     `json:"cases"`
	Turns       int     `json:"turns"`
	Right       Share   `json:"right"`        // of all turns: the expected decision
	WrongOffice Share   `json:"wrong_office"` // of all turns: an office was named that isn't the expected one
	Topic       Share   `json:"topic"`        // of first turns that expect a topic: it is the best
	Topic3      Share   `json:"topic3"`       // … it is among the best three
	Ask         Ask     `json:"ask"`
	Abstain     Abstain `json:"abstain"`
	Ms          Ms      `json:"ms"`
}

// Ask tells whether facts are asked for when needed (recall) and only then (precision). Another fact
// than the expected one counts as not asked, and as asked without need.
type Ask struct {
	Recall    Share `json:"recall"`
	Precision Share `json:"precision"`
}

// Abstain tells whether nothing is answered when it should be (recall), and only then (precision).
type Abstain struct {
	Recall    Share `json:"recall"`
	Precision Share `json:"precision"`
	F1        Share `json:"f1"`
}

// Ms is how long an answer took, in milliseconds.
type Ms struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
}

// Miss is a turn that was not right.
type Miss struct {
	ID       string             `json:"id"`
	Turn     int                `json:"turn"` // 1 is the first
	Lang     string             `json:"lang"`
	Text     string             `json:"text"`
	Expected Expect             `json:"expected"`
	Got      Got                `json:"got"`
	Topics   []knowledge.Scored `json:"topics"`
	Facts    map[string]string  `json:"facts"` // as the file has them
}

// Got is what was decided instead.
type Got struct {
	Kind   knowledge.DecisionKind `json:"kind"`
	Topic  string                 `json:"topic,omitempty"`
	Office string                 `json:"office,omitempty"`
	Fact   string                 `json:"fact,omitempty"`
	Facts  map[string]string      `json:"facts,omitempty"` // all that were known
}

// NewReport counts.
func NewReport(outcomes []Outcome) Report {
	r := Report{Figures: count(outcomes), ByLang: map[string]Figures{}, Misses: []Miss{}}
	byLang := map[string][]Outcome{}
	var others []Outcome
	for _, o := range outcomes {
		byLang[o.Case.Lang] = append(byLang[o.Case.Lang], o)
		if o.Case.Lang != "de" {
			others = append(others, o)
		}
		if !right(o) {
			r.Misses = append(r.Misses, miss(o))
		}
	}
	for lang, list := range byLang {
		r.ByLang[lang] = count(list)
	}
	r.Others = count(others)
	return r
}

func miss(o Outcome) Miss {
	want, topics := o.want(), o.Got.Topics
	if topics == nil {
		topics = []knowledge.Scored{}
	}
	return Miss{
		ID: o.Case.ID, Turn: o.Turn, Lang: o.Case.Lang, Text: want.Say, Expected: want.Expect, Facts: want.Facts, Topics: topics,
		Got: Got{Kind: o.Got.Kind, Topic: o.Got.Topic, Office: o.Got.Office, Fact: o.Got.Fact, Facts: o.Got.Facts},
	}
}

// abstained tells that nothing was answered; a greeting returned is no answer either.
func abstained(d knowledge.Decision) bool {
	return d.Kind == knowledge.Abstain || d.Kind == knowledge.Social
}

// right tells that the decision is the expected one.
func right(o Outcome) bool {
	want := o.want().Expect
	switch {
	case want.Abstain:
		return abstained(o.Got)
	case want.Office != "":
		return o.Got.Kind == knowledge.Answer && o.Got.Office == want.Office
	default:
		return o.Got.Kind == knowledge.AskFact && o.Got.Fact == want.Clarify
	}
}

// tally counts how often something was expected, done, and both.
type tally struct{ expected, done, both int }

func (t *tally) add(expected, done, both bool) {
	if expected {
		t.expected++
	}
	if done {
		t.done++
	}
	if both {
		t.both++
	}
}

func (t *tally) recall() Share    { return share(t.both, t.expected) }
func (t *tally) precision() Share { return share(t.both, t.done) }
func (t *tally) f1() Share        { return share(2*t.both, t.expected+t.done) }

func share(part, whole int) Share { return Share(float64(part) / float64(whole)) }

func count(outcomes []Outcome) Figures {
	var f Figures
	var ask, abstain, first, among tally
	var rights, wrong int
	times := make([]time.Duration, 0, len(outcomes))
	for _, o := range outcomes {
		want := o.want().Expect
		f.Turns++
		if o.Turn == 1 {
			f.Cases++
			at := slices.IndexFunc(o.Got.Topics, func(s knowledge.Scored) bool { return s.Topic == want.Topic })
			first.add(want.Topic != "", false, want.Topic != "" && at == 0)
			among.add(want.Topic != "", false, want.Topic != "" && at >= 0 && at < 3)
		}
		ok := right(o)
		if ok {
			rights++
		}
		if o.Got.Kind == knowledge.Answer && o.Got.Office != want.Office {
			wrong++
		}
		ask.add(want.Clarify != "", o.Got.Kind == knowledge.AskFact, ok && want.Clarify != "")
		abstain.add(want.Abstain, abstained(o.Got), ok && want.Abstain)
		times = append(times, o.Took)
	}
	f.Right, f.WrongOffice = share(rights, f.Turns), share(wrong, f.Turns)
	f.Topic, f.Topic3 = first.recall(), among.recall()
	f.Ask = Ask{ask.recall(), ask.precision()}
	f.Abstain = Abstain{abstain.recall(), abstain.precision(), abstain.f1()}
	f.Ms = Ms{percentile(times, 50), percentile(times, 95)}
	return f
}

// percentile returns the smallest time that p of a hundred don't exceed, in milliseconds.
func percentile(times []time.Duration, p int) float64 {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	i := (len(times)*p + 99) / 100
	return float64(times[max(i, 1)-1]) / float64(time.Millisecond)
}
