package main

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/random"
	"example.com/sonar/internal/recipe"
)

// stripes are rows whose class alternates along the first feature, which no linear model can learn.
func stripes(rows int) data {
	table, values := dataset.NewTable(dataset.NumberColumns(2)), make([]float64, 2*rows)
	random.Stream{Seed: 1}.Uniforms(values, 0, 0, 0)
	for b := range rows {
		table.Append(values[2*b:2*b+2], nil, int(4*values[2*b])%2)
	}
	return data{params.Data{Classes: []string{"R", "M"}}, table.All()}
}

// twoCandidates are a linear model, which cannot do it, and a network that can.
func twoCandidates() []candidate {
	linear := params.Train{
		Activation: params.Tanh, Output: params.Linear, Loss: params.CrossEntropy, Optimizer: params.Adam, LearningRate: 0.03,
		Schedule: params.Constant, Epochs: 150, Scaling: params.Standard, Ensemble: 1,
	}
	network := linear
	network.HiddenSizes = []int{20}
	return []candidate{{recipe.Recipe{Name: "linear"}, linear}, {recipe.Recipe{Name: "network"}, network}}
}

func TestTheSearchFindsWhatWorks(t *testing.T) {
	d, candidates := stripes(120), twoCandidates()
	for _, s := range schemes {
		outcomes, err := nested(t.Context(), s, candidates, d)
		if err != nil {
			t.Fatal(err)
		}
		r := newReport(s, candidates, outcomes, 1)
		if chosen := r.Candidates[1].Chosen; chosen != len(outcomes) {
			t.Errorf("%s: of %d folds %d chose the network", s.name, len(outcomes), chosen)
		}
		if r.Nested.Value < 0.9 || r.Candidates[0].Accuracy > 0.75 || r.Candidates[1].Accuracy < 0.9 {
			t.Errorf("%s: found %+v", s.name, r)
		}
	}
}

// Whatever the rows say that an outer fold tests on, its choice and the scores that led to it stay.
func TestTheChoiceDoesNotSeeTheRowsItIsTestedOn(t *testing.T) {
	d, candidates := stripes(120), twoCandidates()
	for _, s := range schemes {
		want, err := nested(t.Context(), s, candidates, d)
		if err != nil {
			t.Fatal(err)
		}
		repeats, err := s.outer(d.Labels())
		if err != nil {
			t.Fatal(err)
		}
		const fold = 4
		_, tested := repeats[0].Rows(fold)
		other := stripes(120)
		for _, r := range tested {
			other.Numbers(r)[0] = 1 - other.Numbers(r)[0]
		}
		got, err := nested(t.Context(), s, candidates, other)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got[fold].inner, want[fold].inner) || got[fold].chosen != want[fold].chosen {
			t.Errorf("%s: the choice depends on the rows that it is tested on", s.name)
		}
		if got[fold].accuracy == want[fold].accuracy {
			t.Errorf("%s: the test does not", s.name)
		}
	}
}

func TestTheResultsAreOfTheseCandidates(t *testing.T) {
	text, err := os.ReadFile("results.json")
	if err != nil {
		t.Fatal(err)
	}
	var reports []report
	if err := json.Unmarshal(text, &reports); err != nil {
		t.Fatal(err)
	}
	for _, r := range reports {
		candidates, err := recipe.ReadFile(r.Scheme + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		var got, want []string
		for _, c := range candidates {
			want = append(want, c.Name)
		}
		for _, c := range r.Candidates {
			got = append(got, c.Name)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the results are of %v, the candidates are %v: run `make search`", r.Scheme, got, want)
		}
	}
}
