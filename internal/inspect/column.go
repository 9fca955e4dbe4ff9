package inspect

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"example.com/sonar/internal/csvfile"
	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/metrics"
)

// A Column describes an input column.
type Column struct {
	dataset.Column
	Gaps     int
	Distinct int // numbers or texts

	// Of a column of numbers; NaN if all are missing.
	Min, Median, Max float64
	// CodeRows is how many values are Code, a number such as -999 far from all others, which may mean that there is none.
	Code     float64
	CodeRows int
	metrics.Moments
	ByClass []metrics.Moments // of each class in Report.Shown

	Best    Separation // by the column's values
	BestGap Separation // by whether there is a gap; of a column of numbers

	// Agree names what all rows with the same value agree in, if the column seems to join rows.
	Agree []string

	// NumericTexts says whether all texts of a categorical column are numbers.
	NumericTexts bool
}

// Separation is how well a column alone separates a class from all others: the area under the ROC curve if the rows are
// ranked by it, in whichever direction is better. AUC is 0 unless some class has enough rows with values, and enough others.
type Separation struct {
	Class int
	AUC   float64
}

// leastRows is how many rows are enough: fewer can be separated by chance.
const leastRows = 5

// improve takes the AUC of a class, with the numbers of its rows and of others, if it is better by more than rounding: with two
// classes, both have the same AUC.
func (s *Separation) improve(class int, auc float64, rows, others int) {
	const rounding = 1e-12
	if auc = max(auc, 1-auc); min(rows, others) >= leastRows && auc > s.AUC+rounding {
		*s = Separation{class, auc}
	}
}

// A describer describes the columns of a table.
type describer struct {
	table   *dataset.Table
	classes []Class
	shown   []int
	slots   []int
}

func (d *describer) column(i int) Column {
	c := Column{Column: d.table.Columns[i], Min: math.NaN(), Median: math.NaN(), Max: math.NaN()}
	if c.Kind == dataset.Category {
		d.describeTexts(&c, d.slots[i])
	} else {
		d.describeNumbers(&c, d.slots[i])
	}
	return c
}

// A labelled value is a number with the class of its row.
type labelled struct {
	value float64
	class int
}

func (d *describer) describeNumbers(c *Column, slot int) {
	values := make([]labelled, 0, d.table.Rows())
	byClass := make([]metrics.Moments, len(d.classes))
	gaps := make([]int, len(d.classes))
	for row, class := range d.table.Labels {
		v := d.table.Numbers(row)[slot]
		if math.IsNaN(v) {
			gaps[class]++
			c.Gaps++
			continue
		}
		c.Add(v)
		byClass[class].Add(v)
		values = append(values, labelled{v, class})
	}
	for _, class := range d.shown {
		c.ByClass = append(c.ByClass, byClass[class])
	}
	if c.Gaps > 0 {
		for class, n := range gaps {
			rows := d.classes[class].Rows
			others := d.table.Rows() - rows
			hits, alarms := float64(n)/float64(rows), float64(c.Gaps-n)/float64(others)
			c.BestGap.improve(class, float64((1+hits-alarms)/2), rows, others)
		}
	}
	if len(values) == 0 {
		return
	}
	sortValues(values)
	n := len(values)
	c.Min, c.Max = values[0].value, values[n-1].value
	c.Median = (values[(n-1)/2].value + values[n/2].value) / 2
	c.Distinct, c.Best = rank(values, byClass)
	for _, code := range []float64{c.Min, c.Max} {
		if n := countCodes(values, code); n > 1 {
			c.Code, c.CodeRows = code, n
		}
	}
}

// countCodes returns how many of the sorted values are code, the least or the greatest of them, if it has only nines, two or
// more, and is farther from the others than they are from each other; otherwise 0.
func countCodes(values []labelled, code float64) (n int) {
	if digits := strconv.FormatFloat(math.Abs(code), 'f', -1, 64); len(digits) < 2 || strings.Trim(digits, "9") != "" {
		return 0
	}
	others := slices.DeleteFunc(slices.Clone(values), func(v labelled) bool { return v.value == code })
	if len(others) == 0 {
		return 0
	}
	low, high := others[0].value, others[len(others)-1].value
	if low == high || math.Abs(code-low) <= high-low || math.Abs(code-high) <= high-low {
		return 0
	}
	return len(values) - len(others)
}

// rank returns the number of different values, given sorted ones, and how well they separate a class from the others: the AUC
// from the sum of the class's ranks, with equal values sharing their mean rank (H. B. Mann and D. R. Whitney, Annals of
// Mathematical Statistics 18, 1947).
func rank(values []labelled, byClass []metrics.Moments) (distinct int, best Separation) {
	ranks := make([]float64, len(byClass)) // twice their sums, so that they are integers
	for i := 0; i < len(values); distinct++ {
		end := i + 1
		for end < len(values) && values[end].value == values[i].value {
			end++
		}
		first, last := i+1, end
		for ; i < end; i++ {
			ranks[values[i].class] += float64(first + last)
		}
	}
	for class, sum := range ranks {
		n := byClass[class].N
		others := len(values) - n
		higher := sum - float64(float64(n)*float64(n+1)) // twice the number of pairs in which the row of the class is higher
		best.improve(class, higher/float64(2*n)/float64(others), n, others)
	}
	return distinct, best
}

// maxTextCounts bounds how many numbers are held for a categorical column: the rows of each text and class.
const maxTextCounts = 1 << 22

func (d *describer) describeTexts(c *Column, slot int) {
	texts := d.table.Texts[slot]
	c.Distinct = len(texts)
	c.NumericTexts = len(texts) > 0
	for _, text := range texts {
		if _, isNumber := csvfile.ParseNumber([]byte(text)); !isNumber {
			c.NumericTexts = false
			break
		}
	}
	counts := textCounts{classes: len(d.classes)}
	if size := (len(texts) + 1) * len(d.classes); size <= maxTextCounts {
		counts.rows = make([]int32, size)
	}
	for row, class := range d.table.Labels {
		code := d.table.Codes(row)[slot]
		if code == dataset.NoCode {
			c.Gaps++
			code = int32(len(texts))
		}
		if counts.rows != nil {
			counts.rows[int(code)*len(d.classes)+class]++
		}
	}
	const rowsOfText = 5 // on average; with fewer, texts separate the classes of their own rows by chance
	if counts.rows != nil && rowsOfText*len(texts) <= d.table.Rows() {
		for class := range d.classes {
			rows := d.classes[class].Rows
			others := d.table.Rows() - rows
			c.Best.improve(class, counts.pairs(class)/float64(2*rows)/float64(others), rows, others)
		}
	}
}

// A textCounts has the number of rows of each class with each text; gaps count as one more text.
type textCounts struct {
	classes int
	rows    []int32 // [text][class]
}

// pairs ranks the rows by the share of the class among those with the same text. It returns twice the number of pairs of a row of
// the class and a row of another class in which the former ranks higher; equal ranks count half.
func (t textCounts) pairs(class int) float64 {
	type level struct{ hits, rows int }
	levels := make([]level, 0, len(t.rows)/t.classes)
	for counts := range slices.Chunk(t.rows, t.classes) {
		l := level{hits: int(counts[class])}
		for _, n := range counts {
			l.rows += int(n)
		}
		if l.rows > 0 {
			levels = append(levels, l)
		}
	}
	slices.SortFunc(levels, func(a, b level) int { return cmp.Compare(a.hits*b.rows, b.hits*a.rows) })
	below, pairs := 0.0, 0.0 // twice
	for _, l := range levels {
		misses := float64(l.rows - l.hits)
		pairs += float64(float64(l.hits) * (below + misses))
		below += misses + misses
	}
	return pairs
}
