package exactness

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "example.com/sonar/"

// goList runs go list on packages of the module and returns its lines, one for each package.
func goList(t *testing.T, args ...string) []string {
	t.Helper()
	list := exec.Command("go", append([]string{"list"}, args...)...)
	list.Dir = "../.."
	out, err := list.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", list, err, out)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// TestPrepareDependsOnNoKernel keeps the split fresh if a kernel changes.
func TestPrepareDependsOnNoKernel(t *testing.T) {
	packages := goList(t, "-deps", "./cmd/prepare")
	if !slices.Contains(packages, module+"internal/dataset") {
		t.Errorf("prepare does not depend on dataset: %q", packages)
	}
	if slices.Contains(packages, module+"internal/exact") {
		t.Error("prepare depends on exact")
	}
}

// TestNoProgramMultipliesByBLAS: of gonum's BLAS the project uses its matrices and flags alone.
func TestNoProgramMultipliesByBLAS(t *testing.T) {
	files := goList(t, "-f", `{{range .GoFiles}}{{$.Dir}}/{{.}} {{end}}`, "./...")
	if len(files) < 20 {
		t.Fatalf("the project has %d packages", len(files))
	}
	for _, name := range strings.Fields(strings.Join(files, " ")) {
		for _, used := range usesOfBLAS(t, name, nil) {
			t.Error(used)
		}
	}
}

func TestUsesOfBLASAreFound(t *testing.T) {
	for _, c := range []struct {
		name, imports, body string
		found               bool
	}{
		{"a matrix", `"gonum.org/v1/gonum/blas/blas64"`, "blas64.General{}", false},
		{"a flag", `"gonum.org/v1/gonum/blas"`, "blas.Trans", false},
		{"a product", `"gonum.org/v1/gonum/blas/blas64"`, "blas64.Gemm", true},
		{"a product by another name", `b "gonum.org/v1/gonum/blas/blas64"`, "b.Dot", true},
		{"a product without a name", `. "gonum.org/v1/gonum/blas/blas64"`, "Dot", true},
		{"an implementation", `"gonum.org/v1/gonum/blas/gonum"`, "gonum.Implementation{}", true},
		{"a matrix with products", `"gonum.org/v1/gonum/mat"`, "mat.Dense{}", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			source := "package p; import " + c.imports + "; var x = " + c.body
			if found := usesOfBLAS(t, "p.go", source); (len(found) > 0) != c.found {
				t.Errorf("found %q", found)
			}
		})
	}
}

// usesOfBLAS describes each use of gonum's products in a file; source is its text, or nil to read the file.
func usesOfBLAS(t *testing.T, name string, source any) (found []string) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	add := func(at ast.Node, what string) { found = append(found, set.Position(at.Pos()).String()+" "+what) }
	matrices := "blas64" // the package's name in this file
	for _, i := range file.Imports {
		switch imported, _ := strconv.Unquote(i.Path.Value); {
		case imported == "gonum.org/v1/gonum/blas/blas64" && i.Name != nil:
			if matrices = i.Name.Name; matrices == "." {
				add(i, "imports blas64 without its name")
			}
		case imported == "gonum.org/v1/gonum/blas/gonum", imported == "gonum.org/v1/gonum/mat":
			add(i, "imports "+imported)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name != "General" {
			if pkg, ok := s.X.(*ast.Ident); ok && pkg.Name == matrices {
				add(s, "uses blas64."+s.Sel.Name)
			}
		}
		return true
	})
	return found
}
