// Package csvfile is the lexical layer of CSV: it turns bytes into records of fields, and back, on all
// cores. What the fields mean (columns, labels, missing values) is up to the caller.
//
// A file is read in pieces. A piece is a run of whole records, as many as one read of the file returned. A
// record is one row: the fields of one line, or of several lines if a quoted field contains line ends. A
// field is a view of the bytes of its piece, valid until the next record is read. Pieces are parsed
// concurrently and collected in file order, so results and errors depend neither on the number of workers
// nor on where the pieces begin.
//
// The syntax is that of encoding/csv (RFC 4180), with these differences:
//   - Spaces around a field do not count, even outside quotes; spaces inside quotes do.
//   - Lines of spaces do not count, just as empty lines do not.
//   - A line ends in LF, with any number of CR before it; inside quotes that is read as LF. Any other CR
//     outside quotes is refused.
//   - All records have as many fields as the first.
//   - The text is UTF-8, with or without a byte order mark, and has no NUL. Anything else is refused: the
//     JSON and YAML that a text is compared with and written to cannot hold it, and replacing the bytes
//     would make one text of two.
//   - A file in UTF-16, or with semicolons or tabs between its fields, is named as such.
//   - A quote that nothing closes is reported at the line on which it opens.
//   - The length of a record and the numbers of columns and rows are bounded.
//
// An error is one line: file:line: rule, value found.
package csvfile

import (
	"context"
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

// limits bound what is read.
type limits struct {
	block   int // bytes requested from the file at a time: the usual size of a piece
	long    int // the same of a file whose records are long, at most
	record  int // bytes of a record, including its line end
	columns int
	rows    int
}

// The block, with what is made of it, fits in the second-level cache, unless it would have very few records. The
// random streams that shuffle rows end at MaxInt32.
func defaultLimits() limits {
	return limits{block: 1 << 18, long: 1 << 21, record: 64 << 20, columns: 1 << 20, rows: math.MaxInt32}
}

// Steps are what Read does with the records of a file. For a file without records, Parse may be called
// with empty pieces, and First is not called.
type Steps[T any] struct {
	// First is called once with the first record, before the other steps and not on the goroutine that
	// called Read. It reports whether the record is a header, which Parse then does not get. It may be nil.
	First func(p *Piece) (header bool, err error)

	// Parse makes a T of the records of a piece, which it reads with Next. It is called concurrently for
	// different pieces. It need not check for errors in the CSV: Read does.
	Parse func(p *Piece) (T, error)

	// Collect is called with each piece and the T that Parse made of it, in file order, on the goroutine
	// that called Read. The piece is valid during the call only. It may be nil.
	Collect func(p *Piece, parsed T) error
}

// Read takes all records of f through the steps, with the given number of goroutines for Parse (at least
// one). It holds a few pieces in memory, no matter how long the file is. It returns the first error in file
// order, whether in the CSV, from a step or from f, or the cause of ctx if ctx ends first. In both cases it
// returns without waiting for a call of f.Read that is in progress, which may block forever: f must not be
// used for anything else afterwards.
func Read[T any](ctx context.Context, f File, workers int, steps Steps[T]) error {
	return read(ctx, f, workers, defaultLimits(), steps)
}

func read[T any](ctx context.Context, f File, workers int, limits limits, steps Steps[T]) error {
	if length, known := lengthOf(f); known && length < int64(limits.block) {
		limits.block, limits.long = max(1, int(length)), 0
		workers = 1
	}
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
		if p.err != nil {
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

// lengthOf returns the length of a file in bytes, if it has one.
func lengthOf(f File) (length int64, known bool) {
	file, is := f.(fs.File)
	if !is {
		return 0, false
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return 0, false
	}
	return info.Size(), true
}
