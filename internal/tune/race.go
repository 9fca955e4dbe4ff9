package tune

import (
	"math"
	"slices"

	"example.com/sonar/internal/foldfile"
)

// A Rung is a part of a race: so many candidates are compared on so many folds, those of the rungs before among them.
type Rung struct{ Candidates, Folds int }

// Rungs returns the rungs of a race. The last has all folds. Each one before it has one folds-th of those of the next, and
// factor times as many candidates, the first all of them: successive halving (K. Jamieson and A. Talwalkar, AISTATS
// 2016). There are as many rungs as folds and candidates allow; a factor of 1 is one rung.
func Rungs(candidates, folds, factor int) []Rung {
	rungs := []Rung{{candidates, folds}}
	if factor == 1 {
		return rungs
	}
	for power := factor; power <= folds && power <= candidates; power *= factor {
		rungs = append(rungs, Rung{})
	}
	divisor := 1
	for i := range rungs {
		rungs[i].Candidates = (candidates + divisor - 1) / divisor
		rungs[len(rungs)-1-i].Folds = folds / divisor
		divisor *= factor
	}
	return rungs
}

// Pool returns the mean of each metric over folds, each fold weighted by its rows. Folds without a value are left out;
// a metric without any is NaN, as all are if a training diverged.
func Pool(folds []Fold) foldfile.Scores {
	var pooled foldfile.Scores
	for m := range pooled {
		rows := 0
		for _, f := range folds {
			if !math.IsNaN(f.Scores[m]) {
				rows += f.Rows
			}
		}
		if rows == 0 || diverged(folds) {
			pooled[m] = math.NaN()
			continue
		}
		for _, f := range folds {
			if !math.IsNaN(f.Scores[m]) {
				share := float64(f.Rows) / float64(rows)
				pooled[m] += float64(share * f.Scores[m])
			}
		}
	}
	return pooled
}

func diverged(folds []Fold) bool {
	return slices.ContainsFunc(folds, func(f Fold) bool { return f.Diverged })
}

// compare orders scores by a metric, the better first, and of equals by the loss. Scores that differ by less than
// rounding are equal; one without a value is the worst.
func compare(a, b foldfile.Scores, metric int) int {
	if order := compareValue(a, b, metric); order != 0 {
		return order
	}
	return compareValue(a, b, foldfile.Loss)
}

func compareValue(a, b foldfile.Scores, metric int) int {
	rank := func(s foldfile.Scores) float64 {
		v := s[metric]
		switch {
		case math.IsNaN(v):
			return math.Inf(1)
		case metric == foldfile.Loss:
			return v
		case foldfile.Metrics()[metric].LessIsBetter:
			return math.RoundToEven(v * 1e9)
		}
		return -math.RoundToEven(v * 1e9)
	}
	x, y := rank(a), rank(b)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// best returns the n best of the candidates in a race, ascending; of equals the first.
func best(racing []int, scores func(candidate int) foldfile.Scores, metric, n int) []int {
	ranked := slices.Clone(racing)
	slices.SortStableFunc(ranked, func(a, b int) int { return compare(scores(a), scores(b), metric) })
	ranked = ranked[:n]
	slices.Sort(ranked)
	return ranked
}
