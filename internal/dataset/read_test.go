package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"example.com/sonar/internal/params"
)

// text is a file in memory.
type text struct {
	io.Reader
	name string
}

func (f text) Name() string { return f.name }

func file(name, content string) text { return text{strings.NewReader(content), name} }

var twoClasses = params.Data{Classes: []string{"R", "M"}}

func sonar(t *testing.T) *Table {
	t.Helper()
	f, err := os.Open("testdata/sonar.all-data")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := Read(t.Context(), f, twoClasses)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestReadSonar(t *testing.T) {
	table := sonar(t)
	if table.Rows() != 208 || len(table.Columns) != 60 {
		t.Fatalf("%d rows x %d features, want 208 x 60", table.Rows(), len(table.Columns))
	}
	if n := count(table.Labels, 2); n[0] != 97 || n[1] != 111 {
		t.Errorf("%d rocks and %d mines, want 97 and 111", n[0], n[1])
	}
	first, last := table.Numbers(0), table.Numbers(207)
	if first[0] != 0.02 || first[59] != 0.0032 || last[0] != 0.026 || last[59] != 0.0115 {
		t.Errorf("the corners are %v, %v, %v, %v", first[0], first[59], last[0], last[59])
	}
}

func TestReadTakesAnyNumericCSV(t *testing.T) {
	named := params.Data{Classes: []string{"a", "b"}, Header: true, Label: params.Column{Name: "kind"}}
	second := params.Data{Classes: []string{"a", "b"}, Label: params.Column{Position: 2}}
	for _, c := range []struct {
		name, content string
		data          params.Data
		values        []float64
		labels        []int
	}{
		{"LF", "1,2,R\n3,4,M\n", twoClasses, []float64{1, 2, 3, 4}, []int{0, 1}},
		{"CRLF", "1,2,R\r\n3,4,M\r\n", twoClasses, []float64{1, 2, 3, 4}, []int{0, 1}},
		{"no final newline", "1,2,R\n3,4,M", twoClasses, []float64{1, 2, 3, 4}, []int{0, 1}},
		{"empty lines", "\n1,2,R\n\r\n\n3,4,M\n\n", twoClasses, []float64{1, 2, 3, 4}, []int{0, 1}},
		{"byte order mark", "\uFEFF1,2,R\n3,4,M\n", twoClasses, []float64{1, 2, 3, 4}, []int{0, 1}},
		{"spaces and tabs", " 1 ,\t2, R \n3,4 ,M\t\n", twoClasses, []float64{1, 2, 3, 4}, []int{0, 1}},
		{"quotes", "\"1\",2,\"R\"\n3,\"4\",M\n", twoClasses, []float64{1, 2, 3, 4}, []int{0, 1}},
		{"every form of a number", "-1.5e-3,+2E2,R\n.5,4.,M\n", twoClasses, []float64{-1.5e-3, 200, 0.5, 4}, []int{0, 1}},
		{"the largest and the smallest", "1.7976931348623157e308,5e-324,R\n1e-999,-0,M\n", twoClasses, []float64{1.7976931348623157e308, 5e-324, 0, 0}, []int{0, 1}},
		{"header", "x,kind,y\n1,a,2\n3,b,4\n", named, []float64{1, 2, 3, 4}, []int{0, 1}},
		{"label by position", "1,b,2\n3,a,4\n", second, []float64{1, 2, 3, 4}, []int{1, 0}},
		{"numbers as labels", "1,0\n3,1\n", params.Data{Classes: []string{"0", "1"}}, []float64{1, 3}, []int{0, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			table, err := Read(t.Context(), file("raw.csv", c.content), c.data)
			if err != nil {
				t.Fatal(err)
			}
			if got := values(table.All()); !slices.Equal(got, c.values) || !slices.Equal(table.Labels, c.labels) {
				t.Errorf("got %v, %v, want %v, %v", got, table.Labels, c.values, c.labels)
			}
		})
	}
}

// badTables are files with the classes R and M that Read refuses, each with the whole message.
var badTables = []struct {
	name, content string
	data          params.Data
	want          string
}{
	{"empty", "", twoClasses, `raw.csv: must hold rows of numbers and a label, is empty`},
	{"empty lines only", "\n\r\n\n", twoClasses, `raw.csv: must hold rows of numbers and a label, is empty`},
	{"one column", "R\nM\n", twoClasses, `raw.csv:1: must have 2 or more columns, got 1: "R"`},
	{"too few columns", "1,2,R\n3,M\n", twoClasses, `raw.csv:2: must have 3 columns as the first line has, got 2`},
	{"too many columns", "1,2,R\n3,4,5,M\n", twoClasses, `raw.csv:2: must have 3 columns as the first line has, got 4`},
	{"cut short in a number", "1,2,R\n3,4,M\n5,", twoClasses, `raw.csv:3: must have 3 columns as the first line has, got 2`},
	{"cut short before the label", "1,2,R\n3,4,M\n5,6,", twoClasses, `raw.csv:3: column 3 must be one of the labels R, M, got ""`},
	{"empty number", "1,2,R\n3,,M\n", twoClasses, `raw.csv:2: column 2 must be a finite number, got "": a gap that is not in data.missing, so list it there; the file has 1 gap in column 2`},
	{"a word", "1,2,R\n\n3,four,M\n", twoClasses, `raw.csv:3: column 2 must be a finite number, got "four": text in a column of numbers, so list the column in data.categorical or data.drop, or the text in data.missing if it means no value; the file has 1 text in column 2`},
	{"NaN", "1,NaN,R\n3,4,M\n", twoClasses, `raw.csv:1: column 2 must be a finite number, got "NaN": a gap that is not in data.missing, so list it there; the file has 1 gap in column 2`},
	{"Inf", "1,2,R\n-Inf,4,M\n", twoClasses, `raw.csv:2: column 1 must be a finite number, got "-Inf": text in a column of numbers, so list the column in data.categorical or data.drop, or the text in data.missing if it means no value; the file has 1 text in column 1`},
	{"infinity", "1,2,R\ninfinity,4,M\n", twoClasses, `raw.csv:2: column 1 must be a finite number, got "infinity": text in a column of numbers, so list the column in data.categorical or data.drop, or the text in data.missing if it means no value; the file has 1 text in column 1`},
	{"too large", "1,2,R\n1e309,4,M\n", twoClasses, `raw.csv:2: column 1 must be a finite number, got "1e309": text in a column of numbers, so list the column in data.categorical or data.drop, or the text in data.missing if it means no value; the file has 1 text in column 1`},
	{"hexadecimal", "1,2,R\n0x1p-2,4,M\n", twoClasses, `raw.csv:2: column 1 must be a finite number, got "0x1p-2": text in a column of numbers, so list the column in data.categorical or data.drop, or the text in data.missing if it means no value; the file has 1 text in column 1`},
	{"underscore", "1,2,R\n1_000,4,M\n", twoClasses, `raw.csv:2: column 1 must be a finite number, got "1_000": text in a column of numbers, so list the column in data.categorical or data.drop, or the text in data.missing if it means no value; the file has 1 text in column 1`},
	{"decimal comma", "\"1,5\",2,R\n3,4,M\n", twoClasses, `raw.csv:1: column 1 must be a finite number, got "1,5": text in a column of numbers, so list the column in data.categorical or data.drop, or the text in data.missing if it means no value; the file has 1 text in column 1`},
	{"semicolons", "1;2;R\n3;4;M\n", twoClasses, `raw.csv:1: must have commas between its fields, has semicolons: save the file with commas and decimal points, or convert it with inspect -csv`},
	{"unknown label", "1,2,R\n3,4,X\n", twoClasses, `raw.csv:2: column 3 must be one of the labels R, M, got "X": if it is a label too, list it in data.classes`},
	{"label in lower case", "1,2,R\n3,4,m\n", twoClasses, `raw.csv:2: column 3 must be one of the labels R, M, got "m": if it is a label too, list it in data.classes`},
	{"a header that is not declared", "x,y,kind\n3,4,M\n", twoClasses, `raw.csv:1: column 3 must be one of the labels R, M, got "kind": if the line names the columns, set data.header to true`},
	{"a class without rows", "1,2,M\n3,4,M\n", twoClasses, `raw.csv: must have rows of every class of data.classes, got none of "R"`},
	{"only a header", "x,y,kind\n", params.Data{Classes: []string{"R", "M"}, Header: true}, `raw.csv: must hold rows below its header, has none`},
	{"binary", "\x89PNG\r\n\x1a\n\x00\x00", twoClasses, `raw.csv:1: byte 1, in column 1, must be UTF-8, got "\x89": save the file as UTF-8`},
	{"zero bytes", "1,2,R\n\x00\x00,4,M\n", twoClasses, `raw.csv:2: byte 1, in column 1, must be text, got NUL: this is a binary file, or damaged`},
	{"UTF-16", "\xff\xfe1\x00,\x00R\x00\n\x00", twoClasses, `raw.csv: must be UTF-8, is UTF-16: save it as UTF-8, or convert it with inspect -csv`},
	{"a long field", "1,2,R\n" + strings.Repeat("x", 1000) + ",4,M\n", twoClasses, `raw.csv:2: column 1 must be a finite number, got "` + strings.Repeat("x", 40) + `": text in a column of numbers, so list the column in data.categorical or data.drop, or the text in data.missing if it means no value; the file has 1 text in column 1`},
	{"a stray quote", "1,2,R\n3,4\",M\n", twoClasses, `raw.csv:2: must be CSV, got bare " in non-quoted-field at byte 4`},
	{"an open quote", "1,2,R\n\"3,4,M\n", twoClasses, `raw.csv:2: the quote at byte 1 must be closed, is not in the rest of the file`},
	{"label's position too large", "1,2,R\n3,4,M\n", params.Data{Classes: []string{"R", "M"}, Label: params.Column{Position: 4}}, `raw.csv:1: must have a column 4, the label's, got 3 columns`},
	{"label's name unknown", "x,y,kind\n1,2,R\n3,4,M\n", params.Data{Classes: []string{"R", "M"}, Header: true, Label: params.Column{Name: "class"}}, `raw.csv:1: must have a column called "class", the label's, got "x", "y", "kind"`},
	{"label's name twice", "x,kind,kind\n1,2,R\n3,4,M\n", params.Data{Classes: []string{"R", "M"}, Header: true, Label: params.Column{Name: "kind"}}, `raw.csv:1: column 3 must not be called "kind" as column 2 is`},
}

func TestReadRefusesBadTables(t *testing.T) {
	for _, c := range badTables {
		t.Run(c.name, func(t *testing.T) {
			table, err := Read(t.Context(), file("raw.csv", c.content), c.data)
			if err == nil || err.Error() != c.want {
				t.Errorf("got error\n%v, want\n%s", err, c.want)
			}
			if table != nil && err != nil {
				t.Error("a table beside the error")
			}
		})
	}
}

func TestReadNamesAnErrorOfTheFileSystem(t *testing.T) {
	folder := t.TempDir()
	f, err := os.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = Read(t.Context(), f, twoClasses)
	if want := folder + ":1: is a directory"; err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
}

func TestReadStopsWithItsContext(t *testing.T) {
	cause := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	endless := &cancelling{line: "1,2,R\n", lines: 500_000, cancel: func() { cancel(cause) }}
	_, err := Read(ctx, text{endless, "raw.csv"}, twoClasses)
	if err != cause {
		t.Errorf("got error %v, want %v", err, cause)
	}
	if endless.read > 3*500_000*len(endless.line) {
		t.Errorf("%d bytes were read", endless.read)
	}
}

// cancelling returns the same line forever, and cancels after some.
type cancelling struct {
	line        string
	lines, read int
	cancel      func()
}

func (r *cancelling) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = r.line[(r.read+i)%len(r.line)]
	}
	r.read += len(p)
	if r.read > r.lines*len(r.line) {
		r.cancel()
	}
	return len(p), nil
}

func TestReadSplitJoinsFeaturesAndLabels(t *testing.T) {
	table, err := ReadSplit(t.Context(), file("X.csv", "1,2\n3,4\n5,6\n"), file("y.csv", "M\nR\nM\n"), twoClasses)
	if err != nil {
		t.Fatal(err)
	}
	if got := values(table.All()); !slices.Equal(got, []float64{1, 2, 3, 4, 5, 6}) || !slices.Equal(table.Labels, []int{1, 0, 1}) {
		t.Errorf("got %v, %v", got, table.Labels)
	}
}

func TestReadSplitRefusesBadFiles(t *testing.T) {
	for _, c := range []struct{ name, x, y, want string }{
		{"no features", "", "R\n", `X.csv: must hold rows of numbers, is empty`},
		{"no labels", "1,2\n", "", `y.csv: must hold labels, is empty`},
		{"fewer features", "1,2\n", "R\nM\n", `X.csv: must have 2 rows as y.csv has, got 1`},
		{"more features", "1,2\n3,4\n5,6\n", "R\nM\n", `X.csv:3: must not be there, as y.csv has only 2 rows`},
		{"ragged features", "1,2\n3\n", "R\nM\n", `X.csv:2: must have 2 columns as the first line has, got 1`},
		{"features that are no numbers", "1,2\n3,R\n", "R\nM\n", `X.csv:2: column 2 must be a finite number, got "R"`},
		{"two labels", "1,2\n3,4\n", "R,M\nM,R\n", `y.csv:1: must have 1 column, the label, got 2`},
		{"unknown label", "1,2\n3,4\n", "R\nX\n", `y.csv:2: column 1 must be one of the labels R, M, got "X"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ReadSplit(t.Context(), file("X.csv", c.x), file("y.csv", c.y), twoClasses)
			if err == nil || err.Error() != c.want {
				t.Errorf("got error\n%v, want\n%s", err, c.want)
			}
		})
	}
}

func TestManyClassesAreNotAllInTheMessage(t *testing.T) {
	classes := make([]string, 12)
	for i := range classes {
		classes[i] = fmt.Sprint("c", i)
	}
	_, err := Read(t.Context(), file("raw.csv", "1,x\n"), params.Data{Classes: classes})
	want := `raw.csv:1: column 2 must be one of the labels c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, ..., got "x": if it is a label too, list it in data.classes`
	if err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
}

func TestRowsLieWhereTheyWerePutAcrossBlocks(t *testing.T) {
	for _, features := range []int{1, 3, 60, 1000, blockValues - 1, blockValues + 1} {
		t.Run(fmt.Sprint(features, " features"), func(t *testing.T) {
			table := NewTable(numberColumns(features))
			rows := 2*blockValues/features + 3
			for i := range rows {
				row := make([]float64, features)
				row[0], row[features-1] = float64(i), float64(i)
				table.Append(row, nil, i)
			}
			for i := range rows {
				row := table.Numbers(i)
				if len(row) != features || cap(row) != features || row[0] != float64(i) || row[features-1] != float64(i) || table.Labels[i] != i {
					t.Fatalf("row %d: %d values, %v ... %v", i, len(row), row[0], row[features-1])
				}
			}
		})
	}
}

// sectionOf makes a data section from a few bytes: which keys refer to columns, and whether by name or by position.
func sectionOf(header bool, columns []byte, names, missing string) params.Data {
	data := params.Data{Classes: []string{"R", "M"}, Header: header, Missing: []string{"", "NA"}}
	if missing != "" {
		data.Missing = []string{strings.TrimSpace(missing)}
	}
	list := strings.Split(names, ",")
	for i, c := range columns[:min(len(columns), 6)] {
		column := params.Column{Position: 1 + int(c)%8}
		if name := strings.TrimSpace(list[int(c)%len(list)]); c >= 128 && header && name != "" {
			column = params.Column{Name: name}
		}
		switch i {
		case 0:
			data.Label = column
		case 1:
			data.Categorical = append(data.Categorical, column)
		case 2:
			data.Drop = append(data.Drop, column)
		case 3:
			data.ID = column
		case 4:
			data.Group = column
		case 5:
			data.Categorical = append(data.Categorical, column)
		}
	}
	return data
}

// What is read is written and read back, and is the same as a case and, without its labels, as rows to predict. What cannot be read gets a one-line error.
func FuzzReadGivesATableOrOneLine(f *testing.F) {
	for _, c := range badTables {
		if len(c.content) < 1<<12 {
			f.Add(c.content, c.data.Header, []byte{byte(max(0, c.data.Label.Position-1))}, c.data.Label.Name, "")
		}
	}
	for _, c := range tables {
		content := strings.NewReplacer(",a\n", ",R\n", ",b\n", ",M\n").Replace(c.content)
		f.Add(content, c.data.Header, []byte{255, 0, 1, 2}, c.data.Label.Name, "")
		f.Add(content, c.data.Header, []byte{2, 1}, "", "?")
	}
	f.Add("\uFEFF1,2,R\r\n3,4,M\r\n", false, []byte{2}, "", "")
	f.Add("i,g,c,x,y\np,s,red,1,R\nq,t,,2,M\n", true, []byte{4, 2, 3, 0, 1}, "i,g,c,x,y", "")
	f.Fuzz(func(t *testing.T, content string, header bool, columns []byte, names, missing string) {
		data := sectionOf(header, columns, names, missing)
		table, err := Read(t.Context(), file("raw.csv", content), data)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\r\n") || !strings.HasPrefix(err.Error(), "raw.csv:") {
				t.Errorf("error %q", err)
			}
			return
		}
		checkRoundTrip(t, table)
		checkAsCase(t, table, content)
	})
}

// checkAsCase reads a raw file again with a model's schema.
func checkAsCase(t *testing.T, table *Table, content string) {
	t.Helper()
	schema, err := NewSchema(table.Schema.Data, table.Columns)
	if err != nil {
		t.Fatal(err)
	}
	again, err := schema.ReadCase(t.Context(), file("raw.csv", content))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := shown(again), shown(table); got != want {
		t.Errorf("as a case\n%s, want\n%s", got, want)
	}
	rows := 0
	err = schema.ReadRows(t.Context(), file("raw.csv", content), func(part *Table, _ func(int) int) error {
		for i := range part.Rows() {
			if !equalBits(part.Numbers(i), table.Numbers(rows)) {
				t.Errorf("row %d to predict is %v, want %v", rows, part.Numbers(i), table.Numbers(rows))
			}
			rows++
		}
		return nil
	})
	if (err != nil || rows != table.Rows()) && !strings.Contains(fmt.Sprint(err), "must not be called") { // a dropped column has the same name
		t.Errorf("%d rows to predict, %v, want %d", rows, err, table.Rows())
	}
}

func equalBits(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(v, w float64) bool { return math.Float64bits(v) == math.Float64bits(w) })
}

func FuzzReadSplitGivesATableOrOneLine(f *testing.F) {
	for _, c := range tables {
		f.Add(c.x, "R\nM\n", c.data.Header, []byte{255, 0, 1, 2}, c.data.Label.Name)
	}
	f.Add("x,\n,1\n", "\"R\"\r\n", true, []byte{2}, "")
	f.Fuzz(func(t *testing.T, x, y string, header bool, columns []byte, names string) {
		table, err := ReadSplit(t.Context(), file("X.csv", x), file("y.csv", y), sectionOf(header, columns, names, ""))
		if err != nil {
			if strings.ContainsAny(err.Error(), "\r\n") || !strings.HasPrefix(err.Error(), "X.csv:") && !strings.HasPrefix(err.Error(), "y.csv:") {
				t.Errorf("error %q", err)
			}
			return
		}
		checkRoundTrip(t, table)
	})
}

// Tables of many pieces, with texts that come and go, read by different numbers of threads.
func TestThreadsMakeNoDifference(t *testing.T) {
	var content strings.Builder
	content.WriteString("id,group,c,x,d,kind\n")
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 60_000 {
		fmt.Fprintf(&content, "p%d,g%d,c%d,%v,%s,%s\n", i, r.IntN(1000), min(i/50, r.IntN(5000)), r.Float64(), []string{"", "u\"\"v", "NA", "w"}[r.IntN(4)], []string{"a", "b"}[r.IntN(2)])
	}
	data := described(func(d *params.Data) {
		d.ID, d.Group, d.Categorical = name("id"), name("group"), columns(name("c"), name("d"))
	})
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	text := strings.ReplaceAll(content.String(), "u\"\"v", "\"u\"\"v\"")
	one, err := Read(t.Context(), file("raw.csv", text), data)
	if err != nil {
		t.Fatal(err)
	}
	wantX, wantY := write(t, one, ascending(one.Rows()))
	faulty := text + "p60000,g,c,?,,a\np60001,g,c,x,,a\n"
	_, wantErr := Read(t.Context(), file("raw.csv", faulty), data)
	for _, threads := range []int{2, 3, 8} {
		runtime.GOMAXPROCS(threads)
		many, err := Read(t.Context(), file("raw.csv", text), data)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(one, many) {
			t.Errorf("%d threads read another table", threads)
		}
		if x, y := write(t, many, ascending(many.Rows())); x != wantX || y != wantY {
			t.Errorf("%d threads write other files", threads)
		}
		if _, err := Read(t.Context(), file("raw.csv", faulty), data); err == nil || err.Error() != wantErr.Error() {
			t.Errorf("%d threads: error %v, want %v", threads, err, wantErr)
		}
	}
	checkRoundTrip(t, one)
	checkAsCase(t, one, text)
}

func TestReadOfOtherDataSets(t *testing.T) {
	for _, c := range []struct {
		name     string
		classes  []string
		features int
		counts   []int
	}{
		{"iris.csv", []string{"setosa", "versicolor", "virginica"}, 4, []int{50, 50, 50}},
		{"wine.csv", []string{"class_0", "class_1", "class_2"}, 13, []int{59, 71, 48}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := os.Open("testdata/" + c.name)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			table, err := Read(t.Context(), f, params.Data{Classes: c.classes})
			if err != nil {
				t.Fatal(err)
			}
			if counts := count(table.Labels, len(c.classes)); len(table.Columns) != c.features || !slices.Equal(counts, c.counts) {
				t.Errorf("%d features, %v rows of each class", len(table.Columns), counts)
			}
		})
	}
}

// Rows to predict are read as tables of the schema's columns, or refused in one line that begins with the file's name.
func FuzzReadRowsGivesTablesOrOneLine(f *testing.F) {
	const raw = "id,a,c,y\np,1,red,R\nq,2,blue,M\n"
	data := params.Data{Classes: []string{"R", "M"}, Header: true, ID: params.Column{Name: "id"}, Categorical: []params.Column{{Name: "c"}}, Missing: []string{""}}
	f.Add(raw)
	f.Add("c,a,id\nred,1e999,p\n")
	f.Add("a,c\n1,green\n,\n")
	f.Add("id,a,c\n\"p\n\",0x1p-2,red\n")
	f.Fuzz(func(t *testing.T, content string) {
		table, err := Read(t.Context(), file("raw.csv", raw), data)
		if err != nil {
			t.Fatal(err)
		}
		tables, none := 0, false // none: a header has no rows, and one table says so
		err = table.Schema.ReadRows(t.Context(), file("rows.csv", content), func(rows *Table, _ func(int) int) error {
			tables++
			none = none || rows.Rows() == 0
			if none && tables > 1 || len(rows.Columns) != len(table.Columns) || rows.IDs != nil && len(rows.IDs) != rows.Rows() {
				t.Errorf("%d rows of %d columns with %d ids", rows.Rows(), len(rows.Columns), len(rows.IDs))
			}
			return nil
		})
		if err != nil && (!strings.HasPrefix(err.Error(), "rows.csv:") || strings.Contains(err.Error(), "\n")) {
			t.Errorf("error %q", err)
		}
	})
}
