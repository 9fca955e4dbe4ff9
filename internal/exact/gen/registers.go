package main

import (
	"fmt"
	"slices"
)

// A printer collects the text of one assembly file.
type printer struct {
	text      []byte
	constants []uint64
}

// constant returns the index of the constant with these bits in the table, which it adds if it is new.
func (p *printer) constant(bits uint64) int {
	i := slices.Index(p.constants, bits)
	if i < 0 {
		i = len(p.constants)
		p.constants = append(p.constants, bits)
	}
	return i
}

// p prints a line.
func (p *printer) p(format string, args ...any) {
	p.text = fmt.Appendf(p.text, format+"\n", args...)
}

// table prints the constants, each repeated in all lanes of a vector.
func (p *printer) table(lanes int) {
	p.p("")
	for i, bits := range p.constants {
		for j := range lanes {
			p.p("DATA constants<>+%d(SB)/8, $%#016x", 8*(lanes*i+j), bits)
		}
	}
	p.p("GLOBL constants<>(SB), RODATA|NOPTR, $%d", 8*lanes*len(p.constants))
}

// registers allocates the registers of one kind, by their numbers.
type registers struct {
	free    []int
	holding map[value]int // the register that holds a value
}

func newRegisters(first, end int) *registers {
	r := &registers{holding: map[value]int{}}
	for i := end - 1; i >= first; i-- {
		r.free = append(r.free, i)
	}
	return r
}

// allocate returns a register for v.
func (r *registers) allocate(v value) int {
	if len(r.free) == 0 {
		panic("a program needs more registers than there are")
	}
	n := r.free[len(r.free)-1]
	r.free = r.free[:len(r.free)-1]
	r.holding[v] = n
	return n
}

// release frees the register of a value that nothing reads any more, if it has one.
func (r *registers) release(v value) {
	if n, ok := r.holding[v]; ok {
		delete(r.holding, v)
		r.free = append(r.free, n)
	}
}
