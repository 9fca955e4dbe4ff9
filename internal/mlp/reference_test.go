package mlp

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/features"
	"example.com/sonar/internal/params"
)

// The references are runs of PyTorch, made by the scripts in reference/ at the top of the repository.
const (
	referenceFolder    = "testdata/references"
	referenceTolerance = 1e-9
)

// A referenceRun is one training by PyTorch in float64.
type referenceRun struct {
	Name          string          `json:"name"`
	Data          string          `json:"data"`
	Params        json.RawMessage `json:"params"`
	History       []Epoch         `json:"history"`
	Probabilities [][]float64     `json:"probabilities"`
	Predictions   string          `json:"predictions"`
	Parameters    [][]float64     `json:"parameters"` // weight [out][in] and bias of each layer, for each member
}

// A referenceData is a data set and its split.
type referenceData struct {
	Name      string   `json:"name"`
	File      string   `json:"file"`
	Classes   []string `json:"classes"`
	TrainRows []int    `json:"train_rows"`
	TestRows  []int    `json:"test_rows"`

	train, test dataset.Sample
}

// problem has the rows as the recipe scales them.
func (d *referenceData) problem(t *testing.T, scaling string) Problem {
	t.Helper()
	f, _, err := features.Fit(d.train, scaling)
	if err != nil {
		t.Fatal(err)
	}
	data := func(s dataset.Sample) Data {
		x, err := f.Inputs(s)
		if err != nil {
			t.Fatal(err)
		}
		return Data{x, s.Labels()}
	}
	return Problem{Classes: len(d.Classes), Train: data(d.train), Test: data(d.test)}
}

func TestTrainingsMatchPyTorch(t *testing.T) {
	sets := readReferenceData(t)
	for _, file := range []string{"recipes.json", "drawn.json"} {
		var references struct {
			Runs []referenceRun `json:"runs"`
		}
		readJSON(t, filepath.Join(referenceFolder, file), &references)
		if len(references.Runs) == 0 {
			t.Fatalf("%s has no runs", file)
		}
		for _, run := range references.Runs {
			t.Run(run.Name, func(t *testing.T) {
				t.Parallel()
				checkRun(t, run, sets[run.Data])
			})
		}
	}
}

func checkRun(t *testing.T, run referenceRun, data *referenceData) {
	recipe := readRecipe(t, run.Params, data.Classes)
	problem := data.problem(t, recipe.Scaling)
	result, err := Fit(t.Context(), recipe, problem, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(result.History) != len(run.History) {
		t.Fatalf("%d epochs, want %d", len(result.History), len(run.History))
	}
	for epoch, want := range run.History {
		checkScores(t, fmt.Sprintf("epoch %d train", epoch), result.History[epoch].Train, want.Train)
		checkScores(t, fmt.Sprintf("epoch %d val", epoch), result.History[epoch].Val, want.Val)
	}
	predictions := Predict(result.Members, problem.Test.X, 0)
	for b, want := range run.Probabilities {
		for k, p := range row(predictions.Probabilities, b) {
			if math.Abs(p-want[k]) > referenceTolerance {
				t.Errorf("row %d: probability %v of class %d, want %v", b, p, k, want[k])
			}
		}
		if class := fmt.Sprint(predictions.Classes[b]); class != run.Predictions[b:b+1] {
			t.Errorf("row %d: predicted class %s, want %s", b, class, run.Predictions[b:b+1])
		}
	}
	for i, want := range run.Parameters {
		checkParameters(t, result.Members[i], want)
	}
}

// checkScores: the loss within the tolerance, the rest exactly.
func checkScores(t *testing.T, name string, got, want Scores) {
	t.Helper()
	if math.Abs(got.Loss-want.Loss) > referenceTolerance {
		t.Errorf("%s: loss %v, want %v", name, got.Loss, want.Loss)
	}
	if got.Accuracy != want.Accuracy || got.F1Macro != want.F1Macro {
		t.Errorf("%s: accuracy and F1 %v, %v, want %v, %v", name, got.Accuracy, got.F1Macro, want.Accuracy, want.F1Macro)
	}
}

// checkParameters compares those of one network, relative to the largest if they are large.
func checkParameters(t *testing.T, n *Network, want []float64) {
	t.Helper()
	scale := 1.0
	for _, v := range want {
		scale = max(scale, math.Abs(v))
	}
	i := 0
	check := func(got float64) {
		if math.Abs(got-want[i]) > referenceTolerance*scale {
			t.Errorf("parameter %d: %v, want %v", i, got, want[i])
		}
		i++
	}
	for l := range n.Layers() {
		weight := n.Weight(l)
		for o := range weight.Cols {
			for in := range weight.Rows {
				check(row(weight, in)[o])
			}
		}
		for _, v := range n.Bias(l) {
			check(v)
		}
	}
}

// readRecipe reads the train section of a reference as that of a params.yaml: JSON is YAML too.
func readRecipe(t *testing.T, section json.RawMessage, classes []string) params.Train {
	t.Helper()
	list, err := json.Marshal(classes)
	if err != nil {
		t.Fatal(err)
	}
	file := fmt.Sprintf("data: {classes: %s}\ntrain: %s\n", list, strings.ReplaceAll(string(section), "\n", " "))
	p, err := params.ReadOlder(strings.NewReader(file), "reference", params.SectionData, params.SectionTrain)
	if err != nil {
		t.Fatal(err)
	}
	return p.Train
}

func readReferenceData(t *testing.T) map[string]*referenceData {
	t.Helper()
	var file struct {
		Data []*referenceData `json:"data"`
	}
	readJSON(t, filepath.Join(referenceFolder, "data.json"), &file)
	sets := map[string]*referenceData{}
	for _, set := range file.Data {
		set.read(t)
		sets[set.Name] = set
	}
	return sets
}

func (d *referenceData) read(t *testing.T) {
	t.Helper()
	path := filepath.Join("../dataset/testdata", d.File)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := dataset.Read(t.Context(), f, params.Data{Classes: d.Classes})
	if err != nil {
		t.Fatal(err)
	}
	d.train, d.test = table.All().Select(d.TrainRows), table.All().Select(d.TestRows)
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
