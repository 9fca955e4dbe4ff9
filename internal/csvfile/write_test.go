package csvfile

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTextsThatNeedQuotesGetThem(t *testing.T) {
	for text, want := range map[string]string{
		"":          ``,
		"a":         `a`,
		"a b":       `a b`,
		"é":         `é`,
		"a,b":       `"a,b"`,
		`"`:         `""""`,
		`"c"`:       `"""c"""`,
		"a\nb":      "\"a\nb\"",
		"a\rb":      "\"a\rb\"",
		" a":        `" a"`,
		"\u00a0a":   "\"\u00a0a\"",
		`\.`:        `"\."`,
		"a ":        `"a "`,
		"a;b":       `"a;b"`,
		"a\tb":      "\"a\tb\"",
		"\uFEFFa":   "\"\uFEFFa\"",
		"a\uFEFF":   "a\uFEFF",
		"1.5":       `1.5`,
		"NA":        `NA`,
		"a\"b, c\n": "\"a\"\"b, c\n\"",
	} {
		if got := string(AppendText(nil, text)); got != want {
			t.Errorf("%q is written as %s, want %s", text, got, want)
		}
		checkText(t, text)
	}
}

// checkText checks that a text is written as encoding/csv writes it, or that one reads the other's quotes,
// and that it is read as it was.
func checkText(t *testing.T, text string) {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write([]string{text, "1"})
	w.Flush()
	got := string(AppendText(nil, text)) + ",1\n"
	if more := strings.ContainsAny(text, ";\t") || strings.TrimSpace(text) != text || strings.HasPrefix(text, "\uFEFF"); !more && got != b.String() {
		t.Errorf("%q is written as %s, by encoding/csv as %s", text, got, b.String())
	}
	if !isKept(text) {
		return
	}
	fields, err := csv.NewReader(strings.NewReader(got)).Read()
	if err != nil || fields[0] != text {
		t.Errorf("%q is read by encoding/csv as %q, %v", text, fields, err)
	}
	back, err := records(t, file(written(t, 1, 1, text)), 1, defaultLimits())
	if err != nil || len(back) != 1 || back[0].fields[0] != text {
		t.Errorf("%q is read as %v, %v", text, back, err)
	}
}

// isKept reports whether Read returns the text as it was.
func isKept(text string) bool {
	return utf8.ValidString(text) && !strings.Contains(text, "\x00") && !strings.Contains(text, "\r\n")
}

// written is a file of so many rows of the same texts.
func written(t *testing.T, rows, workers int, texts ...string) string {
	t.Helper()
	var b strings.Builder
	err := Write(t.Context(), &b, rows, workers, EachRow(func(dst []byte, row int) []byte {
		for _, text := range texts {
			dst = append(AppendText(dst, text), ',')
		}
		return dst
	}))
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func FuzzTextsAreReadAsWritten(f *testing.F) {
	for _, text := range []string{"", "a", ` "a`, "a,b\n", "\uFEFF", "1;2", "1,2;3,4", "\r", "\\.", "\u0085a", "\xff"} {
		f.Add(text, "1")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		checkText(t, a)
		if !isKept(a) || !isKept(b) {
			return
		}
		got, err := records(t, file(written(t, 2, 1, a, b)), 1, defaultLimits())
		if err != nil || len(got) != 2 || !slices.Equal(got[0].fields, []string{a, b}) || !slices.Equal(got[1].fields, []string{a, b}) {
			t.Errorf("%q, %q are read as %v, %v", a, b, got, err)
		}
	})
}

func TestRowsAreWrittenInOrder(t *testing.T) {
	const rows = 100_000
	var want []byte
	for row := range rows {
		want = append(strconv.AppendInt(want, int64(row), 10), ",0.500000\n"...)
	}
	for _, workers := range []int{0, 1, 2, 7} {
		var got bytes.Buffer
		err := Write(t.Context(), &got, rows, workers, EachRow(func(dst []byte, row int) []byte {
			dst = append(strconv.AppendInt(dst, int64(row), 10), ',')
			return append(AppendNumber(dst, 0.5), ',')
		}))
		if err != nil || !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%d workers: %d bytes, error %v, want %d bytes", workers, got.Len(), err, len(want))
		}
	}
}

func TestRowsOfOneEmptyFieldAreRows(t *testing.T) {
	if got := written(t, 2, 1, ""); got != "\"\"\n\"\"\n" {
		t.Errorf("got %q", got)
	}
	if got := written(t, 2, 1, "", ""); got != ",\n,\n" {
		t.Errorf("got %q", got)
	}
	if got := written(t, 0, 1, "a"); got != "" {
		t.Errorf("got %q", got)
	}
}

type failing struct{ err error }

func (w failing) Write([]byte) (int, error) { return 0, w.err }

func TestWriteReturnsTheWritersError(t *testing.T) {
	full := errors.New("no space left")
	appendRow := func(dst []byte, row int) []byte { return append(dst, "1,"...) }
	if err := Write(t.Context(), failing{full}, 1_000_000, 2, EachRow(appendRow)); err != full {
		t.Errorf("got error %v, want %v", err, full)
	}
}

func TestWriteStopsWithItsContext(t *testing.T) {
	cause := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	var out strings.Builder
	appendRow := func(dst []byte, row int) []byte { return append(dst, "1,"...) }
	if err := Write(ctx, &out, 1, 2, EachRow(appendRow)); err != cause || out.Len() > 0 {
		t.Errorf("got error %v after %d bytes", err, out.Len())
	}
}
