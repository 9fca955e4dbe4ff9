package params

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/quick"
)

// defaults are the earlier project's recipe; params.yaml in the root has the same.
var defaults = Params{
	Data: Data{
		Classes: []string{"R", "M"}, Drop: []Column{}, Categorical: []Column{}, Missing: []string{"", "NA"},
	},
	Prepare: Prepare{TestSize: 0.25, RandomState: 42},
	Train: Train{
		Seed: 0, HiddenSizes: []int{40}, Activation: "relu", Output: "sigmoid", Loss: "cross_entropy",
		Optimizer: "adam", LearningRate: 0.01, Momentum: 0.9, WeightDecay: 0, Schedule: "constant",
		Epochs: 80, BatchSize: 0, Scaling: "none", Dropout: 0, InputNoise: 0, LabelSmoothing: 0,
		ClassWeight: "none", Ensemble: 1, Patience: 0, CheckpointEvery: 0,
	},
	Evaluate:      Evaluate{Confidence: 0.95},
	Crossvalidate: Crossvalidate{Splits: 10, Repeats: 10, RandomState: 0},
}

var everySection = []string{SectionData, SectionPrepare, SectionTrain, SectionEvaluate, SectionCrossvalidate}

// What is computed belongs to its params by a sum of their JSON, which must differ if any of them does: so JSON keeps them all.
func TestJSONKeepsAllParams(t *testing.T) {
	whole := func(p Params) bool {
		text, err := json.Marshal(p)
		var again Params
		return err == nil && json.Unmarshal(text, &again) == nil && reflect.DeepEqual(again, p)
	}
	if err := quick.Check(whole, nil); err != nil {
		t.Error(err)
	}
}

func TestCommittedParamsAreTheDefaults(t *testing.T) {
	p, err := Load("../../params.yaml", everySection...)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(*p, defaults) {
		t.Errorf("got %+v, want %+v", *p, defaults)
	}
}

// settings are the defaults in a layout whose line numbers the tests can count on.
const settings = `data:
  classes: [R, M]
  header: false
  label: ''
  id: ''
  group: ''
  drop: []
  categorical: []
  missing: ['', NA]
prepare:
  test_size: 0.25
  random_state: 42
train:
  seed: 0
  hidden_sizes: [40]
  activation: relu
  output: sigmoid
  loss: cross_entropy
  optimizer: adam
  learning_rate: 0.01
  momentum: 0.9
  weight_decay: 0
  schedule: constant
  epochs: 80
  batch_size: 0
  scaling: none
  dropout: 0
  input_noise: 0
  label_smoothing: 0
  class_weight: none
  ensemble: 1
  patience: 0
  checkpoint_every: 0
evaluate:
  confidence: 0.95
crossvalidate:
  splits: 10
  repeats: 10
  random_state: 0
`

// edit replaces the lines of the settings that begin with the same "  KEY:" as the new ones.
func edit(t *testing.T, section string, lines ...string) string {
	t.Helper()
	text := settings
	for _, line := range lines {
		key, _, _ := strings.Cut(line, ":")
		at := strings.Index(text, section+":\n")
		start := strings.Index(text[max(at, 0):], "  "+key+":") + at
		if at < 0 || start < at {
			t.Fatalf("no %s.%s in the settings", section, key)
		}
		end := start + strings.Index(text[start:], "\n") + 1
		text = text[:start] + "  " + line + "\n" + text[end:]
	}
	return text
}

func readText(text string, sections ...string) (*Params, error) {
	return Read(strings.NewReader(text), "params.yaml", sections...)
}

func TestValuesThatAreGood(t *testing.T) {
	for _, c := range []struct {
		section, line string
		want          func(*Params)
	}{
		{"data", "classes: [0, 1, 2]", func(p *Params) { p.Data.Classes = []string{"0", "1", "2"} }},
		{"data", "classes: ['sea bass', \"é\"]", func(p *Params) { p.Data.Classes = []string{"sea bass", "é"} }},
		{"data", "classes:\n    - R\n    - M", func(*Params) {}},
		{"data", "header: true", func(p *Params) { p.Data.Header = true }},
		{"data", "label: 5", func(p *Params) { p.Data.Label = Column{Position: 5} }},
		{"data", "label: \"\"", func(*Params) {}},
		{"data", "id: 1048576", func(p *Params) { p.Data.ID = Column{Position: 1 << 20} }},
		{"data", "group: 1", func(p *Params) { p.Data.Group = Column{Position: 1} }},
		{"data", "drop: [2, 1]", func(p *Params) { p.Data.Drop = []Column{{Position: 2}, {Position: 1}} }},
		{"data", "categorical:\n  - 7", func(p *Params) { p.Data.Categorical = []Column{{Position: 7}} }},
		{"data", "missing: []", func(p *Params) { p.Data.Missing = []string{} }},
		{"data", "missing: ['?', '', N/A, -1, 'True', .]", func(p *Params) { p.Data.Missing = []string{"?", "", "N/A", "-1", "True", "."} }},
		{"prepare", "test_size: 1e-05", func(p *Params) { p.Prepare.TestSize = 1e-5 }},
		{"prepare", "test_size: .5", func(p *Params) { p.Prepare.TestSize = 0.5 }},
		{"prepare", "random_state: 4294967295", func(p *Params) { p.Prepare.RandomState = 4294967295 }},
		{"train", "hidden_sizes: []", func(p *Params) { p.Train.HiddenSizes = []int{} }},
		{"train", "hidden_sizes:\n    - 100\n    - 50", func(p *Params) { p.Train.HiddenSizes = []int{100, 50} }},
		{"train", "activation: tanh", func(p *Params) { p.Train.Activation = Tanh }},
		{"train", "activation: gelu", func(p *Params) { p.Train.Activation = GELU }},
		{"train", "activation: logistic", func(p *Params) { p.Train.Activation = Logistic }},
		{"train", "activation: 'relu'", func(*Params) {}},
		{"train", "output: linear", func(p *Params) { p.Train.Output = Linear }},
		{"train", "loss: binary_cross_entropy", func(p *Params) { p.Train.Loss = BinaryCrossEntropy }},
		{"train", "optimizer: adamw", func(p *Params) { p.Train.Optimizer = AdamW }},
		{"train", "optimizer: sgd", func(p *Params) { p.Train.Optimizer = SGD }},
		{"train", "learning_rate: 1", func(p *Params) { p.Train.LearningRate = 1 }},
		{"train", "momentum: 0", func(p *Params) { p.Train.Momentum = 0 }},
		{"train", "weight_decay: 1e-4", func(p *Params) { p.Train.WeightDecay = 1e-4 }},
		{"train", "schedule: cosine", func(p *Params) { p.Train.Schedule = Cosine }},
		{"train", "scaling: standard", func(p *Params) { p.Train.Scaling = Standard }},
		{"train", "scaling: variance", func(p *Params) { p.Train.Scaling = Variance }},
		{"train", "dropout: 0.5", func(p *Params) { p.Train.Dropout = 0.5 }},
		{"train", "input_noise: 2.5", func(p *Params) { p.Train.InputNoise = 2.5 }},
		{"train", "label_smoothing: 0.1", func(p *Params) { p.Train.LabelSmoothing = 0.1 }},
		{"train", "class_weight: balanced", func(p *Params) { p.Train.ClassWeight = Balanced }},
		{"train", "ensemble: 5", func(p *Params) { p.Train.Ensemble = 5 }},
		{"train", "patience: 20", func(p *Params) { p.Train.Patience = 20 }},
		{"train", "checkpoint_every: 200", func(p *Params) { p.Train.CheckpointEvery = 200 }},
		{"evaluate", "confidence: 0.99", func(p *Params) { p.Evaluate.Confidence = 0.99 }},
		{"crossvalidate", "splits: 2", func(p *Params) { p.Crossvalidate.Splits = 2 }},
		{"crossvalidate", "repeats: 1", func(p *Params) { p.Crossvalidate.Repeats = 1 }},
	} {
		t.Run(c.section+" "+c.line, func(t *testing.T) {
			want := defaults
			c.want(&want)
			got, err := readText(edit(t, c.section, c.line), everySection...)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(*got, want) {
				t.Errorf("got %+v, want %+v", *got, want)
			}
		})
	}
}

// badValues are lines in place of a good one, each with its error.
var badValues = []struct{ section, line, want string }{
	{"data", "classes: R", `params.yaml:2: data.classes must be a list of 2 to 65536 labels, got "R"`},
	{"data", "classes: [R]", `params.yaml:2: data.classes must be a list of 2 to 65536 labels, got a list of 1`},
	{"data", "classes: [R, M, R]", `params.yaml:2: data.classes must have different labels, got "R" again (first on line 2)`},
	{"data", "classes: [R, '']", `params.yaml:2: data.classes must have labels of at least one character, got ""`},
	{"data", "classes: [R, ' M']", `params.yaml:2: data.classes must have labels without surrounding spaces, got " M"`},
	{"data", "classes: [R, ~]", `params.yaml:2: data.classes must hold only what DVC keeps as written, got ~: write it in quotes`},
	{"data", "classes: [R, ]", `params.yaml:2: data.classes must be a list of 2 to 65536 labels, got a list of 1`},
	{"data", "classes:\n  - R\n  -", `params.yaml:4: data.classes must have labels written as a word or in quotes, got nothing`},
	{"data", "classes:\n  - R\n  - \"two\\nlines\"", `params.yaml:4: data.classes must have labels without line ends, got "two\nlines"`},
	{"data", "classes: [\"a\\u2028b\", R]", `params.yaml:2: data.classes must have labels without line ends, got "a\u2028b"`},
	{"data", "classes:\n  - R\n  - True", `params.yaml:4: data.classes must hold only what DVC keeps as written, got True: write it in quotes`},
	{"data", "classes: [-1, +1]", `params.yaml:2: data.classes must hold only what DVC keeps as written, got +1: write it in quotes`},
	{"data", "classes: [R, '${M}']", `params.yaml:2: data.classes must hold only what DVC keeps as written, got "${M}", which it takes for a variable`},
	{"data", "classes: [R, '???']", `params.yaml:2: data.classes must hold only what DVC keeps as written, got "???", which it takes for a value yet to be set`},
	{"data", "classes: [R, !!str M]", `params.yaml:2: data.classes must be without a tag, got "!!str M"`},
	{"data", "classes: [R, [M]]", `params.yaml:2: data.classes must have labels written as a word or in quotes, got ["M"]`},
	{"data", "classes: {R: M}", `params.yaml:2: data.classes must be a list of 2 to 65536 labels, got a mapping`},
	{"data", "classes: [a, b, c, d, a]", `params.yaml:2: data.classes must have different labels, got "a" again (first on line 2)`},
	{"data", "header: 1", `params.yaml:3: data.header must be true or false, got 1`},
	{"data", "header: 'true'", `params.yaml:3: data.header must be true or false, got "true"`},
	{"data", "label:", `params.yaml:4: data.label must be a column with a position in the range [1, 1048576], or a name, in quotes if it looks like a number, or "", got nothing`},
	{"data", "label: 0", `params.yaml:4: data.label must be a column with a position in the range [1, 1048576], or a name, in quotes if it looks like a number, or "", got 0`},
	{"data", "label: -1", `params.yaml:4: data.label must be a column with a position in the range [1, 1048576], or a name, in quotes if it looks like a number, or "", got -1`},
	{"data", "label: 1.0", `params.yaml:4: data.label must be a column with a position in the range [1, 1048576], or a name, in quotes if it looks like a number, or "", got 1.0`},
	{"data", "label: 1e3", `params.yaml:4: data.label must be a column with a position in the range [1, 1048576], or a name, in quotes if it looks like a number, or "", got 1e3`},
	{"data", "label: 007", `params.yaml:4: data.label must be a column with a position in the range [1, 1048576], or a name, in quotes if it looks like a number, or "", got 007`},
	{"data", "label: 1048577", `params.yaml:4: data.label must be a column with a position in the range [1, 1048576], or a name, in quotes if it looks like a number, or "", got 1048577`},
	{"data", "label: [kind]", `params.yaml:4: data.label must be a column with a position in the range [1, 1048576], or a name, in quotes if it looks like a number, or "", got ["kind"]`},
	{"data", "label: ' '", `params.yaml:4: data.label must be a column with a name without surrounding spaces, or "", got " "`},
	{"data", "label: kind", `params.yaml:4: data.label must refer to columns by position if data.header is false, got "kind"`},
	{"data", "label: '3'", `params.yaml:4: data.label must refer to columns by position if data.header is false, got "3"`},
	{"data", "label: 2024-01-01", `params.yaml:4: data.label must hold only what DVC keeps as written, got 2024-01-01: write it in quotes`},
	{"data", "id: {a: b}", `params.yaml:5: data.id must be a column with a position in the range [1, 1048576], or a name, in quotes if it looks like a number, or "", got a mapping`},
	{"data", "id: kind", `params.yaml:5: data.id must refer to columns by position if data.header is false, got "kind"`},
	{"data", "group: 0", `params.yaml:6: data.group must be a column with a position in the range [1, 1048576], or a name, in quotes if it looks like a number, or "", got 0`},
	{"data", "group: kind", `params.yaml:6: data.group must refer to columns by position if data.header is false, got "kind"`},
	{"data", "drop: 3", `params.yaml:7: data.drop must be a list of 0 to 1048576 columns, got 3`},
	{"data", "drop: ''", `params.yaml:7: data.drop must be a list of 0 to 1048576 columns, got ""`},
	{"data", "drop: [3, 3]", `params.yaml:7: data.drop must have different columns, got 3 again (first on line 7)`},
	{"data", "drop: ['']", `params.yaml:7: data.drop must have columns with a name of at least one character, got ""`},
	{"data", "drop: [[1]]", `params.yaml:7: data.drop must have columns with a position in the range [1, 1048576], or a name, in quotes if it looks like a number, got [1]`},
	{"data", "drop: [1, a]", `params.yaml:7: data.drop must refer to columns by position if data.header is false, got "a"`},
	{"data", "categorical: [0]", `params.yaml:8: data.categorical must have columns with a position in the range [1, 1048576], or a name, in quotes if it looks like a number, got 0`},
	{"data", "categorical: [a]", `params.yaml:8: data.categorical must refer to columns by position if data.header is false, got "a"`},
	{"data", "missing: NA", `params.yaml:9: data.missing must be a list of 0 to 65536 texts, got "NA"`},
	{"data", "missing: [NA, 'NA']", `params.yaml:9: data.missing must have different texts, got "NA" again (first on line 9)`},
	{"data", "missing: [' ']", `params.yaml:9: data.missing must have texts without surrounding spaces, got " "`},
	{"data", "missing: [null]", `params.yaml:9: data.missing must hold only what DVC keeps as written, got null: write it in quotes`},
	{"data", "missing:\n  -", `params.yaml:10: data.missing must have texts written as a word or in quotes, got nothing`},

	{"prepare", "test_size: 0", `params.yaml:11: prepare.test_size must be a float in the range (0, 1), got 0`},
	{"prepare", "test_size: 1", `params.yaml:11: prepare.test_size must be a float in the range (0, 1), got 1`},
	{"prepare", "test_size: 52", `params.yaml:11: prepare.test_size must be a float in the range (0, 1), got 52`},
	{"prepare", "test_size: -0.25", `params.yaml:11: prepare.test_size must be a float in the range (0, 1), got -0.25`},
	{"prepare", "test_size: 25%", `params.yaml:11: prepare.test_size must be a float in the range (0, 1), got "25%"`},
	{"prepare", "test_size: '0.25'", `params.yaml:11: prepare.test_size must be a float in the range (0, 1), got "0.25"`},
	{"prepare", "test_size: .nan", `params.yaml:11: prepare.test_size must be a float in the range (0, 1), got .nan`},
	{"prepare", "test_size: .inf", `params.yaml:11: prepare.test_size must be a float in the range (0, 1), got .inf`},
	{"prepare", "test_size: 0x1p-2", `params.yaml:11: prepare.test_size must be a float in the range (0, 1), got "0x1p-2"`},
	{"prepare", "test_size: true", `params.yaml:11: prepare.test_size must be a float in the range (0, 1), got true`},
	{"prepare", "test_size: [0.25]", `params.yaml:11: prepare.test_size must be a float in the range (0, 1), got [0.25]`},
	{"prepare", "test_size: &share 0.25\n  random_state: *share", `params.yaml:12: prepare.random_state must be an int in the range [0, 4294967295], got an alias`},
	{"prepare", "random_state: -1", `params.yaml:12: prepare.random_state must be an int in the range [0, 4294967295], got -1`},
	{"prepare", "random_state: 4294967296", `params.yaml:12: prepare.random_state must be an int in the range [0, 4294967295], got 4294967296`},
	{"prepare", "random_state: 99999999999999999999", `params.yaml:12: prepare.random_state must be an int in the range [0, 4294967295], got 99999999999999999999`},
	{"prepare", "random_state: 42.0", `params.yaml:12: prepare.random_state must be an int in the range [0, 4294967295], got 42.0`},
	{"prepare", "random_state: 010", `params.yaml:12: prepare.random_state must be an int in the range [0, 4294967295], got 010`},
	{"prepare", "random_state: 0x10", `params.yaml:12: prepare.random_state must be an int in the range [0, 4294967295], got 0x10`},
	{"prepare", "random_state: 1_000", `params.yaml:12: prepare.random_state must be an int in the range [0, 4294967295], got 1_000`},
	{"prepare", "random_state: none", `params.yaml:12: prepare.random_state must be an int in the range [0, 4294967295], got "none"`},

	{"train", "seed: -1", `params.yaml:14: train.seed must be an int in the range [0, 4294967295], got -1`},
	{"train", "hidden_sizes: 40", `params.yaml:15: train.hidden_sizes must be a list of 0 to 64 ints, got 40`},
	{"train", "hidden_sizes: [40, 0]", `params.yaml:15: train.hidden_sizes must have ints in the range [1, 65536], got 0`},
	{"train", "hidden_sizes: [65537]", `params.yaml:15: train.hidden_sizes must have ints in the range [1, 65536], got 65537`},
	{"train", "hidden_sizes: [40.5]", `params.yaml:15: train.hidden_sizes must have ints in the range [1, 65536], got 40.5`},
	{"train", "seed: !x \"\\e[31mRED\"", `params.yaml:14: train.seed must be without a tag, got "!x \x1b[31mRED"`},
	{"train", "seed: \"\\u202eRED\"", `params.yaml:14: train.seed must be an int in the range [0, 4294967295], got "\u202eRED"`},
	{"train", "activation: ReLU", `params.yaml:16: train.activation must be relu, tanh, gelu or logistic, got "ReLU"`},
	{"train", "output: softmax", `params.yaml:17: train.output must be sigmoid or linear, got "softmax"`},
	{"train", "loss: mse", `params.yaml:18: train.loss must be cross_entropy or binary_cross_entropy, got "mse"`},
	{"train", "optimizer: lbfgs", `params.yaml:19: train.optimizer must be adam, adamw or sgd, got "lbfgs"`},
	{"train", "learning_rate: 0", `params.yaml:20: train.learning_rate must be a float in the range (0, inf), got 0`},
	{"train", "learning_rate: .inf", `params.yaml:20: train.learning_rate must be a float in the range (0, inf), got .inf`},
	{"train", "learning_rate: 1e999", `params.yaml:20: train.learning_rate must be a float in the range (0, inf), got "1e999"`},
	{"train", "learning_rate:", `params.yaml:20: train.learning_rate must be a float in the range (0, inf), got nothing`},
	{"train", "momentum: 1", `params.yaml:21: train.momentum must be a float in the range [0, 1), got 1`},
	{"train", "weight_decay: -0.1", `params.yaml:22: train.weight_decay must be a float in the range [0, inf), got -0.1`},
	{"train", "schedule: step", `params.yaml:23: train.schedule must be constant or cosine, got "step"`},
	{"train", "epochs: 0", `params.yaml:24: train.epochs must be an int of 1 or more, got 0`},
	{"train", "epochs: 2147483648", `params.yaml:24: train.epochs must be an int of 1 or more, got 2147483648`},
	{"train", "batch_size: -1", `params.yaml:25: train.batch_size must be an int of 0 or more, got -1`},
	{"train", "scaling: minmax", `params.yaml:26: train.scaling must be none, standard or variance, got "minmax"`},
	{"train", "scaling: ~", `params.yaml:26: train.scaling must be none, standard or variance, got ~`},
	{"train", "dropout: 1", `params.yaml:27: train.dropout must be a float in the range [0, 1), got 1`},
	{"train", "input_noise: -1", `params.yaml:28: train.input_noise must be a float in the range [0, inf), got -1`},
	{"train", "label_smoothing: 1", `params.yaml:29: train.label_smoothing must be a float in the range [0, 1), got 1`},
	{"train", "class_weight: inverse", `params.yaml:30: train.class_weight must be none or balanced, got "inverse"`},
	{"train", "ensemble: 0", `params.yaml:31: train.ensemble must be an int in the range [1, 65536], got 0`},
	{"train", "patience: -1", `params.yaml:32: train.patience must be an int of 0 or more, got -1`},
	{"train", "checkpoint_every: -1", `params.yaml:33: train.checkpoint_every must be an int of 0 or more, got -1`},

	{"evaluate", "confidence: 95", `params.yaml:35: evaluate.confidence must be a float in the range (0, 1), got 95`},
	{"crossvalidate", "splits: 1", `params.yaml:37: crossvalidate.splits must be an int in the range [2, 65536], got 1`},
	{"crossvalidate", "repeats: 0", `params.yaml:38: crossvalidate.repeats must be an int in the range [1, 65536], got 0`},
	{"crossvalidate", "random_state: -1", `params.yaml:39: crossvalidate.random_state must be an int in the range [0, 4294967295], got -1`},
}

func TestValuesThatAreBad(t *testing.T) {
	tried := map[string]bool{}
	for _, c := range badValues {
		t.Run(c.section+" "+c.line, func(t *testing.T) {
			checkRefused(t, edit(t, c.section, c.line), c.want)
		})
		key, _, _ := strings.Cut(c.line, ":")
		tried[c.section+"."+key] = true
	}
	for _, k := range keys {
		if !tried[k.name] {
			t.Errorf("no bad value of %s is tried", k.name)
		}
	}
}

func TestAFaultyItemOfAListIsNamed(t *testing.T) {
	var twelve string
	for i := range 11 {
		twelve += "\n    - k" + strconv.Itoa(i)
	}
	long := strings.Repeat("k", 60)
	for _, c := range []struct{ name, section, line, want string }{
		{"the last of twelve is there before", "data", "classes:" + twelve + "\n    - k3", `params.yaml:14: data.classes must have different labels, got "k3" again (first on line 6)`},
		{"the last of twelve ends in a space", "data", "classes:" + twelve + "\n    - 'k11 '", `params.yaml:14: data.classes must have labels without surrounding spaces, got "k11 "`},
		{"the last of twelve has a line end", "data", "classes:" + twelve + "\n    - \"k\\n11\"", `params.yaml:14: data.classes must have labels without line ends, got "k\n11"`},
		{"the last of twelve ends in a line end", "data", "classes:" + twelve + "\n    - \"k11\\r\"", `params.yaml:14: data.classes must have labels without line ends, got "k11\r"`},
		{"the last of twelve is empty", "data", "classes:" + twelve + "\n    - ''", `params.yaml:14: data.classes must have labels of at least one character, got ""`},
		{"an escape", "data", "classes: [R, \"\\e[31mM\"]", `params.yaml:2: data.classes must have labels without control characters, got "\x1b[31mM"`},
		{"a zero byte", "data", "missing: [\"\\0\"]", `params.yaml:9: data.missing must have texts without control characters, got "\x00"`},
		{"an alias", "data", "classes: [&r R, *r]", `params.yaml:2: data.classes must have labels written as a word or in quotes, got an alias`},
		{"a flow list of several lines", "data", "classes: [R,\n    M,\n    R]", `params.yaml:4: data.classes must have different labels, got "R" again (first on line 2)`},
		{"a long text again", "data", "classes: [" + long + ",\n    '" + long + "']", `params.yaml:3: data.classes must have different labels, got "` + long[:40] + `" again (first on line 2)`},
		{"a tag", "data", "drop:\n  - 1\n  - !!int 2", `params.yaml:9: data.drop must be without a tag, got "!!int 2"`},
		{"a column by position twice", "data", "drop:\n  - 1\n  - 1", `params.yaml:9: data.drop must have different columns, got 1 again (first on line 8)`},
		{"a column with spaces", "data", "categorical:\n  - ' a'", `params.yaml:9: data.categorical must have columns with a name without surrounding spaces, got " a"`},
		{"a column that is a float", "data", "categorical:\n  - 1\n  - 2.0", `params.yaml:10: data.categorical must have columns with a position in the range [1, 1048576], or a name, in quotes if it looks like a number, got 2.0`},
		{"a name without a header", "data", "categorical:\n  - 1\n  - a", `params.yaml:10: data.categorical must refer to columns by position if data.header is false, got "a"`},
		{"a missing value again", "data", "missing:\n  - NA\n  - ''\n  - 'NA'", `params.yaml:12: data.missing must have different texts, got "NA" again (first on line 10)`},
		{"a size out of range", "train", "hidden_sizes:\n  - 40\n  - 40\n  - 0", `params.yaml:18: train.hidden_sizes must have ints in the range [1, 65536], got 0`},
		{"too many sizes", "train", "hidden_sizes: [1" + strings.Repeat(", 1", maxLayers) + "]", `params.yaml:15: train.hidden_sizes must be a list of 0 to 64 ints, got a list of 65`},
	} {
		t.Run(c.name, func(t *testing.T) { checkRefused(t, edit(t, c.section, c.line), c.want) })
	}
}

func TestDataFromAnotherFileObeysTheSameRules(t *testing.T) {
	good := Data{
		Classes: []string{"1", "+1", "True", "sea bass"}, Header: true, Label: Column{Name: "3"}, ID: Column{Position: 1},
		Drop: []Column{{Name: "a"}, {Position: 7}}, Categorical: []Column{{Name: "true"}}, Missing: []string{"", "~"},
	}
	if err := good.Check(); err != nil {
		t.Errorf("good data: %v", err)
	}
	for _, c := range []struct {
		name  string
		spoil func(*Data)
		want  string
	}{
		{"one class", func(d *Data) { d.Classes = d.Classes[:1] }, `data.classes must be a list of 2 to 65536 labels, got a list of 1`},
		{"a class twice", func(d *Data) { d.Classes[1] = "1" }, `data.classes must have different labels, got "1" again`},
		{"a class with a line end", func(d *Data) { d.Classes[1] = "R\n" }, `data.classes must have labels without line ends, got "R\n"`},
		{"a class with an escape", func(d *Data) { d.Classes[1] = "\x1b[31mR" }, `data.classes must have labels without control characters, got "\x1b[31mR"`},
		{"a class with a space", func(d *Data) { d.Classes[1] = " R" }, `data.classes must have labels without surrounding spaces, got " R"`},
		{"a class that DVC takes for a variable", func(d *Data) { d.Classes[1] = "${R}" }, `data.classes must hold only what DVC keeps as written, got "${R}", which it takes for a variable`},
		{"a label's name with a line end", func(d *Data) { d.Label.Name = "a\nb" }, `data.label must be a column with a name without line ends, or "", got "a\nb"`},
		{"an id's position out of range", func(d *Data) { d.ID.Position = maxPosition + 1 }, `data.id must be a column with a position in the range [1, 1048576], or a name, in quotes if it looks like a number, or "", got 1048577`},
		{"a column dropped twice", func(d *Data) { d.Drop[0] = d.Drop[1] }, `data.drop must have different columns, got 7 again`},
		{"a categorical column that is none", func(d *Data) { d.Categorical[0] = Column{} }, `data.categorical must have columns with a name of at least one character, got ""`},
		{"a missing value with a space", func(d *Data) { d.Missing[1] = "NA " }, `data.missing must have texts without surrounding spaces, got "NA "`},
		{"a name without a header", func(d *Data) { d.Header = false }, `data.label must refer to columns by position if data.header is false, got "3"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := good
			bad.Classes, bad.Drop, bad.Categorical, bad.Missing = slices.Clone(good.Classes), slices.Clone(good.Drop), slices.Clone(good.Categorical), slices.Clone(good.Missing)
			c.spoil(&bad)
			if err := bad.Check(); err == nil || err.Error() != c.want {
				t.Errorf("got error %v, want %s", err, c.want)
			}
		})
	}
}

func checkRefused(t *testing.T, text, want string) {
	t.Helper()
	p, err := readText(text, everySection...)
	if err == nil || err.Error() != want {
		t.Errorf("got %+v, error\n%v, want\n%s", p, err, want)
	}
}

func TestFilesThatAreBad(t *testing.T) {
	change := func(old, new string) string {
		if strings.Count(settings, old) != 1 {
			t.Fatalf("%q is not once in the settings", old)
		}
		return strings.Replace(settings, old, new, 1)
	}
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", `params.yaml: must hold params, is empty`},
		{"only a comment", "# nothing yet\n", `params.yaml: must hold params, is empty`},
		{"only a document's start", "---\n", `params.yaml:2: must be a mapping of sections, got nothing`},
		{"a list", "- data\n", `params.yaml:1: must be a mapping of sections, got ["data"]`},
		{"a text", "data", `params.yaml:1: must be a mapping of sections, got "data"`},
		{"two documents", settings + "---\n" + settings, `params.yaml:40: must be one YAML document, got a second`},
		{"a second document that is no YAML", settings + "---\n\"", `params.yaml:41: not YAML: found unexpected end of stream`},
		{"an unknown anchor", change("  seed: 0\n", "  seed: *zero\n"), `params.yaml:14: not YAML: unknown anchor 'zero' referenced`},
		{"an unknown anchor in a list", "# *zero\ndata: \"*zero\"\ntrain:\n  [1,\n  *zero,\n  2]\n", `params.yaml:5: not YAML: unknown anchor 'zero' referenced`},
		{"a quote that is not closed", "data: \"\n", `params.yaml:1: not YAML: found unexpected end of stream`},
		{"JSON cut short", `{"data": {`, `params.yaml:1: not YAML: did not find expected node content`},
		{"a tab", change("  test_size", "\ttest_size"), `params.yaml:11: not YAML: found character that cannot start any token`},
		{"binary", "\x00\x01\x02", `params.yaml:1: must hold no control characters, got U+0000`},
		{"a control character", change("cross_entropy", "\x1b[31mcross_entropy"), `params.yaml:18: must hold no control characters, got U+001B`},
		{"a control character of Latin-1", change("cross_entropy", "\u009b31m"), `params.yaml:18: must hold no control characters, got U+009B`},
		{"a byte order mark in the midst", change("cross_entropy", "\ufeff"), `params.yaml:18: must hold no control characters, got U+FEFF`},
		{"not UTF-8", "# one\ndata: \xff\n", `params.yaml:2: must be UTF-8, got the byte 0xff`},
		{"UTF-16", "\xff\xfed\x00", `params.yaml:1: must be UTF-8, got the byte 0xff`},
		{"a tag with line ends", "\"!!!!!da a\n\n  classes:t\"", `params.yaml:1: must be a mapping of sections, got "!!!!!da a\nclasses:t"`},
		{"a tag with control characters", "!a%1B%E2%80%AE []", `params.yaml:1: must be a mapping of sections, got "!a\x1b\u202e "`},
		{"a list that is not closed", change("missing: ['', NA]", "missing: ['', NA"), `params.yaml:9: not YAML: did not find expected ',' or ']'`},
		{"a line that is no key", change("  header: false\n", "  header: false\n - 1\n"), `params.yaml:4: not YAML: did not find expected key`},
		{"nested too deep", strings.Repeat("[", 20_000), `params.yaml:1: not YAML: exceeded max depth of 10000`},
		{"too long", strings.Repeat("#", maxSize+1), `params.yaml: must be at most 1048576 bytes long`},
		{"an unknown section", settings + "deploy:\n  host: here\n", `params.yaml:40: unknown section "deploy"`},
		{"a misspelt section", change("prepare:\n", "perpare:\n"), `params.yaml:10: unknown section "perpare"`},
		{"a section twice", settings + "data:\n  classes: [R, M]\n", `params.yaml:40: section data appears twice`},
		{"a section missing", change("evaluate:\n  confidence: 0.95\n", ""), `params.yaml: section evaluate is missing`},
		{"a section without keys", change("evaluate:\n  confidence: 0.95\n", "evaluate:\n"), `params.yaml:34: evaluate must be a mapping of keys, got nothing`},
		{"a section that is a list", change("evaluate:\n  confidence: 0.95\n", "evaluate: [0.95]\n"), `params.yaml:34: evaluate must be a mapping of keys, got [0.95]`},
		{"a key missing", change("  seed: 0\n", ""), `params.yaml:13: train.seed is missing`},
		{"a key misspelt", change("learning_rate", "lerning_rate"), `params.yaml:20: unknown key "train.lerning_rate"`},
		{"a key twice", change("  seed: 0\n", "  seed: 0\n  seed: 1\n"), `params.yaml:15: train.seed appears twice`},
		{"a key of another section", change("  seed: 0\n", "  seed: 0\n  test_size: 0.5\n"), `params.yaml:15: unknown key "train.test_size"`},
		{"a key that is a list", change("  seed: 0\n", "  ? [seed]\n  : 0\n"), `params.yaml:14: unknown key "train."`},
		{"a merge", change("  seed: 0\n", "  <<: {seed: 0}\n"), `params.yaml:14: unknown key "train.<<"`},
		{"binary cross-entropy of linear outputs", strings.Replace(change("loss: cross_entropy", "loss: binary_cross_entropy"), "output: sigmoid", "output: linear", 1),
			`params.yaml:18: train.loss binary_cross_entropy needs train.output sigmoid, got linear`},
		{"binary cross-entropy of three classes", strings.Replace(change("loss: cross_entropy", "loss: binary_cross_entropy"), "[R, M]", "[R, M, F]", 1),
			`params.yaml:18: train.loss binary_cross_entropy needs two data.classes, got 3`},
	} {
		t.Run(c.name, func(t *testing.T) { checkRefused(t, c.text, c.want) })
	}
}

func TestOnlyTheSectionsNamedAreChecked(t *testing.T) {
	p, err := readText("train: whatever\nevaluate:\n"+settings[:strings.Index(settings, "prepare:")], SectionData)
	if err != nil || len(p.Data.Classes) != 2 {
		t.Errorf("got %+v, %v", p, err)
	}
}

func TestLoadNamesAFileThatCannotBeRead(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct {
		name, path string
		want       error
	}{{"missing", filepath.Join(folder, "params.yaml"), fs.ErrNotExist}, {"a folder", folder, nil}} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(c.path, SectionData)
			if err == nil || !strings.Contains(err.Error(), c.path) || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("got error %v", err)
			}
		})
	}
}

func TestOlderFilesHaveDefaults(t *testing.T) {
	var older []string
	for line := range strings.Lines(settings) {
		if key, _, _ := strings.Cut(strings.TrimSpace(line), ":"); !slices.Contains([]string{
			"header", "label", "id", "group", "drop", "categorical", "missing", "class_weight"}, key) {
			older = append(older, line)
		}
	}
	p, err := readOlder(strings.Join(older, ""))
	if err != nil || !reflect.DeepEqual(*p, defaults) {
		t.Errorf("got %+v, %v, want %+v", p, err, defaults)
	}
	_, err = readOlder(strings.Replace(settings, "  seed: 0\n", "", 1))
	if want := "older:13: train.seed is missing"; err == nil || err.Error() != want {
		t.Errorf("without a key that was always there: got error %v, want %s", err, want)
	}
}

func TestOlderFilesMaySpellTextsAsTheyDid(t *testing.T) {
	for _, c := range []struct {
		name string
		text string
		want func(*Params)
	}{
		{"labels without quotes", edit(t, "data", "classes: [True, +1]"), func(p *Params) { p.Data.Classes = []string{"True", "+1"} }},
		{"a position in quotes", edit(t, "data", "label: '3'"), func(p *Params) { p.Data.Label = Column{Position: 3} }},
		{"a number as a name", edit(t, "data", "header: true", "label: '3'"), func(p *Params) { p.Data.Header, p.Data.Label = true, Column{Name: "3"} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := defaults
			c.want(&want)
			if p, err := readOlder(c.text); err != nil || !reflect.DeepEqual(*p, want) {
				t.Errorf("got %+v, %v, want %+v", p, err, want)
			}
			if p, err := readText(c.text, everySection...); err == nil && !want.Data.Header {
				t.Errorf("a file of today is taken: %+v", p)
			}
		})
	}
}

func TestColumnsAreNamesOrPositions(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		want  func(*Params)
	}{
		{"names", []string{"label: kind", "id: 'row id'", "group: site", "drop: [a, '3']", "categorical: [true, yes]"}, func(p *Params) {
			p.Data.Label, p.Data.ID, p.Data.Group = Column{Name: "kind"}, Column{Name: "row id"}, Column{Name: "site"}
			p.Data.Drop, p.Data.Categorical = []Column{{Name: "a"}, {Name: "3"}}, []Column{{Name: "true"}, {Name: "yes"}}
		}},
		{"a number in quotes and a position", []string{"label: '3'", "id: 3"}, func(p *Params) {
			p.Data.Label, p.Data.ID = Column{Name: "3"}, Column{Position: 3}
		}},
		{"what only looks like a number", []string{"label: 1:30", "id: 1.0.0", "group: .5e3"}, func(p *Params) {
			p.Data.Label, p.Data.ID, p.Data.Group = Column{Name: "1:30"}, Column{Name: "1.0.0"}, Column{Name: ".5e3"}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := defaults
			want.Data.Header = true
			c.want(&want)
			got, err := readText(edit(t, "data", append(c.lines, "header: true")...), everySection...)
			if err != nil || !reflect.DeepEqual(*got, want) {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
		})
	}
}

func TestColumnsAreShownAsTheyAreWritten(t *testing.T) {
	for _, c := range []struct {
		column Column
		want   string
	}{
		{Column{}, ""}, {Column{Name: "kind"}, "kind"}, {Column{Name: "3"}, `"3"`}, {Column{Position: 3}, "3"},
	} {
		if got := c.column.String(); got != c.want || c.column.IsNone() != (c.want == "") {
			t.Errorf("%#v is shown as %s, want %s", c.column, got, c.want)
		}
	}
}

func readOlder(text string) (*Params, error) {
	return ReadOlder(strings.NewReader(text), "older", everySection...)
}

func FuzzReadReturnsParamsOrOneLine(f *testing.F) {
	f.Add(settings)
	committed, err := os.ReadFile("../../params.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(committed))
	for _, c := range badValues {
		f.Add(strings.Replace(settings, "  seed: 0", "  "+c.line, 1))
	}
	f.Add("\"!!!!!da a\n\n  classes:t\"")
	f.Add("data: &a [*a, *b]\n---\n!<%1B> {}\n")
	f.Add(strings.Replace(settings, "[R, M]", "[\"\\e\", \"\\u202e\", '${a}', !x 1]", 1))
	f.Fuzz(func(t *testing.T, text string) {
		p, err := readText(text, everySection...)
		older, errOlder := readOlder(text)
		for _, err := range []error{err, errOlder} {
			if err != nil && strings.ContainsFunc(err.Error(), func(r rune) bool { return !strconv.IsPrint(r) }) {
				t.Errorf("error %q", err)
			}
		}
		if err != nil {
			if !strings.HasPrefix(err.Error(), "params.yaml:") || len(err.Error()) > 600 {
				t.Errorf("error %q", err)
			}
			return
		}
		if errOlder != nil || !reflect.DeepEqual(p, older) {
			t.Errorf("as an older file: %+v, %v, want %+v", older, errOlder, p)
		}
		if len(p.Data.Classes) < 2 || !(p.Prepare.TestSize > 0 && p.Prepare.TestSize < 1) || !(p.Train.LearningRate > 0) ||
			p.Train.Epochs < 1 || p.Train.Ensemble < 1 || p.Crossvalidate.Splits < 2 || p.Crossvalidate.Repeats < 1 {
			t.Errorf("took %+v", p)
		}
		for _, c := range slices.Concat(p.Data.Drop, p.Data.Categorical) {
			if (c.Name == "") == (c.Position == 0) || c.Name != "" && !p.Data.Header {
				t.Errorf("took the column %#v", c)
			}
		}
	})
}
