package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/random"
)

func smallTraining() Training {
	return Training{
		Data:   params.Data{Classes: []string{"R", "M"}, Drop: []params.Column{{Position: 3}}, Categorical: []params.Column{{Name: "a"}, {Name: "b"}}, Missing: []string{"", "NA"}},
		Recipe: params.Train{HiddenSizes: []int{3, 2}, Loss: params.CrossEntropy, Epochs: 2000},
	}
}

// newStore makes a store for a training, and a log to look at.
func newStore(t *testing.T, folder string, training Training) (*Store, *bytes.Buffer) {
	t.Helper()
	log := new(bytes.Buffer)
	s, err := NewStore(folder, zerolog.New(log), training)
	if err != nil {
		t.Fatal(err)
	}
	return s, log
}

const someParameters = 23

// someState has the numbers that are hard to write down.
func someState(epochs int) *mlp.State {
	odd := []float64{math.Copysign(0, -1), math.SmallestNonzeroFloat64, -math.MaxFloat64, 1. / 3, math.Inf(1)}
	list := func(from int) []float64 {
		values := make([]float64, someParameters)
		for i := range values {
			values[i] = odd[(from+i)%len(odd)]
		}
		return values
	}
	generator, err := random.NewTorch(3).MarshalBinary()
	if err != nil {
		panic(err)
	}
	s := &mlp.State{
		Params:    list(0),
		Optimizer: mlp.OptimizerState{Steps: epochs, M: list(1), V: list(2), Beta1Power: 0.9, Beta2Power: 0.999},
		Random:    generator,
		Best:      mlp.Best{Epoch: epochs / 2, Loss: math.Inf(1), Params: list(3)},
		Stopped:   true,
		History:   []mlp.Epoch{},
	}
	for i := range epochs {
		v := math.Sqrt(float64(i))
		s.History = append(s.History, mlp.Epoch{
			Train: mlp.Scores{Loss: v, Accuracy: v + 1, F1Macro: v + 2},
			Val:   mlp.Scores{Loss: -v, Accuracy: v - 1, F1Macro: math.Copysign(0, -v)},
		})
	}
	return s
}

func mustSave(t *testing.T, s *Store, member int, state *mlp.State) {
	t.Helper()
	if err := s.Save(member, state); err != nil {
		t.Fatal(err)
	}
}

// load returns the state of a network, nil if there is none; an error ends the test.
func load(t *testing.T, s *Store, member int) *mlp.State {
	t.Helper()
	state, err := s.Load(member, anyState)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// sameBits compares by the text of every number, which tells -0 from 0.
func sameBits(a, b *mlp.State) bool {
	return reflect.DeepEqual(a, b) && fmt.Sprint(*a) == fmt.Sprint(*b)
}

func TestAStateIsLoadedAsItWasSaved(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "made", "by", "Save")
	s, log := newStore(t, folder, smallTraining())
	if state := load(t, s, 0); state != nil || log.Len() > 0 {
		t.Errorf("before any Save there is %v, and the log has %q", state, log)
	}
	for _, epochs := range []int{1, 2, 1000} {
		for member := range 12 { // of which 1 and 10 begin alike
			mustSave(t, s, member, someState(epochs+member))
		}
		for member := range 12 {
			if got, want := load(t, s, member), someState(epochs+member); !sameBits(got, want) {
				t.Errorf("network %d: loaded\n%v\nsaved\n%v", member, got, want)
			}
		}
	}
	if !strings.Contains(log.String(), `"epoch":1011,"message":"resumed"`) {
		t.Errorf("the log does not say where the training goes on:\n%s", log)
	}
}

// Every field of a training counts, to the last: all of the data and train sections of params.yaml, and the split.
func TestACheckpointOfAnotherTrainingIsIgnored(t *testing.T) {
	folder := t.TempDir()
	s, _ := newStore(t, folder, smallTraining())
	mustSave(t, s, 0, someState(3))
	training := smallTraining()
	others := 0
	changes(t, "", reflect.ValueOf(&training).Elem(), func(name string) {
		others++
		t.Run(name[1:], func(t *testing.T) {
			s, log := newStore(t, folder, training)
			wantIgnored(t, s, log, ofAnother)
		})
	})
	if !reflect.DeepEqual(training, smallTraining()) {
		t.Errorf("not all changes were undone: %+v", training)
	}
	if fields := reflect.TypeFor[params.Data]().NumField() + reflect.TypeFor[params.Train]().NumField(); others <= fields {
		t.Errorf("%d other trainings, with %d keys", others, fields)
	}
	again, _ := newStore(t, folder, training)
	if load(t, again, 0) == nil {
		t.Error("the checkpoint of the same training is ignored too")
	}
}

const ofAnother = "of other params, other data, another network or another program"

// changes sets each thing in v to another value in turn, calls try, and sets it back.
func changes(t *testing.T, name string, v reflect.Value, try func(name string)) {
	t.Helper()
	was := reflect.ValueOf(v.Interface())
	with := func(name string, other any) {
		v.Set(reflect.ValueOf(other).Convert(v.Type()))
		try(name)
		v.Set(was)
	}
	switch v.Kind() {
	case reflect.Bool:
		with(name, !v.Bool())
	case reflect.Int:
		with(name, v.Int()+1)
	case reflect.Uint8, reflect.Uint32:
		with(name, v.Uint()+1)
	case reflect.Float64:
		with(name, math.Nextafter(v.Float(), 1))
	case reflect.String:
		with(name, v.String()+"x")
	case reflect.Struct:
		for i := range v.NumField() {
			changes(t, name+"/"+v.Type().Field(i).Name, v.Field(i), try)
		}
	case reflect.Array:
		changes(t, name+"/7", v.Index(7), try)
	case reflect.Slice:
		with(name+"/longer", reflect.Append(v, reflect.Zero(v.Type().Elem())).Interface())
		for i := range v.Len() { // of another array, so that v keeps its own
			other := reflect.AppendSlice(reflect.Zero(v.Type()), was)
			v.Set(other)
			changes(t, fmt.Sprint(name, "/", i), other.Index(i), try)
			v.Set(was)
		}
		if v.Len() > 1 {
			other := reflect.AppendSlice(reflect.Zero(v.Type()), was)
			reflect.Swapper(other.Interface())(0, 1)
			with(name+"/swapped", other.Interface())
		}
	default:
		t.Fatalf("%s: no other value for a %v", name, v.Kind())
	}
}

// A state is of one network of an ensemble, which has a seed of its own.
func TestACheckpointOfAnotherNetworkIsIgnored(t *testing.T) {
	s, log := newStore(t, t.TempDir(), smallTraining())
	for _, member := range []int{1, 2, 10, 1 << 16} {
		mustSave(t, s, member, someState(3))
		if err := os.Rename(s.path(member), s.path(0)); err != nil {
			t.Fatal(err)
		}
		wantIgnored(t, s, log, ofAnother)
	}
}

func wantIgnored(t *testing.T, s *Store, log *bytes.Buffer, why string) {
	t.Helper()
	log.Reset()
	if state := load(t, s, 0); state != nil {
		t.Fatalf("loaded %v", state)
	}
	if want := fmt.Sprintf(`{"level":"warn","checkpoint":%q,"message":"ignored: it is %s"}`, s.path(0), why); strings.TrimSpace(log.String()) != want {
		t.Errorf("the log has %s, want %s", log, want)
	}
}

func TestADamagedCheckpointIsIgnored(t *testing.T) {
	s, log := newStore(t, t.TempDir(), smallTraining())
	mustSave(t, s, 0, someState(2))
	whole, err := os.ReadFile(s.path(0))
	if err != nil {
		t.Fatal(err)
	}
	const some = 13 // of the file's bytes
	for length := 0; length < len(whole); length += some {
		write(t, s.path(0), string(whole[:length]))
		why := "damaged"
		if length < headerSize {
			why = "cut short"
		}
		wantIgnored(t, s, log, why)
	}
	for at := headerSize / 2; at < len(whole); at += some {
		damaged := slices.Clone(whole)
		damaged[at] ^= 0x10
		write(t, s.path(0), string(damaged))
		wantIgnored(t, s, log, "damaged")
	}
	write(t, s.path(0), string(whole)+"\x00")
	wantIgnored(t, s, log, "damaged")
}

// forge writes a checkpoint with the key and the sum that it should have, around any body.
func forge(t *testing.T, s *Store, body []byte) {
	t.Helper()
	key, sum := s.key(0), sha256.Sum256(body)
	write(t, s.path(0), string(slices.Concat(key[:], sum[:], body)))
}

// A forged checkpoint has the right key and sum, so only what it holds can give it away.
func TestAForgedCheckpointIsIgnoredAsDamaged(t *testing.T) {
	s, log := newStore(t, t.TempDir(), smallTraining())
	whole := encode(someState(3))
	for length := range len(whole) {
		if decode(whole[:length]) != nil {
			t.Errorf("the first %d bytes are taken", length)
		}
	}
	for at := 0; at+8 <= len(whole); at++ { // every length promises what is not there
		for _, length := range []uint64{1 << 20, 1 << 40, 1 << 61, 1<<63 - 1, 1 << 63, math.MaxUint64} {
			forged := slices.Clone(whole)
			binary.LittleEndian.PutUint64(forged[at:], length)
			decode(forged)
		}
	}
	for name, body := range map[string][]byte{"cut": whole[:1000], "longer": append(slices.Clone(whole), 0), "empty": nil} {
		t.Run(name, func(t *testing.T) {
			forge(t, s, body)
			wantIgnored(t, s, log, "damaged")
		})
	}
	forge(t, s, whole)
	if load(t, s, 0) == nil {
		t.Error("what is right is ignored too")
	}
	log.Reset()
	if state, err := s.Load(0, func(*mlp.State) bool { return false }); state != nil || err != nil || !strings.Contains(log.String(), "ignored: it is damaged") {
		t.Errorf("one that does not fit: loaded %v, %v; the log has %s", state, err, log)
	}
}

// anyState is the fits of a training that any state fits.
func anyState(*mlp.State) bool { return true }

// FuzzDecode: whatever state a file has, it is written as it was read, and harms no training.
func FuzzDecode(f *testing.F) {
	f.Add(encode(someState(1)))
	f.Add(encode(&mlp.State{}))
	f.Add([]byte{})
	trainings := []params.Train{tinyRecipe(0), tinyRecipe(1)}
	for _, recipe := range trainings {
		for _, state := range fit(f, recipe, nil).saved {
			f.Add(state)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		state := decode(body)
		if state == nil {
			return
		}
		if again := encode(state); !bytes.Equal(again, body) {
			t.Errorf("%x is read as %+v, which is written as %x", body, state, again)
		}
		for _, recipe := range trainings {
			fit(t, recipe, body)
		}
	})
}

func tinyRecipe(patience int) params.Train {
	return params.Train{
		HiddenSizes: []int{2}, Activation: params.ReLU, Output: params.Linear, Loss: params.CrossEntropy, Optimizer: params.Adam,
		LearningRate: 0.1, Schedule: params.Constant, Epochs: 3, BatchSize: 2, Dropout: 0.5, Ensemble: 1, Patience: patience, CheckpointEvery: 1,
	}
}

// fit trains a tiny network from a state, unless it is nil, and returns those that it saves. It may diverge.
func fit(t testing.TB, recipe params.Train, from []byte) *kept {
	t.Helper()
	x := mlp.Matrix(blas64.General{Rows: 4, Cols: 1, Stride: 1, Data: []float64{-1, 1, 0, 2}})
	problem := mlp.Problem{Classes: 2, Train: mlp.Data{X: x, Labels: []int{0, 1, 0, 1}}}
	if recipe.Patience > 0 {
		problem.Holdouts = []mlp.Holdout{{Train: []int{0, 1}, Held: []int{2, 3}}}
	}
	states := &kept{from: from}
	if _, err := mlp.Fit(t.Context(), recipe, problem, mlp.Options{Workers: 1, Checkpoints: states}); err != nil && !errors.Is(err, mlp.ErrDiverged) {
		t.Error(err)
	}
	return states
}

// kept is a store of one state to load, and of all that are saved, as they are in their files.
type kept struct {
	from  []byte
	saved [][]byte
}

func (k *kept) Load(_ int, fits func(*mlp.State) bool) (*mlp.State, error) {
	if state := decode(k.from); state != nil && fits(state) {
		return state, nil
	}
	return nil, nil
}

func (k *kept) Save(_ int, state *mlp.State) error {
	k.saved = append(k.saved, encode(state))
	return nil
}

func TestAFileThatIsTooLargeIsNotRead(t *testing.T) {
	s, log := newStore(t, t.TempDir(), smallTraining())
	f, err := os.Create(s.path(0))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(1 << 42); err != nil { // a hole, which takes no room on the disk
		t.Fatal(err)
	}
	wantIgnored(t, s, log, "larger than any")
}

func TestAFolderInTheWayIsAnError(t *testing.T) {
	s, _ := newStore(t, t.TempDir(), smallTraining())
	if err := os.Mkdir(s.path(0), 0o777); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{"Save": s.Save(0, someState(1)), "Load": second(s.Load(0, anyState))} {
		if err == nil || !strings.Contains(err.Error(), s.path(0)) {
			t.Errorf("%s returns %v, want an error that names %s", name, err, s.path(0))
		}
	}
}

func second(_ *mlp.State, err error) error { return err }

func TestClearRemovesCheckpointsAlone(t *testing.T) {
	folder := t.TempDir()
	if err := Clear(filepath.Join(folder, "missing")); err != nil {
		t.Error(err)
	}
	s, _ := newStore(t, folder, smallTraining())
	mustSave(t, s, 0, someState(1))
	mustSave(t, s, 11, someState(1))
	write(t, filepath.Join(folder, ".network-3.checkpoint.sonar-tmp-0123456789abcdef"), "half a checkp")
	mine := []string{".network-3.checkpoint20240101", "network-.checkpoint", "network-1.checkpoint.old", "network-one.checkpoint", "notes.txt"}
	for _, name := range mine {
		write(t, filepath.Join(folder, name), "mine")
	}
	if err := Clear(folder); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, entry := range entries {
		left = append(left, entry.Name())
	}
	if !slices.Equal(left, mine) {
		t.Errorf("left are %q, want %q", left, mine)
	}
}

// A folder is meant by its name, whatever that looks like.
func TestClearTakesItsFolderAsItIs(t *testing.T) {
	top := t.TempDir()
	for _, folder := range []string{"run?", "runA", "a[b"} {
		s, _ := newStore(t, filepath.Join(top, folder), smallTraining())
		mustSave(t, s, 0, someState(1))
	}
	for _, folder := range []string{"run?", "a[b"} {
		if err := Clear(filepath.Join(top, folder)); err != nil {
			t.Error(err)
		}
	}
	for folder, want := range map[string]int{"run?": 0, "runA": 1, "a[b": 0} {
		if entries, err := os.ReadDir(filepath.Join(top, folder)); err != nil || len(entries) != want {
			t.Errorf("%s has %v, %v", folder, entries, err)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkSave(b *testing.B) {
	for _, epochs := range []int{200, 20000} {
		b.Run(fmt.Sprint(epochs, " epochs"), func(b *testing.B) {
			s, err := NewStore(b.TempDir(), zerolog.Nop(), smallTraining())
			if err != nil {
				b.Fatal(err)
			}
			state := someState(epochs)
			state.Params = make([]float64, 2522) // of 60-40-2
			state.Optimizer.M, state.Optimizer.V = state.Params, state.Params
			for b.Loop() {
				if err := s.Save(0, state); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
