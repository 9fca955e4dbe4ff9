package mlp

import "example.com/sonar/internal/random"

// Dropout and input noise draw from streams without a state: a number depends on the seed, what it
// is for, the epoch, the training row and the unit, and on nothing else. Layer 0 is the inputs, layer
// l the l-th hidden layer.

// drawMasks fills the masks of some of the chunk's rows: 0 for a unit that is dropped, 1/(1-p) for one
// that stays.
func (s *stepper) drawMasks(rows span) {
	stream := random.Stream{Seed: s.seed, Purpose: random.Dropout}
	keep := 1 / (1 - s.dropout)
	for l, mask := range s.tape.mask {
		for b := rows.from; b < rows.to; b++ {
			units := row(mask, b)
			stream.Uniforms(units, uint32(s.chunk.epoch), uint32(s.chunk.rows[b]), uint32(l+1))
			for i, u := range units {
				if u < s.dropout {
					units[i] = 0
				} else {
					units[i] = keep
				}
			}
		}
	}
}

// addNoise adds Gaussian noise of standard deviation input_noise to the numeric inputs, as scaled, of some of the
// chunk's rows. It needs room for a row.
func (s *stepper) addNoise(rows span, noise []float64) {
	if s.inputNoise == 0 {
		return
	}
	stream := random.Stream{Seed: s.seed, Purpose: random.Noise}
	for b := rows.from; b < rows.to; b++ {
		stream.Uniforms(noise, uint32(s.chunk.epoch), uint32(s.chunk.rows[b]), 0)
		normals(noise)
		for j, x := 0, row(s.tape.inputs(0), b); j < len(x); j++ {
			i := j
			if s.tape.slots != nil {
				i = int(s.tape.slots.of(b)[j])
			}
			if s.numeric == nil || s.numeric[i] {
				x[j] += float64(s.inputNoise * noise[i])
			}
		}
	}
}
