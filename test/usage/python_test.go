//go:build pipeline

package usage

import (
	"path/filepath"
	"testing"
)

func TestThePythonOfThePageAgreesWithPredict(t *testing.T) {
	python, err := filepath.Abs(root + "/.venv/bin/python")
	if err != nil {
		t.Fatal(err)
	}
	check(t, pipeline(t), python, "-c", snippet(t, "python"))
}
