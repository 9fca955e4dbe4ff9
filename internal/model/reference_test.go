package model

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/params"
)

// tolerance is how far from PyTorch a loss or a probability may be.
const tolerance = 1e-9

// A referenceTable is a file, how to read it, and its split.
type referenceTable struct {
	Name, File  string
	TestSize    float64 `json:"test_size"`
	RandomState uint32  `json:"random_state"`
	data        map[string]any
}

// UnmarshalJSON also keeps the keys of the data section.
func (r *referenceTable) UnmarshalJSON(text []byte) error {
	type plain referenceTable
	if err := json.Unmarshal(text, (*plain)(r)); err != nil {
		return err
	}
	return json.Unmarshal(text, &r.data)
}

// A referenceRun is a training on a table by PyTorch and scikit-learn.
type referenceRun struct {
	Name, Table   string
	Params        map[string]any
	Inputs        []string
	TrainRows     []int `json:"train_rows"`
	TestRows      []int `json:"test_rows"`
	History       []mlp.Epoch
	Probabilities [][]float64 // of the first test rows
	Predictions   string      // of the test rows, a base-36 digit each
}

// What table_a.json and table_b.json leave out of their recipes.
var omitted = map[string]any{
	"loss": "cross_entropy", "momentum": 0, "schedule": "constant", "dropout": 0, "input_noise": 0, "label_smoothing": 0,
	"class_weight": "none", "ensemble": 1, "patience": 0, "checkpoint_every": 0,
}

// settings returns those of a run on a table, read as a params.yaml: JSON is YAML too.
func (r referenceRun) settings(t *testing.T, table referenceTable) *params.Params {
	t.Helper()
	data := map[string]any{}
	for _, key := range []string{"classes", "header", "label", "id", "group", "drop", "categorical", "missing"} {
		data[key] = table.data[key]
	}
	train := maps.Clone(omitted)
	maps.Copy(train, r.Params)
	text, err := json.Marshal(map[string]any{"data": data, "train": train})
	if err != nil {
		t.Fatal(err)
	}
	p, err := params.Read(bytes.NewReader(text), r.Name, params.SectionData, params.SectionTrain)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// split returns the numbers of the rows to train on and to test on.
func (r referenceTable) split(ctx context.Context, s dataset.Sample, classes []string) (train, test []int, err error) {
	if s.Table.Groups == nil {
		return dataset.StratifiedSplit(s.Labels(), classes, r.TestSize, r.RandomState)
	}
	return dataset.StratifiedGroupSplit(ctx, dataset.Grouped{Labels: s.Labels(), Classes: classes, Groups: s.Table.Groups}, r.TestSize, r.RandomState)
}

// fit trains a run's recipe and compares it with the run.
func (r referenceRun) fit(t *testing.T, table referenceTable) (*Model, dataset.Sample) {
	t.Helper()
	p := r.settings(t, table)
	raw := open(t, table.File)
	read, err := dataset.Read(t.Context(), raw, p.Data)
	if err != nil {
		t.Fatal(err)
	}
	all := read.All()
	trainRows, testRows, err := table.split(t.Context(), all, p.Data.Classes)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(trainRows, r.TrainRows) || !slices.Equal(testRows, r.TestRows) {
		t.Error("the rows are split otherwise")
	}
	test := all.Select(r.TestRows)
	m, training, err := Fit(t.Context(), all.Select(r.TrainRows), test, p.Data, p.Train, mlp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if names := m.Features.Names(); !slices.Equal(names, r.Inputs) {
		t.Errorf("inputs %q, want %q", names, r.Inputs)
	}
	if len(training.History) != len(r.History) || training.Warnings != nil {
		t.Fatalf("%d epochs, want %d; warnings %q", len(training.History), len(r.History), training.Warnings)
	}
	for epoch, want := range r.History {
		sameScores(t, fmt.Sprintf("epoch %d train", epoch), training.History[epoch].Train, want.Train)
		sameScores(t, fmt.Sprintf("epoch %d val", epoch), training.History[epoch].Val, want.Val)
	}
	return m, test
}

// sameScores: the loss within the tolerance, the rest exactly.
func sameScores(t *testing.T, name string, got, want mlp.Scores) {
	t.Helper()
	if !(math.Abs(got.Loss-want.Loss) <= tolerance) || got.Accuracy != want.Accuracy || got.F1Macro != want.F1Macro {
		t.Errorf("%s: %+v, want %+v", name, got, want)
	}
}

func samePredictions(t *testing.T, got mlp.Predictions, probabilities [][]float64, classes []int) {
	t.Helper()
	if !slices.Equal(got.Classes, classes) {
		t.Errorf("predicted %v, want %v", got.Classes, classes)
	}
	for b, want := range probabilities {
		for k, v := range want {
			if p := got.Probabilities.Data[b*got.Probabilities.Stride+k]; !(math.Abs(p-v) <= tolerance) {
				t.Errorf("row %d: probability %v of class %d, want %v", b, p, k, v)
			}
		}
	}
}

func TestTrainingsOnTablesMatchPyTorch(t *testing.T) {
	var file struct {
		Tables []referenceTable
		Runs   []referenceRun
	}
	readJSON(t, "testdata/tables.json", &file)
	if len(file.Runs) == 0 {
		t.Fatal("there are no runs")
	}
	for _, run := range file.Runs {
		t.Run(run.Name, func(t *testing.T) {
			t.Parallel()
			table := file.Tables[slices.IndexFunc(file.Tables, func(table referenceTable) bool { return table.Name == run.Table })]
			m, test := run.fit(t, table)
			predictions, err := m.Predict(test, 0)
			if err != nil {
				t.Fatal(err)
			}
			var classes []int
			for _, digit := range run.Predictions {
				class, err := strconv.ParseInt(string(digit), 36, 0)
				if err != nil {
					t.Fatal(err)
				}
				classes = append(classes, int(class))
			}
			samePredictions(t, predictions, run.Probabilities, classes)
		})
	}
}

// The new rows have their columns in another order, a text that no training row has, and gaps.
func TestTablesAndTheirNewRowsMatchTheReferences(t *testing.T) {
	for _, name := range []string{"table_a", "table_b"} {
		t.Run(name, func(t *testing.T) {
			var file struct {
				Data             map[string]any
				Prepare          referenceTable
				Train            map[string]any
				NewProbabilities [][]float64 `json:"new_probabilities"`
				NewPredictions   []string    `json:"new_predictions"`
				referenceRun
			}
			readJSON(t, "testdata/"+name+".json", &file)
			table := file.Prepare
			table.data, table.File = file.Data, "internal/model/testdata/table_a.csv"
			if name == "table_b" {
				table.File = "internal/dataset/testdata/table_b.csv"
			}
			run := file.referenceRun
			run.Params = file.Train
			m, test := run.fit(t, table)

			rows := newRows(t, m, "internal/model/testdata/"+name+"_new.csv")
			predictions, err := m.Predict(rows, 0)
			if err != nil {
				t.Fatal(err)
			}
			var classes []int
			for _, class := range file.NewPredictions {
				classes = append(classes, slices.Index(m.Data.Classes, class))
			}
			samePredictions(t, predictions, file.NewProbabilities, classes)
			sameAfterwards(t, m, test)
			sameAfterwards(t, m, rows)
		})
	}
}

// sameAfterwards checks that a model predicts the same bits after it is written and read.
func sameAfterwards(t *testing.T, m *Model, rows dataset.Sample) {
	t.Helper()
	var file bytes.Buffer
	if err := Encode(&file, m); err != nil {
		t.Fatal(err)
	}
	read, err := Decode(&file)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read, m) {
		t.Errorf("another model is read: %+v, want %+v", read, m)
	}
	want, err := m.Predict(rows, 0)
	if err != nil {
		t.Fatal(err)
	}
	got, err := read.Predict(rows, 1)
	if err != nil || !slices.Equal(got.Probabilities.Data, want.Probabilities.Data) {
		t.Errorf("other predictions, error %v", err)
	}
}

// open opens a file of the repository.
func open(t *testing.T, path string) *os.File {
	t.Helper()
	file, err := os.Open(filepath.Join("../..", path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// newRows reads rows to predict with the model's schema.
func newRows(t *testing.T, m *Model, path string) dataset.Sample {
	t.Helper()
	schema, err := m.Schema()
	if err != nil {
		t.Fatal(err)
	}
	var rows []dataset.Sample
	err = schema.ReadRows(t.Context(), open(t, path), func(table *dataset.Table, _ func(int) int) error {
		rows = append(rows, table.All())
		return nil
	})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d tables, %v", len(rows), err)
	}
	return rows[0]
}

func readJSON(t *testing.T, path string, v any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
