//go:build pipeline

package pipeline

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pageBlock matches what docs/your-data.md has its reader do: commands to run, sections of params.yaml, the purpose in
// dvc.yaml, and commands with what they print.
var pageBlock = regexp.MustCompile("(?s)<!-- (run|params|desc|output) -->\n```[a-z]*\n(.*?)```\n")

// TestYourOwnDataTakesFourSteps follows docs/your-data.md to the letter.
func TestYourOwnDataTakesFourSteps(t *testing.T) {
	t.Parallel()
	c := pulledClone(t)
	table, err := os.ReadFile("testdata/BreastCancer.csv")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(os.Getenv("HOME"), "BreastCancer.csv"), table, 0o644); err != nil {
		t.Fatal(err)
	}
	blocks := pageBlock.FindAllStringSubmatch(c.read("docs/your-data.md"), -1)
	if len(blocks) < 8 {
		t.Fatalf("docs/your-data.md has %d blocks", len(blocks))
	}
	for _, block := range blocks {
		switch kind, text := block[1], block[2]; kind {
		case "run":
			c.run("sh", "-ec", text)
		case "params":
			c.setParams(text)
		case "desc":
			c.write("dvc.yaml", descLine.ReplaceAllLiteralString(c.read("dvc.yaml"), text))
		case "output":
			command, shown, _ := strings.Cut(strings.TrimPrefix(text, "$ "), "\n")
			c.wantLines(command, c.run("sh", "-ec", command+" 2>&1"), shown)
		}
	}
	c.wantClean()
	c.wantPurpose(`<p class="purpose">Tells benign tumours from malignant ones</p>`)
}

var descLine = regexp.MustCompile(`(?m)^    desc: .*\n`)

// wantLines checks that the lines of what is shown are in an output, in order.
func (c clone) wantLines(command, output, shown string) {
	c.Helper()
	rest := output
	for line := range strings.Lines(shown) {
		_, after, found := strings.Cut(rest, strings.TrimSpace(line))
		if !found {
			c.Errorf("%s does not print %q where the page shows it:\n%s", command, line, output)
			return
		}
		rest = after
	}
}

// setParams replaces the section data of params.yaml, and single lines of other sections.
func (c clone) setParams(text string) {
	c.Helper()
	data, rest, _ := strings.Cut(text, "\ntrain:\n")
	params := c.read("params.yaml")
	begin, end := strings.Index(params, "data:\n"), strings.Index(params, "prepare:\n")
	params = params[:begin] + strings.TrimSpace(data) + "\n" + params[end:]
	for line := range strings.Lines(rest) {
		key, _, _ := strings.Cut(line, ":")
		old := regexp.MustCompile("(?m)^" + key + ":.*\n")
		if n := len(old.FindAllString(params, -1)); n != 1 {
			c.Fatalf("params.yaml has %q %d times", key, n)
		}
		params = old.ReplaceAllLiteralString(params, line)
	}
	c.write("params.yaml", params)
}

// A table is a file in testdata as R exported it, and how it is described.
type table struct {
	name        string
	label       string
	data        string   // lines of the data section
	numbers     []string // the columns that are not texts
	ignored     []string // those that are no inputs
	splits      int
	accuracy    float64 // in cross-validation, at least
	predictions string  // the header of what predict writes
}

// TestTablesOfOtherKindsGoThroughThePipeline runs texts, gaps, row names, TRUE and FALSE, two classes, seven and
// nineteen through DVC, and predicts the rows again.
func TestTablesOfOtherKindsGoThroughThePipeline(t *testing.T) {
	t.Parallel()
	for _, table := range []table{
		{"HouseVotes84", "Class", "group: ''\n  id: ''\n  drop: []", nil, nil, 5, 0.92, "row,prediction,"},
		{"Zoo", "type", "group: ''\n  id: 1\n  drop: []", []string{"legs"}, []string{""}, 4, 0.85, "row,id,prediction,"},
		{"PimaIndiansDiabetes2", "diabetes", "group: ''\n  id: ''\n  drop:\n  - 1",
			[]string{"pregnant", "glucose", "pressure", "triceps", "insulin", "mass", "pedigree", "age"}, []string{""}, 5, 0.7, "row,prediction,"},
		{"Soybean", "Class", "group: ''\n  id: ''\n  drop: []", nil, nil, 5, 0.85, "row,prediction,"},
	} {
		t.Run(table.name, func(t *testing.T) {
			t.Parallel()
			c := pulledClone(t)
			c.copyIn("testdata/"+table.name+".csv", "data/sonar.all-data")
			c.run("dvc", "add", "data/sonar.all-data")
			lines, err := csv.NewReader(strings.NewReader(c.read("data/sonar.all-data"))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			c.setParams(table.section(lines) + "\ntrain:\n  output: linear\n  scaling: standard\n  epochs: 40\n" +
				fmt.Sprintf("  splits: %d\n  repeats: 1\n", table.splits))
			c.run("git", "rm", "-q", "cases/mine.json", "cases/rock.json")
			c.run("sh", "-ec", "mkdir -p cases; head -n 2 data/sonar.all-data >cases/first.csv; git add cases")
			c.repro()
			var evaluation struct {
				Functional struct{ Cases int }
			}
			c.decode("experiments/evaluation/metrics.json", &evaluation)
			if evaluation.Functional.Cases != 1 {
				t.Errorf("evaluated %+v", evaluation)
			}
			var validation struct {
				Stratified struct{ Accuracy struct{ Mean float64 } }
			}
			c.decode("experiments/crossvalidation/metrics.json", &validation)
			if got := validation.Stratified.Accuracy.Mean; got < table.accuracy {
				t.Errorf("the accuracy is %.3f, want %.2f or more", got, table.accuracy)
			}
			table.checkPredictions(t, c, lines)
		})
	}
}

// section returns the data section for a table.
func (table table) section(lines [][]string) string {
	label := slices.Index(lines[0], table.label)
	var classes, categorical []string
	for _, row := range lines[1:] {
		if class := "  - " + row[label]; !slices.Contains(classes, class) {
			classes = append(classes, class)
		}
	}
	for _, name := range lines[0] {
		if name != table.label && !slices.Contains(table.numbers, name) && !slices.Contains(table.ignored, name) {
			categorical = append(categorical, "  - "+name)
		}
	}
	list := "  categorical: []"
	if categorical != nil {
		list = "  categorical:\n" + strings.Join(categorical, "\n")
	}
	return "data:\n  classes:\n" + strings.Join(classes, "\n") + "\n  header: true\n  label: " + table.label +
		"\n  " + table.data + "\n" + list + "\n  missing:\n  - ''\n  - NA\n"
}

// checkPredictions predicts the rows of the raw file, most of which the model was trained on.
func (table table) checkPredictions(t *testing.T, c clone, lines [][]string) {
	t.Helper()
	out := c.run("go", "run", "./cmd/predict", "-in", "data/sonar.all-data")
	predicted, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(predicted) != len(lines) || !strings.HasPrefix(out, table.predictions) {
		t.Fatalf("%d lines of predictions of %d, the first is %q", len(predicted), len(lines), predicted[0])
	}
	label, prediction, right := slices.Index(lines[0], table.label), slices.Index(predicted[0], "prediction"), 0
	for i, row := range lines[1:] {
		if predicted[i+1][prediction] == row[label] {
			right++
		}
	}
	if share := float64(right) / float64(len(lines)-1); share < table.accuracy {
		t.Errorf("%.3f of the predictions are right", share)
	}
}

// copyIn copies a file of this package's folder into the clone.
func (c clone) copyIn(from, to string) {
	c.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		c.Fatal(err)
	}
	c.write(to, string(text))
}

func (c clone) decode(name string, v any) {
	c.Helper()
	if err := json.Unmarshal([]byte(c.read(name)), v); err != nil {
		c.Fatalf("%s: %v", name, err)
	}
}
