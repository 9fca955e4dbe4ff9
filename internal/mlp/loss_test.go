package mlp

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/params"
)

// TestConstantIsTheLeastLossOfOnePrediction finds the least loss by gradient descent on outputs that are the same for all rows.
func TestConstantIsTheLeastLossOfOnePrediction(t *testing.T) {
	for _, c := range []struct {
		loss    string
		labels  []int
		weights []float64
		within  float64
	}{
		{params.CrossEntropy, []int{0, 0, 0, 1, 2, 2, 0}, nil, 1e-9},
		{params.CrossEntropy, []int{0, 0, 0, 1, 2, 2, 0}, []float64{0.5, 3, 1.25}, 1e-9},
		{params.CrossEntropy, []int{2, 0, 2, 2}, []float64{0.5, 1, 1.25}, 1e-3}, // the best probability of class 1 is 0, far away
		{params.BinaryCrossEntropy, []int{0, 1, 0, 0, 0}, nil, 1e-9},
		{params.BinaryCrossEntropy, []int{0, 1, 0, 0, 0}, []float64{0.5, 3}, 1e-9},
	} {
		for _, smoothing := range []float64{0, 0.2} {
			t.Run(fmt.Sprint(c.loss, c.labels, c.weights, smoothing), func(t *testing.T) {
				criterion, classes := criterion{losses[c.loss], smoothing, c.weights}, 3
				if c.loss == params.BinaryCrossEntropy {
					classes = 2
				}
				want := criterion.constant(c.labels, classes)
				if got := leastLoss(criterion, c.labels, OutputsFor(c.loss, classes)); !(math.Abs(got-want) <= c.within) {
					t.Errorf("got %v, want %v", want, got)
				}
			})
		}
	}
	if got := (criterion{loss: losses[params.CrossEntropy]}).constant([]int{1, 1, 1}, 2); got != 0 {
		t.Errorf("the loss of the only class is %v, want 0", got)
	}
}

// leastLoss descends from probabilities that are all alike.
func leastLoss(c criterion, labels []int, outputs int) float64 {
	room := func() blas64.General { return newMatrix(outputs, len(labels)) }
	out, d, rows, shares := room(), room(), make([]float64, len(labels)), 0.0
	for i := range out.Data {
		out.Data[i] = 0.5
	}
	for _, label := range labels {
		shares += c.share(label)
	}
	loss := 0.0
	for range 40_000 {
		c.forward(rows, d, out, labels)
		loss = 0
		for _, v := range rows {
			loss += v / shares
		}
		c.backward(d, out, labels, shares)
		for k := range outputs {
			slope := 0.0
			for _, v := range row(d, k) {
				slope += v
			}
			for b := range labels {
				row(out, k)[b] -= 0.02 * slope
			}
		}
	}
	return loss
}

func TestEachMemberHasAnEnding(t *testing.T) {
	recipe := smallRecipe()
	recipe.Ensemble = 3
	problem := Problem{Classes: 2, Train: clouds(40, 1), Weights: []float64{0.5, 2}}
	result, err := Fit(t.Context(), recipe, problem, Options{})
	if err != nil || len(result.Endings) != 3 {
		t.Fatal(result, err)
	}
	if got, want := result.Endings[0].Loss, result.History[len(result.History)-1].Train.Loss; got != want {
		t.Errorf("member 0 ends with %v, want %v", got, want)
	}
	want := newCriterion(recipe, problem).constant(problem.Train.Labels, 2)
	for i, e := range result.Endings {
		if e.Constant != want || !(e.Loss < e.Constant) {
			t.Errorf("member %d: %+v, want a loss below %v", i, e, want)
		}
	}
	if result.Endings[1] == result.Endings[0] {
		t.Error("members end alike")
	}
}
