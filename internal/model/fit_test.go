package model

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/features"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/params"
)

func quickRecipe() params.Train {
	return params.Train{
		Activation: params.ReLU, Output: params.Linear, Loss: params.CrossEntropy, Optimizer: params.Adam, Schedule: params.Constant,
		HiddenSizes: []int{4}, LearningRate: 0.01, Epochs: 5, Scaling: params.None, ClassWeight: params.None, Ensemble: 1,
	}
}

// separable returns a table with this many rows of each class, whose numbers are the class's index and a little more.
func separable(counts ...int) dataset.Sample {
	table := dataset.NewTable([]dataset.Column{{Name: "x", Position: 1}})
	for class, n := range counts {
		for i := range n {
			table.Append([]float64{float64(class) + float64(i%5)/10}, nil, class)
		}
	}
	return table.All()
}

var threeClasses = params.Data{Header: true, Classes: []string{"a", "b", "c"}}

func TestBalancedWeightsCountTheClassesPresent(t *testing.T) {
	for name, c := range map[string]struct {
		labels []int
		want   []float64
	}{
		"all":      {[]int{0, 1, 1, 2, 2, 2}, []float64{6.0 / 3, 6.0 / (3 * 2.0), 6.0 / (3 * 3.0)}},
		"one less": {[]int{2, 0, 0, 0}, []float64{4.0 / (2 * 3.0), 1, 4.0 / 2}},
		"one":      {[]int{1, 1}, []float64{1, 1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := balancedWeights(c.labels, 3); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// The weights are those of all rows: early stopping holds some out later.
func TestWeightsAreThoseOfTheRowsBeforeAnyAreHeldOut(t *testing.T) {
	train := separable(40, 8, 12)
	recipe := quickRecipe()
	recipe.ClassWeight, recipe.Patience, recipe.Seed = params.Balanced, 2, 5
	_, got, err := Fit(t.Context(), train, dataset.Sample{}, threeClasses, recipe, mlp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	fitted, _, err := features.Fit(train, params.None)
	if err != nil {
		t.Fatal(err)
	}
	problem := mlp.Problem{Classes: 3, Numeric: []bool{true}, Weights: []float64{60.0 / (3 * 40.0), 60.0 / (3 * 8.0), 60.0 / (3 * 12.0)}}
	if problem.Train, err = rows(fitted, train); err != nil {
		t.Fatal(err)
	}
	holdout := mlp.Holdout{}
	if holdout.Train, holdout.Held, err = dataset.StratifiedSplit(train.Labels(), threeClasses.Classes, 0.1, 5); err != nil {
		t.Fatal(err)
	}
	problem.Holdouts = []mlp.Holdout{holdout}
	want, err := mlp.Fit(t.Context(), recipe, problem, mlp.Options{})
	if err != nil || !slices.Equal(got.History, want.History) {
		t.Errorf("%v, %v, want %v", got.History, err, want.History)
	}
}

func TestEarlyStoppingHoldsOutWholeGroups(t *testing.T) {
	train := separable(60, 60, 60)
	for i := range train.Table.Rows() {
		train.Table.Groups = append(train.Table.Groups, fmt.Sprint("site", i%15))
	}
	train = train.Select(slices.Concat(make([]int, 0), train.Rows[20:], train.Rows[:10])) // in a different order from the table
	recipe := quickRecipe()
	recipe.Patience, recipe.Ensemble = 1, 2
	list, err := holdouts(t.Context(), train, threeClasses.Classes, recipe)
	if err != nil || len(list) != 2 || slices.Equal(list[0].Held, list[1].Held) {
		t.Fatalf("%v, %v", list, err)
	}
	groups := train.Groups()
	for _, h := range list {
		side := map[string]bool{}
		for _, row := range h.Held {
			side[groups[row]] = true
		}
		for _, row := range h.Train {
			if side[groups[row]] {
				t.Errorf("group %s is on both sides", groups[row])
			}
		}
		if len(h.Held)+len(h.Train) != train.Len() || len(h.Held) == 0 {
			t.Errorf("%d held out and %d trained on of %d", len(h.Held), len(h.Train), train.Len())
		}
	}
	one := separable(10, 10, 10)
	one.Table.Groups = slices.Repeat([]string{"site"}, 30)
	if _, _, err := Fit(t.Context(), one, dataset.Sample{}, threeClasses, recipe, mlp.Options{}); !errors.As(err, new(*PatienceError)) || !strings.HasPrefix(err.Error(), "train.patience holds out whole groups of the training rows: ") {
		t.Errorf("error %v of one group", err)
	}
}

func TestAColumnThatCannotBeInputsIsRefusedBeforeTraining(t *testing.T) {
	recipe := quickRecipe()
	recipe.Scaling = params.Standard
	tables := map[string]dataset.Sample{"fine": separable(3, 3, 3), "overflows": separable(3, 3, 3)}
	tables["overflows"].Table.Numbers(1)[0] = math.MaxFloat64
	for name, c := range map[string]struct{ train, test string }{
		"training rows": {"overflows", "fine"},
		"test rows":     {"fine", "overflows"},
	} {
		t.Run(name, func(t *testing.T) {
			started := mlp.Options{Progress: func(int) { t.Error("a training has started") }}
			_, _, err := Fit(t.Context(), tables[c.train], tables[c.test], threeClasses, recipe, started)
			var column *features.Error
			if !errors.As(err, &column) || column.Table != tables["overflows"].Table || !strings.HasPrefix(err.Error(), `column "x" must`) {
				t.Errorf("error %v", err)
			}
		})
	}
	m, _, err := Fit(t.Context(), tables["fine"], dataset.Sample{}, threeClasses, recipe, mlp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Predict(tables["overflows"], 0); err == nil || !strings.HasPrefix(err.Error(), `column "x" must be finite once train.scaling has made it`) {
		t.Errorf("error %v of rows to predict", err)
	}
}

func TestWarningsOfATraining(t *testing.T) {
	constant := separable(6, 6, 6)
	for i := range constant.Table.Rows() {
		constant.Table.Numbers(i)[0] = 0.1 + float64(i%2)*0x1p-55
	}
	recipe := func(change func(*params.Train)) params.Train {
		r := quickRecipe()
		change(&r)
		return r
	}
	for name, c := range map[string]struct {
		train  dataset.Sample
		recipe params.Train
		want   []string // how each begins
	}{
		"none":                 {separable(9, 9, 9), recipe(func(r *params.Train) { r.Epochs = 300 }), nil},
		"a class without rows": {separable(9, 0, 9), recipe(func(r *params.Train) { r.Epochs = 300 }), []string{`no training row is of class "b", which the model cannot learn`}},
		"and with weights": {separable(9, 0, 9), recipe(func(r *params.Train) { r.Epochs, r.ClassWeight, r.LabelSmoothing = 300, params.Balanced, 0.1 }),
			[]string{`no training row is of class "b"`}},
		"a rate that is too high": {separable(9, 9, 9), recipe(func(r *params.Train) { r.Optimizer, r.LearningRate = params.SGD, 1e6 }),
			[]string{"the training ends with a loss of "}},
		"networks that fail": {separable(9, 9, 9), recipe(func(r *params.Train) { r.Optimizer, r.LearningRate, r.Ensemble = params.SGD, 1e6, 2 }),
			[]string{"the training ends with a loss of ", "the training ends with a loss of "}},
		"a constant column": {constant, recipe(func(r *params.Train) { r.Scaling = params.Standard }),
			[]string{`column "x" is constant to train.scaling: its values, from 0.1 to 0.10000000000000003, differ`, "the training ends with a loss of 1."}},
	} {
		t.Run(name, func(t *testing.T) {
			_, training, err := Fit(t.Context(), c.train, dataset.Sample{}, threeClasses, c.recipe, mlp.Options{})
			if err != nil {
				t.Fatal(err)
			}
			ok := len(training.Warnings) == len(c.want)
			for i := range min(len(c.want), len(training.Warnings)) {
				ok = ok && strings.HasPrefix(training.Warnings[i], c.want[i])
			}
			if !ok {
				t.Errorf("%q, want %q", training.Warnings, c.want)
			}
		})
	}
}

func TestAClassThatEarlyStoppingHoldsOutIsAWarning(t *testing.T) {
	train := separable(20, 20, 10)
	for _, label := range train.Table.Labels {
		train.Table.Groups = append(train.Table.Groups, []string{"first", "first", "second"}[label])
	}
	recipe := quickRecipe()
	recipe.Epochs, recipe.Patience, recipe.Ensemble = 1, 1, 2
	_, training, err := Fit(t.Context(), train, dataset.Sample{}, threeClasses, recipe, mlp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	list, err := holdouts(t.Context(), train, threeClasses.Classes, recipe)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i, h := range list {
		for class, name := range threeClasses.Classes {
			if train.Labels()[h.Held[0]]/2 == class/2 { // the first group has two classes
				want = append(want, fmt.Sprintf(`train.patience holds out all training rows of class %q in network %d of 2, which it cannot learn`, name, i+1))
			}
		}
	}
	got := slices.DeleteFunc(slices.Clone(training.Warnings), func(w string) bool { return strings.HasPrefix(w, "the training ends") })
	if len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestFitStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Fit(ctx, separable(5, 5, 5), dataset.Sample{}, threeClasses, quickRecipe(), mlp.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// A class of a row whose sums overflow would be the first one, for no reason.
func TestARowWhoseSumsOverflowIsAnError(t *testing.T) {
	train := separable(5, 5, 5)
	m, _, err := Fit(t.Context(), train, dataset.Sample{}, threeClasses, quickRecipe(), mlp.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range m.Members[0].Params {
		m.Members[0].Params[i] = 1e10
	}
	rows := dataset.NewTable(train.Table.Columns)
	rows.Append([]float64{1}, nil, 0)
	rows.Append([]float64{-1e308}, nil, 0)
	rows.Append([]float64{1e308}, nil, 0)
	_, err = m.Predict(rows.All(), 1)
	const want = `column "x" must be small enough for the network's sums to be finite, got 1e+308 or minus that`
	if of := (*features.Error)(nil); !errors.As(err, &of) || of.Error() != want || of.Row != 2 {
		t.Errorf("error %v, want %s", err, want)
	}
}
