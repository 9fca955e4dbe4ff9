package main

import (
	"slices"
	"strings"
	"testing"

	"example.com/sonar/internal/features"
	"example.com/sonar/internal/params"
)

// The column x of these models has the mean 3.5 and the standard deviation 2.29.
func TestNumbersFarFromThoseOfTheTrainingAreWarnedOf(t *testing.T) {
	const (
		one = `column "x" has a number far from those that the model was trained on, 50, in 1 row: more than 20 standard deviations from their mean; is it in another unit?`
		two = `column "x" has numbers far from those that the model was trained on, such as 50, in 2 rows: more than 20 standard deviations from their mean; are they in other units?`
	)
	for _, test := range []struct {
		name    string
		scaling string
		rows    string
		want    []string
	}{
		{"near enough", params.Standard, "x,kind\n49,a\n-42,a\n,a\n", nil},
		{"far above", params.Standard, "x,kind\n3,a\n50,a\n4,a\n60,a\n", []string{two}},
		{"far above and below", params.Standard, "x,kind\n50,a\n" + strings.Repeat("5,a\n", 3000) + "-50,a\n", []string{two}},
		{"far below", params.Standard, "x,kind\n-50,a\n", []string{strings.Replace(one, "50", "-50", 1)}},
		{"far above, divided by the variance", params.Variance, "x,kind\n49,a\n50,a\n", []string{one}},
		{"a model that does not scale", params.None, "x,kind\n50,a\n", nil},
		{"a number and a text", params.Standard, "x,kind\n50,new\n", []string{
			`column "kind" has texts that the model was not trained on, such as "new": they count as none of those that it knows`, one}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := smallModel(t)
			f := features.Features{Scaling: test.scaling, Columns: m.Features.Columns, Offset: m.Features.Offset, Divisor: m.Features.Divisor}
			switch test.scaling {
			case params.Variance:
				f.Divisor = []float64{f.Divisor[0] * f.Divisor[0]}
			case params.None:
				f.Offset, f.Divisor = nil, nil
			}
			u := newUnseen(&f)
			var out strings.Builder
			if err := predict(t.Context(), m, memoryFile{strings.NewReader(test.rows)}, &out, u); err != nil {
				t.Fatal(err)
			}
			if got := u.warnings(); !slices.Equal(got, test.want) {
				t.Errorf("warnings %q, want %q", got, test.want)
			}
		})
	}
}
