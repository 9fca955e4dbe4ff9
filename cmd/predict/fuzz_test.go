package main

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/model"
	"example.com/sonar/internal/params"
)

// smallModel has a number, a category and an id, with gaps.
func smallModel(f testing.TB) *model.Model {
	f.Helper()
	table := dataset.NewTable([]dataset.Column{{Name: "x", Position: 2}, {Name: "kind", Position: 3, Kind: dataset.Category}})
	table.Texts = [][]string{{"a", "b, \"c\""}}
	for i := range 8 {
		table.Append([]float64{float64(i)}, []int32{int32(i%3) - 1}, i%2)
	}
	data := params.Data{Classes: []string{"no", "yes"}, Header: true, ID: params.Column{Name: "id"}, Missing: []string{"", "NA"}}
	recipe := params.Train{HiddenSizes: []int{3}, Activation: params.GELU, Output: params.Linear, Loss: params.CrossEntropy, Optimizer: params.Adam,
		LearningRate: 0.01, Schedule: params.Constant, Epochs: 1, Scaling: params.Standard, Ensemble: 1, ClassWeight: params.None}
	m, _, err := model.Fit(f.Context(), table.All(), dataset.Sample{}, data, recipe, mlp.Options{})
	return must(f, m, err)
}

type memoryFile struct{ *strings.Reader }

func (memoryFile) Name() string { return "rows.csv" }

// Whatever the rows are, they are predicted, one line for each, or refused in one line that names the file.
func FuzzRows(f *testing.F) {
	const names = "x,kind,id\n"
	for _, seed := range []string{
		"", names, names + "1,a,7\n", names + "NA,,1\n1e308,\"b, \"\"c\"\"\",2\n-1e308,\"x\ny\",ü\n", names + "1,a\n", "kind,other,x\na,?,1\n",
		names + "0x1p4,a,1\n", names + "1e999,a,1\n", "\x00", "\xef\xbb\xbf" + names, "\"", "x,x\n", "x;kind\n",
	} {
		f.Add(seed)
	}
	m := smallModel(f)
	f.Fuzz(func(t *testing.T, rows string) {
		var out strings.Builder
		if err := predict(t.Context(), m, memoryFile{strings.NewReader(rows)}, &out, newUnseen(m.Features)); err != nil {
			if !strings.HasPrefix(err.Error(), "rows.csv:") {
				t.Errorf("error %q", err)
			}
			return
		}
		lines := records(t, out.String())
		for i, line := range lines[1:] {
			if line[0] != strconv.Itoa(i) || !slices.Contains(m.Data.Classes, line[len(line)-3]) {
				t.Errorf("row %d is %q", i, line)
			}
		}
	})
}
