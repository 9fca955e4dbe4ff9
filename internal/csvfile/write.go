package csvfile

import (
	"bytes"
	"context"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// AppendText appends a field as encoding/csv writes it: in quotes if it needs them. A few more texts get
// them, so that Read returns every text without NUL and CRLF, in UTF-8, as it was: one with a semicolon or
// a tab, with a space at its end, or with a byte order mark at its beginning.
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

// Write writes rows, from 0 on, in order. appendRow appends the fields of one of them, each with a comma
// behind it, the last one too; several run at the same time, as many as workers says (at least one). A few
// pieces of the file are in memory at a time. Write returns the first error of w, or the cause of ctx if
// that ends.
func Write(ctx context.Context, w io.Writer, rows, workers int, appendRow func(dst []byte, row int) []byte) error {
	if rows == 0 {
		return nil
	}
	const piece = 1 << 18 // bytes, about
	step := max(1, piece/len(appendLine(nil, 0, appendRow)))
	free := make(chan []byte, max(workers, 1)+3)
	row := 0
	next := func() (from int, err error) {
		if row >= rows {
			return 0, io.EOF
		}
		from, row = row, row+step
		return from, nil
	}
	format := func(from int) (text []byte, err error) {
		select {
		case text = <-free:
		default:
		}
		for row := from; row < min(from+step, rows); row++ {
			text = appendLine(text, row, appendRow)
		}
		return text, nil
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

// appendLine appends a row with a line end for its last comma. As an empty line is no row to Read, an
// empty field that is all of a row is quoted.
func appendLine(dst []byte, row int, appendRow func(dst []byte, row int) []byte) []byte {
	start := len(dst)
	dst = appendRow(dst, row)
	if bytes.Equal(dst[start:], []byte{','}) {
		dst = append(dst[:start], `"",`...)
	}
	dst[len(dst)-1] = '\n'
	return dst
}
