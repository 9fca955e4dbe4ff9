package mlp

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/params"
)

// TestAnExchangePredictsTheRowsThatItMakes compares with Predict on a copy of the rows, for networks with and without
// hidden layers, one and several, and more rows than a chunk has.
func TestAnExchangePredictsTheRowsThatItMakes(t *testing.T) {
	for _, c := range []struct {
		networks   int
		sizes      []int
		activation string
		output     string
		rows       int
	}{
		{1, []int{60, 40, 2}, params.ReLU, params.Sigmoid, 1000},
		{3, []int{60, 64, 7, 5}, params.GELU, params.Linear, 300},
		{2, []int{60, 64, 1}, params.Tanh, params.Sigmoid, 64},
		{1, []int{60, 130, 9, 3}, params.Logistic, params.Sigmoid, 1},
		{2, []int{60, 4}, params.ReLU, params.Linear, 2000},
		{1, []int{60, 1}, params.ReLU, params.Sigmoid, 70},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			networks, x := drawnNetworks(c.networks, c.sizes, c.activation, c.output), matrixOf(made(c.rows))
			e := NewExchange(networks, Matrix(x))
			if got, want := e.Predict(0, 0, nil), Predict(networks, Matrix(x), 1); !reflect.DeepEqual(got, want) {
				t.Error("without an exchange the bits are others than those of Predict")
			}
			order := rand.New(rand.NewPCG(5, 6)).Perm(c.rows)
			for _, inputs := range []span{{0, 1}, {7, 12}, {59, 60}, {0, 60}} {
				got, want := e.Predict(inputs.from, inputs.to, order), Predict(networks, Matrix(exchangedCopy(x, inputs, order)), 1)
				for i, v := range got.Probabilities.Data {
					if math.Abs(v-want.Probabilities.Data[i]) > 1e-13 {
						t.Fatalf("inputs %v, row %d: probability %v, want %v", inputs, i/want.Probabilities.Cols, v, want.Probabilities.Data[i])
					}
				}
				if !reflect.DeepEqual(got.Classes, want.Classes) {
					t.Errorf("inputs %v: other classes", inputs)
				}
			}
		})
	}
}

func exchangedCopy(x blas64.General, inputs span, order []int) blas64.General {
	made := newMatrix(x.Rows, x.Cols)
	for b := range x.Rows {
		copy(row(made, b), row(x, b))
		copy(row(made, b)[inputs.from:inputs.to], row(x, order[b])[inputs.from:inputs.to])
	}
	return made
}
