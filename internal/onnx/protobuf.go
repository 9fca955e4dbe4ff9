package onnx

import "encoding/binary"

// A message is a Protocol Buffers message in wire form, built field by field. Its bytes are stable because
// every message here is built with ascending field numbers.
// See https://protobuf.dev/programming-guides/encoding/.
type message []byte

// The wire types that ONNX needs.
const (
	wireVarint = 0
	wireBytes  = 2
)

func (m *message) key(field, wire int) {
	*m = binary.AppendUvarint(*m, uint64(field<<3|wire))
}

func (m *message) int(field int, v int64) {
	m.key(field, wireVarint)
	*m = binary.AppendUvarint(*m, uint64(v))
}

func (m *message) bytes(field int, v []byte) {
	m.key(field, wireBytes)
	*m = binary.AppendUvarint(*m, uint64(len(v)))
	*m = append(*m, v...)
}

func (m *message) string(field int, v string) { m.bytes(field, []byte(v)) }

// ints writes a repeated field of integers, packed.
func (m *message) ints(field int, values []int64) {
	var packed []byte
	for _, v := range values {
		packed = binary.AppendUvarint(packed, uint64(v))
	}
	m.bytes(field, packed)
}
