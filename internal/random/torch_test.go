package random

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"
)

type layerFacts struct {
	SHA256 string
	First  []float64
	Last   float64
	Values []float64
}

type torchFacts struct {
	Int64s []struct {
		Seed  uint32
		Drawn []int64
	}
	Weights []struct {
		Seed      uint32
		Sizes     []int
		Layers    []struct{ Weight, Bias layerFacts }
		NextInt64 int64 `json:"next_int64"`
	}
	RandPerms []struct {
		Seed        uint32
		N           int
		Permutation []int
		SHA256      string `json:"permutation_sha256"`
	}
	Batches []struct {
		Seed   uint32
		Sizes  []int
		N      int
		Epochs []struct {
			Rows   []int
			SHA256 string `json:"rows_sha256"`
		}
		NextInt64 int64 `json:"next_int64"`
	}
}

// nextInt64 is torch.empty((), dtype=torch.int64).random_(): two words, without the sign bit.
func nextInt64(t *Torch) int64 {
	high, low := t.engine.Uint32(), t.engine.Uint32()
	return int64(high&0x7fffffff)<<32 | int64(low)
}

// equal reports whether values, widened from float32, are those of the reference.
func (want layerFacts) equal(values []float64) bool {
	var raw bytes.Buffer
	for _, v := range values {
		binary.Write(&raw, binary.LittleEndian, float32(v))
		if float64(float32(v)) != v {
			return false
		}
	}
	hash := sha256.Sum256(raw.Bytes())
	first := values[:min(4, len(values))]
	return hex.EncodeToString(hash[:]) == want.SHA256 && slices.Equal(first, want.First) && values[len(values)-1] == want.Last
}

func transpose(weight []float64, outputs int) []float64 {
	inputs := len(weight) / outputs
	t := make([]float64, len(weight))
	for i := range inputs {
		for o := range outputs {
			t[o*inputs+i] = weight[i*outputs+o]
		}
	}
	return t
}

func TestTorchMatchesPyTorch(t *testing.T) {
	var facts torchFacts
	reference(t, "torch.json", &facts)
	for _, want := range facts.Int64s {
		t.Run(fmt.Sprint("int64s of seed ", want.Seed), func(t *testing.T) {
			g := NewTorch(want.Seed)
			for i, w := range want.Drawn {
				if got := nextInt64(g); got != w {
					t.Fatalf("draw %d: got %d, want %d", i, got, w)
				}
			}
		})
	}
	for _, want := range facts.Weights {
		t.Run(fmt.Sprint("weights of seed ", want.Seed, " ", want.Sizes), func(t *testing.T) {
			g := NewTorch(want.Seed)
			for l, layer := range want.Layers {
				weight := make([]float64, want.Sizes[l]*want.Sizes[l+1])
				bias := make([]float64, want.Sizes[l+1])
				g.Linear(weight, bias)
				if !layer.Weight.equal(transpose(weight, len(bias))) || !layer.Bias.equal(bias) {
					t.Fatalf("layer %d: got weight %v..., bias %v..., want %v..., %v...", l,
						weight[0], bias[0], layer.Weight.First[0], layer.Bias.First[0])
				}
			}
			if got := nextInt64(g); got != want.NextInt64 {
				t.Errorf("after the layers: got %d, want %d", got, want.NextInt64)
			}
		})
	}
	for _, want := range facts.RandPerms {
		t.Run(fmt.Sprint("randperm of seed ", want.Seed, " of ", want.N), func(t *testing.T) {
			order := make([]int, want.N)
			permute(order, &NewTorch(want.Seed).engine)
			if sum(order) != want.SHA256 {
				t.Errorf("got %v, want %v", order, want.Permutation)
			}
		})
	}
	for _, want := range facts.Batches {
		t.Run(fmt.Sprint("epochs of seed ", want.Seed, " with ", want.N, " rows"), func(t *testing.T) {
			g := NewTorch(want.Seed)
			for l := range len(want.Sizes) - 1 {
				g.Linear(make([]float64, want.Sizes[l]*want.Sizes[l+1]), make([]float64, want.Sizes[l+1]))
			}
			order := make([]int, want.N)
			for i, epoch := range want.Epochs {
				if g.Epoch(order); sum(order) != epoch.SHA256 {
					t.Fatalf("epoch %d: got %v, want %v", i, order, epoch.Rows)
				}
			}
			if got := nextInt64(g); got != want.NextInt64 {
				t.Errorf("after the epochs: got %d, want %d", got, want.NextInt64)
			}
		})
	}
}

func TestTorchContinuesFromItsState(t *testing.T) {
	g := NewTorch(3)
	order, again := make([]int, 300), make([]int, 300)
	g.Epoch(order)
	state, err := g.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	g.Epoch(order)
	var restored Torch
	if err := restored.UnmarshalBinary(state); err != nil {
		t.Fatal(err)
	}
	if restored.Epoch(again); !slices.Equal(order, again) {
		t.Error("the epoch after the state differs")
	}
}

func TestTorchRejectsWhatIsNoState(t *testing.T) {
	state, err := NewTorch(3).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	position := func(p uint32) []byte { return binary.BigEndian.AppendUint32(slices.Clone(state[:stateSize-4]), p) }
	for name, bad := range map[string][]byte{
		"empty": nil, "cut short": state[:stateSize-1], "too long": append(slices.Clone(state), 0),
		"never seeded": position(stateWords + 1), "before the first word": position(0), "far off": position(1 << 31),
	} {
		t.Run(name, func(t *testing.T) {
			if err := new(Torch).UnmarshalBinary(bad); err == nil {
				t.Error("was accepted")
			}
		})
	}
}

func TestLinearPanicsIfLengthsFitNoLayer(t *testing.T) {
	for _, c := range [][2]int{{0, 2}, {3, 2}, {4, 0}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			NewTorch(0).Linear(make([]float64, c[0]), make([]float64, c[1]))
		})
	}
}
