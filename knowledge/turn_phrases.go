package knowledge

// phrases are the few words by which people steer a conversation.
type phrases struct {
	social  phraseSet            // greetings, thanks; of all languages: they are clear
	unknown phraseSet            // "I don't know"; likewise
	correct map[string]phraseSet // "no", "I meant": what follows replaces a fact
	follow  map[string]phraseSet // "what if": the same matter, with another fact
	detail  map[string]phraseSet // telephone, opening hours: about the answer that was given
	asking  map[string]phraseSet // who, where, how
	filler  map[string]phraseSet // pronouns, auxiliaries: no matter in them
}

func newPhrases() phrases {
	lists := parseLists(turnPhrases)
	filler := wordList{}
	for _, does := range []string{"filler", "asking", "correct", "follow"} {
		for lang, list := range lists[does] {
			filler[lang] = append(filler[lang], list...)
		}
	}
	return phrases{
		social: lists["social"].all(), unknown: lists["unknown"].all(),
		correct: lists["correct"].byLanguage(), follow: lists["follow"].byLanguage(), detail: lists["detail"].byLanguage(),
		asking: lists["asking"].byLanguage(), filler: filler.byLanguage(),
	}
}

// in returns the set of the language, or the one that holds for all.
func in(sets map[string]phraseSet, lang string) phraseSet {
	if set, ok := sets[lang]; ok {
		return set
	}
	return sets[""]
}
