// Package random provides the random numbers of the pipeline: NumPy's RandomState for splits and
// folds, PyTorch's CPU generator for initial weights and mini-batches, both based on the Mersenne
// Twister, and the project's own counter-based streams for dropout and noise.
package random

import (
	"encoding/binary"
	"errors"

	"gonum.org/v1/gonum/mathext/prng"
)

// engine is the Mersenne Twister, seeded as NumPy, PyTorch and gonum's Seed do it: state[0] is the
// seed mod 2^32.
type engine struct{ prng.MT19937 }

// The state in bytes: 624 words and the position in them, big-endian.
const (
	stateWords = 624
	stateSize  = 4 * (stateWords + 1)
)

var errState = errors.New("not the state of a Mersenne Twister")

// UnmarshalBinary rejects states that no seeded engine can have written, which gonum's accepts.
func (e *engine) UnmarshalBinary(state []byte) error {
	if len(state) != stateSize {
		return errState
	}
	position := binary.BigEndian.Uint32(state[stateSize-4:])
	if position == 0 || position > stateWords {
		return errState
	}
	return e.MT19937.UnmarshalBinary(state)
}
