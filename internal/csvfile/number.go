package csvfile

import (
	"encoding/binary"
	"math"
	"strconv"
)

// ParseNumber returns the float64 nearest to the decimal number that text is: the bits of
// strconv.ParseFloat. It takes what that takes of digits, point, sign and exponent: no Inf, NaN, 0x1p-2 or
// 1_000, no spaces, and no number that is too large for a float64.
//
// A number of at most 2^53 times a power of ten up to 10^22, either way, is one operation on two exact
// values (Clinger, "How to read floating point numbers accurately", 1990). Others are strconv's.
func ParseNumber(text []byte) (v float64, ok bool) {
	i := 0
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		i = 1
	}
	mantissa, next := digits(0, text, i)
	count, exponent := next-i, 0
	i = next
	if i < len(text) && text[i] == '.' {
		i++
		mantissa, next = digits(mantissa, text, i)
		exponent = i - next
		count += next - i
		i = next
	}
	if i < len(text) {
		power, ok := exponentOf(text[i:])
		if !ok {
			return parseSlow(text)
		}
		exponent += power
	}
	const maxDigits = 19 // that surely fit a uint64
	if count == 0 || count > maxDigits || mantissa > 1<<53 {
		return parseSlow(text)
	}
	v = float64(mantissa)
	switch {
	case exponent == 0:
	case -22 <= exponent && exponent < 0:
		v /= powersOfTen[-exponent]
	case 0 < exponent && exponent <= 22:
		v *= powersOfTen[exponent]
	default:
		return parseSlow(text)
	}
	if text[0] == '-' {
		v = -v
	}
	return v, true
}

var powersOfTen = [23]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// digits appends the digits from text[i] on to mantissa, modulo 2^64, and returns the index behind them.
func digits(mantissa uint64, text []byte, i int) (uint64, int) {
	for i+8 <= len(text) {
		eight, ok := eightDigits(binary.LittleEndian.Uint64(text[i:]))
		if !ok {
			break
		}
		mantissa = mantissa*1e8 + eight
		i += 8
	}
	for i < len(text) && text[i]-'0' <= 9 {
		mantissa = mantissa*10 + uint64(text[i]-'0')
		i++
	}
	return mantissa, i
}

// eightDigits returns the number that eight bytes are, the first one in the lowest bits, if all are digits.
// Neighbours are joined three times: to pairs, to fours, to eight.
func eightDigits(x uint64) (uint64, bool) {
	const each = 0x0101010101010101
	x ^= '0' * each
	if (x|(x+6*each))&(0xf0*each) != 0 {
		return 0, false
	}
	x = (x*10 + x>>8) & 0x00ff00ff00ff00ff
	x = (x*100 + x>>16) & 0x0000ffff0000ffff
	return (x*10000 + x>>32) & 0xffffffff, true
}

// exponentOf returns the power that text, e or E with a sign or without, stands for, if it is short.
func exponentOf(text []byte) (power int, ok bool) {
	if text[0]|0x20 != 'e' {
		return 0, false
	}
	text = text[1:]
	negative := false
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		negative = text[0] == '-'
		text = text[1:]
	}
	if len(text) == 0 || len(text) > 4 {
		return 0, false
	}
	for _, c := range text {
		if c-'0' > 9 {
			return 0, false
		}
		power = power*10 + int(c-'0')
	}
	if negative {
		power = -power
	}
	return power, true
}

func parseSlow(text []byte) (v float64, ok bool) {
	for _, c := range text {
		if c-'0' > 9 && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(string(text), 64)
	return v, err == nil
}

// AppendNumber appends v with six decimals, or in the shortest form that reads back as v if six decimals
// do not. The bytes are strconv's.
//
// If v is m/10^6 rounded, for an integer m < 2^50, then v*10^6 is m after two roundings, each by 2^-53 of m
// at most, and so m is the nearest integer to it; ulp(v) is less than 10^-6, so that six decimals of v are
// those of m/10^6; and they read back as one division of two exact values. If m is not found, there is
// none.
func AppendNumber(dst []byte, v float64) []byte {
	const most = 1 << 50 / 1e6
	size := math.Abs(v)
	if !(size < most) {
		return appendLarge(dst, v)
	}
	millionths := uint64(float64(size*1e6) + 0.5)
	if float64(millionths)/1e6 != size {
		return strconv.AppendFloat(dst, v, 'g', -1, 64)
	}
	if math.Float64bits(v)>>63 != 0 {
		dst = append(dst, '-')
	}
	whole, rest := millionths/1e6, millionths%1e6
	dst = strconv.AppendUint(dst, whole, 10)
	a, b, c := rest/1e4, rest/100%100, rest%100
	return append(dst, '.', pairs[2*a], pairs[2*a+1], pairs[2*b], pairs[2*b+1], pairs[2*c], pairs[2*c+1])
}

// appendLarge appends any v: an integer as that, others by trying both forms.
func appendLarge(dst []byte, v float64) []byte {
	if math.Abs(v) < 1<<53 && math.Trunc(v) == v && v != 0 {
		return append(strconv.AppendInt(dst, int64(v), 10), ".000000"...)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, v, 'f', 6, 64)
	if back, _ := strconv.ParseFloat(string(dst[start:]), 64); back != v {
		dst = strconv.AppendFloat(dst[:start], v, 'g', -1, 64)
	}
	return dst
}

const pairs = "00010203040506070809" +
	"10111213141516171819" +
	"20212223242526272829" +
	"30313233343536373839" +
	"40414243444546474849" +
	"50515253545556575859" +
	"60616263646566676869" +
	"70717273747576777879" +
	"80818283848586878889" +
	"90919293949596979899"
