package exact

// ExpTo sets dst[i] = Exp(src[i]). As in all functions of this form, dst may be src;
// it panics if their lengths differ.
func ExpTo(dst, src []float64) { apply(active.exp, Exp, dst, src) }

// LogTo sets dst[i] = Log(src[i]).
func LogTo(dst, src []float64) { apply(active.log, Log, dst, src) }

// TanhTo sets dst[i] = Tanh(src[i]).
func TanhTo(dst, src []float64) { apply(active.tanh, Tanh, dst, src) }

// ErfTo sets dst[i] = Erf(src[i]).
func ErfTo(dst, src []float64) { apply(active.erf, Erf, dst, src) }

// LogisticTo sets dst[i] = Logistic(src[i]).
func LogisticTo(dst, src []float64) { apply(active.logistic, Logistic, dst, src) }

// apply uses the kernel, on a copy for the last, partial vector, or f if there is no kernel.
func apply(kernel func(dst, src []float64), f func(float64) float64, dst, src []float64) {
	checkLengths(len(dst), len(src))
	if kernel == nil {
		for i, x := range src {
			dst[i] = f(x)
		}
		return
	}
	n := active.vectors(len(src))
	kernel(dst[:n], src[:n])
	if n < len(src) {
		rest := borrow(active.lanes)
		defer rest.release()
		copy(rest.data, src[n:])
		kernel(rest.data, rest.data)
		copy(dst[n:], rest.data)
	}
}

func checkLengths(a, b int) {
	if a != b {
		panic("exact: slices of different lengths")
	}
}
