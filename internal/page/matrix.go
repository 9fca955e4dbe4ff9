package page

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/rivo/uniseg"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"example.com/sonar/internal/plaintext"
)

// The most classes that a matrix is drawn of, and of which it has the numbers.
const (
	mostCells  = 30
	mostCounts = 12
)

// confusionFigure has a row for each class, and a column for what it was taken for.
func (r *results) confusionFigure() []Figure {
	names, counts := r.confusionCounts()
	if len(names) == 0 || len(names) > mostCells {
		return nil
	}
	c := bareChart("predicted", "actual")
	m := matrix{counts, len(names) <= mostCounts}
	c.X.Tick.Marker, c.Y.Tick.Marker = m.labels(names)
	if !m.shown {
		small := vg.Length(math.Max(7, 210/float64(len(names))))
		c.X.Tick.Label.Font.Size, c.Y.Tick.Label.Font.Size = small, small
	}
	c.X.Min, c.X.Max, c.Y.Min, c.Y.Max = -0.5, float64(len(names))-0.5, -0.5, float64(len(names))-0.5
	c.X.Padding, c.Y.Padding, c.X.Width = 2, 2, 0
	c.Add(m)
	return []Figure{{
		Title: "Confusion matrix",
		Note:  "Numbers of test rows; the stronger the colour, the larger the share of the row's class.",
		SVG:   c.render("confusion", "Confusion matrix", confusionInWords(names, counts)),
	}}
}

// confusionCounts returns the classes that occur, in the order of params.yaml, and the rows of each by what they were
// predicted to be. The file may have one class more, which stands for the small ones.
func (r *results) confusionCounts() (names []string, counts [][]int) {
	pairs, there := map[[2]string]int{}, map[string]bool{}
	classes := slices.Clone(r.params.Data.Classes)
	for _, row := range r.confusion {
		pairs[[2]string{row.Actual, row.Predicted}] += row.Rows
		there[row.Actual], there[row.Predicted] = true, true
		classes = append(classes, row.Actual, row.Predicted)
	}
	for _, class := range classes {
		if there[class] {
			names = append(names, class)
			delete(there, class)
		}
	}
	for _, actual := range names {
		var row []int
		for _, predicted := range names {
			row = append(row, pairs[[2]string{actual, predicted}])
		}
		counts = append(counts, row)
	}
	return names, counts
}

func confusionInWords(names []string, counts [][]int) string {
	var parts []string
	for i, name := range names {
		all := 0
		for _, n := range counts[i] {
			all += n
		}
		parts = append(parts, fmt.Sprintf("%s: %d of %d right", inText(name), counts[i][i], all))
	}
	return strings.Join(parts, ", ")
}

// A matrix is a plotter of counts, the first row on top.
type matrix struct {
	counts [][]int
	shown  bool // whether the counts are
}

// labels returns those of the columns and of the rows. If there are many classes, or the names do not fit above the columns,
// the classes are numbered, and named once.
func (m matrix) labels(names []string) (columns, rows plot.ConstantTicks) {
	longest := 0
	for _, name := range names {
		longest = max(longest, uniseg.StringWidth(plaintext.Line(name)))
	}
	const room = 48 // letters, over the names of the rows and all columns
	numbered := !m.shown || longest+len(names)*(longest+1) > room
	for i, name := range names {
		column, row := short(name, longest), short(name, longest)
		if numbered {
			column, row = strconv.Itoa(i+1), short(name, 18)+" "+strconv.Itoa(i+1)
		}
		columns = append(columns, plot.Tick{Value: float64(i), Label: column})
		rows = append(rows, plot.Tick{Value: float64(len(names) - 1 - i), Label: row})
	}
	return columns, rows
}

func (m matrix) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	n := len(m.counts)
	label := p.X.Tick.Label
	label.XAlign, label.YAlign = draw.XCenter, draw.YCenter
	for i, row := range m.counts {
		all := 0
		for _, count := range row {
			all += count
		}
		for j, count := range row {
			at := float64(n - 1 - i)
			low, high := vg.Point{X: x(float64(j)-0.5) + 0.75, Y: y(at-0.5) + 0.75}, vg.Point{X: x(float64(j)+0.5) - 0.75, Y: y(at+0.5) - 0.75}
			part := float64(count) / float64(max(1, all))
			c.FillPolygon(shade(part), []vg.Point{low, {X: high.X, Y: low.Y}, high, {X: low.X, Y: high.Y}})
			if label.Color = inkCount; part > 0.55 {
				label.Color = inkLit
			}
			if m.shown {
				c.FillText(label, vg.Point{X: (low.X + high.X) / 2, Y: (low.Y+high.Y)/2 + descent*letter}, strconv.Itoa(count))
			}
		}
	}
}
