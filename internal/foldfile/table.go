package foldfile

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// The largest table that is read, and its longest line, in bytes.
const (
	MaxSize = 64 << 20
	maxLine = 1 << 20
)

// A table is CSV with a header that names its columns.
type table struct {
	name    string
	from    *bounded
	csv     *csv.Reader
	columns int
	column  map[string]int // the position of each column, from 0; of equal names the first
	again   map[string]int // the last position of each name that several columns have
}

func newTable(r io.Reader, name string) (*table, error) {
	from := &bounded{from: r, left: MaxSize, line: maxLine}
	t := &table{name: name, from: from, csv: csv.NewReader(from), column: map[string]int{}, again: map[string]int{}}
	t.csv.FieldsPerRecord = -1
	t.csv.ReuseRecord = true
	header, err := t.next()
	if err == io.EOF {
		return nil, fmt.Errorf("%s: must hold a table, is empty", name)
	} else if err != nil {
		return nil, err
	}
	t.columns = len(header)
	header[0] = strings.TrimPrefix(header[0], "\ufeff") // the byte order mark, as in the data
	for at, column := range header {
		if _, twice := t.column[column]; twice {
			t.again[column] = at
		} else {
			t.column[column] = at
		}
	}
	return t, nil
}

// find returns the position of a column, which must appear exactly once.
func (t *table) find(name string) (int, error) {
	at, found := t.column[name]
	if !found {
		return 0, fmt.Errorf("%s:1: must have a column %s, has none", t.name, name)
	}
	if again, twice := t.again[name]; twice {
		return 0, t.errorf(again, "must not be called %s as column %d is", name, at+1)
	}
	return at, nil
}

const noColumn = -1

// findOptional returns the position of a column, or noColumn. The column must not appear twice.
func (t *table) findOptional(name string) (int, error) {
	if _, found := t.column[name]; !found {
		return noColumn, nil
	}
	return t.find(name)
}

// next returns the fields of the next line, of which there are as many as the header has, or io.EOF.
func (t *table) next() ([]string, error) {
	record, err := t.csv.Read()
	var syntax *csv.ParseError
	switch {
	case err == io.EOF:
		return nil, err
	case errors.As(err, &syntax):
		return nil, fmt.Errorf("%s:%d: must be CSV, got %w at byte %d", t.name, syntax.Line, syntax.Err, syntax.Column)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", t.name, err)
	case t.columns > 0 && len(record) != t.columns:
		line, _ := t.csv.FieldPos(0)
		return nil, fmt.Errorf("%s:%d: must have %d columns as the first line has, got %d", t.name, line, t.columns, len(record))
	}
	t.from.line = maxLine
	return record, nil
}

// errorf returns an error about the field at a position of the line last read.
func (t *table) errorf(at int, format string, args ...any) error {
	line, _ := t.csv.FieldPos(0)
	return fmt.Errorf("%s:%d: column %d %s", t.name, line, at+1, fmt.Sprintf(format, args...))
}

// count reads a whole number.
func (t *table) count(record []string, at, low int) (int, error) {
	v, err := strconv.ParseUint(record[at], 10, 31)
	if err != nil || int(v) < low {
		return 0, t.errorf(at, "must be a whole number of %d or more, got %.40q", low, record[at])
	}
	return int(v), nil
}

// number reads a decimal number in [0, high]. Go would take 0x1p-2, Inf and NaN for numbers as well.
func (t *table) number(record []string, at int, high float64) (float64, error) {
	v, err := strconv.ParseFloat(record[at], 64)
	if strings.Trim(record[at], "0123456789.eE+-") != "" || err != nil || !(0 <= v && v <= high) {
		return 0, t.errorf(at, "must be a number in [0, %.0f], got %.40q", high, record[at])
	}
	return v, nil
}

// bounded reads until left or line is used up, so that neither an endless table nor an endless line
// fills up memory.
type bounded struct {
	from       io.Reader
	left, line int
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.from.Read(p[:min(len(p), b.left+1, b.line+1)])
	b.left -= n
	b.line -= n
	switch {
	case b.left < 0:
		return 0, fmt.Errorf("must be at most %d bytes long", MaxSize)
	case b.line < 0:
		return 0, fmt.Errorf("must have lines of at most %d bytes", maxLine)
	}
	return n, err
}

// writeNumber returns the shortest text that reads back as v; that of NaN is empty.
func writeNumber(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
