package main

import "math"

// The kernels that work element by element. Each repeats, operation by operation, a
// function of elementary.go or network.go, with which tests compare its bits.

const (
	signBit   = 1 << 63
	oneBits   = 0x3ff0000000000000
	halfBits  = 0x3fe6a09e667f3bcd // of sqrt(1/2)
	fracMask  = 1<<52 - 1
	shift     = 0x1.8p52
	minNormal = 0x1p-1022
	ln2High   = 0x1.62e42fefap-1
	ln2Low    = math.Ln2 - ln2High
)

var programs = []*program{
	elementary("exp", exp),
	elementary("log", log),
	elementary("tanh", tanh),
	elementary("logistic", logistic),
	elementary("erf", erf),
	logisticBackward(),
	maximum(),
	expSum(),
	divide(),
	adam(),
}

// elementary returns the program dst[i] = f(src[i]).
func elementary(name string, f func(p *program, x value) value) *program {
	p := &program{name: name, pointers: []string{"dst", "src"}}
	p.store("dst", f(p, p.load("src")))
	return p
}

func exp(p *program, x value) value {
	n, r, tail := expParts(p, p.atLeast(p.atMost(x, 710), -746))
	one := p.number(1)
	s := p.add(one, r)
	return scale(p, p.add(s, p.add(p.add(p.sub(one, s), r), tail)), n)
}

func expParts(p *program, x value) (n, r, tail value) {
	n = p.sub(p.fma(x, p.number(1/math.Ln2), p.number(shift)), p.number(shift))
	t := p.fnma(n, p.number(ln2High), x)
	r = p.fnma(n, p.number(ln2Low), t)
	low := p.fnma(n, p.number(ln2Low), p.sub(t, r))
	series := p.series(r, 1.0/87178291200, 1.0/6227020800, 1.0/479001600, 1.0/39916800, 1.0/3628800, 1.0/362880,
		1.0/40320, 1.0/5040, 1.0/720, 1.0/120, 1.0/24, 1.0/6, 1.0/2)
	return n, r, p.fma(p.mul(r, r), series, low)
}

func scale(p *program, y, n value) value {
	h := p.sub(p.fma(n, p.number(0.5), p.number(shift)), p.number(shift))
	return p.mul(p.mul(y, pow2(p, h)), pow2(p, p.sub(n, h)))
}

func pow2(p *program, n value) value {
	return p.intAdd(p.shl(p.add(n, p.number(shift)), 52), p.bits(oneBits))
}

func log(p *program, x value) value {
	tiny := p.less(x, p.number(minNormal))
	k, f := logParts(p, p.pick(tiny, p.mul(x, p.number(0x1p54)), x))
	k = p.sub(k, p.pick(p.less(x, p.number(minNormal)), p.number(1023+54), p.number(1023)))
	y := logSum(p, k, f)
	y = p.pick(p.lessEqual(x, p.number(math.MaxFloat64)), y, x)
	y = p.pick(p.equal(x, p.number(0)), p.number(math.Inf(-1)), y)
	return p.pick(p.less(x, p.number(0)), p.number(math.NaN()), y)
}

func logParts(p *program, x value) (k, f value) {
	u := p.intAdd(x, p.bits(oneBits-halfBits))
	// u>>52 as a number: the low bits of 2**52 + u>>52.
	k = p.sub(p.or(p.shr(u, 52), p.number(0x1p52)), p.number(0x1p52))
	f = p.sub(p.intAdd(p.and(u, p.bits(fracMask)), p.bits(halfBits)), p.number(1))
	return k, f
}

// logSum is that of elementary.go without its correction, which only Log1p has.
func logSum(p *program, k, f value) value {
	s := p.div(f, p.add(p.number(2), f))
	z := p.mul(s, s)
	series := p.series(z, 2.0/21, 2.0/19, 2.0/17, 2.0/15, 2.0/13, 2.0/11, 2.0/9, 2.0/7, 2.0/5, 2.0/3)
	h := p.mul(p.number(0.5), p.mul(f, f))
	t := p.fma(s, p.fma(series, z, h), p.mul(k, p.number(ln2Low)))
	return p.fma(k, p.number(ln2High), p.sub(f, p.sub(h, t)))
}

func tanh(p *program, x value) value {
	a := p.and(x, p.bits(signBit-1))
	n, r, tail := expParts(p, p.mul(p.number(-2), p.atMost(a, 32)))
	high := p.add(r, tail)
	low := p.add(p.sub(r, high), tail)
	power := pow2(p, n)
	less1 := p.sub(power, p.number(1))
	lost := p.sub(power, p.add(less1, p.number(1)))
	t := p.fma(power, high, less1)
	tLow := p.fma(power, low, p.add(p.fma(power, high, p.sub(less1, t)), lost))
	two := p.number(2)
	d := p.add(two, t)
	dLow := p.add(p.add(p.sub(two, d), t), tLow)
	q := p.div(t, d)
	rest := p.fnma(q, dLow, p.add(p.fnma(q, d, t), tLow))
	return copySign(p, p.add(q, p.div(rest, d)), x)
}

func copySign(p *program, y, x value) value {
	return p.or(p.and(y, p.bits(signBit-1)), p.and(x, p.bits(signBit)))
}

func logistic(p *program, x value) value {
	one := p.number(1)
	return p.div(one, p.add(one, exp(p, p.sub(p.number(0), x))))
}

func erf(p *program, x value) value {
	a := p.and(x, p.bits(signBit-1))
	one := p.number(1)
	t := p.sub(p.atMost(a, 6), one)
	q := p.series(t, -1.0390244464980463277e-12, 2.8813768526368788907e-11, -3.6822893186890067321e-10,
		2.863919374102588004e-9, -1.4910948099869083887e-8, 5.2036420050051284514e-8, -9.7544353041284631328e-8,
		-1.4287989897791470871e-7, 2.0597768455722531731e-6, -9.6089039079294401472e-6, 0.000027159114049924588284,
		-0.00002627787574187849793, -0.0002373224812915063732, 0.0019779025678814368905, -0.010033825374404729379,
		0.041561098041808128671, 0.84310725635867682536, 2.638967514234788253, 1.8496055099332482562)
	far := p.sub(one, exp(p, p.sub(p.number(0), q)))
	a = p.and(x, p.bits(signBit-1))
	z := p.mul(a, a)
	near := p.series(z, 5.9462536183592150118e-11, -1.1366296267209921665e-9, 1.4658056120126355997e-8,
		-1.6350053745997378073e-7, 1.6460975769637560055e-6, -0.000014925593711006097518, 0.00012055331046448606588,
		-0.00085483269790420362435, 0.0052239776247870028796, -0.026866170645073668303, 0.11283791670954862918,
		-0.37612638903183747779, 0.12837916709551257377)
	return copySign(p, p.pick(p.less(a, one), p.fma(a, near, a), far), x)
}

func logisticBackward() *program {
	p := &program{name: "logisticBackward", pointers: []string{"dz", "h"}}
	h := p.load("h")
	p.store("dz", p.mul(p.load("dz"), p.mul(h, p.sub(p.number(1), h))))
	return p
}

func maximum() *program {
	p := &program{name: "maximum", pointers: []string{"dst", "src"}}
	dst, src := p.load("dst"), p.load("src")
	p.store("dst", p.pick(p.less(dst, src), src, dst))
	return p
}

func expSum() *program {
	p := &program{name: "expSum", pointers: []string{"dst", "sum", "src", "top"}}
	e := exp(p, p.sub(p.load("src"), p.load("top")))
	p.store("dst", e)
	p.store("sum", p.add(p.load("sum"), e))
	return p
}

func divide() *program {
	p := &program{name: "divide", pointers: []string{"dst", "by"}}
	p.store("dst", p.div(p.load("dst"), p.load("by")))
	return p
}

func adam() *program {
	p := &program{
		name:     "adam",
		pointers: []string{"w", "m", "v", "g"},
		scalars:  []string{"rest1", "rest2", "beta2", "rate", "inverseRoot", "epsilon"},
	}
	g, m := p.load("g"), p.load("m")
	m = p.fma(p.sub(g, m), p.scalar("rest1"), m)
	p.store("m", m)
	v := p.fma(p.mul(p.scalar("rest2"), g), g, p.mul(p.scalar("beta2"), p.load("v")))
	p.store("v", v)
	d := p.fma(p.sqrt(v), p.scalar("inverseRoot"), p.scalar("epsilon"))
	p.store("w", p.fnma(p.scalar("rate"), p.quotient(m, d), p.load("w")))
	return p
}
