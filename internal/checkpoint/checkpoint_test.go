package checkpoint

import (
	"bytes"
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
)

var twoClasses = []string{"R", "M"}

// newStore makes a store for the recipe and the data in a file, and a log to look at.
func newStore(t *testing.T, folder string, recipe params.Train, classes []string, dataFiles ...string) (*Store, *bytes.Buffer) {
	t.Helper()
	log := new(bytes.Buffer)
	s, err := NewStore(folder, zerolog.New(log), recipe, classes, dataFiles...)
	if err != nil {
		t.Fatal(err)
	}
	return s, log
}

// someState is small, and has the numbers that are hard to write down.
func someState(epochs int) *mlp.State {
	odd := []float64{math.Copysign(0, -1), math.SmallestNonzeroFloat64, -math.MaxFloat64, 1. / 3, math.Inf(1)}
	s := &mlp.State{
		Params:    odd,
		Optimizer: mlp.OptimizerState{Steps: 7, M: odd[1:], V: odd[:2], Beta1Power: 0.9, Beta2Power: 0.999},
		Random:    []byte("the generator's state"),
		Best:      mlp.Best{Epoch: 2, Loss: math.Inf(1), Params: odd[2:]},
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

// load gives the state of a network, nil where there is none; an error ends the test.
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
	s, log := newStore(t, folder, params.Train{}, twoClasses)
	if state := load(t, s, 0); state != nil || log.Len() > 0 {
		t.Errorf("before any Save there is %v, and the log has %q", state, log)
	}
	for _, epochs := range []int{0, 1, 1000} {
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

// A training is its recipe, its classes, its data and its program; every key of the recipe counts.
func TestACheckpointOfAnotherTrainingIsIgnored(t *testing.T) {
	dir := t.TempDir()
	folder, one, other := filepath.Join(dir, "checkpoints"), filepath.Join(dir, "one.csv"), filepath.Join(dir, "other.csv")
	write(t, one, "1,2")
	write(t, other, "1,3")
	type training struct {
		recipe  params.Train
		classes []string
		data    []string
	}
	first := training{recipe: params.Train{HiddenSizes: []int{40}}, classes: twoClasses, data: []string{one, other}}
	others := map[string]func(*training){
		"other data":      func(tr *training) { tr.data = []string{one, one} },
		"swapped files":   func(tr *training) { tr.data = []string{other, one} },
		"fewer files":     func(tr *training) { tr.data = []string{one} },
		"other classes":   func(tr *training) { tr.classes = []string{"R", "F"} },
		"swapped classes": func(tr *training) { tr.classes = []string{"M", "R"} },
	}
	for i := range reflect.TypeFor[params.Train]().NumField() {
		others[reflect.TypeFor[params.Train]().Field(i).Name] = func(tr *training) {
			change(t, reflect.ValueOf(&tr.recipe).Elem().Field(i))
		}
	}
	s, _ := newStore(t, folder, first.recipe, first.classes, first.data...)
	mustSave(t, s, 0, someState(3))
	for name, alter := range others {
		t.Run(name, func(t *testing.T) {
			tr := first
			alter(&tr)
			s, log := newStore(t, folder, tr.recipe, tr.classes, tr.data...)
			wantIgnored(t, s, log, "of other params, other data or another program")
		})
	}
	again, _ := newStore(t, folder, first.recipe, first.classes, first.data...)
	if load(t, again, 0) == nil {
		t.Error("the checkpoint of the same training is ignored too")
	}
}

// change gives a field of a recipe another value.
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
	s, log := newStore(t, t.TempDir(), params.Train{}, twoClasses)
	mustSave(t, s, 0, someState(2))
	whole, err := os.ReadFile(s.path(0))
	if err != nil {
		t.Fatal(err)
	}
	for length := range len(whole) {
		write(t, s.path(0), string(whole[:length]))
		why := "damaged"
		if length < headerSize {
			why = "cut short"
		}
		wantIgnored(t, s, log, why)
	}
	for at := headerSize / 2; at < len(whole); at++ {
		damaged := slices.Clone(whole)
		damaged[at] ^= 0x10
		write(t, s.path(0), string(damaged))
		wantIgnored(t, s, log, "damaged")
	}
	write(t, s.path(0), string(whole)+"\x00")
	wantIgnored(t, s, log, "damaged")
}

func TestAFileThatIsTooLargeIsNotRead(t *testing.T) {
	s, log := newStore(t, t.TempDir(), params.Train{}, twoClasses)
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
	s, _ := newStore(t, t.TempDir(), params.Train{}, twoClasses)
	if err := os.Mkdir(s.path(0), 0o777); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{"Save": s.Save(0, someState(1)), "Load": second(s.Load(0))} {
		if err == nil || !strings.Contains(err.Error(), s.path(0)) {
			t.Errorf("%s gives %v, want an error that names %s", name, err, s.path(0))
		}
	}
}

func second(_ *mlp.State, err error) error { return err }

func TestClearRemovesCheckpointsAlone(t *testing.T) {
	folder := t.TempDir()
	if err := Clear(filepath.Join(folder, "missing")); err != nil {
		t.Error(err)
	}
	s, _ := newStore(t, folder, params.Train{}, twoClasses)
	mustSave(t, s, 0, someState(1))
	mustSave(t, s, 11, someState(1))
	write(t, filepath.Join(folder, ".network-3.checkpoint123"), "half a checkp")
	write(t, filepath.Join(folder, "notes.txt"), "mine")
	if err := Clear(folder); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 || left[0].Name() != "notes.txt" {
		t.Errorf("left are %v", left)
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
			s, err := NewStore(b.TempDir(), zerolog.Nop(), params.Train{}, twoClasses)
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
