package exactness

import (
	"bytes"
	"encoding/json"
	"flag"
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

// root is the repository, seen from this folder.
const root = "../.."

// A namedVariant is a variant that a subtest is named after.
type namedVariant struct {
	name string
	Variant
}

func TestOutputsAreThePinnedBytes(t *testing.T) {
	checkVariants(t, []namedVariant{{"as built", Variant{}}})
}

// checkVariants compares what each variant writes with what is pinned.
func checkVariants(t *testing.T, variants []namedVariant) {
	pinned, err := ReadPinned(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			programs := v.programs(t)
			for _, name := range Names() {
				t.Run(name, func(t *testing.T) {
					got, err := v.Run(root, programs, t.TempDir(), Recipes[name])
					if err != nil {
						t.Fatal(err)
					}
					if *update {
						pinned[name] = got
						writePinned(t, pinned)
					}
					wantSame(t, Compare(got, pinned[name]))
				})
			}
		})
		if *update {
			return
		}
	}
}

func wantSame(t *testing.T, findings map[string]Finding) {
	t.Helper()
	for _, path := range slices.Sorted(maps.Keys(findings)) {
		if findings[path] != Same {
			t.Errorf("%s is %s", path, findings[path])
		}
	}
	if len(findings) == 0 {
		t.Error("nothing was written and nothing is pinned")
	}
}

func TestCompareFindsEveryDifference(t *testing.T) {
	got := map[string]string{"a": "1", "b": "2", "c": "3"}
	pinned := map[string]string{"a": "1", "b": "other", "d": "4"}
	want := map[string]Finding{"a": Same, "b": Different, "c": NotPinned, "d": Missing}
	if findings := Compare(got, pinned); !maps.Equal(findings, want) {
		t.Errorf("got %v, want %v", findings, want)
	}
}

// programs returns the folder of the stages' binaries, built once for each kind of build.
func (v Variant) programs(t *testing.T) string {
	t.Helper()
	kind := strings.Join(slices.Concat(v.Build, v.BuildEnv), " ")
	if folder := built[kind]; folder != "" {
		return folder
	}
	folder := filepath.Join(builds, strconv.Itoa(len(built)))
	if err := v.Compile(root, folder); err != nil {
		t.Fatal(err)
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

func writePinned(t *testing.T, pinned map[string]map[string]string) {
	t.Helper()
	text, err := json.MarshalIndent(pinned, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, PinnedFile), append(text, '\n'), 0o666); err != nil {
		t.Fatal(err)
	}
}

// sourceFiles returns the project's own Go files that the stages are built from, by import path.
func sourceFiles(t *testing.T) map[string][]string {
	t.Helper()
	args := []string{"list", "-deps", "-json=ImportPath,Dir,GoFiles"}
	for _, stage := range Stages {
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
