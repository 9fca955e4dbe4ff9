package dataset

import (
	"fmt"
	"slices"
	"testing"
)

func TestFoldsMatchScikitLearn(t *testing.T) {
	var facts struct {
		Cases []struct {
			Scheme          string
			Names           []string
			Codes           string
			Splits, Repeats int
			RandomState     uint32   `json:"random_state"`
			TestFoldOfRow   []string `json:"test_fold_of_row"`
		}
	}
	reference(t, "folds.json", &facts)
	schemes := map[string]int{}
	for _, c := range facts.Cases {
		schemes[c.Scheme]++
		labels := digits(t, c.Codes)
		t.Run(fmt.Sprintf("%s %d rows, %d x %d, %d", c.Scheme, len(labels), c.Repeats, c.Splits, c.RandomState), func(t *testing.T) {
			var got []Folds
			var err error
			if c.Scheme == "blocked" {
				got = make([]Folds, 1)
				got[0], err = StratifiedKFold(labels, c.Splits)
			} else {
				got, err = RepeatedStratifiedKFold(labels, c.Splits, c.Repeats, c.RandomState)
			}
			if err != nil || len(got) != len(c.TestFoldOfRow) {
				t.Fatalf("got %d repeats and error %v, want %d repeats", len(got), err, len(c.TestFoldOfRow))
			}
			for r, want := range c.TestFoldOfRow {
				if !slices.Equal(got[r], digits(t, want)) {
					t.Fatalf("repeat %d: got %v, want %s", r, got[r], want)
				}
			}
		})
	}
	if schemes["blocked"] == 0 || schemes["repeated"] == 0 {
		t.Errorf("schemes tried: %v", schemes)
	}
}

// The refusal is scikit-learn's, which only needs one class with as many rows as folds.
func TestFoldsRefuseTooFewRows(t *testing.T) {
	for _, c := range []struct {
		name   string
		labels []int
		splits int
		want   string
	}{
		{"no rows", nil, 2, "2 folds need a class of as many rows, the largest has 0"},
		{"fewer rows than folds in every class", []int{0, 1, 0, 1, 0}, 4, "4 folds need a class of as many rows, the largest has 3"},
		{"fewer rows than folds in one class", []int{0, 1, 0, 1, 0}, 3, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, repeated := RepeatedStratifiedKFold(c.labels, c.splits, 2, 0)
			_, blocked := StratifiedKFold(c.labels, c.splits)
			for _, err := range []error{repeated, blocked} {
				if (err == nil) != (c.want == "") || err != nil && err.Error() != c.want {
					t.Errorf("got error %v, want %q", err, c.want)
				}
			}
		})
	}
}

func FuzzFoldsAreStratifiedPartitions(f *testing.F) {
	f.Add(uint8(2), uint16(208), uint8(10), uint32(0))
	f.Add(uint8(5), uint16(17), uint8(3), uint32(9))
	f.Fuzz(func(t *testing.T, classes uint8, rows uint16, splits uint8, seed uint32) {
		if classes == 0 || splits < 2 {
			return
		}
		labels := randomLabels(int(rows)%2000, int(classes), seed)
		repeated, err := RepeatedStratifiedKFold(labels, int(splits), 2, seed)
		if err != nil {
			return
		}
		blocked, err := StratifiedKFold(labels, int(splits))
		if err != nil {
			t.Fatal(err)
		}
		for _, folds := range append(repeated, blocked) {
			checkFoldsOf(t, folds, labels, int(classes), int(splits))
		}
	})
}

func checkFoldsOf(t *testing.T, folds Folds, labels []int, classes, splits int) {
	t.Helper()
	counts := count(labels, classes)
	for k := range splits {
		train, test := folds.Rows(k)
		checkPartition(t, train, test, len(labels))
		if !slices.IsSorted(train) || !slices.IsSorted(test) {
			t.Error("rows do not ascend")
		}
		if n := len(labels) / splits; len(test) != n && len(test) != n+1 {
			t.Errorf("fold %d tests %d rows, want %d or one more", k, len(test), n)
		}
		for c, n := range count(pick(labels, test), classes) {
			if n != counts[c]/splits && n != counts[c]/splits+1 {
				t.Errorf("fold %d tests %d rows of class %d, want %d or one more", k, n, c, counts[c]/splits)
			}
		}
	}
}
