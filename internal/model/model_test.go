package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/params"
)

// A shape is a model of the tests; its parameters count up in quarters, so that each is another one.
type shape struct {
	classes            []string
	layers             []int
	activation, output string
	scaling            string
	members            int
}

var shapes = map[string]shape{
	"default recipe":      {[]string{"R", "M"}, []int{60, 40, 2}, params.ReLU, params.Sigmoid, params.None, 1},
	"logistic regression": {[]string{"a", "b"}, []int{3, 2}, params.Tanh, params.Linear, params.None, 1},
	"one output, scaled":  {[]string{"no", "yes"}, []int{4, 3, 1}, params.GELU, params.Sigmoid, params.Variance, 1},
	"ensemble of 12":      {[]string{"<", "\"", "ü"}, []int{2, 5, 4, 3}, params.Logistic, params.Linear, params.Standard, 12},
}

func (s shape) ensemble() *mlp.Ensemble {
	e := &mlp.Ensemble{Classes: s.classes}
	value := 0.0
	count := func(values []float64) []float64 {
		for i := range values {
			value += 0.25
			values[i] = value
		}
		return values
	}
	for range s.members {
		n := mlp.NewNetwork(s.layers, s.activation, s.output)
		count(n.Params)
		if s.scaling != params.None {
			n.Offset, n.Divisor = count(make([]float64, s.layers[0])), count(make([]float64, s.layers[0]))
		}
		e.Members = append(e.Members, n)
	}
	return e
}

func (s shape) file(t testing.TB) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := Encode(&file, s.ensemble(), s.scaling); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestDecodeReadsWhatEncodeWrites(t *testing.T) {
	for name, s := range shapes {
		t.Run(name, func(t *testing.T) {
			file := s.file(t)
			e, err := Decode(bytes.NewReader(file))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(e, s.ensemble()) {
				t.Errorf("another model came back")
			}
			if again := s.file(t); !bytes.Equal(file, again) {
				t.Error("the same model gives other bytes")
			}
		})
	}
}

func TestTheFileHasTheLayoutOfSafetensors(t *testing.T) {
	file := shape{[]string{"R", "M"}, []int{2, 3, 2}, params.ReLU, params.Sigmoid, params.None, 1}.file(t)
	length := binary.LittleEndian.Uint64(file)
	text := string(file[8 : 8+length])
	values := file[8+length:]
	if length%8 != 0 {
		t.Errorf("the header is %d bytes long, want a multiple of 8", length)
	}
	sum := sha256.Sum256(bytes.Replace(file, []byte(metadata(t, text)["sha256"]), []byte(noSum), 1))
	want := `{"0.bias":{"data_offsets":[0,24],"dtype":"F64","shape":[3]},` +
		`"0.weight":{"data_offsets":[24,72],"dtype":"F64","shape":[3,2]},` +
		`"2.bias":{"data_offsets":[72,88],"dtype":"F64","shape":[2]},` +
		`"2.weight":{"data_offsets":[88,136],"dtype":"F64","shape":[2,3]},` +
		`"__metadata__":{"activation":"relu","classes":"[\"R\",\"M\"]","layers":"[2,3,2]","members":"1","output":"sigmoid",` +
		`"scaling":"none","sha256":"` + hex.EncodeToString(sum[:]) + `","version":"1"}}`
	if got := strings.TrimRight(text, " "); got != want {
		t.Errorf("header\n%s\nwant\n%s", got, want)
	}
	// The network lies in memory as weights [in][out], then biases, layer by layer: 0.25, 0.5, ...
	quarters := []float64{7, 8, 9, 1, 4, 2, 5, 3, 6, 16, 17, 10, 12, 14, 11, 13, 15}
	if len(values) != 8*len(quarters) {
		t.Fatalf("%d bytes of values, want %d", len(values), 8*len(quarters))
	}
	for i, want := range quarters {
		if got := math.Float64frombits(binary.LittleEndian.Uint64(values[8*i:])); got != want/4 {
			t.Errorf("value %d is %v, want %v", i, got, want/4)
		}
	}
}

func metadata(t *testing.T, header string) map[string]string {
	var parsed map[string]json.RawMessage
	var metadata map[string]string
	if err := json.Unmarshal([]byte(header), &parsed); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(parsed[metadataKey], &metadata); err != nil {
		t.Fatal(err)
	}
	return metadata
}

func TestEveryAlteredByteIsRefused(t *testing.T) {
	for _, name := range []string{"logistic regression", "one output, scaled"} {
		file := shapes[name].file(t)
		for at := range file {
			for _, flip := range []byte{1, 0x20, 0x80} {
				file[at] ^= flip
				if _, err := Decode(bytes.NewReader(file)); err == nil {
					t.Errorf("%s: byte %d altered by %#x was taken", name, at, flip)
				}
				file[at] ^= flip
			}
		}
	}
}

func TestEveryOtherLengthIsRefused(t *testing.T) {
	file := shapes["logistic regression"].file(t)
	for length := range file {
		if _, err := Decode(bytes.NewReader(file[:length])); err == nil {
			t.Errorf("the first %d of %d bytes were taken", length, len(file))
		}
	}
	if _, err := Decode(bytes.NewReader(append(file, 0))); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("a byte too many gives the error %v", err)
	}
}

// seal writes the file that a program would write which breaks the rules on purpose: metadata and
// values of any kind, with a right sum.
func seal(t *testing.T, s shape, change func(metadata map[string]string), spoil func(values []byte)) []byte {
	t.Helper()
	file := s.file(t)
	length := 8 + binary.LittleEndian.Uint64(file)
	if spoil != nil {
		spoil(file[length:])
	}
	var entries map[string]any
	if err := json.Unmarshal(file[8:length], &entries); err != nil {
		t.Fatal(err)
	}
	kept := entries[metadataKey].(map[string]any)
	changed := map[string]string{}
	for key, value := range kept {
		changed[key] = value.(string)
	}
	change(changed)
	entries[metadataKey] = changed
	with := func(sum string) []byte {
		changed["sha256"] = sum
		text := []byte(jsonText(entries))
		for len(text)%8 != 0 {
			text = append(text, ' ')
		}
		head := append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...)
		return append(head, file[length:]...)
	}
	sum := sha256.Sum256(with(noSum))
	return with(hex.EncodeToString(sum[:]))
}

func TestModelsThatBreakARuleAreRefused(t *testing.T) {
	set := func(key, value string) func(map[string]string) {
		return func(metadata map[string]string) { metadata[key] = value }
	}
	same := func(map[string]string) {}
	first := func(v float64) func([]byte) {
		return func(values []byte) { binary.LittleEndian.PutUint64(values, math.Float64bits(v)) }
	}
	last := func(v float64) func([]byte) {
		return func(values []byte) { binary.LittleEndian.PutUint64(values[len(values)-8*4:], math.Float64bits(v)) }
	}
	deep := strings.Repeat("[", 20000)
	for _, c := range []struct {
		name   string
		change func(map[string]string)
		spoil  func([]byte)
		want   string
	}{
		{"no classes", func(m map[string]string) { delete(m, "classes") }, nil, "metadata lack classes"},
		{"classes that are no list", set("classes", `"R"`), nil, `metadata: classes cannot be read, got "\"R\""`},
		{"one class", set("classes", `["R"]`), nil, "classes must be two or more labels"},
		{"a class twice", set("classes", `["R","R"]`), nil, "classes must differ"},
		{"three classes for one output", set("classes", `["a","b","c"]`), nil, "one output per class"},
		{"a list too deep", set("layers", deep), nil, "layers cannot be read"},
		{"no layers", set("layers", "[]"), nil, "layers must be two or more"},
		{"a negative size", set("layers", "[4,-3,1]"), nil, "sizes of 1 or more"},
		{"an enormous size", set("layers", "[4,9223372036854775807,1]"), nil, "sizes of 1 or more"},
		{"sizes whose product overflows", set("layers", "[16777216,16777216,16777216,1]"), nil, "at most 2^18 tensors and 2^27 values"},
		{"a fraction of a size", set("layers", "[4,2.5,1]"), nil, "layers cannot be read"},
		{"other layers than the tensors", set("layers", "[4,4,1]"), nil, "the header must list the tensors"},
		{"another activation", set("activation", "sin"), nil, "activation and output must be known"},
		{"another output", set("output", "linear"), nil, "one sigmoid output"},
		{"another scaling", set("scaling", "minmax"), nil, "scaling must be"},
		{"no scaling, with its tensors", set("scaling", "none"), nil, "the header must list the tensors"},
		{"no members", set("members", "0"), nil, "members must be"},
		{"more members than tensors", set("members", "65536"), nil, "at most 2^18 tensors"},
		{"two members for one", set("members", "2"), nil, "the header must list the tensors"},
		{"another version", set("version", "2"), nil, `version cannot be read, got "2"`},
		{"a key more", set("note", "mine"), nil, "the header must list the tensors"},
		{"a NaN", same, first(math.NaN()), "0.bias must hold finite values, got NaN"},
		{"an infinite value", same, first(math.Inf(-1)), "0.bias must hold finite values, got -Inf"},
		{"a divisor of zero", same, func(values []byte) { copy(values[8*19:], make([]byte, 8)) }, "scaling.divisor must hold no 0"},
		{"an infinite offset", same, last(math.Inf(1)), "scaling.offset must hold finite values"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Decode(bytes.NewReader(seal(t, shapes["one output, scaled"], c.change, c.spoil)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
	if _, err := Decode(bytes.NewReader(seal(t, shapes["one output, scaled"], same, nil))); err != nil {
		t.Errorf("the file that breaks no rule gives the error %v", err)
	}
}

// zeros is a file without an end.
type zeros struct{ read int }

func (z *zeros) Read(p []byte) (int, error) {
	z.read += len(p)
	return len(p), nil
}

func TestAPromisedLengthTakesNoMemory(t *testing.T) {
	file := shapes["default recipe"].file(t)
	for name, length := range map[string]uint64{"the longest header": maxHeader, "a longer one": math.MaxUint64, "a negative one": 1 << 63} {
		binary.LittleEndian.PutUint64(file, length)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := Decode(bytes.NewReader(file)); err == nil {
			t.Errorf("%s was taken", name)
		}
		runtime.ReadMemStats(&after)
		allocated := int(after.TotalAlloc - before.TotalAlloc)
		if most := 10 * len(file); allocated > most {
			t.Errorf("%s takes %d bytes, want at most %d", name, allocated, most)
		}
	}
}

func TestAFileWithoutAnEndIsReadToItsLengthOnly(t *testing.T) {
	file := shapes["default recipe"].file(t)
	var endless zeros
	if _, err := Decode(io.MultiReader(bytes.NewReader(file), &endless)); err == nil || endless.read > 1<<16 {
		t.Errorf("error %v after %d bytes", err, endless.read)
	}
}

func TestEncodeRefusesWhatDecodeWould(t *testing.T) {
	s := shapes["one output, scaled"]
	for name, spoil := range map[string]func(e *mlp.Ensemble){
		"a weight that is NaN":    func(e *mlp.Ensemble) { e.Members[0].Params[3] = math.NaN() },
		"a divisor of zero":       func(e *mlp.Ensemble) { e.Members[0].Divisor[1] = 0 },
		"a member without scales": func(e *mlp.Ensemble) { e.Members[0].Offset = nil },
		"members of other sizes": func(e *mlp.Ensemble) {
			e.Members = append(e.Members, mlp.NewNetwork([]int{4, 2, 1}, s.activation, s.output))
		},
		"one class": func(e *mlp.Ensemble) { e.Classes = e.Classes[:1] },
	} {
		t.Run(name, func(t *testing.T) {
			e := s.ensemble()
			spoil(e)
			var file bytes.Buffer
			if err := Encode(&file, e, s.scaling); err == nil || file.Len() > 0 {
				t.Errorf("error %v and %d bytes, want an error and none", err, file.Len())
			}
		})
	}
}

func TestLoadNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
	if err := os.WriteFile(path, []byte("short"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.HasPrefix(err.Error(), path+": must be a safetensors file") {
		t.Errorf("error %v", err)
	}
}

// What Decode takes, Encode gives back byte for byte. The sum is made right first, so that more than
// the sum is tried.
func FuzzDecode(f *testing.F) {
	for _, s := range shapes {
		file := s.file(f)
		f.Add(file)
		f.Add(file[:len(file)/2])
	}
	f.Add([]byte("1234567"))
	f.Fuzz(func(t *testing.T, file []byte) {
		resum(file)
		e, scaling, err := decode(bytes.NewReader(file))
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := Encode(&again, e, scaling); err != nil || !bytes.Equal(file, again.Bytes()) {
			t.Errorf("encoded again it is another file, error %v", err)
		}
	})
}

// resum puts the right sum in its place where there is one.
func resum(file []byte) {
	const key = `"sha256":"`
	at := bytes.Index(file, []byte(key)) + len(key)
	if at < len(key) || len(file) < at+len(noSum) {
		return
	}
	copy(file[at:], noSum)
	sum := sha256.Sum256(file)
	hex.Encode(file[at:], sum[:])
}
