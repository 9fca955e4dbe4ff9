package random

import "math"

// Torch draws as PyTorch's default CPU generator does in a program that seeds it, builds nn.Linear
// layers in order, and then loops over epochs with a shuffled DataLoader for the training rows and
// one in file order for the validation rows.
type Torch struct {
	engine  engine
	sampler engine // for the order of one epoch; seeded anew for each
}

// NewTorch is torch.manual_seed(seed).
func NewTorch(seed uint32) *Torch {
	t := new(Torch)
	t.engine.Seed(uint64(seed))
	return t
}

// Linear draws the initial parameters of nn.Linear(I, O): weight [I][O] row-major, bias [O], where O
// is len(bias) and I is len(weight)/O. PyTorch stores the weight as [O][I] and draws it in that order,
// before the bias; here each value goes to its transposed place. All are uniform in
// [-1/sqrt(I), 1/sqrt(I)), drawn in float32 and widened. Linear panics if the lengths fit no layer.
func (t *Torch) Linear(weight, bias []float64) {
	outputs := len(bias)
	if outputs == 0 || len(weight) == 0 || len(weight)%outputs != 0 {
		panic("random: weight and bias are not of one layer")
	}
	inputs := len(weight) / outputs
	bound := float64(float32(1 / math.Sqrt(float64(inputs))))
	for o := range outputs {
		for i := range inputs {
			weight[i*outputs+o] = t.uniform(bound)
		}
	}
	for o := range bias {
		bias[o] = t.uniform(bound)
	}
}

// uniform is x*(hi-lo)+lo with x = (word mod 2^24)/2^24, which PyTorch fuses: rounded to float32
// once, from a product that is exact in float64.
func (t *Torch) uniform(bound float64) float64 {
	const half = 1 << 23
	steps := int32(t.engine.Uint32()&(2*half-1)) - half
	return float64(float32(bound * float64(steps) / half))
}

// Epoch makes all draws of one epoch and fills order, which has one element for each training row, with
// the rows in the order of the mini-batches: batch b of size s is
// order[b*s : min((b+1)*s, len(order))]. If order is empty, it only makes the draws.
func (t *Torch) Epoch(order []int) {
	t.seed() // the training loader's base seed, for worker processes that it does not have
	if seed := t.seed(); len(order) > 0 {
		t.sampler.Seed(uint64(seed))
		permute(order, &t.sampler)
	}
	t.seed() // the validation loader's base seed
}

// seed draws an int64, of which only the low word is used as a seed.
func (t *Torch) seed() uint32 {
	t.engine.Uint32()
	return t.engine.Uint32()
}

// permute is torch.randperm(len(order)).
func permute(order []int, e *engine) {
	ascending(order)
	for i := range len(order) - 1 {
		j := i + int(uint64(e.Uint32())%uint64(len(order)-i))
		order[i], order[j] = order[j], order[i]
	}
}

// MarshalBinary returns the generator's state; after UnmarshalBinary it continues with the same draws.
func (t *Torch) MarshalBinary() ([]byte, error) { return t.engine.MarshalBinary() }

// UnmarshalBinary sets the generator to a state that MarshalBinary returned. It returns an error for
// bytes that no generator can have written.
func (t *Torch) UnmarshalBinary(state []byte) error {
	return t.engine.UnmarshalBinary(state)
}
