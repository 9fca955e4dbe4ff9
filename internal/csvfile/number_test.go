package csvfile

import (
	"bytes"
	"flag"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

var (
	numbers = flag.Float64("numbers", 300_000, "how many numbers TestDifferentialOfNumbers tries")
	seed    = flag.Uint64("seed", 1, "of these numbers")
)

// parseWithStrconv is what ParseNumber must return.
func parseWithStrconv(text []byte) (v float64, ok bool) {
	for _, c := range text {
		if strings.IndexByte("0123456789.-+eE", c) < 0 {
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(string(text), 64)
	return v, err == nil
}

// appendWithStrconv is what AppendNumber must return.
func appendWithStrconv(dst []byte, v float64) []byte {
	start := len(dst)
	dst = strconv.AppendFloat(dst, v, 'f', 6, 64)
	if back, _ := strconv.ParseFloat(string(dst[start:]), 64); back != v {
		dst = strconv.AppendFloat(dst[:start], v, 'g', -1, 64)
	}
	return dst
}

func checkParse(t *testing.T, text []byte) {
	v, ok := ParseNumber(text)
	want, wantOK := parseWithStrconv(text)
	if ok != wantOK || ok && math.Float64bits(v) != math.Float64bits(want) {
		t.Errorf("%.60q is %v, %v, with strconv %v, %v", string(text), v, ok, want, wantOK)
	}
	checkField(t, text)
}

// checkField checks that text is read as a field between others as ParseNumber must read it alone.
func checkField(t *testing.T, text []byte) {
	if bytes.ContainsAny(text, ",\"\r\n\x00") || !utf8.Valid(text) {
		return
	}
	line := slices.Concat([]byte("-0.5,"), text, []byte(",12345678\n"))
	p := Piece{name: "raw.csv", limits: defaultLimits(), columns: 3, data: line, from: 1}
	p.rewind()
	var got [3]float64
	read := p.NextNumbers([]int{2, 0, 1}, got[:])
	trimmed := bytes.TrimSpace(text)
	want, ok := parseWithStrconv(trimmed)
	if !ok {
		want = math.NaN()
	}
	kept := len(p.Fields) == 1 && bytes.Equal(p.Fields[0], trimmed) && slices.Equal(p.Columns, []int{1})
	if !read || math.Float64bits(got[0]) != math.Float64bits(want) || kept == ok || got[1] != 12345678 || got[2] != -0.5 {
		t.Errorf("%.60q in a line is read as %v, %q, with strconv %v, %v", string(line), got, p.Fields, want, ok)
	}
}

func checkAppend(t *testing.T, v float64) {
	got, want := AppendNumber(make([]byte, 0, 64), v), appendWithStrconv(make([]byte, 0, 64), v)
	if string(got) != string(want) {
		t.Errorf("%v (%#x) is written as %s, with strconv %s", v, math.Float64bits(v), string(got), string(want))
	}
}

var texts = []string{
	"", "0", "-0", "+0", "1", "+1", "-1", "12", "1.", ".5", "-.5", "1.5", "0.0200", "0.020000", "-1.5e-3", "+2E2", "1e+5", "1e05",
	"12345678", "123456789", "1234567.8", "12345678.12345678", "123456789.123456789", "00000000000000000000000000000000001",
	"0.00000000000000000000000000000000001", "9007199254740991", "9007199254740992", "9007199254740993", "9007199254740994", "9999999999999999999",
	"18446744073709551615", "18446744073709551616", "99999999999999999999", "1e22", "1e23", "1e-22", "1e-23", "9007199254740993e-22", "9007199254740991e22",
	"0.1", "0.2", "0.30000000000000004", "123456.123456e-10", "8.5e-22", "1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308",
	"1e308", "1e309", "-1e309", "1e-323", "5e-324", "2e-324", "1e-999", "1e9999", "1e-9999", "1e99999", "0e99999", "0e999", "0e-25", "2.2250738585072011e-308", "2.2250738585072014e-308",
	".", "-", "+", "-.", "e", "e5", ".e5", "1e", "1e+", "1e-", "1ee5", "1e5e5", "1e5.", "1.2.3", "1..2", "--1", "+-1", "1-", "1+1", "1e1-", "1-e",
	"NaN", "nan", "Inf", "-Inf", "infinity", "0x1p-2", "0X10", "1_000", "1,5", " 1", "1 ", "1\n", "1x", "x1", "1e5x", "1234567x", "12345678x", "x2345678",
	"1/3", "1:3", "\x00", "1\x00", "\x81234567", "1234567\xff", "\xb1\xb2\xb3\xb4\xb5\xb6\xb7\xb8", "１", "1e٣",
}

func TestParseNumberIsStrconvs(t *testing.T) {
	for _, text := range texts {
		checkParse(t, []byte(text))
	}
}

// Each byte in each place of eight.
func TestOnlyDigitsAreDigits(t *testing.T) {
	for c := range 256 {
		for i := range 8 {
			text := []byte("12345678")
			text[i] = byte(c)
			checkParse(t, text)
			checkParse(t, slices.Concat([]byte("0."), text, []byte("1")))
		}
	}
}

func TestAppendNumberIsStrconvs(t *testing.T) {
	for v, want := range map[float64]string{
		0.02:                   "0.020000",
		-1:                     "-1.000000",
		0:                      "0.000000",
		math.Copysign(0, -1):   "-0.000000",
		123456.5:               "123456.500000",
		0.000001:               "0.000001",
		0.0000001:              "1e-07",
		0.0000005:              "5e-07",
		0.0000015:              "1.5e-06",
		0.1234567:              "0.1234567",
		1.0 / 3:                "0.3333333333333333",
		1e22:                   "10000000000000000000000.000000",
		-2.5e-10:               "-2.5e-10",
		0.30000000000000004:    "0.30000000000000004",
		99999.999999:           "99999.999999",
		-1700000000123:         "-1700000000123.000000",
		1125899906.842623:      "1125899906.842623",
		1125899906.842624:      "1125899906.842624",
		4294967296.123456:      "4294967296.123456",
		9007199254740993:       "9007199254740992.000000",
		math.MaxFloat64:        string(appendWithStrconv(nil, math.MaxFloat64)),
		5e-324:                 "5e-324",
		math.Inf(-1):           "-Inf",
		2.225073858507201e-308: "2.225073858507201e-308",
	} {
		if got := string(AppendNumber(nil, v)); got != want {
			t.Errorf("%v is written as %s, want %s", v, got, want)
		}
		checkAppend(t, v)
	}
	checkAppend(t, math.NaN())
}

// TestDifferentialOfNumbers tries numbers of many shapes, each read and written: -numbers 1e9 is the long run.
func TestDifferentialOfNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(*seed, 0))
	for range int(*numbers) / 100 {
		var text []byte
		for range 50 {
			text = appendShape(text[:0], r)
			checkParse(t, text)
		}
		for range 50 {
			checkAppend(t, value(r))
		}
		if t.Failed() {
			return
		}
	}
}

// appendShape appends a number as people write it, and sometimes as they do not.
func appendShape(text []byte, r *rand.Rand) []byte {
	switch r.IntN(9) {
	case 0: // as files have it: a few digits
		return strconv.AppendFloat(text, r.NormFloat64()*10, 'f', r.IntN(9), 64)
	case 1: // shortest
		return strconv.AppendFloat(text, value(r), "eg"[r.IntN(2)], -1, 64)
	case 2: // more or fewer digits than a float64 has
		return strconv.AppendFloat(text, value(r), 'e', r.IntN(25), 64)
	case 3: // any float64
		return strconv.AppendFloat(text, math.Float64frombits(r.Uint64()), "eg"[r.IntN(2)], r.IntN(22)-1, 64)
	case 4: // around 2^53 and 2^63
		text = strconv.AppendUint(text, 1<<[]int{53, 54, 63}[r.IntN(3)]+r.Uint64N(64)-32, 10)
		return appendExponent(text, r, 45)
	case 5: // ties, of 54 bits, and what is next to them
		n := 1<<53 + r.Uint64N(1<<53) | 1
		binary := r.IntN(4)
		text = strconv.AppendUint(text, n>>binary, 10)
		text = append(text, '.')
		for ; binary > 0; binary-- {
			n = n & (1<<binary - 1) * 5 // a digit and the rest of it
			text = append(text, '0'+byte(n>>(binary-1)))
		}
		if r.IntN(2) == 0 {
			text[len(text)-1] ^= 1
		}
		return text
	}
	if sign := r.IntN(6); sign < 2 {
		text = append(text, "+-"[sign])
	}
	text = appendDigits(text, r, r.IntN(20))
	if r.IntN(3) > 0 {
		text = append(text, '.')
		text = appendDigits(text, r, r.IntN(22))
	}
	if r.IntN(3) == 0 {
		text = appendExponent(text, r, 330)
	}
	if len(text) > 0 && r.IntN(20) == 0 {
		text[r.IntN(len(text))] = byte(r.Uint32())
	}
	return text
}

func appendDigits(text []byte, r *rand.Rand, n int) []byte {
	for range n {
		text = append(text, '0'+byte(r.IntN(10)))
	}
	return text
}

func appendExponent(text []byte, r *rand.Rand, most int) []byte {
	text = append(text, "eE"[r.IntN(2)])
	if r.IntN(2) == 0 {
		text = append(text, "+-"[r.IntN(2)])
	}
	return strconv.AppendInt(text, int64(r.IntN(most)), 10)
}

// value is one of the kinds that a table may have, and its neighbours.
func value(r *rand.Rand) (v float64) {
	switch r.IntN(8) {
	case 0:
		if v = math.Ldexp(r.Float64(), r.IntN(120)-60); r.IntN(8) == 0 {
			v = math.Float64frombits(r.Uint64())
		}
	case 1:
		v = r.Float64()
	case 2: // six decimals
		v = float64(r.Int64N(1<<(1+r.IntN(60)))) / 1e6
	case 3: // fewer or more decimals
		v = float64(r.Int64N(1<<(1+r.IntN(60)))) / powersOfTen[r.IntN(12)]
	case 4: // integers
		v = float64(r.Int64N(1 << (1 + r.IntN(60))))
	case 5: // ties of the sixth decimal
		v = (float64(r.Int64N(1<<(1+r.IntN(50)))) + 0.5) / 1e6
	case 6: // around the bounds
		v = []float64{1 << 50 / 1e6, 1 << 33, 1 << 53, 1e-6, 5e-7, 1}[r.IntN(6)]
	default:
		v = r.NormFloat64() * powersOfTen[r.IntN(23)]
	}
	for range r.IntN(3) {
		v = math.Nextafter(v, math.Inf(2*r.IntN(2)-1))
	}
	if r.IntN(4) == 0 {
		v = -v
	}
	return v
}

func FuzzParseNumberIsStrconvs(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { checkParse(t, []byte(text)) })
}

func FuzzAppendNumberIsStrconvs(f *testing.F) {
	for _, v := range []float64{0, 1, 0.02, 0.1234567, 1e-7, 1 << 50 / 1e6, 1 << 33, 1 << 53, math.MaxFloat64, 5e-324, math.NaN(), math.Inf(1)} {
		f.Add(math.Float64bits(v))
	}
	f.Fuzz(func(t *testing.T, b uint64) {
		v := math.Float64frombits(b)
		checkAppend(t, v)
		checkAppend(t, math.RoundToEven(v*1e6)/1e6)
	})
}
