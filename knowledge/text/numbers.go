package text

import "strings"

// numerals has the number words of a language, folded, from 0 on; and the words between tens and ones.
type numerals struct {
	value  map[string]int
	joint  string // "and", folded; empty: none
	german bool   // ones before tens in one word
	ten    bool   // ten joins ones, too: on yedi
}

// numeralsOf returns those of a language. In the lists a comma separates numbers, a slash spellings.
func numeralsOf(lang string) numerals {
	ones, tens, joint := numberWords(lang)
	n := numerals{value: map[string]int{}, joint: foldToken(joint), german: lang == "de", ten: lang == "tr"}
	for i, spellings := range strings.Split(ones, ",") {
		n.put(spellings, i)
	}
	for i, spellings := range strings.Split(tens, ",") {
		n.put(spellings, 20+10*i)
	}
	delete(n.value, "")
	return n
}

func (n numerals) put(spellings string, value int) {
	for s := range strings.SplitSeq(spellings, "/") {
		n.value[foldToken(strings.TrimSpace(s))] = value
	}
}

// mark gives tokens that are number words their number. Mark all languages before the first join.
func (n numerals) mark(toks []token) {
	for i := range toks {
		t := &toks[i]
		if t.num >= 0 {
			continue
		}
		if v, ok := n.value[t.norm]; ok {
			t.num = v
		} else if v, ok := n.germanTens(t.norm); ok {
			t.num = v
		}
	}
}

// joinAll makes one number of tens and ones.
func (n numerals) joinAll(toks []token) {
	for i := range toks {
		n.join(toks, i)
	}
}

// germanTens reads fünfundzwanzig.
func (n numerals) germanTens(word string) (int, bool) {
	if !n.german || len(word) < len("einunddreissig")-3 {
		return 0, false
	}
	one, ten, ok := strings.Cut(word, "und")
	if !ok {
		return 0, false
	}
	if one == "ein" {
		one = "eins"
	}
	o, ok1 := n.value[one]
	t, ok2 := n.value[ten]
	return t + o, ok1 && ok2 && o < 10 && t >= 20
}

// join adds the ones that follow tens: twenty five, douăzeci și cinci.
func (n numerals) join(toks []token, i int) {
	t := &toks[i]
	if t.num < 10 || t.num < 20 && !n.ten || t.num%10 != 0 || isDigit(rune(t.norm[0])) {
		return
	}
	next := i + 1
	if n.joint != "" && next < len(toks) && toks[next].norm == n.joint {
		next++
	}
	if next >= len(toks) || toks[next].clause != t.clause {
		return
	}
	if o := toks[next].num; o > 0 && o < 10 && !isDigit(rune(toks[next].norm[0])) {
		t.num += o
		t.span = next - i + 1
		toks[next].num = -1
	}
}

// numberWords returns the words for 0 to 19, for 20, 30 to 90, and the one between tens and ones.
func numberWords(lang string) (ones, tens, joint string) {
	switch lang {
	case "de":
		return "null,eins,zwei,drei,vier,fünf,sechs,sieben,acht,neun,zehn,elf,zwölf,dreizehn,vierzehn,fünfzehn,sechzehn,siebzehn,achtzehn,neunzehn",
			"zwanzig,dreißig,vierzig,fünfzig,sechzig,siebzig,achtzig,neunzig", ""
	case "en":
		return "zero,one,two,three,four,five,six,seven,eight,nine,ten,eleven,twelve,thirteen,fourteen,fifteen,sixteen,seventeen,eighteen,nineteen",
			"twenty,thirty,forty,fifty,sixty,seventy,eighty,ninety", ""
	case "fr":
		return "zéro,,deux,trois,quatre,cinq,six,sept,huit,neuf,dix,onze,douze,treize,quatorze,quinze,seize,,,",
			"vingt,trente,quarante,cinquante,soixante,septante,huitante,nonante", "et" //nolint:misspell // not English
	case "ro":
		return "zero,,doi/două,trei,patru,cinci,șase/sase,șapte,opt,nouă,zece,unsprezece,doisprezece/douăsprezece,treisprezece,paisprezece,cincisprezece,șaisprezece,șaptesprezece,optsprezece,nouăsprezece",
			"douăzeci,treizeci,patruzeci,cincizeci,șaizeci,șaptezeci,optzeci,nouăzeci", "și"
	case "pl":
		return "zero,,dwa,trzy/trzech,cztery,pięć,sześć,siedem,osiem,dziewięć,dziesięć,jedenaście,dwanaście,trzynaście,czternaście,piętnaście,szesnaście,siedemnaście,osiemnaście,dziewiętnaście",
			"dwadzieścia,trzydzieści,czterdzieści,pięćdziesiąt,sześćdziesiąt,siedemdziesiąt,osiemdziesiąt,dziewięćdziesiąt", ""
	case "uk":
		return "нуль,,два,три,чотири,п'ять/пять,шість,сім,вісім,дев'ять,десять,одинадцять,дванадцять,тринадцять,чотирнадцять,п'ятнадцять,шістнадцять,сімнадцять,вісімнадцять,дев'ятнадцять",
			"двадцять,тридцять,сорок,п'ятдесят,шістдесят,сімдесят,вісімдесят,дев'яносто", ""
	case "ru":
		return "ноль,,два,три,четыре,пять,шесть,семь,восемь,девять,десять,одиннадцать,двенадцать,тринадцать,четырнадцать,пятнадцать,шестнадцать,семнадцать,восемнадцать,девятнадцать",
			"двадцать,тридцать,сорок,пятьдесят,шестьдесят,семьдесят,восемьдесят,девяносто", ""
	case "bg":
		return "нула,,два/две,три,четири,пет,шест,седем,осем,девет,десет,единайсет/единадесет,дванайсет/дванадесет,тринайсет/тринадесет,четиринайсет/четиринадесет,петнайсет/петнадесет,шестнайсет/шестнадесет,седемнайсет/седемнадесет,осемнайсет/осемнадесет,деветнайсет/деветнадесет",
			"двайсет/двадесет,трийсет/тридесет,четирийсет/четиридесет,петдесет,шейсет/шестдесет,седемдесет,осемдесет,деветдесет", "и"
	case "tr":
		return "sıfır,,iki,üç,dört,beş,altı,yedi,sekiz,dokuz,on,onbir,oniki,onüç,ondört,onbeş,onaltı,onyedi,onsekiz,ondokuz",
			"yirmi,otuz,kırk,elli,altmış,yetmiş,seksen,doksan", ""
	case "ku":
		return "sifir,,du,sê,çar,pênc,şeş,heft,heşt,neh,deh,yanzdeh,dwanzdeh/dozdeh,sêzdeh,çardeh,panzdeh/pazdeh,şanzdeh/şazdeh,hevdeh/hivdeh,hijdeh/hejdeh,nozdeh",
			"bîst,sî,çil,pêncî,şêst,heftê,heştê,nod", "û"
	case "ar":
		return "صفر,,سنتين,ثلاث/ثلاثة/تلت/تلات,اربع/اربعة,خمس/خمسة,ست/ستة,سبع/سبعة,ثمان/ثماني/تمن/تمان,تسع/تسعة,عشر/عشرة,احدعش,اتناعش/اثناعشر,تلتعش,اربعتعش,خمستعش,ستعش/ستطعش,سبعتعش/سبعطعش,تمنتعش/تمنطعش,تسعتعش",
			"عشرين,ثلاثين/تلاتين,اربعين,خمسين,ستين,سبعين,ثمانين/تمانين,تسعين", ""
	case "fa":
		return "صفر,,دو,سه,چهار,پنج,شش/شیش,هفت,هشت,نه,ده,یازده,دوازده,سیزده,چهارده,پانزده/پونزده,شانزده/شونزده,هفده,هجده/هیجده,نوزده",
			"بیست,سی,چهل,پنجاه,شصت,هفتاد,هشتاد,نود", "و"
	}
	return "", "", ""
}
