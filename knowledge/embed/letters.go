package embed

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

func letterTable() map[rune]string {
	return map[rune]string{
		'أ': "ا", 'إ': "ا", 'آ': "ا", 'ٱ': "ا", 'ى': "ي", 'ی': "ي", 'ئ': "ي", 'ک': "ك", 'ة': "ه", 'ۀ': "ه", 'ؤ': "و", 'ـ': "",
		'\u200c': " ", '\u200d': "", '\u200f': "", '\u200e': "",
	}
}

func cyrTable() map[rune]string {
	return map[rune]string{
		'ё': "е", 'і': "и", 'ї': "и", 'є': "е", 'ґ': "г", 'ы': "и", 'э': "е", 'ъ': "", 'ь': "", 'й': "и", '’': "", 'ʼ': "",
	}
}

func transTable() map[rune]string {
	return map[rune]string{
		'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ж': "zh", 'з': "z", 'и': "i", 'к': "k", 'л': "l", 'м': "m", 'н': "n",
		'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "h", 'ц': "z", 'ч': "ch", 'ш': "sh", 'щ': "sh", 'ю': "yu", 'я': "ya",
	}
}

func translate(s string, t map[rune]string) string {
	var b strings.Builder
	for _, r := range s {
		if x, ok := t[r]; ok {
			b.WriteString(x)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func normaliseText(s string) string {
	s = strings.ToLower(norm.NFKC.String(s))
	s = strings.NewReplacer("ß", "ss", "ı", "i").Replace(s)
	s = strings.NewReplacer("ä", "a", "ö", "o", "ü", "u").Replace(s)
	s = strings.ReplaceAll(s, "ae", "a")
	s = strings.ReplaceAll(s, "oe", "o")
	s = strings.ReplaceAll(s, "ue", "u")
	s = translate(s, letterTable())
	s = translate(s, cyrTable())
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.M, r):
		case r == 'ł':
			b.WriteByte('l')
		case r == 'đ':
			b.WriteByte('d')
		case r == 'ø':
			b.WriteByte('o')
		default:
			b.WriteRune(r)
		}
	}
	s = translate(b.String(), transTable())
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return '0'
		}
		return r
	}, s)
}

func wordsOf(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
}
