package text

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// maxRead is how much of a message is read. Nobody states facts in the second half of a novel,
	// and a pasted page must not cost more than a few milliseconds.
	maxRead   = 16 << 10
	maxDigits = 4
)

// token is a word, a number, or one of the signs that mean something (§, €, %).
type token struct {
	norm     string // folded
	num      int    // its number, -1 if it is none
	span     int    // tokens that make up the number (twenty-five: 2)
	start    int    // bytes in the text
	end      int
	clause   int  // clauses end at commas and brackets, too
	sentence int  // sentences end at full stops
	upper    bool // begins with a capital letter
	glued    bool // nothing but an apostrophe, a hyphen or nothing stands before it
	bracket  bool // an opening bracket stands before it
	ordinal  bool // 6. (sixth)
	question bool // a question mark ends its sentence
}

// tokenise splits what is read of a text. Letters and digits are apart: 13jährig is two tokens.
func tokenise(s string) []token {
	if len(s) > maxRead {
		cut := maxRead
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut]
	}
	t := &tokeniser{text: s}
	for t.pos < len(s) {
		t.step()
	}
	return t.tokens
}

type tokeniser struct {
	text     string
	pos      int
	tokens   []token
	clause   int
	sentence int
	gap      bool // white space since the last token
	bracket  bool
}

func (t *tokeniser) step() {
	r, size := utf8.DecodeRuneInString(t.text[t.pos:])
	switch {
	case isDigit(r):
		t.add(t.run(isDigit))
	case unicode.IsLetter(r):
		t.add(t.letters())
	case r == '§' || r == '€' || r == '%':
		t.add(t.pos + size)
	default:
		t.separate(r)
		t.pos += size
	}
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' || r > utf8.RuneSelf && unicode.IsDigit(r) }

// run returns where the run of runes that are in a class ends.
func (t *tokeniser) run(in func(rune) bool) int {
	i := t.pos
	for i < len(t.text) {
		r, size := utf8.DecodeRuneInString(t.text[i:])
		if !in(r) {
			break
		}
		i += size
	}
	return i
}

// letters returns where a word ends. Marks belong to it, and apostrophes inside a Cyrillic one.
func (t *tokeniser) letters() int {
	i := t.pos
	cyrillic := false
	for i < len(t.text) {
		r, size := utf8.DecodeRuneInString(t.text[i:])
		switch {
		case unicode.IsLetter(r):
			cyrillic = unicode.Is(unicode.Cyrillic, r)
		case unicode.Is(unicode.Mn, r) || r == '\u00ad' || r == '\u200d':
		case cyrillic && isApostrophe(r):
			next, _ := utf8.DecodeRuneInString(t.text[i+size:])
			if !unicode.Is(unicode.Cyrillic, next) {
				return i
			}
		default:
			return i
		}
		i += size
	}
	return i
}

func isApostrophe(r rune) bool { return r == '\'' || r == '’' || r == 'ʼ' || r == '`' }

// add appends the token up to end.
func (t *tokeniser) add(end int) {
	word := t.text[t.pos:end]
	first, _ := utf8.DecodeRuneInString(word)
	tok := token{
		num: -1, span: 1, start: t.pos, end: end, clause: t.clause, sentence: t.sentence,
		upper: unicode.IsUpper(first), glued: len(t.tokens) > 0 && !t.gap, bracket: t.bracket,
	}
	if isDigit(first) {
		tok.norm, tok.num = number(word)
	} else {
		tok.norm = foldToken(word)
	}
	t.tokens = append(t.tokens, tok)
	t.pos, t.gap, t.bracket = end, false, false
}

// foldToken folds a single word as [Normalise] does.
func foldToken(word string) string {
	if !isASCII(word) {
		word = strings.Map(func(r rune) rune {
			if isApostrophe(r) || r == '\u00ad' {
				return -1
			}
			return r
		}, word)
	}
	return strings.ReplaceAll(normaliseLetters(word), " ", "")
}

// number returns the digits of a number in ASCII and its value; one that is too long has none.
func number(word string) (digits string, value int) {
	var b strings.Builder
	for _, r := range norm.NFKC.String(word) {
		d := digitValue(r)
		value = 10*value + d
		b.WriteString(strconv.Itoa(d))
		if b.Len() > maxDigits {
			return word, -1
		}
	}
	return b.String(), value
}

// digitValue returns the value of a decimal digit of any script: they stand in rows of ten.
func digitValue(r rune) int {
	if r < utf8.RuneSelf {
		return int(r - '0')
	}
	n := 0
	for d := r - 1; n < 9 && unicode.IsDigit(d); d-- {
		n++
	}
	return n
}

// separate notes what stands between two tokens.
func (t *tokeniser) separate(r rune) {
	switch r {
	case ',', '(', ')', '[', ']', ':', '/', '–', '—', '،', '"', '„', '“', '”', '…':
		t.clause++
		t.bracket = t.bracket || r == '(' || r == '['
		t.gap = true
	case '-':
		if t.gap {
			t.clause++
		}
	case '.':
		t.stop()
		t.gap = true
	case '?', '؟':
		t.ask()
		t.clause++
		t.sentence++
		t.gap = true
	case '!', ';', '\n', '؛':
		t.clause++
		t.sentence++
		t.gap = true
	default:
		if !isApostrophe(r) && r != '\u200c' {
			t.gap = true
		}
	}
}

// ask marks the tokens of the sentence that a question mark ends.
func (t *tokeniser) ask() {
	for i := len(t.tokens) - 1; i >= 0 && t.tokens[i].sentence == t.sentence; i-- {
		t.tokens[i].question = true
	}
}

// stop handles a full stop: after an abbreviation it ends nothing, after a number it may make an ordinal.
func (t *tokeniser) stop() {
	if len(t.tokens) == 0 {
		return
	}
	last := &t.tokens[len(t.tokens)-1]
	if last.end != t.pos {
		t.clause++
		t.sentence++
		return
	}
	if last.num >= 0 {
		if t.ordinalAhead() {
			last.ordinal = true
			return
		}
	} else if utf8.RuneCountInString(last.norm) <= 3 {
		return
	}
	t.clause++
	t.sentence++
}

// ordinalAhead reports whether the number before the full stop counts what follows (im 6. Monat).
func (t *tokeniser) ordinalAhead() bool {
	rest := strings.TrimLeft(t.text[t.pos+1:], " ")
	if rest == "" {
		return false
	}
	r, _ := utf8.DecodeRuneInString(rest)
	if unicode.IsLower(r) || isDigit(r) {
		return true
	}
	word := foldToken(strings.TrimRight(firstWord(rest), ".,;!?"))
	switch word {
	case "monat", "jahr", "lehrjahr", "schuljahr", "klasse", "semester", "woche", "schwangerschaftswoche",
		"ssw", "stock", "etage", "kind", "januar", "februar", "marz", "april", "mai", "juni", "juli",
		"august", "september", "oktober", "november", "dezember":
		return true
	}
	return false
}

func firstWord(s string) string {
	if i := strings.IndexAny(s, " \n\t"); i >= 0 {
		return s[:i]
	}
	return s
}
