package onnx

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/model"
	"example.com/sonar/internal/params"
)

// fitted returns the model of a table with a gap, texts and the given names for its two columns of numbers.
func fitted(t *testing.T, activation, first, second string) *model.Model {
	t.Helper()
	return fit(t, mixed(first, "kind", second), true, params.Train{HiddenSizes: []int{3}, Activation: activation, Scaling: params.Standard, Ensemble: 2})
}

// fit returns a model of two classes after two epochs.
func fit(t *testing.T, table *dataset.Table, header bool, recipe params.Train) *model.Model {
	t.Helper()
	data := params.Data{Classes: []string{"no", "yes"}, Header: header, Missing: []string{""}}
	recipe.Output, recipe.Loss, recipe.Optimizer = params.Linear, params.CrossEntropy, params.Adam
	recipe.LearningRate, recipe.Schedule, recipe.Epochs, recipe.ClassWeight = 0.01, params.Constant, 2, params.None
	m, _, err := model.Fit(t.Context(), table.All(), dataset.Sample{}, data, recipe, mlp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// mixed returns a table of two columns of numbers, in which there is a gap, and texts between them.
func mixed(first, second, third string) *dataset.Table {
	table := dataset.NewTable([]dataset.Column{
		{Name: first, Position: 1}, {Name: second, Position: 2, Kind: dataset.Category}, {Name: third, Position: 4},
	})
	table.Texts = [][]string{{"a", "b"}}
	for i := range 8 {
		x := float64(i)
		if i == 3 {
			x = math.NaN()
		}
		table.Append([]float64{x, -float64(i * i)}, []int32{int32(i % 2)}, i%2)
	}
	return table
}

// A field is a field of a message in wire form: a number or bytes.
type field struct {
	number uint64
	value  uint64
	bytes  []byte
}

// fields reads a message, whose fields must ascend.
func fields(t *testing.T, m []byte) (list []field) {
	t.Helper()
	next := func() uint64 {
		v, n := binary.Uvarint(m)
		if n <= 0 {
			t.Fatalf("no varint at %x", m)
		}
		m = m[n:]
		return v
	}
	for len(m) > 0 {
		key := next()
		f := field{number: key >> 3, value: next()}
		if key&7 == wireBytes {
			f.bytes, m = m[:f.value], m[f.value:]
		} else if key&7 != wireVarint {
			t.Fatalf("wire type %d", key&7)
		}
		if len(list) > 0 && f.number < list[len(list)-1].number {
			t.Errorf("field %d follows %d", f.number, list[len(list)-1].number)
		}
		list = append(list, f)
	}
	return list
}

// all returns the bytes of the fields with a given number.
func all(t *testing.T, m []byte, number uint64) (list [][]byte) {
	t.Helper()
	for _, f := range fields(t, m) {
		if f.number == number {
			list = append(list, f.bytes)
		}
	}
	return list
}

func texts(t *testing.T, m []byte, number uint64) (list []string) {
	t.Helper()
	for _, b := range all(t, m, number) {
		list = append(list, string(b))
	}
	return list
}

// checkNodes checks that each value of a graph or function is made once, before it is used, and returns the operators.
func checkNodes(t *testing.T, nodes [][]byte, known []string) (operators []string) {
	t.Helper()
	made := map[string]bool{}
	for _, name := range known {
		made[name] = true
	}
	for _, node := range nodes {
		for _, input := range texts(t, node, 1) {
			if !made[input] {
				t.Errorf("%q is used before it is made", input)
			}
		}
		for _, output := range texts(t, node, 2) {
			if made[output] {
				t.Errorf("%q is made twice", output)
			}
			made[output] = true
		}
		operators = append(operators, texts(t, node, 4)...)
	}
	return operators
}

// The ONNX Runtime itself runs the files in the tests of the pipeline.
func TestFilesAreWellFormed(t *testing.T) {
	for _, c := range []struct {
		activation string
		ir         uint64
		functions  int
	}{{params.ReLU, irPlain, 0}, {params.GELU, irFunctions, 1}} {
		t.Run(c.activation, func(t *testing.T) {
			file, err := Encode(fitted(t, c.activation, "/1", "x"))
			if err != nil {
				t.Fatal(err)
			}
			top := fields(t, file)
			if top[0].number != 1 || top[0].value != c.ir {
				t.Errorf("the version is %d, want %d", top[0].value, c.ir)
			}
			graph := all(t, file, 7)[0]
			var inputs, outputs, known []string
			for _, v := range all(t, graph, 11) {
				inputs = append(inputs, texts(t, v, 1)...)
			}
			for _, v := range all(t, graph, 12) {
				outputs = append(outputs, texts(t, v, 1)...)
			}
			if !slices.Equal(inputs, []string{"/1", "x", "kind"}) || !slices.Equal(outputs, []string{"label", "probabilities"}) {
				t.Errorf("inputs %q, outputs %q", inputs, outputs)
			}
			known = slices.Clone(inputs)
			for _, tensor := range all(t, graph, 5) {
				known = append(known, texts(t, tensor, 8)...)
			}
			operators := checkNodes(t, all(t, graph, 1), known)
			if n := strings.Count(strings.Join(operators, " "), "Gemm"); n != 4 {
				t.Errorf("%d products in 2 networks of 2 layers", n)
			}
			functions := all(t, file, 25)
			if len(functions) != c.functions {
				t.Fatalf("%d functions, want %d", len(functions), c.functions)
			}
			for _, f := range functions {
				checkNodes(t, all(t, f, 7), texts(t, f, 4))
			}
			again, err := Encode(fitted(t, c.activation, "/1", "x"))
			if err != nil || !slices.Equal(again, file) {
				t.Errorf("other bytes for the same model, error %v", err)
			}
		})
	}
}

func TestAColumnWithoutANameIsCalledByItsPositionInTheRawFile(t *testing.T) {
	m := fit(t, mixed("", "", ""), false, params.Train{Activation: params.ReLU, Scaling: params.None, Ensemble: 1})
	file, err := Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, v := range all(t, all(t, file, 7)[0], 11) {
		names = append(names, texts(t, v, 1)...)
	}
	if !slices.Equal(names, []string{"1", "4", "2"}) {
		t.Errorf("inputs %q", names)
	}
}

// addSingle adds the value of a TensorProto if it has one element.
func addSingle(t *testing.T, single map[string]float64, name string, tensor []byte) {
	t.Helper()
	if raw := all(t, tensor, 9); len(raw) == 1 && len(raw[0]) == 8 {
		single[name] = math.Float64frombits(binary.LittleEndian.Uint64(raw[0]))
	}
}

// checkConstants checks the nodes of a graph or function, given the initializers that have one element.
func checkConstants(t *testing.T, nodes [][]byte, single map[string]float64) {
	t.Helper()
	identities := map[string]float32{"Add": 0, "Sub": 0, "Mul": 1, "Div": 1}
	for _, node := range nodes {
		operator := texts(t, node, 4)[0]
		if operator == "Constant" {
			addSingle(t, single, texts(t, node, 2)[0], all(t, all(t, node, 5)[0], 5)[0])
		}
		for _, input := range texts(t, node, 1) {
			identity, removable := identities[operator]
			if v, constant := single[input]; removable && constant && float32(v) == identity {
				t.Errorf("%s with %v", operator, v)
			}
		}
	}
}

// ONNX Runtime removes x - 0, x * 1 and x / 1 if the constant has one element that is 0 or 1 as a float32.
func TestNoConstantIsTakenForZeroOrOne(t *testing.T) {
	for _, activation := range []string{params.ReLU, params.Tanh, params.Logistic, params.GELU} {
		for _, members := range []int{1, 2} {
			t.Run(fmt.Sprint(activation, " ", members), func(t *testing.T) {
				table := dataset.NewTable([]dataset.Column{{Name: "x", Position: 1}})
				for i := range 8 {
					table.Append([]float64{float64(i)}, nil, i%2)
				}
				m := fit(t, table, true, params.Train{HiddenSizes: []int{1}, Activation: activation, Scaling: params.Standard, Ensemble: members})
				m.Features.Offset[0], m.Features.Divisor[0] = 1e-60, 1+5e-8
				file, err := Encode(m)
				if err != nil {
					t.Fatal(err)
				}
				graph := all(t, file, 7)[0]
				single := map[string]float64{}
				for _, tensor := range all(t, graph, 5) {
					addSingle(t, single, texts(t, tensor, 8)[0], tensor)
				}
				checkConstants(t, all(t, graph, 1), single)
				for _, f := range all(t, file, 25) {
					checkConstants(t, all(t, f, 7), map[string]float64{})
				}
			})
		}
	}
}

func TestAColumnMayNotHaveTheNameOfAnOutput(t *testing.T) {
	for _, name := range []string{"label", "probabilities"} {
		_, err := Encode(fitted(t, params.ReLU, name, "x"))
		if want := `column "` + name + `" must not have the name of an output`; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got error %v, want %s", err, want)
		}
	}
}

// What is counted before the file is built is most of it, and never more than all of it.
func TestTooLargeAModelIsRefused(t *testing.T) {
	m := fitted(t, params.ReLU, "x", "y")
	file, err := Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	if size := weightBytes(m); size != 2*8*(5*3+3+3*2+2) || size > len(file) {
		t.Errorf("weights of %d bytes in a file of %d", size, len(file))
	}
	if err := checkSize(maxSize); err != nil {
		t.Error(err)
	}
	if err := checkSize(maxSize + 1); err == nil || err.Error() != "the model must take at most 2147483647 bytes, as ONNX files do, takes 2147483648" {
		t.Errorf("got error %v", err)
	}
}
