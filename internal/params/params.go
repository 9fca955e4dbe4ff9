// Package params is the one reader of params.yaml. It is strict: an unknown, missing, misspelt or
// out-of-range key is an error that names the file, the line, the key, the rule and the value.
package params

// Params holds the settings of the pipeline, one field for each section of params.yaml. The table
// in keys.go says what each key may be.
type Params struct {
	Data          Data
	Prepare       Prepare
	Train         Train
	Evaluate      Evaluate
	Crossvalidate Crossvalidate
}

// Data describes the raw file.
type Data struct {
	Classes []string // the labels, in the order of their indices
	Header  bool     // whether the first line names the columns
	Label   string   // name or 1-based position of the label's column; "" is the last
}

// Prepare describes the split.
type Prepare struct {
	TestSize    float64 // share of the rows held out
	RandomState uint32  // seed of the split
}

// Train is the recipe of a training: the network, its loss, its optimizer and its loop.
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
	Ensemble        int // networks whose probabilities are averaged
	Patience        int // epochs without a lower loss before stopping; 0 is off
	CheckpointEvery int // epochs between checkpoints; 0 is off
}

// Evaluate describes what is reported of a model.
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

// The choices of the keys that are names.
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
)
