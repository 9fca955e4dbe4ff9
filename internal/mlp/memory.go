package mlp

import (
	"runtime"

	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/params"
)

// A Need is the memory that a training takes besides its inputs, in bytes.
type Need struct {
	Params int64 // the weights and biases of all members
	Steps  int64 // the gradients, the optimizers' moments and the best parameters of the members that are trained at the same time
	Passes int64 // what the forward and backward passes of these members leave
}

// Memory returns the memory that Fit takes for so many rows of so many inputs. It allocates nothing. The networks must
// be of fewer than 2^32 parameters.
func Memory(recipe params.Train, inputs, classes, trainRows, testRows, workers int) Need {
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	sizes := Sizes(recipe, inputs, classes)
	count := CountParams(sizes)
	batch := batchSize(recipe, trainRows)
	threads := threadsFor(count, batch, max(1, workers/recipe.Ensemble))
	rows := min(max(batch, testRows), ChunkRows(inputs, sizes[1:], threads))

	copies := int64(3) // the gradient and two moments
	if recipe.Patience > 0 {
		copies++
	}
	together := int64(min(workers, recipe.Ensemble))
	return Need{
		Params: 8 * int64(recipe.Ensemble) * int64(count),
		Steps:  8 * together * copies * int64(count),
		Passes: 8 * together * passNumbers(recipe, sizes, rows, threads),
	}
}

// passNumbers returns how many numbers are in a tape for steps on so many rows, and in the threads' room for rows that are gathered.
func passNumbers(recipe params.Train, sizes []int, rows, threads int) int64 {
	perUnit := 2 // a and d
	if activations[recipe.Activation].byZ {
		perUnit++
	}
	if recipe.Dropout > 0 {
		perUnit += 2
	}
	last := len(sizes) - 1
	numbers := int64(rows)*int64(threads*sizes[0]+2*sizes[last]+1) + int64(piecesFor(threads))*2*panelRows*wholeUnits
	for l, units := range sizes[1:last] {
		stride := exact.Stride(units)
		numbers += int64(perUnit) * int64(rows) * int64(stride)
		if l == 0 {
			numbers -= int64(rows) * int64(stride) // its d is not stored
		}
		numbers += int64(sizes[l+2]) * int64(stride) // the transposed weights of the next layer
		if stride != units {
			numbers += int64(sizes[l]) * int64(stride) // a copy of this layer's
		}
	}
	return numbers
}
