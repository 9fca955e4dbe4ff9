package metrics

import "math"

// A CalibrationBin is the rows whose probability lies in one of the equal parts of [0, 1].
type CalibrationBin struct {
	Rows      int
	Positives int
	Predicted float64 // mean probability
}

// Observed is the share of positive rows, which equals Predicted where the probabilities are right.
func (b CalibrationBin) Observed() float64 { return float64(b.Positives) / float64(b.Rows) }

// Calibration sorts the rows by their probability into equal parts of [0, 1], each with its upper
// end, the first with its lower end too. Empty parts are left out.
func Calibration(probabilities []float64, positive []bool, parts int) []CalibrationBin {
	mustMatch(len(probabilities), len(positive))
	bins := make([]CalibrationBin, parts)
	for i, p := range probabilities {
		b := &bins[part(p, parts)]
		b.Rows++
		b.Predicted += p
		if positive[i] {
			b.Positives++
		}
	}
	filled := bins[:0]
	for _, b := range bins {
		if b.Rows > 0 {
			b.Predicted /= float64(b.Rows)
			filled = append(filled, b)
		}
	}
	return filled
}

// part is the number of inner bounds below p.
func part(p float64, parts int) int {
	width := 1 / float64(parts)
	i := 0
	for i < parts-1 && p > float64(i+1)*width {
		i++
	}
	return i
}

// CalibrationError is the mean distance between what was predicted and what was observed, over the
// rows of the bins; NaN of no rows.
func CalibrationError(bins []CalibrationBin) float64 {
	sum, rows := 0.0, 0
	for _, b := range bins {
		sum = math.FMA(float64(b.Rows), math.Abs(b.Observed()-b.Predicted), sum)
		rows += b.Rows
	}
	return sum / float64(rows)
}
