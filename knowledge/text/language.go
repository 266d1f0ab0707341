package text

import (
	"strings"
	"sync"
	"unicode"
)

// Language tells which of the twelve languages (de en ar uk ru tr fa fr ro pl bg ku) a text is in, by
// its script, its letters and its small words. sure is false where the text is too short, mixed, or in
// none of them: then keep the language of the conversation. A text without a hint is German.
//
// Names and German terms (Duldung, Jobcenter) occur in all languages, so they count for none.
func Language(text string) (lang string, sure bool) {
	text = strings.ToLower(clipText(text))
	in, most := mainScript(text)
	scores := theHints().scores(text)
	var best, second scored
	for i, l := range languagesOf(in) {
		s := scored{lang: l, score: scores[l]}
		if i == 0 && in == latin && s.score == 0 {
			s.score = 1 // one hint of another language is a chance
		}
		switch {
		case best.lang == "" || s.score > best.score:
			best, second = s, best
		case second.lang == "" || s.score > second.score:
			second = s
		}
	}
	const margin = 2
	return best.lang, most && best.score >= margin && best.score-second.score >= margin
}

type scored struct {
	lang  string
	score int
}

// clipText limits what a message can cost; its first lines tell its language.
func clipText(s string) string {
	const enough = 2 << 10
	if len(s) > enough {
		s = s[:enough]
	}
	return strings.ToValidUTF8(s, " ")
}

type script uint8

const (
	latin script = iota
	cyrillic
	arabic
)

// mainScript returns the script of the text. Latin words in another script are German terms, so that
// script wins as soon as it has some of the letters; most tells whether it has at least half.
func mainScript(text string) (in script, most bool) {
	var n [3]int
	for _, r := range text {
		switch {
		case r < unicode.MaxASCII:
			if r >= 'a' && r <= 'z' {
				n[latin]++
			}
		case unicode.Is(unicode.Cyrillic, r):
			n[cyrillic]++
		case unicode.Is(unicode.Arabic, r):
			n[arabic]++
		case unicode.IsLetter(r):
			n[latin]++
		}
	}
	const share = 6
	all := n[latin] + n[cyrillic] + n[arabic]
	other := cyrillic
	if n[arabic] > n[cyrillic] {
		other = arabic
	}
	if all > 0 && share*n[other] >= all {
		return other, 2*n[other] >= all
	}
	return latin, all > 0
}

// languagesOf returns the languages of a script; the first ones win a tie.
func languagesOf(s script) []string {
	switch s {
	case cyrillic:
		return []string{"ru", "uk", "bg"}
	case arabic:
		return []string{"ar", "fa"}
	case latin:
	}
	return []string{"de", "en", "tr", "fr", "ro", "pl", "ku"}
}

// hintIndex has the languages that a word, a part of a word or a letter speaks for.
type hintIndex struct {
	words   map[string][]string
	parts   map[string][]string
	letters map[rune][]string
	longest int // of the parts, in bytes
}

// theHints is made once and never changes: [Language] needs it at each call.
var theHints = sync.OnceValue(newHintIndex) //nolint:gochecknoglobals // a constant in all but name

func newHintIndex() *hintIndex {
	x := &hintIndex{words: map[string][]string{}, parts: map[string][]string{}, letters: map[rune][]string{}}
	for _, in := range []script{latin, cyrillic, arabic} {
		for _, lang := range languagesOf(in) {
			h := hintsOf(lang)
			for _, w := range dedupe(strings.Fields(h.words)) {
				x.words[w] = append(x.words[w], lang)
			}
			for _, p := range dedupe(h.parts) {
				x.parts[p] = append(x.parts[p], lang)
				x.longest = max(x.longest, len(p))
			}
			for _, r := range h.letters {
				x.letters[r] = append(x.letters[r], lang)
			}
		}
	}
	return x
}

func dedupe(words []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, w := range words {
		if !seen[w] {
			seen[w] = true
			out = append(out, w)
		}
	}
	return out
}

// scores adds up the hints by language: a small word two, a part of a word one, a letter two, of which
// no more than three count.
func (x *hintIndex) scores(text string) map[string]int {
	scores, letters := map[string]int{}, map[string]int{}
	for _, w := range strings.FieldsFunc(text, notInWord) {
		for _, l := range x.words[w] {
			scores[l] += 2
		}
		x.addParts(scores, " "+w+" ")
	}
	for _, r := range text {
		if r < unicode.MaxASCII {
			continue
		}
		for _, l := range x.letters[r] {
			letters[l]++
		}
	}
	for l, n := range letters {
		scores[l] += 2 * min(n, 3)
	}
	return scores
}

func notInWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) }

func (x *hintIndex) addParts(scores map[string]int, word string) {
	for i := range word {
		for j := i + 1; j <= min(len(word), i+x.longest); j++ {
			for _, l := range x.parts[word[i:j]] {
				scores[l]++
			}
		}
	}
}
