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
	single := newMatrix(x.Rows, len(e.Classes))
	all := span{0, x.Rows}
	for _, n := range e.Members {
		tape := newTape(n, x.Rows)
		tape.x = n.scaled(x)
		n.forward(tape, all)
		outputs := tape.outputs(all)
		probabilities(single, tape.losses, outputs)
		add(p.Probabilities.Data, single.Data)
		for b := range x.Rows {
			p.Classes[b] = predict(row(outputs, b))
		}
	}
	if len(e.Members) > 1 {
		divide(p.Probabilities.Data, float64(len(e.Members)))
		for b := range x.Rows {
			p.Classes[b] = argmax(row(p.Probabilities, b))
		}
	}
	return p
}

// probabilities sets p to what the outputs say of each class; it needs room for a number per row.
func probabilities(p blas64.General, room []float64, outputs blas64.General) {
	if outputs.Cols > 1 {
		exact.Softmax(p, room, outputs)
		return
	}
	for b := range p.Rows {
		one := row(outputs, b)[0]
		copy(row(p, b), []float64{1 - one, one})
	}
}

// predict is the class that the outputs of one row speak for.
func predict(outputs []float64) int {
	if len(outputs) > 1 {
		return argmax(outputs)
	}
	if outputs[0] > 0.5 {
		return 1
	}
	return 0
}

// argmax is the index of the largest value, the lowest of equals.
func argmax(v []float64) int {
	at := 0
	for i := range v {
		if v[i] > v[at] {
			at = i
		}
	}
	return at
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
