package params

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// defaults are the earlier project's recipe; params.yaml in the root has the same.
var defaults = Params{
	Data:    Data{Classes: []string{"R", "M"}},
	Prepare: Prepare{TestSize: 0.25, RandomState: 42},
	Train: Train{
		Seed: 0, HiddenSizes: []int{40}, Activation: "relu", Output: "sigmoid", Loss: "cross_entropy",
		Optimizer: "adam", LearningRate: 0.01, Momentum: 0.9, WeightDecay: 0, Schedule: "constant",
		Epochs: 80, BatchSize: 0, Scaling: "none", Dropout: 0, InputNoise: 0, LabelSmoothing: 0,
		Ensemble: 1, Patience: 0, CheckpointEvery: 0,
	},
	Evaluate:      Evaluate{Confidence: 0.95},
	Crossvalidate: Crossvalidate{Splits: 10, Repeats: 10, RandomState: 0},
}

var everySection = []string{SectionData, SectionPrepare, SectionTrain, SectionEvaluate, SectionCrossvalidate}

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

// edit replaces the one line of the settings that begins with "  KEY:", or takes it away.
func edit(t *testing.T, section, line string) string {
	t.Helper()
	key, _, _ := strings.Cut(line, ":")
	at := strings.Index(settings, section+":\n")
	start := strings.Index(settings[max(at, 0):], "  "+key+":") + at
	if at < 0 || start < at {
		t.Fatalf("no %s.%s in the settings", section, key)
	}
	end := start + strings.Index(settings[start:], "\n") + 1
	return settings[:start] + "  " + line + "\n" + settings[end:]
}

func read(text string, sections ...string) (*Params, error) {
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
		{"data", "classes: [R, M]\n  header: true\n  label: kind", func(p *Params) { p.Data.Header, p.Data.Label = true, "kind" }},
		{"data", "classes: [R, M]\n  label: 5", func(p *Params) { p.Data.Label = "5" }},
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
			got, err := read(edit(t, c.section, c.line), everySection...)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(*got, want) {
				t.Errorf("got %+v, want %+v", *got, want)
			}
		})
	}
}

// badValues are lines in the place of a good one, each with what is said of it.
var badValues = []struct{ section, line, want string }{
	{"data", "classes: R", `params.yaml:2: data.classes must be a list of two or more different labels, got "R"`},
	{"data", "classes: [R]", `params.yaml:2: data.classes must be a list of two or more different labels, got ["R"]`},
	{"data", "classes: [R, M, R]", `params.yaml:2: data.classes must be a list of two or more different labels, got ["R", "M", "R"]`},
	{"data", "classes: [R, '']", `params.yaml:2: data.classes must be a list of two or more different labels, got ["R", ""]`},
	{"data", "classes: [R, ' M']", `params.yaml:2: data.classes must be a list of two or more different labels, got ["R", " M"]`},
	{"data", "classes: [R, ~]", `params.yaml:2: data.classes must be a list of two or more different labels, got ["R", nothing]`},
	{"data", "classes: [R, [M]]", `params.yaml:2: data.classes must be a list of two or more different labels, got ["R", a list]`},
	{"data", "classes: {R: M}", `params.yaml:2: data.classes must be a list of two or more different labels, got a mapping`},
	{"data", "classes: [a, b, c, d, a]", `params.yaml:2: data.classes must be a list of two or more different labels, got ["a", "b", "c", "d", ...]`},
	{"data", "classes: [R, M]\n  header: 1", `params.yaml:3: data.header must be true or false, got 1`},
	{"data", "classes: [R, M]\n  header: 'true'", `params.yaml:3: data.header must be true or false, got "true"`},
	{"data", "classes: [R, M]\n  label:", `params.yaml:3: data.label must be a text, got nothing`},
	{"data", "classes: [R, M]\n  label: kind", `params.yaml:3: data.label must be a column's position where data.header is false, got "kind"`},

	{"prepare", "test_size: 0", `params.yaml:4: prepare.test_size must be a float in the range (0, 1), got 0`},
	{"prepare", "test_size: 1", `params.yaml:4: prepare.test_size must be a float in the range (0, 1), got 1`},
	{"prepare", "test_size: 52", `params.yaml:4: prepare.test_size must be a float in the range (0, 1), got 52`},
	{"prepare", "test_size: -0.25", `params.yaml:4: prepare.test_size must be a float in the range (0, 1), got -0.25`},
	{"prepare", "test_size: 25%", `params.yaml:4: prepare.test_size must be a float in the range (0, 1), got "25%"`},
	{"prepare", "test_size: '0.25'", `params.yaml:4: prepare.test_size must be a float in the range (0, 1), got "0.25"`},
	{"prepare", "test_size: .nan", `params.yaml:4: prepare.test_size must be a float in the range (0, 1), got .nan`},
	{"prepare", "test_size: .inf", `params.yaml:4: prepare.test_size must be a float in the range (0, 1), got .inf`},
	{"prepare", "test_size: 0x1p-2", `params.yaml:4: prepare.test_size must be a float in the range (0, 1), got "0x1p-2"`},
	{"prepare", "test_size: true", `params.yaml:4: prepare.test_size must be a float in the range (0, 1), got true`},
	{"prepare", "test_size: [0.25]", `params.yaml:4: prepare.test_size must be a float in the range (0, 1), got [0.25]`},
	{"prepare", "test_size: &share 0.25\n  random_state: *share", `params.yaml:5: prepare.random_state must be an int in the range [0, 4294967295], got an alias`},
	{"prepare", "random_state: -1", `params.yaml:5: prepare.random_state must be an int in the range [0, 4294967295], got -1`},
	{"prepare", "random_state: 4294967296", `params.yaml:5: prepare.random_state must be an int in the range [0, 4294967295], got 4294967296`},
	{"prepare", "random_state: 99999999999999999999", `params.yaml:5: prepare.random_state must be an int in the range [0, 4294967295], got 99999999999999999999`},
	{"prepare", "random_state: 42.0", `params.yaml:5: prepare.random_state must be an int in the range [0, 4294967295], got 42.0`},
	{"prepare", "random_state: 010", `params.yaml:5: prepare.random_state must be an int in the range [0, 4294967295], got 010`},
	{"prepare", "random_state: 0x10", `params.yaml:5: prepare.random_state must be an int in the range [0, 4294967295], got 0x10`},
	{"prepare", "random_state: 1_000", `params.yaml:5: prepare.random_state must be an int in the range [0, 4294967295], got 1_000`},
	{"prepare", "random_state: none", `params.yaml:5: prepare.random_state must be an int in the range [0, 4294967295], got "none"`},

	{"train", "seed: -1", `params.yaml:7: train.seed must be an int in the range [0, 4294967295], got -1`},
	{"train", "hidden_sizes: 40", `params.yaml:8: train.hidden_sizes must be a list of at most 64 ints in the range [1, 65536], got 40`},
	{"train", "hidden_sizes: [40, 0]", `params.yaml:8: train.hidden_sizes must be a list of at most 64 ints in the range [1, 65536], got [40, 0]`},
	{"train", "hidden_sizes: [65537]", `params.yaml:8: train.hidden_sizes must be a list of at most 64 ints in the range [1, 65536], got [65537]`},
	{"train", "hidden_sizes: [40.5]", `params.yaml:8: train.hidden_sizes must be a list of at most 64 ints in the range [1, 65536], got [40.5]`},
	{"train", "activation: ReLU", `params.yaml:9: train.activation must be relu, tanh, gelu or logistic, got "ReLU"`},
	{"train", "output: softmax", `params.yaml:10: train.output must be sigmoid or linear, got "softmax"`},
	{"train", "loss: mse", `params.yaml:11: train.loss must be cross_entropy or binary_cross_entropy, got "mse"`},
	{"train", "optimizer: lbfgs", `params.yaml:12: train.optimizer must be adam, adamw or sgd, got "lbfgs"`},
	{"train", "learning_rate: 0", `params.yaml:13: train.learning_rate must be a float in the range (0, inf), got 0`},
	{"train", "learning_rate: .inf", `params.yaml:13: train.learning_rate must be a float in the range (0, inf), got .inf`},
	{"train", "learning_rate: 1e999", `params.yaml:13: train.learning_rate must be a float in the range (0, inf), got "1e999"`},
	{"train", "learning_rate:", `params.yaml:13: train.learning_rate must be a float in the range (0, inf), got nothing`},
	{"train", "momentum: 1", `params.yaml:14: train.momentum must be a float in the range [0, 1), got 1`},
	{"train", "weight_decay: -0.1", `params.yaml:15: train.weight_decay must be a float in the range [0, inf), got -0.1`},
	{"train", "schedule: step", `params.yaml:16: train.schedule must be constant or cosine, got "step"`},
	{"train", "epochs: 0", `params.yaml:17: train.epochs must be an int of 1 or more, got 0`},
	{"train", "epochs: 2147483648", `params.yaml:17: train.epochs must be an int of 1 or more, got 2147483648`},
	{"train", "batch_size: -1", `params.yaml:18: train.batch_size must be an int of 0 or more, got -1`},
	{"train", "scaling: minmax", `params.yaml:19: train.scaling must be none, standard or variance, got "minmax"`},
	{"train", "scaling: ~", `params.yaml:19: train.scaling must be none, standard or variance, got nothing`},
	{"train", "dropout: 1", `params.yaml:20: train.dropout must be a float in the range [0, 1), got 1`},
	{"train", "input_noise: -1", `params.yaml:21: train.input_noise must be a float in the range [0, inf), got -1`},
	{"train", "label_smoothing: 1", `params.yaml:22: train.label_smoothing must be a float in the range [0, 1), got 1`},
	{"train", "ensemble: 0", `params.yaml:23: train.ensemble must be an int in the range [1, 65536], got 0`},
	{"train", "patience: -1", `params.yaml:24: train.patience must be an int of 0 or more, got -1`},
	{"train", "checkpoint_every: -1", `params.yaml:25: train.checkpoint_every must be an int of 0 or more, got -1`},

	{"evaluate", "confidence: 95", `params.yaml:27: evaluate.confidence must be a float in the range (0, 1), got 95`},
	{"crossvalidate", "splits: 1", `params.yaml:29: crossvalidate.splits must be an int in the range [2, 65536], got 1`},
	{"crossvalidate", "repeats: 0", `params.yaml:30: crossvalidate.repeats must be an int in the range [1, 65536], got 0`},
	{"crossvalidate", "random_state: -1", `params.yaml:31: crossvalidate.random_state must be an int in the range [0, 4294967295], got -1`},
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
		if !tried[k.name] && !k.optional {
			t.Errorf("no bad value of %s is tried", k.name)
		}
	}
}

func checkRefused(t *testing.T, text, want string) {
	t.Helper()
	p, err := read(text, everySection...)
	if err == nil || err.Error() != want {
		t.Errorf("got %+v, error\n%v, want\n%s", p, err, want)
	}
}

func TestFilesThatAreBad(t *testing.T) {
	change := func(old, new string) string {
		if strings.Count(settings, old) != 1 {
			t.Fatalf("%q does not stand once in the settings", old)
		}
		return strings.Replace(settings, old, new, 1)
	}
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", `params.yaml: must hold params, is empty`},
		{"only a comment", "# nothing yet\n", `params.yaml: must hold params, is empty`},
		{"only a document's start", "---\n", `params.yaml:2: must be a mapping of sections, got nothing`},
		{"a list", "- data\n", `params.yaml:1: must be a mapping of sections, got ["data"]`},
		{"a text", "data", `params.yaml:1: must be a mapping of sections, got "data"`},
		{"two documents", settings + "---\n" + settings, `params.yaml: must be one YAML document`},
		{"JSON cut short", `{"data": {`, `params.yaml:1: not YAML: did not find expected node content`},
		{"a tab", change("  test_size", "\ttest_size"), `params.yaml:4: not YAML: found character that cannot start any token`},
		{"binary", "\x00\x01\x02", `params.yaml: not YAML: control characters are not allowed`},
		{"not UTF-8", "data: \xff\n", `params.yaml: not YAML: invalid leading UTF-8 octet`},
		{"too long", strings.Repeat("#", maxSize+1), `params.yaml: must be at most 1048576 bytes long`},
		{"an unknown section", settings + "deploy:\n  host: here\n", `params.yaml:32: unknown section "deploy"`},
		{"a misspelt section", change("prepare:\n", "perpare:\n"), `params.yaml:3: unknown section "perpare"`},
		{"a section twice", settings + "data:\n  classes: [R, M]\n", `params.yaml:32: section data stands twice`},
		{"a section missing", change("evaluate:\n  confidence: 0.95\n", ""), `params.yaml: section evaluate is missing`},
		{"a section without keys", change("evaluate:\n  confidence: 0.95\n", "evaluate:\n"), `params.yaml:26: evaluate must be a mapping of keys, got nothing`},
		{"a section that is a list", change("evaluate:\n  confidence: 0.95\n", "evaluate: [0.95]\n"), `params.yaml:26: evaluate must be a mapping of keys, got [0.95]`},
		{"a key missing", change("  seed: 0\n", ""), `params.yaml:6: train.seed is missing`},
		{"a key misspelt", change("learning_rate", "lerning_rate"), `params.yaml:13: unknown key "train.lerning_rate"`},
		{"a key twice", change("  seed: 0\n", "  seed: 0\n  seed: 1\n"), `params.yaml:8: train.seed stands twice`},
		{"a key of another section", change("  seed: 0\n", "  seed: 0\n  test_size: 0.5\n"), `params.yaml:8: unknown key "train.test_size"`},
		{"a key that is a list", change("  seed: 0\n", "  ? [seed]\n  : 0\n"), `params.yaml:7: unknown key "train."`},
		{"a merge", change("  seed: 0\n", "  <<: {seed: 0}\n"), `params.yaml:7: unknown key "train.<<"`},
		{"binary cross-entropy of linear outputs", strings.Replace(change("loss: cross_entropy", "loss: binary_cross_entropy"), "output: sigmoid", "output: linear", 1),
			`params.yaml:11: train.loss binary_cross_entropy needs train.output sigmoid, got linear`},
		{"binary cross-entropy of three classes", strings.Replace(change("loss: cross_entropy", "loss: binary_cross_entropy"), "[R, M]", "[R, M, F]", 1),
			`params.yaml:11: train.loss binary_cross_entropy needs two data.classes, got 3`},
	} {
		t.Run(c.name, func(t *testing.T) { checkRefused(t, c.text, c.want) })
	}
}

func TestOnlyTheSectionsNamedAreChecked(t *testing.T) {
	p, err := read("data: {classes: [R, M]}\ntrain: whatever\nevaluate:\n", SectionData)
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

func FuzzReadGivesParamsOrOneLine(f *testing.F) {
	f.Add(settings)
	committed, err := os.ReadFile("../../params.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(committed))
	for _, c := range badValues {
		f.Add(strings.Replace(settings, "  seed: 0", "  "+c.line, 1))
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := read(text, everySection...)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\r\n") || !strings.HasPrefix(err.Error(), "params.yaml:") {
				t.Errorf("error %q", err)
			}
			return
		}
		if len(p.Data.Classes) < 2 || !(p.Prepare.TestSize > 0 && p.Prepare.TestSize < 1) || !(p.Train.LearningRate > 0) ||
			p.Train.Epochs < 1 || p.Train.Ensemble < 1 || p.Crossvalidate.Splits < 2 || p.Crossvalidate.Repeats < 1 {
			t.Errorf("took %+v", p)
		}
	})
}
