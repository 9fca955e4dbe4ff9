// Package plot has what all the files that plots are drawn from have in common.
package plot

// CalibrationBins is the number of equal parts of [0, 1] by which calibration is shown.
const CalibrationBins = 10

// Thin returns at most limit of the points, evenly spaced, the first and the last among them, so that
// a curve stays small enough to draw and to keep in git. It returns points itself if they are no more
// than that; limit is 2 or more.
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
