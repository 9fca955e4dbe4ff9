package exact

import (
	"math"
	"math/bits"
)

// Cos returns the cosine of the angle x in radians; NaN for an infinite x.
func Cos(x float64) float64 {
	x = math.Abs(x)
	if !(x <= math.MaxFloat64) {
		return math.NaN()
	}
	quadrant, r, low := 0, x, 0.0
	if x > math.Pi/4 {
		quadrant, r, low = modHalfPi(x)
	}
	switch quadrant {
	case 0:
		return cosSeries(r, low)
	case 1:
		return -sinSeries(r, low)
	case 2:
		return -cosSeries(r, low)
	}
	return sinSeries(r, low)
}

// modHalfPi returns the quadrant and r, low with x = (4*i + quadrant)*pi/2 + r + low
// for some integer i and |r| <= pi/4. x must be finite and at least 1/2.
//
// It works in integers (Payne and Hanek, 1983). With x = m*2**e, m an integer,
// the bits of 2/pi whose product with x is a multiple of 4 are left out, and so
// is everything beyond the 192 bits that follow, which would change x*2/pi by less
// than 2**-137.
func modHalfPi(x float64) (quadrant int, r, low float64) {
	m := math.Float64bits(x)&fracMask | 1<<52
	e := int(math.Float64bits(x)>>52) - 1023 - 52

	var w [3]uint64 // 2/pi times 2**e modulo 4, in units of 2**-190
	for i := range w {
		at := 64 + e - 2 + 64*i
		w[i] = joined(twoOverPi[at/64], twoOverPi[at/64+1], at%64)
	}
	p1High, p2 := bits.Mul64(m, w[2])
	p0High, p1 := bits.Mul64(m, w[1])
	p1, carry := bits.Add64(p1, p1High, 0)
	p0 := m*w[0] + p0High + carry

	quadrant = int(p0 >> 62)
	high, rest := joined(p0, p1, 2), joined(p1, p2, 2) // the fraction, in units of 2**-128
	sign := 1.0
	if high>>63 != 0 { // at least 1/2: closer to the next quadrant
		quadrant = (quadrant + 1) % 4
		sign = -1
		var borrow uint64
		rest, borrow = bits.Sub64(0, rest, 0)
		high, _ = bits.Sub64(0, high, borrow)
	}
	zeros := bits.LeadingZeros64(high) // below 64: no float64 is that close to a multiple of pi/2
	high, rest = joined(high, rest, zeros), rest<<zeros
	f := math.Ldexp(sign*float64(high>>11), -53-zeros)
	g := math.Ldexp(sign*float64(joined(high, rest, 53)>>11), -106-zeros)

	const piLow = math.Pi/2 - 0x1.921fb54442d18p0
	r = float64(f * (math.Pi / 2))
	low = math.FMA(f, math.Pi/2, -r) + math.FMA(f, piLow, float64(g*(math.Pi/2)))
	return quadrant, r, low
}

// joined returns the 64 bits that follow the first n, below 64, of a and then b.
func joined(a, b uint64, n int) uint64 {
	return a<<n | b>>1>>(63-n)
}

// cosSeries returns cos(r+low) for |r| <= pi/4: 1 - r*r/2 + r**4*p - r*low, with
// the Taylor series as p.
func cosSeries(r, low float64) float64 {
	z := float64(r * r)
	p := -1.0 / 6402373705728000
	p = math.FMA(p, z, 1.0/20922789888000)
	p = math.FMA(p, z, -1.0/87178291200)
	p = math.FMA(p, z, 1.0/479001600)
	p = math.FMA(p, z, -1.0/3628800)
	p = math.FMA(p, z, 1.0/40320)
	p = math.FMA(p, z, -1.0/720)
	p = math.FMA(p, z, 1.0/24)
	h := float64(0.5 * z)
	s := 1 - h
	return s + (((1 - s) - h) + math.FMA(float64(z*z), p, float64(-r*low)))
}

// sinSeries returns sin(r+low) for |r| <= pi/4: r + low*(1 - r*r/2) + r**3*p, with
// the Taylor series as p.
func sinSeries(r, low float64) float64 {
	z := float64(r * r)
	p := 1.0 / 355687428096000
	p = math.FMA(p, z, -1.0/1307674368000)
	p = math.FMA(p, z, 1.0/6227020800)
	p = math.FMA(p, z, -1.0/39916800)
	p = math.FMA(p, z, 1.0/362880)
	p = math.FMA(p, z, -1.0/5040)
	p = math.FMA(p, z, 1.0/120)
	p = math.FMA(p, z, -1.0/6)
	return r + math.FMA(float64(z*r), p, float64(low*math.FMA(z, -0.5, 1)))
}

// twoOverPi holds 64 zeros and then the bits of 2/pi after the binary point.
var twoOverPi = [...]uint64{
	0x0000000000000000, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0,
	0xdb6295993c439041, 0xfe5163abdebbc561, 0xb7246e3a424dd2e0,
	0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484,
	0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b,
	0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7,
	0x4f463f669e5fea2d, 0x7527bac7ebe5f17b, 0x3d0739f78a5292ea,
	0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab, 0xf0cfbc209af4361d,
	0xa9e391615ee61b08,
}
