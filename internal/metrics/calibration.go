package metrics

import (
	"math"

	"gonum.org/v1/gonum/blas/blas64"
)

// A CalibrationBin holds the rows whose probability of a class is in one of the equal parts of [0, 1].
type CalibrationBin struct {
	Part      int     // which, from 0
	Rows      int     // at least 1
	Positives int     // rows labelled with the class
	Predicted float64 // mean probability
}

// Observed is the share of positive rows, which is about Predicted if the probabilities are right.
func (b CalibrationBin) Observed() float64 { return float64(b.Positives) / float64(b.Rows) }

// A Calibration sorts the probabilities of each of CurveClasses into equal parts of [0, 1]; each part
// includes its upper end, and the first its lower end too. Its memory does not grow with the rows.
//
// M. DeGroot and S. Fienberg, "The Comparison and Evaluation of Forecasters", The Statistician 32 (1983).
type Calibration struct {
	classes []int
	bins    [][]CalibrationBin // [position in classes][part]; Predicted is still a sum
}

// NewCalibration makes an empty calibration of K classes, with a number of parts above 0.
func NewCalibration(classes, parts int) *Calibration {
	c := &Calibration{classes: CurveClasses(classes)}
	for range c.classes {
		bins := make([]CalibrationBin, parts)
		for part := range bins {
			bins[part].Part = part
		}
		c.bins = append(c.bins, bins)
	}
	return c
}

// Add sorts in the rows of B x K probabilities in [0, 1], with one label per row. It panics if the
// lengths differ. (A probability outside [0, 1] is put in the nearest part, and NaN in the first.)
func (c *Calibration) Add(probabilities blas64.General, labels []int) {
	mustMatch(probabilities.Rows, len(labels))
	for i, label := range labels {
		p := row(probabilities, i)
		for j, k := range c.classes {
			b := &c.bins[j][CalibrationPart(p[k], len(c.bins[j]))]
			b.Rows++
			b.Predicted += p[k]
			if label == k {
				b.Positives++
			}
		}
	}
}

// Bins returns the parts that have rows, ascending, of the class at position i of CurveClasses.
func (c *Calibration) Bins(i int) []CalibrationBin {
	var filled []CalibrationBin
	for _, b := range c.bins[i] {
		if b.Rows > 0 {
			b.Predicted /= float64(b.Rows)
			filled = append(filled, b)
		}
	}
	return filled
}

// Error is the expected calibration error: the mean distance |Observed - Predicted| of the bins, weighted
// by their rows, averaged over CurveClasses. It is NaN if there are no rows.
//
// M. Naeini, G. Cooper and M. Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian
// Binning", AAAI (2015).
func (c *Calibration) Error() float64 {
	sum := 0.0
	for i := range c.classes {
		sum += calibrationError(c.Bins(i))
	}
	return sum / float64(len(c.classes))
}

func calibrationError(bins []CalibrationBin) float64 {
	sum, rows := 0.0, 0
	for _, b := range bins {
		sum = math.FMA(float64(b.Rows), math.Abs(b.Observed()-b.Predicted), sum)
		rows += b.Rows
	}
	return sum / float64(rows)
}

// CalibrationPart is the part, from 0, that a probability is sorted into: the number of inner bounds below it.
func CalibrationPart(p float64, parts int) int {
	width := 1 / float64(parts)
	i := 0
	for i < parts-1 && p > float64(i+1)*width {
		i++
	}
	return i
}
