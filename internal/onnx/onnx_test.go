package onnx

import (
	"encoding/binary"
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
	table := dataset.NewTable([]dataset.Column{
		{Name: first, Position: 1}, {Name: "kind", Position: 2, Kind: dataset.Category}, {Name: second, Position: 3},
	})
	table.Texts = [][]string{{"a", "b"}}
	for i := range 8 {
		x := float64(i)
		if i == 3 {
			x = math.NaN()
		}
		table.Append([]float64{x, -float64(i * i)}, []int32{int32(i % 2)}, i%2)
	}
	data := params.Data{Classes: []string{"no", "yes"}, Header: true, Missing: []string{""}}
	recipe := params.Train{HiddenSizes: []int{3}, Activation: activation, Output: params.Linear, Loss: params.CrossEntropy, Optimizer: params.Adam,
		LearningRate: 0.01, Schedule: params.Constant, Epochs: 2, Scaling: params.Standard, Ensemble: 2, ClassWeight: params.None}
	m, _, err := model.Fit(t.Context(), table.All(), dataset.Sample{}, data, recipe, mlp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
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
