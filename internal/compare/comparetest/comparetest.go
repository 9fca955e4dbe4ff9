// Package comparetest makes what the stage crossvalidate would have written, for tests of comparisons.
package comparetest

import (
	"crypto/md5"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"example.com/sonar/internal/revision"
)

// Results describe one cross-validation. Its files agree with each other.
type Results struct {
	Rows, Splits, Repeats int
	// Wrong tells whether the model of a repeat (-1 is the blocked scheme) is wrong about a row.
	Wrong func(repeat, row int) bool
	// Loss is added to every fold's loss.
	Loss float64
}

// Random are the results, 10 x 10 folds of 208 rows, of a model that is wrong about a row with the
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

// Files gives the files, by path.
func (r Results) Files() map[string]string {
	files := map[string]string{
		"params.yaml": fmt.Sprintf(`data:
  classes:
    - R
    - M
train:
  learning_rate: 0.01
crossvalidate:
  splits: %d
  repeats: %d
  random_state: 0
`, r.Splits, r.Repeats),
		"data/sonar.all-data.dvc":                     "outs:\n- md5: 0f0265348129ba2f72f76d9adc7b36b6\n  size: 87984\n  hash: md5\n  path: sonar.all-data\n",
		"experiments/crossvalidation/folds.csv":       r.folds(),
		"experiments/crossvalidation/predictions.csv": r.predictions(),
	}
	files["experiments/crossvalidation/metrics.json"] = r.metrics(files["experiments/crossvalidation/folds.csv"])
	return files
}

// Lock gives a dvc.lock that says files are what a run wrote.
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

func (r Results) folds() string {
	var b strings.Builder
	b.WriteString("scheme,repeat,fold,rows,loss,accuracy,f1_macro,roc_auc\n")
	for repeat := range r.Repeats {
		r.foldLines(&b, "stratified", repeat, repeat)
	}
	r.foldLines(&b, "blocked", 0, -1)
	return b.String()
}

func (r Results) foldLines(b *strings.Builder, scheme string, repeat, model int) {
	for fold := range r.Splits {
		rows := r.rowsOf(fold)
		right := 0
		for _, row := range rows {
			if !r.Wrong(model, row) {
				right++
			}
		}
		accuracy := float64(right) / float64(len(rows))
		fmt.Fprintf(b, "%s,%d,%d,%d,%s,%s,%s,%s\n", scheme, repeat, fold, len(rows),
			float(1-accuracy/2+r.Loss), float(accuracy), float(accuracy*0.98), float(0.5+accuracy/2))
	}
}

func float(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func (r Results) predictions() string {
	var b strings.Builder
	b.WriteString("row,label")
	for repeat := range r.Repeats {
		fmt.Fprintf(&b, ",repeat_%d", repeat)
	}
	b.WriteString("\n")
	for row := range r.Rows {
		fmt.Fprintf(&b, "%d,%s", row, classes[row%2])
		for repeat := range r.Repeats {
			given := row % 2
			if r.Wrong(repeat, row) {
				given = 1 - given
			}
			b.WriteString("," + classes[given])
		}
		b.WriteString("\n")
	}
	return b.String()
}

// metrics gives the means of the folds in the table.
func (r Results) metrics(table string) string {
	names := []string{"loss", "accuracy", "f1_macro", "roc_auc"}
	sums, counts := map[string]map[string]float64{}, map[string]float64{}
	for _, line := range strings.Split(strings.TrimSpace(table), "\n")[1:] {
		fields := strings.Split(line, ",")
		scheme := fields[0]
		if sums[scheme] == nil {
			sums[scheme] = map[string]float64{}
		}
		counts[scheme]++
		for i, name := range names {
			v, _ := strconv.ParseFloat(fields[4+i], 64)
			sums[scheme][name] += v
		}
	}
	means := map[string]map[string]map[string]float64{}
	for scheme, of := range sums {
		means[scheme] = map[string]map[string]float64{}
		for name, sum := range of {
			means[scheme][name] = map[string]float64{"mean": sum / counts[scheme]}
		}
	}
	text, _ := json.MarshalIndent(means, "", "  ")
	return string(text) + "\n"
}

// Reader gives the files to a comparison.
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
