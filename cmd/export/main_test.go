package main

import (
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/dataset/datasettest"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/model"
	"example.com/sonar/internal/params"
)

// project creates a folder with a model of two columns and changes to it.
func project(t *testing.T, names ...string) {
	t.Helper()
	t.Chdir(t.TempDir())
	table := dataset.NewTable(datasettest.NumberColumns(2))
	if names != nil {
		table = dataset.NewTable([]dataset.Column{{Name: names[0], Position: 1}, {Name: names[1], Position: 2}})
	}
	for i := range 6 {
		table.Append([]float64{float64(i), float64(i * i)}, nil, i%2)
	}
	data := params.Data{Classes: []string{"no", "yes"}, Header: names != nil}
	recipe := params.Train{Activation: params.ReLU, Output: params.Linear, Loss: params.CrossEntropy, Optimizer: params.Adam,
		LearningRate: 0.01, Schedule: params.Constant, Epochs: 1, Scaling: params.None, Ensemble: 1, ClassWeight: params.None}
	m, _, err := model.Fit(t.Context(), table.All(), dataset.Sample{}, data, recipe, mlp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := model.Encode(&file, m); err != nil {
		t.Fatal(err)
	}
	writeFile(t, "experiments/model.safetensors", file.String())
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func export(t *testing.T, args ...string) (status int, stdout, stderr string) {
	var out, log bytes.Buffer
	status = cli.Execute(t.Context(), "export", usage, run, args, &out, &log)
	return status, out.String(), log.String()
}

func TestExportWritesTheSameFileAgain(t *testing.T) {
	project(t)
	var sums [2][sha256.Size]byte
	for i := range sums {
		status, stdout, stderr := export(t)
		if want := "INF exported columns=2 file=experiments/model.onnx networks=1\n"; status != 0 || stdout != "" || stderr != want {
			t.Fatalf("status %d, stdout %q, stderr %q", status, stdout, stderr)
		}
		file, err := os.ReadFile("experiments/model.onnx")
		if err != nil || len(file) == 0 {
			t.Fatalf("%d bytes, %v", len(file), err)
		}
		sums[i] = sha256.Sum256(file)
	}
	if sums[0] != sums[1] {
		t.Error("other bytes")
	}
}

// One line, status 1 (2 for flags), and the old file as it was.
func TestExportRefusesWhatItCannotWrite(t *testing.T) {
	const model = "experiments/model.safetensors"
	for _, c := range []struct {
		name   string
		names  []string
		damage func(t *testing.T)
		args   []string
		status int
		want   string
	}{
		{"an argument", nil, nil, []string{"x"}, 2, `export: unexpected argument "x"; see export -h`},
		{"the model as the output", nil, nil, []string{"-out", "./" + model}, 2, `export: -out must not replace "./experiments/model.safetensors", which export reads; see export -h`},
		{"no model", nil, func(t *testing.T) { os.Remove(model) }, nil, 1, "export: open " + model + ": no such file or directory"},
		{"another file", nil, func(t *testing.T) { writeFile(t, model, "no model") }, nil, 1, "export: " + model + ": "},
		{"a column called as an output", []string{"x", "label"}, nil, nil, 1,
			"export: " + model + `: column "label" must not have the name of an output, label or probabilities, or of another column: rename it`},
	} {
		t.Run(c.name, func(t *testing.T) {
			project(t, c.names...)
			writeFile(t, "experiments/model.onnx", "old")
			if c.damage != nil {
				c.damage(t)
			}
			before, _ := os.ReadFile(model)
			status, stdout, stderr := export(t, c.args...)
			if after, _ := os.ReadFile(model); !bytes.Equal(after, before) {
				t.Error("the model was replaced")
			}
			if status != c.status || stdout != "" || !strings.HasPrefix(stderr, c.want) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("status %d, stdout %q, stderr %q, want %q", status, stdout, stderr, c.want)
			}
			if text, err := os.ReadFile("experiments/model.onnx"); err != nil || string(text) != "old" {
				t.Errorf("the old file is %q, %v", text, err)
			}
		})
	}
}
