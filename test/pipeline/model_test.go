//go:build pipeline

package pipeline

import (
	"encoding/csv"
	"math"
	"strconv"
	"strings"
	"testing"
)

// TestNumPyPredictsTheSameFromTheModelFile opens it with the safetensors library for Python.
func TestNumPyPredictsTheSameFromTheModelFile(t *testing.T) {
	t.Parallel()
	c := pulledClone(t)
	out := c.run("python", "test/pipeline/predict.py", "experiments/model.safetensors", "data/X_test.csv")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	rows, err := csv.NewReader(strings.NewReader(c.read("experiments/evaluation/predictions.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if rows = rows[1:]; len(rows) != len(lines) {
		t.Fatalf("NumPy has %d predictions, predictions.csv %d", len(lines), len(rows))
	}
	for i, line := range lines {
		theirs, ours := strings.Fields(line), rows[i][2:] // after row and label
		if ours[0] != theirs[0] {
			t.Errorf("row %d: we predict %s, NumPy %s", i, ours[0], theirs[0])
		}
		for k := 1; k < len(theirs); k++ {
			if a, b := parse(t, ours[k]), parse(t, theirs[k]); math.Abs(a-b) > 1e-12 {
				t.Errorf("row %d: our probability is %v, NumPy's %v", i, a, b)
			}
		}
	}
}

func parse(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
