package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"runtime"
	"slices"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/plot"
	"example.com/sonar/internal/predictionfile"
)

// The curves of a file are thinned over all its classes together until it is small enough to draw and to
// keep in git. If there are so many classes that not even leastPoints are left for each, those that have
// the most test rows are drawn.
const (
	maxPoints   = 1000 // of a curve
	leastPoints = 20
)

// The rows of the plots. A curve is that of one class against the rest.
type (
	rocRow struct {
		Class     string `json:"class"`
		FPR       figure `json:"fpr"`
		TPR       figure `json:"tpr"`
		Threshold figure `json:"threshold"` // null above all scores
	}
	precisionRecallRow struct {
		Class     string `json:"class"`
		Recall    figure `json:"recall"`
		Precision figure `json:"precision"`
		Threshold figure `json:"threshold"` // null above all scores
	}
	calibrationRow struct {
		Class     string `json:"class"`
		Predicted figure `json:"predicted"` // mean probability of the rows in a bin
		Observed  figure `json:"observed"`  // share of them that are of the class, and its interval
		Low       figure `json:"low"`
		High      figure `json:"high"`
		Rows      int    `json:"rows"`
	}
	confusionRow struct {
		Actual    string `json:"actual"`
		Predicted string `json:"predicted"`
		Rows      int    `json:"rows"` // above 0
	}
)

// maxPoints returns the number of points that all curves of a file may have together.
func (e *evaluation) maxPoints() int {
	return plot.MaxBytes / max(rowSize(rocRow{e.longest, widest, widest, widest}), rowSize(precisionRecallRow{e.longest, widest, widest, widest}))
}

// rowSize returns the number of bytes that writeRows writes for a row.
func rowSize(row any) int { return jsonSize(row, "") + len(rowSeparator) }

func (e *evaluation) outputs(ctx context.Context, r report) []atomicfile.File {
	return []atomicfile.File{
		{Path: "metrics.json", Write: func(w io.Writer) error {
			text, err := jsonText(r, "  ")
			if err != nil {
				return err
			}
			_, err = w.Write(text)
			return err
		}},
		{Path: "predictions.csv", Write: func(w io.Writer) error { return e.writePredictions(ctx, w) }},
		{Path: "plots/roc.json", Write: func(w io.Writer) error { return writeRows(w, e.roc()) }},
		{Path: "plots/precision_recall.json", Write: func(w io.Writer) error { return writeRows(w, e.precisionRecall()) }},
		{Path: "plots/calibration.json", Write: func(w io.Writer) error { return writeRows(w, e.calibrationRows()) }},
		{Path: "plots/confusion_matrix.json", Write: func(w io.Writer) error { return writeRows(w, e.confusion()) }},
	}
}

// writePredictions writes a line for each test row, counted from 0 in the order of X_test.csv.
func (e *evaluation) writePredictions(ctx context.Context, w io.Writer) error {
	file, err := predictionfile.NewWriter(w, e.classes, e.idName, true, runtime.GOMAXPROCS(0))
	if err != nil {
		return err
	}
	return file.Write(ctx, e.predictions, e.ids, e.labels)
}

const rowSeparator = ",\n  "

// writeRows writes a JSON list with one row on each line.
func writeRows[T any](w io.Writer, rows []T) error {
	separator := "[\n  "
	if len(rows) == 0 {
		separator = "["
	}
	for _, row := range rows {
		text, err := jsonText(row, "")
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, separator+string(bytes.TrimSuffix(text, []byte("\n")))); err != nil {
			return err
		}
		separator = rowSeparator
	}
	end := "\n]\n"
	if len(rows) == 0 {
		end = "[]\n"
	}
	_, err := io.WriteString(w, end)
	return err
}

func (e *evaluation) roc() (rows []rocRow) {
	var curves [][]metrics.ROCPoint
	for _, k := range e.drawn {
		curves = append(curves, e.ranked[k].roc)
	}
	for i, points := range metrics.ThinCurves(curves, e.maxPoints()) {
		for _, p := range points {
			rows = append(rows, rocRow{e.classes[e.drawn[i]], figure(p.FalsePositiveRate), figure(p.TruePositiveRate), figure(p.Threshold)})
		}
	}
	return rows
}

func (e *evaluation) precisionRecall() (rows []precisionRecallRow) {
	var curves [][]metrics.PrecisionRecallPoint
	for _, k := range e.drawn {
		curves = append(curves, e.ranked[k].precisionRecall)
	}
	for i, points := range metrics.ThinCurves(curves, e.maxPoints()) {
		for _, p := range points {
			rows = append(rows, precisionRecallRow{e.classes[e.drawn[i]], figure(p.Recall), figure(p.Precision), figure(p.Threshold)})
		}
	}
	return rows
}

// calibrationRows returns the rows of the classes that have the most test rows, if there are too many classes.
func (e *evaluation) calibrationRows() (rows []calibrationRow) {
	size := rowSize(calibrationRow{e.longest, widest, widest, widest, widest, len(e.labels)})
	all := metrics.CurveClasses(len(e.classes))
	drawn := plot.Largest(all, e.counts.Labelled, plot.MaxBytes/size/plot.CalibrationBins)
	calibration := e.calibration()
	for i, k := range all {
		if len(drawn) == 0 || k != drawn[0] {
			continue
		}
		drawn = drawn[1:]
		members := e.rowsByProbability(k)
		for _, b := range calibration.Bins(i) {
			ci := e.share(members[b.Part], func(row int) bool { return e.labels[row] == k })
			rows = append(rows, calibrationRow{e.classes[k], figure(b.Predicted), figure(b.Observed()), ci.Low, ci.High, b.Rows})
		}
	}
	return rows
}

// confusion returns the number of rows of each pair of classes that occurs. If there are too many pairs for
// the file, it has the classes with the most test rows, and one more in place of all others.
func (e *evaluation) confusion() (rows []confusionRow) {
	names, class := e.classes, func(k int) int { return k }
	pairs := e.pairs(class)
	most := plot.MaxBytes / rowSize(confusionRow{e.longest, e.longest, len(e.labels)})
	if len(pairs) > most {
		kept := e.largest(int(math.Sqrt(float64(most))) - 1)
		names = append(slices.Clone(names), fmt.Sprintf("%d other classes", len(names)-len(kept)))
		others := len(e.classes)
		pairs = e.pairs(func(k int) int {
			if _, found := slices.BinarySearch(kept, k); !found {
				return others
			}
			return k
		})
	}
	for _, pair := range slices.SortedFunc(maps.Keys(pairs), func(a, b [2]int) int { return slices.Compare(a[:], b[:]) }) {
		rows = append(rows, confusionRow{names[pair[0]], names[pair[1]], pairs[pair]})
	}
	return rows
}

// pairs counts the rows by the actual and the predicted class, each as class numbers it.
func (e *evaluation) pairs(class func(k int) int) map[[2]int]int {
	pairs := map[[2]int]int{}
	for i, label := range e.labels {
		pairs[[2]int{class(label), class(e.predictions.Classes[i])}]++
	}
	return pairs
}
