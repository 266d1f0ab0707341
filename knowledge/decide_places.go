package knowledge

import (
	"strings"
	"unicode"

	"lotse/knowledge/text"
)

// places finds towns that the knowledge base does not serve. A question about life there can't be told
// from ours by its matter; only the place tells. Its list is of Germany: larger towns and states.
type places struct {
	names    map[string][]placeName // by first word
	near     phraseSet              // words before a place where somebody is
	away     phraseSet              // words before a place that somebody comes from or goes to
	live     phraseSet              // verbs of living
	business phraseSet              // work, university, authorities: one may have to do with a place without living there
}

type placeName struct {
	name     string   // as listed
	words    []string // normalised
	everyday bool     // also a common word: only as "in Essen"
}

// role is what a place has to do with the person.
type role int

const (
	noPlace   role = iota // none is named, or only where somebody comes from, goes to, works
	somewhere             // named, in no clear role
	located               // "in X"
	residence             // "I live in X"
)

// newPlaces leaves out what the knowledge base has areas for: a county may be anywhere.
func newPlaces(d Data) *places {
	p := &places{
		names: map[string][]placeName{},
		near:  newPhraseSet(nearWords), away: newPhraseSet(awayWords),
		live: newPhraseSet(liveWords), business: newPhraseSet(businessWords),
	}
	own := map[string]bool{}
	for _, a := range d.Areas {
		for _, n := range append([]string{a.Name}, a.Also...) {
			own[text.Normalise(n)] = true
		}
	}
	for line := range strings.Lines(elsewhere) {
		for entry := range strings.SplitSeq(strings.TrimSpace(line), ",") {
			spellings := strings.Split(entry, "|")
			name, everyday := strings.CutPrefix(strings.TrimSpace(spellings[0]), "*")
			if name == "" || own[text.Normalise(name)] {
				continue
			}
			spellings[0] = name
			for _, s := range spellings {
				if w := text.Words(text.Normalise(s)); len(w) > 0 {
					p.names[w[0]] = append(p.names[w[0]], placeName{name, w, everyday})
				}
			}
		}
	}
	return p
}

// find returns the place elsewhere with the strongest role in the text.
func (p *places) find(said string) (name string, r role) {
	words := text.Words(text.Normalise(said))
	stems := strings.ContainsFunc(said, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) })
	for i := range words {
		n, size, locative := p.at(words, i, stems)
		if size == 0 {
			continue
		}
		found := p.role(words, i, size, locative)
		if n.everyday && (found < located || !strings.Contains(said, " "+n.name)) {
			continue
		}
		if found > r {
			name, r = n.name, found
		}
	}
	return name, r
}

// at returns the name that starts at words[i], how many words it has, and whether it carries a
// preposition that is written together with it.
func (p *places) at(words []string, i int, stems bool) (n placeName, size int, locative bool) {
	w := words[i]
	if n, size = p.exact(w, words, i); size > 0 {
		return n, size, false
	}
	if first, rest, ok := cutArabicPrefix(w); ok {
		if n, size = p.exact(rest, words, i); size > 0 {
			return n, size, first == 'ب' || first == 'ف'
		}
	}
	if stems { // case endings
		for cut := 1; cut <= 3 && len(w)-cut >= 4; cut++ {
			if n, size = p.exact(w[:len(w)-cut], words, i); size > 0 {
				return n, size, false
			}
			if n, size = p.exact(w[:len(w)-cut]+"a", words, i); size > 0 {
				return n, size, false
			}
		}
	}
	for _, suffix := range []string{"da", "de", "ta", "te"} { // Turkish, without apostrophe
		if stem, ok := strings.CutSuffix(w, suffix); ok && len(stem) >= 5 {
			if n, size = p.exact(stem, words, i); size > 0 {
				return n, size, true
			}
		}
	}
	return placeName{}, 0, false
}

func (p *places) exact(first string, words []string, i int) (placeName, int) {
next:
	for _, n := range p.names[first] {
		if i+len(n.words) > len(words) {
			continue
		}
		for j := 1; j < len(n.words); j++ {
			if words[i+j] != n.words[j] {
				continue next
			}
		}
		return n, len(n.words)
	}
	return placeName{}, 0
}

func cutArabicPrefix(w string) (first rune, rest string, ok bool) {
	r := []rune(w)
	if len(r) < 4 || !strings.ContainsRune("بفلو", r[0]) {
		return 0, "", false
	}
	return r[0], string(r[1:]), true
}

func (p *places) role(words []string, i, size int, locative bool) role {
	before := words[max(0, i-5):i]
	after := words[i+size : min(len(words), i+size+4)]
	if len(after) > 0 && (after[0] == "da" || after[0] == "de" || after[0] == "ta" || after[0] == "te") { // Berlin'de
		locative = true
	}
	switch {
	case p.away.within(last(before, 1), 1) || len(after) > 0 && turkishAway(after[0]):
		return noPlace
	case p.live.within(before, len(before)) || p.live.within(after, len(after)):
		return residence
	case p.business.within(before, len(before)) && !p.near.within(last(before, 1), 1):
		return noPlace
	case locative || p.near.within(last(before, 2), 2):
		if p.business.within(before, len(before)) {
			return somewhere
		}
		return located
	}
	return somewhere
}

func turkishAway(suffix string) bool {
	return suffix == "dan" || suffix == "den" || suffix == "tan" || suffix == "ten" ||
		suffix == "a" || suffix == "e" || suffix == "ya" || suffix == "ye"
}

func last(words []string, n int) []string { return words[max(0, len(words)-n):] }

const nearWords = `in,im,bei,à,a,w,we,в,во,у,във,li,در,في,ب,din,în,at,near,kreis,landkreis,stadt,raum`

const awayWords = `aus,von,nach,richtung,bis,ab,über,from,to,via,out of,de,d,depuis,vers,jusqu,z,ze,do,od,из,с,від,з,із,до,от,към,
из города,از,به,من,الى,إلى,la,spre,dinspre,ji,ber bi,hetta,straße,strasse`

const liveWords = `wohne,wohnt,wohnen,wohnhaft,gewohnt,lebe,lebt,leben,gemeldet,zugewiesen,live,lives,living,resident,based,registered,
живу,живе,живем,живемо,живут,живуть,живет,живеш,живеем,живея,живее,проживаю,проживает,мешкаю,мешкаємо,мешкає,ساكن,ساكنة,ساكنين,عايش,عايشة,
عايشين,اسكن,نسكن,يسكن,تسكن,اعيش,نعيش,مقيم,oturuyor,oturuyorum,oturuyoruz,yaşıyor,yaşıyorum,yaşıyoruz,oturan,زندگی,ساکن,habite,
habitons,habitent,vis,vit,vivons,vivent,réside,locuiesc,locuim,locuiește,stau,stăm,trăiesc,trăim,mieszkam,mieszkamy,mieszka,
mieszkają,dijîm,dijî,dijîn,rûdinim,rûdinê,rûdinin`

const businessWords = `arbeite,arbeitet,arbeiten,arbeit,stelle,job,firma,betrieb,studiert,studiere,studium,uni,universität,hochschule,fh,
bamf,bezirksregierung,konsulat,botschaft,gericht,klinik,krankenhaus,bruder,schwester,cousin,verwandte,freund,freundin,besuch,
work,works,working,job,company,study,studies,studying,university,uni,consulate,embassy,brother,sister,cousin,court,hospital,
работаю,работает,работа,учится,учусь,университет,консульство,брат,сестра,працюю,працює,робота,навчається,університет,консульство,
اعمل,يعمل,بشتغل,يشتغل,شغل,جامعة,الجامعة,قنصلية,اخي,اخوي,çalışıyor,çalışıyorum,üniversite,üniversitesi,konsolosluk,kardeşim,
کار,دانشگاه,کنسولگری,برادرم,travaille,université,fac,consulat,frère,lucrez,lucrează,universitate,consulat,frate,pracuję,pracuje,
uniwersytet,konsulat,brat,работя,работи,университета,консулството,zanîngeh,kar dike,konsolosxane`
