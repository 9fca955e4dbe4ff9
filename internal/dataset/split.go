package dataset

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"example.com/sonar/internal/params"
	"example.com/sonar/internal/random"
)

// Split returns the rows of a raw file to train on and to test on: those of StratifiedGroupSplit if it has groups, and
// those of StratifiedSplit otherwise.
func (t *Table) Split(ctx context.Context, p params.Prepare) (train, test []int, err error) {
	classes := t.Schema.Data.Classes
	if t.Groups == nil {
		return StratifiedSplit(t.Labels, classes, p.TestSize, p.RandomState)
	}
	return StratifiedGroupSplit(ctx, Grouped{Labels: t.Labels, Classes: classes, Groups: t.Groups}, p.TestSize, p.RandomState)
}

// StratifiedSplit returns the rows to train on and the rows to test on, in the order in which scikit-learn's
// train_test_split(test_size=testSize, random_state=seed, stratify=y) returns them. Labels has the index into classes
// of each row; y is the labels' texts, in whose order the classes are drawn. Classes without rows are left out.
// It is an error, as in scikit-learn, if a class has fewer than two rows, or one of the parts has fewer rows than there
// are classes. It panics if testSize is outside (0, 1).
func StratifiedSplit(labels []int, classes []string, testSize float64, seed uint32) (train, test []int, err error) {
	checkTestSize(testSize)
	byClass, names := rowsByText(labels, classes)
	nTest := int(math.Ceil(testSize * float64(len(labels))))
	nTrain := len(labels) - nTest
	if err := checkSplit(byClass, names, nTrain, nTest); err != nil {
		return nil, nil, err
	}
	state := random.NewRandomState(seed)
	counts := make([]int, len(byClass))
	for c, rows := range byClass {
		counts[c] = len(rows)
	}
	trainCounts := apportion(counts, nTrain, state)
	for c := range counts {
		counts[c] -= trainCounts[c]
	}
	testCounts := apportion(counts, nTest, state)

	train, test = make([]int, 0, nTrain), make([]int, 0, nTest)
	for c, rows := range byClass {
		state.Shuffle(rows)
		train = append(train, rows[:trainCounts[c]]...)
		test = append(test, rows[trainCounts[c]:][:testCounts[c]]...)
	}
	state.Shuffle(train)
	state.Shuffle(test)
	return train, test, nil
}

func checkTestSize(share float64) {
	if !(share > 0 && share < 1) {
		panic("dataset: test size outside (0, 1)")
	}
}

func checkSplit(byClass [][]int, names []string, nTrain, nTest int) error {
	if len(byClass) == 0 {
		return fmt.Errorf("a split needs rows, got none")
	}
	for c, rows := range byClass {
		if len(rows) < 2 {
			return fmt.Errorf("a stratified split needs 2 or more rows of each class, got %d of %.40q", len(rows), names[c])
		}
	}
	if n := len(byClass); nTrain < n || nTest < n {
		return fmt.Errorf("a stratified split needs a row of each of %d classes to train on and one to test on, got %d and %d rows", n, nTrain, nTest)
	}
	return nil
}

// rowsByText returns the rows of each class that has any, ascending, and the labels of these classes, both in the order
// of the labels' texts.
func rowsByText(labels []int, classes []string) (rows [][]int, names []string) {
	byClass := make([][]int, len(classes))
	for c, n := range count(labels, len(classes)) {
		byClass[c] = make([]int, 0, n)
	}
	for row, c := range labels {
		byClass[c] = append(byClass[c], row)
	}
	order := make([]int, 0, len(classes))
	for c := range classes {
		if len(byClass[c]) > 0 {
			order = append(order, c)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(classes[a], classes[b]) })
	for _, c := range order {
		rows, names = append(rows, byClass[c]), append(names, classes[c])
	}
	return rows, names
}

// count returns the number of rows of each class.
func count(labels []int, classes int) []int {
	n := make([]int, classes)
	for _, c := range labels {
		n[c]++
	}
	return n
}

// apportion returns how many of the draws fall to each class, in proportion to the counts: nearly the mode of the
// multivariate hypergeometric distribution, with ties between remainders broken at random. It is scikit-learn's
// _approximate_mode; each product is rounded before it is used, so that remainders tie if they tie there.
func apportion(counts []int, draws int, state *random.RandomState) []int {
	var total int
	for _, n := range counts {
		total += n
	}
	shares := make([]int, len(counts))
	remainders := make([]float64, len(counts))
	missing := draws
	for c, n := range counts {
		share := float64(float64(n) / float64(total) * float64(draws))
		shares[c] = int(math.Floor(share))
		remainders[c] = share - math.Floor(share)
		missing -= shares[c]
	}
	distinct := slices.Clone(remainders)
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)
	for _, remainder := range slices.Backward(distinct) {
		if missing == 0 {
			break
		}
		var tied []int
		for c, r := range remainders {
			if r == remainder {
				tied = append(tied, c)
			}
		}
		lots := state.Permutation(len(tied))
		for _, k := range lots[:min(missing, len(tied))] {
			shares[tied[k]]++
			missing--
		}
	}
	return shares
}
