package metrics

import "math"

// Counts holds what accuracy, recall and F1 are computed from: for each class, how many rows are labelled
// with it, predicted as it, and both. All shares are in [0, 1].
type Counts struct {
	Labelled, Predicted, Correct []int // by class

	rows, correct int
	scores        []float64 // scratch
}

// NewCounts returns the Counts of no rows, for the given number of classes.
func NewCounts(classes int) *Counts {
	return &Counts{
		Labelled:  make([]int, classes),
		Predicted: make([]int, classes),
		Correct:   make([]int, classes),
		scores:    make([]float64, 0, classes),
	}
}

// Count returns the Counts of all rows, each with its label and predicted class in [0, classes). It
// panics if the lengths differ, or a class is not in that range.
func Count(labels, predicted []int, classes int) *Counts {
	mustMatch(len(labels), len(predicted))
	c := NewCounts(classes)
	c.Add(labels, predicted)
	return c
}

// Add counts rows, each with its label and predicted class. It panics if the lengths differ, or a class is not in
// [0, classes).
func (c *Counts) Add(labels, predicted []int) {
	mustMatch(len(labels), len(predicted))
	if len(c.Labelled) == 2 {
		c.addOfTwo(labels, predicted)
		return
	}
	c.rows += len(labels)
	for i, label := range labels {
		c.Labelled[label]++
		c.Predicted[predicted[i]]++
		if label == predicted[i] {
			c.correct++
			c.Correct[label]++
		}
	}
}

// addOfTwo is Add for two classes. Sums of the classes are several times as fast as counts in memory, of which each waits for
// the one before.
func (c *Counts) addOfTwo(labels, predicted []int) {
	var ones, predictedOnes, both, all int
	for i, p := range predicted {
		label := labels[i]
		ones, predictedOnes, both, all = ones+label, predictedOnes+p, both+label&p, all|label|p
	}
	if all&^1 != 0 {
		panic("metrics: a class is not one of the two")
	}
	rows := len(labels)
	neither := rows - ones - predictedOnes + both
	c.rows, c.correct = c.rows+rows, c.correct+both+neither
	c.Labelled[0], c.Labelled[1] = c.Labelled[0]+rows-ones, c.Labelled[1]+ones
	c.Predicted[0], c.Predicted[1] = c.Predicted[0]+rows-predictedOnes, c.Predicted[1]+predictedOnes
	c.Correct[0], c.Correct[1] = c.Correct[0]+neither, c.Correct[1]+both
}

// Reset forgets all rows.
func (c *Counts) Reset() {
	c.rows, c.correct = 0, 0
	clear(c.Labelled)
	clear(c.Predicted)
	clear(c.Correct)
}

// Rows is the number of rows counted.
func (c *Counts) Rows() int { return c.rows }

// Accuracy is the share of rows predicted as they are labelled; NaN if there are no rows.
func (c *Counts) Accuracy() float64 {
	return float64(c.correct) / float64(c.rows)
}

// Recall is the share of the rows labelled with class k that are predicted as it, tp/(tp+fn), also
// called sensitivity; NaN if there are no such rows.
func (c *Counts) Recall(k int) float64 {
	return float64(c.Correct[k]) / float64(c.Labelled[k])
}

// BalancedAccuracy is the unweighted mean of the Recall of the classes that some row is labelled with, as in
// scikit-learn's balanced_accuracy_score; NaN if there are no rows. A constant prediction has 1/K, whatever
// the shares of the K classes.
//
// K. Brodersen and others, "The balanced accuracy and its posterior distribution", ICPR (2010).
func (c *Counts) BalancedAccuracy() float64 { return c.macro(c.Recall) }

// F1 is the harmonic mean of precision and recall of class k, 2tp/(2tp+fp+fn); NaN if no row is
// labelled with it or predicted as it.
//
// C. van Rijsbergen, "Information Retrieval", 2nd edition (1979), chapter 7.
func (c *Counts) F1(k int) float64 {
	return float64(2*c.Correct[k]) / float64(c.Labelled[k]+c.Predicted[k])
}

// MacroF1 is the unweighted mean of the F1 of the classes that some row is labelled with or predicted
// as; NaN if there are no rows.
func (c *Counts) MacroF1() float64 { return c.macro(c.F1) }

// macro is the mean of the classes' scores that are not NaN, added in NumPy's order.
func (c *Counts) macro(score func(k int) float64) float64 {
	c.scores = c.scores[:0]
	for k := range c.Labelled {
		if s := score(k); !math.IsNaN(s) {
			c.scores = append(c.scores, s)
		}
	}
	return pairwiseSum(c.scores) / float64(len(c.scores))
}

// pairwiseSum adds in the order of NumPy's sum, so that a mean over eight classes or more equals
// scikit-learn's to the last digit. Up to seven it is the sum in ascending order.
func pairwiseSum(x []float64) float64 {
	const lanes, block = 8, 128
	switch n := len(x); {
	case n < lanes:
		sum := 0.0
		for _, v := range x {
			sum += v
		}
		return sum
	case n > block:
		half := n / 2 / lanes * lanes
		return pairwiseSum(x[:half]) + pairwiseSum(x[half:])
	}
	lane := [lanes]float64(x)
	rest := x[lanes:]
	for ; len(rest) >= lanes; rest = rest[lanes:] {
		for i := range lane {
			lane[i] += rest[i]
		}
	}
	sum := ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]))
	for _, v := range rest {
		sum += v
	}
	return sum
}

func mustMatch(rows, others int) {
	if rows != others {
		panic("metrics: lengths differ")
	}
}
