package knowledge

import "lotse/knowledge/text"

// wordRow is one list of words of a language.
type wordRow struct {
	Lang, List, Fact, Value string
	Words                   []string
}

// key names the list.
func (r wordRow) key() string { return r.Lang + "/" + r.List + "/" + r.Fact + "/" + r.Value }

// plainLists are the lists that belong to no fact, by the names that rows have.
func plainLists(w *text.WordList) map[string]*[]string {
	return map[string]*[]string{
		"receive": &w.Receive, "apply": &w.Apply, "have": &w.Have, "persons": &w.Persons,
		"years": &w.Years, "months": &w.Months, "years_bare": &w.YearsBare,
	}
}

// addTo puts the row where it belongs.
func (r wordRow) addTo(w *text.WordList) {
	switch r.List {
	case "values":
		if w.Values == nil {
			w.Values = map[string]map[string][]string{}
		}
		if w.Values[r.Fact] == nil {
			w.Values[r.Fact] = map[string][]string{}
		}
		w.Values[r.Fact][r.Value] = r.Words
	case "answer_only":
		if w.AnswerOnly == nil {
			w.AnswerOnly = map[string][]string{}
		}
		w.AnswerOnly[r.Fact] = r.Words
	default:
		if list := plainLists(w)[r.List]; list != nil {
			*list = r.Words
		}
	}
}

// wordRows takes a lexicon apart, in a fixed order. Empty lists are left out.
func wordRows(lex text.Lexicon) []wordRow {
	var out []wordRow
	add := func(r wordRow) {
		if len(r.Words) > 0 {
			out = append(out, r)
		}
	}
	for lang, w := range sorted(lex) {
		for fact, values := range sorted(w.Values) {
			for value, words := range sorted(values) {
				add(wordRow{lang, "values", fact, value, words})
			}
		}
		for fact, words := range sorted(w.AnswerOnly) {
			add(wordRow{lang, "answer_only", fact, "", words})
		}
		for list, words := range sorted(plainLists(&w)) {
			add(wordRow{lang, list, "", "", *words})
		}
	}
	return out
}
