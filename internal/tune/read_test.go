package tune

import (
	"bytes"
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/params"
)

// base is the repository's params.yaml.
func base(t testing.TB) *params.Params {
	t.Helper()
	p, err := params.Load("../../params.yaml", params.SectionData, params.SectionTrain, params.SectionEvaluate)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// space returns a file of a space with some search keys changed.
func space(space string, changes ...string) string {
	text := `search:
  candidates: random
  trials: 5
  random_state: 7
  scheme: stratified
  metric: accuracy
  halving: 1
  splits: 3
outer:
  splits: 4
  repeats: 1
  random_state: 1
refit: {}
`
	for i := 0; i < len(changes); i += 2 {
		text = strings.Replace(text, changes[i], changes[i+1], 1)
	}
	return text + "space:\n" + space
}

func read(t testing.TB, text string) *Settings {
	t.Helper()
	s, err := Read(strings.NewReader(text), "space.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func candidates(t testing.TB, text string) []Candidate {
	t.Helper()
	list, err := read(t, text).Candidates(base(t), params.SectionData, params.SectionTrain)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestTheSettingsAreReadAsTheyAreWritten(t *testing.T) {
	s := read(t, space("  train:\n    seed:\n      int: [0, 9]\n", "metric: accuracy", "metric: loss", "scheme: stratified", "scheme: blocked"))
	want := Search{Candidates: Random, Trials: 5, RandomState: 7, Scheme: foldfile.Blocked, Metric: foldfile.Loss, Halving: 1, Splits: 3}
	if s.Search != want || s.Outer != (params.Crossvalidate{Splits: 4, Repeats: 1, RandomState: 1}) || s.Refit != nil {
		t.Errorf("read %+v", s)
	}
}

func TestTheCommittedSpaceIsRead(t *testing.T) {
	text, err := os.ReadFile("../../tuning/params.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got := len(candidates(t, string(text))); got < 10 {
		t.Errorf("%d candidates", got)
	}
}

func changes(c Candidate) string {
	var all []string
	for _, change := range c.Changes {
		all = append(all, change.String())
	}
	return strings.Join(all, " ")
}

func TestAGridIsAllCombinations(t *testing.T) {
	var got []string
	for _, c := range candidates(t, space("  train:\n    hidden_sizes:\n      choice:\n      - []\n      - [3, 4]\n    batch_size:\n      int: [7, 9]\n    learning_rate:\n      choice: [1]\n", "random", "grid")) {
		got = append(got, changes(c))
		if c.Params.Train.LearningRate != 1 || c.Params.Train.BatchSize < 7 {
			t.Errorf("%s sets %+v", changes(c), c.Params.Train)
		}
	}
	want := []string{
		"train.hidden_sizes=[] train.batch_size=7 train.learning_rate=1",
		"train.hidden_sizes=[] train.batch_size=8 train.learning_rate=1",
		"train.hidden_sizes=[] train.batch_size=9 train.learning_rate=1",
		"train.hidden_sizes=[3,4] train.batch_size=7 train.learning_rate=1",
		"train.hidden_sizes=[3,4] train.batch_size=8 train.learning_rate=1",
		"train.hidden_sizes=[3,4] train.batch_size=9 train.learning_rate=1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("candidates\n%q\nwant\n%q", got, want)
	}
}

const allKinds = `  train:
    activation:
      choice: [relu, tanh, gelu]
    dropout:
      uniform: [0.1, 0.5]
    learning_rate:
      log_uniform: [0.0001, 1]
    batch_size:
      int: [1, 4]
    epochs:
      log_int: [1, 1000]
`

// TestDrawsAreUniformInTheirRanges: of 10,000 draws each equal part of a range, in its own scale, has its share.
func TestDrawsAreUniformInTheirRanges(t *testing.T) {
	list := candidates(t, space(allKinds, "trials: 5", "trials: 10000"))
	counts := map[string]int{}
	for _, c := range list {
		train := c.Params.Train
		counts[train.Activation]++
		counts["batch "+strconv.Itoa(train.BatchSize)]++
		counts["dropout "+strconv.Itoa(int((train.Dropout-0.1)/0.1))]++
		rate := 0
		for bound := 0.001; train.LearningRate > bound; bound *= 10 {
			rate++
		}
		counts["rate "+strconv.Itoa(rate)]++
		counts["epochs "+strconv.Itoa(len(strconv.Itoa(train.Epochs)))]++
		if len(strconv.FormatFloat(train.LearningRate, 'e', -1, 64)) > len("1.234e-05") {
			t.Fatalf("%v has more than four digits", train.LearningRate)
		}
	}
	for part, n := range counts {
		want := map[string]int{"rel": 3333, "tan": 3333, "gel": 3333, "bat": 2500, "dro": 2500, "rat": 2500, "epo": 3333}[part[:3]]
		if part == "epochs 4" || part == "dropout 4" {
			want = 0 // 1000, and exactly 0.5, are rare
			n -= min(n, 20)
		}
		if n < want-150 || n > want+150 {
			t.Errorf("%d draws of %s, want about %d", n, part, want)
		}
	}
	if len(counts) < 3+4+4+4+3 {
		t.Errorf("%v", counts)
	}
}

// TestCandidateIDependsOnIAlone: not on how many there are, nor on what other keys are searched.
func TestCandidateIDependsOnIAlone(t *testing.T) {
	all := candidates(t, space(allKinds))
	more := candidates(t, space(allKinds, "trials: 5", "trials: 50"))
	rate := candidates(t, space("  train:\n    learning_rate:\n      log_uniform: [0.0001, 1]\n"))
	other := candidates(t, space(allKinds, "random_state: 7", "random_state: 8"))
	for i, c := range all {
		if changes(more[i]) != changes(c) || rate[i].Params.Train.LearningRate != c.Params.Train.LearningRate {
			t.Errorf("candidate %d is %s, then %s, then %s", i, changes(c), changes(more[i]), changes(rate[i]))
		}
		if changes(other[i]) == changes(c) {
			t.Errorf("candidate %d does not depend on the seed", i)
		}
	}
	// So that they stay what they are on every machine and in every version.
	const want = "train.activation=gelu train.dropout=0.4486 train.learning_rate=0.02434 train.batch_size=1 train.epochs=5"
	if got := changes(all[4]); got != want {
		t.Errorf("candidate 4 is %s, want %s", got, want)
	}
}

func TestAListIsAsItIsWritten(t *testing.T) {
	list := candidates(t, space("- name: a-1\n  about: the first\n  train:\n    epochs: 3\n    hidden_sizes: []\n- name: as-it-is\n", "random", "list", "refit: {}", "refit: {train: {ensemble: 5}}"))
	if len(list) != 2 || list[0].Name != "a-1" || list[0].About != "the first" || changes(list[0]) != "train.epochs=3 train.hidden_sizes=[]" {
		t.Errorf("%+v", list)
	}
	if want := base(t); !reflect.DeepEqual(list[1].Params, want) || list[0].Params.Train.Epochs != 3 {
		t.Errorf("%+v", list[1].Params)
	}
}

func TestHostileSpacesAreRefusedWithTheirLine(t *testing.T) {
	key := func(value string) string { return "  train:\n    learning_rate:\n      " + value + "\n" }
	tests := []struct {
		name, text, want string
	}{
		{"empty", "", "space.yaml: must hold params, is empty"},
		{"binary", "\x00", "space.yaml:1: must hold no control characters"},
		{"no mapping", "- 1\n", "space.yaml:1: must be a mapping of sections, got [1]"},
		{"unknown section", space(key("choice: [1]")) + "spaces: 1\n", `space.yaml:18: unknown key "spaces"`},
		{"a section twice", space(key("choice: [1]")) + "space: {}\n", "space.yaml:18: space appears twice"},
		{"unknown search key", space(key("choice: [1]"), "trials:", "trial:"), `space.yaml:3: unknown key "search.trial"`},
		{"missing search key", space(key("choice: [1]"), "  trials: 5\n", ""), "space.yaml:2: search.trials is missing"},
		{"no trials", space(key("choice: [1]"), "trials: 5", "trials: 0"), "space.yaml:3: search.trials must be an int in the range [1, 100000], got 0"},
		{"endless trials", space(key("choice: [1]"), "trials: 5", "trials: 1e9"), "space.yaml:3: search.trials must be an int"},
		{"octal", space(key("choice: [1]"), "trials: 5", "trials: 010"), "space.yaml:3: search.trials must be an int"},
		{"unknown metric", space(key("choice: [1]"), "metric: accuracy", "metric: precision"), `space.yaml:6: search.metric must be one of accuracy, balanced_accuracy, f1_macro, roc_auc, average_precision, loss, got "precision"`},
		{"unknown scheme", space(key("choice: [1]"), "scheme: stratified", "scheme: shuffled"), "space.yaml:5: search.scheme must be one of stratified, blocked"},
		{"no halving", space(key("choice: [1]"), "halving: 1", "halving: 0"), "space.yaml:7: search.halving must be an int in the range [1, 100], got 0"},
		{"negative repeats", space(key("choice: [1]"), "repeats: 1", "repeats: -1"), "space.yaml:11: outer.repeats must be an int"},
		{"unknown kind", space(key("normal: [0, 1]")), `space.yaml:17: train.learning_rate must be one of choice, uniform, log_uniform, int, log_int, got "normal"`},
		{"a value alone", space("  train:\n    learning_rate: 0.1\n"), "space.yaml:16: train.learning_rate must be one of choice, uniform, log_uniform, int, log_int, got 0.1"},
		{"two kinds", space(key("choice: [1]\n      uniform: [0, 1]")), "space.yaml:17: train.learning_rate must be one of"},
		{"no choice", space(key("choice: []")), "space.yaml:17: train.learning_rate: choice must be a list of 1 to 100000 values, got []"},
		{"one bound", space(key("uniform: [1]")), "space.yaml:17: train.learning_rate: uniform must be two numbers, the lower first, got [1]"},
		{"bounds the wrong way", space(key("uniform: [2, 1]")), "space.yaml:17: train.learning_rate: uniform must be two numbers, the lower first, got [2, 1]"},
		{"equal bounds", space(key("uniform: [1, 1]")), "space.yaml:17: train.learning_rate: uniform must be"},
		{"log of zero", space(key("log_uniform: [0, 1]")), "space.yaml:17: train.learning_rate: log_uniform must be two numbers above 0"},
		{"infinite", space(key("uniform: [0, .inf]")), "space.yaml:17: train.learning_rate: uniform must be"},
		{"overflow", space(key("uniform: [-1e308, 1e308]")), "space.yaml:17: train.learning_rate: uniform must be"},
		{"a text", space(key("uniform: ['0', 1]")), "space.yaml:17: train.learning_rate: uniform must be"},
		{"a float for an int", space("  train:\n    epochs:\n      int: [1, 2.5]\n"), "space.yaml:17: train.epochs: int must be two ints, the lower first, got [1, 2.5]"},
		{"an alias", space("  train: &a\n    epochs:\n      int: *a\n"), "space.yaml:17: train.epochs: int must be two ints, the lower first, got an alias"},
		{"an alias for a choice", space("  train:\n    epochs:\n      choice: &a [1]\n    batch_size:\n      choice: *a\n"), "space.yaml:19: train.batch_size: choice must be a list of 1 to 100000 values, got an alias"},
		{"unknown key", space("  train:\n    rate:\n      choice: [1]\n"), `space.yaml:16: unknown key "train.rate"`},
		{"another section", space("  data:\n    classes:\n      choice: [1]\n"), `space.yaml:15: space may have keys of train only, got "data"`},
		{"a key twice", space(key("choice: [1]") + "    learning_rate:\n      choice: [2]\n"), "space.yaml:18: train.learning_rate appears twice"},
		{"a value out of range", space(key("choice: [0.1, -1]")), "space.yaml:17: train.learning_rate must be a float in the range (0, inf), got -1"},
		{"a bound out of range", space("  train:\n    dropout:\n      uniform: [0, 1]\n"), "space.yaml:16: train.dropout must be a float in the range [0, 1), got 1"},
		{"a tag", space(key("choice: [!!str 1]")), `space.yaml:17: train.learning_rate must be without a tag, got "!!str 1"`},
		{"a size out of range in a list", space("  train:\n    hidden_sizes:\n      choice:\n      - [40]\n      - - 40\n        - 0\n", "random", "grid"), "space.yaml:20: train.hidden_sizes must have ints in the range [1, 65536], got 0"},
		{"rules that join keys", space("  train:\n    loss:\n      choice: [binary_cross_entropy]\n    output:\n      choice: [linear]\n"), "space.yaml:17: train.loss binary_cross_entropy needs train.output sigmoid, got linear (candidate 0)"},
		{"nothing to draw", space("  train: {}\n"), "space.yaml:14: space must have a key, has none"},
		{"a grid of a range", space(key("uniform: [0, 1]"), "random", "grid"), "space.yaml:16: train.learning_rate must be a choice, or an int, for a grid, got uniform"},
		{"a large grid", space("  train:\n    seed:\n      int: [1, 1000]\n    epochs:\n      int: [1, 1000]\n", "random", "grid"), "space.yaml:18: a grid must have at most 100000 candidates, got 1000000 with train.epochs"},
		{"a grid of a large int", space("  train:\n    seed:\n      int: [1, 4000000000]\n", "random", "grid"), "space.yaml:16: a grid must have at most 100000 candidates, got 4000000000 with train.seed"},
		{"a grid of nothing", space("  train: {}\n", "random", "grid"), "space.yaml:14: space must have a key, has none"},
		{"a grid of no section", space("  {}\n", "random", "grid"), "space.yaml:14: space must have a key, has none"},
		{"a list for a random search", space("- name: a\n"), "space.yaml:14: space must be a mapping of keys if search.candidates is random, got a list"},
		{"an empty list for a grid", space("  []\n", "random", "grid"), "space.yaml:14: space must be a mapping of keys if search.candidates is grid, got a list"},
		{"an empty list", space("  []\n", "random", "list"), "space.yaml:14: space must have 1 to 100000 candidates, got 0"},
		{"no name", space("- name: a\n- about: the second\n  train: {epochs: 3}\n", "random", "list"), "space.yaml:16: a candidate must have a name, has none"},
		{"a space for a list", space(key("choice: [1]"), "random", "list"), "space.yaml:14: space must be a list of candidates if search.candidates is list, got a mapping of keys"},
		{"a name twice", space("- name: a\n- name: a\n", "random", "list"), "space.yaml:16: the name of a candidate must be another than before"},
		{"a name of two words", space("- name: a b\n", "random", "list"), "space.yaml:15: the name of a candidate must be"},
		{"a bad refit", space(key("choice: [1]"), "refit: {}", "refit: {train: {ensemble: 0}}"), "space.yaml:13: train.ensemble must be an int in the range [1, 65536], got 0 (refit of candidate 0)"},
		{"too long", space(key("choice: [1]")) + strings.Repeat("#", 1<<20), "space.yaml: must be at most 1048576 bytes long"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, err := Read(strings.NewReader(test.text), "space.yaml")
			if err == nil {
				_, err = s.Candidates(base(t), params.SectionData, params.SectionTrain)
			}
			if err == nil || !strings.HasPrefix(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(space(allKinds)))
	f.Add([]byte(space("- name: a\n  train:\n    epochs: 3\n", "random", "list")))
	f.Add([]byte(space(allKinds, "random", "grid")))
	committed, err := os.ReadFile("../../tuning/params.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(committed)
	p := base(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Read(bytes.NewReader(text), "space.yaml")
		if err != nil {
			return
		}
		s.Search.Trials = min(s.Search.Trials, 10)
		list, err := s.Candidates(p, params.SectionData, params.SectionTrain)
		if err != nil {
			return
		}
		if len(list) == 0 || len(list) > maxCandidates {
			t.Errorf("%d candidates", len(list))
		}
		seen := map[string]bool{}
		for _, c := range list {
			for _, change := range c.Changes {
				seen[change.Key] = true
			}
		}
		for key := range maps.Keys(seen) {
			if !strings.HasPrefix(key, "train.") {
				t.Errorf("%s is searched", key)
			}
		}
	})
}

func TestCommandsAreQuotedForTheShell(t *testing.T) {
	got := Command([]string{"train.hidden_sizes=[100,100]", "train.output=linear"}, "-n", "best")
	if want := "dvc exp run -n best -S 'train.hidden_sizes=[100,100]' -S train.output=linear"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
