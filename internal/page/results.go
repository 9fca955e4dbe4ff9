package page

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"

	"gopkg.in/yaml.v3"

	"example.com/sonar/internal/dvclock"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/model"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/revision"
)

// Where the stages write, and what the page says to run if they did not.
const (
	paramsPath     = "params.yaml"
	lockPath       = "dvc.lock"
	pipelinePath   = "dvc.yaml"
	dataFolder     = "data"
	modelPath      = "experiments/model.safetensors"
	inspectFolder  = "experiments/data/"
	liveFolder     = "experiments/live/"
	evaluateFolder = "experiments/evaluation/"
	foldsFolder    = "experiments/crossvalidation/"
)

// results is all that is known of a model: what its files say.
type results struct {
	*source
	params   *params.Params
	document yaml.Node // params.yaml as it is written
	purpose  string    // of the model, by dvc.yaml; "" if nothing says
	lock     dvclock.Lock
	data     []dataFile
	model    *model.Model // nil without a model file

	look       *look // nil without inspect's report, and so on
	columns    *table
	means      *table
	live       *liveReport
	curves     map[string]*table // of the training, by "train/loss" and so on
	test       *testReport
	confusion  []confusionRow
	roc        []curveRow
	precision  []curveRow
	bins       []binRow
	cross      map[string]map[string]summary // by scheme and metric
	folds      *foldfile.Folds
	crossCurve *table
	crossBins  *table
	importance *table
}

// A dataFile is what a .dvc file in data/ stands for.
type dataFile struct {
	Path, MD5 string
	Size      int64
}

// A look is report.json of inspect.
type look struct {
	Rows   int
	Inputs struct{ Numeric, Categorical int }
	Gaps   struct{ Fields, Rows, Columns int }
	Class  struct {
		Number, Smallest, Largest int
		Rows                      map[string]int
	} `json:"classes"`
	Split struct{ Train, Test int }
	Equal struct {
		Repeated    int `json:"repeated"`
		OtherLabels int `json:"with_other_labels"`
		BothSides   int `json:"on_both_sides"`
	} `json:"equal_rows"`
	Groups *struct {
		Number, Largest int
		OfOne           int `json:"of_one_row"`
	}
	Columns struct {
		Constant       int
		Counting       int
		Separating     int
		Joining        int
		MostlyGaps     int `json:"mostly_gaps"`
		MostlyDistinct int `json:"mostly_distinct"`
	}
	Warnings int
}

type scores struct {
	Loss     figure
	Accuracy figure
	F1       figure `json:"f1_macro"`
}

// A liveReport is metrics.json of train.
type liveReport struct {
	Step       int
	Train, Val scores
}

// A testReport is what metrics.json of evaluate has of the test rows.
type testReport struct {
	Rows             int
	Groups           int // 0 if each row counts as independent
	Loss             figure
	Accuracy         figure
	AccuracyCI       interval `json:"accuracy_ci"`
	BalancedAccuracy figure   `json:"balanced_accuracy"`
	F1               figure   `json:"f1_macro"`
	AUC              figure   `json:"roc_auc"`
	AveragePrecision figure   `json:"average_precision"`
	Brier            figure
	CalibrationError figure              `json:"calibration_error"`
	Sensitivity      map[string]figure   `json:"sensitivity"`
	SensitivityCI    map[string]interval `json:"sensitivity_ci"`
	ClassF1          map[string]figure   `json:"class_f1"`
	ClassPrecision   map[string]figure   `json:"class_average_precision"`

	functional struct{ Cases, Passed int }
}

type (
	confusionRow struct {
		Actual, Predicted string
		Rows              int
	}
	// A curveRow is a point of either curve; the other's keys are 0.
	curveRow struct {
		Class             string
		FPR, TPR          figure
		Recall, Precision figure
	}
	binRow struct {
		Class               string
		Predicted, Observed figure
		Low, High           figure
		Rows                int
	}
)

// A summary is what the folds of a scheme show of a metric.
type summary struct {
	Mean  figure
	SD    *figure // of the means of the repeats
	Folds int     // how many have a value, if not all
	interval
}

func load(files revision.Files) (*results, error) {
	r := &results{source: newSource(files), curves: map[string]*table{}}
	r.loadSettings()
	r.loadData()
	r.loadModel()
	r.loadLook()
	r.loadTraining()
	r.loadEvaluation()
	r.loadFolds()
	return r, r.err
}

func (r *results) loadSettings() {
	text := r.read(paramsPath, maxFile)
	if r.err == nil && text == nil {
		r.fail(fmt.Errorf("%s is missing: the page is made in a project's folder", paramsPath))
		return
	}
	p, err := params.Read(bytes.NewReader(text), paramsPath, params.SectionData, params.SectionPrepare,
		params.SectionTrain, params.SectionEvaluate, params.SectionCrossvalidate)
	if err != nil {
		r.fail(err)
		return
	}
	r.params = p
	r.yaml(paramsPath, text, &r.document)
	var pipeline struct {
		Artifacts map[string]struct{ Path, Desc string }
	}
	r.yaml(pipelinePath, r.read(pipelinePath, maxFile), &pipeline)
	for _, name := range slices.Sorted(maps.Keys(pipeline.Artifacts)) {
		if a := pipeline.Artifacts[name]; a.Path == modelPath {
			r.purpose = a.Desc
		}
	}
	if r.lock, err = dvclock.Parse(r.read(lockPath, maxFile)); err != nil {
		r.fail(fmt.Errorf("%s: %w", lockPath, err))
	}
}

func (r *results) yaml(path string, text []byte, v any) {
	if err := yaml.Unmarshal(text, v); err != nil {
		r.fail(fmt.Errorf("%s: not YAML: %.200s", path, err))
	}
}

func (r *results) loadData() {
	names, err := r.files.List(dataFolder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.fail(fmt.Errorf("%s: %w", dataFolder, err))
	}
	for _, name := range names {
		if path.Ext(name) != ".dvc" {
			continue
		}
		var pointer struct{ Outs []dataFile }
		at := path.Join(dataFolder, name)
		r.yaml(at, r.read(at, maxFile), &pointer)
		for _, out := range pointer.Outs {
			out.Path = path.Join(dataFolder, out.Path)
			r.data = append(r.data, out)
		}
	}
}

func (r *results) loadModel() {
	text := r.read(modelPath, maxModel)
	if text == nil {
		return
	}
	m, err := model.Decode(bytes.NewReader(text))
	if err != nil {
		r.fail(fmt.Errorf("%s: %w", modelPath, err))
		return
	}
	r.model = m
}

// maxModel is the size of the largest model that is read, in bytes.
const maxModel = 2 << 30

func (r *results) loadLook() {
	r.look = loadJSON[look](r, inspectFolder+"report.json", "rows", "classes.rows")
	r.columns = r.table(inspectFolder+"columns.csv", ',', "column", "name", "kind", "gaps", "auc", "auc_class")
	r.means = r.table(inspectFolder+"plots/means.csv", ',', "column", "class", "mean")
}

// loadJSON returns what a file with some keys has; nil if it is missing.
func loadJSON[T any](r *results, path string, keys ...string) *T {
	var v T
	if !r.json(path, &v, keys...) {
		return nil
	}
	return &v
}

// The sides and metrics of the learning curves.
var (
	curveSides   = []string{"train", "val"}
	curveMetrics = []string{"loss", "accuracy", "f1_macro"}
)

func (r *results) loadTraining() {
	r.live = loadJSON[liveReport](r, liveFolder+"metrics.json", "train.accuracy", "train.f1_macro", "train.loss")
	for _, side := range curveSides {
		for _, metric := range curveMetrics {
			name := side + "/" + metric
			r.curves[name] = r.table(liveFolder+"plots/metrics/"+name+".tsv", '\t', "step", metric)
		}
	}
}

func (r *results) loadEvaluation() {
	var report struct {
		Test       *testReport
		Functional struct{ Cases, Passed int }
	}
	if r.json(evaluateFolder+"metrics.json", &report, "test.rows", "test.accuracy") {
		r.test = report.Test
		r.test.functional = report.Functional
	}
	plots := evaluateFolder + "plots/"
	r.json(plots+"confusion_matrix.json", &r.confusion)
	r.json(plots+"roc.json", &r.roc)
	r.json(plots+"precision_recall.json", &r.precision)
	r.json(plots+"calibration.json", &r.bins)
}

func (r *results) loadFolds() {
	var schemes map[string]json.RawMessage
	if r.json(foldsFolder+"metrics.json", &schemes) {
		r.cross = map[string]map[string]summary{}
		for scheme, text := range schemes {
			var metrics map[string]summary
			if err := json.Unmarshal(text, &metrics); err != nil {
				r.fail(fmt.Errorf("%smetrics.json: %.40q must be metrics of folds: %w", foldsFolder, scheme, err))
			}
			r.cross[scheme] = metrics
		}
	}
	foldsPath := foldsFolder + "folds.csv"
	if text := r.read(foldsPath, foldfile.MaxSize); text != nil {
		folds, err := foldfile.ReadFolds(bytes.NewReader(text), foldsPath)
		if err != nil {
			r.fail(err)
		}
		r.folds = folds
	}
	r.crossCurve = r.table(foldsFolder+"plots/curves.csv", ',', "step", "rows")
	r.crossBins = r.table(foldsFolder+"plots/calibration.csv", ',', "class", "predicted", "observed")
	r.importance = r.table(foldsFolder+"importance.csv", ',', "column", "loss", "accuracy")
}

// level is the level of every interval in words: "95%".
func (r *results) level() string { return percent(r.params.Evaluate.Confidence) }
