package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/random"
)

// smallTraining is of networks of 4 inputs, 3 hidden units and 2 outputs.
func smallTraining() Training {
	return Training{
		Recipe:  params.Train{HiddenSizes: []int{3}, Loss: params.CrossEntropy, Epochs: 2000},
		Classes: []string{"R", "M"},
		Inputs:  4,
	}
}

const smallParameters = 4*3 + 3 + 3*2 + 2

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

// someState is one of the small training's, and has the numbers that are hard to write down.
func someState(epochs int) *mlp.State {
	odd := []float64{math.Copysign(0, -1), math.SmallestNonzeroFloat64, -math.MaxFloat64, 1. / 3, math.Inf(1)}
	list := func(from int) []float64 {
		values := make([]float64, smallParameters)
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
	state, err := s.Load(member)
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

// A training is its recipe, its classes, its inputs, its data and its program; every key of the recipe counts.
func TestACheckpointOfAnotherTrainingIsIgnored(t *testing.T) {
	folder := t.TempDir()
	others := map[string]func(*Training){
		"other data":      func(tr *Training) { tr.Data[7]++ },
		"other inputs":    func(tr *Training) { tr.Inputs++ },
		"other classes":   func(tr *Training) { tr.Classes = []string{"R", "F"} },
		"swapped classes": func(tr *Training) { tr.Classes = []string{"M", "R"} },
	}
	for i := range reflect.TypeFor[params.Train]().NumField() {
		others[reflect.TypeFor[params.Train]().Field(i).Name] = func(tr *Training) {
			change(t, reflect.ValueOf(&tr.Recipe).Elem().Field(i))
		}
	}
	s, _ := newStore(t, folder, smallTraining())
	mustSave(t, s, 0, someState(3))
	for name, alter := range others {
		t.Run(name, func(t *testing.T) {
			training := smallTraining()
			alter(&training)
			s, log := newStore(t, folder, training)
			wantIgnored(t, s, log, "of other params, other data or another program")
		})
	}
	again, _ := newStore(t, folder, smallTraining())
	if load(t, again, 0) == nil {
		t.Error("the checkpoint of the same training is ignored too")
	}
}

// change sets a field of a recipe to another value.
func change(t *testing.T, field reflect.Value) {
	t.Helper()
	switch field.Kind() {
	case reflect.Int:
		field.SetInt(field.Int() + 1)
	case reflect.Uint32:
		field.SetUint(field.Uint() + 1)
	case reflect.Float64:
		field.SetFloat(math.Nextafter(field.Float(), 1))
	case reflect.String:
		field.SetString(field.String() + "x")
	case reflect.Slice:
		field.Set(reflect.ValueOf([]int{40, 1}))
	default:
		t.Fatalf("no other value for a %v", field.Kind())
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
	sum := sha256.Sum256(body)
	write(t, s.path(0), string(slices.Concat(s.key[:], sum[:], body)))
}

// A forged checkpoint has a right sum, so what it holds is all that can tell.
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
	for name, alter := range map[string]func(*mlp.State){
		"fewer parameters":         func(s *mlp.State) { s.Params = s.Params[1:] },
		"no parameters":            func(s *mlp.State) { s.Params = nil },
		"more moments":             func(s *mlp.State) { s.Optimizer.M = append(s.Optimizer.M, 1) },
		"no second moments":        func(s *mlp.State) { s.Optimizer.V = nil },
		"no steps":                 func(s *mlp.State) { s.Optimizer.Steps = 0 },
		"negative steps":           func(s *mlp.State) { s.Optimizer.Steps = -1 },
		"no generator":             func(s *mlp.State) { s.Random = nil },
		"half a generator":         func(s *mlp.State) { s.Random = s.Random[:100] },
		"best parameters cut":      func(s *mlp.State) { s.Best.Params = s.Best.Params[1:] },
		"best epoch to come":       func(s *mlp.State) { s.Best.Epoch = 3 },
		"best epoch before all":    func(s *mlp.State) { s.Best.Epoch = -1 },
		"best epoch of nothing":    func(s *mlp.State) { s.Best.Params = nil },
		"no history":               func(s *mlp.State) { s.History = nil },
		"more epochs than allowed": func(s *mlp.State) { s.History = make([]mlp.Epoch, 2001); s.Optimizer.Steps = 9999 },
	} {
		t.Run(name, func(t *testing.T) {
			state := someState(3)
			alter(state)
			forge(t, s, encode(state))
			wantIgnored(t, s, log, "damaged")
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(someState(1)))
	f.Add(encode(&mlp.State{}))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		state := decode(body)
		if state == nil {
			return
		}
		if again := encode(state); !bytes.Equal(again, body) {
			t.Errorf("%x is read as %+v, which is written as %x", body, state, again)
		}
		smallTraining().fits(state)
	})
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
	for name, err := range map[string]error{"Save": s.Save(0, someState(1)), "Load": second(s.Load(0))} {
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
