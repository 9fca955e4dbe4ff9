package features

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"math/big"
	"os"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/params"
)

// encoded are tables and their inputs from scikit-learn, made by reference/encoding.py.
type encoded struct {
	Tables []struct {
		Columns     [][]any // of numbers and nulls, or of texts and nulls
		Categorical []bool
		Fitted      []int
		Scaling     string
		Names       []string
		Inputs      [][]float64
	}
	Soybean struct {
		Names []string
		Rows  []string // a hexadecimal digit for every four inputs
	}
}

func readEncoded(t *testing.T) (e encoded) {
	t.Helper()
	text, err := os.ReadFile("testdata/encoded.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// tableOf returns the sample of all rows of some columns.
func tableOf(columns [][]any, categorical []bool) dataset.Sample {
	kinds := make([]dataset.Column, len(columns))
	for i := range kinds {
		kinds[i].Position = i + 1
		if categorical[i] {
			kinds[i].Kind = dataset.Category
		}
	}
	table := dataset.NewTable(kinds)
	for row := range columns[0] {
		var numbers []float64
		var codes []int32
		for i, column := range columns {
			switch v := column[row].(type) {
			case float64:
				numbers = append(numbers, v)
			case string:
				codes = append(codes, code(table, len(codes), v))
			default:
				if categorical[i] {
					codes = append(codes, dataset.NoCode)
				} else {
					numbers = append(numbers, math.NaN())
				}
			}
		}
		table.Append(numbers, codes, 0)
	}
	return table.All()
}

// gather returns the inputs of all rows, each gathered alone.
func gather(in *Inputs) blas64.General {
	rows, cols := in.Dims()
	x := blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float64, rows*cols)}
	for i := range x.Data {
		x.Data[i] = math.NaN()
	}
	for i := range rows {
		in.Gather(blas64.General{Rows: 1, Cols: cols, Stride: cols, Data: x.Data[i*cols:][:cols]}, []int{i})
	}
	return x
}

// Numbers are scaled with a fused multiply-add for each square, which NumPy rounds twice: hence the tolerance. Columns that
// scikit-learn treats as constant have a divisor of 1, and would otherwise be far outside it.
func TestInputsAreThoseOfScikitLearn(t *testing.T) {
	e := readEncoded(t)
	if len(e.Tables) == 0 {
		t.Fatal("there are no tables")
	}
	for number, want := range e.Tables {
		s := tableOf(want.Columns, want.Categorical)
		f, _, err := Fit(s.Select(want.Fitted), want.Scaling)
		if err != nil {
			t.Errorf("table %d: %v", number, err)
			continue
		}
		if !slices.Equal(f.Names(), want.Names) {
			t.Errorf("table %d: names %q, want %q", number, f.Names(), want.Names)
			continue
		}
		if err := f.Check(); err != nil {
			t.Errorf("table %d: %v", number, err)
		}
		for _, most := range []int{0, maxMatrix} {
			x := gather(mustInputs(t, f, s, most))
			for i, inputs := range want.Inputs {
				for j, v := range inputs {
					if got := x.Data[i*x.Stride+j]; !(math.Abs(got-v) <= 1e-14*math.Abs(v)) {
						t.Errorf("table %d, row %d, %s: %v, want %v", number, i, want.Names[j], got, v)
					}
				}
			}
		}
	}
}

// Soybean has 35 columns of texts, most with gaps; fitted on every third row, some texts are unknown.
func TestSoybeanIsEncodedAsByScikitLearn(t *testing.T) {
	file, err := os.Open("testdata/soybean.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	header, records := records[0], records[1:]
	columns, categorical := make([][]any, len(header)-1), make([]bool, len(header)-1)
	for c := range columns {
		categorical[c] = true
		for _, record := range records {
			var v any
			if text := record[c+1]; text != "NA" {
				v = text
			}
			columns[c] = append(columns[c], v)
		}
	}
	s := tableOf(columns, categorical)
	for c := range s.Table.Columns {
		s.Table.Columns[c].Name = header[c+1]
	}
	var fitted []int
	for i := 0; i < s.Len(); i += 3 {
		fitted = append(fitted, i)
	}
	f := mustFit(t, s.Select(fitted), params.Standard)
	want := readEncoded(t).Soybean
	if !slices.Equal(f.Names(), want.Names) {
		t.Fatalf("names %q, want %q", f.Names(), want.Names)
	}
	x := gather(mustInputs(t, f, s, 0))
	for i, digits := range want.Rows {
		bits, ok := new(big.Int).SetString(digits, 16)
		if !ok {
			t.Fatalf("row %d: %s", i, digits)
		}
		for j := range x.Cols {
			if got, want := x.Data[i*x.Stride+j], float64(bits.Bit(x.Cols-1-j)); got != want {
				t.Errorf("row %d, %s: %v, want %v", i, f.Names()[j], got, want)
			}
		}
	}
	if len(want.Rows) != s.Len() {
		t.Errorf("%d rows, want %d", s.Len(), len(want.Rows))
	}
}
