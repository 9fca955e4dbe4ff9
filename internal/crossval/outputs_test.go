package crossval

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/dataset/datasettest"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/plot"
	"example.com/sonar/internal/random"
)

// settings are those of a cross-validation of classes.
func settings(classes []string, splits, repeats int) *params.Params {
	p := &params.Params{Crossvalidate: params.Crossvalidate{Splits: splits, Repeats: repeats}, Evaluate: params.Evaluate{Confidence: 0.95}}
	p.Data.Classes = classes
	return p
}

// guessed returns the record of a task whose model predicts, from random numbers, each row's probabilities.
func guessed(table *dataset.Table, task Task, classes int) Record {
	_, test := task.Rows()
	rng := rand.New(rand.NewPCG(uint64(task.training), uint64(len(task.Scheme))))
	record := Record{ID: task.ID, Rows: test, Predicted: make([]int, len(test)), Probabilities: make([]float64, len(test)*classes)}
	for i := range test {
		row, sum := record.Probabilities[i*classes:][:classes], 0.
		for k := range row {
			row[k] = rng.Float64()
			sum += row[k]
		}
		for k := range row {
			row[k] /= sum
			if row[k] > row[record.Predicted[i]] {
				record.Predicted[i] = k
			}
		}
	}
	if foldfile.Decides(task.Scheme) {
		record.Importance = new(Importance)
		for range table.Columns {
			record.Importance.Loss = append(record.Importance.Loss, rng.Float64())
			record.Importance.Accuracy = append(record.Importance.Accuracy, rng.Float64())
		}
	}
	record.Scores = score(mlp.Predictions{Probabilities: matrix(record.Probabilities, len(test)), Classes: record.Predicted}, chosen(table.Labels, test))
	return record
}

func write(t *testing.T, r *Results) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, file := range r.Files() {
		var text bytes.Buffer
		if err := file.Write(&text); err != nil {
			t.Fatal(err)
		}
		files[file.Path] = text.String()
	}
	return files
}

// grouped is the wine in groups of about six rows of any class, with ids, and all of a rare class in one
// group more.
func grouped(t *testing.T) (*dataset.Table, *params.Params) {
	t.Helper()
	table, p := wine(t)
	var text strings.Builder
	text.WriteString("wine,patient,alcohol,colour,kind\n")
	for row := range table.Rows() {
		fmt.Fprintf(&text, "w%d,patient %d,%v,%v,class_%d\n", row, row*7919%31, table.Numbers(row)[0], table.Numbers(row)[9], table.Labels[row])
	}
	for row := range 2 {
		fmt.Fprintf(&text, "r%d,the rare,%v,%v,rare\n", row, table.Numbers(row)[0], table.Numbers(row)[9])
	}
	p.Data = params.Data{Classes: append(p.Data.Classes, "rare"), Header: true, ID: params.Column{Name: "wine"}, Group: params.Column{Name: "patient"}}
	p.Crossvalidate = params.Crossvalidate{Splits: 4, Repeats: 2, RandomState: 5}
	table, err := dataset.Read(t.Context(), file{strings.NewReader(text.String())}, p.Data)
	if err != nil {
		t.Fatal(err)
	}
	return table, p
}

type file struct{ *strings.Reader }

func (file) Name() string { return "wine.csv" }

// TestGroupsAreDealtWholeAndGroupedIsTheOnlyScheme, by the folds that dataset deals, and their classes may be
// missing: all of it is in the outputs.
func TestGroupsAreDealtWholeAndGroupedIsTheOnlyScheme(t *testing.T) {
	table, p := grouped(t)
	tasks := makeTasks(t, table, p)
	want, err := dataset.RepeatedStratifiedGroupKFold(t.Context(), dataset.Grouped{Labels: table.Labels, Classes: p.Data.Classes, Groups: table.Groups}, 4, 2, 5)
	if err != nil {
		t.Fatal(err)
	}
	if len(tasks) != 8 {
		t.Fatalf("%d tasks", len(tasks))
	}
	results := NewResults(table, p)
	for i, task := range tasks {
		if task.ID != (ID{foldfile.Grouped, i / 4, i % 4}) || task.training != i {
			t.Errorf("task %d is %v, training %d", i, task.ID, task.training)
		}
		train, test := task.Rows()
		if wantTrain, wantTest := want[i/4].Rows(i % 4); !slices.Equal(train, wantTrain) || !slices.Equal(test, wantTest) {
			t.Errorf("%v tests %v, want %v", task.ID, test, wantTest)
		}
		record, err := task.Do(t.Context(), table, p, Options{Workers: 1, Curves: true})
		if err != nil {
			t.Fatal(err)
		}
		results.Add(record)
	}
	files := write(t, results)
	if head := "row,wine,group,label,repeat_0,repeat_1,loss\n0,w0,patient 0,class_0,"; !strings.HasPrefix(files["predictions.csv"], head) {
		t.Errorf("predictions.csv begins %.100q, want %q", files["predictions.csv"], head)
	}
	p2, err := foldfile.ReadPredictions(strings.NewReader(files["predictions.csv"]), "predictions.csv", p.Data.Classes, 2)
	if err != nil || !slices.Equal(p2.Groups, table.Groups) {
		t.Errorf("groups read back as %v, %v", p2.Groups, err)
	}
	var report map[string]map[string]map[string]any
	if err := json.Unmarshal([]byte(files["metrics.json"]), &report); err != nil || len(report) != 1 || report[foldfile.Grouped]["roc_auc"]["low"] == nil {
		t.Errorf("metrics.json %v, %v", report, err)
	}
	wantWarnings := []string{
		"2 of 180 rows are equal, in all features, to a row of another fold (repeat 0 of scheme grouped): what is trained on them knows the answer, so scores may be too high",
		`6 of 8 folds test no row of some class, and their means over classes leave it out; the first is fold 0 of repeat 0, class "rare"`,
	}
	if warnings := Warnings(table, tasks, p.Data.Classes); !slices.Equal(warnings, wantWarnings) {
		t.Errorf("warnings\n%s\nwant\n%s", strings.Join(warnings, "\n"), strings.Join(wantWarnings, "\n"))
	}
}

// TestAFoldWithoutAnAreaLeavesTheMeanToTheOthers: of two classes, a fold that tests one has no area.
func TestAFoldWithoutAnAreaLeavesTheMeanToTheOthers(t *testing.T) {
	table := dataset.NewTable(datasettest.NumberColumns(1))
	for row := range 12 {
		table.Append([]float64{float64(row)}, nil, min(row%3, 1)*min(row/3, 1)) // the rows of group 0 are all of class 0
		table.Groups = append(table.Groups, fmt.Sprint(row/3))
	}
	p := settings([]string{"a", "b"}, 4, 1)
	results := NewResults(table, p)
	areas, n := 0., 0
	for _, task := range makeTasks(t, table, p) {
		record := guessed(table, task, 2)
		results.Add(record)
		if area := record.Scores[foldfile.AUC]; !math.IsNaN(area) {
			areas += area
			n++
		}
	}
	if n != 3 {
		t.Fatalf("%d folds have an area", n)
	}
	files := write(t, results)
	if want := fmt.Sprintf(`"roc_auc": {
      "mean": %v,
      "folds": 3,
      "low": null,
      "high": null
    }`, areas/3); !strings.Contains(files["metrics.json"], want) {
		t.Errorf("metrics.json\n%s\nwant\n%s", files["metrics.json"], want)
	}
	folds, err := foldfile.ReadFolds(strings.NewReader(files["folds.csv"]), "folds.csv")
	if err != nil || folds.Has[foldfile.AUC] || folds.Has[foldfile.AveragePrecision] || !folds.Has[foldfile.BalancedAccuracy] {
		t.Errorf("folds.csv\n%s%v", files["folds.csv"], err)
	}
	want := "scheme grouped: not every fold has rows of the classes that these need, so they are means of fewer folds, without an interval: roc_auc in 3, average_precision in 3"
	if warnings := results.Warnings(); !slices.Contains(warnings, want) {
		t.Errorf("warnings %q, want %q", warnings, want)
	}
}

func TestTheLossOfARowIsItsMeanOverTheRepeats(t *testing.T) {
	table, p := wine(t)
	results, want := NewResults(table, p), make([]float64, table.Rows())
	for _, task := range makeTasks(t, table, p) {
		record := guessed(table, task, 3)
		results.Add(record)
		for i, row := range record.Rows {
			if record.Scheme == foldfile.Stratified {
				want[row] += metrics.RowLoss(record.Probabilities[3*i:][:3], table.Labels[row])
			}
		}
	}
	got, err := foldfile.ReadPredictions(strings.NewReader(write(t, results)["predictions.csv"]), "predictions.csv", p.Data.Classes, 2)
	if err != nil {
		t.Fatal(err)
	}
	for row, loss := range want {
		if got.Loss[row] != loss/2 {
			t.Errorf("row %d has loss %v, want %v", row, got.Loss[row], loss/2)
		}
	}
}

func TestTheSampleIsOfTheLowestDrawsWhateverTheTable(t *testing.T) {
	small, large := sampleRows(20_001, 20_000), sampleRows(1_000_000, 20_000)
	if len(small) != 20_000 || len(large) != 20_000 || !slices.IsSorted(small) || !slices.IsSorted(large) {
		t.Fatalf("samples of %d and %d rows", len(small), len(large))
	}
	draws, highest, lower := make([]float64, 1_000_000), 0., 0
	for row := range draws {
		random.Stream{Purpose: random.Sample}.Uniforms(draws[row:row+1], 0, uint32(row), 0)
	}
	for _, row := range large {
		highest = max(highest, draws[row])
	}
	for _, draw := range draws {
		if draw <= highest {
			lower++
		}
	}
	if lower != 20_000 {
		t.Errorf("%d draws are as low as those of the sample", lower)
	}
	if want := []int{45, 139, 175, 247, 253}; !slices.Equal(large[:5], want) {
		t.Errorf("the sample begins %v, want %v", large[:5], want)
	}
	// A row that is in the sample of many rows is in that of fewer.
	for _, row := range large {
		if _, in := slices.BinarySearch(small, row); row <= 20_000 && !in {
			t.Errorf("row %d is in the sample of more rows only", row)
		}
	}
	if all := sampleRows(20_000, 20_000); !slices.Equal(all, rowsTo(20_000)) {
		t.Error("20,000 rows are not all there")
	}
}

// TestPredictionsOfManyRowsAreThoseOfTheSample: what a row is predicted does not depend on the rows left out.
func TestPredictionsOfManyRowsAreThoseOfTheSample(t *testing.T) {
	const rows = 21_000
	table := dataset.NewTable(datasettest.NumberColumns(1))
	for row := range rows {
		table.Append([]float64{float64(row)}, nil, row%2)
	}
	p := settings([]string{"R", "M"}, 2, 10)
	results := NewResults(table, p)
	predicted := make([][]int, 10)
	for _, task := range makeTasks(t, table, p) {
		record := guessed(table, task, 2)
		results.Add(record)
		if record.Scheme != foldfile.Stratified {
			continue
		}
		if predicted[record.Repeat] == nil {
			predicted[record.Repeat] = make([]int, rows)
		}
		for i, row := range record.Rows {
			predicted[record.Repeat][row] = record.Predicted[i]
		}
	}
	text := write(t, results)["predictions.csv"]
	got, err := foldfile.ReadPredictions(strings.NewReader(text), "predictions.csv", p.Data.Classes, 10)
	if err != nil || len(got.Rows) != foldfile.MaxRows || !got.IsSample() {
		t.Fatalf("%d rows, %v", len(got.Rows), err)
	}
	if len(text) > plot.MaxBytes {
		t.Errorf("%d bytes", len(text))
	}
	for i, row := range got.Rows {
		for repeat := range predicted {
			if int(got.Labels[i]) != row%2 || int(got.Predicted[repeat][i]) != predicted[repeat][row] {
				t.Fatalf("row %d, repeat %d: %d, want %d", row, repeat, got.Predicted[repeat][i], predicted[repeat][row])
			}
		}
	}
}

func TestLongLabelsLeaveFewerRows(t *testing.T) {
	table, p := labelled(make([]int, 30_000)), settings([]string{strings.Repeat("x", 200), "y"}, 2, 100)
	results := NewResults(table, p)
	var text bytes.Buffer
	if err := results.writePredictions(&text); err != nil {
		t.Fatal(err)
	}
	if n := text.Len(); n > foldfile.MaxSize/2 || len(results.sample) >= foldfile.MaxRows || len(results.sample) < 500 {
		t.Errorf("%d rows in %d bytes", len(results.sample), n)
	}
}

func TestFilesOfManyFoldsAndClassesStayBelowAMegabyte(t *testing.T) {
	const rows = 2000
	classes, table := make([]string, 1000), dataset.NewTable(datasettest.NumberColumns(1))
	for k := range classes {
		classes[k] = fmt.Sprintf("%s%04d", strings.Repeat(`"`, 196), k)
	}
	for row := range rows {
		table.Append([]float64{float64(row)}, nil, row%1000)
		table.Groups = append(table.Groups, fmt.Sprint(row))
	}
	t.Run("classes", func(t *testing.T) {
		p := settings(classes, 2, 1)
		results := NewResults(table, p)
		for _, task := range makeTasks(t, table, p) {
			record := guessed(table, task, 1000)
			record.History = make([]mlp.Epoch, 3000)
			for i := range record.History {
				record.History[i].Val = mlp.Scores{Loss: 1 / float64(3+task.Fold+i), Accuracy: 1 / float64(7+task.Fold+i), F1Macro: math.Pow(3, -float64(i))}
			}
			results.Add(record)
		}
		for name, text := range write(t, results) {
			if name != "predictions.csv" && len(text) > plot.MaxBytes || len(text) < 100 {
				t.Errorf("%s has %d bytes", name, len(text))
			}
		}
	})
	t.Run("folds", func(t *testing.T) {
		p := settings([]string{"a", "b"}, 10, 999)
		results := NewResults(labelled([]int{0, 1}), p)
		rng := rand.New(rand.NewPCG(1, 2))
		for i := range 9990 {
			results.Add(Record{ID: ID{foldfile.Stratified, i / 10, i % 10}, Rows: []int{i % 2}, Predicted: []int{0}, Probabilities: []float64{.5, .5}, Scores: foldfile.Scores{rng.Float64(), rng.Float64(), rng.Float64(), rng.Float64(), rng.Float64(), rng.Float64() / 1000}})
		}
		text := write(t, results)["folds.csv"]
		if n := len(text); n > plot.MaxBytes*9990/10_000 { // the blocked folds come to 10,000
			t.Errorf("folds.csv has %d bytes", n)
		}
		// The means are those of the numbers in folds.csv, to the last bit.
		folds, err := foldfile.ReadFolds(strings.NewReader(text), "folds.csv")
		if err != nil {
			t.Fatal(err)
		}
		for m := range foldfile.Metrics() {
			sum := 0.
			for _, fold := range folds.Lines {
				sum += fold.Scores[m]
			}
			if got := results.Report()[0].Metrics[m].Mean; got != sum/9990 {
				t.Errorf("metric %d has mean %v, want %v", m, got, sum/9990)
			}
		}
	})
}

func TestScoresThatAreOtherThanTheySeemAreWarnedOf(t *testing.T) {
	table := dataset.NewTable(datasettest.NumberColumns(2))
	for range 2 { // the table appended to itself
		for row := range 20 {
			table.Append([]float64{float64(row), 1}, nil, row%2)
		}
	}
	p := settings([]string{"a", "b"}, 4, 2)
	tasks := makeTasks(t, table, p)
	warnings := Warnings(table, tasks, p.Data.Classes)
	if len(warnings) != 1 || !strings.Contains(warnings[0], "of 40 rows are equal, in all features, to a row of another fold") {
		t.Errorf("warnings %q", warnings)
	}
	results := NewResults(table, p)
	for _, task := range tasks {
		record := guessed(table, task, 2)
		clear(record.Predicted)
		for i := range record.Probabilities {
			record.Probabilities[i] = 0.5
		}
		record.Scores = foldfile.Scores{.5, .5, 1. / 3, .5, .5, math.Ln2}
		results.Add(record)
	}
	var want []string
	for _, scheme := range []string{"stratified", "blocked"} {
		want = append(want,
			"scheme "+scheme+`: every row of every fold was predicted as "a": accuracy is the share of that class`,
			"scheme "+scheme+": all folds have the same accuracy: its interval is Wilson's, of the 40 rows of one repeat",
			"scheme "+scheme+": all folds have the same balanced_accuracy, f1_macro, roc_auc, average_precision, loss: without variance there is no interval, and it is null")
	}
	if warnings := results.Warnings(); !slices.Equal(warnings, want) {
		t.Errorf("warnings\n%s\nwant\n%s", strings.Join(warnings, "\n"), strings.Join(want, "\n"))
	}

	// A recipe that diverges is warned of once, with the first of its folds.
	wines, p := wine(t)
	p.Train.Optimizer, p.Train.LearningRate, p.Train.Scaling, p.Train.Epochs = params.SGD, 10, params.None, 1
	tasks = makeTasks(t, wines, p)
	results = NewResults(wines, p)
	if err := Run(t.Context(), tasks, wines, p, 2, 0, results.Add); err != nil {
		t.Fatal(err)
	}
	const prefix, suffix = "in 12 of 12 folds: the training ends with a loss of ", " (scheme stratified, repeat 0, fold 0)"
	if got := results.Warnings()[0]; !strings.HasPrefix(got, prefix) || !strings.HasSuffix(got, suffix) || strings.Count(fmt.Sprint(results.Warnings()), "ends with a loss") != 1 {
		t.Errorf("warnings\n%s", strings.Join(results.Warnings(), "\n"))
	}

	// Rows that are all different, and predictions that are not, need no warning if these are better than a guess.
	tasks = makeTasks(t, wines, p)
	for accuracy, want := range map[float64][]string{
		0.9:  nil,
		0.39: {`scheme stratified: accuracy is not shown to be more than 0.3989, that of predicting "class_1" for every row: its interval begins at 0.3896`},
	} {
		results = NewResults(wines, p)
		for _, task := range tasks {
			record := guessed(wines, task, 3)
			record.Scores[foldfile.Accuracy] = accuracy + float64(task.ID.Fold)/1000
			results.Add(record)
		}
		if warnings := append(Warnings(wines, tasks, p.Data.Classes), results.Warnings()...); !slices.Equal(warnings, want) {
			t.Errorf("accuracy %v: warnings %q, want %q", accuracy, warnings, want)
		}
	}
}

// TestWhatIsShownOfSomeFoldsIsTheirs writes the live files after every fold.
func TestWhatIsShownOfSomeFoldsIsTheirs(t *testing.T) {
	table, p := wine(t)
	results := NewResults(table, p)
	sum, tasks := 0., makeTasks(t, table, p)
	for i, task := range tasks {
		record := guessed(table, task, 3)
		results.Add(record)
		files := map[string]string{}
		for _, file := range results.LiveFiles() {
			var text bytes.Buffer
			if err := file.Write(&text); err != nil {
				t.Fatal(err)
			}
			files[file.Path] = text.String()
		}
		if lines := strings.Count(files["folds.csv"], "\n"); lines != i+2 {
			t.Errorf("after %d folds folds.csv has %d lines", i+1, lines)
		}
		if task.Scheme != foldfile.Stratified {
			continue
		}
		sum += record.Scores[foldfile.Loss]
		loss := results.Report()[0].Metrics[foldfile.Loss]
		if done := i+1 == 8; (loss.Low != nil) != done || (loss.Folds == i+1) == done || loss.Mean != sum/float64(i+1) {
			t.Errorf("after %d folds the loss is %+v, want the mean %v, an interval if they are all", i+1, loss, sum/float64(i+1))
		}
	}
	whole := write(t, results)
	for _, file := range results.LiveFiles() {
		var text bytes.Buffer
		if err := file.Write(&text); err != nil || text.String() != whole[file.Path] {
			t.Errorf("%s is not the final one in the end, %v", file.Path, err)
		}
	}
}
