//go:build pipeline

// Package mutation shows that the tests of the project's promises can fail: each mutation breaks a
// promise in a copy of one source file, and a named test must notice.
package mutation

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A mutation replaces old, which must occur once in a file.
type mutation struct {
	name     string
	file     string // below the repository
	old, new string
	tests    []test // each must fail
}

// A test is a package and a pattern of go test's -run for one test or subtest in it.
type test struct{ pkg, name string }

// pinned is the check of a whole default run's bytes.
var pinned = test{"./test/exactness", "TestOutputsAreThePinnedBytes/as_built/default"}

// The mutations run with the generic kernel, so that those of internal/exact/generic.go have an effect.
var mutations = []mutation{
	{
		name: "the sums of a product descend",
		file: "internal/exact/generic.go",
		old:  "for l := range k {\n\t\tx, y := ",
		new:  "for l := k - 1; l >= 0; l-- {\n\t\tx, y := ",
		tests: []test{
			pinned,
			{"./internal/exact", "TestProductIsTheChainOfFMA"},
		},
	},
	{
		name: "the multiply-adds of a product are not fused",
		file: "internal/exact/generic.go",
		old:  "\ts00, s01, s02, s03 := ",
		new: "\tmath := struct{ FMA func(x, y, z float64) float64 }{func(x, y, z float64) float64 { return float64(x*y) + z }}\n" +
			"\ts00, s01, s02, s03 := ",
		tests: []test{
			pinned,
			{"./internal/exact", "TestProductIsTheChainOfFMA"},
		},
	},
	{
		name:  "the gate never fires",
		file:  "cmd/compare/main.go",
		old:   "case !result.Passed:",
		new:   "case false:",
		tests: []test{{"./cmd/compare", "TestExitStatusIsTheVerdicts"}},
	},
	{
		name:  "a comparison takes losses for gains",
		file:  "internal/compare/test.go",
		old:   "case m.Gain > 0:",
		new:   "case m.Gain < 0:",
		tests: []test{{"./internal/compare", "TestVerdicts"}},
	},
	{
		name:  "a comparison decides by the sign if the folds do not vary",
		file:  "internal/compare/test.go",
		old:   "case m.Student == nil || !(m.Student.P < alpha):",
		new:   "case m.Student != nil && !(m.Student.P < alpha):",
		tests: []test{{"./internal/compare", "TestVerdicts/alike_by_a_metric_without_rows"}},
	},
	{
		name:  "a comparison takes files of two runs",
		file:  "internal/compare/side.go",
		old:   "l.loadData, l.checkSet, l.checkLock",
		new:   "l.loadData, l.checkLock",
		tests: []test{{"./internal/compare", "TestFilesOfDifferentRunsAreNotCompared"}},
	},
	{
		name:  "the row-wise test does not allow for the rows that a fold does not train on",
		file:  "internal/metrics/rowwise.go",
		old:   "math.Sqrt(variance / n * trainingShare(splits))",
		new:   "math.Sqrt(variance / n)",
		tests: []test{{"./internal/metrics", "TestPairedComparisonsMatchSciPy/rows_0"}},
	},
	{
		name:  "an output replaces an input",
		file:  "internal/cli/cli.go",
		old:   "cmp.Or(c.checkPaths(), c.keepInputs())",
		new:   "cmp.Or(c.checkPaths())",
		tests: []test{{"./internal/cli", "TestAnOutputReplacesNoInput"}},
	},
	{
		name:  "a file takes its place without a sync",
		file:  "internal/atomicfile/atomicfile.go",
		old:   "f.Sync()",
		new:   "error(nil)",
		tests: []test{{"./internal/atomicfile", "TestCommitKeepsItsOrder"}},
	},
	{
		name:  "the folders of renamed files are not synced",
		file:  "internal/atomicfile/atomicfile.go",
		old:   "return s.syncFolders()",
		new:   "return nil",
		tests: []test{{"./internal/atomicfile", "TestCommitKeepsItsOrder"}},
	},
}

func TestEveryMutationIsCaught(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	passes := map[test]bool{}
	for _, m := range mutations {
		t.Run(m.name, func(t *testing.T) {
			overlay := m.overlay(t, root)
			if out, err := goCommand(root, overlay, "build", "-o", os.DevNull, "./"+filepath.Dir(m.file)); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, test := range m.tests {
				if !passes[test] {
					if ok, out := test.run(root, ""); !ok {
						t.Fatalf("without a mutation %s fails:\n%s", test.name, out)
					}
					passes[test] = true
				}
				top, _, _ := strings.Cut(test.name, "/")
				if ok, out := test.run(root, overlay); ok || !strings.Contains(out, "--- FAIL: "+top) {
					t.Errorf("%s does not notice:\n%s", test.name, out)
				} else {
					t.Logf("%s notices:\n%s", test.name, out)
				}
			}
		})
	}
}

// overlay returns a file for go's -overlay, with the mutated file in place of the original.
func (m mutation) overlay(t *testing.T, root string) string {
	t.Helper()
	original := filepath.Join(root, m.file)
	text, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), m.old); n != 1 {
		t.Fatalf("%s has %q %d times, want once", m.file, m.old, n)
	}
	folder := t.TempDir()
	mutated, overlay := filepath.Join(folder, "mutated.go"), filepath.Join(folder, "overlay.json")
	replacements, err := json.Marshal(map[string]any{"Replace": map[string]string{original: mutated}})
	if err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string]string{
		mutated: strings.Replace(string(text), m.old, m.new, 1),
		overlay: string(replacements),
	} {
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return overlay
}

// run runs a test with an overlay, unless that is "", and returns whether it ran and passed, and everything
// it printed.
func (test test) run(root, overlay string) (ok bool, out string) {
	parts := strings.Split(test.name, "/")
	out, err := goCommand(root, overlay, "test", "-count=1", "-v", "-run", "^"+strings.Join(parts, "$/^")+"$", test.pkg)
	return err == nil && strings.Contains(out, "--- PASS: "+parts[0]), out
}

// goCommand runs go with an overlay, unless that is "", and returns everything it printed. The overlay is in
// GOFLAGS, so that it also holds for the go commands that a test runs.
func goCommand(root, overlay string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = root, append(os.Environ(), "SONAR_KERNEL=generic")
	if overlay != "" {
		cmd.Env = append(cmd.Env, "GOFLAGS="+os.Getenv("GOFLAGS")+" -overlay="+overlay)
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// A change that breaks nothing passes, so it is the mutations that the tests notice.
func TestAHarmlessChangeIsNotNoticed(t *testing.T) {
	m := mutations[len(mutations)-1]
	m.new = "/* the same */ " + m.old
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range m.tests {
		if ok, out := test.run(root, m.overlay(t, root)); !ok {
			t.Errorf("%s fails:\n%s", test.name, out)
		}
	}
}
