package checkpoint

import (
	"encoding/binary"
	"math"

	"example.com/sonar/internal/mlp"
)

// A state in its file is, little-endian: the parameters, Steps, M, V, Beta1 and Beta2 of the optimizer, the
// generator's state, the best Epoch, Loss and Params, Stopped (0 or 1), and the history, six numbers for each
// epoch. Integers and floats have 8 bytes; a list is its length and its elements.

func encode(s *mlp.State) []byte {
	numbers := len(s.Params) + len(s.Optimizer.M) + len(s.Optimizer.V) + len(s.Best.Params) + epochNumbers*len(s.History)
	w := make(writer, 0, 8*(numbers+12)+len(s.Random)) // 12: lengths and single numbers
	w.floats(s.Params)
	w.integer(s.Optimizer.Steps)
	w.floats(s.Optimizer.M)
	w.floats(s.Optimizer.V)
	w.float(s.Optimizer.Beta1Power)
	w.float(s.Optimizer.Beta2Power)
	w.integer(len(s.Random))
	w = append(w, s.Random...)
	w.integer(s.Best.Epoch)
	w.float(s.Best.Loss)
	w.floats(s.Best.Params)
	if s.Stopped {
		w.integer(1)
	} else {
		w.integer(0)
	}
	w.integer(len(s.History))
	for i := range s.History {
		for _, v := range numbersOf(&s.History[i]) {
			w.float(*v)
		}
	}
	return w
}

const epochNumbers = 6

// numbersOf are the numbers of an epoch in their order in the file.
func numbersOf(e *mlp.Epoch) [epochNumbers]*float64 {
	return [...]*float64{&e.Train.Loss, &e.Train.Accuracy, &e.Train.F1Macro, &e.Val.Loss, &e.Val.Accuracy, &e.Val.F1Macro}
}

// decode returns the state that encode wrote as body, nil if that is none. It takes memory for what is there,
// not for what the lengths promise.
func decode(body []byte) *mlp.State {
	r := &reader{left: body}
	s := new(mlp.State)
	s.Params = r.floats()
	s.Optimizer.Steps = r.integer()
	s.Optimizer.M = r.floats()
	s.Optimizer.V = r.floats()
	s.Optimizer.Beta1Power = r.float()
	s.Optimizer.Beta2Power = r.float()
	s.Random = r.bytes(r.length(1))
	s.Best.Epoch = r.integer()
	s.Best.Loss = r.float()
	s.Best.Params = r.floats()
	stopped := r.integer()
	s.Stopped = stopped == 1
	s.History = make([]mlp.Epoch, r.length(8*epochNumbers))
	for i := range s.History {
		for _, v := range numbersOf(&s.History[i]) {
			*v = r.float()
		}
	}
	if r.broken || len(r.left) > 0 || stopped != 0 && stopped != 1 {
		return nil
	}
	return s
}

type writer []byte

func (w *writer) integer(v int)   { *w = binary.LittleEndian.AppendUint64(*w, uint64(v)) }
func (w *writer) float(v float64) { *w = binary.LittleEndian.AppendUint64(*w, math.Float64bits(v)) }

func (w *writer) floats(list []float64) {
	w.integer(len(list))
	for _, v := range list {
		w.float(v)
	}
}

// A reader returns zeros once it is broken: what was read is then worth nothing.
type reader struct {
	left   []byte
	broken bool
}

// bytes returns the next n bytes, of which there must be as many.
func (r *reader) bytes(n int) []byte {
	if r.broken || n < 0 || n > len(r.left) {
		r.broken = true
		return nil
	}
	part := r.left[:n]
	r.left = r.left[n:]
	return part
}

func (r *reader) word() uint64 {
	part := r.bytes(8)
	if part == nil {
		return 0
	}
	return binary.LittleEndian.Uint64(part)
}

func (r *reader) integer() int   { return int(int64(r.word())) }
func (r *reader) float() float64 { return math.Float64frombits(r.word()) }

// length reads the length of a list whose elements have size bytes, all of which must be there.
func (r *reader) length(size int) int {
	n := r.word()
	if r.broken || n > uint64(len(r.left)/size) {
		r.broken = true
		return 0
	}
	return int(n)
}

func (r *reader) floats() []float64 {
	list := make([]float64, r.length(8))
	for i := range list {
		list[i] = r.float()
	}
	return list
}
