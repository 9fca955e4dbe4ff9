// Package metrics computes what is measured of predictions: accuracy, F1, log loss, calibration, ROC and
// precision-recall curves and their areas; and how sure that is: intervals, and tests of the difference
// between two models. It does nothing but compute.
//
// Labels and predicted classes are class indices in [0, K). Probabilities are a B x K matrix: row b
// has those of the K classes for row b. Sums run in ascending index, or in NumPy's order if the doc says
// so, and exp and log are those of package exact, so the bits of a result do not depend on the machine.
// (The last digits of Student's and Wilson's quantiles and tails do: package distuv has them.) Lengths
// that differ and labels outside [0, K) are a caller's bug, and panic.
package metrics
