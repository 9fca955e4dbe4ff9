package main

import "math"

// quotient prints a/b for AVX-512, bit by bit that of VDIVPD, with the units for FMA, which have nothing else to do while the one for
// division takes a square root.
//
// q is an approximation of a/b that the remainder has corrected. It is the number nearest to a/b if the remainder a - b*q is less
// than b times half the distance to the numbers next to q; the rounded remainder is then less too, since what it is compared with
// is exact. The distance is that to the next number below, which is never the greater one. All exponents are so far from the limits
// that nothing on the way overflows or loses bits, or a is 0, and so is the quotient, as b is positive. If any lane does not fulfil
// this, VDIVPD does them all.
func (k *amd64Kernel) quotient(v value, s step) {
	const (
		infinity = 0x7ff << 52
		least    = (1023 - 400) << 52 // the bits of 2**-400; those of 2**400 are numbers beyond
		numbers  = 800 << 52
	)
	a, b := k.register(s.args[0]), k.register(s.args[1])
	temporary := func(n int) value { return value(-1 - n) }
	y, e, q, r := k.result(temporary(0)), k.result(temporary(1)), k.result(v), k.result(temporary(2))
	good, zero := k.mask(temporary(3)), k.mask(temporary(4))

	k.p("\tVPANDQ.BCST %s, %s, %s", k.constantAddress(signBit-1), a, r)
	k.p("\tVPTESTNMQ %[1]s, %[1]s, %[2]s", r, zero)
	k.p("\tVPSUBQ.BCST %s, %s, %s", k.constantAddress(least), r, r)
	k.p("\tVPCMPUQ.BCST $1, %s, %s, %s", k.constantAddress(numbers), r, good)
	k.p("\tKORB %s, %s, %s", zero, good, good)
	k.p("\tVPSUBQ.BCST %s, %s, %s", k.constantAddress(least), b, r)
	k.p("\tVPCMPUQ.BCST $1, %s, %s, %s, %s", k.constantAddress(numbers), r, good, good)
	k.p("\tKORTESTB %s, %s", good, good)
	k.p("\tJCC  divide%d", v)

	k.p("\tVRCP14PD %s, %s", b, y)
	for range 2 {
		k.p("\tVBROADCASTSD %s, %s", k.constantAddress(oneBits), e)
		k.p("\tVFNMADD231PD %s, %s, %s", y, b, e)
		k.p("\tVFMADD231PD %[1]s, %[2]s, %[2]s", e, y)
	}
	k.p("\tVMULPD %s, %s, %s", y, a, q)
	k.p("\tVMOVAPD %s, %s", a, r)
	k.p("\tVFNMADD231PD %s, %s, %s", q, b, r)
	k.p("\tVFMADD231PD %s, %s, %s", r, y, q)
	k.p("\tVMOVAPD %s, %s", a, r)
	k.p("\tVFNMADD231PD %s, %s, %s", q, b, r)

	k.p("\tVPADDQ.BCST %s, %s, %s", k.constantAddress(math.MaxUint64), q, e)
	k.p("\tVPANDQ.BCST %s, %s, %s", k.constantAddress(infinity), e, e)
	k.p("\tVMULPD.BCST %s, %s, %s", k.constantAddress(math.Float64bits(0x1p-53)), e, e)
	k.p("\tVMULPD %s, %s, %s", b, e, e)
	k.p("\tVPANDQ.BCST %s, %s, %s", k.constantAddress(signBit-1), r, r)
	k.p("\tVCMPPD $0x11, %s, %s, %s", e, r, good) // a = 0 has the distance infinity
	k.p("\tVMOVAPD %s, %s, %s", a, zero, q)
	k.p("\tKORTESTB %s, %s", good, good)
	k.p("\tJCS  quotient%d", v)
	k.p("divide%d:", v)
	k.p("\tVDIVPD %s, %s, %s", b, a, q)
	k.p("quotient%d:", v)
	k.free(v)
	for n := range 5 {
		k.vectors.release(temporary(n))
		k.masks.release(temporary(n))
	}
}
