package mlp

import (
	"gonum.org/v1/gonum/blas/blas64"
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
	single := make([]float64, len(e.Classes))
	for _, n := range e.Members {
		outputs := n.forward(newTape(n, x.Rows), n.scaled(x))
		for b := range x.Rows {
			probabilities(single, row(outputs, b))
			add(row(p.Probabilities, b), single)
			p.Classes[b] = predict(row(outputs, b))
		}
	}
	if len(e.Members) > 1 {
		for b := range x.Rows {
			divide(row(p.Probabilities, b), float64(len(e.Members)))
			p.Classes[b] = argmax(row(p.Probabilities, b))
		}
	}
	return p
}

// probabilities sets p to what the outputs of one row say of each class.
func probabilities(p, outputs []float64) {
	if len(outputs) == 1 {
		p[0], p[1] = 1-outputs[0], outputs[0]
		return
	}
	softmax(p, outputs)
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
