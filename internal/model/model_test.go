package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/dataset/datasettest"
	"example.com/sonar/internal/features"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/params"
)

// A shape is a model for tests; its parameters count up in quarters, so that all differ.
type shape struct {
	classes            []string
	layers             []int
	activation, output string
	scaling            string
	members            int
	columns            []features.Column // nil is a number for each input
	data               params.Data       // besides the classes
}

var shapes = map[string]shape{
	"default recipe":      {[]string{"R", "M"}, []int{60, 40, 2}, params.ReLU, params.Sigmoid, params.None, 1, nil, bare},
	"logistic regression": {[]string{"a", "b"}, []int{3, 2}, params.Tanh, params.Linear, params.None, 1, nil, bare},
	"one output, scaled":  {[]string{"no", "yes"}, []int{4, 3, 1}, params.GELU, params.Sigmoid, params.Variance, 1, nil, bare},
	"a messy table": {[]string{"no", "yes"}, []int{8, 2}, params.Tanh, params.Linear, params.Standard, 1, []features.Column{
		{Column: dataset.Column{Name: "m0", Position: 2}, Gaps: true, Median: -1e-300},
		{Column: dataset.Column{Name: "kind", Position: 4, Kind: dataset.Category}, Gaps: true, Texts: []string{"A", "a\"<\n", "\u00e9"}},
		{Column: dataset.Column{Name: "7", Position: 5}, Median: 0.1},
		{Column: dataset.Column{Name: "gone", Position: 6, Kind: dataset.Category}, Gaps: true},
	}, params.Data{
		Header: true, Label: params.Column{Name: "outcome"}, ID: params.Column{Name: "3"}, Group: params.Column{Position: 3},
		Drop: []params.Column{{Name: "remark"}}, Categorical: []params.Column{{Name: "kind"}, {Position: 6}}, Missing: []string{"", "NA", "\"<\u202e"},
	}},
	"texts alone, scaled": {[]string{"a", "b"}, []int{2, 2}, params.ReLU, params.Linear, params.Standard, 2, []features.Column{
		{Column: dataset.Column{Position: 1, Kind: dataset.Category}, Texts: []string{" ü ", "x"}},
	}, params.Data{Drop: []params.Column{}, Categorical: []params.Column{{Position: 1}}, Missing: []string{}}},
	"ensemble of 12": {[]string{"<", "\"", "ü"}, []int{2, 5, 4, 3}, params.Logistic, params.Linear, params.Standard, 12, nil, bare},
}

// bare returns the data section of a file without a header.
var bare = params.Data{Label: params.Column{Position: 1}, Drop: []params.Column{}, Categorical: []params.Column{}, Missing: []string{""}}

func (s shape) model() *Model {
	f := &features.Features{Scaling: s.scaling, Columns: s.columns}
	if f.Columns == nil {
		for i, c := range datasettest.NumberColumns(s.layers[0]) {
			c.Position++
			f.Columns = append(f.Columns, features.Column{Column: c, Median: float64(i) / 3})
		}
	}
	m := &Model{Data: s.data, Features: f}
	m.Data.Classes = s.classes
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
		m.Members = append(m.Members, n)
	}
	if s.scaling != params.None {
		numbers := 0
		for _, c := range f.Columns {
			if c.Kind == dataset.Number {
				numbers++
			}
		}
		f.Offset, f.Divisor = count(make([]float64, numbers)), count(make([]float64, numbers))
	}
	return m
}

func (s shape) file(t testing.TB) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := Encode(&file, s.model()); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestDecodeReadsWhatEncodeWrites(t *testing.T) {
	for name, s := range shapes {
		t.Run(name, func(t *testing.T) {
			file := s.file(t)
			m, err := Decode(bytes.NewReader(file))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(m, s.model()) {
				t.Errorf("another model came back")
			}
			if again := s.file(t); !bytes.Equal(file, again) {
				t.Error("the same model gives other bytes")
			}
		})
	}
}

func TestTheFileHasTheLayoutOfSafetensors(t *testing.T) {
	file := shape{[]string{"R", "M"}, []int{2, 3, 2}, params.ReLU, params.Sigmoid, params.None, 1, nil, bare}.file(t)
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
		`"__metadata__":{"activation":"relu","classes":"[\"R\",\"M\"]","data":"{\"columns\":3,\"header\":false,\"label\":1,\"id\":\"\",\"group\":\"\",\"drop\":[],\"categorical\":[],\"missing\":[\"\"]}",` +
		`"features":"[{\"position\":2,\"kind\":\"number\",\"median\":0},{\"position\":3,\"kind\":\"number\",\"median\":0.3333333333333333}]",` +
		`"layers":"[2,3,2]","members":"1","output":"sigmoid","scaling":"none","sha256":"` + hex.EncodeToString(sum[:]) + `","version":"2"}}`
	if got := strings.TrimRight(text, " "); got != want {
		t.Errorf("header\n%s\nwant\n%s", got, want)
	}
	// The network is in memory as weights [in][out], then biases, layer by layer: 0.25, 0.5, ...
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

// seal writes the file of a program that breaks the rules on purpose: metadata and
// values of any kind, with the right hash.
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
	dataOf := func(columns int) string {
		return fmt.Sprintf(`{"columns":%d,"header":false,"label":1,"id":"","group":"","drop":[],"categorical":[],"missing":[""]}`, columns)
	}
	featuresOf := func(columns ...string) func(map[string]string) {
		return func(metadata map[string]string) {
			metadata["features"] = "[" + strings.Join(columns, ",") + "]"
			metadata["data"] = dataOf(len(columns) + 1)
		}
	}
	const number = `{"position":1,"kind":"number","median":0}`
	deep := strings.Repeat("[", 20000)
	for _, c := range []struct {
		name   string
		change func(map[string]string)
		spoil  func([]byte)
		want   string
	}{
		{"no classes", func(m map[string]string) { delete(m, "classes") }, nil, "metadata lack classes"},
		{"classes that are no list", set("classes", `"R"`), nil, `metadata: classes cannot be read, got "\"R\""`},
		{"one class", set("classes", `["R"]`), nil, "metadata: data.classes must be a list of 2 to 65536 labels, got a list of 1"},
		{"a class twice", set("classes", `["R","R"]`), nil, `metadata: data.classes must have different labels, got "R" again`},
		{"a class with a line end", set("classes", `["R\n","M"]`), nil, `metadata: data.classes must have labels without line ends, got "R\n"`},
		{"a class with an escape", set("classes", `["R","\u001b[31mM"]`), nil, `metadata: data.classes must have labels without control characters, got "\x1b[31mM"`},
		{"a class with a space", set("classes", `[" R","M"]`), nil, `metadata: data.classes must have labels without surrounding spaces, got " R"`},
		{"a class that is empty", set("classes", `["","M"]`), nil, `metadata: data.classes must have labels of at least one character, got ""`},
		{"a class that means no value", set("data", strings.Replace(dataOf(5), `[""]`, `["yes"]`, 1)), nil, `data.missing must not list "yes", which is one of data.classes`},
		{"a name without a header", set("data", strings.Replace(dataOf(5), `"label":1`, `"label":"kind"`, 1)), nil, `metadata: data.label must refer to columns by position if data.header is false, got "kind"`},
		{"three classes for one output", set("classes", `["a","b","c"]`), nil, "one output per class"},
		{"a list too deep", set("layers", deep), nil, "layers cannot be read"},
		{"no layers", set("layers", "[]"), nil, "layers must be two or more"},
		{"a negative size", set("layers", "[4,-3,1]"), nil, "sizes of 1 or more"},
		{"an enormous size", set("layers", "[4,9223372036854775807,1]"), nil, "sizes of 1 or more"},
		{"sizes whose product overflows", set("layers", "[16777216,16777216,16777216,1]"), nil, "at most 2^18 tensors and 2^27 values"},
		{"a fraction of a size", set("layers", "[4,2.5,1]"), nil, "layers cannot be read"},
		{"other layers than the tensors", set("layers", "[4,4,1]"), nil, "tensor 0.bias must be F64 of shape [4], as the metadata say, got F64 of shape [3]"},
		{"another activation", set("activation", "sin"), nil, "activation and output must be known"},
		{"another output", set("output", "linear"), nil, "one sigmoid output"},
		{"another scaling", set("scaling", "minmax"), nil, "scaling must be"},
		{"no scaling, with its tensors", set("scaling", "none"), nil, "the header must list 4 tensors, as its metadata say, got 6"},
		{"no features", featuresOf(), nil, "features: there must be 1 to 2^20 inputs, got 0"},
		{"fewer features than inputs", featuresOf(number), nil, "features must have as many inputs as the first layer, 4, got 1"},
		{"a feature of another kind", featuresOf(`{"position":1,"kind":"text"}`), nil, `metadata: features: column 1 must be of kind number or category, got "text"`},
		{"a number without a median", featuresOf(`{"position":1,"kind":"number"}`), nil, "metadata: features must be written as"},
		{"a number with texts", featuresOf(`{"position":1,"kind":"number","median":0,"texts":["a"]}`), nil, "features: column 1 must have a median if it is of numbers, and texts if not"},
		{"texts with a median", featuresOf(`{"position":1,"kind":"category","median":1,"texts":["a"]}`), nil, "metadata: features must be written as"},
		{"texts in another order", featuresOf(`{"name":"k","position":1,"kind":"category","texts":["b","a"]}`), nil, `features: column "k" must have different texts in the order of code points`},
		{"a text twice", featuresOf(`{"position":1,"kind":"category","texts":["a","a"]}`), nil, "features: column 1 must have different texts"},
		{"too many texts", featuresOf(`{"position":1,"kind":"category","texts":["a"` + strings.Repeat(`,"b"`, features.MaxTexts) + `]}`), nil, "features: column 1 must have at most 10000 different texts, got 10001"},
		{"a median out of range", featuresOf(`{"position":1,"kind":"number","median":1e999}`), nil, "metadata: features cannot be read"},
		{"a position twice", featuresOf(number, number), nil, "features: column 1 must follow column 1 of the raw file"},
		{"a position beyond the file", func(m map[string]string) {
			m["features"] = strings.Replace(m["features"], `"position":5`, `"position":6`, 1)
		}, nil, "the inputs must be the columns that the data section leaves of 5, and are not"},
		{"other columns than the features", set("data", dataOf(4)), nil, `metadata: data must be written as "{\"columns\":5,`},
		{"a position that is none", set("data", strings.Replace(dataOf(5), `"label":1`, `"label":0`, 1)), nil, "metadata: data must be written as"},
		{"data in another form", set("data", `{"columns":5}`), nil, `metadata: data must be written as "{\"columns\":5,\"header\":false,\"label\":\"\",`},
		{"data that are no object", set("data", "60"), nil, `metadata: data cannot be read, got "60"`},
		{"no members", set("members", "0"), nil, "members must be"},
		{"more members than tensors", set("members", "65536"), nil, "at most 2^18 tensors"},
		{"two members for one", set("members", "2"), nil, "the header must list 12 tensors, as its metadata say, got 6"},
		{"an earlier version", set("version", "1"), nil, "is a model of version 1, which this program no longer reads: run `dvc repro`, or train, to write it again"},
		{"a later version", set("version", "3"), nil, `version must be 2, got "3"`},
		{"a key more", set("note", "mine"), nil, `metadata must not have "note"`},
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

// The texts of a model are those that params.yaml and the readers of tables let through.
func TestTextsThatNoTableHasAreRefused(t *testing.T) {
	for _, c := range []struct{ name, key, old, new, want string }{
		{"the label's name", "data", `"label":"outcome"`, `"label":"outcome\n"`, `metadata: data.label must be a column with a name without line ends, or "", got "outcome\n"`},
		{"the id's name", "data", `"id":"3"`, `"id":"\u001b[31m"`, `metadata: data.id must be a column with a name without control characters, or "", got "\x1b[31m"`},
		{"the name of a column that is dropped", "data", `"drop":["remark"]`, `"drop":[" remark"]`, `metadata: data.drop must have columns with a name without surrounding spaces, got " remark"`},
		{"the name of a categorical column", "data", `"categorical":["kind",6]`, `"categorical":["kind\r",6]`, `metadata: data.categorical must have columns with a name without line ends, got "kind\r"`},
		{"a categorical column twice", "data", `"categorical":["kind",6]`, `"categorical":[6,6]`, `metadata: data.categorical must have different columns, got 6 again`},
		{"a missing value", "data", `"NA"`, `"NA "`, `metadata: data.missing must have texts without surrounding spaces, got "NA "`},
		{"a missing value that is a class", "data", `"NA"`, `"yes"`, `metadata: data.missing must not list "yes", which is one of data.classes`},
		{"an input's name with a space", "features", `"name":"m0"`, `"name":"m0 "`, `metadata: column 2 must have a name that a header can hold, got "m0 "`},
		{"an input's name with a NUL", "features", `"name":"m0"`, `"name":"m\u0000"`, `metadata: column 2 must have a name that a header can hold, got "m\x00"`},
		{"an input's name with CR and LF", "features", `"name":"m0"`, `"name":"m\r\n0"`, `metadata: column 2 must have a name that a header can hold, got "m\r\n0"`},
		{"an input's name that is a space", "features", `"name":"m0"`, `"name":" "`, `metadata: column 2 must have a name that a header can hold, got " "`},
		{"a category that is empty", "features", `"A"`, `""`, `metadata: features: column "kind" must have texts that a file can hold, got ""`},
		{"a category that is a space", "features", `"A"`, `"\t"`, `metadata: features: column "kind" must have texts that a file can hold, got "\t"`},
		{"a category with a NUL", "features", `"A"`, `"A\u0000"`, `metadata: features: column "kind" must have texts that a file can hold, got "A\x00"`},
		{"a category with CR and LF", "features", `"A"`, `"A\r\nB"`, `metadata: features: column "kind" must have texts that a file can hold, got "A\r\nB"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			forge := func(metadata map[string]string) {
				if strings.Count(metadata[c.key], c.old) != 1 {
					t.Fatalf("%s is not once in %s", c.old, metadata[c.key])
				}
				metadata[c.key] = strings.Replace(metadata[c.key], c.old, c.new, 1)
			}
			_, err := Decode(bytes.NewReader(seal(t, shapes["a messy table"], forge, nil)))
			if err == nil || err.Error() != c.want {
				t.Errorf("error\n%v, want\n%s", err, c.want)
			}
		})
	}
}

// zeros is an endless file.
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

// The memory of a training is weighed before it begins, and saving its network must not take as much again.
func TestEncodeTakesLittleMemoryBesideTheModel(t *testing.T) {
	m := shape{[]string{"R", "M"}, []int{60, 20_000, 2}, params.ReLU, params.Sigmoid, params.None, 1, nil, bare}.model()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := Encode(io.Discard, m); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 1<<19 {
		t.Errorf("it allocates %d bytes for a network of %d", took, 8*len(m.Members[0].Params))
	}
}

func TestEncodeRefusesWhatDecodeWould(t *testing.T) {
	s := shapes["one output, scaled"]
	for name, spoil := range map[string]func(m *Model){
		"a weight that is NaN": func(m *Model) { m.Members[0].Params[3] = math.NaN() },
		"a divisor of zero":    func(m *Model) { m.Features.Divisor[1] = 0 },
		"no offsets":           func(m *Model) { m.Features.Offset = nil },
		"a column too few":     func(m *Model) { m.Features.Columns = m.Features.Columns[1:] },
		"members of other sizes": func(m *Model) {
			m.Members = append(m.Members, mlp.NewNetwork([]int{4, 2, 1}, s.activation, s.output))
		},
		"one class":             func(m *Model) { m.Data.Classes = m.Data.Classes[:1] },
		"a median that is NaN":  func(m *Model) { m.Features.Columns[0].Median = math.NaN() },
		"a text that is binary": func(m *Model) { m.Data.Missing = []string{"\xff"} },
	} {
		t.Run(name, func(t *testing.T) {
			m := s.model()
			spoil(m)
			var file bytes.Buffer
			if err := Encode(&file, m); err == nil || file.Len() > 0 {
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

// Encode writes whatever was read, and obeys the rules, in the one form that reads back as the same model.
func FuzzDecode(f *testing.F) {
	for _, s := range shapes {
		file := s.file(f)
		f.Add(file)
		f.Add(file[:len(file)/2])
		f.Add(resaved(f, file))
	}
	f.Add([]byte("1234567"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := read(bytes.NewReader(text)) // whatever the hash is, so that more than the hash is tested
		if err != nil {
			return
		}
		var file, again bytes.Buffer
		if err := Encode(&file, got.model); err != nil {
			return
		}
		m, err := Decode(bytes.NewReader(file.Bytes()))
		if err != nil || Encode(&again, m) != nil || !bytes.Equal(file.Bytes(), again.Bytes()) {
			t.Errorf("encoded and decoded it is another model, error %v", err)
		}
	})
}

// resaved is the same model written by a program that ignores the order: the tensors and the keys are in the reverse of ours.
func resaved(t testing.TB, file []byte) []byte {
	t.Helper()
	length := 8 + binary.LittleEndian.Uint64(file)
	entries, metadata, err := parseHeader(file[8:length])
	if err != nil {
		t.Fatal(err)
	}
	names := slices.Sorted(maps.Keys(entries))
	slices.Reverse(names)
	var head, values []byte
	head = fmt.Appendf(head, `{ "__metadata__": %s`, jsonText(metadata))
	for _, name := range names {
		e := entries[name]
		begin := len(values)
		values = append(values, file[length:][e.Offsets[0]:e.Offsets[1]]...)
		head = fmt.Appendf(head, `,%q:{"shape":%s,"dtype":%q,"data_offsets":[%d,%d]}`, name, jsonText(e.Shape), e.Type, begin, len(values))
	}
	head = append(head, '}')
	return slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(head))), head, values)
}

func TestAModelWrittenInAnotherOrderIsTheSame(t *testing.T) {
	for name, s := range shapes {
		t.Run(name, func(t *testing.T) {
			file := resaved(t, s.file(t))
			m, err := Decode(bytes.NewReader(file))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(m, s.model()) {
				t.Error("another model came back")
			}
			file[len(file)-1] ^= 1
			if _, err := Decode(bytes.NewReader(file)); err == nil || !strings.Contains(err.Error(), "altered") {
				t.Errorf("error %v of an altered value", err)
			}
		})
	}
}

func TestAHeaderThatDoesNotAgreeSaysHow(t *testing.T) {
	file := string(shapes["logistic regression"].file(t))
	for _, c := range []struct{ name, old, new, want string }{
		{"a tensor of another name", `"0.bias"`, `"1.bias"`, "the header must list tensor 0.bias"},
		{"another type", `"F64"`, `"F32"`, "tensor 0.bias must be F64 of shape [2], as the metadata say, got F32 of shape [2]"},
		{"another shape", `"shape":[2,3]`, `"shape":[3,2]`, "tensor 0.weight must be F64 of shape [2 3], as the metadata say, got F64 of shape [3 2]"},
		{"a length that is not the shape's", `[0,16]`, `[0,17]`, "tensor 0.bias must take 16 bytes, got data_offsets [0 17]"},
		{"one offset", `[0,16]`, `[  16]`, "tensor 0.bias must take 16 bytes, got data_offsets [16]"},
		{"places that overlap", `[16,64]`, `[15,63]`, "the values of the tensors must follow one another, got data_offsets [15 63] after byte 16"},
		{"a key of another case", `"dtype"`, `"Dtype"`, `must have the keys ["data_offsets" "dtype" "shape"], got ["Dtype" "data_offsets" "shape"]`},
		{"metadata that are no texts", `"version":"2"`, `"version": 2 `, "the metadata must be texts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed := strings.Replace(file, c.old, c.new, 1)
			if changed == file || len(changed) != len(file) {
				t.Fatal("the file does not have what is to be changed")
			}
			if _, err := Decode(strings.NewReader(changed)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

// A header may describe a model of 2^27 values in 300 bytes.
func TestALargeModelThatIsNotThereTakesNoMemory(t *testing.T) {
	for name, about := range map[string]map[string]string{
		"members": {"members": "65536"},
		"layers":  {"layers": "[3,16777216,2]"},
	} {
		t.Run(name, func(t *testing.T) {
			file := seal(t, shapes["logistic regression"], func(m map[string]string) { maps.Copy(m, about) }, nil)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if _, err := Decode(bytes.NewReader(file)); err == nil {
				t.Error("it was taken")
			}
			runtime.ReadMemStats(&after)
			if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 1<<20 {
				t.Errorf("it takes %d bytes", allocated)
			}
		})
	}
}
