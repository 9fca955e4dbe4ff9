package inspect

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/plaintext"
)

// printedColumns is the number of columns that Print shows.
const printedColumns = 100

// Print writes the report for a person to read: the columns, the classes and the warnings.
func (r *Report) Print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d rows, %d inputs, %d classes\n\n", r.Rows, len(r.Columns), len(r.Classes))
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, strings.TrimRight("column\tname\tkind\tgaps\tdistinct\tmin\tmedian\tmax\tmean\tsd\tauc"+r.classHeads(), "\t"))
	for i, c := range r.Columns {
		if i == printedColumns {
			break
		}
		fmt.Fprintln(table, r.printedLine(c))
	}
	table.Flush() // to a strings.Builder, which does not fail
	if more := len(r.Columns) - printedColumns; more > 0 {
		fmt.Fprintf(&b, "and %d more\n", more)
	}
	b.WriteString("\n")
	for i, c := range r.Classes {
		if i == printedColumns {
			fmt.Fprintf(&b, "and %d more classes\n", len(r.Classes)-printedColumns)
			break
		}
		fmt.Fprintf(&b, "class %s: %d rows\n", plaintext.Line(c.Label), c.Rows)
	}
	_, err := io.WriteString(w, trimLines(b.String()))
	return err
}

// trimLines removes the spaces that pad a table's last column.
func trimLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}

// printedClasses is the number of classes whose means are printed.
const printedClasses = 3

func (r *Report) printedMeans() int {
	if len(r.Shown) > printedClasses {
		return 0
	}
	return len(r.Shown)
}

func (r *Report) classHeads() string {
	var b strings.Builder
	for _, c := range r.Shown[:r.printedMeans()] {
		b.WriteString("\tmean of " + plaintext.Line(Short(r.Classes[c].Label)))
	}
	return b.String()
}

func (r *Report) printedLine(c Column) string {
	fields := []string{strconv.Itoa(c.Position), plaintext.Line(Short(c.Name)), kindName(c.Kind), strconv.Itoa(c.Gaps), strconv.Itoa(c.Distinct)}
	for _, v := range []float64{c.Min, c.Median, c.Max, c.Mean(), c.SD(), c.Best.AUC} {
		fields = append(fields, plaintext.Number(v))
	}
	if c.Best.AUC == 0 {
		fields[len(fields)-1] = ""
	}
	for i := range r.printedMeans() {
		if c.Kind == dataset.Number {
			fields = append(fields, plaintext.Number(c.ByClass[i].Mean()))
		}
	}
	return strings.Join(fields, "\t")
}
