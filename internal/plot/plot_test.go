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
