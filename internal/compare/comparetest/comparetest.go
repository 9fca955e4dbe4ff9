// Package comparetest makes what the stage crossvalidate would have written, for tests of comparisons.
package comparetest

import (
	"crypto/md5"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"

	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/revision"
)

// Results describe one cross-validation. Its files agree with each other.
type Results struct {
	Rows, Splits, Repeats int
	// Wrong reports whether the model of a repeat (-1 is the blocked scheme) is wrong about a row.
	Wrong func(repeat, row int) bool
	// Loss is added to the loss of every row, which is 0.5, or 1 if the prediction is wrong.
	Loss float64
	// Groups is the number of groups that the rows are in, in turn; 0 is none.
	Groups int
}

// Random returns the results, 10 x 10 folds of 208 rows, of a model that is wrong about a row with the
// given probability. Models of the same seed are wrong about the same rows first.
func Random(seed uint64, errors float64) Results {
	const rows, splits, repeats = 208, 10, 10
	rng := rand.New(rand.NewPCG(seed, 0))
	var hardness [repeats + 1][rows]float64
	for i := range hardness {
		for row := range hardness[i] {
			hardness[i][row] = rng.Float64()
		}
	}
	return Results{Rows: rows, Splits: splits, Repeats: repeats, Wrong: func(repeat, row int) bool {
		return hardness[repeat+1][row] < errors
	}}
}

var classes = []string{"R", "M"}

// Files returns the files, by path.
func (r Results) Files() map[string]string {
	folds, group := r.folds(), ""
	if r.Groups > 0 {
		group = "  group: 7\n"
	}
	return map[string]string{
		"params.yaml": fmt.Sprintf(`data:
  classes:
    - R
    - M
%strain:
  learning_rate: 0.01
crossvalidate:
  splits: %d
  repeats: %d
  random_state: 0
`, group, r.Splits, r.Repeats),
		"data/sonar.all-data.dvc":                     "outs:\n- md5: 0f0265348129ba2f72f76d9adc7b36b6\n  size: 87984\n  hash: md5\n  path: sonar.all-data\n",
		"experiments/crossvalidation/folds.csv":       written(func(w io.Writer) error { return foldfile.WriteFolds(w, folds) }),
		"experiments/crossvalidation/predictions.csv": written(func(w io.Writer) error { return foldfile.WritePredictions(w, r.predictions(), classes) }),
		"experiments/crossvalidation/metrics.json":    means(folds),
	}
}

// Lock returns a dvc.lock that says that files are what a run wrote.
func Lock(files map[string]string) string {
	lock := "schema: '2.0'\nstages:\n  crossvalidate:\n    cmd: go run ./cmd/crossvalidate\n" +
		"    deps:\n    - path: data/sonar.all-data\n      hash: md5\n      md5: 0f0265348129ba2f72f76d9adc7b36b6\n" +
		"    params:\n      params.yaml:\n        crossvalidate.splits: 10\n        train:\n          learning_rate: 0.01\n    outs:\n"
	for _, name := range []string{"folds.csv", "metrics.json", "predictions.csv"} {
		path := "experiments/crossvalidation/" + name
		lock += fmt.Sprintf("    - path: %s\n      hash: md5\n      md5: %x\n", path, md5.Sum([]byte(files[path])))
	}
	return lock
}

// rowsOf deals every splits-th row to a fold.
func (r Results) rowsOf(fold int) []int {
	var rows []int
	for row := fold; row < r.Rows; row += r.Splits {
		rows = append(rows, row)
	}
	return rows
}

func (r Results) folds() []foldfile.Fold {
	var folds []foldfile.Fold
	for repeat := range r.Repeats {
		folds = append(folds, r.repeat(foldfile.Schemes(r.Groups > 0)[0], repeat, repeat)...)
	}
	if r.Groups > 0 {
		return folds
	}
	return append(folds, r.repeat(foldfile.Blocked, 0, -1)...)
}

func (r Results) repeat(scheme string, repeat, model int) []foldfile.Fold {
	folds := make([]foldfile.Fold, r.Splits)
	for fold := range folds {
		rows := r.rowsOf(fold)
		right := 0
		for _, row := range rows {
			if !r.Wrong(model, row) {
				right++
			}
		}
		accuracy := float64(right) / float64(len(rows))
		folds[fold] = foldfile.Fold{Scheme: scheme, Repeat: repeat, Fold: fold, Rows: len(rows), Scores: foldfile.Scores{
			foldfile.Accuracy: accuracy, foldfile.BalancedAccuracy: accuracy * 0.99, foldfile.F1Macro: accuracy * 0.98,
			foldfile.AUC: 0.5 + accuracy/2, foldfile.AveragePrecision: 0.4 + accuracy/2, foldfile.Loss: 1 - accuracy/2 + r.Loss,
		}}
	}
	return folds
}

func (r Results) predictions() *foldfile.Predictions {
	p := &foldfile.Predictions{Predicted: make([][]uint16, r.Repeats)}
	share := 1 / float64(r.Repeats)
	for row := range r.Rows {
		label := uint16(row % 2)
		p.Rows, p.Labels = append(p.Rows, row), append(p.Labels, label)
		if r.Groups > 0 {
			p.Groups = append(p.Groups, fmt.Sprintf("g%d", row%r.Groups))
		}
		loss := 0.5 + r.Loss
		for repeat := range r.Repeats {
			predicted := label
			if r.Wrong(repeat, row) {
				predicted = 1 - label
				loss += 0.5 * share
			}
			p.Predicted[repeat] = append(p.Predicted[repeat], predicted)
		}
		p.Loss = append(p.Loss, loss)
	}
	return p
}

// means is a metrics.json of the means of the folds.
func means(folds []foldfile.Fold) string {
	sums, counts := map[string]foldfile.Scores{}, map[string]float64{}
	for _, f := range folds {
		scores := sums[f.Scheme]
		for m, v := range f.Scores {
			scores[m] += v
		}
		sums[f.Scheme] = scores
		counts[f.Scheme]++
	}
	means := map[string]map[string]map[string]float64{}
	for scheme, scores := range sums {
		means[scheme] = map[string]map[string]float64{}
		for m, name := range foldfile.MetricNames() {
			means[scheme][name] = map[string]float64{"mean": scores[m] / counts[scheme]}
		}
	}
	text, _ := json.MarshalIndent(means, "", "  ")
	return string(text) + "\n"
}

// written is what a function writes.
func written(write func(w io.Writer) error) string {
	var text strings.Builder
	write(&text) // which never fails
	return text.String()
}

// Reader hands the files to a comparison.
func Reader(files map[string]string) revision.Files {
	return revision.Files{
		Read: func(path string, most int64) ([]byte, error) {
			text, ok := files[path]
			switch {
			case !ok:
				return nil, fs.ErrNotExist
			case int64(len(text)) > most:
				return nil, fmt.Errorf("must be at most %d bytes long", most)
			}
			return []byte(text), nil
		},
		List: func(folder string) ([]string, error) {
			var names []string
			for path := range files {
				if name, ok := strings.CutPrefix(path, folder+"/"); ok && !strings.Contains(name, "/") {
					names = append(names, name)
				}
			}
			slices.Sort(names)
			return names, nil
		},
	}
}
