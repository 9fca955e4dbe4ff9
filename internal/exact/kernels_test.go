package exact

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
)

// boundaries are where a function, or the code of one, changes its course.
func boundaries() []float64 {
	at := append([]float64(nil), specials...)
	at = append(at, -746, -745.14, -708.4, 709.79, 710, 0.5, 0.75, 6, 5.93, 19.06, 22, 32, math.Sqrt2, math.Sqrt2/2,
		1e-8, 0x1p-27, 0x1p-53, 0x1p-54, math.Pi/4, math.Pi/2, math.Pi, 100*math.Pi, 1e22, 0x1p120)
	for n := range 12 {
		at = append(at, (float64(n)+0.5)*math.Ln2) // where Exp's reduction jumps
	}
	var near []float64
	for _, x := range at {
		for _, x := range []float64{x, -x, math.Log(math.Abs(x)), x - 1} {
			for range 3 {
				x = math.Nextafter(x, math.Inf(-1))
			}
			for range 7 {
				near = append(near, x)
				x = math.Nextafter(x, math.Inf(1))
			}
		}
	}
	return near
}

func TestSliceFormsAreTheScalarFunctions(t *testing.T) {
	forms := []struct {
		name   string
		to     func(dst, src []float64)
		scalar func(float64) float64
	}{
		{"Exp", ExpTo, Exp}, {"Log", LogTo, Log}, {"Tanh", TanhTo, Tanh}, {"Erf", ErfTo, Erf},
		{"Logistic", LogisticTo, Logistic},
	}
	s := newSource(1, 0.01)
	src := boundaries()
	for len(src) < 50_000 {
		src = append(src, s.NormFloat64(), 30*s.NormFloat64(), math.Exp(1500*s.Float64()-750),
			math.Float64frombits(s.Uint64()))
	}
	forEachKernel(t, func(t *testing.T) {
		for _, f := range forms {
			t.Run(f.name, func(t *testing.T) {
				dst := make([]float64, len(src))
				f.to(dst, src)
				for i, x := range src {
					if want := f.scalar(x); !sameBits(dst[i], want) {
						t.Fatalf("%sTo(%v) = %x, %s gives %x", f.name, x, dst[i], f.name, want)
					}
				}
			})
		}
	})
}

// TestSliceFormsOfAnyLength has every length and alignment, and what lies around.
func TestSliceFormsOfAnyLength(t *testing.T) {
	forEachKernel(t, func(t *testing.T) {
		for n := range 40 {
			s := newSource(uint64(n), 0)
			src, dst := s.numbers(n + 2)[1:], s.numbers(n+2)
			first, last := dst[0], dst[n+1]
			ExpTo(dst[1:n+1], src[:n])
			for i, x := range src[:n] {
				if !sameBits(dst[1+i], Exp(x)) {
					t.Fatalf("of %d numbers, ExpTo sets dst[%d] to %v, want %v", n, i, dst[1+i], Exp(x))
				}
			}
			if dst[0] != first || dst[n+1] != last {
				t.Fatalf("of %d numbers, ExpTo writes others", n)
			}
		}
	})
}

// relu is ReLU as the last pass of a product without terms.
func relu(dst, src []float64) {
	copy(dst, src)
	p := product{m: 1, n: len(dst), add: true, b: operand{colStep: 1}, c: dst, ldc: len(dst), relu: true}
	p.compute()
}

// gate puts 0 into dz where h is not positive, as the last pass of a product without terms.
func gate(dz, h []float64) {
	p := product{m: 1, n: len(dz), add: true, b: operand{colStep: 1}, c: dz, ldc: len(dz), gate: h, ldgate: len(h)}
	p.compute()
}

func TestReLUBackwardKeepsWhereHIsPositive(t *testing.T) {
	forEachKernel(t, func(t *testing.T) {
		s := newSource(2, 0.3)
		dz, h := s.numbers(1003), s.numbers(1003)
		before := append([]float64(nil), dz...)
		gate(dz, h)
		for i, x := range before {
			if !(h[i] > 0) {
				x = 0
			}
			if !sameBits(dz[i], x) {
				t.Fatalf("dz = %v, h = %v gives %v, want %v", before[i], h[i], dz[i], x)
			}
		}
	})
}

func TestAdamIsItsFormula(t *testing.T) {
	step := AdamStep{Beta1: 0.9, Beta2: 0.999, Rate: 0.03, Root: 0.4, Epsilon: 1e-8}
	forEachKernel(t, func(t *testing.T) {
		for n := range 71 {
			if n == 70 {
				n += 2 * interruptible
			}
			s := newSource(uint64(n), 0.05)
			w, m, v, g := s.numbers(n), s.numbers(n), s.numbers(n), s.numbers(n)
			for i := range v {
				v[i] = math.Abs(v[i])
			}
			type parameter struct{ w, m, v float64 }
			want := make([]parameter, n)
			for i := range n {
				p := &want[i]
				p.m = math.FMA(g[i]-m[i], 1-step.Beta1, m[i])
				p.v = math.FMA(float64((1-step.Beta2)*g[i]), g[i], float64(step.Beta2*v[i]))
				p.w = math.FMA(-step.Rate, p.m/math.FMA(math.Sqrt(p.v), 1/step.Root, step.Epsilon), w[i])
			}
			Adam(w, m, v, g, step)
			for i, p := range want {
				if !sameBits(w[i], p.w) || !sameBits(m[i], p.m) || !sameBits(v[i], p.v) {
					t.Fatalf("parameter %d of %d is %v, want %v", i, n, parameter{w[i], m[i], v[i]}, p)
				}
			}
		}
	})
}

// A program handles a signal when Go takes the thread from what computes.
func TestOthersRunWhileAdamIsAtWork(t *testing.T) {
	same := make([]float64, 1<<25) // for far longer than the 20 milliseconds after which Go asks for the thread
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	forEachKernel(t, func(t *testing.T) {
		var ran atomic.Bool
		go ran.Store(true)
		Adam(same, same, same, same, AdamStep{Root: 1})
		if !ran.Load() {
			t.Error("another goroutine had to wait until Adam was done")
		}
	})
}

func TestChooseTakesTheFirstOrTheOneNamed(t *testing.T) {
	from := []kernels{{name: "fast"}, {name: "slow"}}
	for _, c := range []struct{ name, want, err string }{
		{"", "fast", "<nil>"},
		{"slow", "slow", "<nil>"},
		{"quick", "fast", `SONAR_KERNEL must name a kernel of this CPU and build (fast, slow), got "quick"`},
	} {
		if got, err := choose(c.name, from); got.name != c.want || fmt.Sprint(err) != c.err {
			t.Errorf("%q chooses %q with the error %v, want %q with %s", c.name, got.name, err, c.want, c.err)
		}
	}
}

func TestOthersRunWhileNumbersAreCleared(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var ran atomic.Bool
	go ran.Store(true)
	Clear(make([]float64, 1<<26))
	if !ran.Load() {
		t.Error("another goroutine had to wait until all were 0")
	}
}

func TestClearLeavesNothing(t *testing.T) {
	for _, n := range []int{0, 1, interruptible, 2*interruptible + 3} {
		numbers := slices.Repeat([]float64{1}, n)
		Clear(numbers)
		if slices.ContainsFunc(numbers, func(v float64) bool { return v != 0 }) {
			t.Errorf("of %d numbers, some are not 0", n)
		}
	}
}

// TestKernelIsTheOneAskedFor fails if the tests run with SONAR_KERNEL set to what this machine lacks.
func TestKernelIsTheOneAskedFor(t *testing.T) {
	if err := CheckKernel(); err != nil {
		t.Error(err)
	}
}

// TestAdamDividesExactly has quotients of numbers from the whole range, and some that are near the middle between two numbers. With
// these constants Adam adds m/Epsilon to w. w is -0 and g negative, so that the sign of 0 is seen too.
func TestAdamDividesExactly(t *testing.T) {
	const n = 512
	w, m, v, g := make([]float64, n), make([]float64, n), make([]float64, n), slices.Repeat([]float64{-1}, n)
	forEachKernel(t, func(t *testing.T) {
		for seed := range uint64(2000) {
			s := newSource(seed, 0.02)
			divisor := []float64{
				math.Abs(s.number()), math.Float64frombits(s.Uint64() >> 1), // of any size
				1 + float64(seed)*0x1p-52, 2 - float64(seed+1)*0x1p-52,
			}[seed%4]
			ordinary := seed%3 > 0
			for i := range m {
				w[i] = math.Copysign(0, -1)
				q := 1 + s.Float64()
				m[i] = []float64{
					divisor * q, math.FMA(divisor, q, divisor*0x1p-53), // the latter between q and the next number
					math.Ldexp(s.NormFloat64(), s.IntN(2100)-1050), math.Ldexp(divisor, s.IntN(9)-4),
				}[i/8%4] // of one kind in a vector, as a single lane may keep all from the quick way
				if a := math.Abs(m[i]); ordinary && !(a > 0x1p-300 && a < 0x1p300) {
					m[i] = math.Copysign(0, m[i])
				}
			}
			Adam(w, m, v, g, AdamStep{Beta1: 1, Beta2: 1, Rate: -1, Root: 1, Epsilon: divisor})
			for i, got := range w {
				if want := m[i]/divisor + math.Copysign(0, -1); !sameBits(got, want) {
					t.Fatalf("%x / %x is %x, want %x", m[i], divisor, got, want)
				}
			}
		}
	})
}
