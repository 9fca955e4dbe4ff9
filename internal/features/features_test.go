package features

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/params"
)

// table has rows of so many columns.
func table(columns int, values ...float64) dataset.Sample {
	t := dataset.NewTable(dataset.NumberColumns(columns))
	for ; len(values) > 0; values = values[columns:] {
		t.Append(values[:columns], nil, 0)
	}
	return t.All()
}

func sonar(t *testing.T) dataset.Sample {
	t.Helper()
	f, err := os.Open("../dataset/testdata/sonar.all-data")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := dataset.Read(t.Context(), f, params.Data{Classes: []string{"R", "M"}})
	if err != nil {
		t.Fatal(err)
	}
	return table.All()
}

func mustFit(t *testing.T, s dataset.Sample, scaling string) *Features {
	t.Helper()
	f, err := Fit(s, scaling)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestScalingOfSmallColumns(t *testing.T) {
	s := table(3,
		1, 5, -2,
		2, 5, -2,
		3, 5, -2,
		4, 5, 6)
	for _, c := range []struct {
		kind            string
		offset, divisor []float64
	}{
		{params.None, nil, nil},
		{params.Standard, []float64{2.5, 5, 0}, []float64{math.Sqrt(1.25), 1, math.Sqrt(12)}},
		{params.Variance, []float64{2.5, 5, 0}, []float64{5.0 / 3, 1, 16}},
	} {
		t.Run(c.kind, func(t *testing.T) {
			f := mustFit(t, s, c.kind)
			if fmt.Sprint(f.Offset, f.Divisor) != fmt.Sprint(c.offset, c.divisor) {
				t.Errorf("got %v, %v, want %v, %v", f.Offset, f.Divisor, c.offset, c.divisor)
			}
		})
	}
}

// The sums of 208 rows are within a few roundings of exact ones.
func TestScalingOfSonarMatchesExactArithmetic(t *testing.T) {
	s := sonar(t)
	standard, variance := mustFit(t, s, params.Standard), mustFit(t, s, params.Variance)
	for j := range s.Table.Columns {
		mean, squares := exactMoments(s, j)
		near(t, fmt.Sprint("mean of column ", j), standard.Offset[j], mean)
		near(t, fmt.Sprint("deviation of column ", j), standard.Divisor[j], math.Sqrt(squares/float64(s.Len())))
		near(t, fmt.Sprint("variance of column ", j), variance.Divisor[j], squares/float64(s.Len()-1))
	}
}

func near(t *testing.T, name string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-14*math.Abs(want)) {
		t.Errorf("%s is %v, want %v", name, got, want)
	}
}

// exactMoments returns the mean and the sum of the squared differences from it, each rounded once.
func exactMoments(s dataset.Sample, j int) (mean, squares float64) {
	sum, square := new(big.Rat), new(big.Rat)
	for i := range s.Len() {
		v := new(big.Rat).SetFloat64(s.Numbers(i)[j])
		sum.Add(sum, v)
		square.Add(square, v.Mul(v, v))
	}
	n := new(big.Rat).SetInt64(int64(s.Len()))
	average := new(big.Rat).Quo(sum, n)
	mean, _ = average.Float64()
	squares, _ = square.Sub(square, average.Mul(average, sum)).Float64()
	return mean, squares
}

// 0.1 has no exact sum: the mean is off in the last bit, and the squares are not zero.
func TestConstantColumnsAreDividedByOne(t *testing.T) {
	for _, kind := range []string{params.Standard, params.Variance} {
		if f := mustFit(t, table(1, 0.1, 0.1, 0.1), kind); f.Divisor[0] != 1 {
			t.Errorf("%s: got %v", kind, f.Divisor[0])
		}
	}
	if f := mustFit(t, table(1, 7), params.Variance); f.Divisor[0] != 1 {
		t.Errorf("one row: got %v", f.Divisor[0])
	}
}

func TestFeaturesAreFittedToTheRowsOfTheSampleAlone(t *testing.T) {
	s := table(1, 1, 99, 3)
	f := mustFit(t, s.Select([]int{0, 2}), params.Standard)
	if f.Offset[0] != 2 || f.Divisor[0] != 1 {
		t.Errorf("got %v, %v", f.Offset, f.Divisor)
	}
}

func TestAColumnWhoseScalingIsNotFiniteIsNamed(t *testing.T) {
	for name, s := range map[string]dataset.Sample{
		"the sum overflows":    table(2, 1, math.MaxFloat64, 2, math.MaxFloat64/2),
		"the squares overflow": table(2, 1, -1e200, 2, 1e200),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Fit(s, params.Standard); err == nil || !strings.HasPrefix(err.Error(), "column 2 must have a finite mean") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestFitPanicsOnACallersBug(t *testing.T) {
	for name, call := range map[string]func(){
		`features: unknown scaling "robust"`:                                         func() { Fit(table(1, 1), "robust") },
		"features: there must be rows to fit to":                                     func() { Fit(dataset.Sample{}, params.None) },
		"features: the table must have the columns that the features were fitted to": func() { mustFit(t, table(1, 1), params.None).Inputs(table(2, 1, 2)) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if got := recover(); got != name {
					t.Errorf("panic %v", got)
				}
			}()
			call()
		})
	}
}

// The hash was made on amd64 and holds on every machine.
func TestScalingHasTheSameBitsEverywhere(t *testing.T) {
	s := sonar(t)
	hash := sha256.New()
	for _, kind := range []string{params.Standard, params.Variance} {
		f := mustFit(t, s, kind)
		binary.Write(hash, binary.LittleEndian, slices.Concat(f.Offset, f.Divisor))
	}
	const want = "617c2e0aa71b21450722ad20a4fb45b76bb9aae5a0d289dfbde30ec5d5a31a22"
	if got := fmt.Sprintf("%x", hash.Sum(nil)); got != want {
		t.Errorf("got the hash %s, want %s", got, want)
	}
}

func TestAMatrixAndRowsOnDemandHaveTheSameBits(t *testing.T) {
	s := sonar(t).Select([]int{5, 0, 207, 100, 3})
	for _, scaling := range []string{params.None, params.Standard, params.Variance} {
		t.Run(scaling, func(t *testing.T) {
			f := mustFit(t, s, scaling)
			small, large := f.inputs(s, 5*60), f.inputs(s, 5*60-1)
			view, ok := small.View(1, 4)
			if _, lazy := large.View(0, 1); !ok || lazy {
				t.Fatalf("a matrix that is small: %t, that is large: %t", ok, lazy)
			}
			rows := []int{1, 2, 3}
			for name, in := range map[string]*Inputs{"matrix": small, "on demand": large} {
				got := blas64.General{Rows: 3, Cols: 60, Stride: 64, Data: make([]float64, 3*64)}
				in.Gather(got, rows)
				for b, r := range rows {
					for j, v := range s.Numbers(r) {
						want := v
						if scaling != params.None {
							want = (v - f.Offset[j]) / f.Divisor[j]
						}
						if got.Data[b*64+j] != want || view.Data[b*view.Stride+j] != want {
							t.Fatalf("%s: row %d, input %d: %v, in place %v, want %v", name, r, j, got.Data[b*64+j], view.Data[b*view.Stride+j], want)
						}
					}
				}
				if rows, cols := in.Dims(); rows != 5 || cols != 60 {
					t.Errorf("%s: %d x %d", name, rows, cols)
				}
			}
		})
	}
}
