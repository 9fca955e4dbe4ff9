package plot

import (
	"fmt"
	"slices"
	"testing"
)

func TestThinKeepsBothEnds(t *testing.T) {
	tests := []struct {
		n, limit int
		want     []int
	}{
		{0, 3, []int{}},
		{3, 3, []int{0, 1, 2}},
		{4, 2, []int{0, 3}},
		{9, 3, []int{0, 4, 8}},
		{10, 4, []int{0, 3, 6, 9}},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%d of %d", test.limit, test.n), func(t *testing.T) {
			points := make([]int, test.n)
			for i := range points {
				points[i] = i
			}
			if got := Thin(points, test.limit); !slices.Equal(got, test.want) {
				t.Errorf("Thin = %v, want %v", got, test.want)
			}
		})
	}
}

func TestLargestClassesAreAscendingAndOfEqualsTheFirst(t *testing.T) {
	rows := []int{0, 5, 7, 5, 9, 0, 5}
	all := []int{0, 1, 2, 3, 4, 5, 6}
	for n, want := range map[int][]int{0: {}, 1: {4}, 2: {2, 4}, 4: {1, 2, 3, 4}, 6: {0, 1, 2, 3, 4, 6}, 7: all, 9: all} {
		if got := Largest(all, rows, n); !slices.Equal(got, want) {
			t.Errorf("the %d largest are %v, want %v", n, got, want)
		}
	}
	if got := Largest([]int{1, 3, 5}, rows, 2); !slices.Equal(got, []int{1, 3}) || !slices.Equal(all, []int{0, 1, 2, 3, 4, 5, 6}) {
		t.Errorf("of 1, 3 and 5 the largest are %v; all are now %v", got, all)
	}
}
