// Package metrics computes the quality of predictions: accuracy, F1, log loss, calibration, ROC and
// precision-recall curves and their areas; and how certain these are: intervals, and tests of the
// difference between two models. It does nothing but compute.
//
// Labels and predicted classes are class indices in [0, K). Probabilities are a B x K matrix: row b
// has those of the K classes for row b. Sums run in ascending order, or in NumPy's order if the doc says
// so, and exp and log are those of package exact, so the bits of a result do not depend on the machine.
// (The last digits of Student's and Wilson's quantiles and tails do: they come from package distuv.)
// Lengths that differ and labels outside [0, K) are a caller's bug, and panic.
package metrics
