// Package exactness checks the project's first promise on whole programs: the same bytes on every
// CPU, with any kernel and any number of threads. It defines the runs whose outputs are pinned, for the
// tests and for the program fingerprint. The tests that need other architectures have the build tag
// arches.
package exactness

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// PinnedFile has the pinned sums, by recipe and path; its path is relative to the repository.
const PinnedFile = "test/exactness/testdata/pinned.json"

// Stages are the names of the stages' programs.
var Stages = []string{"inspect", "prepare", "train", "evaluate", "export", "crossvalidate", "tune"}

// inputs has the params.yaml and the cases that the sums are pinned for, so that trying other settings at the top of the
// repository changes nothing here; its path is relative to the repository.
const inputs = "test/exactness/testdata"

// named makes the linker set the project's name, which is in model.onnx, so that renaming the project changes nothing here either.
const named = "-X example.com/sonar/internal/onnx.project=sonar"

// A Recipe is the stages to run and a change of the params.yaml among the inputs: lines that replace
// those with the same key. Emulated machines run every recipe, so all but the default are
// small.
type Recipe struct {
	Stages []string
	Params []string
}

var pipeline = []string{"prepare", "train", "evaluate", "export"}

// Recipes are the runs whose outputs are pinned.
var Recipes = map[string]Recipe{
	"default": {slices.Concat([]string{"inspect"}, pipeline), nil},
	"mini-batch": {pipeline, []string{
		"  batch_size: 16", "  activation: gelu", "  output: linear", "  optimizer: adamw",
		"  weight_decay: 0.01", "  schedule: cosine", "  scaling: standard", "  dropout: 0.2",
		"  input_noise: 0.3", "  label_smoothing: 0.1", "  ensemble: 2", "  patience: 20", "  epochs: 40",
	}},
	"binary": {pipeline, []string{
		"  loss: binary_cross_entropy", "  activation: tanh", "  optimizer: sgd", "  scaling: variance",
		"  batch_size: 32", "  learning_rate: 0.001", "  epochs: 20",
	}},
	"folds": {[]string{"crossvalidate"}, []string{
		"  activation: logistic", "  scaling: standard", "  epochs: 10", "  splits: 3", "  repeats: 2",
	}},
}

// A Variant is one way to build and run the programs, none of which may change a byte.
type Variant struct {
	Build    []string // flags of go build
	BuildEnv []string
	Env      []string // of the run
	Under    []string // a command that runs the programs
}

// Compile builds the stages' programs from the repository at root into folder, under the name that the sums are pinned for.
func (v Variant) Compile(root, folder string) error {
	args := append([]string{"build", "-ldflags", named, "-o", folder + string(filepath.Separator)}, v.Build...)
	for _, stage := range Stages {
		args = append(args, "./cmd/"+stage)
	}
	build := exec.Command("go", args...)
	build.Dir, build.Env = root, append(os.Environ(), v.BuildEnv...)
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", build, err, out)
	}
	return nil
}

// Run runs a recipe of the repository at root with the programs of a folder, in a new folder at work,
// and returns the SHA-256 of each output by its path.
func (v Variant) Run(root, programs, work string, recipe Recipe) (map[string]string, error) {
	if err := prepareFolder(root, work, recipe.Params); err != nil {
		return nil, err
	}
	for _, stage := range recipe.Stages {
		args := append(slices.Clone(v.Under), filepath.Join(programs, stage), "-log", "")
		command := exec.Command(args[0], args[1:]...)
		command.Dir, command.Env = work, append(os.Environ(), v.Env...)
		if out, err := command.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", stage, err, out)
		}
	}
	if err := os.Remove(filepath.Join(work, "data", "sonar.all-data")); err != nil {
		return nil, err
	}
	sums := map[string]string{}
	for _, top := range []string{"data", "experiments"} {
		if err := addSums(sums, work, top); err != nil {
			return nil, err
		}
	}
	return sums, nil
}

// prepareFolder puts what the stages read into a folder: data, cases and the changed params.yaml.
func prepareFolder(root, work string, changes []string) error {
	for _, folder := range []string{"data", "experiments"} {
		if err := os.MkdirAll(filepath.Join(work, folder), 0o777); err != nil {
			return err
		}
	}
	if err := os.CopyFS(filepath.Join(work, "cases"), os.DirFS(filepath.Join(root, inputs, "cases"))); err != nil {
		return err
	}
	data, err := os.ReadFile(filepath.Join(root, "internal/dataset/testdata/sonar.all-data"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(work, "data", "sonar.all-data"), data, 0o666); err != nil {
		return err
	}
	params, err := changedParams(filepath.Join(root, inputs, "params.yaml"), changes)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(work, "params.yaml"), params, 0o666)
}

func changedParams(path string, changes []string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(string(text), "\n")
	for _, change := range changes {
		key, _, _ := strings.Cut(change, ":")
		i := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, key+":") })
		if i < 0 {
			return nil, fmt.Errorf("%s has no line %q", path, key)
		}
		lines[i] = change
	}
	return []byte(strings.Join(lines, "\n")), nil
}

// addSums adds the SHA-256 of every file below root/top.
func addSums(sums map[string]string, root, top string) error {
	files := os.DirFS(root)
	return fs.WalkDir(files, top, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		sum := sha256.Sum256(text)
		sums[path] = hex.EncodeToString(sum[:])
		return err
	})
}

// ReadPinned reads the pinned sums from the repository at root.
func ReadPinned(root string) (map[string]map[string]string, error) {
	text, err := os.ReadFile(filepath.Join(root, PinnedFile))
	if err != nil {
		return nil, err
	}
	var pinned map[string]map[string]string
	if err := json.Unmarshal(text, &pinned); err != nil {
		return nil, fmt.Errorf("%s: %w", PinnedFile, err)
	}
	return pinned, nil
}

// A Finding is what became of one output.
type Finding string

// An output is Same only if a file of that path was written and is pinned, with equal sums.
const (
	Same      Finding = "same"
	Different Finding = "different"
	Missing   Finding = "missing"    // pinned, but not written
	NotPinned Finding = "not pinned" // written, but not pinned
)

// Compare returns the finding for each path in got or pinned.
func Compare(got, pinned map[string]string) map[string]Finding {
	findings := map[string]Finding{}
	for path := range got {
		findings[path] = NotPinned
	}
	for path, want := range pinned {
		switch sum, ok := got[path]; {
		case !ok:
			findings[path] = Missing
		case sum != want:
			findings[path] = Different
		default:
			findings[path] = Same
		}
	}
	return findings
}

// Names returns the names of the recipes in order.
func Names() []string { return slices.Sorted(maps.Keys(Recipes)) }
