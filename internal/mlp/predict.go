package mlp

import (
	"runtime"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/exact"
)

// Predictions are what one network or several say of B rows.
type Predictions struct {
	Probabilities blas64.General // B x K, each row adds up to 1, in the order of the classes' indices
	Classes       []int          // the class predicted for each row
}

// Predict returns the probabilities and the predicted class of each row of x. Workers is the number of threads, 0 for
// GOMAXPROCS.
//
// The probabilities are the softmax of the outputs, or (1-p, p) if there is a single output p; those of several networks
// are averaged. The class predicted is that of the largest output, the
// first of equals (or 1 if the single output is above 0.5); of several networks, that of the largest
// probability.
//
// The bits of a row depend on that row and the networks alone: not on the rows beside it, their number, or the threads.
// Besides x and what it returns, Predict needs the memory of some hundred rows at a time. It panics if there is no
// network, or one that takes another number of inputs, or distinguishes another number of classes, than the first.
func Predict(networks []*Network, x Inputs, workers int) Predictions {
	rows, cols := x.Dims()
	for _, n := range networks {
		n.mustTake(cols, networks[0].Classes())
	}
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	p := Predictions{Probabilities: newMatrix(rows, networks[0].Classes()), Classes: make([]int, rows)}
	for _, n := range networks {
		s := newStepper(n, rows, threadsFor(len(n.Params), rows, workers), slotsOf(x))
		s.start()
		s.predict(x, p)
		s.stop()
	}
	if len(networks) > 1 {
		p.average(len(networks))
	}
	return p
}

// mustTake panics unless the network takes so many inputs and distinguishes so many classes.
func (n *Network) mustTake(inputs, classes int) {
	if n.Inputs() != inputs || n.Classes() != classes {
		panic("mlp: the networks and the rows must agree in inputs and classes")
	}
}

// average divides the sum of the probabilities of several networks, and chooses the classes by it.
func (p Predictions) average(networks int) {
	for b := range p.Classes {
		probabilities, largest := row(p.Probabilities, b), 0
		for k := range probabilities {
			probabilities[k] /= float64(networks)
			if probabilities[k] > probabilities[largest] {
				largest = k
			}
		}
		p.Classes[b] = largest
	}
}

// addProbabilities adds to p, B x K, what the outputs, O x B, say of each class. It needs room for a matrix like the outputs
// and for a number per row.
func addProbabilities(p, outputs, room blas64.General, numbers []float64) {
	if outputs.Rows == 1 {
		for b, one := range row(outputs, 0) {
			row(p, b)[0] += 1 - one
			row(p, b)[1] += one
		}
		return
	}
	exact.Softmax(room, numbers, outputs)
	for k := range room.Rows {
		for b, v := range row(room, k) {
			p.Data[b*p.Stride+k] += v
		}
	}
}

// predict sets the class that the outputs, O x B, speak for in each row.
func predict(classes []int, outputs blas64.General) {
	if outputs.Rows > 1 {
		argmax(classes, outputs)
		return
	}
	for b, p := range row(outputs, 0) {
		classes[b] = 0
		if p > 0.5 {
			classes[b] = 1
		}
	}
}

// argmax sets the number of the largest value in each column, the lowest of equals.
func argmax(at []int, values blas64.General) {
	first, second := row(values, 0), row(values, 1)
	for b, v := range second[:len(at)] {
		largest := 0
		if v > first[b] {
			largest = 1
		}
		at[b] = largest
	}
	for k := 2; k < values.Rows; k++ {
		for b, v := range row(values, k) {
			largest := at[b]
			if v > values.Data[largest*values.Stride+b] {
				largest = k
			}
			at[b] = largest
		}
	}
}
