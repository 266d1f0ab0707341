package text

import "strings"

// Scores of candidates. Only their order matters.
const (
	scoreSure = 10
	scoreHint = 5
)

// word reads a fact that its words state.
func (m *message) word(f match) (candidate, bool) {
	if m.negated(f) {
		return candidate{}, false
	}
	score, why := scoreSure, "stated"
	switch {
	case m.asked == f.fact:
		why = "the answer"
	case f.answerOnly && !m.supported(f):
		return candidate{}, false
	case f.answerOnly:
		score = scoreHint
	}
	switch f.fact {
	case factStatus:
		return m.status(f, score, why)
	case factQualification:
		score = 10*score + qualificationRank(f.value)
	case factEducation:
		if f.value == "university" {
			score++
		}
	case factAge:
		if m.bystander(f) {
			return candidate{}, false
		}
	}
	return m.candidate(f, score, why), true
}

// bystander reports whether a grandparent is only mentioned: "die Oma sagt", "bei der Oma"; or whether
// an age is still to come or long past.
func (m *message) bystander(f match) bool {
	if m.before(f.from, rolePast, 2) > 0 {
		return true
	}
	if f.value != "pension" || !m.has(f, rolePerson) {
		return false
	}
	return m.before(f.from, roleBeside, 2) > 0 || m.after(f.to, roleBeside, 2) > 0
}

// supported reports whether an ambiguous word is said of somebody: "ist Ärztin", not "die Ärztin meint".
func (m *message) supported(f match) bool {
	if f.fact == factAge || f.fact == factEducation {
		return false
	}
	if f.nationality() && f.to-f.from == 1 {
		return false // "spricht gut Deutsch"
	}
	if f.fact == factStatus && (m.before(f.from, roleApply|roleWant, farAway) > 0 || m.after(f.to, roleApply|roleWant, 1) > 0) {
		return false
	}
	if d := m.before(f.from, roleHave, 3); d > 0 {
		return true
	}
	if f.fact == factQualification {
		return m.inSentence(f, roleProof)
	}
	return false
}

// status reads a residence status: what was rejected or is over doesn't count.
func (m *message) status(f match, score int, why string) (candidate, bool) {
	if f.value != "tolerated" && (m.before(f.from, roleReject, 5) > 0 || m.after(f.to, roleReject, 5) > 0) {
		return candidate{}, false
	}
	if m.asked != factStatus && m.wanted(f) {
		return candidate{}, false
	}
	if m.has(f, roleProof) && f.to-f.from == 1 && m.asked != factStatus && m.inClause(f, roleProof) {
		return candidate{}, false // a diploma is recognised, not a person
	}
	if m.otherLaw(f) {
		return candidate{}, false
	}
	if m.before(f.from, rolePast, 3) > 0 {
		score -= 3
	}
	if m.before(f.from, roleHave, 3) > 0 || m.inClause(f, roleSelf) {
		score++
	}
	switch f.value {
	case "german":
		score -= 2 // often a relative's
	case "residence_permit":
		score-- // the word for it is part of others
	}
	return m.candidate(f, score, why), true
}

// wanted reports whether a status is what somebody applies for. Who asks about an asylum application or
// a Duldung has it as a rule.
func (m *message) wanted(f match) bool {
	if f.value == "tolerated" || f.value == "asylum_seeker" || f.from == 0 {
		return false
	}
	reach := 1
	if m.toks[f.from-1].norm == "auf" {
		reach = 2
	}
	return m.before(f.from, roleApply|roleWant, reach) > 0
}

// otherLaw reports whether a paragraph is of another law than the one about residence: § 24 SGB VIII.
func (m *message) otherLaw(f match) bool {
	if !strings.ContainsAny(f.word, "0123456789") {
		return false
	}
	const reach = 9
	for i := f.to; i < min(len(m.toks), f.to+reach) && m.toks[i].sentence == m.toks[f.from].sentence; i++ {
		switch m.toks[i].norm {
		case "aufenthg", "§":
			return false
		case "sgb", "bgb", "asylblg", "asylg", "stag", "estg", "kibiz":
			return true
		}
	}
	return false
}

// qualificationRank orders qualifications of one person: a regulated profession goes before a degree,
// a degree before school.
func qualificationRank(value string) int {
	switch value {
	case "health", "teaching":
		return 5
	case "craft", "trade":
		return 4
	case "university":
		return 3
	case "school_sec2":
		return 2
	}
	return 1
}

// benefit reads a benefit that is received. One that is asked for is no fact.
func (m *message) benefit(f match) (candidate, bool) {
	if m.asked == factBenefit && (m.terse() || m.received(f)) {
		if f.value != noBenefit && m.negated(f) {
			return candidate{}, false
		}
		return m.candidate(f, scoreSure, "the answer"), true
	}
	if f.value == noBenefit {
		says := f.to-f.from > 1 && !f.answerOnly && (m.has(f, roleReceive) || m.near(f, roleReceive, 4) != nowhere)
		return m.candidate(f, scoreHint, "stated"), says
	}
	if f.answerOnly || m.negated(f) || m.inClause(f, rolePaper) || !m.received(f) {
		return candidate{}, false
	}
	score := scoreSure
	if m.before(f.from, rolePast, 3) > 0 {
		score -= 3
	}
	return m.candidate(f, score, "received"), true
}

// received reports whether the words around a benefit say that it is received already.
func (m *message) received(f match) bool {
	if said, yes := m.saysReceived(f); said {
		return yes
	}
	const reach = 7
	get := m.near(f, roleReceive, reach)
	ask := m.near(f, roleApply, reach)
	if get == nowhere {
		return ask == nowhere && m.hasBenefit(f)
	}
	if ask != nowhere && m.distance(f, ask) <= m.distance(f, get) || m.question(get) {
		return false
	}
	// "kann ich Wohngeld bekommen" wants it, "wir bekommen Wohngeld und wollen" has it.
	wanted := 3
	if get >= f.to {
		wanted = farAway
	}
	return m.before(get, roleWant, wanted) == 0
}

// saysReceived reports whether the words of a benefit themselves tell if it is received:
// Bürgergeldempfängerin, Wohngeldantrag.
func (m *message) saysReceived(f match) (said, yes bool) {
	for i := f.from; i < f.to; i++ {
		if m.roles[i]&roleApply != 0 || strings.Contains(m.toks[i].norm, "antrag") {
			return true, false
		}
		if m.roles[i]&roleReceive != 0 && f.to-f.from > 1 || receiver(m.toks[i].norm) {
			return true, true
		}
	}
	return false, false
}

// hasBenefit reports whether a benefit is somebody's without a verb that says so: "wir haben Wohngeld",
// "Familie mit Bürgergeld", or between commas in a list of keywords.
func (m *message) hasBenefit(f match) bool {
	first := f.from == 0 || !m.sameClause(f.from-1, f.from)
	last := f.to == len(m.toks) || !m.sameClause(f.to, f.to-1)
	if first {
		return last && f.from > 0 && !m.toks[f.from].question
	}
	have := f.from - 1
	if m.roles[have]&roleHave == 0 || m.roles[have]&roleFrom != 0 {
		return false
	}
	starts := have == 0 || !m.sameClause(have-1, have)
	return starts && !m.toks[have].question || m.inClause(f, roleSelf|rolePerson)
}

// has reports whether one of a match's own tokens has a role.
func (m *message) has(f match, does role) bool {
	for i := f.from; i < f.to; i++ {
		if m.roles[i]&does != 0 {
			return true
		}
	}
	return false
}

// receiver tells words of those who receive: Bürgergeldempfänger, Wohngeldbezug.
func receiver(norm string) bool {
	for _, s := range [...]string{"empfang", "bezieher", "bezug"} {
		if strings.Contains(norm, s) {
			return true
		}
	}
	return false
}

// question reports whether a verb begins a question: "bekomme ich Wohngeld".
func (m *message) question(verb int) bool {
	first := verb == 0 || !m.sameClause(verb-1, verb)
	return first && verb+1 < len(m.toks) && m.sameClause(verb, verb+1) && m.roles[verb+1]&roleSelf != 0
}

const nowhere = -1

// near returns the token with a role nearest to f in its clause, or nowhere.
func (m *message) near(f match, does role, reach int) int {
	b, a := m.before(f.from, does, reach), m.after(f.to, does, reach)
	switch {
	case b == 0 && a == 0:
		return nowhere
	case a == 0 || b > 0 && b <= a:
		return f.from - b
	}
	return f.to + a - 1
}

func (m *message) distance(f match, i int) int {
	if i < f.from {
		return f.from - i
	}
	return i - f.to + 1
}
