package random

import "math/bits"

// A Stream is a stateless source of random numbers: each number is a function of the seed, the
// purpose and four coordinates. So it is the same whatever else is drawn, with any number of threads,
// and after an interrupted training resumes.
//
// It is Philox4x32-10 by Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2,
// 3", SC11 (2011), with the key (Seed, Purpose) and the counter (epoch, row, layer, unit).
type Stream struct {
	Seed    uint32
	Purpose Purpose
}

// A Purpose distinguishes the streams of one seed.
type Purpose uint32

// The purposes of the project.
const (
	Dropout Purpose = 1
	Noise   Purpose = 2
	Sample  Purpose = 3 // of a table's rows
	// Candidates is for those of a search. The coordinates are the candidate's number and the key's.
	Candidates Purpose = 4
	// Permutations are those of a column's values. The coordinates are the number of the training and the column's position.
	Permutations Purpose = 5
)

// Uniforms fills dst, one element for each unit, with numbers uniform in [0, 1): multiples of
// 2^-53, each equally likely, made from the first two words of a block.
func (s Stream) Uniforms(dst []float64, epoch, row, layer uint32) {
	for unit := range dst {
		dst[unit] = s.uniform(epoch, row, layer, uint32(unit))
	}
}

func (s Stream) uniform(epoch, row, layer, unit uint32) float64 {
	high, low, _, _ := philox(epoch, row, layer, unit, s.Seed, uint32(s.Purpose))
	return float64((uint64(high)<<32|uint64(low))>>11) * 0x1p-53
}

// Shuffle reorders list in place, each order equally likely up to the rounding of the uniform numbers that it draws: for
// i = n-1, ..., 1 it exchanges element i for element floor(u * (i+1)), in which u is the number of unit i. (R. Durstenfeld,
// "Algorithm 235", Communications of the ACM 7, 1964.)
func (s Stream) Shuffle(list []int, epoch, row, layer uint32) {
	for i := len(list) - 1; i > 0; i-- {
		j := int(s.uniform(epoch, row, layer, uint32(i)) * float64(i+1)) // below i+1, as a product rounds to no more than the next number below it
		list[i], list[j] = list[j], list[i]
	}
}

// philox turns a counter and a key into four random words in ten rounds.
func philox(c0, c1, c2, c3, k0, k1 uint32) (w0, w1, w2, w3 uint32) {
	for range 10 {
		high0, low0 := bits.Mul32(0xD2511F53, c0)
		high1, low1 := bits.Mul32(0xCD9E8D57, c2)
		c0, c1, c2, c3 = high1^c1^k0, low1, high0^c3^k1, low0
		k0 += 0x9E3779B9 // the golden ratio
		k1 += 0xBB67AE85 // the square root of 3, minus 1
	}
	return c0, c1, c2, c3
}
