package tune

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/random"
)

type raw struct{ *strings.Reader }

func (raw) Name() string { return "raw" }

// table has rows of two numbers in [0, 1); label returns the class of a row.
func table(t testing.TB, rows int, label func(i int, x, y float64) int) *dataset.Table {
	t.Helper()
	values := make([]float64, 3*rows)
	random.Stream{Seed: 1}.Uniforms(values, 0, 0, 0)
	var text strings.Builder
	for i := range rows {
		x, y := values[3*i], values[3*i+1]
		fmt.Fprintf(&text, "%v,%v,%s\n", x, y, []string{"R", "M"}[label(i, x, y)])
	}
	table, err := dataset.Read(context.Background(), raw{strings.NewReader(text.String())}, params.Data{Classes: []string{"R", "M"}})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// stripes alternate along the first number, which no linear model can learn.
func stripes(_ int, x, _ float64) int { return int(4*x) % 2 }

// networks are a linear model, which cannot learn stripes, networks that can, and one that learns nothing.
const networks = `- name: linear
  train: {hidden_sizes: []}
- name: network
  train: {hidden_sizes: [20]}
- name: idle
  train: {learning_rate: 1e-12}
- name: small
  train: {hidden_sizes: [3]}
`

func study(t testing.TB, text string, table *dataset.Table) *Study {
	t.Helper()
	p := base(t)
	p.Train.Activation, p.Train.Output, p.Train.Scaling = params.Tanh, params.Linear, params.Standard
	p.Train.LearningRate, p.Train.Epochs = 0.03, 120
	s, err := NewStudy(t.Context(), read(t, text), p, table, params.SectionData, params.SectionTrain)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func all(int) bool { return true }

func (s *Study) mustHold(t testing.TB, workers int, records Records) *Results {
	t.Helper()
	contests, err := s.Hold(t.Context(), all, workers, records, Progress{})
	if err != nil {
		t.Fatal(err)
	}
	return s.NewResults(contests)
}

// outputs returns the files of results by path.
func outputs(t testing.TB, r *Results) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, file := range r.Files(&yaml.Node{Kind: yaml.MappingNode}) {
		var text bytes.Buffer
		if err := file.Write(&text); err != nil {
			t.Fatal(err)
		}
		files[file.Path] = text.String()
	}
	return files
}

func TestRungsAreSuccessiveHalving(t *testing.T) {
	for _, test := range []struct {
		candidates, folds, factor int
		want                      []Rung
	}{
		{27, 9, 3, []Rung{{27, 1}, {9, 3}, {3, 9}}},
		{27, 10, 3, []Rung{{27, 1}, {9, 3}, {3, 10}}},
		{200, 10, 1, []Rung{{200, 10}}},
		{200, 5, 3, []Rung{{200, 1}, {67, 5}}},
		{200, 2, 3, []Rung{{200, 2}}},
		{4, 100, 3, []Rung{{4, 33}, {2, 100}}},
		{2, 9, 3, []Rung{{2, 9}}},
		{1, 9, 3, []Rung{{1, 9}}},
		{16, 8, 2, []Rung{{16, 1}, {8, 2}, {4, 4}, {2, 8}}},
	} {
		if got := Rungs(test.candidates, test.folds, test.factor); !slices.Equal(got, test.want) {
			t.Errorf("%d candidates on %d folds by %d: %v, want %v", test.candidates, test.folds, test.factor, got, test.want)
		}
	}
}

func scores(accuracy, loss float64) foldfile.Scores {
	return foldfile.Scores{foldfile.Accuracy: accuracy, foldfile.Loss: loss}
}

func TestTheBestIsByTheMetricThenTheLossThenTheNumber(t *testing.T) {
	nan := math.NaN()
	for _, test := range []struct {
		name           string
		scores         []foldfile.Scores
		byAccuracy, by int // the best by accuracy, and by loss
	}{
		{"the more accurate", []foldfile.Scores{scores(0.8, 0.3), scores(0.9, 0.4)}, 1, 0},
		{"of equals the lower loss", []foldfile.Scores{scores(0.8, 0.5), scores(0.8, 0.4), scores(0.8, 0.45)}, 1, 1},
		{"rounding is no accuracy", []foldfile.Scores{scores(0.8, 0.4), scores(0.8+1e-13, 0.5)}, 0, 0},
		{"the first of the same", []foldfile.Scores{scores(0.8, 0.4), scores(0.8, 0.4)}, 0, 0},
		{"what diverged is the worst", []foldfile.Scores{scores(nan, nan), scores(0, 9)}, 1, 1},
		{"all diverged", []foldfile.Scores{scores(nan, nan), scores(nan, nan)}, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			racing := make([]int, len(test.scores))
			for i := range racing {
				racing[i] = i
			}
			of := func(i int) foldfile.Scores { return test.scores[i] }
			if got := best(racing, of, foldfile.Accuracy, 1)[0]; got != test.byAccuracy {
				t.Errorf("by accuracy %d, want %d", got, test.byAccuracy)
			}
			if got := best(racing, of, foldfile.Loss, 1)[0]; got != test.by {
				t.Errorf("by loss %d, want %d", got, test.by)
			}
			if got := best(racing, of, foldfile.Loss, len(racing)); !slices.IsSorted(got) || len(got) != len(racing) {
				t.Errorf("all are %v", got)
			}
		})
	}
}

func TestPooledScoresAreWeightedByRows(t *testing.T) {
	nan := math.NaN()
	pooled := Pool([]Fold{{Rows: 3, Scores: foldfile.Scores{foldfile.Accuracy: 1, foldfile.AUC: nan}}, {Rows: 1, Scores: foldfile.Scores{foldfile.Accuracy: 0, foldfile.AUC: 0.5}}})
	if pooled[foldfile.Accuracy] != 0.75 || pooled[foldfile.AUC] != 0.5 {
		t.Errorf("%v", pooled)
	}
	for m, v := range Pool([]Fold{{Rows: 3, Scores: scores(1, 1)}, {Rows: 1, Diverged: true}}) {
		if !math.IsNaN(v) {
			t.Errorf("metric %d of what diverged is %v", m, v)
		}
	}
}

func TestTheSearchFindsWhatWorks(t *testing.T) {
	rows := table(t, 120, stripes)
	for _, scheme := range foldfile.Schemes(false) {
		for _, halving := range []string{"halving: 1", "halving: 2"} {
			t.Run(scheme+" "+halving, func(t *testing.T) {
				s := study(t, space(networks, "random", "list", "scheme: stratified", "scheme: "+scheme, "halving: 1", halving), rows)
				r := s.mustHold(t, 2, NoRecords{})
				if r.Best() != 1 || r.Chosen(1) < 3 || len(r.Outer()) != 4 {
					t.Errorf("chosen is %d, by %d of %d outer folds", r.Best(), r.Chosen(1), len(r.Outer()))
				}
				if nested := r.Nested(); len(nested) != 1 || nested[0].Metrics[foldfile.Accuracy].Mean < 0.85 {
					t.Errorf("nested %+v", nested)
				}
			})
		}
	}
}

func TestACandidateThatNeedsMoreThanTheMemoryIsRefused(t *testing.T) {
	s := study(t, space(networks, "random", "list"), table(t, 120, stripes))
	s.Memory = 2
	if _, err := s.Hold(t.Context(), all, 2, NoRecords{}, Progress{}); err == nil || !strings.Contains(err.Error(), "of memory (parameters ") || !strings.HasPrefix(err.Error(), "candidate 0, ") {
		t.Errorf("error %v", err)
	}
}

// Whatever the rows hold that an outer fold tests on, its choice and the scores that led to it stay.
func TestTheChoiceDoesNotSeeTheRowsItIsTestedOn(t *testing.T) {
	text := space(networks, "random", "list", "halving: 1", "halving: 2")
	s := study(t, text, table(t, 120, stripes))
	want := s.mustHold(t, 2, NoRecords{})
	const fold = 2
	tested := map[int]bool{}
	for _, row := range want.Outer()[fold].Nested.Rows {
		tested[row] = true
	}
	others := table(t, 120, stripes) // whose tested rows have other numbers
	for row := range others.Rows() {
		if tested[row] {
			others.Numbers(row)[0] = 1 - others.Numbers(row)[0]
		}
	}
	got := study(t, text, others).mustHold(t, 2, NoRecords{})
	if a, b := got.Outer()[fold], want.Outer()[fold]; a.Winner != b.Winner || !reflect.DeepEqual(a.Trials, b.Trials) {
		t.Error("the choice depends on the rows that it is tested on")
	}
	if reflect.DeepEqual(got.Outer()[fold].Nested.Scores, want.Outer()[fold].Nested.Scores) {
		t.Error("the test does not")
	}
	if reflect.DeepEqual(got.Outer()[0].Trials, want.Outer()[0].Trials) {
		t.Error("the other choices do not")
	}
}

// On labels that are noise the best of many candidates looks better than chance. What choosing is worth does not.
func TestTheNestedScoreIsHonestOnNoise(t *testing.T) {
	labels := make([]float64, 120)
	random.Stream{Seed: 5}.Uniforms(labels, 1, 0, 0)
	noise := table(t, 120, func(i int, _, _ float64) int { return int(2 * labels[i]) })
	const many = `  train:
    hidden_sizes:
      choice: [[], [2], [8], [20]]
    learning_rate:
      log_uniform: [0.001, 0.3]
    epochs:
      int: [1, 20]
    seed:
      int: [0, 1000000]
`
	s := study(t, space(many, "trials: 5", "trials: 60", "splits: 4\n  repeats: 1", "splits: 5\n  repeats: 2"), noise)
	r := s.mustHold(t, 2, NoRecords{})
	inner, nested := r.final.winning()[foldfile.Accuracy], r.Nested()[0].Metrics[foldfile.Accuracy]
	t.Logf("inner %.3f, nested %.3f [%.3f, %.3f]", inner, nested.Mean, *nested.Low, *nested.High)
	if inner < 0.56 {
		t.Errorf("the best of 60 looks no better than chance: %.3f", inner)
	}
	if math.Abs(nested.Mean-0.5) > 0.07 || *nested.Low > 0.5 || *nested.High < 0.5 {
		t.Errorf("nested accuracy %.3f (%.3f to %.3f), want about 0.5", nested.Mean, *nested.Low, *nested.High)
	}
}

// memory keeps records as a file does: as JSON.
type memory map[string]string

func (m memory) Get(key string, v any) (bool, error) {
	text, found := m[key]
	if !found {
		return false, nil
	}
	return true, json.Unmarshal([]byte(text), v)
}

func (m memory) Put(key string, v any) error {
	text, err := json.Marshal(v)
	if _, twice := m[key]; twice {
		return fmt.Errorf("%s appears twice", key)
	}
	m[key] = string(text)
	return err
}

// quick is a search with three rungs, one of whose candidates diverges.
func quick(t testing.TB) *Study {
	const candidates = networks + "- name: diverging\n  train: {learning_rate: 1e300, optimizer: sgd, epochs: 3, activation: relu}\n"
	return study(t, space(candidates, "random", "list", "halving: 1", "halving: 2", "splits: 3", "splits: 5", "refit: {}", "refit: {train: {ensemble: 2}}"), table(t, 60, stripes))
}

func TestOutputsDoNotDependOnThreadsNorOnRecords(t *testing.T) {
	want := outputs(t, quick(t).mustHold(t, 1, NoRecords{}))
	if len(want) != 5 {
		t.Fatalf("%d files", len(want))
	}
	records := memory{}
	for _, workers := range []int{2, 7} {
		if got := outputs(t, quick(t).mustHold(t, workers, records)); !reflect.DeepEqual(got, want) {
			t.Errorf("other outputs with %d threads:\n%v\nwant\n%v", workers, got, want)
		}
	}
	done := 0
	s := quick(t)
	if _, err := s.Hold(t.Context(), all, 2, records, Progress{Done: func(n int) { done = n }}); err != nil || done != s.Trainings(all) {
		t.Errorf("progress ends at %d of %d, %v", done, s.Trainings(all), err)
	}
}

func TestOutputsDoNotDependOnShards(t *testing.T) {
	want := outputs(t, quick(t).mustHold(t, 2, NoRecords{}))
	for _, n := range []int{2, 7} {
		merged := memory{}
		for index := range n {
			records := memory{}
			s := quick(t)
			if _, err := s.Hold(t.Context(), func(contest int) bool { return contest%n == index }, 2, records, Progress{}); err != nil {
				t.Fatal(err)
			}
			for key, record := range records {
				if err := merged.Put(key, json.RawMessage(record)); err != nil {
					t.Fatal(err)
				}
			}
		}
		before := len(merged)
		if got := outputs(t, quick(t).mustHold(t, 2, merged)); !reflect.DeepEqual(got, want) || len(merged) != before {
			t.Errorf("other outputs of %d shards", n)
		}
	}
}

// failing stops a search after some records.
type failing struct {
	memory
	left *int
}

func (f failing) Put(key string, v any) error {
	if *f.left--; *f.left < 0 {
		return errors.New("disk full")
	}
	return f.memory.Put(key, v)
}

func TestASearchThatIsStoppedGoesOn(t *testing.T) {
	want := outputs(t, quick(t).mustHold(t, 2, NoRecords{}))
	records := memory{}
	for stops := 0; ; stops++ {
		left := 7
		contests, err := quick(t).Hold(t.Context(), all, 2, failing{records, &left}, Progress{})
		if err == nil {
			s := quick(t)
			if got := outputs(t, s.NewResults(contests)); stops < 5 || got["trials.csv"] != want["trials.csv"] {
				t.Errorf("other trials after %d stops", stops)
			}
			break
		}
		if err.Error() != "disk full" || stops > 100 {
			t.Fatal(err)
		}
	}
	if got := outputs(t, quick(t).mustHold(t, 2, records)); !reflect.DeepEqual(got, want) {
		t.Error("other outputs")
	}
}

func TestACandidateThatDivergesIsTheWorstButNoError(t *testing.T) {
	r := quick(t).mustHold(t, 2, NoRecords{})
	for _, c := range r.contests {
		for _, trial := range c.Trials {
			if trial.Candidate == 4 && (trial.Kept || !math.IsNaN(trial.Scores[foldfile.Accuracy])) {
				t.Errorf("%+v", trial)
			}
		}
	}
	if !strings.Contains(outputs(t, r)["trials.csv"], "all,0,4,diverging,1,,,,,,,false,") {
		t.Error(outputs(t, r)["trials.csv"])
	}
}

func TestAllDivergingIsAnErrorInWords(t *testing.T) {
	const diverging = "train: {learning_rate: 1e300, optimizer: sgd, epochs: 3, activation: relu}"
	for _, test := range []struct {
		name, candidates, repeats, refit, want string
	}{
		{"nested", "- name: a\n  " + diverging + "\n", "1", "{}", "outer fold 0, rung 0: the loss is not finite with any candidate: try a lower train.learning_rate"},
		{"not nested", "- name: a\n  " + diverging + "\n- name: b\n  " + diverging + "\n", "0", "{}", "all rows, rung 0: the loss is not finite with any candidate: try a lower train.learning_rate"},
		{"the refit", "- name: a\n  train: {epochs: 1}\n", "1", "{" + diverging + "}", "candidate 0, the best of outer fold 0, trained on all rows: scheme stratified, repeat 0, fold 0: the loss is not finite"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := space(test.candidates, "random", "list", "repeats: 1", "repeats: "+test.repeats, "refit: {}", "refit: "+test.refit)
			_, err := study(t, text, table(t, 60, stripes)).Hold(t.Context(), all, 2, NoRecords{}, Progress{})
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
}

func TestWithoutOuterFoldsNothingIsReported(t *testing.T) {
	s := study(t, space(networks, "random", "list", "repeats: 1", "repeats: 0"), table(t, 60, stripes))
	files := outputs(t, s.mustHold(t, 2, NoRecords{}))
	if s.Contests() != 1 || strings.Contains(files["metrics.json"], "nested") || strings.Count(files["plots/outer.csv"], "\n") != 1 {
		t.Errorf("%v", files)
	}
}

func TestBestIsWhatToSet(t *testing.T) {
	r := quick(t).mustHold(t, 2, NoRecords{})
	want := []string{"train.hidden_sizes=[20]", "train.ensemble=2"}
	if got := r.Changes(); !slices.Equal(got, want) {
		t.Fatalf("changes %q", got)
	}
	var best struct {
		Train       map[string]any
		StartedFrom map[string]any `yaml:"started_from"`
	}
	if err := yaml.Unmarshal([]byte(outputs(t, r)["best.yaml"]), &best); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(best.Train, map[string]any{"hidden_sizes": []any{20}, "ensemble": 2}) || best.StartedFrom == nil {
		t.Errorf("%+v", best)
	}
}

func TestTooFewRowsAreRefused(t *testing.T) {
	p := base(t)
	settings := read(t, space(networks, "random", "list", "splits: 3", "splits: 40"))
	_, err := NewStudy(t.Context(), settings, p, table(t, 60, stripes), params.SectionData, params.SectionTrain)
	if err == nil || !strings.HasPrefix(err.Error(), "inner folds of outer fold 0: ") {
		t.Error(err)
	}
}

func TestGroupsStayWholeInOuterAndInnerFolds(t *testing.T) {
	rows := table(t, 120, stripes)
	for i := range rows.Rows() {
		rows.Groups = append(rows.Groups, fmt.Sprint("g", i/4))
	}
	s := study(t, space(networks, "random", "list"), rows)
	folds := 0
	for _, c := range s.contests {
		tasks := c.inner
		if c.outer != nil {
			tasks = append(slices.Clone(tasks), *c.outer)
		}
		for _, task := range tasks {
			train, test := task.Rows()
			side := map[string]bool{}
			for _, row := range train {
				side[rows.Groups[row]] = true
			}
			for _, row := range test {
				if side[rows.Groups[row]] {
					t.Fatalf("%v of %v: %s is on both sides", task.ID, c, rows.Groups[row])
				}
			}
			folds++
		}
	}
	if folds != 5*3+4 {
		t.Errorf("%d folds", folds)
	}
	if nested := s.mustHold(t, 2, NoRecords{}).Nested(); len(nested) != 1 || nested[0].Scheme != foldfile.Grouped {
		t.Errorf("%+v", nested)
	}
}

// TestWhatIsShownOfAStudyIsAPartOfItsResults looks after every training: each trial that is shown is one of the end's, and
// the files can be written.
func TestWhatIsShownOfAStudyIsAPartOfItsResults(t *testing.T) {
	s := study(t, space(networks, "random", "list", "halving: 1", "halving: 2"), table(t, 60, stripes))
	type place struct {
		contest string
		trial   Trial
	}
	shown := map[place]bool{}
	looks := 0
	_, err := s.Hold(t.Context(), all, 2, NoRecords{}, Progress{Done: func(int) {
		soFar := s.SoFar()
		for _, file := range soFar.LiveFiles() {
			if err := file.Write(new(bytes.Buffer)); err != nil {
				t.Fatal(err)
			}
		}
		if n := soFar.Networks(); n < looks {
			t.Errorf("%d networks, after %d", n, looks)
		} else {
			looks = n
		}
		for _, c := range soFar.contests {
			for _, trial := range c.Trials {
				trial.Kept = false
				shown[place{c.Name, trial}] = true
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	trials := map[place]bool{}
	for _, c := range s.contests {
		for _, trial := range c.Trials {
			trial.Kept = false
			trials[place{c.Name, trial}] = true
		}
	}
	for at := range shown {
		if !trials[at] {
			t.Errorf("%v is shown, and is no trial in the end", at)
		}
	}
	if len(shown) != len(trials) || len(trials) < 10 {
		t.Errorf("%d trials are shown, of %d", len(shown), len(trials))
	}
}
