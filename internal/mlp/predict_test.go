package mlp

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"testing"

	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/params"
)

// drawnNetworks returns networks whose parameters are drawn at random.
func drawnNetworks(count int, sizes []int, activation, output string) []*Network {
	r := rand.New(rand.NewPCG(2, 3))
	list := make([]*Network, count)
	for i := range list {
		list[i] = NewNetwork(sizes, activation, output)
		for j := range list[i].Params {
			list[i].Params[j] = r.NormFloat64() / 4
		}
	}
	return list
}

// bits are those of the predictions, row by row.
func bits(p Predictions) [][sha256.Size]byte {
	list := make([][sha256.Size]byte, len(p.Classes))
	for b, class := range p.Classes {
		text, _ := binary.Append(nil, binary.LittleEndian, row(p.Probabilities, b))
		list[b] = sha256.Sum256(binary.LittleEndian.AppendUint64(text, uint64(class)))
	}
	return list
}

// TestARowIsPredictedAlikeWhereverItIs compares the bits of each row: with all others, alone, in blocks, shuffled, by several
// threads, from memory and on demand. It runs again with each of the kernels that this machine has, whose bits must be equal too.
func TestARowIsPredictedAlikeWhereverItIs(t *testing.T) {
	const rows = 4200
	var want [][sha256.Size]byte // of all models
	for _, c := range []struct {
		networks   int
		sizes      []int
		activation string
		output     string
	}{
		{1, []int{60, 40, 2}, params.ReLU, params.Sigmoid},
		{3, []int{60, 33, 7, 5}, params.GELU, params.Linear},
		{2, []int{60, 64, 1}, params.Tanh, params.Sigmoid},
		{1, []int{60, 130, 3}, params.Logistic, params.Sigmoid},
		{1, []int{60, 4}, params.ReLU, params.Linear},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			networks, x := drawnNetworks(c.networks, c.sizes, c.activation, c.output), made(rows)
			all := bits(Predict(networks, x.X, 1))
			want = append(want, all...)
			check := func(name string, got [][sha256.Size]byte, numbers []int) {
				t.Helper()
				for b, r := range numbers {
					if got[b] != all[r] {
						t.Fatalf("%s: row %d is predicted as something else", name, r)
					}
				}
			}
			order := rand.New(rand.NewPCG(1, 1)).Perm(rows)
			check("shuffled", bits(Predict(networks, x.pick(order).X, 1)), order)
			for _, block := range []int{1, 7, 4096} {
				for numbers := range slices.Chunk(order[:min(rows, 200*block)], block) {
					check(fmt.Sprintf("in blocks of %d", block), bits(Predict(networks, x.pick(numbers).X, 1)), numbers)
				}
			}
			numbers := lazy(x).X.(subset).rows
			for _, threads := range []int{2, 7} {
				check(fmt.Sprint(threads, " threads"), bits(Predict(networks, x.X, threads)), numbers)
			}
			check("on demand", bits(Predict(networks, lazy(x).X, 2)), numbers)
		})
	}
	hash := sha256.New()
	for _, sum := range want {
		hash.Write(sum[:])
	}
	sum := fmt.Sprintf("all rows: %x", hash.Sum(nil))
	if os.Getenv("SONAR_KERNEL") != "" {
		fmt.Println(sum)
		return
	}
	for _, kernel := range exact.Kernels() {
		t.Run(kernel, func(t *testing.T) {
			again := exec.Command(os.Args[0], "-test.run=^"+regexp.QuoteMeta("TestARowIsPredictedAlikeWhereverItIs")+"$")
			again.Env = append(os.Environ(), "SONAR_KERNEL="+kernel)
			out, err := again.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if got := regexp.MustCompile("all rows: .*").FindString(string(out)); got != sum {
				t.Errorf("got %q, want %q", got, sum)
			}
		})
	}
}

// Memory is that of the probabilities and the classes, and of a chunk.
func TestPredictTakesNoMemoryForTheRowsBetween(t *testing.T) {
	networks := drawnNetworks(1, []int{60, 1000, 2}, params.ReLU, params.Sigmoid)
	allocated := func(rows int) int {
		x := lazy(made(rows)).X
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		Predict(networks, x, 1)
		runtime.ReadMemStats(&after)
		return int(after.TotalAlloc - before.TotalAlloc)
	}
	const few, many = 1000, 9000
	allocated(few) // the kernels keep some memory from the first call on
	if more, most := allocated(many)-allocated(few), (many-few)*(2+1)*8*2; more > most {
		t.Errorf("%d rows more take %d bytes, want at most %d", many-few, more, most)
	}
}

func TestRowsOnDemandTrainTheSameNetwork(t *testing.T) {
	for name, change := range map[string]func(*params.Train){
		"mini-batches":           func(*params.Train) {},
		"all rows":               func(r *params.Train) { r.BatchSize = 0 },
		"all rows without noise": func(r *params.Train) { r.BatchSize, r.InputNoise = 0, 0 },
		"early stopping":         func(r *params.Train) { r.Patience = 3 },
		"an ensemble":            func(r *params.Train) { r.Ensemble = 3 },
	} {
		t.Run(name, func(t *testing.T) {
			recipe := smallRecipe()
			change(&recipe)
			problem := smallProblem(recipe)
			problem.Train, problem.Test = lazy(problem.Train), lazy(problem.Test)
			got, err := Fit(t.Context(), recipe, problem, Options{})
			if err != nil {
				t.Fatal(err)
			}
			sameResult(t, got, mustFit(t, recipe, Options{}))
		})
	}
}

func TestACallersBugIsAPanicThatSaysSo(t *testing.T) {
	fit := func(change func(*params.Train, *Problem)) func() {
		return func() {
			recipe := smallRecipe()
			problem := smallProblem(recipe)
			change(&recipe, &problem)
			Fit(t.Context(), recipe, problem, Options{})
		}
	}
	const holdouts = "mlp: Holdouts must have an element for each member if there is patience, and be nil otherwise"
	for _, c := range []struct {
		name string
		call func()
		want string
	}{
		{"a network of no layer", func() { NewNetwork([]int{3}, params.ReLU, params.Linear) }, "mlp: a network has at least one layer"},
		{"an activation of a network", func() { NewNetwork([]int{3, 2}, "sin", params.Linear) }, `mlp: unknown activation "sin"`},
		{"an output of a network", func() { NewNetwork([]int{3, 2}, params.ReLU, "") }, `mlp: unknown output ""`},
		{"an activation", fit(func(r *params.Train, _ *Problem) { r.Activation = "relU" }), `mlp: unknown activation "relU"`},
		{"an output", fit(func(r *params.Train, _ *Problem) { r.Output = "softmax" }), `mlp: unknown output "softmax"`},
		{"a loss", fit(func(r *params.Train, _ *Problem) { r.Loss = "hinge" }), `mlp: unknown loss "hinge"`},
		{"an optimizer", fit(func(r *params.Train, _ *Problem) { r.Optimizer = "lion" }), `mlp: unknown optimizer "lion"`},
		{"a schedule", fit(func(r *params.Train, _ *Problem) { r.Schedule = "step" }), `mlp: unknown schedule "step"`},
		{"a label that is no class", fit(func(_ *params.Train, p *Problem) { p.Test.Labels[3] = 2 }), "mlp: a label must be the index of a class"},
		{"a label too few", fit(func(_ *params.Train, p *Problem) { p.Train.Labels = p.Train.Labels[1:] }), "mlp: X must have a row for each label"},
		{"no rows", fit(func(_ *params.Train, p *Problem) { p.Train = Data{} }), "mlp: there must be rows to train on"},
		{"test rows of another width", fit(func(_ *params.Train, p *Problem) { p.Test = made(5) }), "mlp: the rows of Train and Test must have equally many inputs"},
		{"too few kinds", fit(func(_ *params.Train, p *Problem) { p.Numeric = []bool{true} }), "mlp: Numeric must have an element for each input"},
		{"too few weights", fit(func(_ *params.Train, p *Problem) { p.Weights = []float64{1} }), "mlp: Weights must have an element for each class"},
		{"patience without a holdout", fit(func(r *params.Train, _ *Problem) { r.Patience = 3 }), holdouts},
		{"a holdout without patience", fit(func(_ *params.Train, p *Problem) { p.Holdouts = make([]Holdout, 1) }), holdouts},
		{"nothing held out", fit(func(r *params.Train, p *Problem) { r.Patience, p.Holdouts = 3, []Holdout{{Train: []int{1}}} }), "mlp: a holdout must have rows to train on and rows held out"},
		{"rows of another width", func() { Predict([]*Network{NewNetwork([]int{3, 2}, params.ReLU, params.Linear)}, made(5).X, 1) }, "mlp: the networks and the rows must agree in inputs and classes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				if got := recover(); got != c.want {
					t.Errorf("panic %v, want %v", got, c.want)
				}
			}()
			c.call()
		})
	}
}
