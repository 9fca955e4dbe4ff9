// Package csvfile is the lexical layer of CSV: bytes to records of fields, and back, on all cores. What
// the fields mean (columns, labels, missing values) is its caller's.
//
// A file is read in pieces. A piece is some whole records, as many as one read of the file brought. A
// record is one row: the fields of one line, or of several if a quoted field contains line ends. A field
// is bytes: a view of the piece, which is valid until the next record is read. Pieces are lexed and parsed
// concurrently and collected in file order, so that results and errors do not depend on the number of
// workers or on where the pieces begin.
//
// What is read is RFC 4180 as encoding/csv has it, with these differences:
//   - Spaces around a field do not count, also around a quoted one; quoted spaces do.
//   - Lines of spaces do not count, as empty lines do not.
//   - Lines end in LF, CRLF or any number of CR before LF, which is read as LF in a quoted field. A CR
//     elsewhere outside quotes is refused.
//   - All records have as many fields as the first.
//   - The text is UTF-8, with or without a byte order mark, and has no NUL. Anything else is refused, as
//     the files that a text goes to (JSON, YAML) cannot hold it: two texts would become one there.
//   - A file that is in UTF-16 or has semicolons or tabs between its fields is named as such.
//   - A quote that nothing closes is reported at the line where it opens.
//   - Records, columns and rows are bounded.
//
// Errors are one line: file:line: rule, value found.
package csvfile

import (
	"context"
	"fmt"
	"io"
	"math"
)

// A File is what is read, with the name that errors give it: an *os.File, or a test's own.
type File interface {
	io.Reader
	Name() string
}

// limits bound what is read.
type limits struct {
	block   int // bytes asked of the file at a time, which is the usual size of a piece
	record  int // bytes of a record, its line end included
	columns int
	rows    int
}

// The random streams that shuffle rows end at MaxInt32. A block and what is made of it fit the
// second-level cache.
func defaultLimits() limits {
	return limits{block: 1 << 18, record: 64 << 20, columns: 1 << 20, rows: math.MaxInt32}
}

// Steps are what Read does with a file. A file without records gets none of them.
type Steps[T any] struct {
	// First gets the first record, once, before the other steps. It reports whether the record is a
	// header, which Parse does not get then. It may be nil.
	First func(p *Piece) (header bool, err error)

	// Parse makes a T of the records of a piece, which it reads with Next. Several run at the same time.
	// It need not look for errors of the CSV.
	Parse func(p *Piece) (T, error)

	// Collect gets every piece with what Parse made of it, in file order, one at a time, on the goroutine
	// that called Read. The piece is valid during the call only. It may be nil.
	Collect func(p *Piece, parsed T) error
}

// Read takes all records of f through the steps, with as many goroutines that parse as workers says (at
// least one). It holds a few pieces in memory, however long the file. It returns the first error in file
// order, whether of the CSV, of a step or of f itself, and the cause of ctx if that ends. It then does not
// wait for a Read of f that is under way, which may block for ever: f is not to be used for anything else.
func Read[T any](ctx context.Context, f File, workers int, steps Steps[T]) error {
	return read(ctx, f, workers, defaultLimits(), steps)
}

func read[T any](ctx context.Context, f File, workers int, limits limits, steps Steps[T]) error {
	s := newSplitter(f, workers, limits)
	next := func() (*Piece, error) {
		p, err := s.next()
		if err == nil && s.columns == 0 {
			err = s.start(p, steps.First)
		}
		return p, err
	}
	parse := func(p *Piece) (T, error) {
		p.rewind()
		parsed, err := steps.Parse(p)
		if err == nil {
			err = p.err
		}
		return parsed, err
	}
	rows := 0
	collect := func(p *Piece, parsed T, err error) error {
		defer s.recycle(p)
		if rows += p.records; rows > limits.rows {
			line := p.LineOf(p.records - (rows - limits.rows))
			return fmt.Errorf("%s:%d: must be one of at most %d rows, is another", p.name, line, limits.rows)
		}
		if err == nil && steps.Collect != nil {
			err = steps.Collect(p, parsed)
		}
		return err
	}
	return ordered(ctx, workers, next, parse, collect)
}
