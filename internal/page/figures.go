package page

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"example.com/sonar/internal/foldfile"
	thin "example.com/sonar/internal/plot"
)

// plots are all figures, those of a missing stage with its command.
func (r *results) plots() Section {
	s := Section{ID: "plots", Title: "Plots"}
	for _, part := range []struct {
		heading, what, stage string
		isThere              bool // what the stage writes
		figures              []Figure
	}{
		{"The data", "The means of the columns by class", "inspect", r.means != nil, r.columnFigures()},
		{"The training", "The learning curve", "train", r.curves["val/loss"] != nil, r.trainingFigures()},
		{"The test rows", "The evaluation on test rows", "evaluate", r.test != nil, r.testFigures()},
		{"The cross-validation", "The cross-validation", "crossvalidate", r.folds != nil, r.crossFigures()},
	} {
		b := Block{Heading: part.heading, Figures: part.figures}
		if part.stage == "evaluate" && len(r.tested()) > mostCells {
			b.Lines = []string{"There are too many classes for a confusion matrix: the model card has those of the lowest sensitivity, and what they are taken for."}
		}
		switch {
		case len(part.figures) > 0:
		case part.isThere:
			b.Lines = []string{"There is nothing to draw."}
		default:
			b = missing(part.what, part.stage)
			b.Heading = part.heading
		}
		s.Blocks = append(s.Blocks, b)
	}
	return s
}

// inks are the keys of lines by what they are of.
func inks(names []string) []Key {
	var keys []Key
	for k, name := range names {
		keys = append(keys, Key{string(series(k)), solid, short(name, mostName)})
	}
	return keys
}

func joined(names []string) string {
	var kept []string
	for _, name := range names {
		kept = append(kept, inText(name))
	}
	return strings.Join(kept, ", ")
}

// grouped returns things by the names that they have, and the names in the order of their first.
func grouped[T any](things []T, name func(T) string) (names []string, groups map[string][]T) {
	groups = map[string][]T{}
	for _, thing := range things {
		if groups[name(thing)] == nil {
			names = append(names, name(thing))
		}
		groups[name(thing)] = append(groups[name(thing)], thing)
	}
	return names, groups
}

// byText returns the lines of a table by the text in a column.
func byText(t *table, column string) (names []string, lines map[string][]int) {
	at := t.column(column)
	all := make([]int, len(t.rows()))
	for i := range all {
		all[i] = i
	}
	return grouped(all, func(i int) string { return t.text(i, at) })
}

// A ribbon is a line with bounds on either side.
type ribbon struct{ middle, low, high []dot }

// ribbon returns that of some lines of a table, thinned to at most so many points.
func (t *table) ribbon(lines []int, x, y string, most int) ribbon {
	var b ribbon
	atX, atY, atLow, atHigh := t.column(x), t.column(y), t.column(y+"_low"), t.column(y+"_high")
	for _, i := range thin.Thin(lines, most) {
		at := t.number(i, atX)
		b.middle = append(b.middle, dot{X: at, Y: t.number(i, atY)})
		b.low = append(b.low, dot{X: at, Y: t.number(i, atLow)})
		b.high = append(b.high, dot{X: at, Y: t.number(i, atHigh)})
	}
	return b
}

// The means of so many classes are drawn, as more bands above one another cannot be told apart. If columns have
// names, so that what is beside one another need not belong together, and they are no more than so many, they are dots.
const (
	mostBands = 4
	mostDots  = 40
)

// columnFigures are the means of the columns by class.
func (r *results) columnFigures() []Figure {
	names, lines := byText(r.means, "class")
	if len(names) == 0 {
		return nil
	}
	drawn := names[:min(mostBands, len(names))]
	if r.look != nil {
		drawn = most(names, mostBands, func(class string) int { return r.look.Class.Rows[class] })
	}
	c := newChart("column", "value")
	c.X.Tick.Marker = ticks{most: 7, whole: true}
	if r.params.Data.Header {
		c.Y.Label.Text = "sd from the column's mean"
	}
	var means []ribbon
	for _, name := range drawn {
		means = append(means, r.means.ribbon(lines[name], "column", "mean", mostPoints))
	}
	if r.params.Data.Header && len(means[0].middle) <= mostDots {
		c.beside(means)
	} else {
		c.above(means)
	}
	const title = "Mean and standard deviation of each column, by class"
	return []Figure{{
		Title: title, Keys: inks(drawn), Note: r.columnNote(len(means[0].middle), len(drawn)),
		SVG: c.render("means", title, "Mean value of each column for the classes "+joined(drawn)),
	}}
}

// columnNote says what is drawn of the columns and classes.
func (r *results) columnNote(columns, classes int) string {
	var notes []string
	if r.params.Data.Header {
		notes = append(notes, "Each column in its own standard deviations; columns are numbered as in the file.")
	}
	if r.look != nil && columns < r.look.Inputs.Numeric {
		notes = append(notes, fmt.Sprintf("%d of %s columns of numbers.", columns, thousands(r.look.Inputs.Numeric)))
	}
	if all := len(r.params.Data.Classes); classes < all {
		which := ""
		if r.look != nil {
			which = "largest "
		}
		notes = append(notes, fmt.Sprintf("The %d %sof %s classes.", classes, which, thousands(all)))
	}
	return strings.Join(notes, " ")
}

// beside draws the values of each class as dots with their bounds, beside those of the others.
func (c *chart) beside(classes []ribbon) {
	for k, class := range classes {
		shift := (float64(k) - float64(len(classes)-1)/2) * 0.16
		for i := range class.middle {
			class.middle[i].X += shift
			x := class.middle[i].X
			c.line([]dot{{X: x, Y: class.low[i].Y}, {X: x, Y: class.high[i].Y}}, band(k), false)
		}
		c.dots(class.middle, series(k), 5)
	}
	c.X.Min, c.X.Max = c.X.Min-0.5, c.X.Max+0.5
}

// above draws the values of each class as a line in a band, the lines above all bands.
func (c *chart) above(classes []ribbon) {
	for k, class := range classes {
		c.area(class.low, class.high, band(k))
	}
	for k, class := range classes {
		c.line(class.middle, series(k), false)
	}
}

// The two sides of a learning curve.
var (
	trainedOn = Key{string(series(1)), dashed, "training rows"}
	testedOn  = Key{string(series(0)), solid, "test rows"}
)

// adjustedLoss says which loss the curves have.
const adjustedLoss = "The loss that is trained on, with its class weights or smoothed labels, not the log loss of the metrics."

// trainingFigures are the learning curves.
func (r *results) trainingFigures() []Figure {
	var figures []Figure
	for _, metric := range curveMetrics {
		if f, ok := r.learningCurve(metric); ok {
			figures = append(figures, f)
		}
	}
	return figures
}

func (r *results) learningCurve(metric string) (f Figure, ok bool) {
	f.Title = "Learning curve: " + metric
	c := newChart("epoch", metric)
	c.X.Tick.Marker = ticks{most: 7, whole: true}
	var said []string
	for k, key := range []Key{trainedOn, testedOn} {
		t := r.curves[curveSides[k]+"/"+metric]
		if len(t.rows()) == 0 {
			continue
		}
		var points []dot
		x, y := t.column("step"), t.column(metric)
		for i := range t.rows() {
			points = append(points, dot{X: t.number(i, x), Y: t.number(i, y)})
		}
		c.line(thin.Thin(points, mostPoints), ink(key.Ink), key.Shape == dashed)
		f.Keys = append(f.Keys, key)
		said = append(said, ends(key.Label, points))
	}
	if metric == "loss" && r.adjusted() {
		f.Note = adjustedLoss
	}
	f.SVG = c.render("curve-"+metric, f.Title, strings.Join(said, ", "))
	return f, len(said) > 0
}

// ends says where a curve begins and ends.
func ends(what string, points []dot) string {
	return fmt.Sprintf("%s from %s to %s", what, share(points[0].Y), share(points[len(points)-1].Y))
}

var diagonal = []dot{{X: 0, Y: 0}, {X: 1, Y: 1}}

func (r *results) testFigures() []Figure {
	roc := r.curveFigure("roc", "ROC curve", "false positive rate", "true positive rate", r.roc,
		func(row curveRow) dot { return dot{X: float64(row.FPR), Y: float64(row.TPR)} }, diagonal)
	precision := r.curveFigure("precision", "Precision and recall", "recall", "precision", r.precision,
		func(row curveRow) dot { return dot{X: float64(row.Recall), Y: float64(row.Precision)} }, nil)
	calibration := r.calibrationFigure("calibration", "Calibration",
		"Rows in ten bins of the predicted probability; bars are "+r.level()+" intervals.", r.bins)
	return slices.Concat(r.confusionFigure(), roc, precision, calibration)
}

// drawn are the classes that are drawn, at most so many: those with the most test rows.
func (r *results) drawn(names []string, number int) []string {
	tested := r.tested()
	return most(names, number, func(name string) int {
		if c := tested[name]; c != nil {
			return c.rows
		}
		return 0
	})
}

// most returns the names, at most so many, that have the most rows, in their order; ties go to the first.
func most(names []string, number int, rows func(name string) int) []string {
	kept := slices.Clone(names)
	slices.SortStableFunc(kept, func(a, b string) int { return cmp.Compare(rows(b), rows(a)) })
	kept = kept[:min(number, len(kept))]
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !slices.Contains(kept, name) })
}

// ofMany says which classes are drawn, if not all.
func ofMany(drawn, all int) string {
	if drawn == all {
		return ""
	}
	return fmt.Sprintf(" The %d classes with the most test rows, of %s.", drawn, thousands(all))
}

// curveFigure has a curve for each class against the rest, and a guide if there is one.
func (r *results) curveFigure(id, title, x, y string, rows []curveRow, point func(curveRow) dot, guide []dot) []Figure {
	names, curves := grouped(rows, func(row curveRow) string { return row.Class })
	if len(names) == 0 {
		return nil
	}
	c := newChart(x, y)
	c.shares()
	c.line(guide, inkGuide, true)
	drawn := r.drawn(names, mostLines)
	for k, name := range drawn {
		var points []dot
		for _, row := range thin.Thin(curves[name], mostPoints) {
			points = append(points, point(row))
		}
		c.line(points, series(k), false)
	}
	note := "Each class against the rest."
	if len(r.params.Data.Classes) == 2 {
		note = inText(names[0]) + " against the other class."
	}
	f := Figure{Title: title, Keys: inks(drawn), Note: note + ofMany(len(drawn), len(names))}
	if guide != nil {
		f.Keys = append(f.Keys, Key{string(inkGuide), dashed, "chance"})
	}
	f.SVG = c.render(id, title, fmt.Sprintf("%s by %s, for %s", y, x, joined(drawn)))
	return []Figure{f}
}

// calibrationFigure has the share of a class among rows that were given about the same probability of it, with the
// interval of that share if it has one.
func (r *results) calibrationFigure(id, title, note string, rows []binRow) []Figure {
	names, bins := grouped(rows, func(row binRow) string { return row.Class })
	if len(names) == 0 {
		return nil
	}
	c := newChart("predicted probability", "observed share")
	c.shares()
	c.line(diagonal, inkGuide, true)
	drawn := r.drawn(names, mostBins)
	for k, name := range drawn {
		var points []dot
		for _, bin := range bins[name] {
			x := float64(bin.Predicted)
			points = append(points, dot{X: x, Y: float64(bin.Observed)})
			c.line([]dot{{X: x, Y: float64(bin.Low)}, {X: x, Y: float64(bin.High)}}, band(k), false)
		}
		c.line(points, series(k), false)
		c.dots(points, series(k), 6)
	}
	return []Figure{{
		Title: title, Note: note + ofMany(len(drawn), len(names)),
		Keys: append(inks(drawn), Key{string(inkGuide), dashed, "calibrated"}),
		SVG:  c.render(id, title, "Observed share by predicted probability, for "+joined(drawn)),
	}}
}

func (r *results) crossFigures() []Figure {
	var figures []Figure
	if r.folds != nil && r.folds.Has[foldfile.Accuracy] {
		for _, scheme := range schemes {
			if r.folds.HasScheme(scheme) {
				figures = append(figures, r.foldFigure(scheme))
			}
		}
	}
	for _, metric := range []string{"accuracy", "loss"} {
		if len(r.crossCurve.rows()) > 0 {
			figures = append(figures, r.crossCurveFigure(metric))
		}
	}
	return append(figures, r.calibrationFigure("cross-calibration", "Calibration over the folds",
		"All predictions of tested rows, in ten bins of the predicted probability.", r.crossBinRows())...)
}

// crossBinRows are the lines of the cross-validation's calibration.csv, which has no intervals.
func (r *results) crossBinRows() []binRow {
	t := r.crossBins
	var rows []binRow
	for i := range t.rows() {
		rows = append(rows, binRow{
			Class:     t.text(i, t.column("class")),
			Predicted: figure(t.number(i, t.column("predicted"))), Observed: figure(t.number(i, t.column("observed"))),
			Low: figure(math.NaN()), High: figure(math.NaN()),
		})
	}
	return rows
}

// mostFolds is how many folds are drawn.
const mostFolds = 1000

// foldFigure has the accuracy of each fold and, of a scheme that is repeated, the mean of each repeat.
func (r *results) foldFigure(scheme string) Figure {
	f := Figure{Title: "Accuracy of each fold, " + scheme, Keys: []Key{{string(band(0)), round, "a fold"}}}
	c := newChart("fold, in the order of the file", "accuracy")
	c.X.Tick.Marker = ticks{most: 7, whole: true}
	folds, means := r.foldDots(scheme)
	c.dots(thin.Thin(folds, mostFolds), band(0), 7)
	if foldfile.Decides(scheme) {
		c.X.Label.Text = "repeat"
		c.dots(thin.Thin(means, mostPoints), series(0), 7)
		f.Keys = append(f.Keys, Key{string(series(0)), round, "mean of a repeat"})
	}
	low, high := c.Y.Min, c.Y.Max
	c.X.Min, c.X.Max = c.X.Min-0.5, c.X.Max+0.5
	if a, ok := r.cross[scheme]["accuracy"]; ok {
		mean := float64(a.Mean)
		c.line([]dot{{X: c.X.Min, Y: mean}, {X: c.X.Max, Y: mean}}, inkGuide, true)
		f.Keys = append(f.Keys, Key{string(inkGuide), dashed, "mean of all"})
	}
	f.SVG = c.render("folds-"+scheme, f.Title, fmt.Sprintf("%s, accuracy from %s to %s", count(len(folds), "fold", "folds"), share(low), share(high)))
	return f
}

// foldDots returns the accuracy of each fold by repeat, and the mean of each repeat. Without repeats it is by fold.
func (r *results) foldDots(scheme string) (folds, means []dot) {
	for _, fold := range r.folds.Lines {
		x := float64(fold.Repeat)
		if !foldfile.Decides(scheme) {
			x = float64(fold.Fold)
		}
		if fold.Scheme == scheme {
			folds = append(folds, dot{X: x, Y: fold.Scores[foldfile.Accuracy]})
		}
	}
	slices.SortStableFunc(folds, func(a, b dot) int { return cmp.Compare(a.X, b.X) })
	n := 0
	for _, fold := range folds {
		if n == 0 || means[len(means)-1].X != fold.X {
			means, n = append(means, dot{X: fold.X}), 0
		}
		n++
		mean := &means[len(means)-1]
		mean.Y += (fold.Y - mean.Y) / float64(n)
	}
	return folds, means
}

// crossCurveFigure is a learning curve over all folds.
func (r *results) crossCurveFigure(metric string) Figure {
	f := Figure{Title: "Learning curve over the folds: " + metric, Note: "Mean of the folds, with a standard deviation to either side."}
	if metric == "loss" && r.adjusted() {
		f.Note += " " + adjustedLoss
	}
	c := newChart("epoch", metric)
	c.X.Tick.Marker = ticks{most: 7, whole: true}
	_, lines := byText(r.crossCurve, "rows")
	var said []string
	for k, rows := range []string{"train", "test"} {
		if len(lines[rows]) == 0 {
			continue
		}
		key := []Key{trainedOn, testedOn}[k]
		curve := r.crossCurve.ribbon(lines[rows], "step", metric, mostPoints/2)
		c.area(curve.low, curve.high, band(1-k))
		c.line(curve.middle, ink(key.Ink), key.Shape == dashed)
		f.Keys = append(f.Keys, key)
		said = append(said, ends(key.Label, curve.middle))
	}
	f.SVG = c.render("cross-"+metric, f.Title, strings.Join(said, ", "))
	return f
}
