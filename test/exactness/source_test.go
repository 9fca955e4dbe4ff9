package exactness

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The functions of package math that return the same bits on every architecture. The others differ in
// the last digits if an architecture has an assembly version of its own.
var portableMath = []string{
	"Abs", "Ceil", "Copysign", "FMA", "Float64bits", "Float64frombits", "Floor", "Frexp", "Inf", "IsInf",
	"IsNaN", "Ldexp", "Max", "Min", "NaN", "Nextafter", "RoundToEven", "Signbit", "Sqrt", "Trunc",
}

// The packages of gonum that a stage may import: types, and generators of integers. The sums of
// stat and floats run along SIMD lanes, and distuv's quantiles differ in the last digits.
var portableGonum = []string{
	"gonum.org/v1/gonum/blas", "gonum.org/v1/gonum/blas/blas64", "gonum.org/v1/gonum/mathext/prng",
}

// roundedGonum is the package that may import distuv, since its results are rounded to six decimals
// before they are written.
var roundedGonum = map[string]string{
	"example.com/sonar/internal/metrics": "gonum.org/v1/gonum/stat/distuv",
}

func TestStagesUseOnlyPortableMathematics(t *testing.T) {
	files := sourceFiles(t)
	if len(files) < 8 {
		t.Fatalf("the stages are built from %d packages", len(files))
	}
	for pkg, names := range files {
		for _, name := range names {
			for _, found := range unportable(t, pkg, name, nil) {
				t.Error(found)
			}
		}
	}
}

func TestUnportableMathematicsIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		imports, body string
		found         bool
	}{
		"a portable function":      {`"math"`, "math.Sqrt(2)", false},
		"a constant":               {`"math"`, "math.Pi", false},
		"a call":                   {`"math"`, "math.Exp(2)", true},
		"a function as a value":    {`"math"`, "math.Exp", true},
		"math by another name":     {`m "math"`, "m.Exp(2)", true},
		"math without a name":      {`. "math"`, "Exp(2)", true},
		"a package of gonum":       {`"gonum.org/v1/gonum/blas"`, "blas.Trans", false},
		"another package of gonum": {`"gonum.org/v1/gonum/floats"`, "floats.Sum", true},
	} {
		t.Run(name, func(t *testing.T) {
			source := "package p\n\nimport " + c.imports + "\n\nvar x = " + c.body + "\n"
			if found := unportable(t, "p", "p.go", source); (len(found) > 0) != c.found {
				t.Errorf("found %v", found)
			}
		})
	}
}

// unportable describes each use of what a stage may not use in a file of package pkg; source is its
// text, or nil to read the file.
func unportable(t *testing.T, pkg, name string, source any) (found []string) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	add := func(at ast.Node, what string) { found = append(found, set.Position(at.Pos()).String()+" "+what) }
	for _, i := range file.Imports {
		imported, _ := strconv.Unquote(i.Path.Value)
		if imported == "math" && i.Name != nil {
			add(i, "imports math under another name")
		}
		if strings.HasPrefix(imported, "gonum.org/") && !slices.Contains(portableGonum, imported) && roundedGonum[pkg] != imported {
			add(i, "imports "+imported)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if function := mathFunction(t, n); function != "" && !slices.Contains(portableMath, function) {
			add(n, "uses math."+function)
		}
		return true
	})
	return found
}

// mathFunction returns the name of the function of package math that n is, or "" if it is none. math's
// constants are not functions.
func mathFunction(t *testing.T, n ast.Node) string {
	selector, ok := n.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if pkg, ok := selector.X.(*ast.Ident); !ok || pkg.Name != "math" {
		return ""
	}
	math, err := importer.Default().Import("math")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := math.Scope().Lookup(selector.Sel.Name).(*types.Func); !ok {
		return ""
	}
	return selector.Sel.Name
}
