package dataset

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"example.com/sonar/internal/random"
)

// Grouped is what a split by groups divides: rows that each have a class and a group. All rows of a group (of one
// patient, one site, one day) end up on the same side.
type Grouped struct {
	Labels  []int    // of each row, an index into Classes
	Classes []string // the labels' texts, all different
	Groups  []string // of each row, the text that identifies its group
}

// RepeatedStratifiedGroupKFold assigns whole groups to folds so that each class has about the same share of every
// fold, anew for each repeat. It returns the folds of scikit-learn 1.9.1 if StratifiedGroupKFold(n_splits=splits,
// shuffle=True, random_state=state) splits the rows once for each repeat, with y and groups as texts and one state,
// RandomState(seed), for all repeats.
//
// It is an error, as in scikit-learn, if there are fewer than 2 splits, fewer groups than splits, or fewer rows than
// splits in every class; also if a fold ends up without rows. It stops with the error of ctx once that is done.
func RepeatedStratifiedGroupKFold(ctx context.Context, rows Grouped, splits, repeats int, seed uint32) ([]Folds, error) {
	all := make([]Folds, repeats)
	assigner, err := newAssigner(rows, splits, seed)
	if err != nil {
		return nil, err
	}
	for r := range all {
		if all[r], err = assigner.assign(ctx); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// StratifiedGroupSplit returns the rows to train on and the rows to test on, both ascending: the first fold of
// StratifiedGroupKFold(n_splits, shuffle=True, random_state=seed), whose n_splits is 1/testSize rounded to the nearest
// integer, half to even. Errors are those of RepeatedStratifiedGroupKFold. It panics if testSize is outside (0, 1).
func StratifiedGroupSplit(ctx context.Context, rows Grouped, testSize float64, seed uint32) (train, test []int, err error) {
	checkTestSize(testSize)
	splits := math.RoundToEven(1 / testSize)
	if splits < 2 {
		return nil, nil, fmt.Errorf("a split by groups holds out 1/n of the rows, where n is 1/test_size, rounded, and 2 or more; got %v for test_size %v", splits, testSize)
	}
	return firstFold(ctx, rows, int(min(splits, math.MaxInt32)), seed)
}

// StratifiedGroupHoldout returns the rows to train on and those that early stopping monitors, both ascending: the
// first fold of StratifiedGroupKFold(n_splits, shuffle=True, random_state=seed), whose n_splits is 10 or the number of
// groups, whichever is less. It is an error if there are fewer than two groups, or if every class has fewer rows than n_splits.
func StratifiedGroupHoldout(ctx context.Context, rows Grouped, seed uint32) (train, holdout []int, err error) {
	const splits = 10
	seen := map[string]bool{}
	for _, group := range rows.Groups {
		if seen[group] = true; len(seen) == splits {
			break
		}
	}
	if len(seen) < 2 {
		return nil, nil, fmt.Errorf("a split by groups needs 2 or more groups, got %d", len(seen))
	}
	return firstFold(ctx, rows, len(seen), seed)
}

// firstFold holds out the first fold, in words without folds, of which the settings have none here.
func firstFold(ctx context.Context, rows Grouped, splits int, seed uint32) (train, test []int, err error) {
	if largest := largestClass(rows.Labels); largest < splits {
		return nil, nil, fmt.Errorf("a split by groups needs a class of %d rows or more to hold out one in %d of them, the largest has %d", splits, splits, largest)
	}
	repeats, err := RepeatedStratifiedGroupKFold(ctx, rows, splits, 1, seed)
	if err != nil {
		return nil, nil, err
	}
	train, test = repeats[0].Rows(0)
	return train, test, nil
}

// AbsentClasses returns the classes, ascending, that some row has but no row in part: classes that a part of a
// split by groups cannot train or test. Labels has the class of each row, in [0, classes).
func AbsentClasses(labels []int, classes int, part []int) []int {
	present := make([]bool, classes)
	for _, row := range part {
		present[labels[row]] = true
	}
	var absent []int
	for c, n := range count(labels, classes) {
		if n > 0 && !present[c] {
			absent = append(absent, c)
		}
	}
	return absent
}

// A classCount is how many rows of a group have a class.
type classCount struct {
	class int
	rows  float64
}

// An assigner assigns groups to folds greedily: the groups with the most uneven classes first, each to the fold that
// leaves the classes' shares most even over the folds. Groups and classes are numbered in the order of their texts.
type assigner struct {
	splits  int
	state   *random.RandomState
	groupOf []int          // of each row
	counts  [][]classCount // of each group, those above 0, by class
	uneven  []float64      // of each group, the standard deviation of its counts over all classes
	totals  []float64      // rows of each class
}

func newAssigner(rows Grouped, splits int, seed uint32) (*assigner, error) {
	if splits < 2 {
		return nil, fmt.Errorf("a split by groups needs 2 or more folds, got %d", splits)
	}
	if err := checkFolds(rows.Labels, splits); err != nil {
		return nil, err
	}
	byClass, _ := rowsByText(rows.Labels, rows.Classes)
	a := &assigner{splits: splits, state: random.NewRandomState(seed), totals: make([]float64, len(byClass))}
	classOf := make([]int, len(rows.Labels))
	for c, members := range byClass {
		a.totals[c] = float64(len(members))
		for _, row := range members {
			classOf[row] = c
		}
	}
	var groups int
	if a.groupOf, groups = numberByText(rows.Groups); groups < splits {
		return nil, fmt.Errorf("%d folds need as many groups, got %d", splits, groups)
	}
	a.countClasses(classOf, groups)
	return a, nil
}

// numberByText numbers different texts in the order of their code points.
func numberByText(texts []string) (numbers []int, different int) {
	number := map[string]int{}
	for _, text := range texts {
		number[text] = 0
	}
	for i, text := range slices.Sorted(maps.Keys(number)) {
		number[text] = i
	}
	numbers = make([]int, len(texts))
	for i, text := range texts {
		numbers[i] = number[text]
	}
	return numbers, len(number)
}

// countClasses fills counts and uneven.
func (a *assigner) countClasses(classOf []int, groups int) {
	members := make([][]int, groups)
	for row, g := range a.groupOf {
		members[g] = append(members[g], row)
	}
	a.counts, a.uneven = make([][]classCount, groups), make([]float64, groups)
	all := make([]float64, len(a.totals))
	for g, rows := range members {
		clear(all)
		for _, row := range rows {
			all[classOf[row]]++
		}
		for c, n := range all {
			if n > 0 {
				a.counts[g] = append(a.counts[g], classCount{c, n})
			}
		}
		a.uneven[g] = deviation(all, pairwiseSum)
	}
}

// assign returns the folds of the next repeat.
func (a *assigner) assign(ctx context.Context) (Folds, error) {
	order := a.state.Permutation(len(a.counts))
	slices.SortStableFunc(order, func(g, h int) int { return cmp.Compare(a.uneven[h], a.uneven[g]) })
	f := newFilling(a.splits, a.totals)
	foldOf := make([]int, len(order))
	for _, g := range order {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		foldOf[g] = f.bestFold(a.counts[g])
		f.add(a.counts[g], foldOf[g])
	}
	if empty := slices.Index(f.rows, 0); empty >= 0 {
		return nil, fmt.Errorf("a split by groups leaves fold %d of %d without rows: take fewer folds or another random state", empty, a.splits)
	}
	folds := make(Folds, len(a.groupOf))
	for row, g := range a.groupOf {
		folds[row] = foldOf[g]
	}
	return folds, nil
}

// A filling is folds to which groups are being added.
type filling struct {
	counts     [][]float64 // rows by class and fold
	rows       []float64   // of each fold
	totals     []float64   // rows of each class when all groups are added
	deviations []float64   // of each class, the standard deviation over folds of the fold's share of its rows
	shares     []float64   // of one class, by fold: workspace
}

func newFilling(splits int, totals []float64) *filling {
	f := &filling{
		counts: make([][]float64, len(totals)), rows: make([]float64, splits), totals: totals,
		deviations: make([]float64, len(totals)), shares: make([]float64, splits),
	}
	for c := range f.counts {
		f.counts[c] = make([]float64, splits)
	}
	return f
}

// bestFold returns the fold that leaves the mean of the deviations smallest when the group is added to it. It looks at the
// folds in order; one that NumPy's isclose calls equal to the best so far replaces it if it has fewer rows.
func (f *filling) bestFold(group []classCount) int {
	best, least := 0, math.Inf(1)
	for fold, rows := range f.rows {
		f.add(group, fold)
		mean := pairwiseSum(f.deviations) / float64(len(f.deviations))
		f.remove(group, fold)
		if mean < least || isClose(mean, least) && rows < f.rows[best] {
			best, least = fold, mean
		}
	}
	return best
}

// add adds a group to a fold. The deviations of classes that the group lacks stay as they are.
func (f *filling) add(group []classCount, fold int) {
	for _, n := range group {
		f.counts[n.class][fold] += n.rows
		f.rows[fold] += n.rows
		f.deviations[n.class] = f.shareDeviation(n.class)
	}
}

// remove undoes add, except for the deviations, which the next add of the group overwrites.
func (f *filling) remove(group []classCount, fold int) {
	for _, n := range group {
		f.counts[n.class][fold] -= n.rows
		f.rows[fold] -= n.rows
	}
}

func (f *filling) shareDeviation(class int) float64 {
	for fold, n := range f.counts[class] {
		f.shares[fold] = n / f.totals[class]
	}
	if len(f.totals) == 1 {
		return deviation(f.shares, pairwiseSum) // NumPy sums the only column of a matrix as a vector
	}
	return deviation(f.shares, orderedSum)
}

// deviation is numpy.std, the root of the mean squared difference from the mean, with sums by sum. It overwrites x.
func deviation(x []float64, sum func([]float64) float64) float64 {
	n := float64(len(x))
	mean := sum(x) / n
	for i, v := range x {
		x[i] = (v - mean) * (v - mean)
	}
	return math.Sqrt(sum(x) / n)
}

// orderedSum adds in ascending order, as NumPy does along the columns of a matrix.
func orderedSum(x []float64) float64 {
	var s float64
	for _, v := range x {
		s += v
	}
	return s
}

// pairwiseSum adds as NumPy does along a vector: in eight partial sums from 8 elements on, and in two halves, the
// first a multiple of 8, from 129 on.
func pairwiseSum(x []float64) float64 {
	const partials, block = 8, 128
	if len(x) < partials {
		return orderedSum(x)
	}
	if len(x) > block {
		half := len(x) / 2 / partials * partials
		return pairwiseSum(x[:half]) + pairwiseSum(x[half:])
	}
	r := [partials]float64(x)
	for x = x[partials:]; len(x) >= partials; x = x[partials:] {
		for i := range r {
			r[i] += x[i]
		}
	}
	s := ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]))
	for _, v := range x {
		s += v
	}
	return s
}

// isClose is numpy.isclose(a, b) for finite numbers.
func isClose(a, b float64) bool {
	const relative, absolute = 1e-5, 1e-8
	return math.Abs(a-b) <= absolute+float64(relative*math.Abs(b))
}
