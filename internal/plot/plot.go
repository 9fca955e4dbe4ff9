// Package plot has what the data files of all plots have in common: they stay small enough to draw and
// to keep in git, whatever the data.
package plot

import (
	"cmp"
	"encoding/csv"
	"io"
	"slices"
)

// MaxBytes is a size that no file in git exceeds, except for the tables of rows or folds that are compared.
const MaxBytes = 1_000_000

// CalibrationBins is the number of equal parts of [0, 1] in which calibration is shown.
const CalibrationBins = 10

// Thin returns at most limit of the points, evenly spaced, including the first and the last. It returns
// points itself if there are no more than that; limit is at least 2.
func Thin[T any](points []T, limit int) []T {
	if len(points) <= limit {
		return points
	}
	kept := make([]T, limit)
	for i := range kept {
		kept[i] = points[i*(len(points)-1)/(limit-1)]
	}
	return kept
}

// Largest returns the n classes that have the most rows, ascending; ties go to the first. It returns all if
// there are no more than n. Rows has the number of rows of each of classes, by class.
func Largest(classes, rows []int, n int) []int {
	if len(classes) <= n {
		return classes
	}
	classes = slices.Clone(classes)
	slices.SortStableFunc(classes, func(a, b int) int { return cmp.Compare(rows[b], rows[a]) })
	classes = classes[:n]
	slices.Sort(classes)
	return classes
}

// WriteLines writes the lines of CSV that lines passes to the function that it is called with.
func WriteLines(w io.Writer, lines func(line func(fields ...string))) error {
	out := csv.NewWriter(w)
	lines(func(fields ...string) { out.Write(fields) }) // Error returns the first error
	out.Flush()
	return out.Error()
}
