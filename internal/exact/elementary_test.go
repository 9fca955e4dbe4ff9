package exact

import (
	"math"
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
