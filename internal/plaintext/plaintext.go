// Package plaintext makes text from elsewhere (file names, values, labels, what another program said) safe
// to print: it stays on its line, cannot steer a terminal, and reads in the order in which it was written.
package plaintext

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Line returns text as one line. Every character that is not printable by strconv.IsPrint is replaced by its
// escape in a Go string: control characters (\x1b), line ends (\n, \u2028), bidirectional and other
// format controls (\u202e), spaces other than U+0020 (\u00a0), and bytes that are not UTF-8 (\xff).
func Line(text string) string {
	if strings.IndexFunc(text, unprintable) < 0 && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		c, size := utf8.DecodeRuneInString(text)
		switch {
		case c == utf8.RuneError && size == 1:
			b.WriteString(`\x` + hexadecimal(text[0]))
		case unprintable(c):
			quoted := strconv.QuoteRune(c)
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteString(text[:size])
		}
		text = text[size:]
	}
	return b.String()
}

func unprintable(c rune) bool { return !strconv.IsPrint(c) }

func hexadecimal(b byte) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[b>>4], digits[b&15]})
}

// Number returns a number for people: with four significant digits, or with all digits before the point if those are more. It
// returns "" for one that is not finite.
func Number(v float64) string {
	switch size := math.Abs(v); {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return ""
	case size >= 1000 && size < 1e15:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v+0, 'g', 4, 64) // + 0, as -0 is 0
}
