// Package exactness checks the project's first promise on whole programs: the same bytes on every
// CPU, with any kernel and any number of threads. The tests that need other architectures have the
// build tag arches.
package exactness

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "pin the bytes that this machine's programs write")

const pinnedFile = "testdata/pinned.json"

// The stages' programs.
var stages = []string{"prepare", "train", "evaluate", "crossvalidate"}

// A recipe is the stages that are run, and a change of the params.yaml at the top of the repository:
// lines that take the place of those that begin alike. Emulated machines run them all, so they are
// small but for the default.
type recipe struct {
	stages []string
	params []string
}

var pipeline = []string{"prepare", "train", "evaluate"}

var recipes = map[string]recipe{
	"default": {pipeline, nil},
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

// A variant is one way to build and run the programs, none of which may change a byte.
type variant struct {
	name     string
	build    []string // flags of go build
	buildEnv []string
	env      []string // of the run
	under    []string // a command that runs the programs
}

func TestOutputsAreThePinnedBytes(t *testing.T) {
	checkVariants(t, []variant{{name: "as built"}})
}

// checkVariants compares what each variant writes with what is pinned.
func checkVariants(t *testing.T, variants []variant) {
	pinned := readPinned(t)
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			programs := v.programs(t)
			for _, name := range slices.Sorted(maps.Keys(recipes)) {
				t.Run(name, func(t *testing.T) {
					got := v.run(t, programs, recipes[name])
					if *update {
						pinned[name] = got
						writePinned(t, pinned)
					}
					compare(t, got, pinned[name])
				})
			}
		})
		if *update {
			return
		}
	}
}

func compare(t *testing.T, got, want map[string]string) {
	t.Helper()
	if len(want) == 0 {
		t.Fatal("nothing is pinned")
	}
	for path, sum := range want {
		if got[path] != sum {
			t.Errorf("%s has other bytes", path)
		}
	}
	for path := range got {
		if want[path] == "" {
			t.Errorf("%s is not pinned", path)
		}
	}
}

// programs gives the folder of the stages' binaries, built once for each kind of build.
func (v variant) programs(t *testing.T) string {
	t.Helper()
	kind := strings.Join(slices.Concat(v.build, v.buildEnv), " ")
	if folder := built[kind]; folder != "" {
		return folder
	}
	folder := filepath.Join(builds, strconv.Itoa(len(built)))
	args := append([]string{"build", "-o", folder + string(filepath.Separator)}, v.build...)
	for _, stage := range stages {
		args = append(args, "../../cmd/"+stage)
	}
	build := exec.Command("go", args...)
	build.Env = append(os.Environ(), v.buildEnv...)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", build, err, out)
	}
	built[kind] = folder
	return folder
}

// built has the folder of each kind of build, below the folder builds.
var (
	built  = map[string]string{}
	builds string
)

func TestMain(m *testing.M) {
	flag.Parse()
	var err error
	if builds, err = os.MkdirTemp("", "sonar-exactness-"); err != nil {
		panic(err)
	}
	status := m.Run()
	os.RemoveAll(builds)
	os.Exit(status)
}

// run runs the stages of a recipe in a folder of their own and gives the SHA-256 of each output, by path.
func (v variant) run(t *testing.T, programs string, recipe recipe) map[string]string {
	t.Helper()
	folder := t.TempDir()
	copyFile(t, "../../internal/dataset/testdata/sonar.all-data", filepath.Join(folder, "data", "sonar.all-data"))
	cases, err := filepath.Glob("../../cases/*.json")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no functional cases: %v", err)
	}
	for _, path := range cases {
		copyFile(t, path, filepath.Join(folder, "cases", filepath.Base(path)))
	}
	writeParams(t, filepath.Join(folder, "params.yaml"), recipe.params)
	for _, stage := range recipe.stages {
		run := append(slices.Clone(v.under), filepath.Join(programs, stage), "-log", "")
		command := exec.Command(run[0], run[1:]...)
		command.Dir = folder
		command.Env = append(os.Environ(), v.env...)
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", stage, err, out)
		}
	}
	os.Remove(filepath.Join(folder, "data", "sonar.all-data"))
	sums := map[string]string{}
	for _, top := range []string{"data", "experiments"} {
		hashTree(t, folder, top, sums)
	}
	return sums
}

func hashTree(t *testing.T, root, top string, sums map[string]string) {
	t.Helper()
	files := os.DirFS(root)
	err := fs.WalkDir(files, top, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		sum := sha256.Sum256(text)
		sums[path] = hex.EncodeToString(sum[:])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func writeParams(t *testing.T, path string, changes []string) {
	t.Helper()
	text, err := os.ReadFile("../../params.yaml")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for _, change := range changes {
		key, _, _ := strings.Cut(change, ":")
		i := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, key+":") })
		if i < 0 {
			t.Fatalf("params.yaml has no line %q", key)
		}
		lines[i] = change
	}
	writeFile(t, path, []byte(strings.Join(lines, "\n")))
}

func readPinned(t *testing.T) map[string]map[string]string {
	t.Helper()
	pinned := map[string]map[string]string{}
	text, err := os.ReadFile(pinnedFile)
	if *update && os.IsNotExist(err) {
		return pinned
	}
	if err == nil {
		err = json.Unmarshal(text, &pinned)
	}
	if err != nil {
		t.Fatal(err)
	}
	return pinned
}

func writePinned(t *testing.T, pinned map[string]map[string]string) {
	t.Helper()
	text, err := json.MarshalIndent(pinned, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, pinnedFile, append(text, '\n'))
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, to, text)
}

func writeFile(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
}

// dependencies are the project's own packages that the stages are built from, by folder.
func dependencies(t *testing.T) map[string][]string {
	t.Helper()
	args := []string{"list", "-deps", "-json=ImportPath,Dir,GoFiles"}
	for _, stage := range stages {
		args = append(args, "example.com/sonar/cmd/"+stage)
	}
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]string{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
		var p struct {
			ImportPath, Dir string
			GoFiles         []string
		}
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(p.ImportPath, "example.com/sonar/") {
			for _, name := range p.GoFiles {
				files[p.ImportPath] = append(files[p.ImportPath], filepath.Join(p.Dir, name))
			}
		}
	}
	return files
}
