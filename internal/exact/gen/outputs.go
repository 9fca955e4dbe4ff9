package main

import "fmt"

// outputs prints the kernel
//
//	func(rows int, d0, d1, h []float64, hRow int, w0, w1, dw0, dw1, db, dz []float64, dzRow int)
//
// for two outputs above a layer of ReLU. For each row i and column j of the layer's values h, of which db has as many columns, a
// multiple of the lanes:
//
//	dz[i*dzRow+j] = d0[i]*w0[j] + d1[i]*w1[j], or 0 where h[i*hRow+j] is not positive
//	db[j] += dz[i*dzRow+j], dw0[j] += d0[i]*h[i*hRow+j], dw1[j] += d1[i]*h[i*hRow+j]
//
// A strip of columns, at most as wide as so many vectors, has its sums in registers while all rows pass by.
func (m amd64) outputs(vectors int) {
	m.p("\nTEXT ·outputs%s(SB), NOSPLIT, $0-240", m.set)
	m.p("\tMOVQ hRow+80(FP), R11")
	m.p("\tSHLQ $3, R11")
	m.p("\tMOVQ dzRow+232(FP), R12")
	m.p("\tSHLQ $3, R12")
	m.p("\tMOVQ d0_base+8(FP), R8")
	m.p("\tMOVQ d1_base+32(FP), R9")
	m.p("\tMOVQ rows+0(FP), R10")
	m.p("\tMOVQ db_len+192(FP), DX") // columns that are left
	m.p("\tXORQ BX, BX")             // the bytes before them
	m.p("\tVXORPD %[1]s, %[1]s, %[1]s", m.reg(m.count-1))
	for n := vectors; n >= 1; n-- {
		m.strip(n)
	}
	m.p("\tVZEROUPPER")
	m.p("\tRET")
}

// strip prints the loop over strips that are n vectors wide.
func (m amd64) strip(n int) {
	names := []string{"w0_base+88", "w1_base+112", "dw0_base+136", "dw1_base+160", "db_base+184"}
	of := func(name, j int) string { return m.reg(name*n + j) }
	const w, dw, db = 0, 2, 4
	d, h, dz, zero := 5*n, m.reg(5*n+2), m.reg(5*n+3), m.reg(m.count-1)
	each := func(first int, f func(register, address string)) {
		for i, name := range names[first:] {
			m.p("\tMOVQ %s(FP), AX", name)
			for j := range n {
				f(of(first+i, j), fmt.Sprintf("%d(AX)(BX*1)", 8*m.lanes*j))
			}
		}
	}

	m.p("strip%d:", n)
	m.p("\tCMPQ DX, $%d", n*m.lanes)
	m.p("\tJLT  less%d", n)
	each(w, func(register, address string) { m.p("\tVMOVUPD %s, %s", address, register) })
	m.p("\tMOVQ h_base+56(FP), SI")
	m.p("\tADDQ BX, SI")
	m.p("\tMOVQ dz_base+208(FP), DI")
	m.p("\tADDQ BX, DI")
	m.p("\tXORQ CX, CX")
	m.p("row%d:", n)
	m.p("\tVBROADCASTSD (R8)(CX*8), %s", m.reg(d))
	m.p("\tVBROADCASTSD (R9)(CX*8), %s", m.reg(d+1))
	for j := range n {
		m.p("\tVMOVUPD %d(SI), %s", 8*m.lanes*j, h)
		m.p("\tVXORPD %[1]s, %[1]s, %[1]s", dz)
		for output := range 2 {
			m.p("\tVFMADD231PD %s, %s, %s", m.reg(d+output), h, of(dw+output, j))
			m.p("\tVFMADD231PD %s, %s, %s", m.reg(d+output), of(w+output, j), dz)
		}
		m.zeroUnlessLess(zero, h, dz)
		m.p("\tVMOVUPD %s, %d(DI)", dz, 8*m.lanes*j)
		m.p("\tVADDPD %[1]s, %[2]s, %[2]s", dz, of(db, j))
	}
	m.p("\tADDQ R11, SI")
	m.p("\tADDQ R12, DI")
	m.p("\tINCQ CX")
	m.p("\tCMPQ CX, R10")
	m.p("\tJLT  row%d", n)
	each(dw, func(register, address string) { m.p("\tVMOVUPD %s, %s", register, address) })
	m.p("\tADDQ $%d, BX", 8*n*m.lanes)
	m.p("\tSUBQ $%d, DX", n*m.lanes)
	m.p("\tJMP  strip%d", n)
	m.p("less%d:", n)
}
