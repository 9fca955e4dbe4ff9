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
// ranked by it, numbers in whichever direction is better. AUC is 0 unless some class has enough rows with values, and enough others.
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
	if min(rows, others) >= leastRows && auc > s.AUC+rounding {
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
			auc := float64((1 + hits - alarms) / 2)
			c.BestGap.improve(class, max(auc, 1-auc), rows, others)
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
		auc := higher / float64(2*n) / float64(others)
		best.improve(class, max(auc, 1-auc), n, others)
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
	var halves [2]textCounts
	for h := range halves {
		halves[h].classes = len(d.classes)
		if size := (len(texts) + 1) * len(d.classes); size <= maxTextCounts {
			halves[h].rows = make([]int32, size)
		}
	}
	half := make([]int, len(d.classes)) // of the next row of each class
	for row, class := range d.table.Labels {
		code := d.table.Codes(row)[slot]
		if code == dataset.NoCode {
			c.Gaps++
			code = int32(len(texts))
		}
		if counts := halves[half[class]].rows; counts != nil {
			counts[int(code)*len(d.classes)+class]++
		}
		half[class] = 1 - half[class]
	}
	const rowsOfText = 5 // on average; with fewer, half of them say little
	if halves[0].rows != nil && rowsOfText*len(texts) <= d.table.Rows() {
		for class := range d.classes {
			rows := d.classes[class].Rows
			pairs, all := halves[0].pairs(class, halves[1])
			morePairs, more := halves[1].pairs(class, halves[0])
			c.Best.improve(class, float64(pairs+morePairs)/float64(all+more), rows, d.table.Rows()-rows)
		}
	}
}

// A textCounts has the number of rows of each class with each text, in half of the rows of each class; gaps count as one more
// text.
type textCounts struct {
	classes int
	rows    []int32 // [text][class]
}

// of returns how many rows with a text have the class, and how many there are.
func (t textCounts) of(text, class int) (hits, rows int) {
	counts := t.rows[text*t.classes:][:t.classes]
	for _, n := range counts {
		rows += int(n)
	}
	return int(counts[class]), rows
}

// pairs ranks the rows by the share of the class among the rows of the other half that have the same text, or among all of them if
// none has: a text says nothing of the rows that its share is from. It returns twice the number of pairs of a row of the class and
// a row of another class in which the former ranks higher, in which equal ranks count half, and twice that of all pairs.
func (t textCounts) pairs(class int, other textCounts) (higher, all int) {
	type level struct{ hits, misses, otherHits, otherRows int }
	texts := len(t.rows) / t.classes
	levels := make([]level, texts)
	var allHits, allRows, otherHits, otherRows int
	for text := range levels {
		l := &levels[text]
		var rows int
		l.hits, rows = t.of(text, class)
		l.misses = rows - l.hits
		l.otherHits, l.otherRows = other.of(text, class)
		allHits, allRows, otherHits, otherRows = allHits+l.hits, allRows+rows, otherHits+l.otherHits, otherRows+l.otherRows
	}
	for text := range levels {
		if l := &levels[text]; l.otherRows == 0 {
			l.otherHits, l.otherRows = otherHits, max(1, otherRows)
		}
	}
	byShare := func(a, b level) int { return cmp.Compare(a.otherHits*b.otherRows, b.otherHits*a.otherRows) }
	slices.SortFunc(levels, byShare)
	below := 0 // twice
	for i := 0; i < texts; {
		hits, misses, first := 0, 0, levels[i]
		for ; i < texts && byShare(levels[i], first) == 0; i++ {
			hits, misses = hits+levels[i].hits, misses+levels[i].misses
		}
		higher += hits * (below + misses)
		below += 2 * misses
	}
	return higher, 2 * allHits * (allRows - allHits)
}
