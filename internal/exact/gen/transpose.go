package main

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
	out := make([]int, m.lanes)
	reg := 0
	next := func() int { reg++; return reg - 1 }
	for half := range 2 { // of the columns
		// Pairs of them, for four rows: [columns of rows 0 and 1, of rows 2 and 3].
		var pairs [][2]int
		for _, base := range []string{"SI", "R9"}[:m.lanes/4] {
			low, high := next(), next()
			m.halves(low, 4*m.lanes*half, "("+base+")", "("+base+")(BX*2)")
			m.halves(high, 4*m.lanes*half, "("+base+")(BX*1)", "("+base+")(R8*1)")
			even, odd := next(), next()
			m.p("\tVUNPCKLPD %s, %s, %s", m.reg(high), m.reg(low), m.reg(even))
			m.p("\tVUNPCKHPD %s, %s, %s", m.reg(high), m.reg(low), m.reg(odd))
			pairs = append(pairs, [2]int{even, odd})
		}
		for odd := range 2 {
			if m.lanes == 4 {
				out[2*half+odd] = pairs[0][odd]
				continue
			}
			for i, lanes := range []int{0x88, 0xdd} {
				out[4*half+odd+2*i] = next()
				m.p("\tVSHUFF64X2 $%#x, %s, %s, %s", lanes, m.reg(pairs[1][odd]), m.reg(pairs[0][odd]), m.reg(reg-1))
			}
		}
	}
	for _, r := range out {
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

// halves loads half a vector from the same offset in each of two rows.
func (m amd64) halves(reg, offset int, first, second string) {
	insert, half := "VINSERTF128", "X"
	if m.lanes == 8 {
		insert, half = "VINSERTF64X4", "Y"
	}
	m.p("\tVMOVUPD %d%s, %s%d", offset, first, half, reg)
	m.p("\t%s $1, %d%s, %s, %s", insert, offset, second, m.reg(reg), m.reg(reg))
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
