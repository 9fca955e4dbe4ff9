package dataset

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"testing"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/params"
)

func matrix(rows, cols int, data ...float64) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: data}
}

func TestScalingOfSmallColumns(t *testing.T) {
	x := matrix(4, 3,
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
			offset, divisor := Scaling(c.kind, x)
			if fmt.Sprint(offset, divisor) != fmt.Sprint(c.offset, c.divisor) {
				t.Errorf("got %v, %v, want %v, %v", offset, divisor, c.offset, c.divisor)
			}
		})
	}
}

// The sums of 208 rows are within a few roundings of exact ones.
func TestScalingOfSonarMatchesExactArithmetic(t *testing.T) {
	x, _ := sonar(t).Matrix()
	offset, std := Scaling(params.Standard, x)
	_, variance := Scaling(params.Variance, x)
	for j := range x.Cols {
		mean, squares := exactMoments(x, j)
		near(t, fmt.Sprint("mean of column ", j), offset[j], mean)
		near(t, fmt.Sprint("deviation of column ", j), std[j], math.Sqrt(squares/float64(x.Rows)))
		near(t, fmt.Sprint("variance of column ", j), variance[j], squares/float64(x.Rows-1))
	}
}

func near(t *testing.T, name string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-14*math.Abs(want)) {
		t.Errorf("%s is %v, want %v", name, got, want)
	}
}

// exactMoments gives the mean and the sum of the squared differences from it, each rounded once.
func exactMoments(x blas64.General, j int) (mean, squares float64) {
	sum, square := new(big.Rat), new(big.Rat)
	for i := range x.Rows {
		v := new(big.Rat).SetFloat64(x.Data[i*x.Stride+j])
		sum.Add(sum, v)
		square.Add(square, v.Mul(v, v))
	}
	n := new(big.Rat).SetInt64(int64(x.Rows))
	average := new(big.Rat).Quo(sum, n)
	mean, _ = average.Float64()
	squares, _ = square.Sub(square, average.Mul(average, sum)).Float64()
	return mean, squares
}

// 0.1 has no exact sum: the mean is off in the last bit, and the squares are not zero.
func TestConstantColumnsAreDividedByOne(t *testing.T) {
	x := matrix(3, 1, 0.1, 0.1, 0.1)
	for _, kind := range []string{params.Standard, params.Variance} {
		if _, divisor := Scaling(kind, x); divisor[0] != 1 {
			t.Errorf("%s: got %v", kind, divisor[0])
		}
	}
	if _, divisor := Scaling(params.Variance, matrix(1, 1, 7)); divisor[0] != 1 {
		t.Errorf("one row: got %v", divisor[0])
	}
}

func TestScalingReadsAViewOfAMatrix(t *testing.T) {
	view := blas64.General{Rows: 2, Cols: 1, Stride: 3, Data: []float64{1, 99, 99, 3}}
	if offset, divisor := Scaling(params.Standard, view); offset[0] != 2 || divisor[0] != 1 {
		t.Errorf("got %v, %v", offset, divisor)
	}
}

func TestScalingPanicsOnACallersBug(t *testing.T) {
	for name, call := range map[string]func(){
		"unknown kind": func() { Scaling("robust", matrix(1, 1, 1)) },
		"no rows":      func() { Scaling(params.Standard, matrix(0, 1)) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			call()
		})
	}
}

// The hash was made on amd64 and holds on every machine.
func TestScalingHasTheSameBitsEverywhere(t *testing.T) {
	x, _ := sonar(t).Matrix()
	hash := sha256.New()
	for _, kind := range []string{params.Standard, params.Variance} {
		offset, divisor := Scaling(kind, x)
		binary.Write(hash, binary.LittleEndian, append(offset, divisor...))
	}
	const want = "617c2e0aa71b21450722ad20a4fb45b76bb9aae5a0d289dfbde30ec5d5a31a22"
	if got := fmt.Sprintf("%x", hash.Sum(nil)); got != want {
		t.Errorf("got the hash %s, want %s", got, want)
	}
}
