//go:build pipeline

package pipeline

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestYourOwnDataTakesThreeSteps follows docs/your-data.md, with a file that has a header and its labels first.
func TestYourOwnDataTakesThreeSteps(t *testing.T) {
	t.Parallel()
	c := pulledClone(t)
	c.run("cp", "internal/dataset/testdata/breast_cancer.csv", "data/sonar.all-data")
	c.run("dvc", "add", "data/sonar.all-data")

	c.edit("params.yaml", "  - R\n  - M\n  header: false", "  - benign\n  - malignant\n  header: true")
	c.edit("params.yaml", "label: ''", "label: diagnosis")
	c.edit("params.yaml", "scaling: none", "scaling: standard")
	c.edit("params.yaml", "repeats: 10", "repeats: 1")

	c.run("git", "rm", "-q", "cases/mine.json", "cases/rock.json")
	lines := strings.Split(c.read("data/sonar.all-data"), "\n")
	label, features, _ := strings.Cut(lines[1], ",")
	c.run("mkdir", "-p", "cases")
	c.write("cases/first.json", `{"X": [[`+features+`]], "y": ["`+label+`"]}`)

	c.repro()
	var found struct {
		Test       struct{ Accuracy float64 }
		Functional struct{ Cases, Passed int }
	}
	c.decode("experiments/evaluation/metrics.json", &found)
	if found.Test.Accuracy < 0.93 || found.Functional.Cases != 1 || found.Functional.Passed != 1 {
		t.Errorf("evaluated as %+v", found)
	}
	c.run("git", "add", ".")
	c.run("git", "commit", "-q", "-m", "Tell tumours apart")
	c.wantClean()
}

func (c clone) decode(name string, v any) {
	c.Helper()
	if err := json.Unmarshal([]byte(c.read(name)), v); err != nil {
		c.Fatalf("%s: %v", name, err)
	}
}
