package knowledge

import (
	"fmt"
	"slices"
	"strings"

	"lotse/knowledge/rules"
	"lotse/knowledge/text"
)

func (c *checker) topics() {
	w := newWorld(c.d)
	for i, t := range c.d.Topics {
		path := at("topics", i)
		c.id("topics", path, t.ID)
		who := fmt.Sprintf("topic %q", t.ID)
		if t.ID == "none" {
			c.add(path, `topic "none": the word is taken for examples of what is no matter of ours; choose another ID`)
		}
		c.texts(at(path, "title"), who+": its title", t.Title, true, maxName)
		c.texts(at(path, "urgent"), who+": urgent", t.Urgent, false, maxText)
		c.texts(at(path, "bring"), who+": bring", t.Bring, false, maxText)
		c.text(at(path, "basis"), who+": basis", t.Basis, maxName)
		if t.Law != "" {
			c.laws(path, who, []string{t.Law})
		}
		c.synonyms(path, who, t.Synonyms)
		c.review(path, who, t.Review)
		c.rules(path, who, t.Rules)
		c.reach(path, who, t.Rules, w)
	}
}

func (c *checker) synonyms(path, who string, synonyms map[string][]string) {
	for lang, list := range sorted(synonyms) {
		c.lang(at(path, "synonyms"), who+": synonyms", lang)
		for i, s := range list {
			c.name(at(path, "synonyms"), fmt.Sprintf("%s: synonym %d (%s)", who, i+1, lang), s)
			if slices.Contains(list[:i], s) {
				c.add(at(path, "synonyms"), "%s: synonym %q (%s) is there twice; remove one", who, s, lang)
			}
		}
	}
}

func (c *checker) rules(path, who string, rs []rules.Rule) {
	if len(rs) == 0 {
		c.add(path, "%s has no rule, so it leads to no office; add rules: [{to: …}]", who)
		return
	}
	for i, r := range rs {
		rp := at(path, "rules", i)
		name := fmt.Sprintf("%s: rule %d", who, i+1)
		switch {
		case r.To == "":
			c.add(rp, "%s leads nowhere; add to: an office or a kind", name)
		case !c.has("offices", r.To) && !c.has("kinds", r.To):
			c.add(at(rp, "to"), "%s leads to %q, which is neither an office nor a kind%s", name, r.To, c.nearest(r.To, "offices", "kinds"))
		}
		if r.Law != "" {
			c.laws(rp, name, []string{r.Law})
		}
		c.text(at(rp, "basis"), name+": basis", r.Basis, maxName)
		if !r.From.Equal(Day(r.From)) || !r.Until.Equal(Day(r.Until)) {
			c.add(rp, "%s: from and until must be days, as in 2026-11-03", name)
		}
		if !r.From.IsZero() && !r.Until.IsZero() && r.Until.Before(r.From) {
			c.add(rp, "%s is valid until %s but from %s on only; exchange them", name, r.Until.Format("2006-01-02"), r.From.Format("2006-01-02"))
		}
		for fact, values := range sorted(r.When) {
			c.condition(at(rp, "when"), name, fact, values)
		}
	}
}

func (c *checker) condition(path, name, id string, values []string) {
	if !c.has("facts", id) {
		c.add(path, "%s looks at fact %q, which is not among the facts%s", name, id, c.nearest(id, "facts"))
		return
	}
	list := "values of " + id
	if slices.ContainsFunc(c.d.Facts, func(f Fact) bool { return f.ID == id && f.Areas }) {
		list = "areas"
	}
	if len(values) == 0 {
		c.add(path, "%s looks at fact %q but names no value", name, id)
	}
	for i, v := range values {
		if !c.has(list, v) {
			c.add(path, "%s: fact %q has no value %q%s", name, id, v, c.nearest(v, list))
		} else if slices.Contains(values[:i], v) {
			c.add(path, "%s names value %q of fact %q twice", name, v, id)
		}
	}
}

// maxConditions is how many facts a topic may look at so that its rules can be looked through.
const maxConditions = 5

// reach finds rules that never decide, and facts for which no rule decides.
func (c *checker) reach(path, who string, rs []rules.Rule, w *rules.World) {
	facts := map[string]bool{}
	for _, r := range rs {
		for id := range r.When {
			facts[id] = true
		}
	}
	if len(facts) > maxConditions {
		c.add(path, "%s looks at %d facts; the most is %d", who, len(facts), maxConditions)
		return
	}
	if len(rs) == 0 || len(rs) > 100 || slices.ContainsFunc(c.faults, func(f Fault) bool {
		return !f.Warning && strings.HasPrefix(f.Path, path+"/")
	}) {
		return // what names unknown things can't be looked through
	}
	for _, i := range w.Unreachable(rs) {
		c.add(at(path, "rules", i), "%s: rule %d never decides, since the rules before it take all its cases; move it up or remove it", who, i+1)
	}
	if last := rs[len(rs)-1]; len(last.When) > 0 || !last.From.IsZero() || !last.Until.IsZero() {
		// A last rule that anything reaches without conditions shows that something is left over.
		rest := rules.Rule{To: last.To}
		if !slices.Contains(w.Unreachable(append(slices.Clone(rs), rest)), len(rs)) {
			c.warn(at(path, "rules", len(rs)-1), "%s: for some facts or days no rule decides; end with a rule without when, if there is an office for the rest", who)
		}
	}
}

// examples finds texts that are empty, too long, there twice, or under two topics. The same text in two
// languages is no mistake: German words are used in all of them.
func (c *checker) examples() {
	seen := map[[2]string]string{} // language and text → path
	first := map[string]string{}   // text → path
	topicOf := map[string]string{}
	check := func(path, topic string, e Example) {
		if e.Topic != topic {
			c.add(path, "example %q is listed under topic %q but names %q", shorten(e.Text), topic, e.Topic)
		}
		if strings.TrimSpace(e.Text) == "" {
			c.add(path, "an example of topic %q is empty; remove it", orNone(topic))
			return
		}
		c.lang(path, "an example", e.Lang)
		c.text(path, fmt.Sprintf("example %q", shorten(e.Text)), e.Text, maxExample)
		key := [2]string{e.Lang, e.Text}
		if other, ok := seen[key]; ok && topicOf[e.Text] == topic {
			c.clash(path, other, "example %q is there twice; remove one", shorten(e.Text))
		} else if other, ok := first[e.Text]; ok && topicOf[e.Text] != topic {
			c.clash(path, other, "example %q stands for topic %q and for %q; keep one", shorten(e.Text), orNone(topicOf[e.Text]), orNone(topic))
		}
		if seen[key] = path; first[e.Text] == "" {
			first[e.Text], topicOf[e.Text] = path, topic
		}
	}
	for i, t := range c.d.Topics {
		for j, e := range t.Examples {
			check(at("topics", i, "examples", j), t.ID, e)
		}
	}
	for i, e := range c.d.Foreign {
		check(at("foreign", i), "", e)
	}
}

func orNone(topic string) string {
	if topic == "" {
		return "none"
	}
	return topic
}

func shorten(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// words checks the lexicon against the facts.
func (c *checker) words() {
	for lang, w := range sorted(c.d.Words) {
		path := at("words", lang)
		c.lang(path, "words", lang)
		for fact, values := range sorted(w.Values) {
			for value, list := range sorted(values) {
				vp := at(path, "values", fact, value)
				c.condition(vp, fmt.Sprintf("words (%s)", lang), fact, []string{value})
				c.phrases(vp, fmt.Sprintf("words (%s): %s %s", lang, fact, value), list)
			}
		}
		for fact, list := range sorted(w.AnswerOnly) {
			if !c.has("facts", fact) {
				c.add(at(path, "answer_only"), "words (%s): answer_only names fact %q, which is not among the facts%s", lang, fact, c.nearest(fact, "facts"))
			}
			c.phrases(at(path, "answer_only"), fmt.Sprintf("words (%s): answer_only %s", lang, fact), list)
		}
		c.wordLists(path, lang, w)
	}
}

func (c *checker) wordLists(path, lang string, w text.WordList) {
	for _, l := range []struct {
		name    string
		list    []string
		pattern bool
	}{
		{"receive", w.Receive, false},
		{"apply", w.Apply, false},
		{"have", w.Have, false},
		{"persons", w.Persons, false},
		{"years", w.Years, true},
		{"months", w.Months, true},
		{"years_bare", w.YearsBare, true},
	} {
		c.phrases(at(path, l.name), fmt.Sprintf("words (%s): %s", lang, l.name), l.list)
		for _, p := range l.list {
			if l.pattern && strings.Count(p, "{n}") != 1 {
				c.add(at(path, l.name), "words (%s): pattern %q under %s must hold {n} once, where the number stands", lang, p, l.name)
			}
		}
	}
}

// phrases may be long: one may hold all the nationalities of the Union, see [text.Lexicon].
func (c *checker) phrases(path, what string, list []string) {
	for _, s := range list {
		if strings.TrimSpace(s) == "" {
			c.add(path, "%s: a word is empty; remove it", what)
		}
		c.text(path, what+": a word", s, maxText)
	}
}

// nearest returns a hint with the most similar ID of the lists; empty when none is similar.
func (c *checker) nearest(id string, lists ...string) string {
	best, least := "", max(1, len(id)/3)+1
	for _, list := range lists {
		for other := range sorted(c.ids[list]) {
			if n := editDistance(id, other); n < least {
				best, least = other, n
			}
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// editDistance is how many bytes must be changed, added or removed to turn a into b.
func editDistance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return max(len(a), len(b))
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
