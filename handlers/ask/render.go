package ask

import (
	"embed"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"lotse/bot"
	"lotse/knowledge"
)

//go:embed texts/*.yaml
var textFiles embed.FS

//go:embed notice.yaml
var noticeFile []byte

// Renderer puts decisions into words. It is pure: everything that is shown of an office comes from
// the snapshot, everything else from texts/.
type Renderer struct {
	texts       *bot.Catalog
	notices     knowledge.Texts // by language: why the answer is in German
	counselling string
}

// NewRenderer reads the texts. counselling is the matter whose office helps when it can't be told who
// is responsible; when it is empty or not in the knowledge base, no such office is named.
func NewRenderer(counselling string) (*Renderer, error) {
	texts, err := bot.ReadCatalog(textFiles, "texts")
	if err != nil {
		return nil, fmt.Errorf("read texts of ask: %w", err)
	}
	r := &Renderer{texts: texts, counselling: counselling}
	if err := yaml.Unmarshal(noticeFile, &r.notices); err != nil {
		return nil, fmt.Errorf("read notices of ask: %w", err)
	}
	return r, nil
}

// View is how a decision is shown.
type View struct {
	Lang  string    // ISO 639-1; German where there are no texts in it, with a notice
	Now   time.Time // for what is due for review
	Again bool      // it goes on: something else was asked for just before, or talked about
	Retry bool      // the same was asked for just before, and what was said did not answer it
}

// Render returns the decision in Markdown, in the shape that the bot posts it.
func (r *Renderer) Render(s *knowledge.Snapshot, d knowledge.Decision, v View) string {
	p := r.page(s, v)
	p.urgent(d)
	switch d.Kind {
	case knowledge.Answer:
		p.answer(d)
	case knowledge.AskFact:
		p.question(d)
	case knowledge.Candidates:
		p.candidates(d, r.counsellor(s, d))
	case knowledge.Abstain:
		p.add(p.t.Get("abstain"))
		if r.counsellor(s, d) != "" {
			p.add(p.t.Get("abstain_person"))
		}
	case knowledge.Social:
		if v.Again {
			p.add(p.t.Get("social_again"))
		} else {
			p.add(p.t.Get("social"))
		}
	}
	return p.String()
}

// Render is [Renderer.Render] for the terminal: as of now, and without a counselling centre.
func Render(s *knowledge.Snapshot, d knowledge.Decision, lang string) string {
	r, err := NewRenderer("")
	if err != nil { // the texts are part of the program, and tests read them
		return err.Error()
	}
	return r.Render(s, d, View{Lang: lang, Now: time.Now()})
}

// page is a text in the making.
type page struct {
	s      *knowledge.Snapshot
	t      bot.Texts
	v      View
	notice string
	german bool // something of it exists in German only
	lines  []string
}

func (r *Renderer) page(s *knowledge.Snapshot, v View) *page {
	p := &page{s: s, t: r.texts.In(v.Lang), v: v}
	if p.t.Lang != v.Lang {
		p.notice = r.notices[v.Lang]
	}
	return p
}

func (p *page) add(line string) {
	if line != "" {
		p.lines = append(p.lines, line)
	}
}

// String returns the page with its notices.
func (p *page) String() string {
	if p.german && p.notice == "" {
		p.add(p.t.Get("partly_german"))
	}
	return strings.Join(p.lines, "\n")
}

// in returns a text of the knowledge base in the language of the page, escaped; else in German.
func (p *page) in(t knowledge.Texts) string {
	s, ok := t.In(p.t.Lang)
	p.german = p.german || !ok && s != ""
	return escape(s)
}

// escape makes one line of data and takes the meaning from what is Markdown in it.
func escape(s string) string { return bot.Escape(s) }

// plainURL is an address that holds nothing that Markdown could take for markup.
var plainURL = regexp.MustCompile(`^https?://[A-Za-z0-9][A-Za-z0-9./_%?=&+:,;@-]*$`)

// link leaves an address as it is, so that it can be clicked.
func link(url string) string {
	if plainURL.MatchString(url) {
		return url
	}
	return escape(url)
}

// urgent says what must be said before anything else, and then why the rest is in German.
func (p *page) urgent(d knowledge.Decision) {
	if topic, ok := p.s.Topic(d.Topic); ok && d.Kind != knowledge.Abstain && d.Kind != knowledge.Social {
		if urgent := p.in(topic.Urgent); urgent != "" {
			p.add("🆘 **" + urgent + "**")
		}
	}
	p.add(p.notice)
}

func (p *page) answer(d knowledge.Decision) {
	office, ok := p.s.Office(d.Office)
	if !ok {
		p.add(p.t.Get("abstain"))
		return
	}
	topic, _ := p.s.Topic(d.Topic)
	checked, overdue := p.review(office.Review, topic.Review)
	switch {
	case checked.IsZero():
		p.add(p.t.Get("never_reviewed"))
	case overdue:
		p.add(p.t.Get("overdue", "date", p.date(checked)))
	}
	p.add("**" + p.officeName(office) + "**")
	p.add(p.responsible(topic, d))
	p.contact(office)
	if bring := p.in(topic.Bring); bring != "" {
		p.add(p.t.Get("bring", "what", bring))
	}
	p.add(p.basis(d, checked))
	p.add(p.t.Get("feedback"))
}

// review returns the older of the two days of review, zero if one of them never was, and whether a
// new review is due.
func (p *page) review(a, b knowledge.Review) (checked time.Time, overdue bool) {
	checked = a.ReviewedAt
	if b.ReviewedAt.Before(checked) {
		checked = b.ReviewedAt
	}
	due := func(r knowledge.Review) bool { return r.Every > 0 && r.ReviewedAt.Add(r.Every).Before(p.v.Now) }
	return checked, due(a) || due(b)
}

func (p *page) officeName(o knowledge.Office) string {
	name := escape(o.Name["de"])
	if other := o.Name[p.t.Lang]; p.t.Lang != "de" && other != "" && other != o.Name["de"] {
		return name + " (" + escape(other) + ")"
	}
	return name
}

func (p *page) responsible(topic knowledge.Topic, d knowledge.Decision) string {
	responsible := p.t.Get("responsible", "topic", p.in(topic.Title))
	reasons, town := p.reasons(d)
	switch {
	case len(reasons) == 0 && town == "":
		return responsible
	case len(reasons) == 0:
		return p.t.Get("because_lives", "responsible", responsible, "town", town)
	case town != "":
		reasons = append(reasons, p.t.Get("lives", "town", town))
	}
	return p.t.Get("because", "responsible", responsible, "reasons", strings.Join(reasons, ", "))
}

// contact adds the lines that say how to reach the office; what isn't known is left out.
func (p *page) contact(o knowledge.Office) {
	p.add(joined("   ", "☎ ", escape(o.Phone), "✉ ", escape(o.Email)))
	p.add(joined("", "🌐 ", link(o.Web)))
	p.add(joined(", ", "", escape(o.Street), "", joined(" ", "", escape(o.Postcode), "", escape(o.City))))
	p.add(joined(", ", "", p.in(o.Hours), "", p.in(o.Appointment)))
}

// joined joins values, each after its mark; pairs without a value are left out.
func joined(sep string, pairs ...string) string {
	var parts []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			parts = append(parts, pairs[i]+pairs[i+1])
		}
	}
	return strings.Join(parts, sep)
}

func (p *page) basis(d knowledge.Decision, checked time.Time) string {
	var basis, reviewed string
	switch law, ok := p.s.LegalArea(d.Law); {
	case d.Basis != "":
		basis = p.t.Get("basis", "basis", escape(d.Basis))
	case ok && d.Law != otherLaw:
		basis = p.t.Get("law", "law", p.in(law.Title))
	}
	if !checked.IsZero() {
		reviewed = p.t.Get("reviewed", "date", p.date(checked))
	}
	return joined(" · ", "", basis, "", reviewed)
}

// otherLaw is the legal area of what has none; it says nothing to anybody.
const otherLaw = "other"

func (p *page) date(t time.Time) string {
	names := strings.Fields(p.t.Get("months"))
	name := ""
	if m := int(t.Month()); m <= len(names) {
		name = names[m-1]
	}
	return p.t.Get("date", "day", strconv.Itoa(t.Day()), "month", strconv.Itoa(int(t.Month())), "name", name, "year", strconv.Itoa(t.Year()))
}
