package crossval

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/dataset/datasettest"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/params"
)

// wine is a table of three classes with the settings of a quick cross-validation.
func wine(t *testing.T) (*dataset.Table, *params.Params) {
	t.Helper()
	text, err := os.ReadFile("../../params.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := params.Read(bytes.NewReader(text), "params.yaml", params.SectionData, params.SectionTrain, params.SectionEvaluate, params.SectionCrossvalidate)
	if err != nil {
		t.Fatal(err)
	}
	p.Data.Classes = []string{"class_0", "class_1", "class_2"}
	p.Train.Epochs, p.Train.Scaling, p.Train.Ensemble = 3, params.Standard, 2
	p.Crossvalidate = params.Crossvalidate{Splits: 4, Repeats: 2}
	f, err := os.Open("../dataset/testdata/wine.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := dataset.Read(t.Context(), f, p.Data)
	if err != nil {
		t.Fatal(err)
	}
	return table, p
}

func makeTasks(t *testing.T, table *dataset.Table, p *params.Params) []Task {
	t.Helper()
	tasks, err := Tasks(t.Context(), table, p)
	if err != nil {
		t.Fatal(err)
	}
	return tasks
}

// outputs are what the files of records hold.
func outputs(t *testing.T, table *dataset.Table, p *params.Params, records []Record) map[string]string {
	t.Helper()
	results := NewResults(table, p)
	for _, record := range records {
		results.Add(record)
	}
	files := map[string]string{}
	for _, file := range results.Files() {
		var text bytes.Buffer
		if err := file.Write(&text); err != nil {
			t.Fatal(err)
		}
		files[file.Path] = text.String()
	}
	return files
}

// TestOutputsFollowFromRecordsHoweverTheyAreMadeAndKept does the tasks in another order, one at a time, sends each
// record through an encoding and back, and makes the outputs of them.
func TestOutputsFollowFromRecordsHoweverTheyAreMadeAndKept(t *testing.T) {
	table, p := wine(t)
	tasks := makeTasks(t, table, p)
	var records []Record
	err := Run(t.Context(), tasks, table, p, 4, 0, func(record Record) { records = append(records, record) })
	if err != nil {
		t.Fatal(err)
	}
	want := outputs(t, table, p, records)
	if len(want) != 7 {
		t.Errorf("%d files", len(want))
	}
	encodings := map[string]func(io.ReadWriter, Record) (Record, error){
		"JSON": func(b io.ReadWriter, r Record) (back Record, err error) {
			if err = json.NewEncoder(b).Encode(r); err == nil {
				err = json.NewDecoder(b).Decode(&back)
			}
			return back, err
		},
		"gob": func(b io.ReadWriter, r Record) (back Record, err error) {
			if err = gob.NewEncoder(b).Encode(r); err == nil {
				err = gob.NewDecoder(b).Decode(&back)
			}
			return back, err
		},
	}
	for name, send := range encodings {
		t.Run(name, func(t *testing.T) {
			again := make([]Record, len(tasks))
			for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(len(tasks)) {
				record, err := tasks[i].Do(t.Context(), table, p, Options{Workers: 1, Curves: true, Importance: true})
				if err != nil {
					t.Fatal(err)
				}
				if again[i], err = send(new(bytes.Buffer), record); err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(again[i], record) {
					t.Errorf("%v comes back as another", record.ID)
				}
			}
			if got := outputs(t, table, p, again); !reflect.DeepEqual(got, want) {
				t.Errorf("other outputs:\n%v\nwant\n%v", got, want)
			}
		})
	}
}

func TestTasksAreAllFoldsOfAllSchemesWithSeedsOfTheirOwn(t *testing.T) {
	table, p := wine(t)
	tasks := makeTasks(t, table, p)
	var want []ID
	for repeat := range 2 {
		for k := range 4 {
			want = append(want, ID{foldfile.Stratified, repeat, k})
		}
	}
	for k := range 4 {
		want = append(want, ID{foldfile.Blocked, 0, k})
	}
	if len(tasks) != len(want) {
		t.Fatalf("%d tasks, want %d", len(tasks), len(want))
	}
	for i, task := range tasks {
		if task.ID != want[i] || task.training != want[i].Repeat*4+want[i].Fold {
			t.Errorf("task %d is %v with training %d, want %v", i, task.ID, task.training, want[i])
		}
		train, test := task.Rows()
		if all := slices.Sorted(slices.Values(slices.Concat(train, test))); !slices.Equal(all, rowsTo(table.Rows())) || !slices.IsSorted(test) {
			t.Errorf("%v: rows trained on and tested are not all, once", task.ID)
		}
	}
}

// TestATaskIsTrainedWithTheSeedsOfItsNumber: network i of training j has the seed train.seed + j*train.ensemble + i.
func TestATaskIsTrainedWithTheSeedsOfItsNumber(t *testing.T) {
	table, p := wine(t)
	p.Train.Seed = math.MaxUint32 - 4
	task := makeTasks(t, table, p)[5]
	want, err := task.Do(t.Context(), table, p, Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	task.training = 0
	p.Train.Seed = 5 // 5 trainings of 2 networks later, modulo 2^32
	got, err := task.Do(t.Context(), table, p, Options{Workers: 1})
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	p.Train.Seed = 6
	if other, err := task.Do(t.Context(), table, p, Options{Workers: 1}); err != nil || reflect.DeepEqual(other, want) {
		t.Errorf("the seed does not matter: %v", err)
	}
}

// TestTheRecordDoesNotDependOnWhetherCurvesAreKept: scoring the tested rows changes nothing else.
func TestTheRecordDoesNotDependOnWhetherCurvesAreKept(t *testing.T) {
	table, p := wine(t)
	task := makeTasks(t, table, p)[3]
	with, err := task.Do(t.Context(), table, p, Options{Workers: 2, Curves: true})
	if err != nil {
		t.Fatal(err)
	}
	without, err := task.Do(t.Context(), table, p, Options{Workers: 1})
	if err != nil || len(with.History) != 3 || without.History != nil {
		t.Fatalf("%d and %d epochs, %v", len(with.History), len(without.History), err)
	}
	with.History = nil
	if !reflect.DeepEqual(with, without) {
		t.Errorf("%+v with curves, %+v without", with, without)
	}
}

func TestDealtRowsAreThoseAskedFor(t *testing.T) {
	table, _ := wine(t)
	rows := rowsTo(table.Rows())[20:160]
	part := labelled(table.Labels[20:160])
	for _, scheme := range foldfile.Schemes(false) {
		t.Run(scheme, func(t *testing.T) {
			c := params.Crossvalidate{Splits: 3, Repeats: 1, RandomState: 7}
			tasks, err := SchemeTasks(t.Context(), scheme, table, rows, nil, c, 30)
			if err != nil {
				t.Fatal(err)
			}
			alone, err := SchemeTasks(t.Context(), scheme, part, nil, nil, c, 0)
			if err != nil || len(tasks) != 3 || len(alone) != 3 {
				t.Fatalf("%d and %d tasks, %v", len(tasks), len(alone), err)
			}
			for i, task := range tasks {
				train, test := task.Rows()
				wantTrain, wantTest := alone[i].Rows()
				choose(wantTrain, rows)
				choose(wantTest, rows)
				if !slices.Equal(train, wantTrain) || !slices.Equal(test, wantTest) || task.training != 30+i {
					t.Errorf("%v has training %d and tests %v, want %v", task.ID, task.training, test, wantTest)
				}
			}
		})
	}
	if !slices.Equal(rows, rowsTo(table.Rows())[20:160]) {
		t.Error("the rows that were passed have changed")
	}
}

func TestTheFirstErrorNamesItsTask(t *testing.T) {
	table, p := wine(t)
	p.Train.Optimizer, p.Train.LearningRate = params.SGD, 1e300
	p.Train.Output = params.Linear
	err := Run(t.Context(), makeTasks(t, table, p), table, p, 3, 0, func(Record) {})
	if err == nil || !strings.HasPrefix(err.Error(), "scheme stratified, repeat 0, fold 0: the loss is not finite") {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Run(ctx, makeTasks(t, table, p), table, p, 3, 0, func(Record) {}); err != context.Canceled {
		t.Errorf("error %v of a context that is done", err)
	}
}

func TestAClassWithFewerRowsThanFoldsIsRefused(t *testing.T) {
	_, p := wine(t)
	labels := []int{0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2}
	_, err := Tasks(t.Context(), labelled(labels), p)
	const want = `class "class_2" must have as many rows as crossvalidate.splits says, 4, or more, got 3`
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestAnIntervalHasNoMinusBeforeZero(t *testing.T) {
	s := Summarize([]float64{-1e-9, -1e-9}, 2, 0.95)
	if text, err := json.Marshal(s); err != nil || strings.Contains(string(text), "-0,") || strings.Contains(string(text), "-0}") {
		t.Errorf("%s, %v", text, err)
	}
	if s.SD != nil {
		t.Errorf("one repeat has a standard deviation, %v", *s.SD)
	}
}

// The report of folds that are all alike, as of classes that are far apart, has the interval of the rows
// of one repeat for accuracy, and no other.
func TestFoldsThatAreAlikeHaveWilsonsIntervalOrNone(t *testing.T) {
	p := &params.Params{Crossvalidate: params.Crossvalidate{Splits: 5, Repeats: 1}, Evaluate: params.Evaluate{Confidence: 0.95}}
	p.Data.Classes = []string{"a", "b"}
	r := NewResults(labelled(make([]int, 60)), p)
	for fold := range 5 {
		r.folds = append(r.folds, foldfile.Fold{Scheme: foldfile.Stratified, Fold: fold, Rows: 12,
			Scores: foldfile.Scores{1, 1, 1, 1, 1, foldfile.Loss: .25}})
	}
	text, err := json.Marshal(r.Report())
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"stratified":{"accuracy":{"mean":1,"low":0.939828,"high":1},"balanced_accuracy":{"mean":1,"low":null,"high":null},` +
		`"f1_macro":{"mean":1,"low":null,"high":null},"roc_auc":{"mean":1,"low":null,"high":null},` +
		`"average_precision":{"mean":1,"low":null,"high":null},"loss":{"mean":0.25,"low":null,"high":null}}}`
	if string(text) != want {
		t.Errorf("%s, want %s", text, want)
	}
}

// TestTheFingerprintHasEveryChoice: a choice that it lacks could change without being noticed.
func TestTheFingerprintHasEveryChoice(t *testing.T) {
	found := map[string]bool{}
	for _, r := range fingerprintRecipes() {
		for _, choice := range []string{r.Activation, r.Output, r.Loss, r.Optimizer, r.Schedule, r.Scaling, r.ClassWeight} {
			found[choice] = true
		}
	}
	want := []string{
		params.ReLU, params.Tanh, params.GELU, params.Logistic, params.Sigmoid, params.Linear, params.CrossEntropy,
		params.BinaryCrossEntropy, params.Adam, params.AdamW, params.SGD, params.Constant, params.Cosine, params.None,
		params.Standard, params.Variance, params.Balanced,
	}
	for _, choice := range want {
		if !found[choice] {
			t.Errorf("no recipe has %s", choice)
		}
	}
	first, err := Fingerprint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Fingerprint(t.Context()); err != nil || again != first || len(first) != 64 {
		t.Errorf("%s, then %s, %v", first, again, err)
	}
}

func TestARecordThatIsNotOfItsTaskIsRefused(t *testing.T) {
	table, p := wine(t)
	p.Train.Epochs = 1
	tasks := makeTasks(t, table, p)
	options := Options{Workers: 1, Importance: true}
	for name, spoil := range map[string]func(*Record){
		"of another task":         func(r *Record) { r.Fold++ },
		"of other rows":           func(r *Record) { r.Rows[0]++ },
		"a prediction too few":    func(r *Record) { r.Predicted = r.Predicted[1:] },
		"a probability too many":  func(r *Record) { r.Probabilities = append(r.Probabilities, 0) },
		"a probability above 1":   func(r *Record) { r.Probabilities[0] = 1.5 },
		"of a class that is none": func(r *Record) { r.Predicted[0] = 3 },
		"of a negative class":     func(r *Record) { r.Predicted[0] = -1 },
		"without importance":      func(r *Record) { r.Importance = nil },
		"of fewer columns":        func(r *Record) { r.Importance.Accuracy = r.Importance.Accuracy[1:] },
		"of infinite importance":  func(r *Record) { r.Importance.Loss[2] = math.Inf(1) },
	} {
		t.Run(name, func(t *testing.T) {
			record, err := tasks[1].Do(t.Context(), table, p, options)
			if err != nil {
				t.Fatal(err)
			}
			if err := tasks[1].Check(record, 3, 13, options); err != nil {
				t.Errorf("as it is: %v", err)
			}
			if spoil(&record); tasks[1].Check(record, 3, 13, options) == nil {
				t.Error("no error")
			}
		})
	}
}

// What a check leaves open, such as the scores and the curves, may be forged; outputs are made of it, or an error.
func TestForgedRecordsHarmNobody(t *testing.T) {
	table, p := wine(t)
	p.Train.Epochs = 2
	tasks := makeTasks(t, table, p)
	options := Options{Workers: 1, Curves: true, Importance: true}
	for name, forge := range map[string]func(*Record){
		"no history":     func(r *Record) { r.History = nil },
		"a long history": func(r *Record) { r.History = make([]mlp.Epoch, 50) },
		"huge curves":    func(r *Record) { r.History[1].Val.Loss, r.History[0].Train.F1Macro = math.MaxFloat64, -math.MaxFloat64 },
		"huge scores": func(r *Record) {
			r.Scores[foldfile.Loss], r.Scores[foldfile.Accuracy] = math.MaxFloat64, -math.MaxFloat64
		},
		"no scores":             func(r *Record) { r.Scores[foldfile.Loss], r.Scores[foldfile.Accuracy] = math.NaN(), math.NaN() },
		"no probability":        func(r *Record) { clear(r.Probabilities) },
		"all are certain":       func(r *Record) { r.Probabilities = slices.Repeat([]float64{1}, len(r.Probabilities)) },
		"warnings of all kinds": func(r *Record) { r.Warnings = []string{"", "%d", "\x00", strings.Repeat("9", 1000)} },
	} {
		t.Run(name, func(t *testing.T) {
			results := NewResults(table, p)
			for _, task := range tasks {
				record, err := task.Do(t.Context(), table, p, options)
				if err != nil {
					t.Fatal(err)
				}
				forge(&record)
				if task.Check(record, 3, 13, options) == nil {
					results.Add(record)
				}
			}
			results.Warnings()
			for _, file := range results.Files() {
				if err := file.Write(io.Discard); err != nil {
					t.Logf("%s: %v", file.Path, err)
				}
			}
		})
	}
}

// labelled returns a table of rows that have nothing but labels.
func labelled(labels []int) *dataset.Table {
	t := dataset.NewTable(datasettest.NumberColumns(1))
	for _, label := range labels {
		t.Append([]float64{0}, nil, label)
	}
	return t
}

func TestATrainingThatNeedsMoreThanTheMemoryIsRefusedHoweverLittleThereIs(t *testing.T) {
	table, p := wine(t)
	err := Run(t.Context(), makeTasks(t, table, p), table, p, 4, 1, func(Record) {})
	if err == nil || !strings.Contains(err.Error(), "of memory (parameters ") {
		t.Errorf("error %v", err)
	}
}
