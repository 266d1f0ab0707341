package text

import "strconv"

const oldest = 110

// ageGroups are the values of the fact age by their first year.
func ageGroup(years int) string {
	switch {
	case years < 6:
		return "under_6"
	case years < 16:
		return "6_15"
	case years < 18:
		return "16_17"
	case years < 27:
		return "18_26"
	case years < 67:
		return "27_66"
	}
	return "pension"
}

// age reads a pattern with a number: ten years old, aged 10.
func (m *message) age(f match) (candidate, bool) {
	i := f.from
	for i < f.to && m.toks[i].num < 0 {
		i++
	}
	if i == f.to || m.toks[i].ordinal || m.toks[i].num > oldest && f.shape != shapeMonths {
		return candidate{}, false
	}
	years := m.toks[i].num
	switch {
	case f.shape == shapeMonths:
		years /= 12
	case m.becomes(i):
		years--
	}
	if !m.isAge(f, i) {
		return candidate{}, false
	}
	return m.ageCandidate(f, years), true
}

// isAge reports whether the number i of a pattern is somebody's age, and no duration or amount.
func (m *message) isAge(f match, i int) bool {
	// "4 Monate" may be how long something took, "4 Monate alt" is not.
	bare := f.shape == shapeBare || f.shape == shapeMonths && f.to-f.from == m.toks[i].span+1
	if bare && m.asked != factAge && !m.agePerson(f) || m.inRange(i) {
		return false
	}
	last := i+m.toks[i].span == f.to // nothing after the number says that it counts years
	if (last || bare) && m.counts(f.to) {
		return false
	}
	return !m.duration(m.withUnit(f, i), i)
}

// becomes reports whether a verb before number i says that an age is still to come: she turns 18.
func (m *message) becomes(i int) bool {
	const reach = 3
	for k := i - 1; k >= max(0, i-reach) && m.sameClause(k, i); k-- {
		switch m.toks[k].norm {
		case "wird", "werde", "turns", "turning", "aura", "ispolnitsya", "vipovnitsya":
			return true
		}
	}
	return false
}

// withUnit returns an age with the unit after its number: bin [20] Jahre.
func (m *message) withUnit(f match, number int) match {
	for _, o := range m.matches {
		if o.shape == shapeBare && o.from == number {
			f.to = max(f.to, o.to)
		}
	}
	return f
}

func (m *message) ageCandidate(f match, years int) candidate {
	score := scoreSure
	if m.personBefore(f.from) || m.after(f.to, rolePerson, 2) > 0 {
		score++
	}
	f.phrase = &phrase{fact: factAge, value: ageGroup(years), word: f.word, lang: f.lang}
	return m.candidate(f, score, "age "+strconv.Itoa(years))
}

// personBefore reports whether a person is named a few words before token i, also before a bracket.
func (m *message) personBefore(i int) bool {
	const reach = 4
	for k := i - 1; k >= max(0, i-reach) && m.toks[k].sentence == m.toks[i].sentence; k-- {
		if m.roles[k]&rolePerson != 0 {
			return true
		}
	}
	return false
}

// counts reports whether what stands at i is counted, so that the number before it is no age.
func (m *message) counts(i int) bool {
	if i >= len(m.toks) || !m.sameClause(i, i-1) {
		return false
	}
	t := m.toks[i]
	return m.roles[i]&roleUnit != 0 || t.norm == "€" || t.norm == "%" || t.num >= 0 || m.lang == "de" && t.upper && m.roles[i]&roleTitle == 0
}

// inRange reports whether a number is an end of a range: 16 bis 25, 16-25.
func (m *message) inRange(i int) bool {
	to := func(j int) bool { // of two numbers
		if j < 0 || j >= len(m.toks) || !m.sameClause(j, i) {
			return false
		}
		switch m.toks[j].norm {
		case "bis", "to", "do", "a", "la", "pana", "heta", "تا", "الى", "до":
			return true
		}
		return false
	}
	after := i + m.toks[i].span
	switch {
	case after < len(m.toks) && m.toks[after].num >= 0 && m.toks[after].glued,
		i > 0 && m.toks[i].glued && m.toks[i-1].num >= 0,
		after+1 < len(m.toks) && to(after) && m.toks[after+1].num >= 0,
		i > 1 && to(i-1) && m.toks[i-2].num >= 0:
		return true
	}
	return false
}

// duration reports whether years are how long something took, not how old somebody is.
func (m *message) duration(f match, number int) bool {
	last := number+m.toks[number].span == f.to
	if f.shape == shapeYears && !last {
		return m.before(number, roleSpan, 1) > 0 && f.from == number
	}
	if last && f.from < number {
		return false // "bin 20": what follows is said of something else
	}
	return m.before(number, roleSpan, 2) > 0 || m.after(f.to, roleSpan, 3) > 0
}

// agePerson reports whether a person stands right beside a number of years.
func (m *message) agePerson(f match) bool {
	for i := f.from; i < f.to; i++ {
		if m.roles[i]&rolePerson != 0 {
			return true
		}
	}
	for i := f.from - 1; i >= 0 && f.from-i <= 4 && m.toks[i].sentence == m.toks[f.from].sentence; i-- {
		if m.roles[i]&rolePerson != 0 {
			return true
		}
		if m.roles[i]&(roleSmall|roleHave) == 0 {
			break
		}
	}
	return m.after(f.to, rolePerson, 2) > 0
}

// bareAge reads a number that nothing else explains: "Junge (8)", "Sohn, 12," or the answer "52".
func (m *message) bareAge(i int) (candidate, bool) {
	t := m.toks[i]
	if t.num < 0 || t.num > oldest || t.ordinal || m.inValue(i) {
		return candidate{}, false
	}
	f := match{phrase: &phrase{fact: factAge, word: t.norm, lang: m.lang}, from: i, to: i + t.span}
	if m.counts(f.to) || m.duration(f, i) || m.inRange(i) {
		return candidate{}, false
	}
	years := t.num
	if m.becomes(i) {
		years--
	}
	if m.asked == factAge && m.terse() {
		return m.ageCandidate(f, years), true
	}
	closed := f.to == len(m.toks) || !m.sameClause(f.to, i)
	if !isDigit(rune(t.norm[0])) || !m.nounBefore(i) || !closed && !t.bracket {
		return candidate{}, false
	}
	return m.ageCandidate(f, years), true
}

// nounBefore reports whether a person stands right before a number; "Klient (m, 33)" counts.
func (m *message) nounBefore(i int) bool {
	i--
	if i > 0 && len(m.toks[i].norm) == 1 && m.toks[i].num < 0 {
		i--
	}
	return i >= 0 && m.roles[i]&rolePerson != 0 && m.roles[i]&roleSmall == 0
}

// inValue reports whether a phrase explains a number: § 24, ten years old.
func (m *message) inValue(i int) bool {
	for _, f := range m.matches {
		if f.from <= i && i < f.to {
			return true
		}
	}
	return false
}

// birthYear reads "geb. 2008", "born in 2009", "2010 geboren".
func (m *message) birthYear(i int) (candidate, bool) {
	const span = 4
	now := m.r.year()
	born := m.toks[i].num
	if born < now-oldest || born > now || m.toks[i].norm[0] == '0' {
		return candidate{}, false
	}
	if m.before(i, roleBorn, span) == 0 && m.after(i+1, roleBorn, 2) == 0 {
		return candidate{}, false
	}
	f := match{phrase: &phrase{fact: factAge, word: m.toks[i].norm, lang: m.lang}, from: i, to: i + 1}
	return m.ageCandidate(f, now-born), true
}
