package knowledge

import (
	_ "embed" // the lists of phrases
	"strings"

	"lotse/knowledge/text"
)

//go:embed turn_phrases.txt
var turnPhrases string

//go:embed decide_places.txt
var placePhrases string

// wordList is a list of phrases that do the same, by language.
type wordList map[string][]string

// parseLists reads the format that turn_phrases.txt explains: what a phrase does → language → phrases.
func parseLists(file string) map[string]wordList {
	lists := map[string]wordList{}
	var does, lang string
	for line := range strings.Lines(file) {
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		if line[0] != ' ' {
			head, rest, _ := strings.Cut(line, ":")
			does, lang, _ = strings.Cut(head, " ")
			line = rest
		}
		if lists[does] == nil {
			lists[does] = wordList{}
		}
		for phrase := range strings.SplitSeq(line, ",") {
			if p := strings.TrimSpace(phrase); p != "" {
				lists[does][lang] = append(lists[does][lang], p)
			}
		}
	}
	return lists
}

// all returns the phrases of all languages as one set.
func (l wordList) all() phraseSet {
	set := phraseSet{}
	for _, phrases := range l {
		set.add(phrases)
	}
	return set
}

// byLanguage returns a set for each language with its phrases and the German and English ones, since
// people mix. Short words mean different things in different languages. The set for "" has just those.
func (l wordList) byLanguage() map[string]phraseSet {
	sets := map[string]phraseSet{"": {}}
	for lang := range l {
		sets[lang] = phraseSet{}
	}
	for lang, set := range sets {
		set.add(l["de"])
		set.add(l["en"])
		if lang != "de" && lang != "en" {
			set.add(l[lang])
		}
	}
	return sets
}

// phraseSet finds phrases in normalised words: by their first word, each as its words.
type phraseSet map[string][][]string

func (p phraseSet) add(phrases []string) {
	for _, phrase := range phrases {
		if w := normalWords(phrase); len(w) > 0 {
			p[w[0]] = append(p[w[0]], w)
		}
	}
}

// at returns how many words the longest phrase has that starts at words[i]; 0: none does.
func (p phraseSet) at(words []string, i int) int {
	longest := 0
	for _, phrase := range p[words[i]] {
		if len(phrase) > longest && startsWith(words[i:], phrase) {
			longest = len(phrase)
		}
	}
	return longest
}

// count returns how many of the words belong to phrases.
func (p phraseSet) count(words []string) int {
	n := 0
	for i := 0; i < len(words); {
		k := p.at(words, i)
		n += k
		i += max(k, 1)
	}
	return n
}

// within tells whether a phrase starts among the first n words.
func (p phraseSet) within(words []string, n int) bool {
	for i := range min(n, len(words)) {
		if p.at(words, i) > 0 {
			return true
		}
	}
	return false
}

func startsWith(words, with []string) bool {
	if len(with) > len(words) {
		return false
	}
	for i, w := range with {
		if words[i] != w {
			return false
		}
	}
	return true
}

func normalWords(s string) []string { return text.Words(text.Normalise(s)) }
