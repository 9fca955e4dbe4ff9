//go:build unix

package tools

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// The list of fuzz.sh is what the compiler would find: no target of the module is forgotten.
func TestFuzzExploresEveryTarget(t *testing.T) {
	list := exec.Command("sh", "tools/fuzz.sh", "list")
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(string(out)), "\n")
	var want []string
	err = fs.WalkDir(os.DirFS(".."), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata"): // as the go command does
			return fs.SkipDir
		case strings.HasSuffix(name, "_test.go"):
			for _, target := range fuzzTargets(t, name) {
				want = append(want, "./"+path.Dir(name)+" "+target)
			}
		}
		return nil
	})
	slices.Sort(want)
	slices.Sort(got)
	if err != nil || !slices.Equal(got, want) || len(want) < 20 {
		t.Errorf("fuzz.sh lists\n%s\nthere are\n%s\n%v", strings.Join(got, "\n"), strings.Join(want, "\n"), err)
	}
}

// fuzzTargets returns the names of the functions of a file that go test takes as fuzz targets.
func fuzzTargets(t *testing.T, name string) (targets []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../"+name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, declaration := range file.Decls {
		if f, ok := declaration.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Fuzz") {
			targets = append(targets, f.Name.Name)
		}
	}
	return targets
}
