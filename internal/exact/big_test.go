package exact

import (
	"math"
	"math/big"
)

// The elementary functions in math/big, to far more digits than float64 has.

const bigPrec = 256

func newBig(x float64) *big.Float    { return new(big.Float).SetPrec(bigPrec).SetFloat64(x) }
func add(a, b *big.Float) *big.Float { return newBig(0).Add(a, b) }
func sub(a, b *big.Float) *big.Float { return newBig(0).Sub(a, b) }
func mul(a, b *big.Float) *big.Float { return newBig(0).Mul(a, b) }
func div(a, b *big.Float) *big.Float { return newBig(0).Quo(a, b) }

// bigSum adds terms, each made of the last one, until they no longer matter.
func bigSum(term *big.Float, next func(n int, term *big.Float) *big.Float) *big.Float {
	sum := add(term, newBig(0))
	for n := 1; term.Sign() != 0 && term.MantExp(nil) > sum.MantExp(nil)-bigPrec; n++ {
		term = next(n, term)
		sum = add(sum, term)
	}
	return sum
}

// bigExpm1 is e**x - 1: a Taylor series for small x, else by halving x.
func bigExpm1(x *big.Float) *big.Float {
	if x.Sign() != 0 && x.MantExp(nil) > -4 {
		half := bigExpm1(mul(x, newBig(0.5)))
		return mul(half, add(half, newBig(2)))
	}
	return bigSum(x, func(n int, term *big.Float) *big.Float {
		return div(mul(term, x), newBig(float64(n+1)))
	})
}

// bigExp squares, so that it keeps its digits near 0.
func bigExp(x *big.Float) *big.Float {
	if x.Sign() != 0 && x.MantExp(nil) > -4 {
		root := bigExp(mul(x, newBig(0.5)))
		return mul(root, root)
	}
	return add(bigExpm1(x), newBig(1))
}

// bigLog1p is 2 atanh(x/(2+x)), by its series: for x in [-1/2, 1].
func bigLog1p(x *big.Float) *big.Float {
	s := div(x, add(x, newBig(2)))
	z := mul(s, s)
	power := s
	sum := bigSum(s, func(n int, _ *big.Float) *big.Float {
		power = mul(power, z)
		return div(power, newBig(float64(2*n+1)))
	})
	return mul(newBig(2), sum)
}

func bigLog(x *big.Float) *big.Float {
	fraction := newBig(0)
	exponent := x.MantExp(fraction) // fraction in [1/2, 1)
	if fraction.Cmp(newBig(0.75)) < 0 {
		fraction, exponent = mul(fraction, newBig(2)), exponent-1
	}
	return add(mul(newBig(float64(exponent)), bigLog1p(newBig(1))), bigLog1p(sub(fraction, newBig(1))))
}

func bigTanh(x *big.Float) *big.Float {
	e := bigExpm1(mul(newBig(2), x))
	return div(e, add(e, newBig(2)))
}

func bigLogistic(x *big.Float) *big.Float {
	return div(newBig(1), add(newBig(1), bigExp(mul(newBig(-1), x))))
}

// bigErf is 2/sqrt(pi) * e**(-x*x) * sum of 2**n x**(2n+1) / (1*3*...*(2n+1)).
func bigErf(x *big.Float) *big.Float {
	z := mul(x, x)
	sum := bigSum(x, func(n int, term *big.Float) *big.Float {
		return div(mul(term, mul(newBig(2), z)), newBig(float64(2*n+1)))
	})
	return mul(sum, div(mul(newBig(2), bigExp(mul(newBig(-1), z))), newBig(0).Sqrt(bigPi(bigPrec))))
}

// bigPi is 16 atan(1/5) - 4 atan(1/239) (Machin).
func bigPi(prec uint) *big.Float {
	atanInverse := func(n int64) *big.Int {
		one := new(big.Int).Lsh(big.NewInt(1), prec+64)
		power := one.Div(one, big.NewInt(n))
		sum := new(big.Int)
		for k := int64(0); power.Sign() != 0; k++ {
			term := new(big.Int).Div(power, big.NewInt(2*k+1))
			if k%2 == 1 {
				term.Neg(term)
			}
			sum.Add(sum, term)
			power.Div(power, big.NewInt(n*n))
		}
		return sum
	}
	pi := new(big.Int).Mul(big.NewInt(16), atanInverse(5))
	pi.Sub(pi, new(big.Int).Mul(big.NewInt(4), atanInverse(239)))
	f := new(big.Float).SetPrec(prec).SetInt(pi)
	return f.SetMantExp(f, -int(prec+64))
}

var hugePi = bigPi(1400) // for the remainder of any float64

// bigCos takes x modulo 2 pi, exactly enough, and then the Taylor series.
func bigCos(x *big.Float) *big.Float {
	wide := func() *big.Float { return new(big.Float).SetPrec(1400) }
	turn := wide().Mul(hugePi, newBig(2))
	turns, _ := wide().Add(wide().Quo(x, turn), newBig(0.5)).Int(nil)
	r := newBig(0).Set(wide().Sub(x, wide().Mul(wide().SetInt(turns), turn)))
	z := mul(r, r)
	return bigSum(newBig(1), func(n int, term *big.Float) *big.Float {
		return div(mul(term, z), newBig(-float64((2*n-1)*(2*n))))
	})
}

// ulps returns how far got is from want, in units of the last place of want.
func ulps(got float64, want *big.Float) float64 {
	nearest, _ := want.Float64()
	if math.IsInf(nearest, 0) || math.IsInf(got, 0) {
		if got == nearest {
			return 0
		}
		return math.Inf(1)
	}
	unit := math.Ldexp(1, max(want.MantExp(nil)-53, -1074))
	distance := sub(newBig(got), want)
	u, _ := div(distance, newBig(unit)).Float64()
	return math.Abs(u)
}
