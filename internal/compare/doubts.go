package compare

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"example.com/sonar/internal/foldfile"
)

// doubt looks for signs that a side's files are not of one run. They do not prevent a comparison, but
// the report shows them.
func (l *loader) doubt() error {
	if err := l.doubtMetrics(); err != nil {
		return err
	}
	l.doubtPredictions()
	return l.doubtLock()
}

func (l *loader) doubtf(format string, args ...any) {
	l.side.doubts = append(l.side.doubts, fmt.Sprintf(format, args...))
}

// doubtMetrics compares the means in metrics.json with those of the folds.
func (l *loader) doubtMetrics() error {
	text, err := l.read(metricsPath, maxSettings)
	if err != nil || text == nil {
		return err
	}
	var written map[string]map[string]struct{ Mean *float64 }
	if err := json.Unmarshal(text, &written); err != nil {
		l.doubtf("%s: metrics.json is not what crossvalidate writes: %s", l.side.Name, oneLine(err.Error()))
		return nil
	}
	const rounding = 1e-9
	for _, scheme := range l.side.schemeNames() {
		folds := l.side.schemes[scheme]
		for m, name := range foldfile.MetricNames() {
			mean := written[scheme][name].Mean
			if mean != nil && folds != nil && l.side.folds.Has[m] && !(math.Abs(*mean-meanScore(folds, m)) <= rounding) {
				l.doubtf("%s: the mean %s of scheme %s in metrics.json is not that of folds.csv: the files are of different runs", l.side.Name, name, scheme)
				return nil
			}
		}
	}
	return nil
}

// doubtPredictions counts each repeat's right rows in two ways.
func (l *loader) doubtPredictions() {
	if !l.side.folds.Has[foldfile.Accuracy] {
		return
	}
	p, splits := l.side.predictions, l.side.params.Crossvalidate.Splits
	for repeat, predicted := range p.Predicted {
		rows, accurate := 0, 0.
		for _, f := range l.side.schemes[l.side.schemeNames()[0]][repeat*splits : (repeat+1)*splits] {
			rows += f.Rows
			accurate += f.Scores[foldfile.Accuracy] * float64(f.Rows)
		}
		if p.IsSample() {
			return // whose shares are others
		}
		right := countEqual(predicted, p.Labels)
		if rows != len(p.Rows) || math.Abs(accurate-float64(right)) > 1e-6*float64(rows) {
			l.doubtf("%s: repeat %d has %d of %d rows right in predictions.csv but %.6g of %d in folds.csv: the files are of different runs",
				l.side.Name, repeat, right, len(p.Rows), accurate, rows)
			return
		}
	}
}

// countEqual returns the number of rows that are predicted as they are labelled.
func countEqual(predicted, labels []uint16) int {
	n := 0
	for i, label := range labels {
		if predicted[i] == label {
			n++
		}
	}
	return n
}

func meanScore(folds []foldfile.Fold, m int) float64 {
	sum := 0.
	for _, f := range folds {
		sum += f.Scores[m]
	}
	return sum / float64(len(folds))
}

// A lockedStage is a stage of dvc.lock: what its last run read and wrote.
type lockedStage struct {
	Params     map[string]map[string]any // by file and key, which may be a whole section
	Deps, Outs []struct{ Path, MD5 string }
}

// doubtLock checks by dvc.lock whether the results are those of params.yaml and the data as they are now.
func (l *loader) doubtLock() error {
	text, err := l.read(lockPath, maxSettings)
	if err != nil || text == nil {
		return err
	}
	var lock struct{ Stages map[string]lockedStage }
	if err := yaml.Unmarshal(text, &lock); err != nil {
		l.doubtf("%s: dvc.lock cannot be read, so nothing shows that the results are those of params.yaml: %s", l.side.Name, oneLine(err.Error()))
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(lock.Stages)) {
		stage := lock.Stages[name]
		if stage.md5(foldsPath) == "" {
			continue
		}
		if err := l.doubtStage(name, stage); err != nil {
			return err
		}
	}
	return nil
}

func (s lockedStage) md5(path string) string {
	for _, out := range s.Outs {
		if out.Path == path {
			return out.MD5
		}
	}
	return ""
}

func (l *loader) doubtStage(name string, stage lockedStage) error {
	for _, path := range []string{foldsPath, predictionsPath, metricsPath} {
		if want, got := stage.md5(path), l.sums[path]; want != "" && got != "" && want != got {
			l.doubtf("%s: %s is not what dvc.lock says that stage %.40q wrote: run `dvc repro`", l.side.Name, path, name)
			return nil
		}
	}
	for _, dep := range stage.Deps {
		if now := l.side.data[dep.Path]; now != "" && now != dep.MD5 {
			l.doubtf("%s: %.80q has changed since the results were made: run `dvc repro`", l.side.Name, dep.Path)
			return nil
		}
	}
	text, err := l.need(paramsPath, maxSettings)
	if err != nil {
		return err
	}
	var now map[string]any
	if err := yaml.Unmarshal(text, &now); err != nil {
		return fmt.Errorf("%s: not YAML: %s", l.place(paramsPath), oneLine(err.Error()))
	}
	for _, key := range slices.Sorted(maps.Keys(stage.Params[paramsPath])) {
		if !reflect.DeepEqual(plain(lookUp(now, key)), plain(stage.Params[paramsPath][key])) {
			l.doubtf("%s: %.40q has changed in params.yaml since the results were made: run `dvc repro`", l.side.Name, key)
			return nil
		}
	}
	return nil
}

// lookUp returns the value of a.b.c in nested mappings; nil if there is none.
func lookUp(v any, key string) any {
	for name := range strings.SplitSeq(key, ".") {
		mapping, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = mapping[name]
	}
	return v
}

// plain returns equal values for YAML that means the same: 1 is 1.0.
func plain(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case map[string]any:
		m := map[string]any{}
		for key, value := range v {
			m[key] = plain(value)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, value := range v {
			list[i] = plain(value)
		}
		return list
	}
	return v
}
