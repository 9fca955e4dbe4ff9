package features

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/dataset/datasettest"
	"example.com/sonar/internal/params"
)

// table returns a table of rows with this many columns.
func table(columns int, values ...float64) dataset.Sample {
	t := dataset.NewTable(datasettest.NumberColumns(columns))
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
	f, warnings, err := Fit(s, scaling)
	if err != nil || warnings != nil {
		t.Fatal(err, warnings)
	}
	return f
}

func mustInputs(t *testing.T, f *Features, s dataset.Sample, most int) *Inputs {
	t.Helper()
	in, err := f.inputs(s, most)
	if err != nil {
		t.Fatal(err)
	}
	return in
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

func TestFeaturesAreFittedToTheRowsOfTheSampleAlone(t *testing.T) {
	s := table(1, 1, 99, 3)
	f := mustFit(t, s.Select([]int{0, 2}), params.Standard)
	if f.Offset[0] != 2 || f.Divisor[0] != 1 {
		t.Errorf("got %v, %v", f.Offset, f.Divisor)
	}
}

// The extremes of float64: what overflows is refused, and what underflows is constant.
func TestColumnsAtTheEndsOfFloat64(t *testing.T) {
	for name, c := range map[string]struct {
		values  []float64
		scaling string
		err     string // or
		warning string // or
		divisor float64
	}{
		"the sum overflows":       {values: []float64{math.MaxFloat64, math.MaxFloat64 / 2}, scaling: params.Standard, err: "column 2 must have a finite median, got +Inf"},
		"one value overflows":     {values: []float64{math.MaxFloat64, 1, 2}, scaling: params.Standard, err: "column 2 must have a finite mean and a finite variance for train.scaling, got 5.992310449541053e+307 and"},
		"and so does its square":  {values: []float64{math.MaxFloat64, 1, 2}, scaling: params.None, err: "column 2 must have numbers whose squares have a finite sum, got 1.7976931348623157e+308"},
		"as do many, unscaled":    {values: []float64{-1e154, 1e154, 1e154}, scaling: params.None, err: "column 2 must have numbers whose squares have a finite sum, got 1e+154"},
		"not quite, unscaled":     {values: []float64{-1e153, 1e153, 1}, scaling: params.None},
		"squares of 0, unscaled":  {values: []float64{1e-170, -3e-170, math.NaN()}, scaling: params.None, warning: "column 2 is as good as 0: its largest number is 3e-170"},
		"zeros, unscaled":         {values: []float64{0, 0, math.NaN()}, scaling: params.None},
		"the squares overflow":    {values: []float64{-1e200, 1e200, 1}, scaling: params.Variance, err: "column 2 must have a finite mean and a finite variance for train.scaling, got"},
		"larger squares overflow": {values: []float64{-1e300, 1e300}, scaling: params.Standard, err: "column 2 must have a finite mean and a finite variance"},
		"small":                   {values: []float64{0, 0x1p-500}, scaling: params.Standard, divisor: 0x1p-501},
		"the squares underflow":   {values: []float64{1e-190, 3e-190}, scaling: params.Standard, divisor: 1, warning: "column 2 is constant to train.scaling: its values, from 1e-190 to 3e-190, differ by no more than the rounding of their variance"},
		"as variances do":         {values: []float64{1e-170, 3e-170}, scaling: params.Variance, divisor: 1, warning: "column 2 is constant"},
		"the last digit":          {values: []float64{0.3, 0.30000000000000004, 0.3}, scaling: params.Standard, divisor: 1, warning: "its values, from 0.3 to 0.30000000000000004, differ"},
		"all alike":               {values: []float64{0.1, 0.1, 0.1}, scaling: params.Standard, divisor: 1},
		"all alike, with gaps":    {values: []float64{0.1, math.NaN(), 0.1}, scaling: params.Variance, divisor: 1},
		"one row":                 {values: []float64{7}, scaling: params.Variance, divisor: 1},
		"gaps alone":              {values: []float64{math.NaN(), math.NaN()}, scaling: params.Standard, divisor: 1},
	} {
		t.Run(name, func(t *testing.T) {
			var values []float64
			for i, v := range c.values {
				values = append(values, float64(i), v)
			}
			s := table(2, values...)
			f, warnings, err := Fit(s, c.scaling)
			var column *Error
			switch text := strings.Join(warnings, ";"); {
			case c.err != "":
				if !errors.As(err, &column) || !strings.HasPrefix(err.Error(), c.err) || column.Table != s.Table {
					t.Errorf("error %v, want %s", err, c.err)
				}
			case err != nil || !strings.Contains(text, c.warning) || (text == "") != (c.warning == ""):
				t.Errorf("error %v and warnings %q, want %q", err, text, c.warning)
			case c.divisor != 0 && f.Divisor[1] != c.divisor:
				t.Errorf("divided by %v, want %v", f.Divisor[1], c.divisor)
			}
		})
	}
}

// Rows that the features were not fitted on may be anything.
func TestANumberThatScalingMakesInfiniteIsRefused(t *testing.T) {
	f := mustFit(t, table(2, 1, 0.1, 2, 0.2), params.Standard)
	rows := table(2, 1, math.MaxFloat64)
	var column *Error
	if _, err := f.Inputs(rows); !errors.As(err, &column) || column.Table != rows.Table || column.Row != 0 || !strings.HasPrefix(err.Error(), "column 2 must be finite once train.scaling has made it (x - 0.15") {
		t.Errorf("error %v", err)
	}
	if _, err := f.Inputs(table(2, math.NaN(), 1e300)); err != nil {
		t.Errorf("error %v of numbers that are finite, and a gap", err)
	}
	if in := mustInputs(t, mustFit(t, table(2, 1, 2), params.None), rows, maxMatrix); in.matrix.Data[1] != math.MaxFloat64 {
		t.Errorf("without scaling it is %v", in.matrix.Data[1])
	}
}

// mixed returns a table with a column of numbers, one of texts and another of numbers, from rows of fields; "" is a gap.
func mixed(t *testing.T, rows ...string) dataset.Sample {
	t.Helper()
	table := dataset.NewTable([]dataset.Column{{Name: "m0", Position: 2, Kind: dataset.Number}, {Name: "kind", Position: 3, Kind: dataset.Category}, {Name: "m1", Position: 5, Kind: dataset.Number}})
	number := func(text string) float64 {
		if text == "" {
			return math.NaN()
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, row := range rows {
		fields := strings.Split(row, ",")
		kind := int32(dataset.NoCode)
		if fields[1] != "" {
			kind = code(table, 0, fields[1])
		}
		table.Append([]float64{number(fields[0]), number(fields[2])}, []int32{kind}, 0)
	}
	return table.All()
}

// code returns the code of a text in the categorical column c, adding the text if it is new.
func code(t *dataset.Table, c int, text string) int32 {
	i := slices.Index(t.Texts[c], text)
	if i < 0 {
		i = len(t.Texts[c])
		t.Texts[c] = append(t.Texts[c], text)
	}
	return int32(i)
}

func TestInputsAreInTheOrderOfTheFile(t *testing.T) {
	train := mixed(t, "3,b,1", ",A,2", "1,b,4", "2,,1")
	f := mustFit(t, train, params.None)
	if want := []string{"m0", "m0 is missing", "kind=A", "kind=b", "kind=", "m1"}; !slices.Equal(f.Names(), want) || f.Len() != len(want) {
		t.Errorf("names %q, want %q", f.Names(), want)
	}
	if want := []bool{true, false, false, false, false, true}; !slices.Equal(f.Numeric(), want) {
		t.Errorf("numeric %v, want %v", f.Numeric(), want)
	}
	if err := f.Check(); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]struct {
		rows dataset.Sample
		want []float64
	}{
		"the fitted rows": {train, []float64{
			3, 0, 0, 1, 0, 1,
			2, 1, 1, 0, 0, 2,
			1, 0, 0, 1, 0, 4,
			2, 0, 0, 0, 1, 1}},
		"texts with other codes, one of them unknown, and gaps": {mixed(t, "7,unseen,", "8,A,1", ",,2", "9,b,3"), []float64{
			7, 0, 0, 0, 0, 1.5,
			8, 0, 1, 0, 0, 1,
			2, 1, 0, 0, 1, 2,
			9, 0, 0, 1, 0, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := mustInputs(t, f, c.rows, maxMatrix).matrix.Data; !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestAGapThatNoFittedRowHasLeavesZerosOrTheMedian(t *testing.T) {
	f := mustFit(t, mixed(t, "3,b,1", "1,A,2"), params.Standard)
	if got, want := mustInputs(t, f, mixed(t, ",,"), maxMatrix).matrix.Data, []float64{0, 0, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTooManyTextsOrInputsAreRefused(t *testing.T) {
	wide := func(columns, texts int) dataset.Sample {
		table := dataset.NewTable(make([]dataset.Column, columns))
		for i := range table.Columns {
			table.Columns[i] = dataset.Column{Name: fmt.Sprint("c", i), Position: i + 1, Kind: dataset.Category}
		}
		table = dataset.NewTable(table.Columns)
		codes := make([]int32, columns)
		for i := range texts {
			for c := range codes {
				table.Texts[c] = append(table.Texts[c], fmt.Sprint(i))
				codes[c] = int32(i)
			}
			table.Append(nil, codes, 0)
		}
		return table.All()
	}
	for name, c := range map[string]struct {
		s    dataset.Sample
		want string
	}{
		"as many texts as may be": {wide(1, MaxTexts), ""},
		"a text more":             {wide(2, MaxTexts+1), `column "c0" must have at most 10000 different texts, got 10001: put it under data.drop, or group its texts`},
		"too many inputs":         {wide(105, MaxTexts), `column "c104" must not bring the number of inputs above 1048576, got 1050000`},
		"too many columns":        {table(1<<20+1, make([]float64, 1<<20+1)...), `column 1048577 must not bring the number of inputs above 1048576, got 1048577`},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := Fit(c.s, params.None)
			if (err == nil) != (c.want == "") || err != nil && err.Error() != c.want {
				t.Errorf("error %v, want %s", err, c.want)
			}
		})
	}
	few := wide(1, MaxTexts+1)
	if _, _, err := Fit(few.Select([]int{3, 4}), params.None); err != nil {
		t.Errorf("texts of other rows than the fitted count: %v", err)
	}
}

func TestMediansAreThoseOfSortedValues(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	columns := map[string][]float64{}
	for _, n := range []int{1, 2, 3, 11, 12, 13, 14, 100, 101, 40_000, 40_001} {
		for kind, draw := range map[string]func(i int) float64{
			"uniform":    func(int) float64 { return r.Float64() - 0.5 },
			"few values": func(int) float64 { return float64(r.IntN(3) - 1) },
			"one value":  func(int) float64 { return -2.5 },
			"ascending":  func(i int) float64 { return float64(i) - 50 },
			"descending": func(i int) float64 { return 50 - float64(i) },
			"all sizes":  func(int) float64 { return math.Ldexp(r.Float64()-0.5, r.IntN(1000)-500) },
		} {
			column := make([]float64, n)
			for i := range column {
				column[i] = draw(i)
			}
			columns[fmt.Sprint(n, " ", kind)] = column
		}
	}
	for name, column := range columns {
		t.Run(name, func(t *testing.T) {
			s := table(1, append(slices.Clone(column), math.NaN())...)
			slices.Sort(column)
			half := len(column) / 2
			want := column[half]
			if len(column)%2 == 0 {
				want = (column[half-1] + want) / 2
			}
			f := mustFit(t, s, params.None)
			if got := f.Columns[0].Median; math.Float64bits(got) != math.Float64bits(want) || !f.Columns[0].Gaps {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestManyColumnsHaveTheirOwnMedians(t *testing.T) {
	const columns = 21
	var values []float64
	for row := range 5 {
		for c := range columns {
			values = append(values, float64(100*c+(row*(c+2))%5))
		}
	}
	for i, c := range mustFit(t, table(columns, values...), params.None).Columns {
		if c.Median < float64(100*i) || c.Median > float64(100*i+4) {
			t.Errorf("the median of column %d is %v", i, c.Median)
		}
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
			small, large := mustInputs(t, f, s, 5*60), mustInputs(t, f, s, 5*60-1)
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

func TestATableThatIsHandedOverIsScaledInPlaceToTheSameBits(t *testing.T) {
	rows := []string{"0.3,b,1", ",A,0.2", "1,b,", "2.7,,1"}
	for _, scaling := range []string{params.None, params.Standard, params.Variance} {
		f := mustFit(t, mixed(t, rows...), scaling)
		want := mustInputs(t, f, mixed(t, rows...), maxMatrix).matrix.Data
		own := mixed(t, rows...).Table.HandOver()
		in := mustInputs(t, f, own, 0)
		if got := gather(in).Data; !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", scaling, got, want)
		}
		if first := own.Numbers(0)[0]; first != want[0] {
			t.Errorf("%s: the table has %v, not %v", scaling, first, want[0])
		}
	}
}

func TestSlotsHaveTheInputsThatAreNotZero(t *testing.T) {
	train := []string{",,1", "3,a,2", "1,b,"}
	for c := range 30 {
		train = append(train, fmt.Sprintf("%d,text %02d,0.1", c, c))
	}
	rows := []string{"7,b,1", ",a,", "0.5,unseen,0", "2,,3"}
	for _, scaling := range []string{params.None, params.Standard} {
		f := mustFit(t, mixed(t, train...), scaling)
		in := mustInputs(t, f, mixed(t, rows...), maxMatrix)
		if in.Slots() != 5 {
			t.Fatalf("%d slots, want 5: two numbers with their gaps, and a text", in.Slots())
		}
		want := gather(in)
		values, at := blas64.General{Rows: 4, Cols: 5, Stride: 6, Data: make([]float64, 4*6)}, make([]int32, 4*5)
		in.GatherSlots(values, at, []int{0, 1, 2, 3})
		for b := range rows {
			got := make([]float64, in.inputs)
			for s, input := range at[b*5:][:5] {
				if s > 0 && input <= at[b*5+s-1] {
					t.Errorf("%s: row %d: the slots have the inputs %v", scaling, b, at[b*5:][:5])
				}
				got[input] = values.Data[b*6+s]
			}
			if !slices.Equal(got, want.Data[b*want.Stride:][:in.inputs]) {
				t.Errorf("%s: row %d is %v, want %v", scaling, b, got, want.Data[b*want.Stride:][:in.inputs])
			}
		}
	}
	if in := mustInputs(t, mustFit(t, mixed(t, "1,a,1"), params.None), mixed(t, "1,a,1"), maxMatrix); in.Slots() != 0 {
		t.Errorf("%d slots of 3 inputs", in.Slots())
	}
}
