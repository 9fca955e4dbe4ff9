package mlp

import (
	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/exact"
)

// Predictions are what an ensemble says of B rows.
type Predictions struct {
	Probabilities blas64.General // B x K, each row adds up to 1
	Classes       []int          // the class predicted for each row
}

// Predict gives the probabilities and the predicted class of each row of x, a B x I matrix.
//
// The probabilities are the softmax of the outputs, or (1-p, p) where there is one output p; an
// ensemble averages those of its members. The class predicted is the one of the largest output, the
// first of equals (or 1 where the one output is above 0.5); of an ensemble, that of the largest
// probability. It panics where x has another number of columns than the networks have inputs.
func (e *Ensemble) Predict(x blas64.General) Predictions {
	p := Predictions{Probabilities: newMatrix(x.Rows, len(e.Classes)), Classes: make([]int, x.Rows)}
	sum, single := newMatrix(len(e.Classes), x.Rows), newMatrix(len(e.Classes), x.Rows)
	all := span{0, x.Rows}
	for _, n := range e.Members {
		tape := newTape(n, x.Rows)
		tape.x = n.scaled(x)
		tape.takeWeights(n)
		n.forward(tape, all)
		outputs := tape.outputs(all)
		probabilities(single, tape.losses, outputs)
		add(sum.Data, single.Data)
		predict(p.Classes, outputs)
	}
	if len(e.Members) > 1 {
		divide(sum.Data, float64(len(e.Members)))
		argmax(p.Classes, sum)
	}
	exact.Transpose(p.Probabilities, sum)
	return p
}

// probabilities sets p, K x B, to what the outputs say of each class; it needs room for a number per row.
func probabilities(p blas64.General, room []float64, outputs blas64.General) {
	if outputs.Rows > 1 {
		exact.Softmax(p, room, outputs)
		return
	}
	for b, one := range row(outputs, 0) {
		row(p, 0)[b], row(p, 1)[b] = 1-one, one
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
	clear(at)
	for k := 1; k < values.Rows; k++ {
		for b, v := range row(values, k) {
			largest := at[b]
			if v > values.Data[largest*values.Stride+b] {
				largest = k
			}
			at[b] = largest
		}
	}
}

// scaled is x as the first layer takes it; x itself where the network does not scale.
func (n *Network) scaled(x blas64.General) blas64.General {
	if n.Offset == nil {
		return x
	}
	out := newMatrix(x.Rows, x.Cols)
	for b := range x.Rows {
		to := row(out, b)
		for i, v := range row(x, b) {
			to[i] = (v - n.Offset[i]) / n.Divisor[i]
		}
	}
	return out
}

func add(dst, v []float64) {
	for i := range dst {
		dst[i] += v[i]
	}
}

func divide(dst []float64, by float64) {
	for i := range dst {
		dst[i] /= by
	}
}
