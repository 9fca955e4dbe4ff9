//go:build pipeline

package pipeline

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// readmeOutput matches a block that shows what a command prints, without the lines of no interest.
var readmeOutput = regexp.MustCompile("(?s)<!-- output -->\n```\n\\$ (.*?)\n(.*?)```")

// readmeCommit matches a commit, which is another one each time.
var readmeCommit = regexp.MustCompile(`\([0-9a-f]{7}\)`)

// TestReadmeShowsRealOutput runs the commands that README.md and the page on using the model show: each line of a
// block must be in the output, in order.
func TestReadmeShowsRealOutput(t *testing.T) {
	t.Parallel()
	c := pulledClone(t)
	c.run("dvc", "exp", "run", "-n", "faster", "-S", "train.learning_rate=0.03")
	c.run("git", "checkout", "-q", ".")
	const predict = "go run ./cmd/predict <data/X_test.csv | head -n 4"
	run := map[string]func() string{
		"make repro": func() string {
			const metrics = "dvc metrics show --precision 3 experiments/live/metrics.json"
			return c.run("sh", "-c", "dvc repro -f 2>&1 && "+metrics)
		},
		"go run ./cmd/compare main faster": func() string {
			return c.run("go", "run", "./cmd/compare", "main", "faster")
		},
		predict: func() string { return c.run("sh", "-c", predict) },
	}
	blocks := readmeOutput.FindAllStringSubmatch(c.read("README.md"), -1)
	if len(blocks) != len(run) {
		t.Fatalf("README.md shows the output of %d commands, want %d", len(blocks), len(run))
	}
	blocks = append(blocks, readmeOutput.FindAllStringSubmatch(c.read("docs/using-the-model.md"), -1)...)
	for _, block := range blocks {
		output := readmeCommit.ReplaceAllString(run[block[1]](), "(commit)")
		rest := output
		for line := range strings.Lines(block[2]) {
			if line = readmeCommit.ReplaceAllString(strings.TrimSpace(line), "(commit)"); line == "" {
				continue
			}
			_, after, found := strings.Cut(rest, line)
			if !found {
				t.Errorf("%s does not print %q where it is shown:\n%s", block[1], line, output)
				break
			}
			rest = after
		}
	}
}

// readmeLink matches a link to a file of the repository.
var readmeLink = regexp.MustCompile(`\]\(([^)#:]+)\)`)

func TestDocumentsLinkToFilesThatExist(t *testing.T) {
	t.Parallel()
	c := freshClone(t)
	documents, err := filepath.Glob(c.path("docs/*.md"))
	if err != nil || len(documents) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	for _, document := range append(documents, c.path("README.md"), c.path("SECURITY.md"), c.path("reference/README.md")) {
		name, err := filepath.Rel(c.dir, document)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range readmeLink.FindAllStringSubmatch(c.read(name), -1) {
			target := filepath.Join(filepath.Dir(document), link[1])
			if matches, _ := filepath.Glob(target); len(matches) == 0 {
				t.Errorf("%s links to %s, which does not exist", name, link[1])
			}
		}
	}
}
