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

// constant returns where in the table of constants the one with these bits stands.
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

// table prints the constants, each of them as many times as a vector has lanes.
func (p *printer) table(lanes int) {
	p.p("")
	for i, bits := range p.constants {
		for j := range lanes {
			p.p("DATA constants<>+%d(SB)/8, $%#016x", 8*(lanes*i+j), bits)
		}
	}
	p.p("GLOBL constants<>(SB), RODATA|NOPTR, $%d", 8*lanes*len(p.constants))
}

// registers hands out the numbers of one kind of register.
type registers struct {
	free []int
	of   map[value]int // which register holds a value
}

func newRegisters(first, end int) *registers {
	r := &registers{of: map[value]int{}}
	for i := end - 1; i >= first; i-- {
		r.free = append(r.free, i)
	}
	return r
}

func (r *registers) take() int {
	if len(r.free) == 0 {
		panic("a program needs more registers than there are")
	}
	n := r.free[len(r.free)-1]
	r.free = r.free[:len(r.free)-1]
	return n
}

func (r *registers) give(n int) { r.free = append(r.free, n) }

// release gives back the register of a value that nobody reads any more.
func (r *registers) release(v value) {
	if n, ok := r.of[v]; ok {
		delete(r.of, v)
		r.give(n)
	}
}
