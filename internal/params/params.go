// Package params is the one reader of params.yaml. It is strict: an unknown, missing, misspelt or
// out-of-range key is an error that names the file, the line, the key, the rule and the value.
package params

import "strconv"

// Params holds the settings of the pipeline, one field for each section of params.yaml. The table
// in keys.go defines what each key may be.
type Params struct {
	Data          Data
	Prepare       Prepare
	Train         Train
	Evaluate      Evaluate
	Crossvalidate Crossvalidate
}

// Data describes the raw file. Columns are referred to as people write them: whether a column exists, and plays only
// one part, is known once the file is read.
type Data struct {
	Classes     []string // the labels, in the order of their indices
	Header      bool     // whether the first line names the columns
	Label       Column   // if none, the last column
	ID          Column   // identifies the row, and is not an input; may be none
	Group       Column   // rows with equal values stay on one side of a split; not an input; may be none
	Drop        []Column // columns to leave out
	Categorical []Column // columns of texts; all others are numbers
	Missing     []string // texts that mean "no value", without spaces around them
}

// A Column refers to a column of the raw file by its name in the header or, if Name is "", by its position in the
// file, from 1. The zero value refers to none.
type Column struct {
	Name     string
	Position int
}

// IsNone reports whether c refers to no column.
func (c Column) IsNone() bool { return c == Column{} }

// String returns the reference as it is in params.yaml: a position, or a name, in quotes if it looks like a number.
func (c Column) String() string {
	switch {
	case c.Position > 0:
		return strconv.Itoa(c.Position)
	case looksNumeric(c.Name):
		return strconv.Quote(c.Name)
	}
	return c.Name
}

// Prepare describes the split.
type Prepare struct {
	TestSize    float64 // share of the rows held out
	RandomState uint32  // seed of the split
}

// Train is the recipe for a training: the network, its loss, its optimizer and its loop.
type Train struct {
	Seed            uint32
	HiddenSizes     []int // units of each hidden layer
	Activation      string
	Output          string
	Loss            string
	Optimizer       string
	LearningRate    float64
	Momentum        float64
	WeightDecay     float64
	Schedule        string
	Epochs          int
	BatchSize       int // rows per step; 0 is the whole training set
	Scaling         string
	Dropout         float64
	InputNoise      float64
	LabelSmoothing  float64
	ClassWeight     string
	Ensemble        int // networks whose probabilities are averaged
	Patience        int // epochs without a lower loss before stopping; 0 is off
	CheckpointEvery int // epochs between checkpoints; 0 is off
}

// Evaluate describes what is reported about a model.
type Evaluate struct {
	Confidence float64 // level of every interval
}

// Crossvalidate describes the folds.
type Crossvalidate struct {
	Splits      int
	Repeats     int
	RandomState uint32
}

// The sections of params.yaml, by name.
const (
	SectionData          = "data"
	SectionPrepare       = "prepare"
	SectionTrain         = "train"
	SectionEvaluate      = "evaluate"
	SectionCrossvalidate = "crossvalidate"
)

// The choices for the keys whose values are names.
const (
	ReLU     = "relu"
	Tanh     = "tanh"
	GELU     = "gelu"
	Logistic = "logistic"

	Sigmoid = "sigmoid"
	Linear  = "linear"

	CrossEntropy       = "cross_entropy"
	BinaryCrossEntropy = "binary_cross_entropy"

	Adam  = "adam"
	AdamW = "adamw"
	SGD   = "sgd"

	Constant = "constant"
	Cosine   = "cosine"

	None     = "none"
	Standard = "standard"
	Variance = "variance"
	Balanced = "balanced"
)
