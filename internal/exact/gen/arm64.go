package main

import (
	"fmt"
	"strings"
)

// An arm64 prints kernels for NEON, whose vectors have two lanes. Go's assembler lacks most of
// NEON's arithmetic: those instructions are printed as words.
type arm64 struct{ *printer }

// word prints a three-operand instruction, dst = first OP second, given its bits.
func (m arm64) word(name string, bits uint32, dst, first, second int) {
	m.p("\tWORD $%#08x // %s V%d.2D, V%d.2D, V%d.2D", bits|uint32(second)<<16|uint32(first)<<5|uint32(dst),
		name, dst, first, second)
}

// word1 prints one with a single source.
func (m arm64) word1(name string, bits uint32, dst, src int) {
	m.p("\tWORD $%#08x // %s V%d.2D, V%d.2D", bits|uint32(src)<<5|uint32(dst), name, dst, src)
}

// program prints the kernel func(pointers ...[]float64, scalars ...float64), for slices
// of one length, which is even. R0 and up hold the pointers.
func (m arm64) program(p *program) {
	m.p("\nTEXT ·%sNEON(SB), NOSPLIT, $0-%d", p.name, p.frame())
	m.p("\tMOVD $constants<>(SB), R11")
	m.p("\tMOVD %s_len+8(FP), R10", p.pointers[0])
	for i, name := range p.pointers {
		m.p("\tMOVD %s_base+%d(FP), R%d", name, sliceSize*i, i)
	}
	k := &arm64Kernel{arm64: m, program: p, last: p.lastUse(), vectors: newRegisters(0, 32)}
	for i, s := range p.steps {
		if s.op == opScalar {
			r := k.result(value(i))
			k.last[i] = len(p.steps) // for all elements
			m.p("\tFMOVD %s+%d(FP), F%d", p.scalars[s.n], p.scalarOffset(s.n), r)
			m.p("\tVDUP V%d.D[0], V%d.D2", r, r)
		}
	}
	m.p("\tJMP  next")
	m.p("loop:")
	for i := range p.steps {
		k.step(value(i))
	}
	for i := range p.pointers {
		m.p("\tADD  $16, R%d", i)
	}
	m.p("\tSUB  $2, R10")
	m.p("next:")
	m.p("\tCBNZ R10, loop")
	m.p("\tRET")
}

// An arm64Kernel is the state of printing one program.
type arm64Kernel struct {
	arm64
	*program
	last    []int
	vectors *registers
}

var arm64Words = map[op]struct {
	name string
	bits uint32
}{
	opAdd: {"FADD", 0x4e60d400}, opSub: {"FSUB", 0x4ee0d400}, opMul: {"FMUL", 0x6e60dc00}, opDiv: {"FDIV", 0x6e60fc00}, opQuotient: {"FDIV", 0x6e60fc00},
	opMin: {"FMIN", 0x4ee0f400}, opMax: {"FMAX", 0x4e60f400},
	opLess: {"FCMGT", 0x6ee0e400}, opLessOrEqual: {"FCMGE", 0x6e60e400}, opEqual: {"FCMEQ", 0x4e60e400},
	opAnd: {"AND", 0x4e201c00}, opOr: {"ORR", 0x4ea01c00}, opIntAdd: {"ADD", 0x4ee08400},
}

func (k *arm64Kernel) step(v value) {
	s := k.steps[v]
	a, b, c := s.args[0], s.args[1], s.args[2]
	switch s.op {
	case opConstant, opScalar:
	case opLoad:
		k.p("\tFMOVQ (R%d), F%d", s.n, k.result(v))
	case opStore:
		k.p("\tFMOVQ F%d, (R%d)", k.register(a), s.n)
		k.free(v)
	case opShiftLeft, opShiftRight:
		name := map[op]string{opShiftLeft: "VSHL", opShiftRight: "VUSHR"}[s.op]
		src := k.register(a)
		k.free(v)
		k.p("\t%s $%d, V%d.D2, V%d.D2", name, s.n, src, k.result(v))
	case opSqrt:
		src := k.register(a)
		k.free(v)
		k.word1("FSQRT", 0x6ee1f800, k.result(v), src)
	case opFMA, opFNMA:
		name := map[op]string{opFMA: "VFMLA", opFNMA: "VFMLS"}[s.op]
		first, second := k.register(a), k.register(b)
		dst := k.overwritten(c, v)
		k.free(v)
		k.p("\t%s V%d.D2, V%d.D2, V%d.D2", name, second, first, dst)
	case opSelect:
		yes, no := k.register(b), k.register(c)
		dst := k.overwritten(a, v)
		k.free(v)
		k.p("\tVBSL V%d.B16, V%d.B16, V%d.B16", no, yes, dst)
	default:
		if s.op == opLess || s.op == opLessOrEqual { // there is only greater
			a, b = b, a
		}
		first, second := k.register(a), k.register(b)
		k.free(v)
		k.word(arm64Words[s.op].name, arm64Words[s.op].bits, k.result(v), first, second)
	}
}

// register returns the register of v, loading it if v is a constant.
func (k *arm64Kernel) register(v value) int {
	if _, ok := k.vectors.holding[v]; !ok && k.steps[v].op == opConstant {
		k.p("\tFMOVQ %d(R11), F%d", 16*k.constant(k.steps[v].bits), k.result(v))
	}
	r, ok := k.vectors.holding[v]
	if !ok {
		panic(fmt.Sprintf("%s: step %d has no register", k.program.name, v))
	}
	return r
}

// result allocates a register for v.
func (k *arm64Kernel) result(v value) int { return k.vectors.allocate(v) }

// overwritten makes the register of old that of the result v, or a copy if old is read
// again.
func (k *arm64Kernel) overwritten(old, v value) int {
	src := k.register(old)
	if k.steps[old].op != opConstant && k.last[old] > int(v) {
		dst := k.result(v)
		k.p("\tVMOV V%d.B16, V%d.B16", src, dst)
		return dst
	}
	delete(k.vectors.holding, old)
	k.vectors.holding[v] = src
	return src
}

// free releases the registers of the values that step at is the last to read, and of the
// constants that it loaded.
func (k *arm64Kernel) free(at value) {
	for _, a := range k.steps[at].args[:arity[k.steps[at].op]] {
		if k.steps[a].op == opConstant || k.last[a] == int(at) {
			k.vectors.release(a)
		}
	}
}

// The registers of a tile: its accumulators are V0 to V23, the rows of a at R2 to R7.
const (
	neonColumns = 4 // vectors in a row of the largest tile
	neonRow     = 24
	neonNumber  = 28
)

// panel prints a kernel of products for an even number of columns, as panel.print does for
// amd64.
func (m arm64) panel(name string, rows int) {
	m.p("\nTEXT ·%sEvenNEON(SB), NOSPLIT, $0-200", name)
	m.p("\tMOVD rows+0(FP), R1")
	m.p("\tMOVD a_base+24(FP), R12")
	m.p("\tMOVD aRow+48(FP), R19")
	m.p("\tMOVD aCol+56(FP), R9")
	m.p("\tMOVD bRow+88(FP), R10")
	m.p("\tMOVD c_base+104(FP), R13")
	m.p("\tMOVD cRow+128(FP), R20")
	m.p("\tMOVD gate_base+168(FP), R15")
	m.p("\tMOVD gateRow+192(FP), R21")
	for _, r := range []int{19, 9, 10, 20, 21} {
		m.p("\tLSL  $3, R%d", r)
	}
	m.p("\tMOVD columns+8(FP), R0")
	for n := 1; n < neonColumns; n++ {
		m.p("\tCMP  $%d, R0", 2*n)
		m.p("\tBEQ  tile%d", n)
	}
	for n := neonColumns; n >= 1; n-- {
		m.tile(rows, n)
	}
}

// tile prints the loop over tiles that are n vectors wide.
func (m arm64) tile(rows, n int) {
	acc := func(i, j int) int { return i*n + j }

	m.p("\ntile%d:", n)
	m.p("\tMOVD R12, R2")
	for i := 1; i < rows; i++ {
		m.nextRow(i, 19, 1+i, 2+i)
	}
	m.p("\tMOVBU add+96(FP), R0")
	m.p("\tCBNZ R0, resume%d", n)
	for i := range rows * n {
		m.p("\tVEOR V%d.B16, V%d.B16, V%d.B16", i, i, i)
	}
	m.p("\tJMP  start%d", n)
	m.p("resume%d:", n)
	m.eachRow(rows, 13, 20, func(i int) {
		m.p("\tVLD1 (R14), %s", vectorList(acc(i, 0), n))
	})

	m.p("start%d:", n)
	m.p("\tMOVD b_base+64(FP), R8")
	m.p("\tMOVD k+16(FP), R11")
	m.p("\tCBZ  R11, finish%d", n)
	m.p("chain%d:", n)
	m.p("\tVLD1.P (R8)(R10), %s", vectorList(neonRow, n))
	for i := range rows {
		number := neonNumber + i%4
		m.p("\tVLD1R.P (R%d)(R9), [V%d.D2]", 2+i, number)
		for j := range n {
			m.p("\tVFMLA V%d.D2, V%d.D2, V%d.D2", neonRow+j, number, acc(i, j))
		}
	}
	m.p("\tSUB  $1, R11")
	m.p("\tCBNZ R11, chain%d", n)

	m.p("finish%d:", n)
	m.p("\tMOVD bias_base+136(FP), R0")
	m.p("\tCBZ  R0, activate%d", n)
	m.p("\tVLD1 (R0), %s", vectorList(neonRow, n))
	for i := range rows {
		for j := range n {
			m.word("FADD", arm64Words[opAdd].bits, acc(i, j), acc(i, j), neonRow+j)
		}
	}
	m.p("activate%d:", n)
	m.p("\tMOVBU relu+160(FP), R0")
	m.p("\tCBZ  R0, gate%d", n)
	for i := range rows * n {
		m.word1("FCMLT zero", 0x4ee0e800, neonNumber, i)
		m.word("BIC", 0x4e601c00, i, i, neonNumber)
	}
	m.p("gate%d:", n)
	m.p("\tCBZ  R15, store%d", n)
	m.eachRow(rows, 15, 21, func(i int) {
		m.p("\tVLD1 (R14), %s", vectorList(neonRow, n))
		for j := range n {
			m.word1("FCMGT zero", 0x4ee0c800, neonRow+j, neonRow+j)
			m.word("AND", arm64Words[opAnd].bits, acc(i, j), acc(i, j), neonRow+j)
		}
	})
	m.advance(rows, 21, 15)
	m.p("store%d:", n)
	m.eachRow(rows, 13, 20, func(i int) {
		m.p("\tVST1 %s, (R14)", vectorList(acc(i, 0), n))
	})
	m.advance(rows, 19, 12)
	m.advance(rows, 20, 13)
	m.p("\tSUBS $%d, R1", rows)
	m.p("\tBGT  tile%d", n)
	m.p("\tRET")
}

// eachRow prints f for each row of a tile, at R14.
func (m arm64) eachRow(rows, tile, stride int, f func(i int)) {
	m.p("\tMOVD R%d, R14", tile)
	for i := range rows {
		f(i)
		if i < rows-1 {
			m.nextRow(i+1, stride, 14, 14)
		}
	}
}

// nextRow sets register next to row i of a tile, given the one before it: the same one if
// there are no more than i.
func (m arm64) nextRow(i, stride, row, next int) {
	m.p("\tCMP  $%d, R1", i)
	m.p("\tCSEL GT, R%d, ZR, R0", stride)
	m.p("\tADD  R0, R%d, R%d", row, next)
}

// advance moves a pointer to the next tile.
func (m arm64) advance(rows, stride, pointer int) {
	m.p("\tMOVD $%d, R0", rows)
	m.p("\tMADD R0, R%d, R%d, R%d", pointer, stride, pointer)
}

// vectorList returns the assembler's name for n consecutive vectors.
func vectorList(first, n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("V%d.D2", first+i)
	}
	return "[" + strings.Join(names, ", ") + "]"
}
