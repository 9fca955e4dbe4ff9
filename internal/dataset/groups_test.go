package dataset

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"example.com/sonar/internal/random"
)

// A groupCase is made by reference/groups.py. Folds and parts have a digit for each row; nil is a refusal.
type groupCase struct {
	Labels, Groups  string
	Splits, Repeats int
	RandomState     uint32   `json:"random_state"`
	TestFoldOfRow   []string `json:"test_fold_of_row"`
	TestSize        float64  `json:"test_size"`
	Test, Holdout   *string
}

func TestGroupedFoldsMatchScikitLearn(t *testing.T) {
	var facts struct{ Cases []groupCase }
	reference(t, "groups.json", &facts)
	if len(facts.Cases) < 300 {
		t.Fatalf("only %d cases", len(facts.Cases))
	}
	for i, c := range facts.Cases {
		rows := grouped(strings.Fields(c.Labels), strings.Fields(c.Groups))
		t.Run(fmt.Sprintf("table %d, %d classes", i, len(rows.Classes)), func(t *testing.T) {
			folds, err := RepeatedStratifiedGroupKFold(t.Context(), rows, c.Splits, c.Repeats, c.RandomState)
			checkFoldsAre(t, folds, err, c.TestFoldOfRow)
			train, test, err := StratifiedGroupSplit(t.Context(), rows, c.TestSize, c.RandomState)
			checkPartIs(t, train, test, err, c.Test)
			train, holdout, err := StratifiedGroupHoldout(t.Context(), rows, c.RandomState)
			checkPartIs(t, train, holdout, err, c.Holdout)
		})
	}
}

func TestGroupedFoldsOfAWholeTableMatchScikitLearn(t *testing.T) {
	var facts struct {
		groupCase
		Label, Group     string
		SplitRandomState uint32 `json:"split_random_state"`
		Seed             uint32
	}
	reference(t, "table_b_groups.json", &facts)
	rows := grouped(columnsOf(t, "table_b.csv", facts.Label, facts.Group))
	folds, err := RepeatedStratifiedGroupKFold(t.Context(), rows, facts.Splits, facts.Repeats, facts.RandomState)
	checkFoldsAre(t, folds, err, facts.TestFoldOfRow)
	train, test, err := StratifiedGroupSplit(t.Context(), rows, facts.TestSize, facts.SplitRandomState)
	checkPartIs(t, train, test, err, facts.Test)
	train, holdout, err := StratifiedGroupHoldout(t.Context(), rows, facts.Seed)
	checkPartIs(t, train, holdout, err, facts.Holdout)
}

func TestPairwiseSumMatchesNumPy(t *testing.T) {
	var facts struct {
		Sums [][2]float64 `json:"sums_of_1_to_1_over_n"`
	}
	reference(t, "groups.json", &facts)
	var ordered int
	for _, want := range facts.Sums {
		x := make([]float64, int(want[0]))
		for i := range x {
			x[i] = 1 / float64(i+1)
		}
		if got := pairwiseSum(x); got != want[1] {
			t.Errorf("of %d elements: %v, want %v", len(x), got, want[1])
		}
		if orderedSum(x) == want[1] {
			ordered++
		}
	}
	if ordered > len(facts.Sums)/2 {
		t.Errorf("an ordered sum has %d of the %d sums right, so that these test little", ordered, len(facts.Sums))
	}
}

// grouped numbers the classes in the order of their last appearance, an order that nothing else uses.
func grouped(labels, groups []string) Grouped {
	rows := Grouped{Groups: groups, Labels: make([]int, len(labels))}
	for _, label := range slices.Backward(labels) {
		if !slices.Contains(rows.Classes, label) {
			rows.Classes = append(rows.Classes, label)
		}
	}
	for i, label := range labels {
		rows.Labels[i] = slices.Index(rows.Classes, label)
	}
	return rows
}

func columnsOf(t *testing.T, name, label, group string) (labels, groups []string) {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	atLabel, atGroup := slices.Index(lines[0], label), slices.Index(lines[0], group)
	for _, line := range lines[1:] {
		labels, groups = append(labels, line[atLabel]), append(groups, line[atGroup])
	}
	return labels, groups
}

func checkFoldsAre(t *testing.T, got []Folds, err error, want []string) {
	t.Helper()
	if (err != nil) != (want == nil) || len(got) != len(want) {
		t.Errorf("got %d repeats and error %v, want %d repeats", len(got), err, len(want))
		return
	}
	for r, text := range want {
		if !slices.Equal(got[r], digits(t, text)) {
			t.Errorf("repeat %d: got %v, want %s", r, got[r], text)
		}
	}
}

// checkPartIs checks a split against a digit for each row, 1 if it is in the part held out.
func checkPartIs(t *testing.T, train, part []int, err error, want *string) {
	t.Helper()
	if (err != nil) != (want == nil) {
		t.Errorf("got error %v, want one: %v", err, want == nil)
	}
	if err != nil || want == nil {
		return
	}
	isIn := digits(t, *want)
	checkPartition(t, train, part, len(isIn))
	if !slices.IsSorted(train) || !slices.IsSorted(part) {
		t.Error("rows do not ascend")
	}
	for _, row := range part {
		if isIn[row] != 1 {
			t.Errorf("holds out %v, want %s", part, *want)
			return
		}
	}
	if want := strings.Count(*want, "1"); len(part) != want {
		t.Errorf("holds out %d rows, want %d", len(part), want)
	}
}

func TestGroupedFoldsAreRefused(t *testing.T) {
	rows := grouped(strings.Fields("a b a b a b"), strings.Fields("1 1 2 2 3 3"))
	lone := grouped(strings.Fields("a b a b"), strings.Fields("x x x x"))
	var names []string
	for name, n := range []int{9, 11, 1, 12, 4, 3, 11} {
		names = append(names, slices.Repeat([]string{fmt.Sprint(name)}, n)...)
	}
	own := grouped(names, names) // each group is a class; scikit-learn puts seven of them into five of six folds
	folds := func(rows Grouped, splits int) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := RepeatedStratifiedGroupKFold(ctx, rows, splits, 1, 356)
			return err
		}
	}
	split := func(testSize float64) func(context.Context) error {
		return func(ctx context.Context) error {
			_, _, err := StratifiedGroupSplit(ctx, rows, testSize, 0)
			return err
		}
	}
	for _, c := range []struct {
		name string
		try  func(context.Context) error
		want string
	}{
		{"one fold", folds(rows, 1), "a split by groups needs 2 or more folds, got 1"},
		{"more folds than rows of any class", folds(rows, 4), "4 folds need a class of as many rows, the largest has 3"},
		{"more folds than groups", folds(lone, 2), "2 folds need as many groups, got 1"},
		{"no rows", folds(Grouped{}, 2), "2 folds need a class of as many rows, the largest has 0"},
		{"a fold without rows", folds(own, 6), "a split by groups leaves fold 3 of 6 without rows: take fewer folds or another random state"},
		{"a large part to test on", split(0.7), "a split by groups holds out 1/n of the rows, where n is 1/test_size, rounded, and 2 or more; got 1 for test_size 0.7"},
		{"half to even, down", split(0.4), ""},
		{"half to even, up", split(2.0 / 7), "a split by groups needs a class of 4 rows or more to hold out one in 4 of them, the largest has 3"},
		{"a tiny part to test on", split(5e-324), "a split by groups needs a class of 2147483647 rows or more to hold out one in 2147483647 of them, the largest has 3"},
		{"one group to hold out rows of", func(ctx context.Context) error {
			_, _, err := StratifiedGroupHoldout(ctx, lone, 0)
			return err
		}, "a split by groups needs 2 or more groups, got 1"},
		{"classes too small to hold out rows of", func(ctx context.Context) error {
			var ids []string
			for i := range 18 {
				ids = append(ids, fmt.Sprint("id", i))
			}
			_, _, err := StratifiedGroupHoldout(ctx, grouped(slices.Repeat([]string{"a", "b"}, 9), ids), 0)
			return err
		}, "a split by groups needs a class of 10 rows or more to hold out one in 10 of them, the largest has 9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.try(t.Context())
			if (err == nil) != (c.want == "") || err != nil && err.Error() != c.want {
				t.Errorf("got error %v, want %q", err, c.want)
			}
		})
	}
}

func TestGroupedFoldsStopWithTheirContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rows := grouped(strings.Fields("a b a b"), strings.Fields("1 1 2 2"))
	if _, err := RepeatedStratifiedGroupKFold(ctx, rows, 2, 1, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v", err)
	}
}

func TestAbsentClassesAreThoseWithRowsElsewhere(t *testing.T) {
	labels := []int{3, 0, 1, 3, 0} // no row has class 2
	for _, c := range []struct {
		name string
		part []int
		want []int
	}{
		{"every class", []int{0, 1, 2}, nil},
		{"one class", []int{3, 0}, []int{0, 1}},
		{"no rows", nil, []int{0, 1, 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := AbsentClasses(labels, 4, c.part); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func FuzzGroupedFoldsKeepGroupsWhole(f *testing.F) {
	f.Add(uint8(2), uint8(20), uint16(208), uint8(5), uint32(0))
	f.Add(uint8(9), uint8(200), uint16(1000), uint8(10), uint32(7))
	f.Fuzz(func(t *testing.T, classes, groups uint8, n uint16, splits uint8, seed uint32) {
		if classes == 0 || groups == 0 {
			return
		}
		rows := Grouped{Labels: randomLabels(int(n)%2000, int(classes), seed)}
		for c := range classes {
			rows.Classes = append(rows.Classes, fmt.Sprint(c))
		}
		state := random.NewRandomState(^seed)
		for range rows.Labels {
			rows.Groups = append(rows.Groups, fmt.Sprint(state.Bounded(uint32(groups-1))))
		}
		repeats, err := RepeatedStratifiedGroupKFold(t.Context(), rows, int(splits), 2, seed)
		if err != nil {
			return
		}
		for _, folds := range repeats {
			foldOf := map[string]int{}
			for row, fold := range folds {
				if other, seen := foldOf[rows.Groups[row]]; seen && other != fold {
					t.Fatalf("group %s is in folds %d and %d", rows.Groups[row], other, fold)
				}
				foldOf[rows.Groups[row]] = fold
			}
			for k := range int(splits) {
				train, test := folds.Rows(k)
				checkPartition(t, train, test, len(rows.Labels))
				if len(train) == 0 || len(test) == 0 {
					t.Errorf("fold %d trains on %d rows and tests %d", k, len(train), len(test))
				}
			}
		}
	})
}
