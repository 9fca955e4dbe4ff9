package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// warnings are what inspect found in the data, by the numbers of its report.
func (r *results) warnings() Section {
	s := Section{ID: "data", Title: "Warnings about the data"}
	if r.look == nil {
		s.Blocks = []Block{missing("The look at the data", "inspect")}
		return s
	}
	l := r.look
	var lines []string
	add := func(n int, one, many string) {
		if n > 0 {
			lines = append(lines, count(n, one, many)+".")
		}
	}
	add(l.Equal.BothSides, "test row equals a training row in all inputs", "test rows equal a training row in all inputs")
	add(l.Equal.Repeated, "row equals an earlier one in all inputs", "rows equal an earlier one in all inputs")
	add(l.Equal.OtherLabels, "row equals a row with another label in all inputs", "rows equal a row with another label in all inputs")
	add(l.Columns.Constant, "column is constant or empty", "columns are constant or empty")
	add(l.Columns.Counting, "column counts the rows", "columns count the rows")
	named, more := r.separating()
	if more > 0 {
		lines = append(lines, separatingColumns(len(named)+more)+".")
	}
	lines = append(lines, named...)
	add(l.Columns.Joining, "column seems to say which rows belong together", "columns seem to say which rows belong together")
	add(l.Columns.MostlyGaps, "column has gaps in half of the rows or more", "columns have gaps in half of the rows or more")
	add(l.Columns.MostlyDistinct, "column has mostly different texts", "columns have mostly different texts")
	if l.Groups != nil {
		add(l.Groups.OfOne, "group has one row", "groups have one row")
	}
	switch {
	case l.Warnings == 0 && len(lines) == 0:
		lines = []string{"inspect found nothing to warn of."}
	case l.Warnings > 0:
		lines = append(lines, fmt.Sprintf("inspect prints %s about this file, with rows and columns: go run ./cmd/inspect.", count(l.Warnings, "warning", "warnings")))
	}
	s.Blocks = []Block{{Lines: lines}}
	return s
}

const (
	separatingAUC  = 0.99 // from which inspect warns of a column
	mostSeparating = 3    // columns that are named
)

// separating returns a sentence about each column that alone separates a class from the rest, of at most so many the best first,
// and how many more inspect counted. Some of these may do so by their gaps, of which columns.csv has no AUC.
func (r *results) separating() (named []string, more int) {
	t := r.columns
	auc := t.column("auc")
	var found []int
	for i := range t.rows() {
		if t.number(i, auc) >= separatingAUC {
			found = append(found, i)
		}
	}
	slices.SortStableFunc(found, func(i, j int) int { return cmp.Compare(t.number(j, auc), t.number(i, auc)) })
	for _, i := range found[:min(mostSeparating, len(found))] {
		column := t.text(i, t.column("column"))
		if r.params.Data.Header {
			column = inQuotes(t.text(i, t.column("name")))
		}
		named = append(named, fmt.Sprintf("Column %s alone separates class %s from the rest (AUC %s).", column, inText(t.text(i, t.column("auc_class"))), fixed(t.number(i, auc))))
	}
	all := len(found)
	if r.look != nil {
		all = max(all, r.look.Columns.Separating)
	}
	return named, all - len(named)
}

// leaks are what the columns that alone separate a class from the rest say of the scores.
func (r *results) leaks() []string {
	lines, more := r.separating()
	all := len(lines) + more
	const doubt = " is known only after the class is, these scores are not those of new rows."
	switch {
	case all == 0:
		return nil
	case len(lines) == 0:
		lines = []string{separatingColumns(more) + ", by values or gaps."}
	case more == 1:
		lines = append(lines, "So does 1 more column.")
	case more > 1:
		lines = append(lines, "So do "+thousands(more)+" more columns.")
	}
	if all == 1 {
		return []string{strings.TrimSuffix(lines[0], ".") + ": if it" + doubt}
	}
	return append(lines, "If one of these columns"+doubt)
}

func separatingColumns(n int) string {
	return count(n, "column alone separates a class from the rest", "columns alone separate a class from the rest")
}
