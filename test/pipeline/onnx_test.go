//go:build pipeline

package pipeline

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/dataset/datasettest"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/model"
	"example.com/sonar/internal/onnx"
	"example.com/sonar/internal/params"
)

// A mixedTable has numbers and texts, with gaps, and texts and sizes of numbers that only later rows have.
func mixedTable(rows int, names bool) *dataset.Table {
	r := rand.New(rand.NewPCG(3, uint64(rows)))
	columns := []dataset.Column{
		{Name: "m0", Position: 1}, {Name: "größe", Position: 2, Kind: dataset.Category},
		{Name: "m 1", Position: 4}, {Name: "/1", Position: 5}, {Name: "kind", Position: 6, Kind: dataset.Category},
		{Name: "constant", Position: 8},
	}
	if !names {
		for i := range columns {
			columns[i].Name = ""
		}
	}
	t := dataset.NewTable(columns)
	t.Texts = [][]string{{"S", "M", "Ä\"quote,", "later"}, {"a", "b"}}
	for i := range rows {
		label := r.IntN(3)
		numbers := []float64{r.NormFloat64() + float64(label), 1e3 * r.NormFloat64(), r.NormFloat64(), 7}
		codes := []int32{int32(r.IntN(3)), int32(r.IntN(2))}
		if i%7 == 0 {
			numbers[0] = math.NaN()
		}
		if i%5 == 0 {
			codes[0] = dataset.NoCode
		}
		if i >= rows/2 { // of new rows only
			switch i % 6 {
			case 0:
				codes[0] = 3
			case 1:
				numbers[1] = math.NaN()
			case 2:
				codes[1] = dataset.NoCode
			case 3:
				numbers[0], numbers[2] = 1e200, -1e6
			case 4:
				numbers[0], numbers[1], numbers[2] = -1e300, 5e-324, 0
			}
		}
		t.Append(numbers, codes, label)
	}
	return t
}

func numericTable(rows int) *dataset.Table {
	r := rand.New(rand.NewPCG(5, 5))
	t := dataset.NewTable(datasettest.NumberColumns(4))
	for range rows {
		label := r.IntN(3)
		t.Append([]float64{r.Float64() + float64(label), r.Float64(), r.Float64() * 100, r.Float64()}, nil, label)
	}
	return t
}

// A singleTable has one column of numbers and, if asked for, one of texts. The numbers of the first half have the given
// standard deviation, and the same mean.
func singleTable(rows int, deviation float64, texts bool) *dataset.Table {
	r := rand.New(rand.NewPCG(7, 7))
	columns := datasettest.NumberColumns(1)
	if texts {
		columns = append(columns, dataset.Column{Position: 2, Kind: dataset.Category})
	}
	t := dataset.NewTable(columns)
	var codes []int32
	if texts {
		t.Texts = [][]string{{"a", "b"}}
		codes = []int32{0}
	}
	for i := range rows {
		x := deviation * float64(i%2*2)
		if i >= rows/2 {
			x = deviation * (1 + r.NormFloat64())
		}
		for c := range codes {
			codes[c] = int32(r.IntN(2))
		}
		t.Append([]float64{x}, codes, r.IntN(3))
	}
	return t
}

type onnxInput struct {
	Type string  `json:"type"`
	Rows [][]any `json:"rows"`
}

// onnxInputs are the rows as a runtime takes them.
func onnxInputs(t *dataset.Table, rows []int, together bool) map[string]*onnxInput {
	inputs := map[string]*onnxInput{}
	number, category := 0, 0
	for _, c := range t.Columns {
		in := &onnxInput{Type: "double"}
		for i, row := range rows {
			switch {
			case c.Kind == dataset.Category:
				in.Type = "string"
				text := ""
				if code := t.Codes(row)[category]; code != dataset.NoCode {
					text = t.Texts[category][code]
				} else if i%2 == 0 {
					text = "NA"
				}
				in.Rows = append(in.Rows, []any{text})
			case math.IsNaN(t.Numbers(row)[number]):
				in.Rows = append(in.Rows, []any{nil})
			default:
				in.Rows = append(in.Rows, []any{t.Numbers(row)[number]})
			}
		}
		if c.Kind == dataset.Category {
			category++
		} else {
			number++
		}
		if !together {
			inputs[c.Label()] = in
			continue
		}
		if inputs["features"] == nil {
			inputs["features"] = &onnxInput{Type: "double", Rows: make([][]any, len(rows))}
		}
		for i := range rows {
			inputs["features"].Rows[i] = append(inputs["features"].Rows[i], in.Rows[i][0])
		}
	}
	return inputs
}

// Every activation, output, loss, scaling and ensemble, on tables of both kinds, run by the real ONNX Runtime with
// its optimizations off and at each level.
func TestOnnxRuntimeAgreesWithPredict(t *testing.T) {
	folder := t.TempDir()
	write := func(name string, table *dataset.Table, data params.Data, change func(*params.Train)) {
		recipe := params.Train{HiddenSizes: []int{9, 5}, Activation: params.ReLU, Output: params.Linear, Loss: params.CrossEntropy,
			Optimizer: params.Adam, LearningRate: 0.01, Schedule: params.Constant, Epochs: 12, BatchSize: 16, Scaling: params.None, Ensemble: 1, ClassWeight: params.None}
		change(&recipe)
		var known, fresh []int
		for i := range table.Rows() {
			if table.Labels[i] >= len(data.Classes) {
				continue
			}
			if i < table.Rows()/2 {
				known = append(known, i)
			} else {
				fresh = append(fresh, i)
			}
		}
		m, _, err := model.Fit(t.Context(), dataset.Sample{Table: table, Rows: known}, dataset.Sample{}, data, recipe, mlp.Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		p, err := m.Predict(dataset.Sample{Table: table, Rows: fresh}, 1)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := map[string]any{"inputs": onnxInputs(table, fresh, !data.Header && len(table.Texts) == 0)}
		var labels []string
		var probabilities [][]float64
		for i := range fresh {
			labels = append(labels, data.Classes[p.Classes[i]])
			probabilities = append(probabilities, p.Probabilities.Data[i*p.Probabilities.Stride:][:p.Probabilities.Cols])
		}
		want["labels"], want["probabilities"] = labels, probabilities
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := os.WriteFile(filepath.Join(folder, name+".json"), text, 0o666); err != nil {
			t.Fatal(err)
		}
		file, err := onnx.Encode(m)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := os.WriteFile(filepath.Join(folder, name+".onnx"), file, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	three, two := []string{"low", "mid", "<é>"}, []string{"no", "yes"}
	mixed := params.Data{Classes: three, Header: true, Missing: []string{"", "NA"}}
	models := 0
	each := func(name string, data params.Data, table *dataset.Table, change func(*params.Train)) {
		models++
		write(fmt.Sprintf("%02d %s", models, name), table, data, change)
	}
	for _, activation := range []string{params.ReLU, params.Tanh, params.GELU, params.Logistic} {
		for _, output := range []string{params.Sigmoid, params.Linear} {
			each(activation+" "+output, mixed, mixedTable(120, true), func(r *params.Train) {
				r.Activation, r.Output, r.Scaling = activation, output, params.Standard
			})
		}
		each(activation+" binary", params.Data{Classes: two, Header: true, Missing: []string{"", "NA"}}, mixedTable(120, true), func(r *params.Train) {
			r.Activation, r.Output, r.Loss, r.Scaling = activation, params.Sigmoid, params.BinaryCrossEntropy, params.Variance
		})
	}
	each("ensemble", mixed, mixedTable(120, true), func(r *params.Train) { r.Ensemble, r.Activation, r.Scaling = 3, params.GELU, params.Standard })
	each("regression", mixed, mixedTable(120, true), func(r *params.Train) { r.HiddenSizes, r.Scaling = nil, params.Standard })
	each("positions", params.Data{Classes: three, Missing: []string{"NA"}}, mixedTable(120, false), func(r *params.Train) { r.Scaling = params.Standard })
	for _, scaling := range []string{params.None, params.Standard, params.Variance} {
		each("numeric "+scaling, params.Data{Classes: three}, numericTable(100), func(r *params.Train) { r.Scaling = scaling })
	}
	// ONNX Runtime takes a constant of one element for 0 or 1 if it is 0 or 1 as a float32.
	const rows, near1 = 120, 1 + 5e-8
	for _, c := range []struct {
		name      string
		deviation float64
	}{{"tiny", 1e-60}, {"deviation near 1", near1}, {"variance near 1", math.Sqrt(near1 * (rows/2 - 1) / (rows / 2))}, {"huge", 1e60}} {
		for _, scaling := range []string{params.None, params.Standard, params.Variance} {
			for _, texts := range []bool{false, true} {
				each(fmt.Sprintf("one number %s %s texts %v", c.name, scaling, texts), params.Data{Classes: three},
					singleTable(rows, c.deviation, texts), func(r *params.Train) { r.Scaling = scaling })
			}
		}
	}
	command := exec.CommandContext(t.Context(), filepath.Join(root, ".venv/bin/python"), "check_onnx.py", folder)
	out, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(out), fmt.Sprintf("%d models agree", models)) {
		t.Errorf("%v: %s", err, out)
	}
}
