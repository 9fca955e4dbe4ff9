package crossval

import (
	"fmt"
	"strings"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/foldfile"
)

// Warnings returns what makes scores other than they seem, before there are any: one line each. Tasks are
// those of the table.
func Warnings(table *dataset.Table, tasks []Task, classes []string) []string {
	var warnings []string
	if n := equalAcross(table, tasks[0].folds); n > 0 {
		warnings = append(warnings, fmt.Sprintf("%d of %d rows are equal, in all features, to a row of another fold (repeat 0 of scheme %s): what is trained on them knows the answer, so scores may be too high",
			n, table.Rows(), tasks[0].Scheme))
	}
	if table.Groups == nil {
		return warnings // every fold has every class
	}
	var trained, tested absence
	for _, task := range tasks {
		train, test := task.Rows()
		trained.add(task.ID, dataset.AbsentClasses(table.Labels, len(classes), train))
		tested.add(task.ID, dataset.AbsentClasses(table.Labels, len(classes), test))
	}
	if trained.folds > 0 {
		warnings = append(warnings, trained.sentence(len(tasks), classes, "train on no row of some class, and cannot predict it"))
	}
	if tested.folds > 0 {
		warnings = append(warnings, tested.sentence(len(tasks), classes, "test no row of some class, and their means over classes leave it out"))
	}
	return warnings
}

// equalAcross is the number of rows that are equal to one that another fold tests. folds is of all rows.
func equalAcross(table *dataset.Table, folds dataset.Folds) int {
	numbers, different := table.NumberRows()
	first := make([]int, different) // the fold of the first row of each number, plus 1
	across := make([]bool, different)
	for row, number := range numbers {
		if first[number] == 0 {
			first[number] = folds[row] + 1
		}
		across[number] = across[number] || first[number] != folds[row]+1
	}
	n := 0
	for _, number := range numbers {
		if across[number] {
			n++
		}
	}
	return n
}

// absence counts the folds that lack a class, on one of their sides.
type absence struct {
	folds int
	first ID // the first of them, and the first class that it lacks
	class int
}

func (a *absence) add(id ID, absent []int) {
	if len(absent) == 0 {
		return
	}
	if a.folds == 0 {
		a.first, a.class = id, absent[0]
	}
	a.folds++
}

func (a *absence) sentence(folds int, classes []string, what string) string {
	return fmt.Sprintf("%d of %d folds %s; the first is fold %d of repeat %d, class %.40q", a.folds, folds, what, a.first.Fold, a.first.Repeat, classes[a.class])
}

// Warnings returns what the scores do not show by themselves, once every record has been added: one line
// each.
func (r *Results) Warnings() []string {
	var warnings []string
	for _, s := range r.Report() {
		for _, warning := range []string{r.onlyWarning(s.Scheme), r.alikeWarning(s), s.intervalWarning(), s.partialWarning()} {
			if warning != "" {
				warnings = append(warnings, "scheme "+s.Scheme+": "+warning)
			}
		}
	}
	return warnings
}

// onlyOne is the only class that was predicted, plus 1; 0 before any was, and -1 if there are several.
type onlyOne int

func (o onlyOne) and(predicted []int) onlyOne {
	for _, class := range predicted {
		switch {
		case o == 0:
			o = onlyOne(class + 1)
		case o != onlyOne(class+1):
			return -1
		}
	}
	return o
}

func (r *Results) onlyWarning(scheme string) string {
	only := r.only[scheme]
	if only <= 0 {
		return ""
	}
	return fmt.Sprintf("every row of every fold was predicted as %.40q: accuracy is the share of that class", r.params.Data.Classes[only-1])
}

func (r *Results) alikeWarning(s SchemeReport) string {
	if !s.Metrics[foldfile.Accuracy].alike {
		return ""
	}
	kind := "rows"
	if r.table.Groups != nil {
		kind = "groups"
	}
	return fmt.Sprintf("all folds have the same accuracy: its interval is Wilson's, of the %d %s of one repeat", r.independent(), kind)
}

// intervalWarning names the metrics that have no interval, as all folds are alike.
func (s SchemeReport) intervalWarning() string {
	var names []string
	for m, metric := range foldfile.Metrics() {
		if s.Metrics[m].alike && m != foldfile.Accuracy {
			names = append(names, metric.Name)
		}
	}
	if names == nil {
		return ""
	}
	return fmt.Sprintf("all folds have the same %s: without variance there is no interval, and it is null", strings.Join(names, ", "))
}

// partialWarning names the metrics that some folds do not have.
func (s SchemeReport) partialWarning() string {
	var names []string
	for m, metric := range foldfile.Metrics() {
		if summary := s.Metrics[m]; summary.partial {
			names = append(names, fmt.Sprintf("%s in %d", metric.Name, summary.Folds))
		}
	}
	if names == nil {
		return ""
	}
	return fmt.Sprintf("not every fold has rows of the classes that these need, so they are means of fewer folds, without an interval: %s", strings.Join(names, ", "))
}
