// Package model is the model file: a safetensors file of 64-bit floats that PyTorch opens, and that
// is the same bytes for the same model.
//
// The file is the length of the header (8 bytes, little-endian), the header (JSON with sorted keys,
// padded with spaces to a multiple of 8 bytes) and the tensors' values, one tensor after another in
// the order of their names. See https://huggingface.co/docs/safetensors for the format.
//
// Tensors have the names that they have in a torch.nn.Sequential of Linear, activation, Linear, ...:
// 0.weight [out][in], 0.bias [out], 2.weight, 2.bias, ... An ensemble is a torch.nn.ModuleList of
// those: 0.0.weight, 0.0.bias, 0.2.weight, ..., 1.0.weight, ... A network that scales its inputs to
// (x - offset) / divisor has the tensors scaling.offset and scaling.divisor too.
//
// The metadata hold the SHA-256 of the file as it is with 64 zeros in place of that sum. So a file
// that is altered anywhere is refused.
package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/regularfile"
)

// maxHeader is the length of the longest header that is read, in bytes.
const maxHeader = 1 << 26

// metadataKey is the name in the header under which the metadata stand.
const metadataKey = "__metadata__"

// noSum stands in the header while the sum is taken.
var noSum = strings.Repeat("0", 2*sha256.Size)

// Encode writes e as a model file. The scaling is the train.scaling that its networks' offsets and
// divisors come from. A value that is not finite, or a model larger than Decode takes, is an error.
func Encode(w io.Writer, e *mlp.Ensemble, scaling string) error {
	d := describe(e, scaling)
	if err := d.check(); err != nil {
		return fmt.Errorf("model: %w", err)
	}
	for i, n := range e.Members {
		if !d.describes(n) {
			return fmt.Errorf("model: member %d must have the layers and the scaling of the others", i)
		}
	}
	tensors := d.tensors()
	for _, t := range tensors {
		if err := t.check(e.Members[t.member]); err != nil {
			return fmt.Errorf("model: %w", err)
		}
	}
	hash := sha256.New()
	if err := write(hash, header(d, tensors, noSum), tensors, e); err != nil {
		return err
	}
	return write(w, header(d, tensors, hex.EncodeToString(hash.Sum(nil))), tensors, e)
}

func write(w io.Writer, header []byte, tensors []tensor, e *mlp.Ensemble) error {
	if _, err := w.Write(header); err != nil {
		return err
	}
	var row []byte
	for _, t := range tensors {
		m := t.of(e.Members[t.member])
		for j := range m.Cols {
			row = row[:0]
			for i := range m.Rows {
				row = binary.LittleEndian.AppendUint64(row, math.Float64bits(m.Data[i*m.Stride+j]))
			}
			if _, err := w.Write(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// header is the file up to the values, its length included.
func header(d description, tensors []tensor, sum string) []byte {
	metadata := d.metadata()
	metadata["sha256"] = sum
	entries := map[string]any{metadataKey: metadata}
	for _, t := range tensors {
		entries[t.name] = t.entry()
	}
	text := []byte(jsonText(entries))
	for len(text)%8 != 0 {
		text = append(text, ' ')
	}
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...)
}

// Load decodes the file at path.
func Load(path string) (*mlp.Ensemble, error) {
	f, err := regularfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	e, err := Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return e, nil
}

// Decode reads a model file to its end. It takes what Encode writes, and nothing else. Memory is
// taken for what is there, not for what the header promises.
func Decode(r io.Reader) (*mlp.Ensemble, error) {
	e, _, err := decode(r)
	return e, err
}

func decode(r io.Reader) (e *mlp.Ensemble, scaling string, err error) {
	head, err := readHeader(r)
	if err != nil {
		return nil, "", err
	}
	d, sum, err := parseMetadata(head[8:])
	if err != nil {
		return nil, "", err
	}
	tensors := d.tensors()
	if !bytes.Equal(head, header(d, tensors, sum)) {
		return nil, "", errors.New("the header must list the tensors that its metadata call for, and does not")
	}
	values, err := readValues(r, int64(tensors[len(tensors)-1].end))
	if err != nil {
		return nil, "", err
	}
	if !sumHolds(sum, header(d, tensors, noSum), values) {
		return nil, "", errors.New("the file was altered: its SHA-256 is not the one in its metadata")
	}
	e, err = build(d, tensors, values)
	return e, d.scaling, err
}

func readHeader(r io.Reader) ([]byte, error) {
	var prefix [8]byte
	if _, err := io.ReadFull(r, prefix[:]); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, errors.New("must be a safetensors file, is shorter than 8 bytes")
	} else if err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint64(prefix[:])
	if length > maxHeader {
		return nil, fmt.Errorf("must be a safetensors file with a header of at most %d bytes, got %d", maxHeader, length)
	}
	text, err := io.ReadAll(io.LimitReader(r, int64(length)))
	if err != nil {
		return nil, err
	}
	if uint64(len(text)) < length {
		return nil, fmt.Errorf("is cut short: the header must be %d bytes long, got %d", length, len(text))
	}
	return append(prefix[:], text...), nil
}

func parseMetadata(text []byte) (d description, sum string, err error) {
	var head struct {
		Metadata map[string]string `json:"__metadata__"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return d, "", fmt.Errorf("the header must be JSON with metadata: %w", err)
	}
	d, err = parseDescription(head.Metadata)
	return d, head.Metadata["sha256"], err
}

func readValues(r io.Reader, size int64) ([]byte, error) {
	values, err := io.ReadAll(io.LimitReader(r, size+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(values)) < size:
		return nil, fmt.Errorf("is cut short: the values must be %d bytes long, got %d", size, len(values))
	case int64(len(values)) > size:
		return nil, fmt.Errorf("is too long: the values must be %d bytes long, got more", size)
	}
	return values, nil
}

func sumHolds(sum string, header, values []byte) bool {
	hash := sha256.New()
	hash.Write(header)
	hash.Write(values)
	return sum == hex.EncodeToString(hash.Sum(nil))
}

func build(d description, tensors []tensor, values []byte) (*mlp.Ensemble, error) {
	e := &mlp.Ensemble{Classes: d.classes, Members: make([]*mlp.Network, d.members)}
	for i := range e.Members {
		e.Members[i] = d.network()
	}
	for _, t := range tensors {
		m := t.of(e.Members[t.member])
		at := values[t.begin:t.end]
		for j := range m.Cols {
			for i := range m.Rows {
				m.Data[i*m.Stride+j] = math.Float64frombits(binary.LittleEndian.Uint64(at))
				at = at[8:]
			}
		}
		if err := t.check(e.Members[t.member]); err != nil {
			return nil, err
		}
	}
	return e, nil
}
