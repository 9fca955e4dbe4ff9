package dataset

import (
	"strings"
	"unicode"
)

// plainLetters replaces Greek and Cyrillic letters with the Latin ones that look the same, and letters with a mark, of which
// Unicode has another spelling with the mark apart, with the letter alone.
var plainLetters = strings.NewReplacer(
	"\u0391", "A", "\u0392", "B", "\u0395", "E", "\u0396", "Z", "\u0397", "H", "\u0399", "I", "\u039a", "K", "\u039c", "M",
	"\u039d", "N", "\u039f", "O", "\u03a1", "P", "\u03a4", "T", "\u03a5", "Y", "\u03a7", "X", "\u03bd", "v", "\u03bf", "o",
	"\u0405", "S", "\u0406", "I", "\u0408", "J", "\u0410", "A", "\u0412", "B", "\u0415", "E", "\u041a", "K", "\u041c", "M",
	"\u041d", "H", "\u041e", "O", "\u0420", "P", "\u0421", "C", "\u0422", "T", "\u0425", "X",
	"\u0430", "a", "\u0435", "e", "\u043e", "o", "\u0440", "p", "\u0441", "c", "\u0443", "y", "\u0445", "x", "\u0455", "s",
	"\u0456", "i", "\u0458", "j",
	"\u0401", "E", "\u0451", "e", "\u0407", "I", "\u0457", "i", "\u0419", "\u0418", "\u0439", "\u0438",
)

// lookAlike reports whether two texts may look the same: they differ in letters of scripts that share their forms, in marks, in
// full-width forms, or in characters that are not seen.
func lookAlike(a, b string) bool {
	x, y := skeleton(a), skeleton(b)
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i] != y[i] && !sameForm(x[i], y[i]) {
			return false
		}
	}
	return true
}

// sameForm reports whether one is an ASCII letter, and the other a Latin one beyond ASCII: a form of it, as far as is known here.
func sameForm(a, b rune) bool {
	return unicode.In(a, unicode.Latin) && unicode.In(b, unicode.Latin) && min(a, b) <= unicode.MaxASCII && max(a, b) > unicode.MaxASCII
}

// skeleton returns the letters of a text that are seen, in their plain forms.
func skeleton(text string) []rune {
	var letters []rune
	for _, r := range plainLetters.Replace(text) {
		if !unicode.In(r, unicode.Mn, unicode.Cf) {
			letters = append(letters, r)
		}
	}
	return letters
}
