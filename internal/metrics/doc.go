// Package metrics is what is measured of predictions: accuracy, F1, log loss, ROC, precision-recall,
// calibration, and the intervals around them. It is pure computing.
//
// Labels and predicted classes are class indices in [0, K). Probabilities are a B x K matrix: row b
// holds those of the classes for row b. Sums run in ascending index and exp and log are those of
// package exact, so the bits of a result do not depend on the machine. Lengths that differ and
// labels outside [0, K) are a caller's bug, and panic.
package metrics
