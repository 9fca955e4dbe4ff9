package main

import "fmt"

// A panel is a kernel of products: a tile, held in registers, moves down a panel of c.
type panel struct {
	name string
	amd64
	rows []int // of a tile, for each width: one vector, two and so on
}

// print prints the kernel
//
//	func(rows, columns, k int, a []float64, aRow, aCol int, b []float64, bRow int,
//		add bool, c []float64, cRow int, bias []float64, relu bool, gate []float64, gateRow int)
//
// for a panel of c at most as wide as a tile. Element (i, j) of a is a[i*aRow+j*aCol], so
// that a transpose is a matter of strides.
//
// If fewer rows are left than a tile has, the last one stands in for those that are
// missing: it is computed more than once, and stored with the same bits.
func (m panel) print() {
	m.p("\nTEXT ·%s%s(SB), NOSPLIT, $32-200", m.name, m.set)
	m.p("\tMOVQ rows+0(FP), AX")
	m.p("\tMOVQ AX, left-8(SP)")
	m.p("\tMOVQ a_base+24(FP), AX")
	m.p("\tMOVQ AX, tileA-16(SP)")
	m.p("\tMOVQ c_base+104(FP), AX")
	m.p("\tMOVQ AX, tileC-24(SP)")
	m.p("\tMOVQ gate_base+168(FP), AX")
	m.p("\tMOVQ AX, tileGate-32(SP)")
	m.p("\tMOVQ bRow+88(FP), SI")
	m.p("\tSHLQ $3, SI")
	m.p("\tMOVQ aCol+56(FP), DX")
	m.p("\tSHLQ $3, DX")
	m.p("\tMOVQ columns+8(FP), CX")
	m.p("\tDECQ CX")
	m.p("\tMOVQ CX, BX")
	m.p("\tANDQ $%d, CX", m.lanes-1)
	if m.set == "AVX512" {
		m.p("\tMOVQ $2, AX")
		m.p("\tSHLQ CX, AX")
		m.p("\tDECQ AX")
		m.p("\tKMOVB AX, K1")
	} else {
		m.p("\tLEAQ tails<>(SB), AX")
		m.p("\tSHLQ $5, CX")
		m.p("\tVMOVUPD (AX)(CX*1), %s", m.tail())
	}
	for n := 1; n < len(m.rows); n++ {
		m.p("\tCMPQ BX, $%d", n*m.lanes)
		m.p("\tJLT  tile%d", n)
	}
	for n := len(m.rows); n >= 1; n-- {
		m.tile(m.rows[n-1], n)
	}
}

// tail returns the register in which AVX2 keeps the mask of the last vector of a row.
func (m panel) tail() string { return fmt.Sprintf("%s%d", m.letter, m.count-1) }

// tile prints the loop over tiles of so many rows that are n vectors wide. The accumulators come
// first in the register file, then a row of b, then a number of a.
func (m panel) tile(rows, n int) {
	acc := func(i, j int) string { return m.reg(i*n + j) }
	row := func(j int) string { return m.reg(rows*n + j) }
	number := m.reg(rows*n + n)

	m.p("\ntile%d:", n)
	m.p("\tMOVQ tileA-16(SP), R8")
	for i := 1; i < rows; i++ {
		m.nextRow(i, "aRow+48(FP)", fmt.Sprintf("R%d", 7+i), fmt.Sprintf("R%d", 8+i))
	}

	m.p("\tCMPB add+96(FP), $0")
	m.p("\tJNE  resume%d", n)
	for i := range rows {
		for j := range n {
			m.p("\tVXORPD %s, %s, %s", acc(i, j), acc(i, j), acc(i, j))
		}
	}
	m.p("\tJMP  start%d", n)
	m.p("resume%d:", n)
	m.p("\tMOVQ cRow+128(FP), AX")
	m.p("\tIMULQ $%d, AX", 8*rows)
	m.eachRow(rows, "tileC-24(SP)", "cRow+128(FP)", func(i int) {
		for j := range n {
			m.load(j, n, "DI", acc(i, j))
		}
		for line := 0; line < 8*m.lanes*n; line += 64 { // of the next tile
			m.p("\tPREFETCHT0 %d(DI)(AX*1)", line)
		}
	})

	m.p("start%d:", n)
	m.p("\tMOVQ b_base+64(FP), BX")
	m.p("\tXORQ AX, AX")
	m.p("\tMOVQ k+16(FP), CX")
	m.p("\tTESTQ CX, CX")
	m.p("\tJZ   finish%d", n)
	m.p("chain%d:", n)
	for j := range n {
		m.load(j, n, "BX", row(j))
	}
	for i := range rows {
		m.p("\tVBROADCASTSD (R%d)(AX*1), %s", 8+i, number)
		for j := range n {
			m.p("\tVFMADD231PD %s, %s, %s", row(j), number, acc(i, j))
		}
	}
	m.p("\tADDQ DX, AX")
	m.p("\tADDQ SI, BX")
	m.p("\tDECQ CX")
	m.p("\tJNZ  chain%d", n)

	m.p("finish%d:", n)
	m.p("\tMOVQ bias_base+136(FP), BX")
	m.p("\tTESTQ BX, BX")
	m.p("\tJZ   activate%d", n)
	for j := range n {
		m.load(j, n, "BX", row(j))
		for i := range rows {
			m.p("\tVADDPD %s, %s, %s", row(j), acc(i, j), acc(i, j))
		}
	}
	m.p("activate%d:", n)
	m.p("\tCMPB relu+160(FP), $0")
	m.p("\tJEQ  gate%d", n)
	m.p("\tVXORPD %s, %s, %s", number, number, number)
	for i := range rows {
		for j := range n {
			m.p("\tVMAXPD %s, %s, %s", acc(i, j), number, acc(i, j))
		}
	}
	m.p("gate%d:", n)
	m.p("\tCMPQ tileGate-32(SP), $0")
	m.p("\tJEQ  store%d", n)
	m.p("\tVXORPD %s, %s, %s", number, number, number)
	m.eachRow(rows, "tileGate-32(SP)", "gateRow+192(FP)", func(i int) {
		for j := range n {
			m.load(j, n, "DI", row(j))
			m.zeroUnlessLess(number, row(j), acc(i, j))
		}
	})
	m.advance(rows, "gateRow+192(FP)", "tileGate-32(SP)")
	m.p("store%d:", n)
	m.eachRow(rows, "tileC-24(SP)", "cRow+128(FP)", func(i int) {
		for j := range n {
			m.save(j, n, acc(i, j))
		}
	})

	m.advance(rows, "aRow+48(FP)", "tileA-16(SP)")
	m.advance(rows, "cRow+128(FP)", "tileC-24(SP)")
	m.p("\tSUBQ $%d, left-8(SP)", rows)
	m.p("\tJGT  tile%d", n)
	m.p("\tVZEROUPPER")
	m.p("\tRET")
}

// eachRow prints f for each row of a tile, at DI.
func (m panel) eachRow(rows int, tile, stride string, f func(i int)) {
	m.p("\tMOVQ %s, DI", tile)
	for i := range rows {
		f(i)
		if i < rows-1 {
			m.nextRow(i+1, stride, "DI", "DI")
		}
	}
}

// zeroUnlessLess sets the lanes of acc to 0 in which low < high does not hold; with AVX2 it overwrites high.
func (m amd64) zeroUnlessLess(low, high, acc string) {
	if m.set == "AVX512" {
		m.p("\tVCMPPD $0x11, %s, %s, K2", high, low)
		m.p("\tVMOVAPD.Z %s, K2, %s", acc, acc)
		return
	}
	m.p("\tVCMPPD $0x11, %s, %s, %s", high, low, high)
	m.p("\tVANDPD %s, %s, %s", high, acc, acc)
}

// nextRow sets next to row i of a tile, given the one before it: the same one if there
// are no more than i.
func (m panel) nextRow(i int, stride, row, next string) {
	m.p("\tXORL CX, CX")
	m.p("\tCMPQ left-8(SP), $%d", i)
	m.p("\tCMOVQGT %s, CX", stride)
	m.p("\tLEAQ (%s)(CX*8), %s", row, next)
}

// advance moves a pointer to the next tile.
func (m panel) advance(rows int, stride, pointer string) {
	m.p("\tMOVQ %s, CX", stride)
	m.p("\tIMULQ $%d, CX", 8*rows)
	m.p("\tADDQ CX, %s", pointer)
}

// load reads vector j of n, the last one only as far as the columns go; save writes it.
func (m panel) load(j, n int, base, dst string) {
	address := fmt.Sprintf("%d(%s)", 8*m.lanes*j, base)
	switch {
	case j < n-1:
		m.p("\tVMOVUPD %s, %s", address, dst)
	case m.set == "AVX512":
		m.p("\tVMOVUPD.Z %s, K1, %s", address, dst)
	default:
		m.p("\tVMASKMOVPD %s, %s, %s", address, m.tail(), dst)
	}
}

func (m panel) save(j, n int, src string) {
	address := fmt.Sprintf("%d(DI)", 8*m.lanes*j)
	switch {
	case j < n-1:
		m.p("\tVMOVUPD %s, %s", src, address)
	case m.set == "AVX512":
		m.p("\tVMOVUPD %s, K1, %s", src, address)
	default:
		m.p("\tVMASKMOVPD %s, %s, %s", src, m.tail(), address)
	}
}
