package csvfile

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"
)

// text is a file of a test's own.
type text struct {
	io.Reader
	name string
}

func (f text) Name() string { return f.name }

func file(content string) text { return text{strings.NewReader(content), "raw.csv"} }

type record struct {
	line   int
	fields []string
	quoted []bool
}

func copyRecord(p *Piece) record {
	r := record{line: p.Line}
	for i, field := range p.Fields {
		r.fields = append(r.fields, string(field))
		r.quoted = append(r.quoted, p.Quoted(i))
	}
	return r
}

// records reads all of f, and checks that the steps fit together.
func records(t *testing.T, f File, workers int, limits limits) ([]record, error) {
	t.Helper()
	var all []record
	var first *record
	err := read(t.Context(), f, workers, limits, Steps[[]record]{
		First: func(p *Piece) (bool, error) {
			if first != nil {
				t.Error("First was called twice")
			}
			r := copyRecord(p)
			first = &r
			return false, nil
		},
		Parse: func(p *Piece) (piece []record, err error) {
			for p.Next() {
				piece = append(piece, copyRecord(p))
			}
			checkNumbers(t, p, piece)
			return piece, nil
		},
		Collect: func(p *Piece, piece []record) error {
			for i, r := range piece {
				if line := p.LineOf(i); len(piece) < 10 && line != r.line {
					t.Errorf("record %d of a piece is on line %d, LineOf says %d", i, r.line, line)
				}
			}
			all = append(all, piece...)
			return nil
		},
	})
	if len(all) > 0 && !reflect.DeepEqual(*first, all[0]) {
		t.Errorf("First got %v, the first record is %v", *first, all[0])
	}
	return all, err
}

// checkNumbers checks that NextNumbers reads a piece as Next and ParseNumber do. Every other column is one of numbers.
func checkNumbers(t *testing.T, p *Piece, want []record) {
	t.Helper()
	again := Piece{name: p.name, limits: p.limits, columns: p.columns, data: p.data, from: p.from}
	again.rewind()
	slots := slices.Repeat([]int{-1}, p.columns)
	for i := 0; i < p.columns; i += 2 {
		slots[i] = p.columns - 1 - i
	}
	numbers := make([]float64, p.columns)
	for _, r := range want {
		if !again.NextNumbers(slots, numbers) || again.Line != r.line {
			t.Fatalf("NextNumbers is on line %d with error %v, Next on line %d", again.Line, again.err, r.line)
		}
		var kept []string
		var columns []int
		for i, field := range r.fields {
			v, ok := ParseNumber([]byte(field))
			if !ok {
				v = math.NaN()
			}
			if i%2 == 0 && math.Float64bits(numbers[slots[i]]) != math.Float64bits(v) {
				t.Errorf("line %d: NextNumbers has %v for %q", r.line, numbers[slots[i]], field)
			}
			if i%2 == 1 || !ok {
				kept, columns = append(kept, field), append(columns, i)
			}
		}
		if got := copyRecord(&again).fields; !slices.Equal(got, kept) || !slices.Equal(again.Columns, columns) {
			t.Errorf("line %d: NextNumbers keeps %q of columns %v, want %q of %v", r.line, got, again.Columns, kept, columns)
		}
	}
	if again.NextNumbers(slots, numbers) || fmt.Sprint(again.err) != fmt.Sprint(p.err) || again.records != p.records {
		t.Errorf("NextNumbers ends with error %v after %d records, Next with %v after %d", again.err, again.records, p.err, p.records)
	}
}

// smallLimits are some that tests can reach, with pieces of about so many bytes.
func smallLimits(block int) limits {
	return limits{block: block, record: 400, columns: 100, rows: 300}
}

var goodFiles = []struct {
	name, content string
	want          []record
}{
	{"empty", "", nil},
	{"empty lines only", "\n\r\n  \n\t\r\r\n\u00a0\n", nil},
	{"LF", "1,2\n3,4\n", []record{plain(1, "1", "2"), plain(2, "3", "4")}},
	{"CRLF", "1,2\r\n3,4\r\n", []record{plain(1, "1", "2"), plain(2, "3", "4")}},
	{"CRCRLF", "1,2\r\r\n3,4\r\r\n", []record{plain(1, "1", "2"), plain(2, "3", "4")}},
	{"no final newline", "1,2\n3,4", []record{plain(1, "1", "2"), plain(2, "3", "4")}},
	{"a final CR", "1,2\n3,4\r", []record{plain(1, "1", "2"), plain(2, "3", "4")}},
	{"a final comma", "1,2\n3,", []record{plain(1, "1", "2"), plain(2, "3", "")}},
	{"empty lines", "\n1,2\n\n\r\n  \n3,4\n\n", []record{plain(2, "1", "2"), plain(6, "3", "4")}},
	{"byte order mark", "\uFEFF1,2\n", []record{plain(1, "1", "2")}},
	{"byte order mark before a quote", "\uFEFF\"1\",2\n", []record{{1, []string{"1", "2"}, []bool{true, false}}}},
	{"spaces and tabs", " 1 ,\t2\t\n3 ,\u00a04\n", []record{plain(1, "1", "2"), plain(2, "3", "4")}},
	{"empty fields", ",\n , \n", []record{plain(1, "", ""), plain(2, "", "")}},
	{"commas across words of eight bytes", "1234567,12345678,123456789,,,12\n", []record{plain(1, "1234567", "12345678", "123456789", "", "", "12")}},
	{"letters beyond ASCII", "é,Ж\n", []record{plain(1, "é", "Ж")}},
	{"quotes", "\"1\",2\n3,\"4\"\n", []record{{1, []string{"1", "2"}, []bool{true, false}}, {2, []string{"3", "4"}, []bool{false, true}}}},
	{"spaces around quotes", " \"1.2\" , \"a\"\t\n", []record{quoted(1, "1.2", "a")}},
	{"spaces within quotes", "\" a \",\"\"\n", []record{quoted(1, " a ", "")}},
	{"doubled quotes", `"a""b","""",""""""` + "\n", []record{quoted(1, `a"b`, `"`, `""`)}},
	{"commas in quotes", "\"a,b\",\",\"\n", []record{quoted(1, "a,b", ",")}},
	{"line ends in quotes", "\"a\nb\",\"\n\n\"\n1,2\n", []record{quoted(1, "a\nb", "\n\n"), plain(5, "1", "2")}},
	{"CRLF in quotes", "\"a\r\nb\",\"a\rb\"\r\n1,2\r\n", []record{quoted(1, "a\nb", "a\rb"), plain(3, "1", "2")}},
	{"CRCRLF behind quotes", "\"a\",\"b\"\r\r\n", []record{quoted(1, "a", "b")}},
	{"CRCRLF in quotes", "\"a\r\r\nb\",\"b\"\n", []record{quoted(1, "a\nb", "b")}},
	{"a quote at the end", "1,\"2\"", []record{{1, []string{"1", "2"}, []bool{false, true}}}},
	{"semicolons that are meant", "\"a;b\"\n\"c;d\"\n", []record{quoted(1, "a;b"), quoted(2, "c;d")}},
	{"semicolons beside commas", "a;b,1\nc;d,2\n", []record{plain(1, "a;b", "1"), plain(2, "c;d", "2")}},
	{"tags with semicolons", "3,1;2\n4,2;3;4\n", []record{plain(1, "3", "1;2"), plain(2, "4", "2;3;4")}},
	{"one column", "1\n\n\"\"\n3\n", []record{plain(1, "1"), quoted(3, ""), plain(4, "3")}},
}

func plain(line int, fields ...string) record {
	return record{line, fields, make([]bool, len(fields))}
}

func quoted(line int, fields ...string) record {
	return record{line, fields, slices.Repeat([]bool{true}, len(fields))}
}

func TestReadTakesWhatIsCSV(t *testing.T) {
	for _, c := range goodFiles {
		t.Run(c.name, func(t *testing.T) {
			got, err := records(t, file(c.content), 1, defaultLimits())
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %v, %v, want %v", got, err, c.want)
			}
		})
	}
}

// badFiles are files that Read refuses, each with all of its message.
var badFiles = []struct{ name, content, want string }{
	{"too few columns", "1,2,3\n4,5\n", `raw.csv:2: must have 3 columns as the first line has, got 2`},
	{"too many columns", "1,2\n\n4,5,6\n", `raw.csv:3: must have 2 columns as the first line has, got 3`},
	{"cut short", "1,2\n4", `raw.csv:2: must have 2 columns as the first line has, got 1`},
	{"a bare quote", "1,2\n3,4\"\n", `raw.csv:2: must be CSV, got bare " in non-quoted-field at byte 4`},
	{"a quote in a quoted field", "1,2\n\"3\"x,4\n", `raw.csv:2: must be CSV, got extraneous or missing " in quoted-field at byte 3`},
	{"a quote that another field closes", "1,2\n3,\"4\n5,\"6\"\n", `raw.csv:2: must be CSV, got extraneous or missing " in the quoted-field from byte 3 to line 3`},
	{"an open quote", "1,2\n3,\"4\n5,6\n7,8\n", `raw.csv:2: the quote at byte 3 must be closed, is not in the rest of the file`},
	{"an open quote on a later line of its record", "1,2\n\"3\n3\",\"4\n5,6\n", `raw.csv:3: the quote at byte 4 must be closed, is not in the rest of the file`},
	{"an endless quote", "1,2\n3,\"" + strings.Repeat("4\n", 1<<10), `raw.csv:2: the quote at byte 3 must be closed within a record of at most 400 bytes, is not`},
	{"an endless line", "1,2\n" + strings.Repeat("x", 1<<10), `raw.csv:2: must be a record of at most 400 bytes, is longer`},
	{"a line that is one too long", "1,2\n" + strings.Repeat("x", 398) + ",x\n", `raw.csv:2: must be a record of at most 400 bytes, is longer`},
	{"an endless line of spaces", "1,2\n" + strings.Repeat(" ", 1<<10), `raw.csv:2: must be a record of at most 400 bytes, is longer`},
	{"many columns", strings.Repeat(",", 100) + "\n", `raw.csv:1: must have at most 100 columns, has more`},
	{"too many columns of too few", "1\n" + strings.Repeat(",", 100) + "\n", `raw.csv:2: must have at most 100 columns, has more`},
	{"many rows", strings.Repeat("1\n\n", 301), `raw.csv:601: must be one of at most 300 rows, is another`},
	{"many rows and an error behind them", strings.Repeat("1\n", 301) + "\"", `raw.csv:301: must be one of at most 300 rows, is another`},
	{"semicolons", "1;2;R\n3;4;M\n", `raw.csv:1: must have commas between its fields, has semicolons: save the file with commas and decimal points, or convert it with inspect -csv`},
	{"write.csv2", "\"\";\"x\";\"kind\"\n\"1\";1,5;\"R\"\n", `raw.csv:1: must have commas between its fields, has semicolons: save the file with commas and decimal points, or convert it with inspect -csv`},
	{"write.csv2 without names", "1,5;2,5;\"R\"\n", `raw.csv:1: must have commas between its fields, has semicolons: save the file with commas and decimal points, or convert it with inspect -csv`},
	{"decimal commas", "1,5;2,5;R\n", `raw.csv:1: must have commas between its fields, has semicolons: save the file with commas and decimal points, or convert it with inspect -csv`},
	{"tabs", "1\t2\tR\n", `raw.csv:1: must have commas between its fields, has tabs: save the file with commas, or convert it with inspect -csv`},
	{"tabs between quotes", "\"x\"\t\"y\"\n", `raw.csv:1: must have commas between its fields, has tabs: save the file with commas, or convert it with inspect -csv`},
	{"tabs before quotes", "1\t\"y\"\n", `raw.csv:1: must have commas between its fields, has tabs: save the file with commas, or convert it with inspect -csv`},
	{"CR alone", "1,2\r3,4\r", `raw.csv:1: must have lines that end in LF or CRLF, got CR alone at byte 4: save the file with LF, or convert it with inspect -csv`},
	{"CR alone behind quotes", "1,2\n\"1\",\"2\"\r\"3\",\"4\"\r", `raw.csv:2: must have lines that end in LF or CRLF, got CR alone at byte 8: save the file with LF, or convert it with inspect -csv`},
	{"CR alone without end", strings.Repeat("1\r", 1<<10), `raw.csv:1: must have lines that end in LF or CRLF, got CR alone at byte 2: save the file with LF, or convert it with inspect -csv`},
	{"UTF-16, little end first", "\xff\xfe1\x00,\x00R\x00\n\x00", `raw.csv: must be UTF-8, is UTF-16: save it as UTF-8, or convert it with inspect -csv`},
	{"UTF-16, big end first", "\xfe\xff\x001\x00,\x00R\x00\n", `raw.csv: must be UTF-8, is UTF-16: save it as UTF-8, or convert it with inspect -csv`},
	{"UTF-16 without a mark", "1\x00,\x00R\x00\n\x00", `raw.csv: must be UTF-8, is UTF-16: save it as UTF-8, or convert it with inspect -csv`},
	{"Latin-1", "1,caf\u00e9\n2,caf\xe9\n", `raw.csv:2: byte 6, in column 2, must be UTF-8, got "\xe9": save the file as UTF-8`},
	{"Latin-1 in quotes", "1,2\n\"1\n1\",\"caf\xe9\"\n", `raw.csv:3: byte 8, in column 2, must be UTF-8, got "\xe9": save the file as UTF-8`},
	{"Latin-1 behind a quote", "1,2\n\"1\xe91\"", `raw.csv:2: byte 3, in column 1, must be UTF-8, got "\xe9": save the file as UTF-8`},
	{"binary", "\x89PNG\r\n\x1a\n\x00\x00", `raw.csv:1: byte 1, in column 1, must be UTF-8, got "\x89": save the file as UTF-8`},
	{"NULs", "1,2\n1,\x00\x00\n", `raw.csv:2: byte 3, in column 2, must be text, got NUL: this is a binary file, or damaged`},
	{"endless NULs", strings.Repeat("\x00", 1<<10), `raw.csv:1: byte 1, in column 1, must be text, got NUL: this is a binary file, or damaged`},
	{"the first of two errors", "1,2\n3\n\"\n", `raw.csv:2: must have 2 columns as the first line has, got 1`},
}

func TestReadRefusesWhatIsNotCSV(t *testing.T) {
	for _, c := range badFiles {
		t.Run(c.name, func(t *testing.T) {
			_, err := records(t, file(c.content), 1, smallLimits(1<<18))
			if err == nil || err.Error() != c.want {
				t.Errorf("got error\n%v, want\n%s", err, c.want)
			}
		})
	}
}

// checkPieces checks that pieces and workers make no difference.
func checkPieces(t *testing.T, content string) error {
	t.Helper()
	want, wantErr := records(t, file(content), 1, smallLimits(1))
	for _, block := range []int{1, 2, 7, 64, 1 << 18} {
		for _, workers := range []int{1, 2, 7} {
			got, err := records(t, file(content), workers, smallLimits(block))
			if fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Errorf("pieces of %d bytes, %d workers: error\n%v, want\n%v", block, workers, err, wantErr)
			}
			// The records of a piece with an error in it are not collected.
			if len(got) > len(want) || !slices.EqualFunc(got, want[:len(got)], equalRecords) || err == nil && len(got) < len(want) {
				t.Errorf("pieces of %d bytes, %d workers: %d records %v, want %d %v", block, workers, len(got), got, len(want), want)
			}
		}
	}
	return wantErr
}

func equalRecords(a, b record) bool { return reflect.DeepEqual(a, b) }

func TestPiecesAndWorkersMakeNoDifference(t *testing.T) {
	for _, c := range goodFiles {
		t.Run(c.name, func(t *testing.T) { checkPieces(t, c.content) })
	}
	for _, c := range badFiles {
		t.Run(c.name, func(t *testing.T) { checkPieces(t, c.content) })
	}
	t.Run("long and mixed", func(t *testing.T) { checkPieces(t, mixed(100)) })
}

// mixed is a file of so many records of three columns, some of them over two lines.
func mixed(rows int) string {
	var b strings.Builder
	for i := range rows {
		switch i % 4 {
		case 0:
			fmt.Fprintf(&b, "%d,a b,%d.5\n", i, i)
		case 1:
			fmt.Fprintf(&b, "%d, \"a \"\"b\"\",\r\nc\" ,\"%d\"\r\n", i, i)
		case 2:
			fmt.Fprintf(&b, "\n%d,\u00e9,\n", i)
		case 3:
			fmt.Fprintf(&b, "\"%d\",\"\",\"\n\"\n", i)
		}
	}
	return b.String()
}

func FuzzReadAgreesWithEncodingCSV(f *testing.F) {
	for _, c := range goodFiles {
		f.Add(c.content)
	}
	for _, c := range badFiles {
		f.Add(c.content)
	}
	f.Add(mixed(20))
	f.Add("0\n\"")
	f.Add("\"a\",\"b,\"\n\"c\",\"\"\"\"\n\"d\",1\n")
	f.Fuzz(func(t *testing.T, content string) {
		err := checkPieces(t, content)
		if err != nil && (strings.ContainsAny(err.Error(), "\r\n") || !strings.HasPrefix(err.Error(), "raw.csv:")) {
			t.Errorf("error %q", err)
		}
		checkAgainstEncodingCSV(t, content)
	})
}

// Differences from encoding/csv in what is an error: the message, and what content has if it is right.
var (
	refusedHere = map[*regexp.Regexp]func(content string) bool{
		regexp.MustCompile(`must have \d+ columns`):       func(string) bool { return true }, // checked by the records
		regexp.MustCompile(`at most \d+ (rows|columns)`):  func(string) bool { return true },
		regexp.MustCompile(`record of at most 400 bytes`): func(s string) bool { return len(s) >= 400 },
		regexp.MustCompile(`got CR alone`):                regexp.MustCompile(`\r[^\r\n]`).MatchString,
		regexp.MustCompile(`got NUL`):                     func(s string) bool { return strings.Contains(s, "\x00") },
		regexp.MustCompile(`must be UTF-8`):               func(s string) bool { return !utf8.ValidString(s) || strings.Contains(s, "\x00") },
		regexp.MustCompile(`has semicolons`):              func(s string) bool { return strings.Contains(s, ";") },
		regexp.MustCompile(`has tabs`):                    func(s string) bool { return strings.Contains(s, "\t") },
	}
	takenHere = regexp.MustCompile(`"[\s\v\x{85}\pZ]+(,|\r|\n|$)`)
)

func checkAgainstEncodingCSV(t *testing.T, content string) {
	t.Helper()
	_, err := records(t, file(content), 1, smallLimits(1<<18))
	got := recordsBeforeError(content)
	want, wantErr := withEncodingCSV(content)
	for i := range min(len(got), len(want)) {
		for c, field := range want[i].fields {
			if len(got[i].fields) != len(want[i].fields) || got[i].fields[c] != asRead(field, got[i].quoted[c]) {
				t.Fatalf("record %d is %q, of encoding/csv %q", i, got[i].fields, want[i].fields)
			}
		}
		if got[i].line != want[i].line {
			t.Errorf("record %d is on line %d, of encoding/csv on line %d", i, got[i].line, want[i].line)
		}
	}
	switch {
	case len(got) > len(want), err == nil && wantErr != nil:
		if wantErr == nil || !takenHere.MatchString(content) {
			t.Errorf("got %v, %v, encoding/csv has error %v", got, err, wantErr)
		}
	case err != nil && len(got) < len(want):
		checkRefusal(t, content, err, want[len(got)].fields, nil, got)
	case err != nil:
		checkRefusal(t, content, err, nil, wantErr, got)
	case len(got) < len(want):
		t.Errorf("%d records, of encoding/csv %d", len(got), len(want))
	}
}

// recordsBeforeError returns all records of content up to an error, from one piece.
func recordsBeforeError(content string) (all []record) {
	p := &Piece{limits: smallLimits(0), data: []byte(strings.TrimPrefix(content, "\uFEFF")), from: 1}
	for p.rewind(); p.Next(); p.columns = len(p.Fields) {
		all = append(all, copyRecord(p))
	}
	return all
}

// withEncodingCSV returns the records of content but for lines of spaces.
func withEncodingCSV(content string) (all []record, err error) {
	content = strings.TrimPrefix(content, "\uFEFF")
	lines := strings.Split(content, "\n")
	r := csv.NewReader(strings.NewReader(content))
	r.TrimLeadingSpace = true
	r.FieldsPerRecord = -1
	for {
		fields, err := r.Read()
		if err == io.EOF {
			return all, nil
		} else if err != nil {
			return all, err
		}
		if line, _ := r.FieldPos(0); strings.TrimSpace(lines[line-1]) != "" {
			all = append(all, record{line: line, fields: fields})
		}
	}
}

// asRead is what Read makes of a field that encoding/csv has read.
func asRead(field string, quoted bool) string {
	if quoted {
		return regexp.MustCompile(`\r+\n`).ReplaceAllString(field, "\n")
	}
	return strings.TrimSpace(field)
}

// checkRefusal checks an error where encoding/csv has a record or an error of its own.
func checkRefusal(t *testing.T, content string, err error, fields []string, csvErr error, before []record) {
	t.Helper()
	for message, isRight := range refusedHere {
		if message.MatchString(err.Error()) {
			if !isRight(content) {
				t.Errorf("error %v", err)
			}
			if strings.Contains(err.Error(), "columns as") && len(before) > 0 && csvErr == nil && len(fields) == len(before[0].fields) {
				t.Errorf("error %v, encoding/csv has %q", err, fields)
			}
			return
		}
	}
	var syntax *csv.ParseError
	if !errors.As(csvErr, &syntax) {
		t.Errorf("error %v, encoding/csv has %q, %v", err, fields, csvErr)
		return
	}
	same := fmt.Sprintf("raw.csv:%d: must be CSV, got %v at byte %d", syntax.Line, syntax.Err, syntax.Column)
	elsewhere := strings.Contains(err.Error(), "must be closed") || strings.Contains(err.Error(), "quoted-field from byte")
	if err.Error() != same && !elsewhere && !takenHere.MatchString(content) {
		t.Errorf("error\n%v, want\n%s", err, same)
	}
}

func TestReadAgreesWithEncodingCSV(t *testing.T) {
	for _, c := range goodFiles {
		t.Run(c.name, func(t *testing.T) { checkAgainstEncodingCSV(t, c.content) })
	}
	for _, c := range badFiles {
		t.Run(c.name, func(t *testing.T) { checkAgainstEncodingCSV(t, c.content) })
	}
}

func TestParseDoesNotGetTheHeader(t *testing.T) {
	for _, content := range []string{"x,y\n1,2\n3,4\n", "\n\"x\n\",y\n1,2\n\n3,4"} {
		for _, block := range []int{1, 100} {
			var got []string
			err := read(t.Context(), file(content), 2, smallLimits(block), Steps[[]record]{
				First: func(p *Piece) (bool, error) { return true, nil },
				Parse: func(p *Piece) (piece []record, err error) {
					for p.Next() {
						piece = append(piece, copyRecord(p))
					}
					return piece, nil
				},
				Collect: func(p *Piece, piece []record) error {
					for i, r := range piece {
						got = append(got, fmt.Sprintf("%d=%d%v", r.line, p.LineOf(i), r.fields))
					}
					return nil
				},
			})
			want := []string{"2=2[1 2]", "3=3[3 4]"}
			if strings.HasPrefix(content, "\n") {
				want = []string{"4=4[1 2]", "6=6[3 4]"}
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("got %v, %v, want %v", got, err, want)
			}
		}
	}
}

func TestTheFirstErrorOfAStepIsReturned(t *testing.T) {
	isBad := func(p *Piece) error {
		if string(p.Fields[0]) == "bad" {
			return p.Errorf("column %d must be good", 1)
		}
		return nil
	}
	content := strings.Repeat("good\n", 100) + "bad\n" + strings.Repeat("good\n", 20) + "bad\n\"\n"
	parse := func(p *Piece) (n int, err error) {
		for p.Next() {
			n++
			if err := isBad(p); err != nil {
				return n, err
			}
		}
		return n, nil
	}
	for _, c := range []struct {
		name, content, want string
		first               func(*Piece) (bool, error)
		collect             func(*Piece, int) error
	}{
		{"First", "bad\n", "raw.csv:1: column 1 must be good", func(p *Piece) (bool, error) { return true, isBad(p) }, nil},
		{"Parse", content, "raw.csv:101: column 1 must be good", nil, nil},
		{"Collect", content, "too much", nil, func(*Piece, int) error { return errors.New("too much") }},
		{"none", "good\n", "<nil>", nil, nil},
	} {
		for _, block := range []int{1, 10, 1000} {
			for _, workers := range []int{0, 1, 2, 7} {
				err := read(t.Context(), file(c.content), workers, smallLimits(block), Steps[int]{c.first, parse, c.collect})
				if c.name == "Collect" && block == 1000 {
					c.want = "raw.csv:101: column 1 must be good"
				}
				if fmt.Sprint(err) != c.want {
					t.Errorf("%s, pieces of %d bytes, %d workers: error %v, want %s", c.name, block, workers, err, c.want)
				}
			}
		}
	}
}

func TestAnErrorOfTheCSVComesBeforeThatOfItsPiece(t *testing.T) {
	err := Read(t.Context(), file("1,2\n3\n"), 1, Steps[int]{Parse: func(p *Piece) (int, error) {
		for p.Next() {
		}
		return 0, errors.New("must have more rows")
	}})
	if want := "raw.csv:2: must have 2 columns as the first line has, got 1"; err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
}

func TestWideRecordsAreReadUpToTheLimit(t *testing.T) {
	for _, c := range []struct {
		columns int
		want    string
	}{
		{1 << 20, "<nil>"},
		{1<<20 + 1, "raw.csv:1: must have at most 1048576 columns, has more"},
	} {
		content := strings.Repeat("0.123456,", c.columns-1) + "R\n"
		columns := 0
		err := Read(t.Context(), file(content+content), 2, Steps[int]{
			First: func(p *Piece) (bool, error) { columns = len(p.Fields); return false, nil },
			Parse: countRecords,
		})
		if fmt.Sprint(err) != c.want || err == nil && columns != c.columns {
			t.Errorf("%d columns: got %d, error %v, want %s", c.columns, columns, err, c.want)
		}
	}
}

func TestReadNamesAnErrorOfTheFileSystem(t *testing.T) {
	folder := t.TempDir()
	f, err := os.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = records(t, f, 1, defaultLimits())
	if want := folder + ":1: is a directory"; err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
}

func TestRecordsBeforeAnErrorOfTheFileAreRead(t *testing.T) {
	broken := errors.New("input/output error")
	for _, content := range []string{"1,2\n3,4\n", "1,2\n3,4\n5,", "1,2\n3,4\n\"5\n"} {
		for _, block := range []int{1, 7, 100} {
			for _, reader := range []io.Reader{
				io.MultiReader(strings.NewReader(content), iotest.ErrReader(broken)),
				iotest.DataErrReader(io.MultiReader(strings.NewReader(content), iotest.ErrReader(broken))),
			} {
				got, err := records(t, text{reader, "raw.csv"}, 2, smallLimits(block))
				if len(got) != 2 || !errors.Is(err, broken) || err.Error() != "raw.csv:3: input/output error" {
					t.Errorf("%q in pieces of %d bytes: got %v, %v", content, block, got, err)
				}
			}
		}
	}
}

// A Read that blocks, as of a terminal, keeps neither an error nor the end of the context back.
func TestReadDoesNotWaitForTheFile(t *testing.T) {
	input, output := io.Pipe()
	defer output.Close()
	go output.Write([]byte("1,2\n3\n"))
	if _, err := records(t, text{input, "raw.csv"}, 2, defaultLimits()); err == nil || err.Error() != "raw.csv:2: must have 2 columns as the first line has, got 1" {
		t.Errorf("got error %v", err)
	}

	input, output = io.Pipe()
	defer output.Close()
	cause := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(20*time.Millisecond, func() { cancel(cause) })
	parse := func(p *Piece) (int, error) {
		for p.Next() {
		}
		return 0, nil
	}
	if err := Read(ctx, text{input, "raw.csv"}, 2, Steps[int]{Parse: parse}); err != cause {
		t.Errorf("got error %v, want %v", err, cause)
	}
}

func TestReadStopsWithItsContext(t *testing.T) {
	cause := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	f := &endless{line: []byte("1,2,R\n")}
	pieces := 0
	err := Read(ctx, f, 2, Steps[int]{
		Parse: countRecords,
		Collect: func(*Piece, int) error {
			if pieces++; pieces == 10 {
				cancel(cause)
			}
			return nil
		},
	})
	if err != cause || pieces != 10 {
		t.Errorf("got error %v after %d pieces, want %v after 10", err, pieces, cause)
	}
}

// endless has the same line for ever.
type endless struct {
	line []byte
	read int
}

func (f *endless) Name() string { return "endless.csv" }

func (f *endless) Read(p []byte) (int, error) {
	for n := 0; n < len(p); {
		n += copy(p[n:], f.line[(f.read+n)%len(f.line):])
	}
	f.read += len(p)
	return len(p), nil
}

func TestMemoryDoesNotGrowWithTheRows(t *testing.T) {
	row := strings.Repeat("0.123456,", 40) + "R\n"
	rows := 100_000_000 / len(row)
	f := text{io.LimitReader(&endless{line: []byte(row)}, int64(rows*len(row))), "endless.csv"}
	count := 0
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := Read(t.Context(), f, 2, Steps[int]{
		Parse: countRecords,
		Collect: func(p *Piece, n int) error {
			count += n
			return nil
		},
	})
	runtime.ReadMemStats(&after)
	if err != nil || count != rows {
		t.Errorf("%d rows, error %v, want %d", count, err, rows)
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 10_000_000 {
		t.Errorf("%d bytes were allocated", allocated)
	}
}

func TestALongRecordIsReadUpToTheLimit(t *testing.T) {
	limit := defaultLimits().record
	short := append(append([]byte(`1,"`), bytes.Repeat([]byte("x\n"), (limit-5)/2)...), "\"\n"...)
	if len(short) > limit {
		t.Fatalf("%d bytes", len(short))
	}
	got, err := records(t, text{bytes.NewReader(append([]byte("1,2\n"), short...)), "raw.csv"}, 2, defaultLimits())
	if err != nil || len(got) != 2 || len(got[1].fields[1]) != (limit-5)/2*2 {
		t.Errorf("%d records, error %v", len(got), err)
	}
	f := &endless{line: bytes.Repeat([]byte("x\"\"\n"), 1<<10)}
	_, err = records(t, text{io.MultiReader(strings.NewReader("1,2\n3,\""), f), "raw.csv"}, 2, defaultLimits())
	want := "raw.csv:2: the quote at byte 3 must be closed within a record of at most 67108864 bytes, is not"
	if err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
	if f.read > 2*limit {
		t.Errorf("%d bytes were read", f.read)
	}
}
