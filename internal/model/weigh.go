package model

import (
	"fmt"

	"example.com/sonar/internal/features"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/params"
)

// weigh returns an error if the model that a recipe asks for would be larger than a file may be, or if its training needs more
// memory than the options allow. It allocates nothing, so it is called first.
func weigh(f *features.Features, trainRows, testRows int, data params.Data, recipe params.Train, options mlp.Options) error {
	inputs := f.Len()
	d := description{
		data: data, features: f.Columns, scaling: f.Scaling, layers: mlp.Sizes(recipe, inputs, len(data.Classes)),
		activation: recipe.Activation, output: recipe.Output, members: recipe.Ensemble,
	}
	asked := fmt.Sprintf("train.hidden_sizes %.40s and train.ensemble %d", fmt.Sprint(recipe.HiddenSizes), recipe.Ensemble)
	if !d.tensorsFit() {
		return fmt.Errorf("%s ask for %.5g values in %d tensors, with %d inputs: a model may have %d values and %d tensors",
			asked, d.countValues(), d.countTensors(), inputs, maxValues, maxTensors)
	}
	need := mlp.Memory(recipe, inputs, len(data.Classes), trainRows, testRows, options.Workers)
	rows := features.Memory(inputs, trainRows) + features.Memory(inputs, testRows)
	sum := need.Params + need.Steps + need.Passes + rows
	if options.Memory > 0 && sum > options.Memory {
		return fmt.Errorf("%s, train.batch_size %d and %d rows of %d inputs need %s of memory (parameters %s, gradients and moments %s, passes %s, inputs %s), and there are %s for it",
			asked, recipe.BatchSize, trainRows+testRows, inputs, gigabytes(sum), gigabytes(need.Params), gigabytes(need.Steps), gigabytes(need.Passes), gigabytes(rows), gigabytes(options.Memory))
	}
	return nil
}

func gigabytes(bytes int64) string { return fmt.Sprintf("%.2f GB", float64(bytes)/1e9) }
