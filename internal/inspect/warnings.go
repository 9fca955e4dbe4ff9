package inspect

import (
	"cmp"
	"fmt"
	"slices"

	"example.com/sonar/internal/dataset"
)

// A finding is a kind of warning about columns.
type finding int

const (
	counting finding = iota
	constant
	separating
	joining
	mostlyGaps
	codedGaps
	mostlyDistinct
	numericTexts
	tooManyTexts
	findings // their number
)

const (
	separatingAUC = 0.99
	mostTexts     = 10000 // of a categorical column, for package features
	warnedColumns = 10    // of one finding, one line each
	warnedClasses = 10
)

// warn fills Warnings, in a fixed order, and the counts.
func (r *Report) warn(t *dataset.Table, folds int) {
	r.warnOfRows()
	r.addColumnWarnings(counting, t.Warnings())
	for kind := constant; kind < findings; kind++ {
		r.warnOfColumns(kind)
	}
	r.warnOfClasses(folds)
	r.warnOfGroups(folds)
}

func (r *Report) warnf(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}

func (r *Report) warnOfRows() {
	e := r.Equal
	if e.BothSides > 0 {
		r.warnf("%d of %d test rows equal a training row in all inputs, first row %d, which equals row %d: a model can memorise them", e.BothSides, r.Test, e.Leak[1], e.Leak[0])
	}
	if e.Repeated > 0 {
		r.warnf("%d of %d rows equal an earlier one in all inputs, first row %d, which equals row %d: folds can have them on both sides", e.Repeated, r.Rows, e.Repeat[1], e.Repeat[0])
	}
	if e.OtherLabels > 0 {
		r.warnf("%d rows equal a row with another label in all inputs, first rows %d and %d: no model can be right about all of them", e.OtherLabels, e.OtherLabel[0], e.OtherLabel[1])
	}
}

// warnOfColumns warns of the columns for which the finding holds, with a line for each of the first ones.
func (r *Report) warnOfColumns(kind finding) {
	var lines []string
	for _, c := range r.Columns {
		if text := r.about(kind, c); text != "" {
			lines = append(lines, c.String()+" "+text)
		}
	}
	r.addColumnWarnings(kind, lines)
}

// addColumnWarnings adds warnings from a line about each column for which the finding holds.
func (r *Report) addColumnWarnings(kind finding, lines []string) {
	r.counts[kind] = len(lines)
	r.Warnings = append(r.Warnings, lines[:min(warnedColumns, len(lines))]...)
	if more := len(lines) - warnedColumns; more > 0 {
		r.warnf("the same holds for %d more columns", more)
	}
}

// about returns what is said about a column, or "" if the finding does not hold for it.
func (r *Report) about(kind finding, c Column) string {
	values := r.Rows - c.Gaps
	isCategory := c.Kind == dataset.Category
	switch {
	case kind == constant && values == 0:
		return "has no value: list it in data.drop"
	case kind == constant && c.Distinct == 1 && c.Gaps == 0:
		return "is constant: list it in data.drop"
	case kind == separating:
		return r.separation(c)
	case kind == joining && c.Agree != nil:
		return fmt.Sprintf("has %d different values, and all rows with the same one agree in %s: if they belong together, make it data.group", c.Distinct, list(c.Agree))
	case kind == mostlyGaps && values > 0 && 2*c.Gaps >= r.Rows:
		return fmt.Sprintf("has gaps in %d of %d rows", c.Gaps, r.Rows)
	case kind == codedGaps && c.CodeRows > 0:
		return fmt.Sprintf("has %v in %d rows, far from all other values: if it means no value, list it in data.missing", c.Code, c.CodeRows)
	case kind == mostlyDistinct && isCategory && values >= 2*leastRows && 2*c.Distinct > values:
		return fmt.Sprintf("has %d different texts in %d rows: what a model learns about one does not apply to new rows; list it in data.drop, or make it data.id", c.Distinct, values)
	case kind == tooManyTexts && isCategory && c.Distinct > mostTexts:
		return fmt.Sprintf("has %d different texts, and training takes at most %d", c.Distinct, mostTexts)
	case kind == numericTexts && isCategory && c.NumericTexts:
		return "is in data.categorical, and all its texts are numbers: if their order matters, take it out"
	}
	return ""
}

// separation returns what is said about a column that alone separates a class from the others.
func (r *Report) separation(c Column) string {
	const advice = "is it known before the class is?"
	for _, how := range []struct {
		by string
		Separation
	}{{"alone", c.Best}, {"by its gaps alone", c.BestGap}} {
		if how.AUC >= separatingAUC {
			return fmt.Sprintf("%s separates class %.40q from the rest, with an AUC of %.4f: %s", how.by, r.Classes[how.Class].Label, how.AUC, advice)
		}
	}
	return ""
}

func (r *Report) warnOfClasses(folds int) {
	few := func(holds func(Class) bool, say func(Class)) {
		n := 0
		for _, c := range r.Classes {
			if holds(c) {
				if n++; n <= warnedClasses {
					say(c)
				}
			}
		}
		if n > warnedClasses {
			r.warnf("the same holds for %d more classes", n-warnedClasses)
		}
	}
	smallest := slices.MinFunc(r.Classes, func(a, b Class) int { return cmp.Compare(a.Rows, b.Rows) }).Rows
	consequence := "crossvalidate needs as many"
	switch {
	case r.Groups.Number > 0:
		consequence = "some folds do not test it"
	case smallest >= 2:
		consequence += fmt.Sprintf(": set crossvalidate.splits to %d or less", smallest)
	}
	few(func(c Class) bool { return c.Rows < folds }, func(c Class) {
		r.warnf("class %.40q has %d of %d rows, fewer than the %d folds: %s", c.Label, c.Rows, r.Rows, folds, consequence)
	})
	const most = 0.9
	if c := slices.MaxFunc(r.Classes, func(a, b Class) int { return cmp.Compare(a.Rows, b.Rows) }); float64(c.Rows) > most*float64(r.Rows) {
		r.warnf("class %.40q has %.4f of the rows, which is the accuracy of predicting nothing else: look at balanced_accuracy or average_precision", c.Label, float64(c.Rows)/float64(r.Rows))
	}
	if r.Train == 0 {
		return
	}
	few(func(c Class) bool { return c.Rows > 0 && c.Train == 0 }, func(c Class) {
		r.warnf("the rows to train on have none of class %.40q", c.Label)
	})
	few(func(c Class) bool { return c.Rows > 0 && c.Test == 0 }, func(c Class) {
		r.warnf("the rows to test on have none of class %.40q", c.Label)
	})
}

func (r *Report) warnOfGroups(folds int) {
	g := r.Groups
	if g.Single > 0 {
		r.warnf("%d of %d groups have one row, first %.40q: is data.group what joins rows?", g.Single, g.Number, g.First)
	}
	if g.Number > 0 && g.Number < folds {
		r.warnf("there are %d groups for %d folds: crossvalidate needs as many groups as folds", g.Number, folds)
	}
}
