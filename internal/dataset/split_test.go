package dataset

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"example.com/sonar/internal/random"
)

type splitCase struct {
	Names          []string
	Codes          string
	TestSize       float64 `json:"test_size"`
	RandomState    uint32  `json:"random_state"`
	TrainModeDraws bool    `json:"train_mode_draws"`
	TestModeDraws  bool    `json:"test_mode_draws"`
	TrainSHA256    string  `json:"train_sha256"`
	TestSHA256     string  `json:"test_sha256"`
	Train, Test    []int
}

func TestSplitMatchesScikitLearn(t *testing.T) {
	var facts struct{ Cases []splitCase }
	reference(t, "splits.json", &facts)
	var tied, rare int
	for _, c := range facts.Cases {
		labels := digits(t, c.Codes)
		t.Run(fmt.Sprintf("%d rows of %d classes, %v, %d", len(labels), len(c.Names), c.TestSize, c.RandomState), func(t *testing.T) {
			train, test, err := StratifiedSplit(labels, c.Names, c.TestSize, c.RandomState)
			if err != nil {
				t.Fatal(err)
			}
			if sum(train) != c.TrainSHA256 || c.Train != nil && !slices.Equal(train, c.Train) {
				t.Errorf("train on %v, want %v", train, c.Train)
			}
			if sum(test) != c.TestSHA256 || c.Test != nil && !slices.Equal(test, c.Test) {
				t.Errorf("test on %v, want %v", test, c.Test)
			}
		})
		if c.TrainModeDraws {
			tied++
		}
		if c.TestModeDraws {
			rare++
		}
	}
	if tied == 0 || rare == 0 {
		t.Errorf("%d cases draw lots for the training rows, %d for the test rows; both must be tried", tied, rare)
	}
}

// The refusals are scikit-learn's.
func TestSplitRefusesTooFewRows(t *testing.T) {
	classes := []string{"R", "M"}
	for _, c := range []struct {
		name     string
		labels   []int
		testSize float64
		want     string
	}{
		{"no rows", nil, 0.25, "a split needs rows, got none"},
		{"one row of a class", []int{0, 0, 0, 1}, 0.5, `a stratified split needs 2 or more rows of each class, got 1 of "M"`},
		{"one test row for two classes", []int{0, 0, 0, 1, 1, 1}, 0.1, "a stratified split needs a row of each of 2 classes to train on and one to test on, got 5 and 1 rows"},
		{"one training row for two classes", []int{0, 0, 1, 1}, 0.6, "a stratified split needs a row of each of 2 classes to train on and one to test on, got 1 and 3 rows"},
		{"no training rows", []int{0, 0, 1, 1}, 0.9, "a stratified split needs a row of each of 2 classes to train on and one to test on, got 0 and 4 rows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			train, test, err := StratifiedSplit(c.labels, classes, c.testSize, 0)
			if err == nil || err.Error() != c.want {
				t.Errorf("got %v, %v, error %v, want error %s", train, test, err, c.want)
			}
		})
	}
}

func TestSplitLeavesOutClassesWithoutRows(t *testing.T) {
	train, test, err := StratifiedSplit([]int{0, 2, 0, 2}, []string{"a", "b", "c"}, 0.5, 0)
	if err != nil || len(train) != 2 || len(test) != 2 {
		t.Errorf("got %v, %v, %v", train, test, err)
	}
}

func FuzzSplitIsAStratifiedPartition(f *testing.F) {
	f.Add(uint8(2), uint16(208), 0.25, uint32(42))
	f.Add(uint8(7), uint16(52), 9.0/52, uint32(1))
	f.Fuzz(func(t *testing.T, classes uint8, rows uint16, testSize float64, seed uint32) {
		if classes == 0 || !(testSize > 0 && testSize < 1) {
			return
		}
		labels := randomLabels(int(rows)%2000, int(classes), seed)
		names := make([]string, classes)
		for c := range names {
			names[c] = fmt.Sprint("class ", c)
		}
		train, test, err := StratifiedSplit(labels, names, testSize, seed)
		if err != nil {
			return
		}
		if len(test) != int(math.Ceil(testSize*float64(len(labels)))) {
			t.Errorf("%d of %d rows to test on, want a share of %v", len(test), len(labels), testSize)
		}
		checkPartition(t, train, test, len(labels))
		share := float64(len(train)) / float64(len(labels))
		inTrain := count(pick(labels, train), len(names))
		for c, n := range count(labels, len(names)) {
			if math.Abs(float64(inTrain[c])-share*float64(n)) > 1+1e-9 {
				t.Errorf("%d of %d rows of class %d to train on, want a share of %v", inTrain[c], n, c, share)
			}
		}
	})
}

func randomLabels(rows, classes int, seed uint32) []int {
	state := random.NewRandomState(seed)
	labels := make([]int, rows)
	for i := range labels {
		labels[i] = int(state.Bounded(uint32(classes - 1)))
	}
	return labels
}

func pick(labels, rows []int) []int {
	picked := make([]int, len(rows))
	for i, row := range rows {
		picked[i] = labels[row]
	}
	return picked
}

func checkPartition(t *testing.T, train, test []int, rows int) {
	t.Helper()
	all := slices.Sorted(slices.Values(slices.Concat(train, test)))
	for i, row := range all {
		if i != row {
			t.Fatalf("row %d is missing or stands twice", i)
		}
	}
	if len(all) != rows {
		t.Errorf("%d rows, want %d", len(all), rows)
	}
}
