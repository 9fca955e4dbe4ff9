package inspect

import (
	"cmp"
	"encoding/json"
	"io"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/plot"
)

// Bounds of the outputs, which are in git: together they take less than plot.MaxBytes, whatever the table.
const (
	maxLines  = 400 // of columns.csv, columns
	maxPoints = 250 // of a curve
	maxName   = 40  // bytes of a name
)

// Files returns all outputs.
func (r *Report) Files() []atomicfile.File {
	return []atomicfile.File{
		{Path: "report.json", Write: r.writeNumbers},
		{Path: "columns.csv", Write: func(w io.Writer) error { return plot.WriteLines(w, r.columnLines) }},
		{Path: "plots/means.csv", Write: func(w io.Writer) error { return plot.WriteLines(w, r.meanLines) }},
	}
}

// numbers is report.json: a metric, so it has only numbers, and few of them.
type numbers struct {
	Rows   int `json:"rows"`
	Inputs struct {
		Numeric     int `json:"numeric"`
		Categorical int `json:"categorical"`
	} `json:"inputs"`
	Values struct { // of all numeric inputs
		Min  *float64 `json:"min"`
		Mean *float64 `json:"mean"`
		SD   *float64 `json:"sd"`
		Max  *float64 `json:"max"`
	} `json:"values"`
	Gaps struct {
		Fields  int `json:"fields"`
		Rows    int `json:"rows"`
		Columns int `json:"columns"`
	} `json:"gaps"`
	Classes struct {
		Number   int            `json:"number"`
		Smallest int            `json:"smallest"`
		Largest  int            `json:"largest"`
		Rows     map[string]int `json:"rows"` // of the largest classes
	} `json:"classes"`
	Split struct {
		Train int `json:"train"`
		Test  int `json:"test"`
	} `json:"split"`
	Equal struct {
		Repeated    int `json:"repeated"`
		OtherLabels int `json:"with_other_labels"`
		BothSides   int `json:"on_both_sides"`
	} `json:"equal_rows"`
	Groups  *groupNumbers `json:"groups,omitempty"`
	Columns struct {
		Constant       int `json:"constant"`
		Counting       int `json:"counting"`
		Separating     int `json:"separating"`
		Joining        int `json:"joining"`
		MostlyGaps     int `json:"mostly_gaps"`
		MostlyDistinct int `json:"mostly_distinct"`
	} `json:"columns"`
	HighestAUC *float64 `json:"highest_auc"` // of a single column
	Warnings   int      `json:"warnings"`
}

type groupNumbers struct {
	Number  int `json:"number"`
	OfOne   int `json:"of_one_row"`
	Largest int `json:"largest"`
}

func (r *Report) writeNumbers(w io.Writer) error {
	n := numbers{Rows: r.Rows, Warnings: len(r.Warnings)}
	n.Gaps.Fields, n.Gaps.Rows, n.Gaps.Columns = r.Gaps.Fields, r.Gaps.Rows, r.Gaps.Columns
	low, high, auc := math.NaN(), math.NaN(), 0.0
	for _, c := range r.Columns {
		auc = max(auc, c.Best.AUC, c.BestGap.AUC)
		if c.Kind == dataset.Category {
			n.Inputs.Categorical++
			continue
		}
		n.Inputs.Numeric++
		if c.N > 0 {
			low, high = least(low, c.Min), -least(-high, -c.Max)
		}
	}
	n.Values.Min, n.Values.Max = finite(low), finite(high)
	n.Values.Mean, n.Values.SD = finite(r.Overall.Mean()), finite(r.Overall.SD())
	if auc > 0 {
		n.HighestAUC = &auc
	}
	n.Classes.Number, n.Classes.Smallest, n.Classes.Rows = len(r.Classes), r.Rows, map[string]int{}
	for _, c := range r.Classes {
		n.Classes.Smallest = min(n.Classes.Smallest, c.Rows)
		n.Classes.Largest = max(n.Classes.Largest, c.Rows)
	}
	for _, c := range r.Shown {
		n.Classes.Rows[Short(r.Classes[c].Label)] += r.Classes[c].Rows
	}
	n.Split.Train, n.Split.Test = r.Train, r.Test
	n.Equal.Repeated, n.Equal.OtherLabels, n.Equal.BothSides = r.Equal.Repeated, r.Equal.OtherLabels, r.Equal.BothSides
	if r.Groups.Number > 0 {
		n.Groups = &groupNumbers{r.Groups.Number, r.Groups.Single, r.Groups.Largest}
	}
	n.Columns.Constant, n.Columns.Counting = r.counts[constant], r.counts[counting]
	n.Columns.Separating, n.Columns.MostlyGaps = r.counts[separating], r.counts[mostlyGaps]
	n.Columns.Joining = r.counts[joining]
	n.Columns.MostlyDistinct = r.counts[mostlyDistinct]
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(n)
}

// least returns the smaller number, ignoring NaN.
func least(a, b float64) float64 {
	if math.IsNaN(a) || b < a {
		return b
	}
	return a
}

func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// Short cuts a name, so that the outputs stay small. The names in columns.csv are cut by it.
func Short(name string) string {
	cut := len(name)
	for cut > maxName || cut < len(name) && !utf8.RuneStart(name[cut]) {
		cut--
	}
	return name[:cut]
}

// number returns a number as it is written, or "" if it is not finite.
func number(v float64) string {
	if finite(v) == nil {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// columnLines writes columns.csv: a description of each column, and its mean and standard deviation in each class.
func (r *Report) columnLines(line func(...string)) {
	head := []string{"column", "name", "kind", "gaps", "distinct", "min", "median", "max", "mean", "sd", "auc", "auc_class"}
	for _, c := range r.Shown {
		label := Short(r.Classes[c].Label)
		head = append(head, "mean_"+label, "sd_"+label)
	}
	line(head...)
	for _, c := range r.bestColumns() {
		fields := []string{
			strconv.Itoa(c.Position), Short(c.Name), kindName(c.Kind), strconv.Itoa(c.Gaps), strconv.Itoa(c.Distinct),
			number(c.Min), number(c.Median), number(c.Max), number(c.Mean()), number(c.SD()), "", "",
		}
		if c.Best.AUC > 0 {
			fields[10], fields[11] = number(c.Best.AUC), Short(r.Classes[c.Best.Class].Label)
		}
		for i := range r.Shown {
			var m metrics.Moments
			if c.Kind == dataset.Number {
				m = c.ByClass[i]
			}
			fields = append(fields, number(m.Mean()), number(m.SD()))
		}
		line(fields...)
	}
}

// bestColumns returns all columns or, if there are more than fit, those that separate a class best from the others, in the
// order of the file.
func (r *Report) bestColumns() []Column {
	columns := slices.Clone(r.Columns)
	slices.SortStableFunc(columns, func(a, b Column) int { return cmp.Compare(b.Best.AUC, a.Best.AUC) })
	columns = columns[:min(maxLines, len(columns))]
	slices.SortFunc(columns, func(a, b Column) int { return cmp.Compare(a.Position, b.Position) })
	return columns
}

func kindName(k dataset.Kind) string {
	if k == dataset.Category {
		return "category"
	}
	return "number"
}

// meanLines writes plots/means.csv: for each column of numbers, the mean of each class, and a standard deviation to either
// side. Columns with names have scales of their own; they are shown in standard deviations from their mean.
func (r *Report) meanLines(line func(...string)) {
	line("column", "name", "class", "mean", "mean_low", "mean_high")
	columns := slices.DeleteFunc(slices.Clone(r.Columns), func(c Column) bool { return c.Kind != dataset.Number || c.N == 0 })
	columns = plot.Thin(columns, maxPoints)
	for i, class := range r.Shown {
		for _, c := range columns {
			m := c.ByClass[i]
			if m.N == 0 {
				continue
			}
			mean, sd := m.Mean(), m.Spread()
			if r.header {
				mean, sd = c.standardize(mean, sd)
			}
			line(strconv.Itoa(c.Position), Short(c.Name), Short(r.Classes[class].Label), number(mean), number(mean-sd), number(mean+sd))
		}
	}
}

// standardize returns a mean and a deviation in the column's standard deviations; those of a constant column are 0.
func (c Column) standardize(mean, sd float64) (float64, float64) {
	unit := c.SD()
	if !(unit > 0) {
		return 0, 0
	}
	return (mean - c.Mean()) / unit, sd / unit
}
