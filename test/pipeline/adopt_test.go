//go:build pipeline

package pipeline

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// adopt runs tools/adopt.sh, as `make adopt` does.
func (clone) adopt(module, file string) []string {
	return []string{"env", "VENV=" + filepath.Join(root, ".venv"), "sh", "tools/adopt.sh", module, file}
}

// staysSonar matches what docs/your-data.md says keeps the name: tests, their data, the scripts that made them, and a page.
var staysSonar = regexp.MustCompile(`(^|/)testdata/|_test\.go$|^test/exactness/|^reference/|^docs/inspect\.md$`)

// TestAdoptionLeavesNothingOfSonar makes the project another one, and runs that on its own table.
func TestAdoptionLeavesNothingOfSonar(t *testing.T) {
	t.Parallel()
	c := pulledClone(t)
	commas, err := os.ReadFile("testdata/Zoo.csv")
	if err != nil {
		t.Fatal(err)
	}
	table := filepath.Join(t.TempDir(), "the zoo's table.csv")
	if err := os.WriteFile(table, bytes.ReplaceAll(commas, []byte(","), []byte(";")), 0o644); err != nil {
		t.Fatal(err)
	}
	said := c.run(c.adopt("github.com/you/animals", table)...)
	for _, left := range []string{"data section of params.yaml", "train.scaling: standard", "train.output: linear", "desc, under artifacts", "make repro"} {
		if !strings.Contains(said, left) {
			t.Errorf("it does not say that %s is left to do:\n%s", left, said)
		}
	}
	commands := regexp.MustCompile(`(?m)^     (go run .*)$`).FindAllStringSubmatch(said, -1)
	if len(commands) != 2 {
		t.Fatalf("it has no command that looks at the table, or none that converts it:\n%s", said)
	}
	if look := c.run("sh", "-ec", commands[0][1]); !strings.Contains(look, "guessed separator: semicolons") || !strings.Contains(look, "\ndata:\n") {
		t.Errorf("%s prints no data section:\n%s", commands[0][1], look)
	}
	c.run("sh", "-ec", commands[1][1])
	if head := c.read("data/animals.csv")[:20]; strings.Contains(head, ";") || !strings.Contains(head, ",") {
		t.Errorf("%s converted nothing: %q", commands[1][1], head)
	}
	for _, gone := range []string{"experiments", "dvc.lock", "tuning/results", "tuning/dvc.lock"} {
		if _, err := os.Stat(c.path(gone)); !os.IsNotExist(err) {
			t.Errorf("%s is still there: %v", gone, err)
		}
	}
	c.run("git", "add", "-A")
	for path := range strings.Lines(c.run("git", "grep", "-lIi", "sonar")) {
		if path = strings.TrimSpace(path); !staysSonar.MatchString(path) {
			t.Errorf("%s still has it:\n%s", path, c.run("git", "grep", "-ni", "sonar", "--", path))
		}
	}
	if names := c.run("sh", "-ec", "git ls-files | grep -i sonar"); names != "internal/dataset/testdata/sonar.all-data\ntest/testdata/sonar.all-data.dvc\n" {
		t.Errorf("these files are still called so:\n%s", names)
	}
	c.run("go", "build", "./...")
	c.run("go", "vet", "-tags", "pipeline,arches,image", "./...")
	if unformatted := c.run("gofmt", "-l", "."); unformatted != "" {
		t.Errorf("gofmt would change %s", unformatted)
	}

	c.ownTestsPass()
	c.run("go", "test", "-tags", "pipeline", "-run", "Hostile|Replaces", "./test/torture") // what `make pipeline` adds, in part

	c.wantPurpose("No file says: dvc.yaml has no artifact")
	c.setParams(`data:
  classes:
  - mammal
  - bird
  - reptile
  - fish
  - amphibian
  - insect
  - mollusc.et.al
  header: true
  label: type
  id: 1
  group: ''
  drop: []
  categorical:
  - hair
  - feathers
  - eggs
  - milk
  - airborne
  - aquatic
  - predator
  - toothed
  - backbone
  - breathes
  - venomous
  - fins
  - tail
  - domestic
  - catsize
  missing: []

train:
  splits: 4
  repeats: 1
`)
	if stages := c.repro(); len(stages) != 6 {
		t.Errorf("dvc repro ran %q", stages)
	}
	c.run("dvc", "push")
	c.run("git", "add", ".")
	c.run("git", "commit", "-q", "-m", "Tell animals apart")
	c.wantClean()
	c.ownTestsPass()
	c.followSteps()
}

// sameInEveryProject matches packages that know no file and no name of a project. Their tests take a while.
var sameInEveryProject = regexp.MustCompile(`/internal/(csvfile|metrics|mlp|random)$`)

// ownTestsPass runs `go test ./...`, less what is the same in every project. The second time Go runs only the tests that read
// what has changed. Test binaries without debugging information are linked faster.
func (c clone) ownTestsPass() {
	c.Helper()
	packages := slices.DeleteFunc(strings.Fields(c.run("go", "list", "./...")), sameInEveryProject.MatchString)
	c.run(append([]string{"go", "test", "-vet=off", "-ldflags=-s -w"}, packages...)...)
}

// wantPurpose checks what the page says that the model is for.
func (c clone) wantPurpose(want string) {
	c.Helper()
	c.run(makeHere("page")...)
	if !strings.Contains(c.read("bin/page.html"), want) {
		c.Errorf("the page does not say %q", want)
	}
}

// followSteps runs the commands of the steps in docs/your-data.md, the stages aside, and leaves the purpose in dvc.yaml.
func (c clone) followSteps() {
	c.Helper()
	table, err := filepath.Abs("testdata/BreastCancer.csv")
	if err != nil {
		c.Fatal(err)
	}
	page := c.read("docs/your-data.md")
	if strings.Contains(page, "adopt") {
		c.Error("docs/your-data.md has the adoption still")
	}
	steps, _, _ := strings.Cut(page, "## Run it")
	blocks := pageBlock.FindAllStringSubmatch(steps, -1)
	if len(blocks) != 4 {
		c.Errorf("the steps have %d blocks", len(blocks))
	}
	for _, block := range blocks {
		switch kind, text := block[1], block[2]; kind {
		case "run":
			c.run("sh", "-ec", strings.ReplaceAll(text, "~/BreastCancer.csv", table))
		case "desc":
			c.write("dvc.yaml", descLine.ReplaceAllLiteralString(c.read("dvc.yaml"), text))
		}
	}
	c.wantPurpose("Tells benign tumours from malignant ones")
}

func TestAdoptionIsRefusedBeforeAnythingIsTouched(t *testing.T) {
	t.Parallel()
	table := filepath.Join(t.TempDir(), "wine.csv")
	if err := os.WriteFile(table, []byte("1,a\n2,b\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	workbook := filepath.Join(t.TempDir(), "wine.xlsx")
	if err := os.WriteFile(workbook, []byte("PK\x03\x04\x14\x00"), 0o644); err != nil {
		t.Fatal(err)
	}
	c := pulledClone(t)
	for _, refused := range []struct{ name, module, file, want string }{
		{"no module", "", table, "MODULE or FILE is missing"},
		{"no file", "github.com/you/wine", "", "MODULE or FILE is missing"},
		{"a module that is none", "wine tasting", table, "MODULE must be a Go module path"},
		{"a name that is none", "github.com/you/2wine", table, "the last part of MODULE"},
		{"the old name", "github.com/you/sonar2", table, `must not contain "sonar"`},
		{"a file that is not there", "github.com/you/wine", "nowhere.csv", `"nowhere.csv" is none: is the path right?`},
		{"a workbook", "github.com/you/wine", workbook, "is a ZIP archive, an Excel workbook perhaps: save it as CSV"},
	} {
		if said := c.fails(c.adopt(refused.module, refused.file)...); !strings.Contains(said, "adopt: ") || !strings.Contains(said, refused.want) {
			t.Errorf("%s: %s", refused.name, said)
		}
	}
	c.wantClean()
	c.write("params.yaml", c.read("params.yaml")+"# mine\n")
	if said := c.fails(c.adopt("github.com/you/wine", table)...); !strings.Contains(said, "the work tree has changes") {
		t.Error(said)
	}
}
