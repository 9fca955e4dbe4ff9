package model

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"example.com/sonar/internal/regularfile"
)

// maxHeader is the length of the longest header, in bytes: that of the safetensors library.
const maxHeader = 100_000_000

// metadataKey is the key of the metadata in the header.
const metadataKey = "__metadata__"

// noSum is in the header while the sum is computed.
var noSum = strings.Repeat("0", 2*sha256.Size)

// Encode writes m as a model file. A value that is not finite, or a model larger than Decode takes, is an error.
func Encode(w io.Writer, m *Model) error {
	d := describe(m)
	if err := d.check(); err != nil {
		return fmt.Errorf("model: %w", err)
	}
	if err := m.Features.Check(); err != nil {
		return fmt.Errorf("model: %w", err)
	}
	for i, n := range m.Members {
		if !d.describes(n) {
			return fmt.Errorf("model: member %d must have the layers of the others", i)
		}
	}
	tensors := d.tensors()
	for _, t := range tensors {
		if err := t.check(m); err != nil {
			return fmt.Errorf("model: %w", err)
		}
	}
	head := header(d, tensors, sum(d, tensors, m))
	if len(head)-8 > maxHeader {
		return fmt.Errorf("model: the texts of all categories must fit in a header of %d bytes, got %d", maxHeader, len(head)-8)
	}
	return write(w, head, tensors, m)
}

// sum returns the SHA-256 of the file of m, with noSum in place of the sum.
func sum(d description, tensors []tensor, m *Model) string {
	hash := sha256.New()
	write(hash, header(d, tensors, noSum), tensors, m) // a hash takes everything
	return hex.EncodeToString(hash.Sum(nil))
}

func write(w io.Writer, header []byte, tensors []tensor, m *Model) error {
	out := bufio.NewWriterSize(w, 1<<16)
	out.Write(header) // Flush returns the first error
	for _, t := range tensors {
		t.write(out, m)
	}
	return out.Flush()
}

// header is the file up to the values, its length included.
func header(d description, tensors []tensor, sum string) []byte {
	metadata := d.metadata()
	metadata[sumKey] = sum
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
func Load(path string) (*Model, error) {
	f, err := regularfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// Decode reads a model file to its end. It accepts what Encode writes, whatever the order of the header's entries and of the
// values. It allocates memory for what is there, not for what the header promises.
func Decode(r io.Reader) (*Model, error) {
	f, err := read(r)
	if err != nil {
		return nil, err
	}
	if f.sum != sum(f.description, f.tensors, f.model) {
		return nil, errors.New("the file was altered: its SHA-256 is not the one in its metadata")
	}
	for _, t := range f.tensors {
		if err := t.check(f.model); err != nil {
			return nil, err
		}
	}
	return f.model, nil
}

// A file is a model file as read.
type file struct {
	description
	tensors []tensor // as Encode writes them
	model   *Model
	sum     string
}

func read(r io.Reader) (*file, error) {
	head, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	entries, metadata, err := parseHeader(head)
	if err != nil {
		return nil, err
	}
	f := &file{sum: metadata[sumKey]}
	if f.description, err = parseDescription(metadata); err != nil {
		return nil, err
	}
	if got, want := len(entries), f.countTensors(); got != want {
		return nil, fmt.Errorf("the header must list %d tensors, as its metadata say, got %d", want, got)
	}
	f.tensors = f.description.tensors()
	if err := checkEntries(f.tensors, entries); err != nil {
		return nil, err
	}
	values, err := readValues(r, int64(f.tensors[len(f.tensors)-1].end))
	if err != nil {
		return nil, err
	}
	f.model = f.description.model()
	for _, t := range f.tensors {
		if !t.read(f.model, values[entries[t.name].Offsets[0]:]) {
			return nil, fmt.Errorf("tensor %s must be that of the first network", t.name)
		}
	}
	return f, nil
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
	return text, nil
}

// parseHeader returns the header's entries by the names of the tensors, and the metadata.
func parseHeader(text []byte) (entries map[string]entry, metadata map[string]string, err error) {
	var head map[string]json.RawMessage
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, nil, fmt.Errorf("the header must be JSON: %w", err)
	}
	if about, ok := head[metadataKey]; ok {
		if err := json.Unmarshal(about, &metadata); err != nil {
			return nil, nil, fmt.Errorf("the metadata must be texts: %w", err)
		}
		delete(head, metadataKey)
	}
	entries = make(map[string]entry, len(head))
	for name, text := range head {
		if entries[name], err = parseEntry(text); err != nil {
			return nil, nil, fmt.Errorf("tensor %.40q: %w", name, err)
		}
	}
	return entries, metadata, nil
}

// parseEntry matches keys exactly, which json.Unmarshal alone does not.
func parseEntry(text json.RawMessage) (e entry, err error) {
	keys := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &keys); err != nil {
		return e, err
	}
	want := []string{"data_offsets", "dtype", "shape"}
	if got := sorted(keys); !slices.Equal(got, want) {
		return e, fmt.Errorf("must have the keys %q, got %.80q", want, got)
	}
	return e, json.Unmarshal(text, &e)
}

// checkEntries returns an error unless the header lists the tensors, and places them one after another in some order.
func checkEntries(tensors []tensor, entries map[string]entry) error {
	places := make([]entry, 0, len(tensors))
	for _, t := range tensors {
		got, ok := entries[t.name]
		want := t.entry()
		switch {
		case !ok:
			return fmt.Errorf("the header must list tensor %s, as its metadata say, and does not", t.name)
		case got.Type != want.Type || !slices.Equal(got.Shape, want.Shape):
			return fmt.Errorf("tensor %s must be %s of shape %v, as the metadata say, got %.8s of shape %.40s", t.name, want.Type, want.Shape, got.Type, fmt.Sprint(got.Shape))
		case len(got.Offsets) != 2 || got.Offsets[1]-got.Offsets[0] != t.end-t.begin:
			return fmt.Errorf("tensor %s must take %d bytes, got data_offsets %.40s", t.name, t.end-t.begin, fmt.Sprint(got.Offsets))
		}
		places = append(places, got)
	}
	slices.SortFunc(places, func(a, b entry) int { return slices.Compare(a.Offsets, b.Offsets) })
	at := 0
	for _, p := range places {
		if p.Offsets[0] != at {
			return fmt.Errorf("the values of the tensors must follow one another, got data_offsets %v after byte %d", p.Offsets, at)
		}
		at = p.Offsets[1]
	}
	return nil
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

// sorted returns the keys of m in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
