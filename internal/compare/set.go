package compare

import (
	"encoding/json"
	"fmt"
	"math"

	"example.com/sonar/internal/foldfile"
)

// checkSet checks that metrics.json, folds.csv and predictions.csv come from one run. A crossvalidate
// that was killed, or a merge, can leave some from one run and some from another.
func (l *loader) checkSet() error {
	if err := l.checkMeans(); err != nil {
		return err
	}
	return l.checkPredictions()
}

// mixed returns an error saying that the files are of different runs, and what to run. If an older
// program wrote them, which nobody will run again, it adds a caveat instead.
func (l *loader) mixed(format string, args ...any) error {
	what := fmt.Sprintf("%s: %s: the files are of different runs", l.side.Name, fmt.Sprintf(format, args...))
	if l.isOlder() {
		l.doubtf("%s", what)
		return nil
	}
	return fmt.Errorf("%s; %s", what, l.remedy())
}

// isOlder reports whether neither table has the columns that were added to both at the same time.
func (l *loader) isOlder() bool {
	return l.side.predictions.Loss == nil && !l.side.folds.Has[foldfile.BalancedAccuracy]
}

// checkMeans compares the means in metrics.json, if there is one, with those of the folds.
func (l *loader) checkMeans() error {
	text, err := l.read(metricsPath, maxSettings)
	if err != nil || text == nil {
		return err
	}
	var written map[string]map[string]struct{ Mean *float64 }
	if err := json.Unmarshal(text, &written); err != nil {
		return l.mixed("metrics.json is not what crossvalidate writes (%s)", oneLine(err.Error()))
	}
	const rounding = 1e-9
	for _, scheme := range l.side.schemeNames() {
		folds := l.side.schemes[scheme]
		for m, name := range foldfile.MetricNames() {
			if folds == nil || !l.side.folds.Has[m] {
				continue
			}
			if w := written[scheme][name].Mean; w == nil || !(math.Abs(*w-mean(scores(folds, m))) <= rounding) {
				return l.mixed("the mean %s of scheme %s in metrics.json is not that of folds.csv", name, scheme)
			}
		}
	}
	return nil
}

// checkPredictions counts each repeat's right rows in two ways, and sums the loss in two ways. It skips
// a sample of the rows, whose shares differ.
func (l *loader) checkPredictions() error {
	p, splits := l.side.predictions, l.side.params.Crossvalidate.Splits
	if grouped := !l.side.params.Data.Group.IsNone(); grouped != (p.Groups != nil) {
		return l.mixed("predictions.csv has %s column group, and params.yaml %s data.group", either(grouped, "no", "a"), either(grouped, "a", "no"))
	}
	if p.IsSample() {
		return nil
	}
	folds := l.side.schemes[l.side.schemeNames()[0]]
	for repeat, predicted := range p.Predicted {
		rows, accurate := sumOverRows(folds[repeat*splits:(repeat+1)*splits], foldfile.Accuracy)
		if rows != len(p.Rows) {
			return l.mixed("predictions.csv has %d rows, but the folds of repeat %d in folds.csv have %d", len(p.Rows), repeat, rows)
		}
		right := countEqual(predicted, p.Labels)
		if l.side.folds.Has[foldfile.Accuracy] && math.Abs(accurate-float64(right)) > 1e-6*float64(rows) {
			return l.mixed("of the %d rows repeat %d has %d right in predictions.csv but %.6g in folds.csv", rows, repeat, right, accurate)
		}
	}
	if p.Loss == nil || !l.side.folds.Has[foldfile.Loss] {
		return nil
	}
	rows, sum := sumOverRows(folds, foldfile.Loss)
	inFolds, inRows := sum/float64(rows), mean(p.Loss)
	if math.Abs(inFolds-inRows) > 1e-6*max(1, inFolds) {
		return l.mixed("the mean loss over the rows is %.6g in predictions.csv but %.6g in folds.csv", inRows, inFolds)
	}
	return nil
}

// sumOverRows returns the number of rows of folds, and the sum over these rows of a metric that is a
// mean over rows.
func sumOverRows(folds []foldfile.Fold, m int) (rows int, sum float64) {
	for _, f := range folds {
		rows += f.Rows
		sum += f.Scores[m] * float64(f.Rows)
	}
	return rows, sum
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
