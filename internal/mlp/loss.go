package mlp

import (
	"math"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/params"
)

// A loss is a criterion: the mean, over the rows of a batch, of a number that depends on the row's
// outputs after the output activation, O x B, and its label. Smoothing is the share of the target that
// is spread evenly over the classes.
type loss struct {
	// forward sets the loss of each row, and leaves in dOutputs what backward begins with.
	forward func(losses []float64, dOutputs, outputs blas64.General, labels []int, smoothing float64)
	// backward sets dOutputs to the derivative of the mean over batch rows, which these may be some of.
	backward func(dOutputs, outputs blas64.General, labels []int, smoothing float64, batch int)
}

var losses = map[string]*loss{
	params.CrossEntropy:       {crossEntropy, crossEntropyBackward},
	params.BinaryCrossEntropy: {binaryCrossEntropy, binaryCrossEntropyBackward},
}

// crossEntropy is -log softmax(outputs) at the label, of one output per class; it leaves the softmax.
func crossEntropy(losses []float64, dOutputs, outputs blas64.General, labels []int, smoothing float64) {
	exact.Softmax(dOutputs, losses, outputs)
	for b, label := range labels {
		logSum := losses[b]
		losses[b] = logSum - outputs.Data[label*outputs.Stride+b]
		if smoothing > 0 {
			all := 0.0
			for k := range outputs.Rows {
				all += logSum - outputs.Data[k*outputs.Stride+b]
			}
			losses[b] = math.FMA(1-smoothing, losses[b], smoothing/float64(outputs.Rows)*all)
		}
	}
}

// crossEntropyBackward is (softmax(outputs) - target) / B.
func crossEntropyBackward(dOutputs, _ blas64.General, labels []int, smoothing float64, batch int) {
	rest := smoothing / float64(dOutputs.Rows)
	targets := [2]float64{rest, rest + (1 - smoothing)}
	for k := range dOutputs.Rows {
		d := row(dOutputs, k)
		for b, label := range labels {
			is := 0
			if label == k {
				is = 1
			}
			d[b] = (d[b] - targets[is]) / float64(batch)
		}
	}
}

// maxLog bounds the logarithms of binary cross-entropy, as PyTorch bounds them.
const maxLog = 100

// binaryCrossEntropy is that of one output p in [0, 1], the probability of class 1.
func binaryCrossEntropy(losses []float64, _, outputs blas64.General, labels []int, smoothing float64) {
	for b, p := range row(outputs, 0) {
		target := binaryTarget(labels[b], smoothing)
		one := max(exact.Log(p), -maxLog)
		zero := max(exact.Log1p(-p), -maxLog)
		losses[b] = -math.FMA(target, one, (1-target)*zero)
	}
}

func binaryCrossEntropyBackward(dOutputs, outputs blas64.General, labels []int, smoothing float64, batch int) {
	d := row(dOutputs, 0)
	for b, p := range row(outputs, 0) {
		d[b] = (p - binaryTarget(labels[b], smoothing)) / max((1-p)*p, 1e-12) / float64(batch)
	}
}

func binaryTarget(label int, smoothing float64) float64 {
	return math.FMA(float64(label), 1-smoothing, smoothing/2)
}
