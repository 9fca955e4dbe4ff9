package dataset

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"example.com/sonar/internal/params"
)

func name(name string) params.Column { return params.Column{Name: name} }

func position(position int) params.Column { return params.Column{Position: position} }

func columns(list ...params.Column) []params.Column { return list }

// described returns the data section of a file with a header and the classes a and b, changed by edit.
func described(edit func(d *params.Data)) params.Data {
	d := params.Data{Classes: []string{"a", "b"}, Header: true, Label: name("kind"), Missing: []string{"", "NA"}}
	if edit != nil {
		edit(&d)
	}
	return d
}

// headless returns the data section of a file without a header.
func headless(edit func(d *params.Data)) params.Data {
	return described(func(d *params.Data) {
		d.Header, d.Label = false, params.Column{}
		if edit != nil {
			edit(d)
		}
	})
}

// Every rule of the data section, broken once, with the whole message.
func TestEveryRuleOfTheDataSectionHasItsMessage(t *testing.T) {
	for _, c := range []struct {
		name    string
		data    params.Data
		content string
		want    string
	}{
		{"a label that is not there", described(func(d *params.Data) { d.Label = name("class") }), "x,kind\n1,a\n2,b\n",
			`1: must have a column called "class", the label's, got "x", "kind"`},
		{"an id that is not there", described(func(d *params.Data) { d.ID = name("no") }), "x,kind\n1,a\n2,b\n",
			`1: must have a column called "no", the id's, got "x", "kind"`},
		{"a group that is not there", described(func(d *params.Data) { d.Group = position(3) }), "x,kind\n1,a\n2,b\n",
			`1: must have a column 3, the group's, got 2 columns`},
		{"a dropped column that is not there", described(func(d *params.Data) { d.Drop = columns(name("y")) }), "x,kind\n1,a\n2,b\n",
			`1: must have a column called "y", which data.drop lists, got "x", "kind"`},
		{"a categorical column that is not there", headless(func(d *params.Data) { d.Categorical = columns(position(9)) }), "1,a\n2,b\n",
			`1: must have a column 9, which data.categorical lists, got 2 columns`},
		{"a name that is a number is no position", described(func(d *params.Data) { d.Drop = columns(name("1")) }), "x,kind\n1,a\n2,b\n",
			`1: must have a column called "1", which data.drop lists, got "x", "kind"`},
		{"a name that occurs twice, meant by name", described(func(d *params.Data) { d.Drop = columns(name("x")) }), "x,kind,y,x\n1,a,2,3\n",
			`1: column 4 must not be called "x" as column 1 is`},
		{"a label's name that occurs twice", described(nil), "kind,x,kind\n1,a,2\n",
			`1: column 3 must not be called "kind" as column 1 is`},
		{"label and drop", described(func(d *params.Data) { d.Drop = columns(position(2)) }), "x,kind\n1,a\n2,b\n",
			`1: column 2 ("kind") must play one part, is in data.label and in data.drop`},
		{"the last column and drop", headless(func(d *params.Data) { d.Drop = columns(position(2)) }), "1,a\n2,b\n",
			`1: column 2 must play one part, is in data.label and in data.drop`},
		{"id and group", described(func(d *params.Data) { d.ID, d.Group = name("i"), position(1) }), "i,x,kind\n1,1,a\n",
			`1: column 1 ("i") must play one part, is in data.id and in data.group`},
		{"group and categorical", described(func(d *params.Data) { d.Group, d.Categorical = name("i"), columns(name("i")) }), "i,x,kind\n1,1,a\n",
			`1: column 1 ("i") must play one part, is in data.group and in data.categorical`},
		{"drop and categorical", described(func(d *params.Data) { d.Drop, d.Categorical = columns(name("i")), columns(name("i")) }), "i,x,kind\n1,1,a\n",
			`1: column 1 ("i") must play one part, is in data.drop and in data.categorical`},
		{"dropped by name and by position", described(func(d *params.Data) { d.Drop = columns(name("i"), position(1)) }), "i,x,kind\n1,1,a\n",
			`1: column 1 ("i") must appear in data.drop once, appears twice`},
		{"inputs of one name", described(nil), "x,y,x,kind\n1,2,3,a\n",
			`1: column 3 must not be called "x" as column 1 is: inputs go by name`},
		{"inputs of one name, one of texts", described(func(d *params.Data) { d.Categorical = columns(position(3)) }), "x,y,x,kind\n1,2,3,a\n",
			`1: column 3 must not be called "x" as column 1 is: inputs go by name`},
		{"an id called row", described(func(d *params.Data) { d.ID = name("row") }), "row,x,kind\n1,2,a\n",
			`1: column 1 ("row") must not be data.id, as the predictions have a column of that name: rename it`},
		{"an id called label", described(func(d *params.Data) { d.ID = position(1) }), "label,x,kind\n1,2,a\n",
			`1: column 1 ("label") must not be data.id, as the predictions have a column of that name: rename it`},
		{"an id called prediction", described(func(d *params.Data) { d.ID = name("prediction") }), "prediction,x,kind\n1,2,a\n",
			`1: column 1 ("prediction") must not be data.id, as the predictions have a column of that name: rename it`},
		{"an id called probability_x", described(func(d *params.Data) { d.ID = name("probability_x") }), "probability_x,x,kind\n1,2,a\n",
			`1: column 1 ("probability_x") must not be data.id, as the predictions have a column of that name: rename it`},
		{"an index column as an input", described(nil), "\"\",x,kind\n1,2,a\n2,3,b\n",
			`1: column 1 must have a name: a column without a name is what R and pandas write for an index; list it in data.drop, or make it data.id`},
		{"an index column as the group", described(func(d *params.Data) { d.Group = position(1) }), ",x,kind\n1,2,a\n2,3,b\n",
			`1: column 1 must have a name: a column without a name is what R and pandas write for an index; list it in data.drop, or make it data.id`},
		{"no input", described(func(d *params.Data) { d.Drop, d.ID = columns(name("x")), name("i") }), "x,i,kind\n1,2,a\n2,3,b\n",
			`1: must have a column that is an input, got only the label's and those of data.id, data.group and data.drop`},
		{"a class that means no value", described(func(d *params.Data) { d.Classes = []string{"EU", "NA"} }), "x,kind\n1,EU\n2,NA\n",
			`1: data.missing must not list "NA", which is one of data.classes`},
		{"a position after a column that is gone by name", described(func(d *params.Data) { d.Categorical = columns(position(3)) }), "kind,x,y\na,1,p\nb,2,q\n",
			`1: column 3 ("y") must be referred to by its name in params.yaml, as data.label or data.drop is by name: without the columns that these name, the split has other positions`},

		{"a header that is data", described(func(d *params.Data) { d.Label = params.Column{} }), "1,2,a\n3,4,b\n",
			`1: data.header is true, but line 1 is data`},
		{"a header that is data after empty lines", described(func(d *params.Data) { d.Label = position(1) }), "\n\na,1,NA\nb,3,4\n",
			`3: data.header is true, but line 3 is data`},
		{"a header that is data, label by name", described(nil), "1,2,a\n3,4,b\n",
			`1: data.header is true, but line 1 is data`},
		{"a header that is data, with texts and an id", described(func(d *params.Data) {
			d.Label, d.Categorical, d.ID = params.Column{}, columns(position(2)), position(1)
		}), "p1,x,2,a\np2,y,4,b\n",
			`1: data.header is true, but line 1 is data`},
		{"a header that is not declared", headless(nil), "x,kind\n1,a\n2,b\n",
			`1: column 2 must be one of the labels a, b, got "kind": if the line names the columns, set data.header to true`},

		{"a missing label", described(nil), "x,kind\n1,a\n2,NA\n", `3: column 2 ("kind") must be one of the labels a, b, got "NA"`},
		{"an empty label", described(nil), "x,kind\n1,a\n2,\n", `3: column 2 ("kind") must be one of the labels a, b, got ""`},
		{"a missing id", described(func(d *params.Data) { d.ID = name("i") }), "i,x,kind\np,1,a\nNA,2,b\n",
			`3: column 1 ("i"), data.id, must have a value in every row, got "NA"`},
		{"an empty id", described(func(d *params.Data) { d.ID, d.Missing = name("i"), nil }), "i,x,kind\np,1,a\n\" \",2,b\n",
			`3: column 1 ("i"), data.id, must have a value in every row, got ""`},
		{"a missing group", headless(func(d *params.Data) { d.Group = position(1) }), "p,1,a\n,2,b\n",
			`2: column 1, data.group, must have a value in every row, got ""`},
		{"an id twice", described(func(d *params.Data) { d.ID = name("i") }), "i,x,kind\np,1,a\n\nq,2,b\np,1,a\n",
			`5: column 1 ("i"), data.id, must differ from row to row, got "p" as on line 2: if such rows belong together, make it data.group`},
		{"an empty field that is no gap", headless(func(d *params.Data) { d.Missing = []string{"NA"} }), "1,2,a\n3,,b\n,,b\n",
			`2: column 2 must be a finite number, got "": a gap that is not in data.missing, so list it there; the file has 1 gap in column 1, 2 gaps in column 2`},
		{"an empty text that is no gap", described(func(d *params.Data) { d.Missing, d.Categorical = nil, columns(name("c")) }), "c,x,kind\np,1,a\n \" \",2,b\n,3,b\n",
			`3: column 1 ("c") must be a text, got "": a gap that is not in data.missing, so list it there; the file has 2 gaps in column 1 ("c")`},
		{"gaps that are not listed", described(nil), "x,y,kind\n1,2,a\n?,3,b\n4,?,b\n?,,a\nNA,?,b\n",
			`3: column 1 ("x") must be a finite number, got "?": a gap that is not in data.missing, so list it there; the file has 2 gaps in column 1 ("x"), 2 gaps in column 2 ("y")`},
		{"texts in columns of numbers", described(nil), "x,y,kind\n1,2,a\n1,low,b\nhigh,low,b\n",
			`3: column 2 ("y") must be a finite number, got "low": text in a column of numbers, so list the column in data.categorical or data.drop, or the text in data.missing if it means no value; the file has 1 text in column 1 ("x"), 2 texts in column 2 ("y")`},
		{"gaps and texts", headless(nil), "x,?,a\n1,2,b\n?,?,b\n",
			`1: column 1 must be a finite number, got "x": text in a column of numbers, so list the column in data.categorical or data.drop, or the text in data.missing if it means no value; the file has 1 gap and 1 text in column 1, 2 gaps in column 2`},
		{"many columns of texts", headless(nil), strings.Repeat("x,", 12) + "a\n" + strings.Repeat("1,", 12) + "b\n",
			`1: column 1 must be a finite number, got "x": text in a column of numbers, so list the column in data.categorical or data.drop, or the text in data.missing if it means no value; the file has ` +
				`1 text in column 1, 1 text in column 2, 1 text in column 3, 1 text in column 4, 1 text in column 5, 1 text in column 6, ` +
				`1 text in column 7, 1 text in column 8, 1 text in column 9, 1 text in column 10, more in 2 other columns`},

		{"a label in other letters", described(func(d *params.Data) { d.Classes = []string{"è", "\u00e9"} }), "x,kind\n1,è\n2,e\u0301\n",
			"3: column 2 (\"kind\") must be one of the labels è (U+00E8), \u00e9 (U+00E9), got \"e\u0301\" (U+0065 U+0301)"},
		{"an accented label, and another", described(func(d *params.Data) { d.Classes = []string{"fidèle", "à risque"} }), "x,kind\n1,perdu\n",
			`2: column 2 ("kind") must be one of the labels fidèle, à risque, got "perdu": if it is a label too, list it in data.classes`},
		{"a label that is not there, among many columns", described(func(d *params.Data) { d.Label = name("segmnt") }), strings.Repeat("x,", 12) + "kind\n",
			`1: must have a column called "segmnt", the label's, got ` + strings.Repeat(`"x", `, 9) + `"x" and 3 more`},
		{"a Cyrillic label", headless(func(d *params.Data) { d.Classes = []string{"R", "M"} }), "1,R\n2,\u041c\n",
			"2: column 2 must be one of the labels R, M (U+004D), got \"\u041c\" (U+041C)"},
		{"a Latin label", headless(func(d *params.Data) { d.Classes = []string{"R", "\u041c"} }), "1,R\n2,M\n",
			"2: column 2 must be one of the labels R, \u041c (U+041C), got \"M\" (U+004D)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read(t.Context(), file("raw.csv", c.content), c.data)
			if want := "raw.csv:" + c.want; err == nil || err.Error() != want {
				t.Errorf("got error\n%v, want\n%s", err, want)
			}
		})
	}
}

// shown is a table as text: its columns and rows.
func shown(t *Table) string {
	var b strings.Builder
	for _, c := range t.Columns {
		fmt.Fprintf(&b, "%s ", c.Label())
	}
	for i := range t.Rows() {
		b.WriteString("|")
		var slots [2]int
		for _, c := range t.Columns {
			switch {
			case c.Kind == Number:
				fmt.Fprintf(&b, " %v", t.Numbers(i)[slots[Number]])
			case t.Codes(i)[slots[Category]] == NoCode:
				b.WriteString(" -")
			default:
				fmt.Fprintf(&b, " %q", t.Texts[slots[Category]][t.Codes(i)[slots[Category]]])
			}
			slots[c.Kind]++
		}
		if t.IDs != nil {
			fmt.Fprintf(&b, " id=%s", t.IDs[i])
		}
		if t.Groups != nil {
			fmt.Fprintf(&b, " group=%s", t.Groups[i])
		}
		if t.Labels != nil {
			fmt.Fprintf(&b, " %d", t.Labels[i])
		}
	}
	return b.String()
}

// tables are files that Read accepts, with what it makes of them and what prepare writes.
var tables = []struct {
	name    string
	data    params.Data
	content string
	table   string
	x       string
}{
	{"a header", described(nil), "x,kind,y\n1,a,2\n3,b,4\n", "x y | 1 2 0| 3 4 1", "x,y\n1.000000,2.000000\n3.000000,4.000000\n"},
	{"gaps", described(nil), "x,y,kind\nNA,2,a\n,\"NA\",b\n3, NA ,b\n", "x y | NaN 2 0| NaN NaN 1| 3 NaN 1", "x,y\n,2.000000\n,\n3.000000,\n"},
	{"gaps in one column", headless(nil), "1,a\nNA,b\n", "1 | 1 0| NaN 1", "1.000000\n\"\"\n"},
	{"numbers that mean no value", headless(func(d *params.Data) { d.Missing = []string{"-999", "9e9"} }), "-999,1,a\n-999.0,9e9,b\n", "1 2 | NaN 1 0| -999 NaN 1",
		",1.000000\n-999.000000,\n"},
	{"texts", described(func(d *params.Data) { d.Categorical = columns(name("c")) }), "c,x,kind\nred,1,a\nNA,2,b\n\" red\",3,b\nred,3,b\n",
		`c x | "red" 1 0| - 2 1| " red" 3 1| "red" 3 1`, "c,x\nred,1.000000\n,2.000000\n\" red\",3.000000\nred,3.000000\n"},
	{"texts that are numbers or booleans", headless(func(d *params.Data) { d.Categorical = columns(position(1), position(2)) }), "01,TRUE,a\n1,FALSE,b\n",
		`1 2 | "01" "TRUE" 0| "1" "FALSE" 1`, "01,TRUE\n1,FALSE\n"},
	{"texts that need quotes", described(func(d *params.Data) { d.Categorical = columns(name("a,\"b\"\nc")) }), "\"a,\"\"b\"\"\nc\",kind\n\"x\ny\",a\n\"1;2\",b\n",
		"a,\"b\"\nc | \"x\\ny\" 0| \"1;2\" 1", "\"a,\"\"b\"\"\nc\"\n\"x\ny\"\n\"1;2\"\n"},
	{"NA that is a text", described(func(d *params.Data) { d.Categorical, d.Missing = columns(name("c")), []string{""} }), "c,kind\nNA,a\n,b\n", `c | "NA" 0| - 1`, "c\nNA\n\"\"\n"},
	{"id and group", described(func(d *params.Data) { d.ID, d.Group = name("id"), name("site") }), "site,x,id,kind\ns,1,\"p,1\",a\nt,2,p2,b\n",
		"x | 1 id=p,1 group=s 0| 2 id=p2 group=t 1", "site,x,id\ns,1.000000,\"p,1\"\nt,2.000000,p2\n"},
	{"id and group without a header", headless(func(d *params.Data) { d.ID, d.Group, d.Drop = position(4), position(2), columns(position(1)) }), "9,s,1,7,2,a\n9,s,1,8,2,b\n",
		"3 5 | 1 2 id=7 group=s 0| 1 2 id=8 group=s 1", "s,1.000000,7,2.000000\ns,1.000000,8,2.000000\n"},
	{"an index that is dropped", described(func(d *params.Data) { d.Drop = columns(position(1)) }), "\"\",x,kind\n\"1\",5,a\n\"2\",6,b\n", "x | 5 0| 6 1", "x\n5.000000\n6.000000\n"},
	{"an index that is the id", described(func(d *params.Data) { d.ID = position(1) }), ",x,kind\n1,5,a\n2,6,b\n", "x | 5 id=1 0| 6 id=2 1", ",x\n1,5.000000\n2,6.000000\n"},
	{"names that are numbers", described(func(d *params.Data) { d.Label = name("4") }), "0,1,4,3\n9,8,a,7\n6,5,b,4\n", "0 1 3 | 9 8 7 0| 6 5 4 1", "0,1,3\n9.000000,8.000000,7.000000\n6.000000,5.000000,4.000000\n"},
	{"a header that counts, with classes that are numbers", described(func(d *params.Data) { d.Label, d.Classes = name("0"), []string{"0", "1"} }), "0,1,2\n1,8,7\n0,5,4\n",
		"1 2 | 8 7 1| 5 4 0", "1,2\n8.000000,7.000000\n5.000000,4.000000\n"},
	{"a header of a class and names", described(func(d *params.Data) { d.Label = name("a") }), "a,x\nb,1\na,2\n", "x | 1 1| 2 0", "x\n1.000000\n2.000000\n"},
	{"a name that occurs twice, meant by position", described(func(d *params.Data) { d.Drop = columns(position(1)) }), "x,x,kind\nno,1,a\nno,2,b\n", "x | 1 0| 2 1", "x\n1.000000\n2.000000\n"},
	{"positions in a file with a header", described(func(d *params.Data) {
		d.Label, d.Drop, d.Categorical, d.Group = position(1), columns(position(3)), columns(position(4)), position(5)
	}), "kind,x,y,c,g,z\na,1,?,p,u,2\nb,3,?,q,v,4\n", `x c z | 1 "p" 2 group=u 0| 3 "q" 4 group=v 1`, "x,c,g,z\n1.000000,p,u,2.000000\n3.000000,q,v,4.000000\n"},
	{"names before which nothing is gone, and a position", described(func(d *params.Data) { d.Categorical = columns(position(2)) }), "x,c,kind\n1,p,a\n2,q,b\n",
		`x c | 1 "p" 0| 2 "q" 1`, "x,c\n1.000000,p\n2.000000,q\n"},
	{"dropped columns hold anything", headless(func(d *params.Data) { d.Drop = columns(position(2)) }), "1,,a\n2,\"x,y\",b\n", "1 | 1 0| 2 1", "1.000000\n2.000000\n"},
	{"spaces after quotes and lines of spaces", headless(nil), "\"1.2\" , \"2\" ,\"a\"\n   \n3,4,b\n", "1 2 | 1.2 2 0| 3 4 1", "1.200000,2.000000\n3.000000,4.000000\n"},
}

func TestTablesOfEveryKindAreReadAndWrittenAndReadAgain(t *testing.T) {
	for _, c := range tables {
		t.Run(c.name, func(t *testing.T) {
			table, err := Read(t.Context(), file("raw.csv", c.content), c.data)
			if err != nil {
				t.Fatal(err)
			}
			if got := shown(table); got != c.table {
				t.Errorf("got\n%s, want\n%s", got, c.table)
			}
			if x, _ := write(t, table, ascending(table.Rows())); x != c.x {
				t.Errorf("written as\n%s, want\n%s", x, c.x)
			}
			checkRoundTrip(t, table)
		})
	}
}

func TestColumnsAreInTheirPositionsOfTheRawFile(t *testing.T) {
	data := headless(func(d *params.Data) {
		d.Label, d.ID, d.Drop = position(2), position(4), columns(position(5), position(1))
	})
	table, err := Read(t.Context(), file("raw.csv", "x,a,1,i,x,2\nx,b,3,j,x,4\n"), data)
	if err != nil {
		t.Fatal(err)
	}
	want := []Column{{Position: 3}, {Position: 6}}
	x, y := write(t, table, []int{1, 0})
	back, err := ReadSplit(t.Context(), file("X.csv", x), file("y.csv", y), data)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(table.Columns, want) || !slices.Equal(back.Columns, want) || back.Schema.Raw != 6 {
		t.Errorf("columns %v and %v of %d, want %v of 6", table.Columns, back.Columns, back.Schema.Raw, want)
	}
}

func TestASplitOfAnotherDataSectionIsRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		data params.Data
		want string
	}{
		{"the label's column", described(func(d *params.Data) { d.Label = name("x") }), "X.csv:1: column 1 must not be there, as it is \"x\", the label's: run prepare, or `dvc repro`"},
		{"a dropped column", described(func(d *params.Data) { d.Drop = columns(name("y")) }), "X.csv:1: column 2 must not be there, as it is \"y\", which data.drop lists: run prepare, or `dvc repro`"},
		{"no column of texts", described(func(d *params.Data) { d.Categorical = columns(name("z")) }), `X.csv:1: must have a column called "z", which data.categorical lists, got "x", "y"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ReadSplit(t.Context(), file("X.csv", "x,y\n1,2\n3,4\n"), file("y.csv", "a\nb\n"), c.data)
			if err == nil || err.Error() != c.want {
				t.Errorf("got error\n%v, want\n%s", err, c.want)
			}
		})
	}
}

func TestColumnsThatCountTheRowsAreWarnedOf(t *testing.T) {
	table, err := Read(t.Context(), file("raw.csv", "c,n,x,m,kind,z\n0,1,1,0,a,0\n1,2,2,1,b,1\n2,3,4,1,b,\n3,4,4,3,a,3\n"),
		described(func(d *params.Data) { d.Categorical = columns(name("c")) }))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`column 2 ("n") counts the rows: if it is an index, list it in data.drop, or make it data.id`}
	if got := table.Warnings(); !slices.Equal(got, want) {
		t.Errorf("warnings %q, want %q", got, want)
	}
	if got := sonar(t).Warnings(); got != nil {
		t.Errorf("warnings of Sonar: %q", got)
	}
}

// predicted is the rows that ReadRows passes on.
func predicted(t *testing.T, s *Schema, content string) (string, error) {
	t.Helper()
	var rows []string
	err := s.ReadRows(t.Context(), file("new.csv", content), func(table *Table, _ func(int) int) error {
		rows = append(rows, shown(table))
		return nil
	})
	return strings.Join(rows, "+"), err
}

func TestRowsToPredictAreFoundByNameOrByPosition(t *testing.T) {
	named := described(func(d *params.Data) {
		d.ID, d.Group, d.Drop, d.Categorical = name("id"), name("g"), columns(position(1)), columns(name("c"))
	})
	inputs := []Column{{Name: "x", Position: 3}, {Name: "c", Position: 4, Kind: Category}}
	placed := headless(func(d *params.Data) {
		d.Label, d.Drop, d.ID, d.Categorical = position(2), columns(position(1)), position(5), columns(position(4))
	})
	for _, c := range []struct {
		name    string
		data    params.Data
		content string
		want    string // the rows, or the error
	}{
		{"all columns", named, ",id,x,c,g,kind\n1,p,2,red,s,a\n", `x c | 2 "red" id=p`},
		{"in another order", named, "c,other,x\nred,?,2\nNA,,\n", `x c | 2 "red"| NaN -`},
		{"an unknown text", named, "c,x,id\nnever,1,q\n", `x c | 1 "never" id=q`},
		{"an input less", named, "c,id\nred,p\n", `new.csv:1: must have a column called "x", an input of the model, got "c", "id"`},
		{"an input twice", named, "c,x,x\nred,1,2\n", `new.csv:1: column 3 must not be called "x" as column 2 is`},
		{"no header", named, "1,red\n", `new.csv:1: must have a column called "x", an input of the model, got "1", "red"`},
		{"a gap that is not listed", named, "c,x\nred,1\nred,?\n", `new.csv:3: column 2 ("x") must be a finite number, got "?": correct it, or leave the field empty`},
		{"an empty field", named, "c,x\nred,\n,2\n", `x c | NaN "red"| 2 -`},
		{"no rows", named, "c,x\n", "x c "},
		{"nothing", named, "", ""},
		{"by position, with the label", placed, "z,,1,red,p\nz,b,2,,q\n", `3 4 | 1 "red" id=p| 2 - id=q`},
		{"by position, without the label", placed, "z,1,red,p\n", `3 4 | 1 "red" id=p`},
		{"too few columns", placed, "1,red,p\n", `new.csv:1: must have 5 columns as the raw file of the model had, or 4 without the label's, got 3`},
	} {
		t.Run(c.name, func(t *testing.T) {
			columns := inputs
			if !c.data.Header {
				columns = []Column{{Position: 3}, {Position: 4, Kind: Category}}
			}
			schema, err := NewSchema(c.data, columns)
			if err != nil {
				t.Fatal(err)
			}
			got, err := predicted(t, schema, c.content)
			if err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got\n%s, want\n%s", got, c.want)
			}
		})
	}
}

func TestAModelsSchemaIsThatOfItsSplit(t *testing.T) {
	for _, c := range tables {
		t.Run(c.name, func(t *testing.T) {
			table, err := Read(t.Context(), file("raw.csv", c.content), c.data)
			if err != nil {
				t.Fatal(err)
			}
			schema, err := NewSchema(c.data, table.Columns)
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Check(table.Schema); err != nil {
				t.Error(err)
			}
			if schema.Raw != table.Schema.Raw || schema.IDName() != table.Schema.IDName() && c.data.ID.Name != "" {
				t.Errorf("%d columns, id %q, want %d and %q", schema.Raw, schema.IDName(), table.Schema.Raw, table.Schema.IDName())
			}
			again, err := schema.ReadCase(t.Context(), file("case.csv", c.content))
			if err != nil {
				t.Fatal(err)
			}
			if got := shown(again); got != c.table {
				t.Errorf("as a case\n%s, want\n%s", got, c.table)
			}
		})
	}
	if _, err := NewSchema(headless(nil), []Column{{Position: 2}}); err == nil {
		t.Error("inputs that the data section does not have were taken")
	}
}

func TestACaseHasTheInputsOfTheModel(t *testing.T) {
	schema, err := NewSchema(described(nil), []Column{{Name: "x"}, {Name: "y"}})
	if err != nil {
		t.Fatal(err)
	}
	for content, want := range map[string]string{
		"x,kind\n1,a\n":     `case.csv:1: must have 2 columns as the model has inputs, got 1`,
		"y,x,kind\n1,2,a\n": `case.csv:1: input 1 must be called "x" as that of the model, got "y"`,
		"x,y,kind\n":        `case.csv: must hold rows with their labels, is empty`,
		"x,y,kind\n1,2,c\n": `case.csv:2: column 3 ("kind") must be one of the labels a, b, got "c"`,
	} {
		if _, err := schema.ReadCase(t.Context(), file("case.csv", content)); err == nil || err.Error() != want {
			t.Errorf("got error\n%v, want\n%s", err, want)
		}
	}
}

func TestNaNIsReadFromGapsOnly(t *testing.T) {
	data := headless(func(d *params.Data) { d.Missing = []string{"NaN"} })
	table, err := Read(t.Context(), file("raw.csv", "NaN,1,a\n2,3,b\n"), data)
	if err != nil || !math.IsNaN(table.Numbers(0)[0]) {
		t.Errorf("got %v, %v", table, err)
	}
}
