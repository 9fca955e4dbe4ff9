package exact

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/big"
	"testing"
)

var functions = []struct {
	name string
	f    func(float64) float64
}{
	{"Exp", Exp}, {"Log", Log}, {"Log1p", Log1p}, {"Tanh", Tanh}, {"Erf", Erf}, {"Cos", Cos}, {"Logistic", Logistic},
}

func TestSpecialValues(t *testing.T) {
	inf, nan, tiny := math.Inf(1), math.NaN(), math.SmallestNonzeroFloat64
	negZero := math.Copysign(0, -1)
	want := map[string][][2]float64{
		"Exp":      {{0, 1}, {negZero, 1}, {inf, inf}, {-inf, 0}, {710, inf}, {-746, 0}, {1e300, inf}, {-1e300, 0}, {tiny, 1}},
		"Log":      {{0, -inf}, {negZero, -inf}, {1, 0}, {-1, nan}, {-tiny, nan}, {inf, inf}, {-inf, nan}},
		"Log1p":    {{0, 0}, {negZero, negZero}, {-1, -inf}, {-1.5, nan}, {inf, inf}, {-inf, nan}, {tiny, tiny}, {-tiny, -tiny}},
		"Tanh":     {{0, 0}, {negZero, negZero}, {inf, 1}, {-inf, -1}, {1e300, 1}, {tiny, tiny}, {-tiny, -tiny}},
		"Erf":      {{0, 0}, {negZero, negZero}, {inf, 1}, {-inf, -1}, {6, 1}, {-1e300, -1}, {tiny, tiny}},
		"Cos":      {{0, 1}, {negZero, 1}, {inf, nan}, {-inf, nan}, {tiny, 1}, {math.Pi, -1}},
		"Logistic": {{0, 0.5}, {negZero, 0.5}, {inf, 1}, {-inf, 0}, {1e300, 1}, {-1e300, 0}, {tiny, 0.5}, {-745, 0}},
	}
	for _, fn := range functions {
		for _, c := range append(want[fn.name], [2]float64{nan, nan}) {
			if got := fn.f(c[0]); !sameBits(got, c[1]) {
				t.Errorf("%s(%v) = %v, want %v", fn.name, c[0], got, c[1])
			}
		}
	}
}

// sameBits reports whether a and b have the same bits, any NaN equalling any other.
func sameBits(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b
}

// accuracy says how far the functions may be from the truth, in units of the last
// place, and where they are tried, besides every boundary. Logistic follows PyTorch
// rather than the truth, and its steps underflow early.
var accuracy = []struct {
	name      string
	f         func(float64) float64
	truth     func(*big.Float) *big.Float
	limit     float64
	low, high float64 // the domain
	draw      func(s source) float64
}{
	{"Exp", Exp, bigExp, 1, -750, 711, func(s source) float64 { return 1460*s.Float64() - 750 }},
	{"Exp, small", Exp, bigExp, 1, -1, 1, func(s source) float64 { return s.NormFloat64() }},
	{"Log", Log, bigLog, 1, math.SmallestNonzeroFloat64, math.MaxFloat64, source.anyPositive},
	{"Log, near 1", Log, bigLog, 1, 0.1, 10, func(s source) float64 { return 0.4 + 2*s.Float64() }},
	{"Log1p", Log1p, bigAnyLog1p, 1, math.Nextafter(-1, 0), math.MaxFloat64, source.anyPositive},
	{"Log1p, near 0", Log1p, bigAnyLog1p, 1, math.Nextafter(-1, 0), 10, func(s source) float64 { return 2*s.Float64() - 1 }},
	{"Log1p, tiny", Log1p, bigAnyLog1p, 1, -0.1, 0.1, source.tiny},
	{"Tanh", Tanh, bigTanh, 1, -700, 700, func(s source) float64 { return 4 * s.NormFloat64() }},
	{"Tanh, tiny", Tanh, bigTanh, 1, -0.1, 0.1, source.tiny},
	{"Erf", Erf, bigErf, 1, -8, 8, func(s source) float64 { return 2 * s.NormFloat64() }},
	{"Erf, at the change of polynomial", Erf, bigErf, 1, 0.9, 1.5, func(s source) float64 { return 0.9 + 0.6*s.Float64() }},
	{"Erf, tiny", Erf, bigErf, 1, -0.1, 0.1, source.tiny},
	{"Cos", Cos, bigCos, 1, -1e4, 1e4, func(s source) float64 { return 10 * s.NormFloat64() }},
	{"Cos, any", Cos, bigCos, 1, -math.MaxFloat64, math.MaxFloat64, source.anyPositive},
	{"Cos, near its zeros", Cos, bigCos, 1, 0, 1e300, func(s source) float64 {
		return (s.NormFloat64()*1e-8 + float64(s.IntN(1<<s.IntN(40))) + 0.5) * math.Pi
	}},
	{"Logistic", Logistic, bigLogistic, 2.5, -700, 800, func(s source) float64 { return 10 * s.NormFloat64() }},
}

// anyPositive draws from all finite positive numbers, tiny from those far below 1.
func (s source) anyPositive() float64 {
	return math.Float64frombits(s.Uint64N(math.Float64bits(math.Inf(1))))
}
func (s source) tiny() float64 {
	return math.Ldexp(s.NormFloat64(), -4-s.IntN(1072))
}

func bigAnyLog1p(x *big.Float) *big.Float {
	if x.Cmp(newBig(-0.5)) > 0 && x.Cmp(newBig(1)) < 0 {
		return bigLog1p(x)
	}
	return bigLog(add(newBig(1), x))
}

func TestElementaryFunctionsAreWithinOneUlp(t *testing.T) {
	points := 1000
	if testing.Short() {
		points = 200
	}
	for seed, a := range accuracy {
		t.Run(a.name, func(t *testing.T) {
			s := newSource(uint64(seed), 0)
			xs := boundaries()
			for range points {
				xs = append(xs, a.draw(s))
			}
			worst, at := 0.0, 0.0
			for _, x := range xs {
				if !(a.low <= x && x <= a.high) {
					continue
				}
				if u := ulps(a.f(x), a.truth(newBig(x))); u > worst {
					worst, at = u, x
				}
			}
			t.Logf("%.3f ulp, at %v", worst, at)
			if worst > a.limit {
				t.Errorf("%s(%v) = %v is %.3f ulp from the truth, more than %v", a.name, at, a.f(at), worst, a.limit)
			}
		})
	}
}

// TestElementaryFunctionsHaveTheSameBitsEverywhere compares with what one machine
// gave once.
func TestElementaryFunctionsHaveTheSameBitsEverywhere(t *testing.T) {
	s := newSource(1, 0.01)
	xs := append([]float64(nil), specials...)
	for range 20_000 {
		xs = append(xs, float64(40*s.Float64())-20, float64(1500*s.Float64())-750, math.Float64frombits(s.Uint64()))
	}
	for _, fn := range functions {
		hash := fnv.New64a()
		for _, x := range xs {
			y := fn.f(x)
			if y != y {
				y = math.NaN()
			}
			binary.Write(hash, binary.LittleEndian, y)
		}
		if got := hash.Sum64(); got != pinned[fn.name] {
			t.Errorf("the bits of %s have the hash %#x, want %#x", fn.name, got, pinned[fn.name])
		}
	}
}

var pinned = map[string]uint64{
	"Exp":      0x206ad8e1fad11d21,
	"Log":      0x5cfc210e681821ef,
	"Log1p":    0xa57fe6d8b1168608,
	"Tanh":     0xc62822f15d0555c9,
	"Erf":      0x140084a379fe03b6,
	"Cos":      0x0e7a3f1db557b7b0,
	"Logistic": 0xd015b0d2958cfd30,
}

// What others compute from the polynomials, in float64 and without fused multiply-adds, is near Erf: within 3e-16.
func TestErfPolynomialsSufficeWithoutFMA(t *testing.T) {
	near, far := ErfPolynomials()
	unfused := func(coefficients []float64, x float64) float64 {
		y := coefficients[0]
		for _, c := range coefficients[1:] {
			y = float64(y*x) + c
		}
		return y
	}
	worst, at := 0.0, 0.0
	check := func(x float64) {
		y := x + float64(x*unfused(near, float64(x*x)))
		if x >= 1 {
			y = 1 - math.Exp(-unfused(far, min(x, ErfBound)-1))
		}
		if d := math.Abs(y - Erf(x)); d > worst {
			worst, at = d, x
		}
	}
	for i := range 200_000 {
		check(float64(i) * (7.0 / 200_000))
	}
	for _, x := range []float64{5e-324, 1e-300, 1e-8, math.Nextafter(1, 0), 1, ErfBound, 1e300} {
		check(x)
	}
	if !(worst <= 3e-16) {
		t.Errorf("Erf(%v) differs by %v", at, worst)
	}
	near[0], far[0] = 0, 0
	if again, _ := ErfPolynomials(); again[0] == 0 {
		t.Error("the caller has the polynomials themselves")
	}
}

func TestHornerTakesTheHighestPowerFirst(t *testing.T) {
	for x, want := range map[float64]float64{0: 5, 1: 10, 2: 21, -1: 6} {
		if got := horner([]float64{3, 2, 5}, x); got != want {
			t.Errorf("3x² + 2x + 5 is %v at %v, want %v", got, x, want)
		}
	}
}
