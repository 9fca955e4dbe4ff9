package csvfile

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
)

// ParseNumber returns the float64 nearest to a decimal number, with the bits of strconv.ParseFloat. It
// accepts what that accepts of digits, point, sign and exponent, but no Inf, NaN, 0x1p-2 or 1_000, no
// spaces, and no number too large for a float64.
//
// A number of at most 19 digits that is neither tiny nor huge is one rounded operation on two exact values.
// The rest is left to strconv.
func ParseNumber(text []byte) (v float64, ok bool) {
	negative := len(text) > 0 && text[0] == '-'
	unsigned := text
	if negative || len(text) > 0 && text[0] == '+' {
		unsigned = text[1:]
	}
	if v, ok = parseFast(unsigned); !ok {
		return parseSlow(text)
	}
	if negative {
		v = -v
	}
	return v, true
}

// parseFast reads a number if its digits are sure to fit a uint64 and its power of ten is moderate.
func parseFast(text []byte) (v float64, ok bool) {
	mantissa, i := digits(0, text, 0)
	count, exponent := i, 0
	if i < len(text) && text[i] == '.' {
		point := i + 1
		mantissa, i = digits(mantissa, text, point)
		count += i - point
		exponent = point - i
	}
	if i < len(text) {
		power, ok := exponentOf(text[i:])
		if !ok {
			return 0, false
		}
		exponent += power
	}
	switch exact := mantissa <= 1<<53; {
	case count == 0 || count > 19:
		return 0, false
	case exact && -22 <= exponent && exponent <= 0: // Clinger, "How to read floating point numbers accurately", 1990
		return float64(mantissa) / powersOfTen[-exponent], true
	case exact && 0 < exponent && exponent <= 22:
		return float64(mantissa) * powersOfTen[exponent], true
	case -len(powersOfFive) < exponent && exponent <= 0:
		return quotient(mantissa, -exponent), true
	}
	return 0, false
}

// quotient returns the float64 nearest to m/10^k = m/5^k/2^k. The division is one of integers, to 62 bits or
// more, with the last bit set if anything is left; so it is rounded once, to 53 bits.
func quotient(m uint64, k int) float64 {
	if m == 0 {
		return 0
	}
	d := powersOfFive[k]
	up, down := bits.LeadingZeros64(m), bits.LeadingZeros64(d)
	m <<= up
	q, rest := bits.Div64(m>>1, m<<63, d<<down)
	if q&1 != 0 || rest != 0 {
		q |= 2
	}
	return math.Ldexp(float64(int64(q>>1)), down-up-k-62)
}

var powersOfTen = [23]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// powersOfFive has those that fit a uint64.
var powersOfFive = func() (powers [28]uint64) {
	powers[0] = 1
	for i := range powers[1:] {
		powers[i+1] = 5 * powers[i]
	}
	return powers
}()

// digits appends the digits from text[i] on to mantissa, modulo 2^64, and returns the index after them.
func digits(mantissa uint64, text []byte, i int) (uint64, int) {
	for i+8 <= len(text) {
		eight, ok := eightDigits(binary.LittleEndian.Uint64(text[i:]) ^ '0'*each)
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

// eightDigits returns the number whose digits are the eight bytes of x, if all are from 0 to 9. Neighbours
// are joined three times: to pairs, to fours, to eight.
func eightDigits(x uint64) (uint64, bool) {
	if (x|(x+6*each))&(0xf0*each) != 0 {
		return 0, false
	}
	x = (x*10 + x>>8) & 0x00ff00ff00ff00ff
	x = (x*100 + x>>16) & 0x0000ffff0000ffff
	return (x*10000 + x>>32) & 0xffffffff, true
}

// exponentOf reads an exponent, which begins with e or E, if it is short.
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
// do not. The bytes are those of strconv's formats 'f' with precision 6 and 'g' with precision -1.
//
// Six decimals are an integer m of millionths, and read back as the rounded quotient m/10^6. If that is v
// and m < 2^50, then v*10^6 differs from m by two roundings, each by at most 2^-53 of m, so that m is the
// nearest integer; and v differs from m/10^6 by less than half a millionth, so that strconv writes m too.
// Hence, if the nearest integer does not read back as v, no six decimals do.
func AppendNumber(dst []byte, v float64) []byte {
	const most = 1 << 50 / 1e6
	size := math.Abs(v)
	if !(size < most) {
		return appendLarge(dst, v)
	}
	millionths := int64(float64(size*1e6) + 0.5) // whose conversions are quicker than those of uint64
	if float64(millionths)/1e6 != size {
		return strconv.AppendFloat(dst, v, 'g', -1, 64)
	}
	if math.Float64bits(v)>>63 != 0 {
		dst = append(dst, '-')
	}
	if millionths >= 1e7 {
		dst = strconv.AppendInt(dst, millionths/1e7, 10)
		millionths %= 1e7
	}
	x := spread(uint64(millionths))
	x = x&^0xffff | x>>8&0xff // the first digit takes the place of the one before it, which is 0
	const zeros = '0'*each - ('0'-'.')<<8
	return binary.LittleEndian.AppendUint64(dst, x|zeros)
}

// spread is the inverse of eightDigits: it returns the eight digits of n < 10^8 as bytes. Each of the three
// steps halves all numbers at once, with a multiplication and a shift as the division.
func spread(n uint64) uint64 {
	x := n/10000 | n%10000<<32
	high := x * 10486 >> 20 & 0x0000007f0000007f // x/100
	x = high | (x-100*high)<<16
	high = x * 103 >> 10 & 0x000f000f000f000f // x/10
	return high | (x-10*high)<<8
}

// appendLarge appends any v: integers up to 2^53 directly, others by trying both forms.
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
