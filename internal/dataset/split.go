package dataset

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"example.com/sonar/internal/random"
)

// StratifiedSplit divides rows into those to train on and those to test on, in the order in which
// scikit-learn's train_test_split(test_size=testSize, random_state=seed, stratify=y) has them: labels
// has the index into classes of each row, and y is the label's text, by whose order classes are dealt
// with. The share testSize lies in (0, 1). Classes that no row has are left out. It is an error, as
// in scikit-learn, where a class has fewer than two rows, or one of the parts fewer than there are
// classes.
func StratifiedSplit(labels []int, classes []string, testSize float64, seed uint32) (train, test []int, err error) {
	groups, names := rowsByText(labels, classes)
	nTest := int(math.Ceil(testSize * float64(len(labels))))
	nTrain := len(labels) - nTest
	if err := checkSplit(groups, names, nTrain, nTest); err != nil {
		return nil, nil, err
	}
	state := random.NewRandomState(seed)
	counts := make([]int, len(groups))
	for c, rows := range groups {
		counts[c] = len(rows)
	}
	trainCounts := mode(counts, nTrain, state)
	for c := range counts {
		counts[c] -= trainCounts[c]
	}
	testCounts := mode(counts, nTest, state)

	train, test = make([]int, 0, nTrain), make([]int, 0, nTest)
	for c, rows := range groups {
		order := state.Permutation(len(rows))
		for _, k := range order[:trainCounts[c]] {
			train = append(train, rows[k])
		}
		for _, k := range order[trainCounts[c]:][:testCounts[c]] {
			test = append(test, rows[k])
		}
	}
	state.Shuffle(train)
	state.Shuffle(test)
	return train, test, nil
}

func checkSplit(groups [][]int, names []string, nTrain, nTest int) error {
	if len(groups) == 0 {
		return fmt.Errorf("a split needs rows, got none")
	}
	for c, rows := range groups {
		if len(rows) < 2 {
			return fmt.Errorf("a stratified split needs 2 or more rows of each class, got %d of %.40q", len(rows), names[c])
		}
	}
	if n := len(groups); nTrain < n || nTest < n {
		return fmt.Errorf("a stratified split needs a row of each of %d classes to train on and one to test on, got %d and %d rows", n, nTrain, nTest)
	}
	return nil
}

// rowsByText gives the rows of each class that has any, ascending, and the classes' labels: both in
// the order of the labels' text.
func rowsByText(labels []int, classes []string) (groups [][]int, names []string) {
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
		groups, names = append(groups, byClass[c]), append(names, classes[c])
	}
	return groups, names
}

func count(labels []int, classes int) []int {
	n := make([]int, classes)
	for _, c := range labels {
		n[c]++
	}
	return n
}

// mode divides draws among classes in proportion to their counts: the mode of the multivariate
// hypergeometric distribution, nearly, with ties of the remainders broken by lot. It is scikit-learn's
// _approximate_mode; each product is rounded before anything is done with it, for equal ties.
func mode(counts []int, draws int, state *random.RandomState) []int {
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
