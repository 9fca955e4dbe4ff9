package mlp

import (
	"math"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/params"
)

// A loss is computed of each row of a batch, from the row's outputs after the output activation, O x B, and its label.
type loss struct {
	// forward sets the loss of each row, and leaves in dOutputs what backward begins with.
	forward func(c criterion, losses []float64, dOutputs, outputs blas64.General, labels []int)
	// backward sets dOutputs to the derivative of the rows' losses, divided by the sum of the shares.
	backward func(c criterion, dOutputs, outputs blas64.General, labels []int, shares float64)
	// weighsClasses is whether a weight is that of a class wherever it is in a target, and the loss of a batch is divided by
	// the weights of its labels. Otherwise it is that of a row, and the loss is divided by the number of rows.
	weighsClasses bool
}

var losses = map[string]*loss{
	params.CrossEntropy:       {crossEntropy, crossEntropyBackward, true},
	params.BinaryCrossEntropy: {binaryCrossEntropy, binaryCrossEntropyBackward, false},
}

// A criterion is what a training minimizes: the sum of the rows' losses divided by the sum of their shares. It is that of
// PyTorch's CrossEntropyLoss(weight, label_smoothing), and of its BCELoss with the weights of the rows.
type criterion struct {
	loss      *loss
	smoothing float64   // the share of the target that is spread evenly over the classes
	weights   []float64 // of each class; nil if all are 1
}

func newCriterion(recipe params.Train, problem Problem) criterion {
	return criterion{choose("loss", recipe.Loss, losses), recipe.LabelSmoothing, problem.Weights}
}

func (c criterion) forward(losses []float64, dOutputs, outputs blas64.General, labels []int) {
	c.loss.forward(c, losses, dOutputs, outputs, labels)
}

func (c criterion) backward(dOutputs, outputs blas64.General, labels []int, shares float64) {
	c.loss.backward(c, dOutputs, outputs, labels, shares)
}

// share is what a row of a class adds to what a sum of losses is divided by.
func (c criterion) share(class int) float64 {
	if c.weights == nil || !c.loss.weighsClasses {
		return 1
	}
	return c.weights[class]
}

// addShares adds the shares of some rows to a sum, given all labels and the rows' numbers.
func (c criterion) addShares(sum float64, labels, rows []int) float64 {
	if c.weights == nil || !c.loss.weighsClasses {
		return sum + float64(len(rows)) // all of them 1
	}
	for _, r := range rows {
		sum += c.weights[labels[r]]
	}
	return sum
}

// constant returns the loss of the best prediction that is the same for each row, given the labels: the mean targets.
func (c criterion) constant(labels []int, classes int) float64 {
	rows := make([]float64, classes)
	for _, label := range labels {
		rows[label]++
	}
	targets, all, shares := make([]float64, classes), 0.0, 0.0
	for label, n := range rows {
		shares += float64(n * c.share(label))
		for class := range targets {
			t := float64(n * c.target(label, class, classes))
			targets[class] += t
			all += t
		}
	}
	sum := 0.0
	for _, t := range targets {
		if t > 0 {
			sum -= float64(t * exact.Log(t/all))
		}
	}
	return sum / shares
}

// target is that of a class in a row's loss, the sum of -target * log(probability) over the classes.
func (c criterion) target(label, class, classes int) float64 {
	even, one := c.smoothing/float64(classes), 0.0
	if label == class {
		one = 1 - c.smoothing
	}
	switch {
	case c.weights == nil:
		return even + one
	case c.loss.weighsClasses:
		return c.weights[class] * (even + one)
	default:
		return c.weights[label] * (even + one)
	}
}

// crossEntropy is -log softmax(outputs) at the label, of one output per class; it leaves the softmax.
func crossEntropy(c criterion, losses []float64, dOutputs, outputs blas64.General, labels []int) {
	exact.Softmax(dOutputs, losses, outputs)
	for b, label := range labels {
		logSum := losses[b]
		losses[b] = logSum - outputs.Data[label*outputs.Stride+b]
		if c.weights != nil {
			losses[b] *= c.weights[label]
		}
		if c.smoothing > 0 {
			all := 0.0
			for k := range outputs.Rows {
				each := logSum - outputs.Data[k*outputs.Stride+b]
				if c.weights != nil {
					each *= c.weights[k]
				}
				all += float64(each)
			}
			losses[b] = math.FMA(1-c.smoothing, losses[b], c.smoothing/float64(outputs.Rows)*all)
		}
	}
}

// crossEntropyBackward is (softmax(outputs) - target) / shares.
func crossEntropyBackward(c criterion, dOutputs, _ blas64.General, labels []int, shares float64) {
	rest := c.smoothing / float64(dOutputs.Rows)
	if c.weights != nil {
		weightedCrossEntropyBackward(c.weights, rest, 1-c.smoothing, dOutputs, labels, shares)
		return
	}
	targets := [2]float64{rest, rest + (1 - c.smoothing)}
	inverse := 1 / shares
	fraction, _ := math.Frexp(shares)
	powerOfTwo := fraction == 0.5 // as most batches are: multiplying by the inverse is as exact as dividing, and quicker
	for k := range dOutputs.Rows {
		d := row(dOutputs, k)
		for b, label := range labels {
			is := 0
			if label == k {
				is = 1
			}
			if difference := d[b] - targets[is]; powerOfTwo {
				d[b] = difference * inverse
			} else {
				d[b] = difference / shares
			}
		}
	}
}

// weightedCrossEntropyBackward is the same with targets that are weighted, and so do not add up to 1: a share of each class, and one
// of the label.
func weightedCrossEntropyBackward(weights []float64, each, label float64, dOutputs blas64.General, labels []int, shares float64) {
	all := 0.0
	for _, w := range weights {
		all += float64(each * w)
	}
	for k, w := range weights {
		d := row(dOutputs, k)
		for b, class := range labels {
			target := float64(each * w)
			if class == k {
				target += float64(label * w)
			}
			d[b] = (float64(d[b]*(all+float64(label*weights[class]))) - target) / shares
		}
	}
}

// maxLog bounds the logarithms of binary cross-entropy, as PyTorch bounds them.
const maxLog = 100

// binaryCrossEntropy is that of one output p in [0, 1], the probability of class 1.
func binaryCrossEntropy(c criterion, losses []float64, _, outputs blas64.General, labels []int) {
	for b, p := range row(outputs, 0) {
		target := binaryTarget(labels[b], c.smoothing)
		one := max(exact.Log(p), -maxLog)
		zero := max(exact.Log1p(-p), -maxLog)
		losses[b] = -math.FMA(target, one, (1-target)*zero)
		if c.weights != nil {
			losses[b] *= c.weights[labels[b]]
		}
	}
}

func binaryCrossEntropyBackward(c criterion, dOutputs, outputs blas64.General, labels []int, shares float64) {
	d := row(dOutputs, 0)
	for b, p := range row(outputs, 0) {
		d[b] = (p - binaryTarget(labels[b], c.smoothing)) / max((1-p)*p, 1e-12)
		if c.weights != nil {
			d[b] *= c.weights[labels[b]]
		}
		d[b] /= shares
	}
}

func binaryTarget(label int, smoothing float64) float64 {
	return math.FMA(float64(label), 1-smoothing, smoothing/2)
}
