package exactness

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The functions of package math that give the same bits on every architecture. The others differ in
// the last digits where an architecture has an assembly version of its own.
var portableMath = []string{
	"Abs", "Ceil", "Copysign", "FMA", "Float64bits", "Float64frombits", "Floor", "Frexp", "Inf", "IsInf",
	"IsNaN", "Ldexp", "Max", "Min", "NaN", "Nextafter", "RoundToEven", "Signbit", "Sqrt", "Trunc",
}

// The packages of gonum that a stage may import: types, and generators of integers. The sums of
// stat and floats run along SIMD lanes, and distuv's quantiles differ in the last digits.
var portableGonum = []string{
	"gonum.org/v1/gonum/blas", "gonum.org/v1/gonum/blas/blas64", "gonum.org/v1/gonum/mathext/prng",
}

// roundedGonum is what may use distuv, as its results are rounded to six decimals before they are written.
var roundedGonum = map[string]string{
	"example.com/sonar/internal/metrics": "gonum.org/v1/gonum/stat/distuv",
}

func TestStagesCallOnlyPortableMathematics(t *testing.T) {
	files := dependencies(t)
	if len(files) < 8 {
		t.Fatalf("the stages are built from %d packages", len(files))
	}
	for pkg, names := range files {
		for _, name := range names {
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range file.Imports {
				imported, _ := strconv.Unquote(i.Path.Value)
				if strings.HasPrefix(imported, "gonum.org/") && !slices.Contains(portableGonum, imported) && roundedGonum[pkg] != imported {
					t.Errorf("%s imports %s", set.Position(i.Pos()), imported)
				}
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					if function, ok := mathFunction(call); ok && !slices.Contains(portableMath, function) {
						t.Errorf("%s calls math.%s", set.Position(call.Pos()), function)
					}
				}
				return true
			})
		}
	}
}

// mathFunction is the name of the function of package math that is called, if one is.
func mathFunction(call *ast.CallExpr) (string, bool) {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	pkg, ok := selector.X.(*ast.Ident)
	return selector.Sel.Name, ok && pkg.Name == "math"
}
