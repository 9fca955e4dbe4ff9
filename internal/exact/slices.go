package exact

// ExpTo sets dst[i] = Exp(src[i]). As in all functions of this form dst is as
// long as src, and may be src.
func ExpTo(dst, src []float64) { apply(Exp, dst, src) }

// LogTo sets dst[i] = Log(src[i]).
func LogTo(dst, src []float64) { apply(Log, dst, src) }

// Log1pTo sets dst[i] = Log1p(src[i]).
func Log1pTo(dst, src []float64) { apply(Log1p, dst, src) }

// TanhTo sets dst[i] = Tanh(src[i]).
func TanhTo(dst, src []float64) { apply(Tanh, dst, src) }

// ErfTo sets dst[i] = Erf(src[i]).
func ErfTo(dst, src []float64) { apply(Erf, dst, src) }

// CosTo sets dst[i] = Cos(src[i]).
func CosTo(dst, src []float64) { apply(Cos, dst, src) }

// LogisticTo sets dst[i] = Logistic(src[i]).
func LogisticTo(dst, src []float64) { apply(Logistic, dst, src) }

func apply(f func(float64) float64, dst, src []float64) {
	checkLengths(len(dst), len(src))
	for i, x := range src {
		dst[i] = f(x)
	}
}

func checkLengths(a, b int) {
	if a != b {
		panic("exact: slices of different lengths")
	}
}
