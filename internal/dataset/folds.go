package dataset

import (
	"fmt"

	"example.com/sonar/internal/random"
)

// Folds has, for each row, the number of the fold in which it is tested. In all other folds it is
// trained on.
type Folds []int

// Rows gives the rows that fold k trains on and tests on, ascending.
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

// RepeatedStratifiedKFold deals the rows into folds, anew for each repeat, as scikit-learn's
// RepeatedStratifiedKFold(n_splits=splits, n_repeats=repeats, random_state=seed) does: labels has
// the class of each row, splits is 2 or more. It is an error, as in scikit-learn, where every class
// has fewer rows than there are folds.
func RepeatedStratifiedKFold(labels []int, splits, repeats int, seed uint32) ([]Folds, error) {
	if err := checkFolds(labels, splits); err != nil {
		return nil, err
	}
	state := random.NewRandomState(seed)
	all := make([]Folds, repeats)
	for r := range all {
		all[r] = deal(labels, splits, state.Shuffle)
	}
	return all, nil
}

// StratifiedKFold is scikit-learn's StratifiedKFold(n_splits=splits, shuffle=False): each fold tests
// on a contiguous block of each class. Errors are those of RepeatedStratifiedKFold.
func StratifiedKFold(labels []int, splits int) (Folds, error) {
	if err := checkFolds(labels, splits); err != nil {
		return nil, err
	}
	return deal(labels, splits, func([]int) {}), nil
}

func checkFolds(labels []int, splits int) error {
	codes, classes := encode(labels)
	var most int
	for _, n := range count(codes, classes) {
		most = max(most, n)
	}
	if splits > most {
		return fmt.Errorf("%d folds need a class of as many rows, the largest has %d", splits, most)
	}
	return nil
}

// deal gives each class its share of each fold, and deals the shares to the rows of the class: in
// the order of the folds, or as shuffle leaves it.
func deal(labels []int, splits int, shuffle func([]int)) Folds {
	codes, classes := encode(labels)
	shares := shareOut(count(codes, classes), splits)
	hands := make([][]int, classes)
	for c := range hands {
		for fold := range splits {
			for range shares[fold][c] {
				hands[c] = append(hands[c], fold)
			}
		}
		shuffle(hands[c])
	}
	folds := make(Folds, len(labels))
	for row, c := range codes {
		folds[row], hands[c] = hands[c][0], hands[c][1:]
	}
	return folds
}

// shareOut gives the number of rows of each class that each fold tests, [fold][class]: the rows,
// sorted by class, are dealt out one by one.
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
