package main

import "fmt"

// transpose prints the kernel
//
//	func(blocks int, dst []float64, dstRow int, src []float64, srcRow int)
//
// which transposes as many rows of src as a vector has lanes, and blocks times as many columns. Row i
// of src starts at src[i*srcRow], and row i of dst at dst[i*dstRow].
func (m amd64) transpose() {
	m.p("\nTEXT ·transpose%s(SB), NOSPLIT, $0-72", m.set)
	m.p("\tMOVQ blocks+0(FP), CX")
	m.p("\tMOVQ dst_base+8(FP), DI")
	m.p("\tMOVQ dstRow+32(FP), DX")
	m.p("\tSHLQ $3, DX")
	m.p("\tMOVQ src_base+40(FP), SI")
	m.p("\tMOVQ srcRow+64(FP), BX")
	m.p("\tSHLQ $3, BX")
	m.p("\tLEAQ (BX)(BX*2), R8") // three rows
	m.p("\tLEAQ (SI)(BX*4), R9") // the fifth row
	m.p("block:")
	reg := 0
	next := func() int { reg++; return reg - 1 }
	columns := append(m.columns(0, m.rowBases("SI", "R9"), next), m.columns(1, m.rowBases("SI", "R9"), next)...)
	for _, r := range columns {
		m.p("\tVMOVUPD %s, (DI)", m.reg(r))
		m.p("\tADDQ DX, DI")
	}
	m.p("\tADDQ $%d, SI", 8*m.lanes)
	m.p("\tADDQ $%d, R9", 8*m.lanes)
	m.p("\tDECQ CX")
	m.p("\tJNZ  block")
	m.p("\tVZEROUPPER")
	m.p("\tRET")
}

// rowBases returns the registers with the addresses of a block's first and, if it has eight rows, fifth row.
func (m amd64) rowBases(first, fifth string) []string { return []string{first, fifth}[:m.lanes/4] }

// columns prints the loads and transposition of one half of a block's columns, and returns their registers. The rows are BX bytes
// apart, and R8 is three times that.
func (m amd64) columns(half int, bases []string, next func() int) []int {
	// Pairs of them, for four rows: [columns of rows 0 and 1, of rows 2 and 3].
	var pairs [][2]int
	for _, base := range bases {
		low, high := next(), next()
		m.halves(low, 4*m.lanes*half, "("+base+")", "("+base+")(BX*2)")
		m.halves(high, 4*m.lanes*half, "("+base+")(BX*1)", "("+base+")(R8*1)")
		even, odd := next(), next()
		m.p("\tVUNPCKLPD %s, %s, %s", m.reg(high), m.reg(low), m.reg(even))
		m.p("\tVUNPCKHPD %s, %s, %s", m.reg(high), m.reg(low), m.reg(odd))
		pairs = append(pairs, [2]int{even, odd})
	}
	out := make([]int, m.lanes/2)
	for odd := range 2 {
		if m.lanes == 4 {
			out[odd] = pairs[0][odd]
			continue
		}
		for i, lanes := range []int{0x88, 0xdd} {
			out[odd+2*i] = next()
			m.p("\tVSHUFF64X2 $%#x, %s, %s, %s", lanes, m.reg(pairs[1][odd]), m.reg(pairs[0][odd]), m.reg(out[odd+2*i]))
		}
	}
	return out
}

// halves loads half a vector from the same offset in each of two rows.
func (m amd64) halves(reg, offset int, first, second string) {
	insert, half := "VINSERTF128", "X"
	if m.lanes == 8 {
		insert, half = "VINSERTF64X4", "Y"
	}
	m.p("\tVMOVUPD %d%s, %s%d", offset, first, half, reg)
	m.p("\t%s $1, %d%s, %s, %s", insert, offset, second, m.reg(reg), m.reg(reg))
}

// narrow prints the kernel
//
//	func(rows, k int, x []float64, xRow int, w0, w1 []float64, wRow int, c0, c1 []float64)
//
// which adds to c0[i] and c1[i] the products of row i of x with two columns w0 and w1, whose numbers are wRow apart. It
// transposes x in registers. rows is a multiple of two vectors and k of one.
func (m amd64) narrow() {
	const groups = 2 // of as many rows as a vector has lanes
	acc := func(group, output int) string { return m.reg(2*group + output) }
	bases := [groups][]string{m.rowBases("SI", "R9"), m.rowBases("R14", "R15")}

	m.p("\nTEXT ·narrow%s(SB), NOSPLIT, $16-152", m.set)
	m.p("\tMOVQ rows+0(FP), AX")
	m.p("\tMOVQ AX, left-8(SP)")
	m.p("\tMOVQ x_base+16(FP), AX")
	m.p("\tMOVQ AX, block-16(SP)")
	m.p("\tMOVQ xRow+40(FP), BX")
	m.p("\tSHLQ $3, BX")
	m.p("\tLEAQ (BX)(BX*2), R8")
	m.p("\tMOVQ wRow+96(FP), R10")
	m.p("\tSHLQ $3, R10")
	m.p("\tLEAQ (R10)(R10*2), R11")
	m.p("\tMOVQ c0_base+104(FP), DI")
	m.p("\tMOVQ c1_base+128(FP), R13")
	m.p("rows:")
	m.p("\tMOVQ block-16(SP), SI")
	m.p("\tLEAQ (SI)(BX*%d), R14", m.lanes)
	m.p("\tLEAQ (R14)(BX*%d), AX", m.lanes)
	m.p("\tMOVQ AX, block-16(SP)")
	if m.lanes == 8 {
		m.p("\tLEAQ (SI)(BX*4), R9")
		m.p("\tLEAQ (R14)(BX*4), R15")
	}
	m.p("\tMOVQ w0_base+48(FP), DX")
	m.p("\tMOVQ w1_base+72(FP), R12")
	m.p("\tMOVQ k+8(FP), CX")
	for group := range groups {
		m.p("\tVMOVUPD %d(DI), %s", 8*m.lanes*group, acc(group, 0))
		m.p("\tVMOVUPD %d(R13), %s", 8*m.lanes*group, acc(group, 1))
	}
	m.p("block:")
	for half := range 2 {
		for group := range groups {
			reg := 2 * groups
			next := func() int { reg++; return reg - 1 }
			for j, column := range m.columns(half, bases[group], next) {
				for output, w := range []string{"DX", "R12"} {
					address := []string{"(%s)", "(%s)(R10*1)", "(%s)(R10*2)", "(%s)(R11*1)"}[j]
					m.addProduct(fmt.Sprintf(address, w), m.reg(column), acc(group, output), m.reg(m.count-1))
				}
			}
		}
		m.p("\tLEAQ (DX)(R10*%d), DX", m.lanes/2)
		m.p("\tLEAQ (R12)(R10*%d), R12", m.lanes/2)
	}
	for _, base := range append(bases[0], bases[1]...) {
		m.p("\tADDQ $%d, %s", 8*m.lanes, base)
	}
	m.p("\tSUBQ $%d, CX", m.lanes)
	m.p("\tJNZ  block")
	for group := range groups {
		m.p("\tVMOVUPD %s, %d(DI)", acc(group, 0), 8*m.lanes*group)
		m.p("\tVMOVUPD %s, %d(R13)", acc(group, 1), 8*m.lanes*group)
	}
	m.p("\tADDQ $%d, DI", 8*m.lanes*groups)
	m.p("\tADDQ $%d, R13", 8*m.lanes*groups)
	m.p("\tSUBQ $%d, left-8(SP)", m.lanes*groups)
	m.p("\tJNZ  rows")
	m.p("\tVZEROUPPER")
	m.p("\tRET")
}

// addProduct adds to acc the product of a vector with the number at an address; AVX2 needs a register for it.
func (m amd64) addProduct(address, vector, acc, room string) {
	if m.set == "AVX512" {
		m.p("\tVFMADD231PD.BCST %s, %s, %s", address, vector, acc)
		return
	}
	m.p("\tVBROADCASTSD %s, %s", address, room)
	m.p("\tVFMADD231PD %s, %s, %s", vector, room, acc)
}

// transpose prints the same in NEON.
func (m arm64) transpose() {
	m.p("\nTEXT ·transposeNEON(SB), NOSPLIT, $0-72")
	m.p("\tMOVD blocks+0(FP), R0")
	m.p("\tMOVD dst_base+8(FP), R1")
	m.p("\tMOVD dstRow+32(FP), R2")
	m.p("\tMOVD src_base+40(FP), R3")
	m.p("\tMOVD srcRow+64(FP), R4")
	m.p("\tLSL  $3, R2")
	m.p("\tADD  R4<<3, R3, R4")
	m.p("block:")
	m.p("\tVLD1.P 16(R3), [V0.D2]")
	m.p("\tVLD1.P 16(R4), [V1.D2]")
	m.p("\tVZIP1 V1.D2, V0.D2, V2.D2")
	m.p("\tVZIP2 V1.D2, V0.D2, V3.D2")
	m.p("\tVST1.P [V2.D2], (R1)(R2)")
	m.p("\tVST1.P [V3.D2], (R1)(R2)")
	m.p("\tSUB  $1, R0")
	m.p("\tCBNZ R0, block")
	m.p("\tRET")
}
