package text

// town reads where somebody lives.
func (m *message) town(f match) (candidate, bool) {
	if m.streetOrPerson(f) || f.everyday && !m.townExpected(f) {
		return candidate{}, false
	}
	score := scoreSure
	why := "named"
	if m.before(f.from, roleFrom, 1) > 0 {
		score--
	}
	if m.before(f.from, roleTo, 1) > 0 && m.inClause(f, roleLive) {
		score += 2
		why = "moved there"
	}
	if m.livesThere(f) {
		score += 3
		why = "lives there"
	}
	if m.before(f.from, roleSeat, 1) > 0 {
		return candidate{}, false
	}
	if f.adjective {
		score--
	}
	return m.candidate(f, score, why), true
}

// livesThere reports whether a verb of living stands near, with no other town between.
func (m *message) livesThere(f match) bool {
	const reach = 5
	return m.before(f.from, roleLive, reach) > 0 && m.before(f.from, roleFrom|roleTo, 1) == 0 ||
		m.after(f.to, roleLive, 3) > 0 && m.before(f.from, roleFrom|roleTo, 1) == 0
}

// streetOrPerson reports whether a name that looks like a town is a street's or a person's.
func (m *message) streetOrPerson(f match) bool {
	if f.to < len(m.toks) && m.roles[f.to]&roleStreet != 0 && (f.adjective || m.sameClause(f.to-1, f.to)) {
		return true
	}
	return f.from > 0 && m.roles[f.from-1]&roleTitle != 0 && m.sameClause(f.from-1, f.from) && m.toks[f.from].upper
}

// townExpected reports whether a name that is an everyday word, too, means the town here.
func (m *message) townExpected(f match) bool {
	if m.asked == factTown && (m.terse() || m.toks[f.from].upper) && m.before(f.from, roleNo, 2) == 0 {
		return m.before(f.from, roleAt, 1) > 0 || !m.article(f.from-1)
	}
	if m.before(f.from, roleAt|roleTo|roleFrom, 1) > 0 {
		return true
	}
	alone := (f.from == 0 || !m.sameClause(f.from-1, f.from)) && (f.to == len(m.toks) || !m.sameClause(f.to, f.to-1))
	if alone || m.lang != "de" && m.toks[f.from].upper {
		return true
	}
	ends := f.to == len(m.toks) || !m.sameClause(f.to, f.to-1) || m.toks[f.to].upper
	return ends && m.toks[f.from].upper && m.keywordBefore(f.from)
}

// keywordBefore reports whether a noun stands before token i, as in a search query: Standesamt Lage.
func (m *message) keywordBefore(i int) bool {
	return i > 0 && (m.toks[i-1].upper || m.roles[i-1]&roleApply != 0) && !m.article(i-1)
}

// article reports whether a token makes the noun after it an everyday word: die Lage, lange Schlangen.
func (m *message) article(i int) bool {
	if i < 0 {
		return false
	}
	switch m.toks[i].norm {
	case "der", "die", "das", "den", "dem", "des", "ein", "eine", "einer", "einen", "keine", "diese", "dieser",
		"meine", "meiner", "seine", "ihre", "ihrer", "unsere", "unserer", "lange", "langen", "viele", "zwei":
		return true
	}
	return false
}
