package main

import (
	"fmt"
	"math"
)

// A program is what a kernel does to one vector of elements: a list of operations
// without branches, each on the results of earlier ones. It is written once, in
// functions.go, and printed for each instruction set.
type program struct {
	name     string   // of the Go function, without the instruction set
	pointers []string // parameters: slices that the kernel walks through
	scalars  []string // parameters: numbers that are the same for all elements
	steps    []step
}

// A value is identified by the number of the step that computes it.
type value int

// A step computes one vector, or a mask, from others; or it stores one.
type step struct {
	op   op
	args [3]value
	n    int    // shift: how far; load, store: which pointer; scalar: which one
	bits uint64 // constant: its bits
}

type op int

const (
	opLoad op = iota
	opStore
	opScalar
	opConstant
	opAdd
	opSub
	opMul
	opDiv
	opQuotient // opDiv by a positive number, for a program that keeps the unit for divisions busy otherwise
	opSqrt
	opFMA         // a*b + c
	opFNMA        // c - a*b
	opMin         // the constant a if it is less than b, else b, also if that is a NaN
	opMax         // the constant a if it is greater than b, else b, also if that is a NaN
	opAnd         // of bits
	opOr          // of bits
	opIntAdd      // of bits, as integers
	opShiftLeft   // of bits
	opShiftRight  // of bits, zeros moving in
	opLess        // mask: a < b
	opLessOrEqual // mask: a <= b
	opEqual       // mask: a == b
	opSelect      // b if the mask a is set, else c
)

// arity is how many of a step's args are values.
var arity = [...]int{
	opStore: 1, opSqrt: 1, opShiftLeft: 1, opShiftRight: 1,
	opAdd: 2, opSub: 2, opMul: 2, opDiv: 2, opQuotient: 2, opMin: 2, opMax: 2, opAnd: 2, opOr: 2, opIntAdd: 2,
	opLess: 2, opLessOrEqual: 2, opEqual: 2,
	opFMA: 3, opFNMA: 3, opSelect: 3,
}

func (p *program) emit(o op, args ...value) value {
	s := step{op: o}
	copy(s.args[:], args)
	p.steps = append(p.steps, s)
	return value(len(p.steps) - 1)
}

func (p *program) emitN(o op, n int, args ...value) value {
	v := p.emit(o, args...)
	p.steps[v].n = n
	return v
}

// load reads the vector at a pointer parameter; store writes one there.
func (p *program) load(pointer string) value { return p.emitN(opLoad, index(p.pointers, pointer)) }
func (p *program) store(pointer string, v value) {
	p.emitN(opStore, index(p.pointers, pointer), v)
}

// scalar is a parameter, the same in each lane.
func (p *program) scalar(name string) value { return p.emitN(opScalar, index(p.scalars, name)) }

// bits is a constant, the same in each lane, given by its bits; number by its value.
func (p *program) bits(b uint64) value {
	for i, s := range p.steps {
		if s.op == opConstant && s.bits == b {
			return value(i)
		}
	}
	v := p.emit(opConstant)
	p.steps[v].bits = b
	return v
}
func (p *program) number(x float64) value { return p.bits(math.Float64bits(x)) }

func (p *program) add(a, b value) value        { return p.emit(opAdd, a, b) }
func (p *program) sub(a, b value) value        { return p.emit(opSub, a, b) }
func (p *program) mul(a, b value) value        { return p.emit(opMul, a, b) }
func (p *program) div(a, b value) value        { return p.emit(opDiv, a, b) }
func (p *program) quotient(a, b value) value   { return p.emit(opQuotient, a, b) }
func (p *program) sqrt(a value) value          { return p.emit(opSqrt, a) }
func (p *program) fma(a, b, c value) value     { return p.emit(opFMA, a, b, c) }
func (p *program) fnma(a, b, c value) value    { return p.emit(opFNMA, a, b, c) }
func (p *program) and(a, b value) value        { return p.emit(opAnd, a, b) }
func (p *program) or(a, b value) value         { return p.emit(opOr, a, b) }
func (p *program) intAdd(a, b value) value     { return p.emit(opIntAdd, a, b) }
func (p *program) shl(a value, n int) value    { return p.emitN(opShiftLeft, n, a) }
func (p *program) shr(a value, n int) value    { return p.emitN(opShiftRight, n, a) }
func (p *program) less(a, b value) value       { return p.emit(opLess, a, b) }
func (p *program) lessEqual(a, b value) value  { return p.emit(opLessOrEqual, a, b) }
func (p *program) equal(a, b value) value      { return p.emit(opEqual, a, b) }
func (p *program) pick(mask, a, b value) value { return p.emit(opSelect, mask, a, b) }

// atMost and atLeast clamp x; a NaN stays.
func (p *program) atMost(x value, high float64) value { return p.emit(opMin, p.number(high), x) }
func (p *program) atLeast(x value, low float64) value { return p.emit(opMax, p.number(low), x) }

// series evaluates c[0]*x**(len(c)-1) + ... + c[len(c)-1], with Horner's scheme.
func (p *program) series(x value, c ...float64) value {
	v := p.number(c[0])
	for _, next := range c[1:] {
		v = p.fma(v, x, p.number(next))
	}
	return v
}

// sliceSize is that of a slice in a function's frame: base, length and capacity.
const sliceSize = 24

// frame returns the size of the program's parameters, scalarOffset the offset of a scalar.
func (p *program) frame() int             { return p.scalarOffset(len(p.scalars)) }
func (p *program) scalarOffset(n int) int { return sliceSize*len(p.pointers) + 8*n }

func index(names []string, name string) int {
	for i, n := range names {
		if n == name {
			return i
		}
	}
	panic(fmt.Sprintf("no parameter %s", name))
}

// lastUse returns, for each step, the number of the last step that reads it.
func (p *program) lastUse() []int {
	last := make([]int, len(p.steps))
	for i, s := range p.steps {
		for _, a := range s.args[:arity[s.op]] {
			last[a] = i
		}
	}
	return last
}
