package text

import "strings"

// stem is cistem, but Erlaubnisse has the stem of Erlaubnis.
func stem(word string) string {
	if i := strings.LastIndex(word, "nisse"); i > 0 && len(word)-i <= len("nissen") {
		word = word[:i+len("nis")]
	}
	return cistem(word)
}

// cistem is the German stemmer of Weissweiler and Fraser (2017), on a folded word. It works with bytes:
// what is no ASCII letter stays as it is.
func cistem(word string) string {
	if len(word) < 4 {
		return word
	}
	if rest, ok := strings.CutPrefix(word, "ge"); ok && len(rest) >= 4 {
		word = rest
	}
	word = strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(word, "sch", "$"), "ei", "%"), "ie", "&")
	w := []byte(word)
	for i := 1; i < len(w); i++ {
		if w[i] == w[i-1] && w[i] < 0x80 {
			w[i] = '*'
		}
	}
	w = stripEndings(w)
	for i := 1; i < len(w); i++ {
		if w[i] == '*' {
			w[i] = w[i-1]
		}
	}
	return strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(string(w), "%", "ei"), "&", "ie"), "$", "sch")
}

func stripEndings(w []byte) []byte {
	for len(w) > 3 {
		last := w[len(w)-1]
		switch {
		case len(w) > 5 && (hasEnd(w, "em") || hasEnd(w, "er") || hasEnd(w, "nd")):
			w = w[:len(w)-2]
		case last == 't' || last == 'e' || last == 's' || last == 'n':
			w = w[:len(w)-1]
		default:
			return w
		}
	}
	return w
}

func hasEnd(w []byte, end string) bool {
	return w[len(w)-2] == end[0] && w[len(w)-1] == end[1]
}
