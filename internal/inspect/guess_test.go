package inspect

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/params"
)

// rows writes n lines, each of what line returns.
func rows(n int, line func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i) + "\n")
	}
	return b.String()
}

func flower(i int) string { return fmt.Sprintf("%d.%d,%s", i%7, i%3, []string{"lily", "rose"}[i%2]) }

func names(columns []params.Column) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = c.String()
	}
	return strings.Join(list, " ")
}

func TestColumnsAreGuessed(t *testing.T) {
	type want struct {
		header                               bool
		classes                              string // with spaces between
		label, id, group, drop, cats, misses string // misses beside "" and NA
	}
	tests := []struct {
		name, csv, label string
		want             want
	}{
		{"no header", rows(20, flower), "", want{classes: "lily rose", label: "2"}},
		{"a header", "size,kind\n" + rows(20, flower), "", want{header: true, classes: "lily rose", label: "kind"}},
		{"a header above texts alone", "colour,edible\n" + rows(20, func(i int) string {
			return []string{"red,yes", "blue,no", "red,no"}[i%3]
		}), "", want{header: true, classes: "no yes", label: "edible", cats: "colour"}},
		{"numbers as classes, by value", "x,y\n" + rows(30, func(i int) string { return fmt.Sprintf("%d.5,%d", i, 9+i%3) }), "",
			want{header: true, classes: "9 10 11", label: "y"}},
		{"the label in the first column", rows(20, func(i int) string { return []string{"p", "e"}[i%2] + fmt.Sprintf(",%d.5,%d", i%7, i%5) }), "",
			want{classes: "e p", label: "1"}},
		{"the label by its name", "target,kind\n" + rows(20, func(i int) string { return fmt.Sprintf("%d,%s", i%2, []string{"u", "v", "w"}[i%3]) }), "",
			want{header: true, classes: "0 1", label: "target", cats: "kind"}},
		{"the label as asked for", "target,kind\n" + rows(20, func(i int) string { return fmt.Sprintf("%d,%s", i%2, []string{"u", "v", "w"}[i%3]) }), "kind",
			want{header: true, classes: "u v w", label: "kind"}},
		{"the label as asked for, by position", rows(20, flower), "2", want{classes: "lily rose", label: "2"}},
		{"an index without a name", ",size,kind\n" + rows(20, func(i int) string { return fmt.Sprintf("%d,%s", i, flower(i)) }), "",
			want{header: true, classes: "lily rose", label: "kind", drop: "1"}},
		{"an index that R writes", `"","size","kind"` + "\n" + rows(20, func(i int) string { return fmt.Sprintf("%q,%s", fmt.Sprint(i+1), flower(i)) }), "",
			want{header: true, classes: "lily rose", label: "kind", drop: "1"}},
		{"names of rows without a name", ",size,kind\n" + rows(20, func(i int) string { return fmt.Sprintf("r%d,%s", i, flower(i)) }), "",
			want{header: true, classes: "lily rose", label: "kind", id: "1"}},
		{"ids by their name", "PassengerId,size,kind\n" + rows(20, func(i int) string { return fmt.Sprintf("%d,%s", i+1, flower(i)) }), "",
			want{header: true, classes: "lily rose", label: "kind", id: "PassengerId"}},
		{"an id that predictions have a column for", "row,size,kind\n" + rows(20, func(i int) string { return fmt.Sprintf("r%d,%s", i, flower(i)) }), "",
			want{header: true, classes: "lily rose", label: "kind", drop: "row"}},
		{"ids without a header", rows(20, func(i int) string { return fmt.Sprintf("%d,%s", 8000+i*37, flower(i)) }), "",
			want{classes: "lily rose", label: "3", id: "1"}},
		{"groups of a German table", "Patienten-Nr.,size,kind\n" + rows(40, func(i int) string { return fmt.Sprintf("%d,%s", 4000+i/3*7%20, flower(i)) }), "",
			want{header: true, classes: "lily rose", label: "kind", group: "Patienten-Nr."}},
		{"groups of devices", "device,size,kind\n" + rows(40, func(i int) string { return fmt.Sprintf("pump-%02d,%s", i/3, flower(i)) }), "",
			want{header: true, classes: "lily rose", label: "kind", group: "device"}},
		{"an index of codes", "order,size,kind\n" + rows(20, func(i int) string { return fmt.Sprintf("%06d,%s", i+1, flower(i)) }), "",
			want{header: true, classes: "lily rose", label: "kind", drop: "order"}},
		{"groups", "patient_id,size,kind\n" + rows(40, func(i int) string { return fmt.Sprintf("P%d,%s", i/3, flower(i)) }), "",
			want{header: true, classes: "lily rose", label: "kind", group: "patient_id"}},
		{"booleans and texts", "sunny,wind,size,kind\n" + rows(20, func(i int) string {
			return []string{"TRUE", "FALSE"}[i/2%2] + "," + []string{"low", "high", "none"}[i%3] + "," + flower(i)
		}), "", want{header: true, classes: "lily rose", label: "kind", cats: "sunny wind"}},
		{"gaps", "a,b,kind\n" + rows(20, func(i int) string {
			return []string{"?", "1", "2.5"}[i%3] + "," + []string{"-", "7", "NaN", "8"}[i%4] + "," + []string{"lily", "rose"}[i%2]
		}), "", want{header: true, classes: "lily rose", label: "kind", misses: "- ? NaN"}},
		{"a text for no value among numbers", "a,kind\n" + rows(60, func(i int) string {
			if i == 5 {
				return "unknown,rose"
			}
			return fmt.Sprintf("%d,%s", i*i, []string{"lily", "rose"}[i%2])
		}), "", want{header: true, classes: "lily rose", label: "kind", misses: "unknown"}},
		{"numbers and texts that are categories", "doors,kind\n" + rows(40, func(i int) string {
			return []string{"2", "3", "4", "5more"}[i%4] + "," + []string{"lily", "rose"}[i/2%2]
		}), "", want{header: true, classes: "lily rose", label: "kind", cats: "doors"}},
		{"classes that look like gaps", rows(20, func(i int) string { return fmt.Sprintf("%d.5,%s", i, []string{"+", "-"}[i%2]) }), "",
			want{classes: "+ -", label: "2"}},
		{"what is no use", "size,one,note,nothing,kind\n" + rows(60, func(i int) string {
			return fmt.Sprintf("%d.5,1,%s,,%s", i, []string{fmt.Sprint("text ", i/2*2), fmt.Sprint("note ", i)}[i%2], []string{"lily", "rose"}[i%2])
		}), "", want{header: true, classes: "lily rose", label: "kind", id: "note", drop: "one nothing"}},
		{"long texts", "size,note,kind\n" + rows(60, func(i int) string {
			return fmt.Sprintf("%d.5,%s,%s", i, fmt.Sprint("text ", max(i, 2)), []string{"lily", "rose"}[i%2])
		}), "", want{header: true, classes: "lily rose", label: "kind", drop: "note"}},
		{"dates that repeat", "when,size,kind\n" + rows(80, func(i int) string { return fmt.Sprintf("2024-03-%02d,%s", 1+i%28, flower(i)) }), "",
			want{header: true, classes: "lily rose", label: "kind", drop: "when"}},
		{"dates that differ, with times", "when,size,kind\n" + rows(60, func(i int) string { return fmt.Sprintf("2024-03-01 12:%02d:00,%s", i, flower(i)) }), "",
			want{header: true, classes: "lily rose", label: "kind", drop: "when"}},
		{"few dates, last", "size,colour,when\n" + rows(40, func(i int) string {
			return fmt.Sprintf("%d.5,%s,%d.03.2024", i, []string{"red", "blue"}[i%2], 1+i%4)
		}), "", want{header: true, classes: "blue red", label: "colour", drop: "when"}},
		{"prices that differ", "price,size,kind\n" + rows(60, func(i int) string { return fmt.Sprintf(`"$1,%03d.50",%s`, i, flower(i)) }), "",
			want{header: true, classes: "lily rose", label: "kind", drop: "price"}},
		{"a few numbers with marks", "price,size,kind\n" + rows(60, func(i int) string {
			if i%20 == 0 {
				return fmt.Sprintf(`"1,%03d",%s`, i, flower(i))
			}
			return fmt.Sprintf("%d,%s", 900+i, flower(i))
		}), "", want{header: true, classes: "lily rose", label: "kind", drop: "price"}},
		{"a name twice", "size,size,kind\n" + rows(20, func(i int) string { return fmt.Sprintf("%d.5,%s", i, flower(i)) }), "",
			want{header: true, classes: "lily rose", label: "kind", drop: "2"}},
		{"names that are numbers", "10,20,kind\n" + rows(20, func(i int) string { return fmt.Sprintf("%s,%s", []string{"u", "v", "w"}[i%3], flower(i)) }), "",
			want{header: true, classes: "lily rose", label: "kind", cats: `"10"`}},
		{"prices that differ, and are no ids", "price,size,kind\n" + rows(40, func(i int) string { return fmt.Sprintf("%d.99 €,%s", i, flower(i)) }), "",
			want{header: true, classes: "lily rose", label: "kind", drop: "price"}},
		{"drives, which are no units", "drive,size,kind\n" + rows(40, func(i int) string { return []string{"2WD", "4WD"}[i/2%2] + "," + flower(i) }), "",
			want{header: true, classes: "lily rose", label: "kind", cats: "drive"}},
		{"stages, which are labels", "size,stage\n" + rows(40, func(i int) string { return fmt.Sprintf("%d.5,%da", i, 1+i%3) }), "",
			want{header: true, classes: "1a 2a 3a", label: "stage"}},
		{"sizes of clothes, which are no units", "size,kind\n" + rows(40, func(i int) string {
			return []string{"38", "40", "42S", "44L"}[i%4] + "," + []string{"lily", "rose"}[i/2%2]
		}), "",
			want{header: true, classes: "lily rose", label: "kind", cats: "size"}},
		{"labels that DVC would rewrite", "size,ok\n" + rows(20, func(i int) string { return fmt.Sprintf("%d.5,%s", i, []string{"True", "False"}[i%2]) }), "",
			want{header: true, classes: "False True", label: "ok"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g, err := NewGuess([]byte(test.csv), test.label)
			if err != nil {
				t.Fatal(err)
			}
			d := g.Data
			misses := strings.TrimSpace(strings.Join(slices.DeleteFunc(slices.Clone(d.Missing), func(text string) bool { return text == "NA" }), " "))
			got := want{d.Header, strings.Join(d.Classes, " "), d.Label.String(), d.ID.String(), d.Group.String(), names(d.Drop), names(d.Categorical), misses}
			if got != test.want {
				t.Errorf("got\n%+v, want\n%+v\n%s", got, test.want, strings.Join(g.Notes, "\n"))
			}
			p, err := params.Read(strings.NewReader(d.Section()), "params.yaml", params.SectionData)
			if err != nil {
				t.Fatalf("%v\n%s", err, d.Section())
			}
			if _, err := dataset.Read(context.Background(), g.File("t.csv"), p.Data); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestFormsAreConverted writes one table in the forms that other programs write.
func TestFormsAreConverted(t *testing.T) {
	const want = "size,café,kind\n1.5,\"a,b\",lily\n2.5,,rose\n-.5,u,lily\n4,u,rose\n1e-3,a,lily\n6,a,rose\n"
	separated := func(separator string) string {
		return strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(want, `"a,b"`, "{"), ",", separator), "{", `"a,b"`)
	}
	latin1 := func(text string) string {
		var b []byte
		for _, r := range text {
			b = append(b, byte(r))
		}
		return string(b)
	}
	utf16Of := func(text string, low int) string {
		var b []byte
		for _, unit := range utf16.Encode([]rune(text)) {
			bytes := []byte{byte(unit), byte(unit >> 8)}
			b = append(b, bytes[low], bytes[1-low])
		}
		return string(b)
	}
	decimals := strings.NewReplacer("1.5", "1,5", "2.5", "2,5", "-.5", "-,5")
	spaced := strings.NewReplacer("\n", "  \n  ", " ", "   ").Replace(strings.Replace(separated(" "), "2.5  rose", `2.5 "" rose`, 1))
	tests := []struct{ name, text, note string }{
		{"commas", want, "separator: commas"},
		{"a byte order mark", "\uFEFF" + want, "separator: commas"},
		{"CRLF", strings.ReplaceAll(want, "\n", "\r\n"), "separator: commas"},
		{"CR alone", strings.ReplaceAll(want, "\n", "\r"), "line ends: CR alone"},
		{"semicolons", separated(";"), "separator: semicolons"},
		{"semicolons and decimal commas", decimals.Replace(separated(";")), "decimals: commas"},
		{"tabs", separated("\t"), "separator: tabs"},
		{"Excel's first line", "sep=;\r\n" + separated(";"), `start: line 2, as line 1 is Excel's "sep=;"`},
		{"Excel's first line, of a tab", "sep=\t\n" + separated("\t"), `start: line 2, as line 1 is Excel's "sep=\t"`},
		{"Excel's first line, after a mark", "\uFEFFsep=,\n" + want, `start: line 2, as line 1 is Excel's "sep=,"`},
		{"vertical bars", separated("|"), "separator: vertical bars"},
		{"spaces", spaced, "separator: spaces"},
		{"Windows-1252", latin1(want), "encoding: Windows-1252"},
		{"lines of separators alone", want + ",,,\n ,\t, ,\n", "rows: without lines of separators alone, first line 8"},
		{"titles above the header", "Report of July\nPrinted 1.8.,,\n,\n" + want, "start: line 4, as those above it are no rows of the table"},
		{"groups of columns above the header", ",Colours,\n" + want, "start: line 2, as those above it are no rows of the table"},
		{"UTF-16, little end first", utf16Of(want, 0), "encoding: UTF-16"},
		{"UTF-16, big end first, with a mark", utf16Of("\uFEFF"+want, 1), "encoding: UTF-16"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g, err := NewGuess([]byte(test.text), "kind")
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(g.Notes, func(note string) bool { return strings.Contains(note, test.note) }) {
				t.Errorf("no note %q among\n%s", test.note, strings.Join(g.Notes, "\n"))
			}
			got := strings.ReplaceAll(strings.TrimPrefix(string(g.CSV), "\uFEFF"), "\r\n", "\n")
			if got != want {
				t.Errorf("got\n%s, want\n%s", got, want)
			}
			if _, err := dataset.Read(context.Background(), g.File("t.csv"), g.Data); err != nil {
				t.Errorf("%v\n%s", err, g.Data.Section())
			}
		})
	}
}

func TestRowNamesWithoutAHeaderOfTheirsAreConverted(t *testing.T) {
	text := "\"size\"\t\"kind\"\n\"r1\"\t1\t\"lily\"\n\"r2\"\t2\t\"rose\"\n\"r3\"\t3\t\"lily\"\n\"r4\"\t4\t\"rose\"\n"
	g, err := NewGuess([]byte(text), "kind")
	if err != nil {
		t.Fatal(err)
	}
	if want := ",size,kind\nr1,1,lily\nr2,2,rose\nr3,3,lily\nr4,4,rose\n"; string(g.CSV) != want {
		t.Errorf("got\n%s, want\n%s", g.CSV, want)
	}
	if g.Data.ID != (params.Column{Position: 1}) {
		t.Errorf("the id is %v, want the column without a name", g.Data.ID)
	}
}

func TestARowOfUnitsIsLeftOut(t *testing.T) {
	const header, units, table = "size,height,name,kind\n", "mm,cm,,\n", "1.5,10,u,lily\n2.5,NA,v,rose\n1.5,11,w,lily\nn.d.,12,x,rose\n3.5,14,y,lily\n2.5,13,z,rose\n"
	g, err := NewGuess([]byte(header+units+table), "kind")
	if err != nil || string(g.CSV) != header+table || !slices.Contains(g.Notes, "rows: without line 2, which has texts such as units above numbers") {
		t.Errorf("%v, %q, %s", err, g.Notes, g.CSV)
	}
	for name, second := range map[string]string{
		"a number": "mm,7,,\n", "one text only": "mm,,,\n", "a text in a column of texts": "mm,cm,q,\n", "a row": "n.d.,n.d.,q,lily\n",
	} {
		if g, err := NewGuess([]byte(header+second+table), "kind"); err != nil || string(g.CSV) != header+second+table {
			t.Errorf("%s: %v, %s", name, err, g.CSV)
		}
	}
}

func TestTheRareClassOfTwoIsLast(t *testing.T) {
	for _, test := range []struct{ name, rare, often, want string }{
		{"first by its name", "ja", "nein", "nein ja"}, {"last by its name", "yes", "no", "no yes"}, {"numbers", "0", "1", "0 1"},
	} {
		g, err := NewGuess([]byte("x,sick\n"+rows(40, func(i int) string {
			return fmt.Sprintf("%d.5,%s", i, []string{test.rare, test.often, test.often, test.often}[i%4])
		})), "sick")
		if err != nil || strings.Join(g.Data.Classes, " ") != test.want {
			t.Errorf("%s: %v, %q, want %s", test.name, err, g.Data.Classes, test.want)
		}
	}
}

func TestNewRowsAreConvertedLikeTheTableOfTheTraining(t *testing.T) {
	const table = "name;dose;cells;kind\n\"A; B\";1,5;5.618;lily\nC;2,5;7.201;rose\nD;1,5;1.200;lily\nE;2,5;3.000;rose\n"
	tests := []struct{ name, like, text, want string }{
		{"columns in another order, no label, no decimal comma", table, "cells;dose\n7.896;2\n", "cells,dose\n7896,2\n"},
		{"another encoding", table, "name;cells\nZo\xeb;7.896\n", "name,cells\nZoë,7896\n"},
		{"a column that the table lacks", table, "new;dose\n7.896;1,5\n", "new,dose\n7.896,1.5\n"},
		{"tabs, without a header", "1,5\t2.000\tlily\n2,5\t3.500\trose\n1,5\t4.000\tlily\n2,5\t1.000\trose\n", "3,5\t7.000\t\n", "3.5,7000,\n"},
		{"a column that had no thousands", "a;b;kind\n999;1,5;lily\n1;2,5;rose\n7;1,5;lily\n3;2,5;rose\n", "a;b\n1.234;2,5\n", "a,b\n1234,2.5\n"},
		{"a column with decimal points", "a;b;c;kind\n0.5;1,5;2,5;lily\n1.234;2,5;2,5;rose\n7;1,5;2,5;lily\n3;2,5;2,5;rose\n", "a;b\n1.234;2,5\n", "a,b\n1.234,2.5\n"},
		{"rows of gaps", table, "dose;cells\n1,5;5.678\n;\n2,5;7.000\n", "dose,cells\n1.5,5678\n,\n2.5,7000\n"},
		{"a column alone", table, "dose\n1,5\n", "dose\n1.5\n"},
		{"names that are numbers", "size;0,5;kind\n1,5;2;lily\n2,5;3;rose\n1,5;2;lily\n2,5;3;rose\n", "0,5;size\n2;1,5\n", "\"0,5\",size\n2,1.5\n"},
		{"titles and units, as above the table", "Report\n" + strings.Replace(table, "\n", "\n;mg;/ul;\n", 1), "Report of July\n;\ncells;dose\n/ul;mg\n7.896;2\n", "cells,dose\n7896,2\n"},
		{"units, which the new rows lack", strings.Replace(table, "\n", "\n;mg;/ul;\n", 1), "cells;dose\n7.896;2\n", "cells,dose\n7896,2\n"},
		{"R's row names, of one row", "x\ty\tkind\nr1\t1\t2\tlily\nr2\t3\t4\trose\nr3\t1\t2\tlily\n", "x\ty\nn1\t1\t2\n", ",x,y\nn1,1,2\n"},
		{"spaces", "x y kind\n1 2 lily\n3 4 rose\n1 2 lily\n3 4 rose\n", "y   x\n1  2\n", "y,x\n1,2\n"},
		{"R's row names", "x\ty\tkind\nr1\t1\t2\tlily\nr2\t3\t4\trose\nr3\t1\t2\tlily\n", "x\ty\nn1\t1\t2\nn2\t1\t2\n", ",x,y\nn1,1,2\nn2,1,2\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Convert([]byte(test.text), []byte(test.like))
			if err != nil || string(got) != test.want {
				t.Errorf("got\n%s, %v, want\n%s", got, err, test.want)
			}
		})
	}
	refused := []struct{ name, like, text, want string }{
		{"another separator", table, "dose,cells\n1.5,2\n", `must have columns of the other file, whose names are "name", "dose", "cells", "kind", has "dose,cells"`},
		{"the other file's separator in fields", "dose,cells,kind\n1,2,lily\n3,4,rose\n1,2,lily\n", "dose;cells\n1,5;2\n", `must have columns of the other file, whose names are "dose", "cells", "kind", has "dose;cells"`},
		{"a longer line", table, "dose;cells\n1,5;2\n1,5;2;3\n", "line 3 must have 2 fields as the first one, has 3"},
		{"no names, and no label", "a;3.201;5,55\nb;4.201;5,55\na;3.201;5,55\nb;3.201;5,55\n", "7.896;1,5\n", "must have 3 columns as the other file, in which they have no names, has 2: leave the label's field empty"},
		{"nothing", table, "\n", "is empty"},
	}
	for _, test := range refused {
		if _, err := Convert([]byte(test.text), []byte(test.like)); err == nil || err.Error() != test.want {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
}

func TestWindows1252IsNotTakenForLatin1(t *testing.T) {
	g, err := NewGuess([]byte("price,kind\n"+rows(10, func(i int) string { return fmt.Sprintf("%d \x80,%s", i, []string{"lily", "rose"}[i%2]) })), "kind")
	if err != nil || !bytes.Contains(g.CSV, []byte("1 €,rose\n")) {
		t.Errorf("%v: %s", err, g.CSV)
	}
}

func TestWhatCannotBeGuessedIsSaid(t *testing.T) {
	tests := []struct{ name, text, label, want string }{
		{"nothing", "", "", "is empty"},
		{"too many columns", "a,b\n" + strings.Repeat(",", 1<<20) + "\n", "", "line 2 must have at most 1048576 columns, has more"},
		{"one column", "a\nb\nc\n", "", "must be a table of 2 or more columns"},
		{"one class", "x,kind\n" + rows(30, func(i int) string { return fmt.Sprintf("%d.25,lily", i) }), "", "no column has two or more different values that repeat"},
		{"one class, as asked for", "x,kind\n" + rows(30, func(i int) string { return fmt.Sprintf("%d.25,lily", i) }), "kind", `"kind" must have 2 different values or more to be the label, has 1`},
		{"too many classes", "x,kind\n" + "1,c1\n" + rows(1100, func(i int) string { return fmt.Sprintf("%d.25,c%d", i, i) }), "kind", `"kind" must have at most 1000 different values to be the label, has more`},
		{"a workbook", "PK\x03\x04\x14\x00", "", "is a ZIP archive, an Excel workbook perhaps: save it as CSV"},
		{"one record", "a,b\n", "", "must have 2 or more records"},
		{"no label", rows(30, func(i int) string { return fmt.Sprintf("%d.25,%d.5", i, i) }), "", "name the label's column with -label"},
		{"no such label", rows(20, flower), "kind", `must have a column called "kind", the label's, got 2 without names`},
		{"no label of that name", "size,kind\n" + rows(20, flower), "class", `must have a column called "class", the label's, got "size", "kind"`},
		{"a label out of range", rows(20, flower), "0", `must have a column called "0"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := NewGuess([]byte(test.text), test.label); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// A point between digits may be either mark, and a number a thousand times too small is not seen in a table.
func TestPointsAreThousandsWhereDecimalsAreCommas(t *testing.T) {
	const note = "thousands: points in column 2, so that 5.618 is 5618, as decimals are commas"
	for name, c := range map[string]struct {
		amounts []string
		want    []string
		noted   bool
	}{
		"beside small ones":   {[]string{"992", "5.618", "90.000"}, []string{"992", "5618", "90000"}, true},
		"all of them":         {[]string{"1.000", "999.999", "5.618"}, []string{"1000", "999999", "5618"}, true},
		"millions":            {[]string{"5.170.671", "992", "1.000"}, []string{"5170671", "992", "1000"}, true},
		"with decimals":       {[]string{"5.618,25", "-1.000", "3,5"}, []string{"5618.25", "-1000", "3.5"}, true},
		"decimal points":      {[]string{"5.618", "5.6", "1.25"}, []string{"5.618", "5.6", "1.25"}, false},
		"less than one":       {[]string{"0.618", "5.618", "0.125"}, []string{"0.618", "5.618", "0.125"}, false},
		"decimals at the end": {[]string{"5.618", "1.000", "2.5"}, []string{"5.618", "1.000", "2.5"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			text, want := "size;amount;class\n", "size,amount,class\n"
			for i := range 30 {
				text += fmt.Sprintf("%d,5;%s;%c\n", i, c.amounts[i/10], 'a'+i%2)
				want += fmt.Sprintf("%d.5,%s,%c\n", i, c.want[i/10], 'a'+i%2)
			}
			guess, err := NewGuess([]byte(text), "class")
			if err != nil {
				t.Fatal(err)
			}
			if string(guess.CSV) != want || slices.Contains(guess.Notes, note) != c.noted {
				t.Errorf("got %q, notes %q, want %q", guess.CSV, guess.Notes, want)
			}
		})
	}
}

func TestAGapOfOneColumnIsOneOfTheOthers(t *testing.T) {
	text := "weight,cells,class\n"
	for i := range 60 {
		weight, cells := fmt.Sprint(100+7*i), fmt.Sprint(i%12) // few enough to be categories
		if i%9 == 0 {
			weight, cells = "k.A.", "k.A."
		}
		text += fmt.Sprintf("%s,%s,%c\n", weight, cells, 'a'+i%2)
	}
	guess, err := NewGuess([]byte(text), "class")
	if err != nil {
		t.Fatal(err)
	}
	if len(guess.Data.Categorical) > 0 || !slices.Contains(guess.Data.Missing, "k.A.") {
		t.Errorf("categorical %v, missing %q; %q", guess.Data.Categorical, guess.Data.Missing, guess.Notes)
	}
}

func TestWhatIsToBeMendedIsSaid(t *testing.T) {
	tests := []struct{ name, text, label, want string }{
		{"a label that a row lacks, beside a column that has no gap", "p,kind\n3,\n" + rows(40, func(i int) string { return fmt.Sprintf("%d,%s", i*7%13, []string{"lily", "rose"}[i%2]) }), "",
			"1 of 41 rows have no label, first line 2"},
		{"a number to predict", "size,asa,days\n" + rows(60, func(i int) string { return fmt.Sprintf("%d.5,%d,%d", i, 1+i%3, i*i%97) }), "",
			"days, the last column, has too many different numbers for a label: if it is what is to be predicted, that is a regression"},
		{"codes of rows", "x,mrn,kind\n" + rows(60, func(i int) string { return fmt.Sprintf("%d.5,%04d,%s", i, i*i+7, []string{"lily", "rose"}[i%2]) }), "kind",
			"mrn has a different code in each row: make it data.id, or list it in data.drop"},
		{"a row without a label", "x,kind\n1,NA\n" + rows(20, flower), "kind", "1 of 21 rows have no label, first line 2"},
		{"dates", "when,kind\n" + rows(20, func(i int) string { return fmt.Sprintf("%d/3/2024,%s", i%3+1, []string{"lily", "rose"}[i%2]) }), "kind",
			"when has dates: drop it, or make it a number such as days since one of them"},
		{"dollars", "x,kind\n" + rows(20, func(i int) string { return fmt.Sprintf(`"$1,%03d.50",%s`, i, []string{"lily", "rose"}[i%2]) }), "kind",
			"x looks like numbers with $, thousands separators: write them plainly"},
		{"points in thousands, and decimal commas", "x;kind\n" + rows(20, func(i int) string { return fmt.Sprintf("1.%03d,56;%s", i, []string{"lily", "rose"}[i%2]) }), "kind",
			"x looks like numbers with thousands separators, decimal commas: write them plainly"},
		{"shares", "x,kind\n" + rows(20, func(i int) string { return fmt.Sprintf("%d%%,%s", i%3, []string{"lily", "rose"}[i%2]) }), "kind",
			"x looks like numbers with %: write them plainly"},
		{"a last line of totals", "x,kind\n" + rows(20, flower) + "Total,\n", "", "1 of 21 rows have no label, first line 22"},
		{"a text in a column of few numbers", "x,kind\n" + rows(20, func(i int) string { return fmt.Sprintf("%d,%s", i%2, "lily") }) + "Total,rose\n1,rose\n", "kind",
			`line 22: "Total" is the only text in x: without it, the column has numbers`},
		{"a line that counts as the second, after Excel's", "sep=,\nx,kind\n1,NA\n" + rows(20, flower), "kind", "first line 3"},
		{"classes in other letters", "x,kind\n" + rows(20, func(i int) string { return fmt.Sprintf("%d.5,%s", i, []string{"Yes", "no", "yes", "NO"}[i%4]) }), "kind",
			`the classes "NO", "no" differ only in case or spaces`},
		{"classes with other spaces", "x,kind\n" + rows(20, func(i int) string {
			return fmt.Sprintf("%d.5,%s", i, []string{"New York", "New  york", "NewYork"}[i%3])
		}), "kind",
			`the classes "New  york", "New York", "NewYork" differ only in case or spaces`},
		{"a class of one row", "x,kind\n1,iris\n" + rows(20, flower), "kind", `class "iris" has one row`},
		{"a row that is too long", rows(20, flower) + "1,2,3\n", "2", "the records must all have 2 fields: line 21 has 3"},
		{"a last line that is too short", "x,y,kind\n" + rows(20, func(i int) string { return "1," + flower(i) }) + "Total\n", "kind", "the records must all have 3 fields: line 22 has 1"},
		{"two lines of other lengths", "x,y,kind\n" + rows(20, func(i int) string { return "1," + flower(i) }) + "Total\n1,2,3,4\n", "kind",
			"the records must all have 3 fields: line 22 has 1, line 23 has 4"},
		{"units", "x,kind\n" + rows(20, func(i int) string { return fmt.Sprintf("%d.5 kg,%s", i, []string{"lily", "rose"}[i%2]) }), "kind",
			"x looks like numbers with kg: write them plainly"},
		{"units in some rows", "x,kind\n" + rows(20, func(i int) string {
			return fmt.Sprintf("%d.5%s,%s", i, []string{" mg", " mg", ""}[i%3], []string{"lily", "rose"}[i%2])
		}), "kind",
			"x looks like numbers with mg: write them plainly"},
		{"limits with decimal commas", "x;kind\n" + rows(40, func(i int) string {
			if i%10 == 0 {
				return "<0,5;lily"
			}
			return fmt.Sprintf("%d,25;%s", i, []string{"lily", "rose"}[i%2])
		}), "kind", "x looks like numbers with <, decimal commas: write them plainly"},
		{"limits of what is measured", "x,kind\n" + rows(40, func(i int) string {
			if i%10 == 0 {
				return "<0.5,lily"
			}
			return fmt.Sprintf("%d.25,%s", i, []string{"lily", "rose"}[i%2])
		}), "kind", "x looks like numbers with <: write them plainly"},
		{"durations", "x,kind\n" + rows(20, func(i int) string { return fmt.Sprintf("1:%02d:30,%s", i, []string{"lily", "rose"}[i%2]) }), "kind",
			"x looks like numbers with colons: write them plainly"},
		{"losses", "x,kind\n" + rows(20, func(i int) string { return fmt.Sprintf("(%d.50),%s", i, []string{"lily", "rose"}[i%2]) }), "kind",
			"x looks like numbers with parentheses: write them plainly"},
		{"codes that begin with 0", "zip,kind\n" + rows(20, func(i int) string { return fmt.Sprintf("010%02d,%s", i*i%50, []string{"lily", "rose"}[i%2]) }), "kind",
			"zip has integers that begin with 0, as codes do"},
		{"texts in other letters", "sex,x,kind\n" + rows(20, func(i int) string { return []string{"m", "w", "W"}[i%3] + "," + flower(i) }), "kind",
			`the texts of sex "W", "w" differ only in case or spaces`},
		{"a label that has too many values", "target,kind\n" + rows(40, flower2), "", `"target" has the name of a label`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g, err := NewGuess([]byte(test.text), test.label)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(g.Warnings, func(text string) bool { return strings.Contains(text, test.want) }) {
				t.Errorf("no warning %q among %q", test.want, g.Warnings)
			}
		})
	}
}

func flower2(i int) string { return fmt.Sprintf("%d.5,%s", i, []string{"lily", "rose"}[i%2]) }

// FuzzNewRowsAreConvertedOrRefused checks that what is converted is CSV with as many fields in each record.
func FuzzNewRowsAreConvertedOrRefused(f *testing.F) {
	f.Add([]byte("cells;dose\n7.896;2\n"), []byte("dose;cells;kind\n1,5;5.618;lily\n2,5;7.201;rose\n"))
	f.Add([]byte("x y\nn1 1 2\n"), []byte("x y kind\nr1 1 2 lily\nr2 3 4 rose\nr3 1 2 lily\n"))
	f.Add([]byte("1\t2\n\t\n"), []byte("1\tlily\n2\trose\n1\tlily\n"))
	f.Fuzz(func(t *testing.T, text, like []byte) {
		converted, err := Convert(text, like)
		if err != nil {
			return
		}
		if _, err := csv.NewReader(bytes.NewReader(converted)).ReadAll(); err != nil {
			t.Errorf("%v\n%s", err, converted)
		}
	})
}

// FuzzWhatIsGuessedIsReadOrRefused checks that a guess ends, can be pasted, and leaves the file as the pipeline reads it.
func FuzzWhatIsGuessedIsReadOrRefused(f *testing.F) {
	f.Add([]byte("size,kind\n" + rows(20, flower)))
	f.Add([]byte("a;b\n1,5;x\n2,5;y\n3;x\n4;y\n5;x\n6;y\n"))
	f.Add([]byte("\xff\xfea\x00,\x00b\x00\n\x00"))
	f.Add([]byte("a b\n1 2 x\n3 4 y\n"))
	f.Add([]byte("sep=;\na;b\n1;x\n2;y\n1;x\n2;y\n"))
	f.Add([]byte("\"a\"\"\n,b\rx\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		g, err := NewGuess(text, "")
		if err != nil {
			return
		}
		if g.Data.Check() != nil {
			if !strings.HasPrefix(g.Warnings[len(g.Warnings)-1], "params.yaml takes no such section, so change the file: ") {
				t.Errorf("no params.yaml can hold the section, and the warnings are %q", g.Warnings)
			}
			return
		}
		if _, err := params.Read(strings.NewReader(g.Data.Section()), "params.yaml", params.SectionData); err != nil {
			t.Errorf("%v\n%s", err, g.Data.Section())
		}
		if excelLine.Match(g.CSV) {
			t.Skip("the separator is named twice")
		}
		again, err := NewGuess(g.CSV, "")
		if err == nil && !bytes.Equal(again.CSV, g.CSV) {
			t.Errorf("converted twice\n%q, once\n%q", again.CSV, g.CSV)
		}
	})
}
