package page

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"example.com/sonar/internal/foldfile"
	thin "example.com/sonar/internal/plot"
)

// metrics are all numbers of the evaluation and the cross-validation.
func (r *results) metrics() Section {
	s := Section{ID: "metrics", Title: "Metrics", Columns: true}
	if r.test == nil {
		s.Blocks = append(s.Blocks, missing("The evaluation on test rows", "evaluate"))
	} else {
		s.Blocks = append(s.Blocks, Block{Heading: "On the test rows", Table: r.testTable()}, Block{Heading: "On the test rows of each class", Table: r.classTable()})
	}
	for _, scheme := range []string{foldfile.Stratified, foldfile.Grouped, foldfile.Blocked} {
		if metrics, ok := r.cross[scheme]; ok {
			s.Blocks = append(s.Blocks, Block{Heading: "Cross-validation, " + scheme, Table: r.crossTable(scheme, metrics)})
		}
	}
	if r.cross == nil {
		s.Blocks = append(s.Blocks, missing("The cross-validation", "crossvalidate"))
	}
	return s
}

func (r *results) testTable() *Table {
	t := &Table{
		Caption: fmt.Sprintf("Of %s. The interval is Wilson's.", count(r.test.Rows, "row that was held out", "rows that were held out")),
		Head:    []string{"metric", "test", r.level() + " interval", "training rows"}, Kinds: "tnin",
	}
	train := scores{figure(math.NaN()), figure(math.NaN()), figure(math.NaN())}
	if r.live != nil {
		train = r.live.Train
	}
	for _, m := range []struct {
		name        string
		test, train figure
	}{
		{"accuracy", r.test.Accuracy, train.Accuracy},
		{"balanced_accuracy", r.test.BalancedAccuracy, figure(math.NaN())},
		{"f1_macro", r.test.F1, train.F1},
		{"roc_auc", r.test.AUC, figure(math.NaN())},
		{"average_precision", r.test.AveragePrecision, figure(math.NaN())},
		{"loss", r.test.Loss, train.Loss},
		{"brier", r.test.Brier, figure(math.NaN())},
		{"calibration_error", r.test.CalibrationError, figure(math.NaN())},
	} {
		row := []string{m.name, fixed(float64(m.test)), "", ""}
		if m.name == "accuracy" {
			row[2] = exactBounds(r.test.AccuracyCI.around(m.test))
		}
		if !math.IsNaN(float64(m.train)) {
			row[3] = fixed(float64(m.train))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// classTable has the classes with the lowest sensitivity.
func (r *results) classTable() *Table {
	t := &Table{Head: []string{"class", "sensitivity", r.level() + " interval", "F1", "average precision"}, Kinds: "tninn"}
	classes := r.bySensitivity()
	for _, name := range classes[:min(mostRows, len(classes))] {
		s := r.test.Sensitivity[name]
		t.Rows = append(t.Rows, []string{
			short(name, mostName), share(float64(s)), bounds(r.test.SensitivityCI[name].around(s)),
			share(float64(r.test.ClassF1[name])), share(float64(r.test.ClassPrecision[name])),
		})
	}
	t.Caption = r.lowest(len(t.Rows))
	return t
}

func (r *results) crossTable(scheme string, metrics map[string]summary) *Table {
	t := &Table{
		Caption: strings.ToUpper(r.scheme(scheme)[:1]) + r.scheme(scheme)[1:] + ". The intervals are those of the corrected resampled t test, which accounts for overlapping training rows.",
		Head:    []string{"metric", "mean", r.level() + " interval", "sd of repeats"}, Kinds: "tnin",
	}
	for _, name := range foldfile.MetricNames() {
		m, ok := metrics[name]
		if !ok {
			continue
		}
		row := []string{name, fixed(float64(m.Mean)), exactBounds(m.around(m.Mean)), ""}
		if m.SD != nil {
			row[3] = fixed(float64(*m.SD))
		}
		if m.Folds > 0 {
			row[3] = fmt.Sprintf("of %d folds", m.Folds)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// plots are all figures, those of a missing stage with its command.
func (r *results) plots() Section {
	s := Section{ID: "plots", Title: "Plots"}
	for _, part := range []struct {
		heading, what, stage string
		figures              []Figure
	}{
		{"The data", "The columns by class", "inspect", r.columnFigures()},
		{"The training", "The learning curves", "train", r.trainingFigures()},
		{"The test rows", "The curves of the test rows", "evaluate", r.testFigures()},
		{"The cross-validation", "The scores of the folds", "crossvalidate", r.crossFigures()},
	} {
		b := Block{Heading: part.heading, Figures: part.figures}
		if len(part.figures) == 0 {
			b.Lines, b.Missing = []string{part.what + ": missing, or nothing to draw."}, "dvc repro "+part.stage
		}
		s.Blocks = append(s.Blocks, b)
	}
	return s
}

// grouped returns the lines of a table by the text in a column, in the order of their first.
func grouped(t *table, column int) (names []string, lines map[string][]int) {
	lines = map[string][]int{}
	for i := range t.rows() {
		name := t.text(i, column)
		if lines[name] == nil {
			names = append(names, name)
		}
		lines[name] = append(lines[name], i)
	}
	return names, lines
}

// columnFigures are the means of the columns by class.
func (r *results) columnFigures() []Figure {
	t := r.means
	names, lines := grouped(t, t.column("class"))
	if len(names) == 0 {
		return nil
	}
	named := r.params.Data.Header
	f := Figure{Title: "Mean and standard deviation of each column, by class"}
	c := newChart("column", "value")
	c.X.Tick.Marker = ticks{most: 7, whole: true}
	if named {
		c.Y.Label.Text = "sd from the column's mean"
		f.Note = "Each column in its own standard deviations; columns are numbered as in the file."
	}
	x, mean, low, high := t.column("column"), t.column("mean"), t.column("mean_low"), t.column("mean_high")
	const most = 4 // bands above one another cannot be told apart
	middles, spread := map[string][]dot{}, 0.0
	for k, name := range names[:min(most, len(names))] {
		var middle, below, above []dot
		for _, i := range thin.Thin(lines[name], mostPoints) {
			at := t.number(i, x)
			middle = append(middle, dot{X: at, Y: t.number(i, mean)})
			below = append(below, dot{X: at, Y: t.number(i, low)})
			above = append(above, dot{X: at, Y: t.number(i, high)})
		}
		if named && len(middle) <= 40 {
			c.beside(middle, below, above, k, min(most, len(names)))
			spread = 0.5
		} else {
			c.area(below, above, band(k))
			middles[name] = middle
		}
		f.Keys = append(f.Keys, Key{string(series(k)), solid, short(name, mostName)})
	}
	for k, name := range names[:min(most, len(names))] {
		c.line(middles[name], series(k), false)
	}
	if more := len(names) - most; more > 0 {
		f.Note = strings.TrimSpace(f.Note + fmt.Sprintf(" %d of %s classes.", most, thousands(len(r.params.Data.Classes))))
	}
	c.X.Min, c.X.Max = c.X.Min-spread, c.X.Max+spread
	f.SVG = c.render("means", f.Title, "Mean value of each column for the classes "+joined(names[:min(most, len(names))]))
	return []Figure{f}
}

func joined(names []string) string {
	var kept []string
	for _, name := range names {
		kept = append(kept, short(name, mostName))
	}
	return strings.Join(kept, ", ")
}

// beside draws the k-th of n classes as dots with their deviation, beside those of the others.
func (c *chart) beside(middle, low, high []dot, k, n int) {
	shift := (float64(k) - float64(n-1)/2) * 0.16
	var at []float64
	var spans []span
	for i := range middle {
		middle[i].X += shift
		at, spans = append(at, middle[i].X), append(spans, span{middle[i].Y, low[i].Y, high[i].Y})
	}
	c.upright(at, spans, band(k))
	c.dots(middle, series(k), 5)
}

// trainingFigures are the learning curves.
func (r *results) trainingFigures() []Figure {
	var figures []Figure
	for _, metric := range curveMetrics {
		c := newChart("epoch", metric)
		c.X.Tick.Marker = ticks{most: 7, whole: true}
		f := Figure{Title: "Learning curve: " + metric}
		var said []string
		for k, side := range curveSides {
			t := r.curves[side+"/"+metric]
			if len(t.rows()) == 0 {
				continue
			}
			var points []dot
			x, y := t.column("step"), t.column(metric)
			for i := range t.rows() {
				points = append(points, dot{X: t.number(i, x), Y: t.number(i, y)})
			}
			label := "training rows"
			if side == "val" {
				label = "test rows"
			}
			shape := solid
			if side == "train" {
				shape = dashed
			}
			c.line(thin.Thin(points, mostPoints), series(1-k), shape == dashed)
			f.Keys = append(f.Keys, Key{string(series(1 - k)), shape, label})
			said = append(said, fmt.Sprintf("%s from %s to %s", label, share(points[0].Y), share(points[len(points)-1].Y)))
		}
		if len(said) == 0 {
			continue
		}
		f.SVG = c.render("curve-"+metric, f.Title, strings.Join(said, ", "))
		figures = append(figures, f)
	}
	return figures
}

func (r *results) testFigures() []Figure {
	var figures []Figure
	figures = append(figures, r.confusionFigure()...)
	figures = append(figures, r.curveFigure("roc", "ROC curve", "false positive rate", "true positive rate", r.roc,
		func(row curveRow) dot { return dot{X: float64(row.FPR), Y: float64(row.TPR)} }, []dot{{X: 0, Y: 0}, {X: 1, Y: 1}})...)
	figures = append(figures, r.curveFigure("precision", "Precision and recall", "recall", "precision", r.precision,
		func(row curveRow) dot { return dot{X: float64(row.Recall), Y: float64(row.Precision)} }, nil)...)
	return append(figures, r.calibrationFigure()...)
}

// drawn are the classes that curves are drawn of: those with the most test rows.
func (r *results) drawn(names []string, most int) []string {
	tested := r.tested()
	rows := func(name string) int {
		if c := tested[name]; c != nil {
			return c.rows
		}
		return 0
	}
	kept := slices.Clone(names)
	slices.SortStableFunc(kept, func(a, b string) int { return cmp.Compare(rows(b), rows(a)) })
	kept = kept[:min(most, len(kept))]
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !slices.Contains(kept, name) })
}

// ofMany says which classes are drawn, if not all.
func ofMany(drawn, all int) string {
	if drawn == all {
		return ""
	}
	return fmt.Sprintf(" The %d classes with the most test rows, of %s.", drawn, thousands(all))
}

func (r *results) curveFigure(id, title, x, y string, rows []curveRow, point func(curveRow) dot, guide []dot) []Figure {
	var names []string
	lines := map[string][]dot{}
	for _, row := range rows {
		if lines[row.Class] == nil {
			names = append(names, row.Class)
		}
		lines[row.Class] = append(lines[row.Class], point(row))
	}
	if len(names) == 0 {
		return nil
	}
	c := newChart(x, y)
	c.shares()
	f := Figure{Title: title}
	c.line(guide, inkGuide, true)
	drawn := r.drawn(names, mostLines)
	for k, name := range drawn {
		c.line(thin.Thin(lines[name], mostPoints), series(k), false)
		f.Keys = append(f.Keys, Key{string(series(k)), solid, short(name, mostName)})
	}
	if guide != nil {
		f.Keys = append(f.Keys, Key{string(inkGuide), dashed, "chance"})
	}
	f.Note = "Each class against the rest." + ofMany(len(drawn), len(names))
	f.SVG = c.render(id, title, fmt.Sprintf("%s by %s, for %s", y, x, joined(drawn)))
	return []Figure{f}
}

// calibrationFigure shows the share of a class among rows that were given about the same probability of it.
func (r *results) calibrationFigure() []Figure {
	var names []string
	lines := map[string][]binRow{}
	for _, row := range r.bins {
		if lines[row.Class] == nil {
			names = append(names, row.Class)
		}
		lines[row.Class] = append(lines[row.Class], row)
	}
	if len(names) == 0 {
		return nil
	}
	c := newChart("predicted probability", "observed share")
	c.shares()
	c.line([]dot{{X: 0, Y: 0}, {X: 1, Y: 1}}, inkGuide, true)
	f := Figure{Title: "Calibration", Note: "Rows in ten bins of the predicted probability; bars are " + r.level() + " intervals."}
	drawn := r.drawn(names, mostBins)
	f.Note += ofMany(len(drawn), len(names))
	for k, name := range drawn {
		var points []dot
		for _, row := range lines[name] {
			points = append(points, dot{X: float64(row.Predicted), Y: float64(row.Observed)})
			c.upright([]float64{float64(row.Predicted)}, []span{{0, float64(row.Low), float64(row.High)}}, band(k))
		}
		c.line(points, series(k), false)
		c.dots(points, series(k), 6)
		f.Keys = append(f.Keys, Key{string(series(k)), solid, short(name, mostName)})
	}
	f.Keys = append(f.Keys, Key{string(inkGuide), dashed, "calibrated"})
	f.SVG = c.render("calibration", f.Title, "Observed share by predicted probability, for "+joined(drawn))
	return []Figure{f}
}

// The most classes that a matrix is drawn of, and of which it has the numbers.
const (
	mostCells  = 30
	mostCounts = 12
)

// confusionFigure has a row for each class, and a column for what it was taken for.
func (r *results) confusionFigure() []Figure {
	counts := map[[2]string]int{}
	there := map[string]bool{}
	for _, row := range r.confusion {
		counts[[2]string{row.Actual, row.Predicted}] += row.Rows
		there[row.Actual], there[row.Predicted] = true, true
	}
	if len(there) == 0 {
		return nil
	}
	if len(there) > mostCells {
		return nil // perClass has the most frequent mistakes
	}
	var names []string
	for _, class := range r.params.Data.Classes {
		if there[class] {
			names = append(names, class)
			delete(there, class)
		}
	}
	for _, row := range r.confusion { // what is no class of params.yaml
		for _, class := range []string{row.Actual, row.Predicted} {
			if there[class] {
				names = append(names, class)
				delete(there, class)
			}
		}
	}
	f := Figure{Title: "Confusion matrix", Note: "Test rows; the darker, the larger the share of the row's class."}
	c := bareChart("predicted", "actual")
	m := matrix{counts: make([][]int, len(names)), shown: len(names) <= mostCounts}
	var marks plot.ConstantTicks
	for i, actual := range names {
		for _, predicted := range names {
			m.counts[i] = append(m.counts[i], counts[[2]string{actual, predicted}])
		}
		label := short(actual, 34/min(mostCounts, len(names)))
		if !m.shown {
			label = strconv.Itoa(i + 1)
		}
		marks = append(marks, plot.Tick{Value: float64(i), Label: label})
	}
	c.X.Tick.Marker = marks
	below := slices.Clone(marks)
	for i := range below {
		label := short(names[i], 12)
		if !m.shown {
			label = short(names[i], 18) + " " + strconv.Itoa(i+1)
		}
		below[i] = plot.Tick{Value: float64(len(names) - 1 - i), Label: label}
	}
	c.Y.Tick.Marker = below
	if len(names) > mostCounts {
		small := vg.Length(math.Max(7, 210/float64(len(names))))
		c.X.Tick.Label.Font.Size, c.Y.Tick.Label.Font.Size = small, small
	}
	c.X.Min, c.X.Max, c.Y.Min, c.Y.Max = -0.5, float64(len(names))-0.5, -0.5, float64(len(names))-0.5
	c.X.Padding, c.Y.Padding, c.X.Width = 2, 2, 0
	c.Add(m)
	f.SVG = c.render("confusion", f.Title, confusionInWords(names, m.counts))
	return []Figure{f}
}

func confusionInWords(names []string, counts [][]int) string {
	var parts []string
	for i, name := range names {
		all := 0
		for _, n := range counts[i] {
			all += n
		}
		parts = append(parts, fmt.Sprintf("%s: %d of %d right", short(name, mostName), counts[i][i], all))
	}
	return strings.Join(parts, ", ")
}

// A matrix is a plotter of counts, the first row on top.
type matrix struct {
	counts [][]int
	shown  bool
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

func (r *results) crossFigures() []Figure {
	var figures []Figure
	if r.folds != nil && r.folds.Has[foldfile.Accuracy] {
		for _, scheme := range []string{foldfile.Stratified, foldfile.Grouped, foldfile.Blocked} {
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
	return append(figures, r.crossBinFigure()...)
}

// foldFigure has the accuracy of each fold and, of a scheme that is repeated, the mean of each repeat.
func (r *results) foldFigure(scheme string) Figure {
	f := Figure{Title: "Accuracy of each fold, " + scheme}
	c := newChart("repeat", "accuracy")
	c.X.Tick.Marker = ticks{most: 7, whole: true}
	repeated := foldfile.Decides(scheme)
	if !repeated {
		c.X.Label.Text = "fold, in the order of the file"
	}
	var folds []dot
	sums := map[int]*struct{ sum, n float64 }{}
	low, high, repeats := 1.0, 0.0, 0
	for _, fold := range r.folds.Lines {
		if fold.Scheme != scheme {
			continue
		}
		a := fold.Scores[foldfile.Accuracy]
		low, high, repeats = math.Min(low, a), math.Max(high, a), max(repeats, fold.Repeat)
		x := float64(fold.Fold)
		if repeated {
			x = float64(fold.Repeat)
			if sums[fold.Repeat] == nil {
				sums[fold.Repeat] = &struct{ sum, n float64 }{}
			}
			sums[fold.Repeat].sum += a
			sums[fold.Repeat].n++
		}
		folds = append(folds, dot{X: x, Y: a})
	}
	var means []dot
	for repeat := range repeats + 1 {
		if s := sums[repeat]; s != nil {
			means = append(means, dot{X: float64(repeat), Y: s.sum / s.n})
		}
	}
	c.dots(thin.Thin(folds, 1000), band(0), 7)
	f.Keys = []Key{{string(band(0)), round, "a fold"}}
	if repeated {
		c.dots(thin.Thin(means, mostPoints), series(0), 7)
		f.Keys = append(f.Keys, Key{string(series(0)), round, "mean of a repeat"})
	}
	c.X.Min, c.X.Max = c.X.Min-0.5, c.X.Max+0.5
	if a, ok := r.cross[scheme]["accuracy"]; ok {
		mean := float64(a.Mean)
		c.line([]dot{{X: c.X.Min, Y: mean}, {X: c.X.Max, Y: mean}}, inkGuide, true)
		f.Keys = append(f.Keys, Key{string(inkGuide), dashed, "mean of all"})
	}
	f.SVG = c.render("folds-"+scheme, f.Title, fmt.Sprintf("%s, accuracy from %s to %s", count(len(folds), "fold", "folds"), share(low), share(high)))
	return f
}

// crossCurveFigure is a learning curve over all folds.
func (r *results) crossCurveFigure(metric string) Figure {
	t := r.crossCurve
	f := Figure{Title: "Learning curve over the folds: " + metric, Note: "Mean of the folds, with a standard deviation to either side."}
	c := newChart("epoch", metric)
	c.X.Tick.Marker = ticks{most: 7, whole: true}
	names, lines := grouped(t, t.column("rows"))
	x, y, low, high := t.column("step"), t.column(metric), t.column(metric+"_low"), t.column(metric+"_high")
	var said []string
	for _, name := range names[:min(2, len(names))] {
		var middle, below, above []dot
		for _, i := range thin.Thin(lines[name], mostPoints/2) {
			at := t.number(i, x)
			middle = append(middle, dot{X: at, Y: t.number(i, y)})
			below = append(below, dot{X: at, Y: t.number(i, low)})
			above = append(above, dot{X: at, Y: t.number(i, high)})
		}
		ink, shape, label := 1, dashed, "rows trained on"
		if name == "test" {
			ink, shape, label = 0, solid, "rows tested on"
		}
		c.area(below, above, band(ink))
		c.line(middle, series(ink), shape == dashed)
		f.Keys = append(f.Keys, Key{string(series(ink)), shape, label})
		said = append(said, fmt.Sprintf("%s from %s to %s", label, share(middle[0].Y), share(middle[len(middle)-1].Y)))
	}
	f.SVG = c.render("cross-"+metric, f.Title, strings.Join(said, ", "))
	return f
}

func (r *results) crossBinFigure() []Figure {
	t := r.crossBins
	names, lines := grouped(t, t.column("class"))
	if len(names) == 0 {
		return nil
	}
	f := Figure{Title: "Calibration over the folds", Note: "All predictions of tested rows, in ten bins of the predicted probability."}
	c := newChart("predicted probability", "observed share")
	c.shares()
	c.line([]dot{{X: 0, Y: 0}, {X: 1, Y: 1}}, inkGuide, true)
	x, y := t.column("predicted"), t.column("observed")
	drawn := r.drawn(names, mostBins)
	f.Note += ofMany(len(drawn), len(names))
	for k, name := range drawn {
		var points []dot
		for _, i := range lines[name] {
			points = append(points, dot{X: t.number(i, x), Y: t.number(i, y)})
		}
		c.line(points, series(k), false)
		c.dots(points, series(k), 6)
		f.Keys = append(f.Keys, Key{string(series(k)), solid, short(name, mostName)})
	}
	f.Keys = append(f.Keys, Key{string(inkGuide), dashed, "calibrated"})
	f.SVG = c.render("cross-calibration", f.Title, "Observed share by predicted probability over the folds, for "+joined(drawn))
	return []Figure{f}
}

// importances are the columns that the model's scores depend on most.
func (r *results) importances() Section {
	s := Section{ID: "importance", Title: "Importance of the columns", Columns: true}
	t := r.importance
	if t == nil {
		s.Blocks = []Block{missing("How much the scores depend on each column", "crossvalidate")}
		return s
	}
	type column struct {
		name           string
		loss, accuracy span
	}
	var columns []column
	at := func(i int, name string) span {
		return span{t.number(i, t.column(name)), t.number(i, t.column(name+"_low")), t.number(i, t.column(name+"_high"))}
	}
	for i := range t.rows() {
		columns = append(columns, column{t.text(i, t.column("column")), at(i, "loss"), at(i, "accuracy")})
	}
	slices.SortStableFunc(columns, func(a, b column) int { return cmp.Compare(b.loss.Value, a.loss.Value) })
	shown := columns[:min(mostRows, len(columns))]
	table := &Table{
		Caption: fmt.Sprintf("%s, the most important first.", count(len(shown), "column", "columns")),
		Head:    []string{"column", "rise in loss", r.level() + " interval", "drop in accuracy", r.level() + " interval"}, Kinds: "tnini",
	}
	if len(shown) < len(columns) {
		table.Caption = fmt.Sprintf("The %d most important of %s columns.", len(shown), thousands(len(columns)))
	}
	var names []string
	var spans []span
	for _, c := range shown {
		table.Rows = append(table.Rows, []string{short(c.name, mostName), share(c.loss.Value), bounds(c.loss), share(c.accuracy.Value), bounds(c.accuracy)})
		if !math.IsNaN(c.loss.Value) && !math.IsNaN(c.loss.Low) {
			names, spans = append(names, c.name), append(spans, c.loss)
		}
	}
	b := Block{Lines: []string{"How much worse the predictions of the tested rows get when the values of a column are shuffled among them, by cross-validation. An interval that includes 0 shows nothing."}}
	if len(names) > 0 {
		c := bareChart("rise in loss", "")
		c.grid(false)
		c.lying(names, spans, series(0))
		b.Figures = []Figure{{Title: "Rise in loss when a column is shuffled", SVG: c.render("importance-plot", "Importance of the columns", "Rise in loss: "+inWords(names[:min(5, len(names))], spans[:min(5, len(names))]))}}
	}
	s.Blocks = []Block{b, {Table: table}}
	return s
}

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

var _ plotter.XYer = dots{}
