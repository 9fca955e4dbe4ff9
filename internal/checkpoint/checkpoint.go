// Package checkpoint keeps the states of trainings on disk, so that one that was killed goes on where
// it stood.
//
// A checkpoint belongs to one training: to its params, its data and its program. One that belongs to
// another, or that is damaged, is ignored, and said to be in the log.
package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rs/zerolog"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/params"
)

// maxSize is the size of the largest checkpoint, in bytes.
const maxSize = 1 << 30

// A Store is a folder of checkpoints, one for each network of a training. It is an mlp.Checkpoints.
type Store struct {
	folder string
	key    [sha256.Size]byte
	log    zerolog.Logger
}

// NewStore returns the store in folder for the training that the recipe, the classes, the program
// that runs and the contents of the data files make.
func NewStore(folder string, log zerolog.Logger, recipe params.Train, classes []string, dataFiles ...string) (*Store, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	hash := sha256.New()
	if err := json.NewEncoder(hash).Encode([]any{recipe, classes}); err != nil {
		return nil, err
	}
	for _, path := range append([]string{program}, dataFiles...) {
		sum, err := hashFile(path)
		if err != nil {
			return nil, err
		}
		hash.Write(sum)
	}
	s := &Store{folder: folder, log: log}
	hash.Sum(s.key[:0])
	return s, nil
}

func hashFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return nil, err
	}
	return hash.Sum(nil), nil
}

// A checkpoint as it lies on disk is the key, the hash of the rest, and the rest: a record.
const headerSize = 2 * sha256.Size

// A record is a state in gob's form, but for its history, which grows and which gob is slow at.
type record struct {
	State   mlp.State
	History []byte // six little-endian float64s for each epoch
}

func encode(state *mlp.State) ([]byte, error) {
	r := record{State: *state}
	r.State.History = nil
	var err error
	if r.History, err = binary.Append(nil, binary.LittleEndian, state.History); err != nil {
		return nil, err
	}
	var body bytes.Buffer
	err = gob.NewEncoder(&body).Encode(r)
	return body.Bytes(), err
}

func decode(body []byte) (*mlp.State, error) {
	var r record
	if err := gob.NewDecoder(bytes.NewReader(body)).Decode(&r); err != nil {
		return nil, err
	}
	r.State.History = make([]mlp.Epoch, len(r.History)/binary.Size(mlp.Epoch{}))
	_, err := binary.Decode(r.History, binary.LittleEndian, r.State.History)
	return &r.State, err
}

func (s *Store) path(member int) string {
	return filepath.Join(s.folder, fmt.Sprintf("network-%d.checkpoint", member))
}

// Save writes the state of a network, so that a reader sees the old one or the new one, whole.
func (s *Store) Save(member int, state *mlp.State) error {
	body, err := encode(state)
	if err != nil {
		return err
	}
	if len(body) > maxSize-headerSize {
		return fmt.Errorf("train.checkpoint_every must be 0 for so large a network: a checkpoint may have %d bytes, got %d", maxSize, headerSize+len(body))
	}
	sum := sha256.Sum256(body)
	var outputs atomicfile.Set
	defer outputs.Discard()
	err = outputs.Write(s.path(member), func(w io.Writer) error {
		for _, part := range [][]byte{s.key[:], sum[:], body} {
			if _, err := w.Write(part); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return outputs.Commit()
}

// Load gives the state that Save wrote last for a network; nil where there is none of this training.
func (s *Store) Load(member int) (*mlp.State, error) {
	path := s.path(member)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if info.Size() > maxSize {
		return s.ignore(path, "larger than any")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	switch {
	case len(text) < headerSize:
		return s.ignore(path, "cut short")
	case !bytes.Equal(text[:sha256.Size], s.key[:]):
		return s.ignore(path, "of other params, other data or another program")
	case sha256.Sum256(text[headerSize:]) != [sha256.Size]byte(text[sha256.Size:headerSize]):
		return s.ignore(path, "damaged")
	}
	state, err := decode(text[headerSize:])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s.log.Info().Str("checkpoint", path).Int("epoch", len(state.History)).Msg("resumed")
	return state, nil
}

func (s *Store) ignore(path, why string) (*mlp.State, error) {
	s.log.Warn().Str("checkpoint", path).Msg("ignored: it is " + why)
	return nil, nil
}

// Clear removes the checkpoints in folder, whatever training they are of, and what a kill left of one
// that was being written.
func Clear(folder string) error {
	for _, pattern := range []string{"network-*.checkpoint", ".network-*.checkpoint*"} {
		paths, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			return err
		}
		for _, path := range paths {
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	return nil
}
