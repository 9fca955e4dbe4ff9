package csvfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode"
	"unicode/utf8"
)

// A Piece is a run of whole records of a file, read one by one with Next.
type Piece struct {
	// Fields are those of the record that Next read, without the quotes and the spaces around them, and
	// with doubled quotes as one. They must not be written to, and are valid until Next is called again.
	Fields [][]byte

	// Columns are the columns of Fields after NextNumbers.
	Columns []int

	// Line is the line on which that record begins, from 1.
	Line int

	name    string
	limits  limits
	columns int // that every record must have, or 0 before the first record of the file
	data    []byte
	from    int // line on which data begins

	at, line  int  // index in data, and line, at which the next record begins
	records   int  // read by Next
	quotes    bool // data has quotes
	returns   bool // data has CR
	escapes   bool // splitPlain has failed on quotes
	invalid   int  // index in data of the first byte that is NUL or not UTF-8, or len(data)
	quoted    []bool
	ends      []int  // of the fields, in a line
	unescaped []byte // fields whose bytes are not in data as such
	err       error
}

// Next reads the next record. It returns false at the end of the piece, or at an error in the CSV, which
// Read will return.
func (p *Piece) Next() bool {
	for p.err == nil && p.at < len(p.data) {
		p.Fields, p.quoted, p.Line = p.Fields[:0], p.quoted[:0], p.line
		text, line, end := p.nextLine()
		switch {
		case end < p.limits.record && isBlank(line):
			p.advance(end+1, 1)
			continue
		case p.isPlain(line, end) && p.splitPlain(line):
			p.advance(end+1, 1)
		default:
			if end, p.err = p.split(text); p.err != nil {
				return false
			}
			p.advance(end+1, 1+bytes.Count(text[:end], []byte{'\n'}))
		}
		if p.columns != 0 && len(p.Fields) != p.columns {
			p.err = p.Errorf("must have %d columns as the first line has, got %d", p.columns, len(p.Fields))
			return false
		}
		p.records++
		return true
	}
	return false
}

// nextLine returns what a record may take up, the line that it begins with, and the index in text of the line's end.
func (p *Piece) nextLine() (text, line []byte, end int) {
	text = p.data[p.at:min(len(p.data), p.at+p.limits.record)]
	if end = bytes.IndexByte(text, '\n'); end < 0 {
		end = len(text)
	}
	return text, trimReturns(text[:end]), end
}

// advance moves to the next record, which begins the given numbers of bytes and lines further on.
func (p *Piece) advance(bytes, lines int) {
	p.at = min(p.at+bytes, len(p.data))
	p.line += lines
}

// Quoted reports whether field i of the record was in quotes, for callers who tell "" from an empty field.
func (p *Piece) Quoted(i int) bool { return i < len(p.quoted) && p.quoted[i] }

// Errorf returns an error about the record that Next read: file:line: message.
func (p *Piece) Errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", p.name, p.Line, fmt.Errorf(format, args...))
}

// LineOf returns the line on which record i of the piece begins, counting from 0 and without the header. It
// reads the piece again, and so is meant for errors. It does not affect Next.
func (p *Piece) LineOf(i int) int {
	again := Piece{name: p.name, limits: p.limits, columns: p.columns, data: p.data, from: p.from}
	again.rewind()
	for range i + 1 {
		again.Next()
	}
	return again.Line
}

// rewind makes Next start over.
func (p *Piece) rewind() {
	p.at, p.line, p.records, p.escapes, p.err = 0, p.from, 0, false, nil
	p.quotes = bytes.IndexByte(p.data, '"') >= 0
	p.returns = bytes.IndexByte(p.data, '\r') >= 0
	p.invalid = firstInvalid(p.data)
}

func firstInvalid(data []byte) int {
	if zero := bytes.IndexByte(data, 0); zero >= 0 {
		data = data[:zero]
	}
	if utf8.Valid(data) {
		return len(data)
	}
	for i := 0; ; {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
}

func trimReturns(line []byte) []byte {
	for len(line) > 0 && line[len(line)-1] == '\r' {
		line = line[:len(line)-1]
	}
	return line
}

func isBlank(line []byte) bool {
	return len(line) == 0 || !isGraphic(line[0]) && len(bytes.TrimSpace(line)) == 0
}

// isGraphic reports whether c is a visible ASCII character.
func isGraphic(c byte) bool { return c-'!' <= '~'-'!' }

// isPlain reports whether splitPlain is worth a try on line, which ends end bytes after p.at: it has nothing
// special, except perhaps quotes.
func (p *Piece) isPlain(line []byte, end int) bool {
	switch {
	case end == p.limits.record, p.at+end > p.invalid,
		p.escapes && bytes.IndexByte(line, '"') >= 0,
		p.returns && bytes.IndexByte(line, '\r') >= 0:
		return false
	}
	return len(line) < p.limits.columns || bytes.Count(line, []byte{','}) < p.limits.columns
}

// Words hold eight bytes, the first in the lowest bits. c*each has the byte c in each place.
const (
	each     = 0x0101010101010101
	lowBits  = 0x7f * each
	highBits = 0x80 * each
)

// splitPlain reads a record of one line, unless there is more to its quotes than one at the beginning and
// one at the end of some fields. It does what split does, faster.
func (p *Piece) splitPlain(line []byte) (ok bool) {
	start := 0
	for _, end := range p.fieldEnds(line) {
		field := line[start:end]
		if !isTrimmed(field) {
			field = bytes.TrimSpace(field)
		}
		p.Fields = append(p.Fields, field)
		start = end + 1
	}
	quotes := 0
	if p.quotes {
		quotes = bytes.Count(line, []byte{'"'})
	}
	if quotes == 0 {
		return true
	}
	for i, field := range p.Fields {
		quoted := len(field) >= 2 && field[0] == '"' && field[len(field)-1] == '"'
		if quoted {
			p.Fields[i] = field[1 : len(field)-1]
			quotes -= 2
		}
		p.quoted = append(p.quoted, quoted)
	}
	p.escapes = quotes != 0
	return !p.escapes
}

// isTrimmed reports whether a field is sure to have no spaces around it.
func isTrimmed(field []byte) bool {
	return len(field) == 0 || isGraphic(field[0]) && isGraphic(field[len(field)-1])
}

// fieldEnds returns the index after each field of a line, until it is called again. It finds the commas 64 bytes at a
// time, as bits of a number, and so looks at what is behind the line, if there is memory.
func (p *Piece) fieldEnds(line []byte) []int {
	ends, i := p.ends[:0], 0
	for ; i < len(line) && i+64 <= cap(line); i += 64 {
		b := (*[64]byte)(line[i : i+64])
		commas := commaBits(b[:8]) | commaBits(b[8:16])<<8 | commaBits(b[16:24])<<16 | commaBits(b[24:32])<<24 |
			commaBits(b[32:40])<<32 | commaBits(b[40:48])<<40 | commaBits(b[48:56])<<48 | commaBits(b[56:])<<56
		if left := len(line) - i; left < 64 {
			commas &= 1<<left - 1
		}
		for ; commas != 0; commas &= commas - 1 {
			ends = append(ends, i+bits.TrailingZeros64(commas))
		}
	}
	for ; i < len(line); i++ {
		if line[i] == ',' {
			ends = append(ends, i)
		}
	}
	p.ends = append(ends, len(line))
	return p.ends
}

// commaBits returns eight bits, the lowest for the first of eight bytes, which are set for commas.
func commaBits(eight []byte) uint64 {
	x := binary.LittleEndian.Uint64(eight) ^ ','*each
	return (^(x&lowBits + lowBits | x) & highBits) * 0x0002040810204081 >> 56
}

// split reads the record at the beginning of text, whatever is in it, and returns the index of its line
// end, or len(text).
func (p *Piece) split(text []byte) (end int, err error) {
	p.Fields, p.quoted, p.unescaped = p.Fields[:0], p.quoted[:0], p.unescaped[:0]
	for i := 0; ; i++ {
		var field []byte
		var quoted bool
		field, quoted, i, err = p.field(text, i)
		switch {
		case p.at+i > p.invalid:
			return 0, p.invalidError()
		case err != nil:
			return 0, err
		case len(p.Fields) == p.limits.columns:
			return 0, p.Errorf("must have at most %d columns, has more", p.limits.columns)
		}
		p.Fields = append(p.Fields, field)
		p.quoted = append(p.quoted, quoted)
		if i == len(text) || text[i] == '\n' {
			return i, nil
		}
	}
}

// field reads the field that begins at text[i]. It returns the index of the comma or LF after it, or
// len(text); or an error, and the index of what is wrong.
func (p *Piece) field(text []byte, i int) (field []byte, quoted bool, end int, err error) {
	open := skipSpaces(text, i)
	quoted = open < len(text) && text[open] == '"'
	if quoted {
		var doubled bool
		if end, doubled = closingQuote(text, open+1); end < 0 {
			return nil, true, len(text), p.unclosed(text, open)
		}
		if field = text[open+1 : end]; doubled || p.returns {
			field = p.unescape(field)
		}
		end = skipSpaces(text, end+1)
	} else {
		end = i
		for end < len(text) && text[end] != ',' && text[end] != '\n' && text[end] != '\r' && text[end] != '"' {
			end++
		}
		if field = text[i:end]; !isTrimmed(field) {
			field = bytes.TrimSpace(field)
		}
	}
	if end < len(text) && text[end] == '\r' {
		for end < len(text) && text[end] == '\r' {
			end++
		}
		if end < len(text) && text[end] != '\n' {
			return nil, quoted, end - 1, p.errorAt(end-1, "must have lines that end in LF or CRLF, got CR alone at byte %d: save the file with LF, or convert it with inspect -csv")
		}
	}
	switch {
	case end == p.limits.record:
		return nil, quoted, end, p.Errorf("must be a record of at most %d bytes, is longer", p.limits.record)
	case end == len(text), text[end] == ',', text[end] == '\n':
		return field, quoted, end, nil
	case quoted:
		return nil, true, end, p.misquoted(text, open, end)
	}
	return nil, false, end, p.bareQuote(text, end)
}

// skipSpaces returns the index of the first byte from i on that is a line end or not a space.
func skipSpaces(text []byte, i int) int {
	if i < len(text) && isGraphic(text[i]) {
		return i
	}
	line, _, _ := bytes.Cut(text[i:], []byte{'\n'})
	return i + len(line) - len(bytes.TrimLeftFunc(line, isSpaceInLine))
}

func isSpaceInLine(r rune) bool { return r != '\r' && unicode.IsSpace(r) }

// closingQuote returns the index of the first quote from i on that is not doubled, or -1, and whether there
// are doubled ones before it.
func closingQuote(text []byte, i int) (end int, doubled bool) {
	for ; i < len(text); i++ {
		if text[i] != '"' {
			continue
		}
		if i+1 == len(text) || text[i+1] != '"' {
			return i, doubled
		}
		i++
		doubled = true
	}
	return -1, doubled
}

// unescape returns the field that is written as text inside quotes.
func (p *Piece) unescape(text []byte) []byte {
	from := len(p.unescaped)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			i++
		case '\n':
			p.unescaped = p.unescaped[:from+len(trimReturns(p.unescaped[from:]))]
		}
		p.unescaped = append(p.unescaped, text[i])
	}
	return p.unescaped[from:]
}

// Below are the errors in the CSV. Indices count from the beginning of the record.

// position returns the line of index i, and the number of its byte in that line, from 1.
func (p *Piece) position(i int) (line, column int) {
	before := p.data[p.at : p.at+i]
	return p.Line + bytes.Count(before, []byte{'\n'}), i - bytes.LastIndexByte(before, '\n')
}

// errorAt returns an error at index i. The format takes the byte in the line, and then args.
func (p *Piece) errorAt(i int, format string, args ...any) error {
	line, column := p.position(i)
	return fmt.Errorf("%s:%d: "+format, append([]any{p.name, line, column}, args...)...)
}

// invalidError returns the error of a byte that is not text, in the field that follows p.Fields.
func (p *Piece) invalidError() error {
	i, column := p.invalid-p.at, len(p.Fields)+1
	if p.data[p.invalid] == 0 {
		return p.errorAt(i, "byte %d, in column %d, must be text, got NUL: this is a binary file, or damaged", column)
	}
	return p.errorAt(i, "byte %d, in column %d, must be UTF-8, got %q: save the file as UTF-8", column, p.data[p.invalid:p.invalid+1])
}

func (p *Piece) unclosed(text []byte, open int) error {
	if len(text) == p.limits.record {
		return p.errorAt(open, "the quote at byte %d must be closed within a record of at most %d bytes, is not", p.limits.record)
	}
	return p.errorAt(open, "the quote at byte %d must be closed, is not in the rest of the file")
}

// misquoted returns the error of a quoted field with something after it.
func (p *Piece) misquoted(text []byte, open, after int) error {
	last := bytes.LastIndexByte(text[:after], '"')
	if text[after] == ';' || bytes.IndexByte(text[last:after], '\t') >= 0 {
		return p.wrongSeparator(text[after])
	}
	if lines := bytes.Count(text[open:last], []byte{'\n'}); lines > 0 {
		return p.errorAt(open, "must be CSV, got extraneous or missing \" in the quoted-field from byte %d to line %d", p.Line+bytes.Count(text[:last], []byte{'\n'}))
	}
	return p.errorAt(last, "must be CSV, got extraneous or missing \" in quoted-field at byte %d")
}

// bareQuote returns the error of a quote inside an unquoted field.
func (p *Piece) bareQuote(text []byte, quote int) error {
	before := bytes.TrimRight(text[:quote], " ")
	if len(before) > 0 && (before[len(before)-1] == ';' || before[len(before)-1] == '\t') {
		return p.wrongSeparator(before[len(before)-1])
	}
	return p.errorAt(quote, "must be CSV, got bare \" in non-quoted-field at byte %d")
}

// wrongSeparator returns the error of a file that has semicolons, or else tabs, for commas.
func (p *Piece) wrongSeparator(separator byte) error {
	if separator == ';' {
		return p.Errorf("must have commas between its fields, has semicolons: save the file with commas and decimal points, or convert it with inspect -csv")
	}
	return p.Errorf("must have commas between its fields, has tabs: save the file with commas, or convert it with inspect -csv")
}

// checkSeparator refuses a first record, unless it has quotes, that is one field containing semicolons or
// tabs, or that has semicolons between numbers with decimal commas.
func (p *Piece) checkSeparator() error {
	if len(p.quoted) > 0 {
		return nil
	}
	line := bytes.Join(p.Fields, []byte{','})
	if i := bytes.IndexAny(line, ";\t"); i >= 0 && (len(p.Fields) == 1 || hasDecimalCommas(line)) {
		return p.wrongSeparator(line[i])
	}
	return nil
}

// hasDecimalCommas reports whether two or more of the texts between semicolons are numbers with a comma, and
// the others have no comma.
func hasDecimalCommas(line []byte) bool {
	numbers := 0
	for text := range bytes.SplitSeq(line, []byte{';'}) {
		if bytes.IndexByte(text, ',') < 0 {
			continue
		}
		if _, ok := ParseNumber(bytes.ReplaceAll(text, []byte{','}, []byte{'.'})); !ok {
			return false
		}
		numbers++
	}
	return numbers >= 2
}
