package dataset

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
)

// A File is what is read, with the name that errors give it: an *os.File, or a test's own.
type File interface {
	io.Reader
	Name() string
}

// Bounds of what is read.
const (
	maxRecord = 1 << 20       // bytes of a record, about
	maxRows   = math.MaxInt32 // what the random streams can shuffle
)

// records reads a CSV file record by record. All must have as many fields as the first.
type records struct {
	ctx     context.Context
	name    string
	csv     *csv.Reader
	limit   *limit
	line    int // on which the last record began
	columns int
	count   int
}

func newRecords(ctx context.Context, f File) *records {
	r := &records{ctx: ctx, name: f.Name(), limit: &limit{from: f, left: maxRecord}}
	text := bufio.NewReaderSize(r.limit, 1<<16)
	if mark, _ := text.Peek(3); string(mark) == "\uFEFF" {
		text.Discard(3)
	}
	r.csv = csv.NewReader(text)
	r.csv.ReuseRecord = true
	r.csv.TrimLeadingSpace = true
	r.csv.FieldsPerRecord = -1
	return r
}

// each calls do with the fields of every record; they are good during the call only.
func (r *records) each(do func(fields []string) error) error {
	for {
		fields, err := r.next()
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := do(fields); err != nil {
			return err
		}
	}
}

// next gives the fields of the next record, or io.EOF.
func (r *records) next() ([]string, error) {
	if r.ctx.Err() != nil {
		return nil, context.Cause(r.ctx)
	}
	fields, err := r.csv.Read()
	if err != nil {
		return nil, r.failure(err)
	}
	r.limit.left = maxRecord
	r.line, _ = r.csv.FieldPos(0)
	if r.count++; r.count > maxRows {
		return nil, r.errorf("must be one of at most %d rows, is another", maxRows)
	}
	if r.columns == 0 {
		r.columns = len(fields)
	}
	if len(fields) != r.columns {
		return nil, r.errorf("must have %d columns as the first line has, got %d", r.columns, len(fields))
	}
	return fields, nil
}

func (r *records) failure(err error) error {
	var syntax *csv.ParseError
	var path *fs.PathError
	switch {
	case err == io.EOF:
		return err
	case errors.As(err, &syntax):
		return fmt.Errorf("%s:%d: must be CSV, got %w at byte %d", r.name, syntax.Line, syntax.Err, syntax.Column)
	case errors.As(err, &path):
		err = path.Err
	}
	r.line++
	return r.errorf("%w", err)
}

func (r *records) errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", r.name, r.line, fmt.Errorf(format, args...))
}

// limit reads until left is used up. It keeps a file without line ends, or with a quote that nothing
// closes, from being taken into memory whole.
type limit struct {
	from io.Reader
	left int
}

func (l *limit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("must be a record of at most %d bytes, is longer", maxRecord)
	}
	n, err := l.from.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}
