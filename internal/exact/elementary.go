package exact

// The elementary functions, written so that a SIMD lane can follow them operation
// by operation: ranges are clamped, not branched on, and special values are set
// at the end. Taylor coefficients are used wherever they are accurate enough, so
// that the constants explain themselves.

import (
	"math"
	"slices"
)

const (
	shift   = 0x1.8p52 // adding it leaves an integer in the low bits of the sum
	log2E   = 1 / math.Ln2
	ln2High = 0x1.62e42fefap-1 // log 2 to 37 bits: an exponent times it is exact
	ln2Low  = math.Ln2 - ln2High

	// Exp is certainly 0 below and infinite above these, so its argument may be clamped.
	expLow  = -746
	expHigh = 710

	minNormal = 0x1p-1022
	oneBits   = 0x3ff0000000000000 // of 1
	halfBits  = 0x3fe6a09e667f3bcd // of sqrt(1/2)
	fracMask  = 1<<52 - 1
)

// Exp returns e**x: 0 for -Inf, +Inf for +Inf.
func Exp(x float64) float64 {
	n, r, tail := expParts(clamp(x, expLow, expHigh))
	s := 1 + r
	return scale(s+(((1-s)+r)+tail), n)
}

// clamp returns x limited to [low, high]; a NaN stays.
func clamp(x, low, high float64) float64 {
	if x > high {
		x = high
	}
	if x < low {
		x = low
	}
	return x
}

// expParts reduces x, |x| < 2**20, so that e**x = 2**n * (1 + r + tail) with n an
// integer, |r| <= log(2)/2 and tail, at most r*r/2, the part that r lacks.
func expParts(x float64) (n, r, tail float64) {
	n = math.FMA(x, log2E, shift) - shift
	t := math.FMA(n, -ln2High, x) // exact
	r = math.FMA(n, -ln2Low, t)
	low := math.FMA(n, -ln2Low, t-r)
	return n, r, math.FMA(float64(r*r), expSeries(r), low)
}

// expSeries returns (e**r - 1 - r)/r**2, its Taylor series.
func expSeries(r float64) float64 {
	p := 1.0 / 87178291200
	p = math.FMA(p, r, 1.0/6227020800)
	p = math.FMA(p, r, 1.0/479001600)
	p = math.FMA(p, r, 1.0/39916800)
	p = math.FMA(p, r, 1.0/3628800)
	p = math.FMA(p, r, 1.0/362880)
	p = math.FMA(p, r, 1.0/40320)
	p = math.FMA(p, r, 1.0/5040)
	p = math.FMA(p, r, 1.0/720)
	p = math.FMA(p, r, 1.0/120)
	p = math.FMA(p, r, 1.0/24)
	p = math.FMA(p, r, 1.0/6)
	return math.FMA(p, r, 1.0/2)
}

// scale returns y * 2**n for an integer n in [-2044, 2046]. It multiplies by two
// normal powers, so that a result below the normal range is rounded once.
func scale(y, n float64) float64 {
	h := math.FMA(n, 0.5, shift) - shift
	return float64(float64(y*pow2(h)) * pow2(n-h))
}

// pow2 returns 2**n for an integer n in [-1022, 1023].
func pow2(n float64) float64 {
	return math.Float64frombits(math.Float64bits(n+shift)<<52 + oneBits)
}

// Log returns the natural logarithm of x: -Inf for 0, NaN for a negative x.
func Log(x float64) float64 {
	y := x
	bias := 1023.0
	if x < minNormal {
		y = float64(y * 0x1p54)
		bias = 1023 + 54
	}
	k, f := logParts(y)
	y = logSum(k-bias, f, 0)
	if !(x <= math.MaxFloat64) { // +Inf and NaN
		y = x
	}
	if x == 0 {
		y = math.Inf(-1)
	}
	if x < 0 {
		y = math.NaN()
	}
	return y
}

// logParts splits a positive, normal x into 2**(k-1023) * (1+f) with 1+f in
// [sqrt(1/2), sqrt(2)).
func logParts(x float64) (k, f float64) {
	u := math.Float64bits(x) + (oneBits - halfBits)
	return float64(u >> 52), math.Float64frombits(u&fracMask+halfBits) - 1
}

// logSum returns k*log(2) + log(1+f) + c for a small correction c. With
// s = f/(2+f), log(1+f) = 2 atanh(s) = f - s*(f-R) = f - (f*f/2 - s*(f*f/2+R)),
// where R = 2 atanh(s)/s - 2 by its Taylor series.
func logSum(k, f, c float64) float64 {
	s := f / (2 + f)
	z := float64(s * s)
	p := 2.0 / 21
	p = math.FMA(p, z, 2.0/19)
	p = math.FMA(p, z, 2.0/17)
	p = math.FMA(p, z, 2.0/15)
	p = math.FMA(p, z, 2.0/13)
	p = math.FMA(p, z, 2.0/11)
	p = math.FMA(p, z, 2.0/9)
	p = math.FMA(p, z, 2.0/7)
	p = math.FMA(p, z, 2.0/5)
	p = math.FMA(p, z, 2.0/3)
	h := float64(0.5 * float64(f*f))
	t := math.FMA(s, math.FMA(p, z, h), math.FMA(k, ln2Low, c))
	return math.FMA(k, ln2High, f-(h-t))
}

// Log1p returns log(1+x), accurate for tiny x too: -Inf for -1, NaN below it.
func Log1p(x float64) float64 {
	u := 1 + x
	d := u - 1
	c := (1 - (u - d)) + (x - d) // 1+x = u+c
	k, f := logParts(u)
	y := logSum(k-1023, f, c/u)
	if x == 0 || !(x <= math.MaxFloat64) { // -0, +Inf and NaN
		y = x
	}
	if x == -1 {
		y = math.Inf(-1)
	}
	if x < -1 {
		y = math.NaN()
	}
	return y
}

// Tanh returns the hyperbolic tangent of x, -t/(2+t) with t = e**(-2|x|) - 1 held in
// two numbers.
func Tanh(x float64) float64 {
	n, r, tail := expParts(float64(-2 * clamp(math.Abs(x), 0, 32)))
	high := r + tail
	low := (r - high) + tail
	p := pow2(n)
	less1 := p - 1
	lost := p - (less1 + 1)
	t := math.FMA(p, high, less1)
	tLow := math.FMA(p, low, math.FMA(p, high, less1-t)+lost)
	d := 2 + t
	dLow := ((2 - d) + t) + tLow
	q := t / d
	rest := math.FMA(-q, dLow, math.FMA(-q, d, t)+tLow)
	return math.Copysign(q+rest/d, x)
}

// Logistic returns 1/(1+e**-x), computed in exactly these steps, as PyTorch does:
// near 1 the loss takes the logarithm of 1 minus the result, so that a more accurate
// result would change the loss. It is within 2.5 units in the last place.
func Logistic(x float64) float64 { return 1 / (1 + Exp(-x)) }

// The polynomials of Erf, the coefficient of the highest power first; see there.
var (
	erfNear = []float64{
		5.9462536183592150118e-11,
		-1.1366296267209921665e-9,
		1.4658056120126355997e-8,
		-1.6350053745997378073e-7,
		1.6460975769637560055e-6,
		-0.000014925593711006097518,
		0.00012055331046448606588,
		-0.00085483269790420362435,
		0.0052239776247870028796,
		-0.026866170645073668303,
		0.11283791670954862918,
		-0.37612638903183747779,
		0.12837916709551257377,
	}
	erfFar = []float64{
		-1.0390244464980463277e-12,
		2.8813768526368788907e-11,
		-3.6822893186890067321e-10,
		2.863919374102588004e-9,
		-1.4910948099869083887e-8,
		5.2036420050051284514e-8,
		-9.7544353041284631328e-8,
		-1.4287989897791470871e-7,
		2.0597768455722531731e-6,
		-9.6089039079294401472e-6,
		0.000027159114049924588284,
		-0.00002627787574187849793,
		-0.0002373224812915063732,
		0.0019779025678814368905,
		-0.010033825374404729379,
		0.041561098041808128671,
		0.84310725635867682536,
		2.638967514234788253,
		1.8496055099332482562,
	}
)

// ErfBound is where Erf has reached 1.
const ErfBound = 6

// ErfPolynomials returns P and Q of Erf, the coefficient of the highest power first, for others who must compute it
// without this package.
func ErfPolynomials() (p, q []float64) { return slices.Clone(erfNear), slices.Clone(erfFar) }

// Erf returns the error function of x. Below 1 it is x + x*P(x*x), from there on
// 1 - e**-Q(x-1); both polynomials are minimax fits (Remez) with relative errors of
// 2**-62.7 and 2**-59.5 of the result. From 6 on it is 1.
func Erf(x float64) float64 {
	a := math.Abs(x)
	y := 1 - Exp(-horner(erfFar, clamp(a, 0, ErfBound)-1))
	if a < 1 {
		y = math.FMA(a, horner(erfNear, float64(a*a)), a)
	}
	return math.Copysign(y, x)
}

// horner evaluates a polynomial at x, the coefficient of the highest power first.
func horner(coefficients []float64, x float64) float64 {
	y := coefficients[0]
	for _, c := range coefficients[1:] {
		y = math.FMA(y, x, c)
	}
	return y
}
