package page

import "fmt"

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
	add(l.Columns.Separating, "column alone tells a class from the rest", "columns alone tell a class from the rest")
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
