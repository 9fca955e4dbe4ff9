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
	"reflect"
	"strings"

	"example.com/sonar/internal/params"
	"example.com/sonar/internal/revision"
	"gopkg.in/yaml.v3"
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

// The sizes of the largest files that are read, in bytes: what is compared may come from anybody.
const (
	maxSettings = 1 << 20
	maxResults  = 64 << 20
)

// A Side is what a comparison knows of one revision, or of the workspace.
type Side struct {
	Revision

	params      *params.Params
	data        map[string]string // md5 of each file that a .dvc file in data/ stands for, by path
	schemes     map[string][]fold // by name, in the order of repeat and fold
	predictions *predictions
	doubts      []string // why the results may not be what they seem
	digest      [sha256.Size]byte
}

// Load reads and checks one side.
func Load(v Revision, files revision.Files) (*Side, error) {
	s := &Side{Revision: v}
	l := loader{side: s, files: files, seen: sha256.New(), sums: map[string]string{}}
	if err := l.load(); err != nil {
		return nil, err
	}
	s.digest = [sha256.Size]byte(l.seen.Sum(nil))
	return s, nil
}

type loader struct {
	side  *Side
	files revision.Files
	seen  hash.Hash         // of every byte read
	sums  map[string]string // md5 of each file read, as DVC writes it
}

func (l *loader) load() error {
	steps := []func() error{l.loadFolds, l.loadParams, l.checkFolds, l.loadPredictions, l.loadData, l.doubt}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// place is how a file is called in errors: as git calls it.
func (l *loader) place(path string) string {
	if l.side.Workspace {
		return path
	}
	return fmt.Sprintf("%.80s:%s", l.side.Name, path)
}

// read gives a file's content; a missing one is nil, and no error.
func (l *loader) read(path string, most int64) ([]byte, error) {
	content, err := l.files.Read(path, most)
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

// need is read, but a missing file is an error that says what there is to do.
func (l *loader) need(path string, most int64) ([]byte, error) {
	content, err := l.read(path, most)
	if err != nil || content != nil {
		return content, err
	}
	if l.side.Workspace {
		return nil, fmt.Errorf("%s is missing: without it nothing can be compared; run `dvc repro`", path)
	}
	return nil, fmt.Errorf("%s has no %s: without it nothing can be compared; run `dvc repro` on that revision and commit what it writes", l.side.Name, path)
}

func (l *loader) loadFolds() error {
	text, err := l.need(foldsPath, maxResults)
	if err != nil {
		return err
	}
	l.side.schemes, err = readFolds(bytes.NewReader(text), l.place(foldsPath))
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

// checkFolds puts the folds in their order, and sees that each is there once.
func (l *loader) checkFolds() error {
	asked := l.side.params.Crossvalidate
	err := l.orderFolds(Stratified, asked.Repeats, asked.Splits)
	if err == nil && l.side.schemes[Blocked] != nil { // it decides nothing, and may be left out
		err = l.orderFolds(Blocked, 1, asked.Splits)
	}
	return err
}

func (l *loader) orderFolds(scheme string, repeats, splits int) error {
	ordered, err := orderFolds(l.side.schemes[scheme], repeats, splits)
	if err != nil {
		return fmt.Errorf("%s: scheme %s: %w", l.place(foldsPath), scheme, err)
	}
	l.side.schemes[scheme] = ordered
	return nil
}

func (l *loader) loadPredictions() error {
	text, err := l.need(predictionsPath, maxResults)
	if err != nil {
		return err
	}
	asked := l.side.params
	l.side.predictions, err = readPredictions(bytes.NewReader(text), l.place(predictionsPath), asked.Data.Classes, asked.Crossvalidate.Repeats)
	return err
}

// loadData reads the .dvc files in data/, which say what the raw data were.
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

// comparable says why two sides cannot be compared, if they cannot.
func comparable(base, head *Side) error {
	if err := itself(base, head); err != nil {
		return err
	}
	if !reflect.DeepEqual(base.data, head.data) {
		return fmt.Errorf("the raw data of %s and %s differ (md5 in %s/*.dvc): their scores cannot be paired", base.Name, head.Name, dataFolder)
	}
	settings := []struct {
		key string
		of  func(*params.Params) any
	}{
		{"data.classes", func(p *params.Params) any { return p.Data.Classes }},
		{"data.header", func(p *params.Params) any { return p.Data.Header }},
		{"data.label", func(p *params.Params) any { return p.Data.Label }},
		{"crossvalidate.splits", func(p *params.Params) any { return p.Crossvalidate.Splits }},
		{"crossvalidate.repeats", func(p *params.Params) any { return p.Crossvalidate.Repeats }},
		{"crossvalidate.random_state", func(p *params.Params) any { return p.Crossvalidate.RandomState }},
	}
	for _, setting := range settings {
		b, h := setting.of(base.params), setting.of(head.params)
		if !reflect.DeepEqual(b, h) {
			return fmt.Errorf("%s is %.40q in %s but %.40q in %s: their folds cannot be paired",
				setting.key, fmt.Sprint(b), base.Name, fmt.Sprint(h), head.Name)
		}
	}
	return samePairs(base, head)
}

// itself catches a comparison that could only ever say that all is the same.
func itself(base, head *Side) error {
	if base.Commit == "" || base.Commit != head.Commit {
		return nil
	}
	if !base.Workspace && !head.Workspace {
		return fmt.Errorf("%s and %s are one commit, %.12s: nothing is compared with itself", base.Name, head.Name, base.Commit)
	}
	if base.digest == head.digest {
		return fmt.Errorf("the workspace is %s unchanged, params.yaml and results alike: nothing is compared with itself", base.Name)
	}
	return nil
}

// samePairs sees that folds and rows pair off; the settings being the same, only edited or outdated
// results fail to.
func samePairs(base, head *Side) error {
	for _, scheme := range []string{Stratified, Blocked} {
		b, h := base.schemes[scheme], head.schemes[scheme]
		for i := range min(len(b), len(h)) {
			if b[i].rows != h[i].rows {
				return fmt.Errorf("fold %d of repeat %d of scheme %s has %d rows in %s but %d in %s: the folds are not the same",
					b[i].fold, b[i].repeat, scheme, b[i].rows, base.Name, h[i].rows, head.Name)
			}
		}
	}
	b, h := base.predictions, head.predictions
	if len(b.rows) != len(h.rows) {
		return fmt.Errorf("%s has predictions of %d rows but %s of %d: the data are not the same", base.Name, len(b.rows), head.Name, len(h.rows))
	}
	for i := range b.rows {
		if b.rows[i] != h.rows[i] || b.labels[i] != h.labels[i] {
			return fmt.Errorf("row %d of %s is not row %d of %s: the data are not the same", b.rows[i], base.Name, h.rows[i], head.Name)
		}
	}
	return nil
}
