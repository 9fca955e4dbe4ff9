package model

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/params"
)

// A recipe whose model does not fit in a file, or whose training does not fit in memory, is refused before anything is allocated.
func TestWhatIsTooLargeIsRefusedAtOnce(t *testing.T) {
	train := separable(20, 20, 20)
	for _, c := range []struct {
		name   string
		change func(*params.Train)
		memory int64
		want   string
	}{
		{"values", func(r *params.Train) { r.HiddenSizes = []int{11600, 11600} }, 0,
			"train.hidden_sizes [11600 11600] and train.ensemble 1 ask for "},
		{"tensors", func(r *params.Train) { r.HiddenSizes, r.Ensemble = []int{1, 1}, 65536 }, 0,
			"values in 393216 tensors, with 1 inputs: a model may have 134217728 values and 262144 tensors"},
		{"terabytes", func(r *params.Train) { r.HiddenSizes = slices.Repeat([]int{65536}, 64) }, 0,
			"ask for 2.7059e+11 values in 130 tensors"},
		{"all at most", func(r *params.Train) { r.HiddenSizes, r.Ensemble = slices.Repeat([]int{1 << 24}, 64), 1<<16 }, 0,
			"ask for 1.1621e+21 values"},
		{"memory", func(r *params.Train) { r.HiddenSizes = []int{8000, 8000} }, 2e9,
			"train.hidden_sizes [8000 8000] and train.ensemble 1, train.batch_size 0 and 60 rows of 1 inputs need 3.08 GB"},
		{"memory of an ensemble", func(r *params.Train) { r.HiddenSizes, r.Ensemble = []int{1000, 1000}, 100 }, 5e8,
			"train.ensemble 100, train.batch_size 0 and 60 rows of 1 inputs need 0.84 GB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			recipe := quickRecipe()
			recipe.Scaling = params.None
			c.change(&recipe)
			started := mlp.Options{Workers: 1, Memory: c.memory, Progress: func(int) { t.Error("a training has started") }}
			begun := time.Now()
			_, _, err := Fit(t.Context(), train, dataset.Sample{}, threeClasses, recipe, started)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if took := time.Since(begun); took > time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestATrainingThatFitsExactlyIsDone(t *testing.T) {
	train, recipe := separable(5, 5, 5), quickRecipe()
	inputs := len(train.Table.Columns)
	need := mlp.Memory(recipe, inputs, 3, train.Len(), 0, 1)
	sum := need.Params + need.Steps + need.Passes + 8*int64(inputs*train.Len())
	for memory, fits := range map[int64]bool{sum: true, sum - 1: false, 0: true} {
		_, _, err := Fit(t.Context(), train, dataset.Sample{}, threeClasses, recipe, mlp.Options{Workers: 1, Memory: memory})
		if (err == nil) != fits {
			t.Errorf("with %d bytes, of %d needed: %v", memory, sum, err)
		}
	}
}
