package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Normalise folds a text for the router: compatibility forms, case, umlauts (ä and ae to a), variants
// of Arabic, Persian, Ukrainian and Russian letters, marks; Cyrillic becomes Latin and each digit 0.
// Stored models depend on its exact output. Don't show the result to people.
func Normalise(s string) string {
	s = normaliseLetters(s)
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return '0'
		}
		return r
	}, s)
}

// Words splits a text into runs of letters and digits. An underscore separates.
func Words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return !isWordRune(r) })
}

// isWordRune tells letters and numbers from all else; marks are no part of a word, so normalise first.
func isWordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r)
}

// normaliseLetters is Normalise without the digits.
func normaliseLetters(s string) string {
	if isASCII(s) {
		return dropUmlautE(strings.ToLower(s))
	}
	s = norm.NFKC.String(strings.ToValidUTF8(s, "\uFFFD"))
	s = dropUmlautE(foldGerman(strings.ToLower(s)))
	s = foldVariants(s)
	s = dropMarks(s)
	return transliterate(s)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// foldGerman writes ß as ss, the Turkish dotless i as i, and umlauts as their vowel.
func foldGerman(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch r {
		case 'ß':
			b.WriteString("ss")
		case 'ı':
			b.WriteByte('i')
		case 'ä':
			b.WriteByte('a')
		case 'ö':
			b.WriteByte('o')
		case 'ü':
			b.WriteByte('u')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// dropUmlautE turns ae, oe and ue into their vowel, also where it is no umlaut (neue): both sides of a
// comparison lose it alike.
func dropUmlautE(s string) string {
	if !strings.Contains(s, "ae") && !strings.Contains(s, "oe") && !strings.Contains(s, "ue") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		b.WriteByte(s[i])
		if (s[i] == 'a' || s[i] == 'o' || s[i] == 'u') && i+1 < len(s) && s[i+1] == 'e' {
			i++
		}
	}
	return b.String()
}

// foldVariants unites letters that keyboards and neighbouring languages write differently.
func foldVariants(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if v := letterVariant(r); v >= 0 {
			b.WriteRune(v)
		}
	}
	return b.String()
}

// letterVariant returns the letter that stands for r, or -1 where r is dropped.
func letterVariant(r rune) rune {
	switch r {
	case 'أ', 'إ', 'آ', 'ٱ':
		return 'ا'
	case 'ى', 'ی', 'ئ':
		return 'ي'
	case 'ک':
		return 'ك'
	case 'ة', 'ۀ':
		return 'ه'
	case 'ؤ':
		return 'و'
	case '\u200c': // zero-width non-joiner: parts of Persian words
		return ' '
	case 'ё', 'є', 'э':
		return 'е'
	case 'і', 'ї', 'ы', 'й':
		return 'и'
	case 'ґ':
		return 'г'
	case 'ـ', '\u200d', '\u200e', '\u200f', 'ъ', 'ь', '’', 'ʼ':
		return -1
	}
	return r
}

// dropMarks removes accents and vowel signs.
func dropMarks(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFKD.String(s) {
		switch {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case r == 'ł':
			b.WriteByte('l')
		case r == 'đ':
			b.WriteByte('d')
		case r == 'ø':
			b.WriteByte('o')
		case !isMark(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isMark(r rune) bool {
	if !unicode.Is(unicode.M, r) {
		return false
	}
	var buf [utf8.UTFMax]byte
	n := utf8.EncodeRune(buf[:], r)
	return norm.NFKD.Properties(buf[:n]).CCC() != 0
}

// transliterate writes Cyrillic letters in Latin ones, so that borrowed German words meet.
func transliterate(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if t := latinOf(r); t != "" {
			b.WriteString(t)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// latinOf returns the Latin spelling of a folded Cyrillic letter, or "".
func latinOf(r rune) string {
	switch r {
	case 'а':
		return "a"
	case 'б':
		return "b"
	case 'в':
		return "v"
	case 'г':
		return "g"
	case 'д':
		return "d"
	case 'е':
		return "e"
	case 'ж':
		return "zh"
	case 'з':
		return "z"
	case 'и':
		return "i"
	case 'к':
		return "k"
	case 'л':
		return "l"
	case 'м':
		return "m"
	case 'н':
		return "n"
	case 'о':
		return "o"
	case 'п':
		return "p"
	case 'р':
		return "r"
	case 'с':
		return "s"
	case 'т':
		return "t"
	case 'у':
		return "u"
	case 'ф':
		return "f"
	case 'х':
		return "h"
	case 'ц':
		return "z"
	case 'ч':
		return "ch"
	case 'ш', 'щ':
		return "sh"
	case 'ю':
		return "yu"
	case 'я':
		return "ya"
	}
	return ""
}
