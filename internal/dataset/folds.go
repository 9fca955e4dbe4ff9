package dataset

import (
	"fmt"

	"example.com/sonar/internal/random"
)

// Folds has, for each row, the number of the fold that tests it. All other folds train on it.
type Folds []int

// Rows returns the rows that fold k trains on and tests on, ascending.
func (f Folds) Rows(k int) (train, test []int) {
	for row, fold := range f {
		if fold == k {
			test = append(test, row)
		} else {
			train = append(train, row)
		}
	}
	return train, test
}

// RepeatedStratifiedKFold assigns the rows to folds, anew for each repeat, as scikit-learn's
// RepeatedStratifiedKFold(n_splits=splits, n_repeats=repeats, random_state=seed) does. Labels has the class of each
// row; splits is at least 2. It is an error, as in scikit-learn, if every class has fewer rows than there are folds.
func RepeatedStratifiedKFold(labels []int, splits, repeats int, seed uint32) ([]Folds, error) {
	if err := checkFolds(labels, splits); err != nil {
		return nil, err
	}
	state := random.NewRandomState(seed)
	all := make([]Folds, repeats)
	for r := range all {
		all[r] = assignFolds(labels, splits, state.Shuffle)
	}
	return all, nil
}

// StratifiedKFold is scikit-learn's StratifiedKFold(n_splits=splits, shuffle=False): each fold tests
// on a contiguous block of each class. Errors are those of RepeatedStratifiedKFold.
func StratifiedKFold(labels []int, splits int) (Folds, error) {
	if err := checkFolds(labels, splits); err != nil {
		return nil, err
	}
	return assignFolds(labels, splits, func([]int) {}), nil
}

func checkFolds(labels []int, splits int) error {
	if largest := largestClass(labels); splits > largest {
		return fmt.Errorf("%d folds need a class of as many rows, the largest has %d", splits, largest)
	}
	return nil
}

// largestClass returns the number of rows of the class with the most.
func largestClass(labels []int) (rows int) {
	codes, classes := encode(labels)
	for _, n := range count(codes, classes) {
		rows = max(rows, n)
	}
	return rows
}

// assignFolds lists for each class the folds that test its rows, each as often as it tests one, and assigns them to the
// rows of the class in that order, or in the order that shuffle leaves them in.
func assignFolds(labels []int, splits int, shuffle func([]int)) Folds {
	codes, classes := encode(labels)
	shares := shareOut(count(codes, classes), splits)
	lists := make([][]int, classes)
	for c := range lists {
		for fold := range splits {
			for range shares[fold][c] {
				lists[c] = append(lists[c], fold)
			}
		}
		shuffle(lists[c])
	}
	folds := make(Folds, len(labels))
	for row, c := range codes {
		folds[row], lists[c] = lists[c][0], lists[c][1:]
	}
	return folds
}

// shareOut returns the number of rows of each class that each fold tests, [fold][class]: the rows, sorted by class, are
// dealt to the folds in turn.
func shareOut(counts []int, splits int) [][]int {
	shares := make([][]int, splits)
	for fold := range shares {
		shares[fold] = make([]int, len(counts))
	}
	var row int
	for c, n := range counts {
		for range n {
			shares[row%splits][c]++
			row++
		}
	}
	return shares
}

// encode numbers the classes in the order of their first appearance.
func encode(labels []int) (codes []int, classes int) {
	number := map[int]int{}
	codes = make([]int, len(labels))
	for row, c := range labels {
		if _, known := number[c]; !known {
			number[c] = len(number)
		}
		codes[row] = number[c]
	}
	return codes, len(number)
}
