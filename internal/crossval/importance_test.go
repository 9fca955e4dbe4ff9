package crossval

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/dataset/datasettest"
	"example.com/sonar/internal/features"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/model"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/plot"
	"example.com/sonar/internal/random"
)

// An estimate is the mean and the standard deviation of the importance over permutations, for each column.
type estimate struct{ Mean, SD []float64 }

// A sklearnModel was trained by scikit-learn; reference/importance.py says how.
type sklearnModel struct {
	Name, Data, Activation string
	Fitted, Tested         []int
	Classes                []string
	Weights                [][][]float64 // of each layer, [in][out]
	Biases                 [][]float64
	Repeats                int
	LogLoss                float64 `json:"log_loss"`
	Loss, Accuracy         estimate
}

var sklearnTables = map[string]struct {
	file string
	data params.Data
}{
	"wine":  {"wine.csv", params.Data{}},
	"sonar": {"sonar.all-data", params.Data{}},
	"table_b": {"table_b.csv", params.Data{
		Header: true, Label: params.Column{Name: "outcome"}, ID: params.Column{Name: "visit"}, Group: params.Column{Name: "site"},
		Drop: []params.Column{{Name: "remark"}}, Categorical: []params.Column{{Name: "kind"}, {Name: "colour"}, {Name: "size"}},
		Missing: []string{"", "NA"},
	}},
}

// load returns the model and the rows that it is tested on.
func (s sklearnModel) load(t *testing.T) (*model.Model, dataset.Sample) {
	t.Helper()
	data := sklearnTables[s.Data].data
	data.Classes = s.Classes
	f, err := os.Open(filepath.Join("../dataset/testdata", sklearnTables[s.Data].file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := dataset.Read(t.Context(), f, data)
	if err != nil {
		t.Fatal(err)
	}
	fitted, _, err := features.Fit(dataset.Sample{Table: table, Rows: s.Fitted}, params.Standard)
	if err != nil {
		t.Fatal(err)
	}
	sizes, output := []int{fitted.Len()}, params.Linear
	for _, biases := range s.Biases {
		sizes = append(sizes, len(biases))
	}
	if sizes[len(sizes)-1] == 1 {
		output = params.Sigmoid
	}
	network := mlp.NewNetwork(sizes, s.Activation, output)
	for l := range s.Biases {
		copy(network.Weight(l).Data, slices.Concat(s.Weights[l]...))
		copy(network.Bias(l), s.Biases[l])
	}
	return &model.Model{Data: data, Features: fitted, Members: []*mlp.Network{network}}, dataset.Sample{Table: table, Rows: s.Tested}
}

// TestImportanceMatchesScikitLearn: permutation_importance of the same model differs by its permutations alone.
func TestImportanceMatchesScikitLearn(t *testing.T) {
	text, err := os.ReadFile("testdata/importance.json")
	if err != nil {
		t.Fatal(err)
	}
	var references struct{ Runs []sklearnModel }
	if err := json.Unmarshal(text, &references); err != nil || len(references.Runs) != 3 {
		t.Fatalf("%d references, %v", len(references.Runs), err)
	}
	const permutations = 200
	for _, s := range references.Runs {
		t.Run(s.Name, func(t *testing.T) {
			m, tested := s.load(t)
			predictions, err := m.Predict(tested, 1)
			if err != nil {
				t.Fatal(err)
			}
			if loss := metrics.LogLoss(predictions.Probabilities, tested.Labels()); math.Abs(loss-s.LogLoss) > 1e-9 {
				t.Fatalf("the model has a loss of %v, want %v: it is another", loss, s.LogLoss)
			}
			columns := len(tested.Table.Columns)
			loss, accuracy := make([]float64, columns), make([]float64, columns)
			for training := range uint32(permutations) {
				i, err := permute(t.Context(), m, tested, random.Stream{Purpose: random.Permutations}, training)
				if err != nil {
					t.Fatal(err)
				}
				for c := range columns {
					loss[c] += i.Loss[c] / permutations
					accuracy[c] += i.Accuracy[c] / permutations
				}
			}
			s.Loss.check(t, "loss", loss, permutations, s.Repeats)
			s.Accuracy.check(t, "accuracy", accuracy, permutations, s.Repeats)
		})
	}
}

// check compares means within five standard errors of their difference.
func (e estimate) check(t *testing.T, what string, got []float64, permutations, repeats int) {
	t.Helper()
	for c, mean := range e.Mean {
		se := e.SD[c] * math.Sqrt(1/float64(permutations)+1/float64(repeats))
		if math.Abs(got[c]-mean) > 5*se+1e-12 {
			t.Errorf("%s of column %d: %v, want %v with a standard error of %v", what, c, got[c], mean, se)
		}
	}
	if slices.Max(e.Mean) < 5*slices.Max(e.SD)/math.Sqrt(float64(repeats)) {
		t.Errorf("%s: no column matters, so nothing is compared", what)
	}
}

// trained is a model of numbers, texts and gaps, with the rows that it is tested on.
func trained(t *testing.T) (*model.Model, dataset.Sample) {
	t.Helper()
	table, p := visits(t)
	task := makeTasks(t, table, p)[1]
	train, test := task.Rows()
	m, _, err := fit(t.Context(), table, train, test, p.Data, p.Train, Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	return m, dataset.Sample{Table: table, Rows: test}
}

// visits is a table of groups, texts and gaps.
func visits(t *testing.T) (*dataset.Table, *params.Params) {
	t.Helper()
	_, p := wine(t)
	f, err := os.Open("../dataset/testdata/table_b.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p.Data = sklearnTables["table_b"].data
	p.Data.Classes = []string{"low", "mid", "high"}
	table, err := dataset.Read(t.Context(), f, p.Data)
	if err != nil {
		t.Fatal(err)
	}
	return table, p
}

// TestImportanceIsThatOfATableWithOneColumnPermuted predicts such tables.
func TestImportanceIsThatOfATableWithOneColumnPermuted(t *testing.T) {
	m, tested := trained(t)
	stream := random.Stream{Seed: 5, Purpose: random.Permutations}
	got, err := permute(t.Context(), m, tested, stream, 7)
	if err != nil {
		t.Fatal(err)
	}
	base, err := m.Predict(tested, 1)
	if err != nil {
		t.Fatal(err)
	}
	loss, accuracy := scorePermuted(base, tested.Labels())
	numbers, codes := 0, 0
	for c, column := range tested.Table.Columns {
		order := rowsTo(tested.Len())
		stream.Shuffle(order, 7, uint32(column.Position), 0)
		permuted := dataset.NewTable(tested.Table.Columns)
		permuted.Texts = tested.Table.Texts
		for i := range tested.Len() {
			n, k := slices.Clone(tested.Numbers(i)), slices.Clone(tested.Codes(i))
			if column.Kind == dataset.Number {
				n[numbers] = tested.Numbers(order[i])[numbers]
			} else {
				k[codes] = tested.Codes(order[i])[codes]
			}
			permuted.Append(n, k, tested.Labels()[i])
		}
		if column.Kind == dataset.Number {
			numbers++
		} else {
			codes++
		}
		predictions, err := m.Predict(permuted.All(), 1)
		if err != nil {
			t.Fatal(err)
		}
		permutedLoss, permutedAccuracy := scorePermuted(predictions, permuted.Labels)
		if math.Abs(got.Loss[c]-(permutedLoss-loss)) > 1e-12 || got.Accuracy[c] != accuracy-permutedAccuracy {
			t.Errorf("%v: loss %v, accuracy %v, want %v and %v", column, got.Loss[c], got.Accuracy[c], permutedLoss-loss, accuracy-permutedAccuracy)
		}
	}
	if numbers != 5 || codes != 3 {
		t.Errorf("%d columns of numbers and %d of texts", numbers, codes)
	}
}

// TestOfManyRowsASampleIsPermuted: the importance is that of the sample alone.
func TestOfManyRowsASampleIsPermuted(t *testing.T) {
	m, few := trained(t)
	many := dataset.Sample{Table: few.Table}
	for i := range 2*maxPermutedRows + 1 {
		many.Rows = append(many.Rows, few.Rows[i*i%few.Len()])
	}
	got, err := permute(t.Context(), m, many, random.Stream{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	sample := many.Select(sampleRows(many.Len(), maxPermutedRows))
	if want, err := permute(t.Context(), m, sample, random.Stream{}, 0); err != nil || !slices.Equal(got.Loss, want.Loss) || !slices.Equal(got.Accuracy, want.Accuracy) {
		t.Errorf("importance %v, want %v, %v", got, want, err)
	}
}

// importanceLines reads a file of importance: the fields of each line by the names in the first.
func importanceLines(t *testing.T, text string) []map[string]string {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if want := "column,loss,loss_low,loss_high,accuracy,accuracy_low,accuracy_high"; strings.Join(records[0], ",") != want {
		t.Fatalf("columns %v, want %s", records[0], want)
	}
	var lines []map[string]string
	for _, record := range records[1:] {
		line := map[string]string{}
		for i, field := range record {
			line[records[0][i]] = field
		}
		lines = append(lines, line)
	}
	return lines
}

func value(t *testing.T, field string) (v float64) {
	t.Helper()
	if _, err := fmt.Sscan(field, &v); err != nil {
		t.Fatalf("%q: %v", field, err)
	}
	return v
}

// TestPlantedColumnsHaveTheImportanceThatTheyShould: of a copy of the label, noise and a constant.
func TestPlantedColumnsHaveTheImportanceThatTheyShould(t *testing.T) {
	_, p := wine(t)
	p.Data.Classes = []string{"a", "b"}
	p.Train.Epochs, p.Train.LearningRate = 60, 0.05
	p.Crossvalidate = params.Crossvalidate{Splits: 5, Repeats: 2}
	table := dataset.NewTable(datasettest.NumberColumns(6))
	noise := make([]float64, 4)
	for row := range 150 {
		random.Stream{Seed: 9}.Uniforms(noise, 0, uint32(row), 0)
		label := row * row % 7 % 2
		table.Append([]float64{noise[0], 3, noise[1], float64(label), noise[2], noise[3]}, nil, label)
	}
	results := NewResults(table, p)
	if err := Run(t.Context(), makeTasks(t, table, p), table, p, 2, 0, results.Add); err != nil {
		t.Fatal(err)
	}
	lines := importanceLines(t, write(t, results)["importance.csv"])
	if len(lines) != 6 || lines[0]["column"] != "4" {
		t.Fatalf("%v, want the copy of the label, column 4, first", lines)
	}
	if value(t, lines[0]["loss_low"]) < 0.3 || value(t, lines[0]["accuracy_low"]) < 0.3 {
		t.Errorf("the copy of the label has an importance of %v", lines[0])
	}
	for _, line := range lines[1:] {
		if line["column"] == "2" {
			if line["loss"] != "0" || line["loss_low"] != "" || line["loss_high"] != "" || line["accuracy"] != "0" || line["accuracy_low"] != "" {
				t.Errorf("the constant has an importance of %v, want 0 and no interval", line)
			}
			continue
		}
		if value(t, line["loss_low"]) > 0 || value(t, line["loss_high"]) < 0 || math.Abs(value(t, line["loss"])) > 0.02 {
			t.Errorf("noise has an importance of %v", line)
		}
	}
}

// TestImportanceHasTheIntervalOfAMetric: the mean over the folds and their corrected interval, for data with groups.
func TestImportanceHasTheIntervalOfAMetric(t *testing.T) {
	table, p := visits(t)
	results := NewResults(table, p)
	var values [8][]float64
	err := Run(t.Context(), makeTasks(t, table, p), table, p, 2, 0, func(record Record) {
		results.Add(record)
		for c := range values {
			values[c] = append(values[c], record.Importance.Loss[c])
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	files := write(t, results)
	if files["plots/importance.csv"] != files["importance.csv"] {
		t.Error("the plot does not have all of 8 columns")
	}
	last := math.Inf(1)
	for _, line := range importanceLines(t, files["importance.csv"]) {
		c := slices.IndexFunc(table.Columns, func(c dataset.Column) bool { return c.Name == line["column"] })
		want := Summarize(values[c], p.Crossvalidate.Splits, p.Evaluate.Confidence)
		if len(values[c]) != 8 || value(t, line["loss"]) != want.Mean || value(t, line["loss_low"]) != *want.Low || value(t, line["loss_high"]) != *want.High {
			t.Errorf("%v, want the interval of %v", line, values[c])
		}
		if want.Mean > last {
			t.Errorf("%v does not descend", line)
		}
		last = want.Mean
	}
}

// TestImportanceOfManyColumnsIsSmall: names as long as may be, and the columns that do not fit are the least important.
func TestImportanceOfManyColumnsIsSmall(t *testing.T) {
	for name, of := range map[string]struct{ columns, length int }{"short": {20_000, 0}, "long": {20_000, 300}, "huge": {2, plot.MaxBytes}} {
		t.Run(name, func(t *testing.T) {
			columns := of.columns
			kinds := datasettest.NumberColumns(columns)
			pad := strings.Repeat(`"`, of.length)
			for c := range kinds {
				kinds[c].Name = fmt.Sprint("c", c, pad)
			}
			table, p := dataset.NewTable(kinds), settings([]string{"a", "b"}, 2, 1)
			table.Append(make([]float64, columns), nil, 0)
			results := NewResults(table, p)
			for fold := range 2 {
				i := &Importance{make([]float64, columns), make([]float64, columns)}
				for c := range columns {
					i.Loss[c], i.Accuracy[c] = math.Sqrt(float64(c/2)), float64(fold)/3
				}
				results.importance = append(results.importance, i)
			}
			files := map[string]string{}
			for _, file := range results.Files() {
				var text strings.Builder
				if strings.HasSuffix(file.Path, "importance.csv") && file.Write(&text) != nil {
					t.Fatal("not written")
				}
				files[file.Path] = text.String()
			}
			for path, most := range map[string]int{"importance.csv": columns, "plots/importance.csv": maxDrawn} {
				lines := importanceLines(t, files[path])
				if len(files[path]) > plot.MaxBytes || len(lines) > most || len(lines) == 0 != (name == "huge") {
					t.Fatalf("%s: %d bytes, %d lines", path, len(files[path]), len(lines))
				}
				for i, line := range lines {
					if want := fmt.Sprint("c", columns-2-i/2*2+i%2, pad); line["column"] != want {
						t.Fatalf("%s: line %d is of %.20s, want %.20s", path, i, line["column"], want)
					}
				}
			}
		})
	}
}

// TestOnlyTheSchemeThatDecidesHasImportance, and only if it is asked for.
func TestOnlyTheSchemeThatDecidesHasImportance(t *testing.T) {
	table, p := wine(t)
	p.Train.Epochs = 1
	for _, task := range makeTasks(t, table, p) {
		for _, asked := range []bool{false, true} {
			record, err := task.Do(t.Context(), table, p, Options{Workers: 1, Importance: asked})
			if err != nil {
				t.Fatal(err)
			}
			if want := asked && task.Scheme == foldfile.Stratified; (record.Importance != nil) != want {
				t.Errorf("%v has importance: %t", task.ID, !want)
			}
		}
	}
}

// TestImportanceNeedsNoMatrixInMemory: features keep none if most inputs are 0, as those of texts are, or if it is large.
func TestImportanceNeedsNoMatrixInMemory(t *testing.T) {
	texts := dataset.NewTable([]dataset.Column{{Name: "city", Position: 1, Kind: dataset.Category}})
	texts.Texts = [][]string{{"a", "b", "c", "d", "e"}}
	for row := range 100 {
		texts.Append(nil, []int32{int32(row % 5)}, min(row%5, 1))
	}
	const many = 4400
	wide := dataset.NewTable(datasettest.NumberColumns(many))
	values := make([]float64, many)
	for row := range 2000 {
		values[0] = float64(row % 2)
		wide.Append(values, nil, row%2)
	}
	for name, table := range map[string]*dataset.Table{"texts": texts, "many numbers": wide} {
		t.Run(name, func(t *testing.T) {
			_, p := wine(t)
			p.Data.Classes = []string{"a", "b"}
			p.Train = params.Train{HiddenSizes: []int{4}, Activation: params.Tanh, Output: params.Linear, Loss: params.CrossEntropy,
				Optimizer: params.Adam, LearningRate: 0.05, Schedule: params.Constant, Epochs: 30, Scaling: params.None, ClassWeight: params.None, Ensemble: 1}
			p.Crossvalidate = params.Crossvalidate{Splits: 2, Repeats: 1}
			task := makeTasks(t, table, p)[0]
			record, err := task.Do(t.Context(), table, p, Options{Workers: 1, Importance: true})
			if err != nil {
				t.Fatal(err)
			}
			if i := record.Importance; i.Loss[0] < 0.1 || i.Accuracy[0] < 0.1 || slices.ContainsFunc(i.Loss[1:], func(v float64) bool { return v != 0 }) {
				t.Errorf("importance %v, %v", i.Loss[:1], i.Accuracy[:1])
			}
		})
	}
}
