package mlp

import "example.com/sonar/internal/random"

// Dropout and input noise draw from streams without a state: a number depends on the seed, what it
// is for, the epoch, the training row and the unit, and on nothing else. Layer 0 is the inputs, layer
// l the l-th hidden layer.

// drawMasks fills the masks of some of the tape's rows: 0 for a unit that is dropped, 1/(1-p) for one
// that stays.
func (t *trainer) drawMasks(epoch int, rows []int, part span) {
	stream := random.Stream{Seed: t.recipe.Seed, Purpose: random.Dropout}
	keep := 1 / (1 - t.recipe.Dropout)
	for l, mask := range t.tape.mask {
		for b := part.from; b < part.to; b++ {
			units := row(mask, b)
			stream.Uniforms(units, uint32(epoch), uint32(rows[b]), uint32(l+1))
			for i, u := range units {
				if u < t.recipe.Dropout {
					units[i] = 0
				} else {
					units[i] = keep
				}
			}
		}
	}
}

// addNoise adds Gaussian noise of standard deviation input_noise to the scaled inputs of a row.
func (t *trainer) addNoise(epoch, r int, x, noise []float64) {
	stream := random.Stream{Seed: t.recipe.Seed, Purpose: random.Noise}
	stream.Uniforms(noise, uint32(epoch), uint32(r), 0)
	normals(noise)
	for i, v := range noise {
		x[i] += float64(t.recipe.InputNoise * v)
	}
}
