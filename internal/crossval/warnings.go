package crossval

import (
	"fmt"
	"regexp"
	"slices"
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
	folds := 0
	var first string
	for _, task := range tasks {
		_, test := task.Rows()
		absent := dataset.AbsentClasses(table.Labels, len(classes), test)
		if len(absent) == 0 {
			continue
		}
		if folds == 0 {
			first = fmt.Sprintf("fold %d of repeat %d, class %.40q", task.Fold, task.Repeat, classes[absent[0]])
		}
		folds++
	}
	if folds > 0 {
		warnings = append(warnings, fmt.Sprintf("%d of %d folds test no row of some class, and their means over classes leave it out; the first is %s", folds, len(tasks), first))
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

// Warnings returns what the scores do not show by themselves, once every record has been added: one line
// each.
func (r *Results) Warnings() []string {
	warnings := r.trainings.lines(len(r.folds))
	for _, s := range r.Report() {
		for _, warning := range []string{r.onlyWarning(s.Scheme), r.chanceWarning(s), r.alikeWarning(s), s.intervalWarning(), s.partialWarning()} {
			if warning != "" {
				warnings = append(warnings, "scheme "+s.Scheme+": "+warning)
			}
		}
	}
	return warnings
}

// trainingWarnings are those of all trainings. Texts that differ in their numbers alone are of one kind.
type trainingWarnings struct {
	kinds []string
	count map[string]int    // of trainings, by kind
	first map[string]string // the first text of each kind, and whose it is
}

var digits = regexp.MustCompile(`[0-9.]+(e[+-][0-9]+)?`)

func (w *trainingWarnings) add(record Record) {
	seen := map[string]bool{}
	for _, text := range record.Warnings {
		kind := digits.ReplaceAllString(text, "#")
		if seen[kind] {
			continue
		}
		seen[kind] = true
		if w.count[kind] == 0 {
			w.kinds = append(w.kinds, kind)
			w.first[kind] = fmt.Sprintf("%s (%v)", text, record.ID)
		}
		w.count[kind]++
	}
}

func (w *trainingWarnings) lines(trainings int) []string {
	var lines []string
	for _, kind := range w.kinds {
		lines = append(lines, fmt.Sprintf("in %d of %d folds: %s", w.count[kind], trainings, w.first[kind]))
	}
	return lines
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

// chanceWarning says that a model that learns nothing may have the accuracy that decides.
func (r *Results) chanceWarning(s SchemeReport) string {
	low := s.Metrics[foldfile.Accuracy].Low
	if !foldfile.Decides(s.Scheme) || r.only[s.Scheme] > 0 || low == nil {
		return ""
	}
	rows := make([]int, len(r.params.Data.Classes))
	for _, label := range r.table.Labels {
		rows[label]++
	}
	largest := slices.Max(rows)
	share := float64(largest) / float64(r.table.Rows())
	if *low > share {
		return ""
	}
	return fmt.Sprintf("accuracy is not shown to be more than %.4f, that of predicting %.40q for every row: its interval begins at %.4f", share, r.params.Data.Classes[slices.Index(rows, largest)], *low)
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
