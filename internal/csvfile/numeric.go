package csvfile

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
)

// NextNumbers is Next for a file with columns of numbers. Slots has for each column the index in numbers at which its
// values are put, or -1 if it is not one of numbers. Fields has only the fields of the latter and those that
// ParseNumber does not accept, for which numbers has NaN; Columns says in which columns they are, from 0.
//
// A line without quotes is read in one pass, and its short numbers eight bytes at a time.
func (p *Piece) NextNumbers(slots []int, numbers []float64) bool {
	if p.nextUnquoted(slots, numbers) {
		return true
	}
	if !p.Next() {
		return false
	}
	fields := p.Fields
	p.Fields, p.Columns = p.Fields[:0], p.Columns[:0]
	for i, field := range fields {
		p.take(i, field, slots[i], numbers)
	}
	return true
}

// nextUnquoted is NextNumbers for a record that is the next line and has no quotes. It reports whether it was one.
func (p *Piece) nextUnquoted(slots []int, numbers []float64) bool {
	_, line, end := p.nextLine()
	if p.err != nil || isBlank(line) || !p.isPlain(line, end) || p.quotes && bytes.IndexByte(line, '"') >= 0 {
		return false
	}
	ends := p.fieldEnds(line)
	if len(ends) != len(slots) {
		return false
	}
	p.Fields, p.Columns, p.quoted, p.Line = p.Fields[:0], p.Columns[:0], p.quoted[:0], p.line
	start := 0
	for i, end := range ends {
		slot := slots[i]
		v, ok := 0.0, false
		if slot >= 0 {
			v, ok = parseShort(p.data, p.at+start, p.at+end)
		}
		if ok {
			numbers[slot] = v
		} else {
			p.take(i, bytes.TrimSpace(line[start:end]), slot, numbers)
		}
		start = end + 1
	}
	p.advance(end+1, 1)
	p.records++
	return true
}

// take puts a field into numbers if it is one, or keeps it.
func (p *Piece) take(column int, field []byte, slot int, numbers []float64) {
	if slot >= 0 {
		v, ok := ParseNumber(field)
		if ok {
			numbers[slot] = v
			return
		}
		numbers[slot] = math.NaN()
	}
	p.Fields, p.Columns = append(p.Fields, field), append(p.Columns, column)
}

// parseShort reads text[start:end] if it is one to eight digits and a point, with or without a minus before them. Some
// such numbers at the beginning of text are left to ParseNumber, as are all others.
func parseShort(text []byte, start, end int) (v float64, ok bool) {
	if end < 8 || start == end {
		return 0, false
	}
	var minus uint64
	if text[start] == '-' {
		minus = 1
	}
	n := end - start - int(minus)
	if uint(n-1) >= 8 {
		return 0, false
	}
	front := (64 - 8*n) & 63
	x := (binary.LittleEndian.Uint64(text[end-8:end]) ^ '0'*each) >> front << front // zeros in front of the number
	y := x ^ ('.'^'0')*each
	decimals := 0
	if point := (y - each) &^ y & highBits; point != 0 {
		decimals = 7 - bits.TrailingZeros64(point)/8
		point &= -point // the first one; other bits may be wrong
		before, upto := point>>7-1, point<<1-1
		x = x&^upto | x&before<<8
		n--
	}
	mantissa, ok := eightDigits(x)
	if !ok || n == 0 {
		return 0, false
	}
	v = float64(int64(mantissa)) / powersOfTen[decimals&7]
	return math.Float64frombits(math.Float64bits(v) | minus<<63), true
}
