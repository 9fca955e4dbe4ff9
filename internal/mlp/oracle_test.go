package mlp

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"example.com/sonar/internal/exact"
)

// naive trains by loops alone, in the order of operations that exact promises: with relu, sigmoid
// outputs, cross-entropy and Adam, on all rows at once. It is the oracle of the blocks, threads and
// kernels of a trainer.
type naive struct {
	sizes    []int
	w, m, v  []float64 // laid out as Network.Params
	b1t, b2t float64
	data     Data
}

// at is the index of weight [i][o] of layer l; bias o is weight [inputs][o].
func (n *naive) at(l, i, o int) int { return CountParams(n.sizes[:l+1]) + i*n.sizes[l+1] + o }

// forward returns the values of all layers for one row, the inputs first.
func (n *naive) forward(x []float64) [][]float64 {
	values := [][]float64{x}
	for l := range len(n.sizes) - 1 {
		out := make([]float64, n.sizes[l+1])
		for o := range out {
			z := 0.0
			for i, v := range values[l] {
				z = math.FMA(v, n.w[n.at(l, i, o)], z)
			}
			z += n.w[n.at(l, n.sizes[l], o)]
			if l == len(n.sizes)-2 {
				out[o] = exact.Logistic(z)
			} else {
				out[o] = max(z, 0)
			}
		}
		values = append(values, out)
	}
	return values
}

// backward returns the loss of one row and dZ of all layers, from its values.
func (n *naive) backward(values [][]float64, label int) (loss float64, d [][]float64) {
	out := values[len(values)-1]
	top, sum := slices.Max(out), 0.0
	for _, v := range out {
		sum += exact.Exp(v - top)
	}
	d = make([][]float64, len(values))
	for k, v := range out {
		target := 0.0
		if k == label {
			target = 1
		}
		dy := (exact.Exp(v-top)/sum - target) / float64(len(n.data.Labels))
		d[len(d)-1] = append(d[len(d)-1], dy*(v*(1-v)))
	}
	for l := len(n.sizes) - 2; l > 0; l-- {
		for i, a := range values[l] {
			dx := 0.0
			for o, dz := range d[l+1] {
				dx = math.FMA(dz, n.w[n.at(l, i, o)], dx)
			}
			if a <= 0 {
				dx = 0
			}
			d[l] = append(d[l], dx)
		}
	}
	return top + exact.Log(sum) - out[label], d
}

// step takes one step on all rows and returns the mean loss before it.
func (n *naive) step(rate float64) float64 {
	g := make([]float64, len(n.w))
	total := 0.0
	for b, label := range n.data.Labels {
		values := n.forward(row(matrixOf(n.data), b))
		loss, d := n.backward(values, label)
		total += loss
		for l := range len(n.sizes) - 1 {
			for o, dz := range d[l+1] {
				for i, v := range values[l] {
					at := n.at(l, i, o)
					g[at] = math.FMA(v, dz, g[at])
				}
				g[n.at(l, n.sizes[l], o)] += dz
			}
		}
	}
	n.b1t, n.b2t = float64(n.b1t*beta1), float64(n.b2t*beta2)
	const b1, b2 = float64(beta1), float64(beta2)
	for i, g := range g {
		n.m[i] = math.FMA(g-n.m[i], 1-b1, n.m[i])
		n.v[i] = math.FMA(float64((1-b2)*g), g, float64(b2*n.v[i]))
		scale := 1 / math.Sqrt(1-n.b2t)
		n.w[i] = math.FMA(-rate/(1-n.b1t), n.m[i]/math.FMA(math.Sqrt(n.v[i]), scale, epsilon), n.w[i])
	}
	return total / float64(len(n.data.Labels))
}

func TestTrainingIsTheNaiveOne(t *testing.T) {
	for _, c := range []struct {
		rows    int
		hidden  []int
		threads int
	}{
		{156, []int{40}, 1},
		{156, nil, 1},
		{40, []int{7, 9, 5}, 3},
		{700, []int{300}, 1}, // several chunks
		{700, []int{300}, 2},
		{400, []int{130, 70}, 3},
		{300, []int{64, 128}, 2}, // rows with numbers between them
		{13, []int{33}, 7},       // more threads than parts
	} {
		t.Run(fmt.Sprintf("%d rows, hidden %v, %d threads", c.rows, c.hidden, c.threads), func(t *testing.T) {
			recipe := defaultRecipe()
			recipe.HiddenSizes = c.hidden
			trainer := newTrainer(recipe, Problem{Classes: 2, Train: made(c.rows)}, 0, 1)
			trainer.stepper = newStepper(trainer.net, c.rows, c.threads, 0) // however short a step is
			trainer.stepper.addTraining(recipe, Problem{})
			trainer.stepper.start()
			defer trainer.stepper.stop()
			count := len(trainer.net.Params)
			oracle := &naive{
				sizes: trainer.net.Sizes, w: slices.Clone(trainer.net.Params), data: trainer.train,
				m: make([]float64, count), v: make([]float64, count), b1t: 1, b2t: 1,
			}
			for epoch := range 3 {
				if err := trainer.epoch(t.Context()); err != nil {
					t.Fatal(err)
				}
				want := oracle.step(recipe.LearningRate)
				if got := trainer.history[epoch].Train.Loss; got != want {
					t.Fatalf("epoch %d: the loss is %v, want %v", epoch, got, want)
				}
				for i, w := range oracle.w {
					if got := trainer.net.Params[i]; got != w {
						t.Fatalf("epoch %d: parameter %d is %v, want %v", epoch, i, got, w)
					}
				}
			}
		})
	}
}

// TestThreadsOfAStepChangeNothing has trainings whose steps are long enough for several, with layers that are divided by their
// inputs, by their units into one piece for each thread, and into more.
func TestThreadsOfAStepChangeNothing(t *testing.T) {
	for _, hidden := range [][]int{{100, 50}, {150}} {
		recipe := smallRecipe()
		recipe.HiddenSizes, recipe.BatchSize, recipe.Epochs = hidden, 300, 3
		problem := Problem{Classes: 2, Train: made(700), Test: made(200)}
		var want *Result
		for _, threads := range []int{1, 2, 7} {
			got, err := Fit(t.Context(), recipe, problem, Options{Workers: threads})
			if err != nil {
				t.Fatal(err)
			}
			if want == nil {
				want = got
			}
			sameResult(t, got, want)
		}
	}
}
