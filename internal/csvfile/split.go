package csvfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"unicode/utf8"
)

// A splitter cuts a file into pieces. It looks at quotes and line ends only: a line end after an even
// number of quotes ends a record, unless there is an error in the CSV before it, and that error is reported
// first.
type splitter struct {
	file    File
	limits  limits
	columns int // of the first record, or 0
	free    chan *Piece

	started bool
	rest    []byte // what has been read beyond the last piece
	line    int    // on which rest begins
	inside  bool   // rest ends inside quotes
	err     error  // of the file, io.EOF at its end
}

func newSplitter(f File, workers int, limits limits) *splitter {
	return &splitter{file: f, limits: limits, free: make(chan *Piece, waiting(workers)+3), line: 1}
}

// next returns the next piece, or io.EOF.
func (s *splitter) next() (*Piece, error) {
	if s.err != nil {
		return nil, s.err
	}
	p := s.piece()
	end := 0
	for end == 0 {
		size := len(p.data)
		if err := s.grow(p); err != nil {
			return nil, err
		}
		end = s.lastRecordEnd(p.data, size)
		switch {
		case s.err == io.EOF, end == 0 && len(p.data) >= s.limits.record+utf8.UTFMax:
			s.err = io.EOF
			end = len(p.data)
			if end == 0 {
				return nil, io.EOF
			}
		case s.err != nil && end == 0:
			return nil, s.failure()
		}
	}
	s.rest = append(s.rest[:0], p.data[end:]...)
	p.data = p.data[:end]
	s.line += bytes.Count(p.data, []byte{'\n'})
	if s.err != nil && s.err != io.EOF {
		s.err = s.failure()
	}
	return p, nil
}

// piece returns a piece that begins where the last one ended.
func (s *splitter) piece() *Piece {
	var p *Piece
	select {
	case p = <-s.free:
	default:
		room := s.limits.block + s.limits.block/8 // for what is left of the last piece
		p = &Piece{name: s.file.Name(), limits: s.limits, data: make([]byte, 0, room)}
	}
	p.data = append(p.data[:0], s.rest...)
	p.from, p.columns = s.line, s.columns
	return p
}

// recycle takes back a piece that is no longer used.
func (s *splitter) recycle(p *Piece) {
	select {
	case s.free <- p:
	default:
	}
}

// grow appends what one read of the file returns. The first one takes at least four bytes, to tell what the
// file is.
func (s *splitter) grow(p *Piece) error {
	size, least := len(p.data), 1
	if !s.started {
		least = 4
	}
	p.data = slices.Grow(p.data, max(s.limits.block, least))
	space := p.data[size : size+max(s.limits.block, least)]
	n := 0
	for n < least && s.err == nil {
		var m int
		m, s.err = s.file.Read(space[n:])
		n += m
	}
	p.data = p.data[:size+n]
	if s.started {
		return nil
	}
	s.started = true
	if looksLikeUTF16(p.data) {
		return fmt.Errorf("%s: must be UTF-8, is UTF-16: save it as UTF-8, or convert it with inspect -csv", p.name)
	}
	p.data = bytes.TrimPrefix(p.data, []byte("\uFEFF"))
	return nil
}

// looksLikeUTF16 reports whether text begins with a byte order mark of UTF-16, or with two ASCII characters
// in UTF-16.
func looksLikeUTF16(text []byte) bool {
	if len(text) < 4 {
		return false
	}
	a, b, c, d := text[0], text[1], text[2], text[3]
	return a == 0xff && b == 0xfe || a == 0xfe && b == 0xff ||
		a != 0 && b == 0 && c != 0 && d == 0 || a == 0 && b != 0 && c == 0 && d != 0
}

// lastRecordEnd returns the index after the last record that ends in text[from:], or 0. The quotes before
// from have been counted.
func (s *splitter) lastRecordEnd(text []byte, from int) int {
	from = min(from, len(text))
	if bytes.Count(text[from:], []byte{'"'})%2 == 1 {
		s.inside = !s.inside
	}
	inside := s.inside
	for i := len(text) - 1; i >= from; i-- {
		switch {
		case text[i] == '"':
			inside = !inside
		case text[i] == '\n' && !inside:
			return i + 1
		}
	}
	return 0
}

// failure returns the error of the file, with the line that could not be read.
func (s *splitter) failure() error {
	var path *fs.PathError
	if errors.As(s.err, &path) {
		s.err = path.Err
	}
	return fmt.Errorf("%s:%d: %w", s.file.Name(), s.line, s.err)
}

// start looks for the first record of the file in p. That record sets the number of columns.
func (s *splitter) start(p *Piece, first func(*Piece) (header bool, err error)) error {
	p.rewind()
	if !p.Next() {
		return p.err
	}
	if err := p.checkSeparator(); err != nil {
		return err
	}
	s.columns, p.columns = len(p.Fields), len(p.Fields)
	const several = 16
	s.limits.block = max(s.limits.block, min(several*p.at, s.limits.long))
	if first == nil {
		return nil
	}
	header, err := first(p)
	if header {
		p.data, p.from = p.data[p.at:], p.line
	}
	return err
}
