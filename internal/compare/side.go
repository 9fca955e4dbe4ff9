package compare

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"path"
	"strings"

	"gopkg.in/yaml.v3"

	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/revision"
)

// The files that a comparison reads on each side.
const (
	paramsPath      = "params.yaml"
	lockPath        = "dvc.lock"
	dataFolder      = "data"
	resultsFolder   = "experiments/crossvalidation"
	foldsPath       = resultsFolder + "/folds.csv"
	predictionsPath = resultsFolder + "/predictions.csv"
	metricsPath     = resultsFolder + "/metrics.json"
)

// maxSettings is the size of the largest file that is read, except for tables, in bytes: what is
// compared may come from anybody.
const maxSettings = 1 << 20

// A Side is what a comparison knows of one revision, or of the workspace.
type Side struct {
	Revision

	params      *params.Params
	data        map[string]string // md5 of each file that a .dvc file in data/ stands for, by path
	folds       *foldfile.Folds
	schemes     map[string][]foldfile.Fold // those of folds, by repeat and fold; empty if there are none
	predictions *foldfile.Predictions
	doubts      []string          // why the results may not be what they seem
	digest      [sha256.Size]byte // of all that was read
}

// Load reads one side, which v names, from its files: params.yaml, the .dvc files in data/, folds.csv
// and predictions.csv, which must exist, and metrics.json and dvc.lock, which need not. It checks
// that the folds are those that params.yaml asks for, and that the results come from one run. An error
// is one line that names the side's file, and the line and column if there is one; what is odd but not
// an error becomes a caveat of the comparison. Comparing a side does not change it.
func Load(v Revision, files revision.Files) (*Side, error) {
	s := &Side{Revision: v}
	l := loader{side: s, files: files, seen: sha256.New(), sums: map[string]string{}}
	if err := l.load(); err != nil {
		return nil, err
	}
	s.digest = [sha256.Size]byte(l.seen.Sum(nil))
	return s, nil
}

// schemeNames returns the schemes that params.yaml asks for, starting with the one that decides.
func (s *Side) schemeNames() []string { return foldfile.Schemes(!s.params.Data.Group.IsNone()) }

type loader struct {
	side  *Side
	files revision.Files
	seen  hash.Hash         // of every byte read
	sums  map[string]string // md5 of each file read, as DVC writes it
}

func (l *loader) load() error {
	steps := []func() error{l.loadFolds, l.loadParams, l.orderFolds, l.loadPredictions, l.loadData, l.checkSet, l.checkLock}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// place returns what errors call a file: git's name for it.
func (l *loader) place(path string) string {
	if l.side.Workspace {
		return path
	}
	return fmt.Sprintf("%.80s:%s", l.side.Name, path)
}

// read returns a file's content; if the file is missing it returns nil, and no error.
func (l *loader) read(path string, limit int64) ([]byte, error) {
	content, err := l.files.Read(path, limit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", l.place(path), err)
	}
	fmt.Fprintf(l.seen, "%s %d\n", path, len(content))
	l.seen.Write(content)
	sum := md5.Sum(content)
	l.sums[path] = hex.EncodeToString(sum[:])
	if content == nil {
		content = []byte{} // an empty file is not a missing one
	}
	return content, nil
}

// need is like read, except that a missing file is an error, which says what to do.
func (l *loader) need(path string, limit int64) ([]byte, error) {
	content, err := l.read(path, limit)
	if err != nil || content != nil {
		return content, err
	}
	if l.side.Workspace {
		return nil, fmt.Errorf("%s is missing: without it nothing can be compared; %s", path, l.remedy())
	}
	return nil, fmt.Errorf("%s has no %s: without it nothing can be compared; %s", l.side.Name, path, l.remedy())
}

// remedy returns what to run if results are missing or of different runs.
func (l *loader) remedy() string {
	if l.side.Workspace {
		return "run `dvc repro`"
	}
	return "run `dvc repro` on that revision and commit what it writes"
}

func (l *loader) loadFolds() error {
	text, err := l.need(foldsPath, foldfile.MaxSize)
	if err != nil {
		return err
	}
	l.side.folds, err = foldfile.ReadFolds(bytes.NewReader(text), l.place(foldsPath))
	return err
}

func (l *loader) loadParams() error {
	text, err := l.need(paramsPath, maxSettings)
	if err != nil {
		return err
	}
	l.side.params, err = params.ReadOlder(bytes.NewReader(text), l.place(paramsPath), params.SectionData, params.SectionCrossvalidate)
	return err
}

// orderFolds checks that the folds are those that params.yaml asks for, and puts them in order.
// A scheme that does not decide may be missing.
func (l *loader) orderFolds() error {
	l.side.schemes = map[string][]foldfile.Fold{}
	for _, scheme := range l.side.schemeNames() {
		repeats := l.side.params.Crossvalidate.Repeats
		if !foldfile.Decides(scheme) {
			if !l.side.folds.HasScheme(scheme) {
				continue
			}
			repeats = 1
		}
		ordered, err := l.side.folds.Ordered(scheme, repeats, l.side.params.Crossvalidate.Splits)
		if err != nil {
			return fmt.Errorf("%s: %w", l.place(foldsPath), err)
		}
		l.side.schemes[scheme] = ordered
	}
	return nil
}

func (l *loader) loadPredictions() error {
	text, err := l.need(predictionsPath, foldfile.MaxSize)
	if err != nil {
		return err
	}
	asked := l.side.params
	l.side.predictions, err = foldfile.ReadPredictions(bytes.NewReader(text), l.place(predictionsPath), asked.Data.Classes, asked.Crossvalidate.Repeats)
	return err
}

// loadData reads the .dvc files in data/, which have the hashes of the raw data.
func (l *loader) loadData() error {
	names, err := l.files.List(dataFolder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", l.place(dataFolder), err)
	}
	l.side.data = map[string]string{}
	for _, name := range names {
		if path.Ext(name) != ".dvc" {
			continue
		}
		if err := l.loadPointer(dataFolder + "/" + name); err != nil {
			return err
		}
	}
	if len(l.side.data) == 0 {
		return fmt.Errorf("%s: must have a .dvc file, whose md5 says what the raw data were", l.place(dataFolder))
	}
	return nil
}

func (l *loader) loadPointer(pointerPath string) error {
	text, err := l.need(pointerPath, maxSettings)
	if err != nil {
		return err
	}
	var pointer struct {
		Outs []struct{ MD5, Path string }
	}
	if err := yaml.Unmarshal(text, &pointer); err != nil {
		return fmt.Errorf("%s: not YAML: %s", l.place(pointerPath), oneLine(err.Error()))
	}
	for _, out := range pointer.Outs {
		if out.MD5 == "" {
			return fmt.Errorf("%s: outs must have an md5", l.place(pointerPath))
		}
		l.side.data[path.Join(dataFolder, out.Path)] = out.MD5
	}
	return nil
}

func oneLine(text string) string {
	return fmt.Sprintf("%.200s", strings.Join(strings.Fields(text), " "))
}
