// Package checkpoint keeps the states of trainings on disk, so that one that was killed resumes from there.
//
// A checkpoint belongs to one network of one training: to its params, its data and its program. One that belongs to
// another, or that is damaged, is ignored, which the log says.
package checkpoint

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rs/zerolog"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/regularfile"
)

// maxSize is the size of the largest checkpoint, in bytes.
const maxSize = 1 << 30

// A Training is all that its networks follow from, besides the program. Every field counts, to the last.
type Training struct {
	Data   params.Data
	Recipe params.Train
	Split  [sha256.Size]byte // its identity, which differs if a file of it does
}

// A Store is a folder of checkpoints, one for each network of a training. It is an mlp.Checkpoints.
type Store struct {
	folder   string
	training [sha256.Size]byte // of the training and the program
	log      zerolog.Logger
}

// NewStore returns the store in folder for a training by the program that runs. It reads the program's file.
func NewStore(folder string, log zerolog.Logger, training Training) (*Store, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	program, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer program.Close()
	hash := sha256.New()
	if err := json.NewEncoder(hash).Encode(training); err != nil {
		return nil, err
	}
	if _, err := io.Copy(hash, program); err != nil {
		return nil, err
	}
	return &Store{folder, [sha256.Size]byte(hash.Sum(nil)), log}, nil
}

// A checkpoint on disk is its key, the hash of the rest, and the rest: the state.
const headerSize = 2 * sha256.Size

// key is that of a network's checkpoint.
func (s *Store) key(member int) [sha256.Size]byte {
	return sha256.Sum256(binary.LittleEndian.AppendUint64(s.training[:], uint64(member)))
}

func (s *Store) path(member int) string {
	return filepath.Join(s.folder, fmt.Sprintf("%s%d%s", prefix, member, suffix))
}

const prefix, suffix = "network-", ".checkpoint"

func isCheckpoint(name string) bool {
	number, ok := strings.CutPrefix(name, prefix)
	number, ok2 := strings.CutSuffix(number, suffix)
	return ok && ok2 && number != "" && strings.Trim(number, "0123456789") == ""
}

// Save writes the state of a network, so that a reader sees the old one or the new one, whole.
func (s *Store) Save(member int, state *mlp.State) error {
	body := encode(state)
	if len(body) > maxSize-headerSize {
		return fmt.Errorf("train.checkpoint_every must be 0 for so large a network: a checkpoint may have %d bytes, got %d", maxSize, headerSize+len(body))
	}
	key, sum := s.key(member), sha256.Sum256(body)
	return atomicfile.WriteBytes(s.path(member), key[:], sum[:], body)
}

// Load returns the state that Save wrote last for a network, nil if there is none of this training that fits.
func (s *Store) Load(member int, fits func(*mlp.State) bool) (*mlp.State, error) {
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
	text, err := regularfile.Read(path, maxSize)
	if err != nil {
		return nil, err
	}
	switch {
	case len(text) < headerSize:
		return s.ignore(path, "cut short")
	case [sha256.Size]byte(text) != s.key(member):
		return s.ignore(path, "of other params, other data, another network or another program")
	case sha256.Sum256(text[headerSize:]) != [sha256.Size]byte(text[sha256.Size:headerSize]):
		return s.ignore(path, "damaged")
	}
	state := decode(text[headerSize:])
	if state == nil || !fits(state) {
		return s.ignore(path, "damaged")
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
func Clear(folder string) error { return atomicfile.RemoveAll(folder, isCheckpoint) }
