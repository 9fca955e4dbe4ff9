package csvfile

import (
	"bytes"
	"context"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// AppendText appends a field as encoding/csv writes it, in quotes if it needs them. It also quotes texts
// that contain a semicolon or a tab, end in a space or begin with a byte order mark, so that Read returns
// each text as it was, if that is UTF-8 without NUL and CRLF.
func AppendText(dst []byte, text string) []byte {
	if !needsQuotes(text) {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	for i := range len(text) {
		if text[i] == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, text[i])
	}
	return append(dst, '"')
}

func needsQuotes(text string) bool {
	if text == "" {
		return false
	}
	first, _ := utf8.DecodeRuneInString(text)
	last, _ := utf8.DecodeLastRuneInString(text)
	return unicode.IsSpace(first) || unicode.IsSpace(last) || first == '\uFEFF' ||
		text == `\.` || strings.ContainsAny(text, ",\"\r\n;\t")
}

// Rows appends the rows from `from` up to `to`, each with EndRow.
type Rows func(dst []byte, from, to int) []byte

// EachRow returns the Rows that appendRow appends one by one: the fields of a row, each followed by a comma,
// including the last.
func EachRow(appendRow func(dst []byte, row int) []byte) Rows {
	return func(dst []byte, from, to int) []byte {
		for row := from; row < to; row++ {
			dst = EndRow(appendRow(dst, row), len(dst))
		}
		return dst
	}
}

// EndRow puts a line end in place of the comma after the last field of the row that begins at dst[start]. A
// row of one empty field is written as quotes, as Read skips empty lines.
func EndRow(dst []byte, start int) []byte {
	if bytes.Equal(dst[start:], []byte{','}) {
		dst = append(dst[:start], `"",`...)
	}
	dst[len(dst)-1] = '\n'
	return dst
}

// Write writes the given number of rows, from 0 on, in order. Rows is called concurrently, on the given number of
// goroutines (at least one). Write holds a few pieces of the file in memory. It returns the first error of w, or the
// cause of ctx if ctx ends first.
func Write(ctx context.Context, w io.Writer, count, workers int, rows Rows) error {
	if count == 0 {
		return nil
	}
	const piece = 1 << 18 // bytes, about
	line := len(rows(nil, 0, 1))
	step := min(count, max(1, piece/line))
	free := make(chan []byte, waiting(workers)+3)
	row := 0
	next := func() (from int, err error) {
		if row >= count {
			return 0, io.EOF
		}
		from, row = row, row+step
		return from, nil
	}
	format := func(from int) (text []byte, err error) {
		select {
		case text = <-free:
		default:
			text = make([]byte, 0, step*line+step*line/8)
		}
		return rows(text, from, min(from+step, count)), nil
	}
	write := func(_ int, text []byte, _ error) error {
		_, err := w.Write(text)
		select {
		case free <- text[:0]:
		default:
		}
		return err
	}
	return ordered(ctx, workers, next, format, write)
}
