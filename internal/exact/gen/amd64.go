package main

import "fmt"

// An amd64 prints kernels for AVX2 with FMA or for AVX-512.
type amd64 struct {
	*printer
	set    string // the instruction set, the suffix of the functions' names
	lanes  int
	letter string // of its vector registers
	count  int    // of its vector registers
}

var (
	avx2   = amd64{set: "AVX2", lanes: 4, letter: "Y", count: 16}
	avx512 = amd64{set: "AVX512", lanes: 8, letter: "Z", count: 32}
)

func (m amd64) reg(n int) string { return fmt.Sprintf("%s%d", m.letter, n) }

// pointerRegisters hold the pointers of a program. AX holds the index of the element, CX
// their number.
var pointerRegisters = []string{"DI", "SI", "DX", "BX"}

// program prints the kernel func(pointers ...[]float64, scalars ...float64), for slices
// of one length, which is a multiple of the lanes.
func (m amd64) program(p *program) {
	m.p("\nTEXT ·%s%s(SB), NOSPLIT, $0-%d", p.name, m.set, p.frame())
	m.p("\tMOVQ %s_len+8(FP), CX", p.pointers[0])
	for i, name := range p.pointers {
		m.p("\tMOVQ %s_base+%d(FP), %s", name, sliceSize*i, pointerRegisters[i])
	}
	k := &amd64Kernel{amd64: m, program: p, last: p.lastUse(),
		vectors: newRegisters(0, m.count), masks: newRegisters(1, 8)}
	for i, s := range p.steps {
		if s.op == opScalar {
			r := k.vectors.allocate(value(i))
			k.last[i] = len(p.steps) // for all elements
			m.p("\tVBROADCASTSD %s+%d(FP), %s%d", p.scalars[s.n], p.scalarOffset(s.n), m.letter, r)
		}
	}
	m.p("\tXORQ AX, AX")
	m.p("\tJMP  next")
	m.p("loop:")
	for i := range p.steps {
		k.step(value(i))
	}
	m.p("\tADDQ $%d, AX", m.lanes)
	m.p("next:")
	m.p("\tCMPQ AX, CX")
	m.p("\tJLT  loop")
	m.p("\tVZEROUPPER")
	m.p("\tRET")
}

// An amd64Kernel is the state of printing one program.
type amd64Kernel struct {
	amd64
	*program
	last           []int
	vectors, masks *registers
}

var amd64Names = map[op]string{
	opAdd: "VADDPD", opSub: "VSUBPD", opMul: "VMULPD", opDiv: "VDIVPD", opMin: "VMINPD", opMax: "VMAXPD",
	opAnd: "VANDPD", opOr: "VORPD", opIntAdd: "VPADDQ",
	opShiftLeft: "VPSLLQ", opShiftRight: "VPSRLQ", opSqrt: "VSQRTPD",
}

var amd64Predicates = map[op]int{opEqual: 0x00, opLess: 0x11, opLessOrEqual: 0x12}

func (k *amd64Kernel) step(v value) {
	s := k.steps[v]
	a, b, c := s.args[0], s.args[1], s.args[2]
	switch s.op {
	case opConstant, opScalar:
	case opLoad:
		k.p("\tVMOVUPD (%s)(AX*8), %s", pointerRegisters[s.n], k.result(v))
	case opStore:
		k.p("\tVMOVUPD %s, (%s)(AX*8)", k.register(a), pointerRegisters[s.n])
		k.free(v)
	case opShiftLeft, opShiftRight:
		src := k.register(a)
		k.free(v)
		k.p("\t%s $%d, %s, %s", amd64Names[s.op], s.n, src, k.result(v))
	case opSqrt:
		src := k.register(a)
		k.free(v)
		k.p("\tVSQRTPD %s, %s", src, k.result(v))
	case opFMA, opFNMA:
		k.fma(v, s)
	case opLess, opLessOrEqual, opEqual:
		first := k.register(a)
		second, suffix := k.operand(b)
		k.free(v)
		k.p("\tVCMPPD%s $%#02x, %s, %s, %s", suffix, amd64Predicates[s.op], second, first, k.mask(v))
	case opSelect:
		no := k.register(c)
		yes, suffix := k.operand(b)
		mask := k.maskRegister(a)
		k.free(v)
		if k.set == "AVX512" {
			k.p("\tVBLENDMPD%s %s, %s, %s, %s", suffix, yes, no, mask, k.result(v))
		} else {
			k.p("\tVBLENDVPD %s, %s, %s, %s", mask, yes, no, k.result(v))
		}
	case opMin, opMax: // a NaN in either yields the second operand
		first, second := k.register(a), k.register(b)
		k.free(v)
		k.p("\t%s %s, %s, %s", amd64Names[s.op], second, first, k.result(v))
	case opQuotient:
		if k.set == "AVX512" {
			k.quotient(v, s)
			return
		}
		first, second := k.register(a), k.register(b)
		k.free(v)
		k.p("\tVDIVPD %s, %s, %s", second, first, k.result(v))
	default:
		if k.isConstant(a) && s.op != opSub && s.op != opDiv {
			a, b = b, a
		}
		first := k.register(a)
		second, suffix := k.operand(b)
		k.free(v)
		k.p("\t%s%s %s, %s, %s", amd64Names[s.op], suffix, second, first, k.result(v))
	}
}

// fma prints c + a*b or c - a*b. The instruction overwrites one of its operands, which must
// be one that is not read again, or a copy.
func (k *amd64Kernel) fma(v value, s step) {
	name := "VFMADD"
	if s.op == opFNMA {
		name = "VFNMADD"
	}
	a, b, c := s.args[0], s.args[1], s.args[2]
	if k.isConstant(a) || !k.dies(a, v) && k.dies(b, v) {
		a, b = b, a
	}
	if k.dies(c, v) || k.isConstant(b) || !k.dies(a, v) {
		factor := k.register(a)
		other, suffix := k.operand(b)
		dst := k.overwritten(c, v)
		k.free(v)
		k.p("\t%s231PD%s %s, %s, %s", name, suffix, other, factor, dst)
		return
	}
	factor := k.register(b)
	term, suffix := k.operand(c)
	dst := k.overwritten(a, v)
	k.free(v)
	k.p("\t%s213PD%s %s, %s, %s", name, suffix, term, factor, dst)
}

func (k *amd64Kernel) isConstant(v value) bool { return k.steps[v].op == opConstant }

// dies reports whether v is in a register that is free after step at.
func (k *amd64Kernel) dies(v, at value) bool {
	return !k.isConstant(v) && k.last[v] == int(at)
}

// overwritten makes the register of old that of the result v, or a copy if old is read
// again.
func (k *amd64Kernel) overwritten(old, v value) string {
	if k.isConstant(old) {
		k.p("\tVBROADCASTSD %s, %s", k.address(old), k.result(v))
		return k.name(v)
	}
	if !k.dies(old, v) {
		src := k.register(old)
		k.p("\tVMOVAPD %s, %s", src, k.result(v))
		return k.name(v)
	}
	k.vectors.holding[v] = k.vectors.holding[old]
	delete(k.vectors.holding, old)
	return k.name(v)
}

// operand returns v as the one operand that may be in memory, with the suffix that
// the instruction then has.
func (k *amd64Kernel) operand(v value) (text, suffix string) {
	if !k.isConstant(v) {
		return k.name(v), ""
	}
	if k.set == "AVX512" {
		suffix = ".BCST"
	}
	return k.address(v), suffix
}

func (k *amd64Kernel) address(v value) string { return k.constantAddress(k.steps[v].bits) }

func (k *amd64Kernel) constantAddress(bits uint64) string {
	return fmt.Sprintf("constants<>+%d(SB)", 32*k.constant(bits))
}

// register returns the register of v, loading it if v is a constant.
func (k *amd64Kernel) register(v value) string {
	if _, ok := k.vectors.holding[v]; !ok && k.isConstant(v) {
		k.p("\tVBROADCASTSD %s, %s", k.address(v), k.result(v))
	}
	return k.name(v)
}

func (k *amd64Kernel) name(v value) string {
	r, ok := k.vectors.holding[v]
	if !ok {
		panic(fmt.Sprintf("%s: step %d has no register", k.program.name, v))
	}
	return fmt.Sprintf("%s%d", k.letter, r)
}

// result allocates a register for v.
func (k *amd64Kernel) result(v value) string {
	k.vectors.allocate(v)
	return k.name(v)
}

// mask allocates a register for the mask v; maskRegister returns it.
func (k *amd64Kernel) mask(v value) string {
	if k.set != "AVX512" {
		return k.result(v)
	}
	k.masks.allocate(v)
	return k.maskRegister(v)
}

func (k *amd64Kernel) maskRegister(v value) string {
	if k.set != "AVX512" {
		return k.name(v)
	}
	return fmt.Sprintf("K%d", k.masks.holding[v])
}

// free releases the registers of the values that step at is the last to read, and of the
// constants that it loaded.
func (k *amd64Kernel) free(at value) {
	for _, a := range k.steps[at].args[:arity[k.steps[at].op]] {
		if k.isConstant(a) || k.last[a] == int(at) {
			k.vectors.release(a)
			k.masks.release(a)
		}
	}
}
