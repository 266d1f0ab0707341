package text

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Fold returns what stays the same however people spell a command, an option or a name: case, accents,
// umlauts as ä, ae or a, ß or ss don't matter, runs of anything but letters and digits become one
// space. Unlike [Normalise] it keeps digits and scripts. Two different words may fold alike (Bote, Böte).
func Fold(s string) string {
	if !isASCII(s) {
		s = norm.NFKC.String(strings.ToValidUTF8(s, " "))
		s = dropMarks(foldGerman(strings.ToLower(s)))
	}
	s = dropUmlautE(strings.ToLower(s))
	return strings.Join(Words(s), " ")
}
