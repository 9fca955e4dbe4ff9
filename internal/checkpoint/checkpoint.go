// Package checkpoint keeps the states of trainings on disk, so that one that was killed goes on where
// it stood.
//
// A checkpoint belongs to one training: to its params, its data and its program. One that belongs to
// another, or that is damaged, is ignored, and said to be in the log.
package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rs/zerolog"

	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/stage"
)

// maxSize is the size of the largest checkpoint that is read, in bytes.
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

// A file is a checkpoint as it lies on disk: the key, the hash of the rest, the state.
const headerSize = 2 * sha256.Size

func (s *Store) path(member int) string {
	return filepath.Join(s.folder, fmt.Sprintf("network-%d", member))
}

// Save writes the state of a network, so that a reader sees the old one or the new one, whole.
func (s *Store) Save(member int, state *mlp.State) error {
	var body bytes.Buffer
	if err := gob.NewEncoder(&body).Encode(state); err != nil {
		return err
	}
	sum := sha256.Sum256(body.Bytes())
	var outputs stage.Outputs
	defer outputs.Discard()
	err := outputs.Write(s.path(member), func(w io.Writer) error {
		_, err := w.Write(bytes.Join([][]byte{s.key[:], sum[:], body.Bytes()}, nil))
		return err
	})
	if err != nil {
		return err
	}
	return outputs.Commit()
}

// Load gives the state that Save wrote last for a network; nil where there is none of this training.
func (s *Store) Load(member int) (*mlp.State, error) {
	path := s.path(member)
	text, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	state := new(mlp.State)
	switch {
	case len(text) < headerSize:
		s.ignore(path, "it is cut short")
	case !bytes.Equal(text[:sha256.Size], s.key[:]):
		s.ignore(path, "it is of other params, data or another program")
	case sha256.Sum256(text[headerSize:]) != [sha256.Size]byte(text[sha256.Size:headerSize]):
		s.ignore(path, "it is damaged")
	case gob.NewDecoder(bytes.NewReader(text[headerSize:])).Decode(state) != nil:
		s.ignore(path, "it is damaged")
	default:
		s.log.Info().Str("checkpoint", path).Int("epoch", len(state.History)).Msg("resumed")
		return state, nil
	}
	return nil, nil
}

func (s *Store) ignore(path, why string) {
	s.log.Warn().Str("checkpoint", path).Msg("ignored: " + why)
}

func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxSize {
		return nil, fmt.Errorf("%s: must be at most %d bytes long", path, maxSize)
	}
	return text, nil
}

// Clear removes the checkpoints in folder, whatever training they are of, and what a kill left of one
// that was being written.
func Clear(folder string) error {
	for _, pattern := range []string{"network-*", ".network-*"} {
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
