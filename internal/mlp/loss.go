package mlp

import (
	"math"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/params"
)

// A loss is a criterion over a batch: outputs B x O after the output activation, and one label per
// row. Smoothing is the share of the target that is spread evenly over the classes.
type loss struct {
	// value is the mean over the rows.
	value func(outputs blas64.General, labels []int, smoothing float64) float64
	// gradient sets dOutputs to the derivative of value with respect to outputs.
	gradient func(dOutputs, outputs blas64.General, labels []int, smoothing float64)
}

var losses = map[string]loss{
	params.CrossEntropy:       {crossEntropy, crossEntropyGradient},
	params.BinaryCrossEntropy: {binaryCrossEntropy, binaryCrossEntropyGradient},
}

// crossEntropy is -log softmax(outputs) at the label, of one output per class.
func crossEntropy(outputs blas64.General, labels []int, smoothing float64) float64 {
	sum := 0.0
	for b, label := range labels {
		out := row(outputs, b)
		shift := logSumExp(out)
		nll := shift - out[label]
		if smoothing > 0 {
			all := 0.0
			for _, v := range out {
				all += shift - v
			}
			nll = math.FMA(1-smoothing, nll, smoothing/float64(len(out))*all)
		}
		sum += nll
	}
	return sum / float64(len(labels))
}

// crossEntropyGradient is (softmax(outputs) - target) / B.
func crossEntropyGradient(dOutputs, outputs blas64.General, labels []int, smoothing float64) {
	rows := float64(len(labels))
	for b, label := range labels {
		d := row(dOutputs, b)
		softmax(d, row(outputs, b))
		for k := range d {
			target := smoothing / float64(len(d))
			if k == label {
				target += 1 - smoothing
			}
			d[k] = (d[k] - target) / rows
		}
	}
}

// maxLog bounds the logarithms of binary cross-entropy, as PyTorch bounds them.
const maxLog = 100

// binaryCrossEntropy is that of one output p in [0, 1], the probability of class 1.
func binaryCrossEntropy(outputs blas64.General, labels []int, smoothing float64) float64 {
	sum := 0.0
	for b, label := range labels {
		p, target := row(outputs, b)[0], binaryTarget(label, smoothing)
		one := max(exact.Log(p), -maxLog)
		zero := max(exact.Log1p(-p), -maxLog)
		sum -= math.FMA(target, one, (1-target)*zero)
	}
	return sum / float64(len(labels))
}

func binaryCrossEntropyGradient(dOutputs, outputs blas64.General, labels []int, smoothing float64) {
	rows := float64(len(labels))
	for b, label := range labels {
		p := row(outputs, b)[0]
		row(dOutputs, b)[0] = (p - binaryTarget(label, smoothing)) / max((1-p)*p, 1e-12) / rows
	}
}

func binaryTarget(label int, smoothing float64) float64 {
	return math.FMA(float64(label), 1-smoothing, smoothing/2)
}

// softmax sets p to exp(z) over its sum, without overflow.
func softmax(p, z []float64) {
	top := maximum(z)
	sum := 0.0
	for k, v := range z {
		p[k] = exact.Exp(v - top)
		sum += p[k]
	}
	for k := range p {
		p[k] /= sum
	}
}

// logSumExp is the logarithm of the sum of exp(z), without overflow.
func logSumExp(z []float64) float64 {
	top := maximum(z)
	sum := 0.0
	for _, v := range z {
		sum += exact.Exp(v - top)
	}
	return top + exact.Log(sum)
}

func maximum(z []float64) float64 {
	top := z[0]
	for _, v := range z[1:] {
		top = max(top, v)
	}
	return top
}

func row(m blas64.General, i int) []float64 {
	return m.Data[i*m.Stride : i*m.Stride+m.Cols : i*m.Stride+m.Cols]
}
