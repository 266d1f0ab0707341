package text

import "strings"

// endings returns the words that a token may be a form of. It may return too many.
type endings func(word string) []string

// endingsOf returns those of a language whose words in the lexicon stand for all their forms; nil
// where the lexicon lists forms itself.
func endingsOf(lang string) endings {
	switch lang {
	case "tr":
		return turkishStems
	case "ro":
		return stripper("l", "ul", "ului", "a", "ei", "i", "ii", "lor", "le", "uri", "urile", "e", "ea", "ilor", "elor")
	case "ku":
		return stripper("e", "a", "an", "en", "i", "ek", "eke", "im", "in", "ye", "ya", "yen", "yan", "me", "de", "re")
	case "ar":
		return arabicStems
	case "fa":
		return stripper("م", "ام", "ت", "ش", "ها", "هاي", "ي", "اي", "مان", "شان", "ان", "هايم")
	}
	return nil
}

// townEndings returns those that a language hangs on foreign names.
func townEndings(lang string) endings {
	switch lang {
	case "pl":
		return stripper("u", "em", "ie", "zie", "owi", "a", "e", "ach", "y")
	case "ru", "uk", "bg":
		return stripper("u", "e", "om", "a", "i", "em", "ovi", "ya", "yu")
	case "de":
		return stripper("s")
	}
	return endingsOf(lang)
}

// stripper returns endings that removes one of the suffixes.
func stripper(suffixes ...string) endings {
	return func(word string) []string {
		var stems []string
		for _, s := range suffixes {
			if stem, ok := strings.CutSuffix(word, s); ok {
				stems = append(stems, stem)
			}
		}
		return stems
	}
}

// turkishStems cuts what may be a chain of suffixes: duldung-um, okul-lar-da.
func turkishStems(word string) []string {
	var stems []string
	for cut := len(word) - 1; cut >= shortestStem && len(word)-cut <= 9; cut-- {
		if turkishChain(word[cut:]) {
			stems = append(stems, word[:cut])
		}
	}
	return stems
}

// turkishChain reports whether s is made of suffixes only.
func turkishChain(s string) bool {
	if s == "" {
		return true
	}
	for _, suffix := range [...]string{
		"lar", "ler", "imiz", "umuz", "miz", "muz", "iniz", "unuz", "niz", "nuz", "ndan", "nden", "nda", "nde",
		"nin", "nun", "dan", "den", "tan", "ten", "yla", "yle", "lik", "luk", "dir", "dur", "tir", "tur", "yim",
		"yum", "yiz", "yuz", "sin", "sun", "siz", "suz", "im", "um", "in", "un", "si", "su", "da", "de", "ta",
		"te", "ya", "ye", "na", "ne", "yi", "yu", "ni", "nu", "la", "le", "li", "lu", "ki", "iz", "uz", "ci",
		"cu", "a", "e", "i", "u", "m", "n",
	} {
		if rest, ok := strings.CutPrefix(s, suffix); ok && turkishChain(rest) {
			return true
		}
	}
	return false
}

// arabicStems cuts the particles before a word (and, in, for, the) and the pronouns behind it.
func arabicStems(word string) []string {
	fronts := []string{word}
	for _, p := range [...]string{"و", "ف", "ب", "ل", "ع", "ال", "بال", "لل", "وال", "وب", "ول", "عال", "هال", "من"} {
		if rest, ok := strings.CutPrefix(word, p); ok {
			fronts = append(fronts, rest)
		}
	}
	stems := fronts[1:]
	for _, f := range fronts {
		for _, s := range [...]string{"ي", "ك", "ه", "ها", "نا", "ين", "ات", "هم", "كم", "ني"} {
			if stem, ok := strings.CutSuffix(f, s); ok {
				stems = append(stems, stem)
			}
		}
	}
	return stems
}
