package crossval

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/params"
)

// Fingerprint returns what this program computes on this machine, in short: the SHA-256 of the records of small
// cross-validations, which between them have every choice of a recipe. It is the same for every build of the same
// code, on every architecture. So records with different fingerprints are of programs, or of machines, whose
// numbers differ, and must not be mixed. It takes milliseconds.
func Fingerprint(ctx context.Context) (string, error) {
	data := params.Data{Classes: []string{"a", "b"}, Categorical: []params.Column{{Position: 2}}, Missing: []string{"", "NA"}}
	table, err := dataset.Read(ctx, fingerprintFile{strings.NewReader(fingerprintRows())}, data)
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	encoder := json.NewEncoder(hash)
	for _, recipe := range fingerprintRecipes() {
		p := &params.Params{Data: data, Train: recipe, Crossvalidate: params.Crossvalidate{Splits: 2, Repeats: 1}}
		tasks, err := Tasks(ctx, table, p)
		if err != nil {
			return "", err
		}
		for _, task := range tasks {
			record, err := task.Do(ctx, table, p, Options{Workers: 1, Curves: true, Importance: true})
			if err != nil {
				return "", err
			}
			if err := encoder.Encode(record); err != nil {
				return "", err
			}
		}
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

type fingerprintFile struct{ *strings.Reader }

func (fingerprintFile) Name() string { return "fingerprint" }

// fingerprintRows are a CSV of 40 rows of two numbers and a text, with gaps in both, whose classes are not easy to tell apart.
func fingerprintRows() string {
	var b strings.Builder
	for i := range 40 {
		number, text := fmt.Sprintf("%d.%d", i*7%13, i%4), string(rune('p'+i*i%5))
		if i%9 == 4 {
			number = "NA"
		}
		if i%7 == 3 {
			text = ""
		}
		fmt.Fprintf(&b, "%s,%s,-%d,%c\n", number, text, i*5%11, 'a'+i*i%3%2)
	}
	return b.String()
}

func fingerprintRecipes() []params.Train {
	return []params.Train{
		{
			HiddenSizes: []int{5}, Activation: params.ReLU, Output: params.Sigmoid, Loss: params.CrossEntropy, Optimizer: params.Adam,
			LearningRate: 0.01, Schedule: params.Constant, Epochs: 3, Scaling: params.None, ClassWeight: params.None, Ensemble: 1,
		},
		{
			HiddenSizes: []int{4, 3}, Activation: params.Tanh, Output: params.Linear, Loss: params.CrossEntropy, Optimizer: params.SGD,
			LearningRate: 0.1, Momentum: 0.9, WeightDecay: 0.01, Schedule: params.Cosine, Epochs: 3, BatchSize: 8,
			Scaling: params.Standard, Dropout: 0.2, LabelSmoothing: 0.1, ClassWeight: params.Balanced, Ensemble: 2,
		},
		{
			HiddenSizes: []int{6}, Activation: params.GELU, Output: params.Sigmoid, Loss: params.BinaryCrossEntropy, Optimizer: params.AdamW,
			LearningRate: 0.02, WeightDecay: 0.1, Schedule: params.Constant, Epochs: 4, BatchSize: 7, Scaling: params.Variance,
			InputNoise: 0.3, ClassWeight: params.None, Ensemble: 1, Patience: 1,
		},
		{
			HiddenSizes: []int{9}, Activation: params.Logistic, Output: params.Linear, Loss: params.CrossEntropy, Optimizer: params.Adam,
			LearningRate: 0.05, Schedule: params.Constant, Epochs: 2, Scaling: params.Standard, ClassWeight: params.Balanced, Ensemble: 1,
		},
	}
}
