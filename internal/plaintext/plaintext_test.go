package plaintext

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLineShowsWhatWouldNotBeSeen(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"plain text", `data/a b.csv:3: must be "R"`, `data/a b.csv:3: must be "R"`},
		{"letters of all languages", "é Ж 水 é \U0001F600", "é Ж 水 é \U0001F600"},
		{"an escape sequence", "\x1b[31mRED\x1b]0;title\a", `\x1b[31mRED\x1b]0;title\a`},
		{"C1 controls", "\u009b31m", `\u009b31m`},
		{"line ends", "one\ntwo\r\nthree\u2028four\u2029five\v\f\u0085", `one\ntwo\r\nthree\u2028four\u2029five\v\f\u0085`},
		{"a tab", "a\tb", `a\tb`},
		{"bidirectional controls", "\u202eevil\u202c \u2066x\u2069 \u200f\u061c", `\u202eevil\u202c \u2066x\u2069 \u200f\u061c`},
		{"invisible ones", "a\u200bb\u00adc\ufeff\u00a0", `a\u200bb\u00adc\ufeff\u00a0`},
		{"tags", "\U000e0041", `\U000e0041`},
		{"bytes that are not UTF-8", "a\xffb\xc3", `a\xffb\xc3`},
		{"NUL and DEL", "\x00\x7f", `\x00\x7f`},
		{"the replacement character", "\ufffd", "\ufffd"},
		{"a backslash", `C:\data`, `C:\data`},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Line(c.text); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzLine(f *testing.F) {
	f.Add("a\x1b[0m\n\u202e\xff")
	f.Fuzz(func(t *testing.T, text string) {
		line := Line(text)
		if !utf8.ValidString(line) || strings.ContainsFunc(line, func(c rune) bool { return !strconv.IsPrint(c) }) {
			t.Errorf("%q", line)
		}
		if Line(line) != line {
			t.Errorf("%q becomes %q the second time", line, Line(line))
		}
	})
}

func TestNumbersHaveFourDigitsOrAllBeforeThePoint(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.02: "0.02", 0.123456: "0.1235", -12.3456: "-12.35", 999.96: "1000", 9000: "9000", 31750.4: "31750", -55720: "-55720",
		123456789: "123456789", 1e15: "1e+15", 1.5e-7: "1.5e-07", math.Inf(1): "", math.Copysign(0, -1): "0",
	} {
		if got := Number(v); got != want {
			t.Errorf("%v is %q, want %q", v, got, want)
		}
	}
	if got := Number(math.NaN()); got != "" {
		t.Errorf("NaN is %q", got)
	}
}
