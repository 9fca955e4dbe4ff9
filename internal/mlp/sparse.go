package mlp

import "gonum.org/v1/gonum/blas/blas64"

// Sparse are Inputs of which few differ from 0 in a row, as those that stand for texts do. A row has S slots, each with the
// number of an input and its value; all other inputs are 0. Slots are in the order of their inputs, and no input is in
// two different slots, whatever the rows. The inputs that noise is added to are in a slot of each row.
//
// The first layer then multiplies by the weights of the slots alone. The chains of a product without the terms of inputs that
// are 0 have the same bits: FMA(0, w, sum) is sum if w is finite, except for a sum of -0, whose sign the bias removes.
type Sparse interface {
	Inputs
	// Slots returns S, or 0 if too few inputs are 0 for this to pay. It is the same for all rows that one network meets.
	Slots() int
	// GatherSlots sets row b of values, a matrix of len(rows) x S, and at[b*S:][:S] to the values and the inputs of row
	// rows[b].
	GatherSlots(values blas64.General, at []int32, rows []int)
}

// slotsOf returns the number of slots of a row, 0 if all inputs are to be gathered.
func slotsOf(x Inputs) int {
	if s, ok := x.(Sparse); ok {
		return s.Slots()
	}
	return 0
}

// slots are those of a chunk, whose values are the tape's x.
type slots struct {
	count int              // S
	at    []int32          // the input of each slot, row by row
	rooms []blas64.General // of each piece, for the weights of the slots of a row
}

func newSlots(count, rows int) *slots {
	if count == 0 {
		return nil
	}
	return &slots{count: count, at: make([]int32, count*rows)}
}

// addRooms makes room for so many pieces, in a network whose first layer has the given number of units.
func (s *slots) addRooms(pieces, units int) {
	for len(s.rooms) < pieces {
		s.rooms = append(s.rooms, newRows(s.count, units))
	}
}

// of returns the inputs of the slots of row b.
func (s *slots) of(b int) []int32 { return s.at[b*s.count:][:s.count] }

// weights returns the rows of w, I x H, of some slots of row b, copied to the room of a piece.
func (s *slots) weights(w blas64.General, b int, some span, piece int) blas64.General {
	room := some.rowsOf(s.rooms[piece])
	for i, input := range s.of(b)[some.from:some.to] {
		copy(row(room, i), row(w, int(input)))
	}
	return room
}

// put copies back what weights has returned.
func (s *slots) put(w, room blas64.General, b int, some span) {
	for i, input := range s.of(b)[some.from:some.to] {
		copy(row(w, int(input)), row(room, i))
	}
}
