package compare

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// doubtf adds a sign that the results may not be those of the settings and the data. It does not prevent
// a comparison, but the report shows it.
func (l *loader) doubtf(format string, args ...any) {
	l.side.doubts = append(l.side.doubts, fmt.Sprintf(format, args...))
}

// A lockedStage is a stage of dvc.lock: what its last run read and wrote.
type lockedStage struct {
	Params     map[string]map[string]any // by file and key, which may be a whole section
	Deps, Outs []struct{ Path, MD5 string }
}

// checkLock checks, using dvc.lock, whether the results are those of the current params.yaml and data.
func (l *loader) checkLock() error {
	text, err := l.read(lockPath, maxSettings)
	if err != nil || text == nil {
		return err
	}
	var lock struct{ Stages map[string]lockedStage }
	if err := yaml.Unmarshal(text, &lock); err != nil {
		l.doubtf("%s: dvc.lock cannot be read, so nothing shows that the results are those of params.yaml: %s", l.side.Name, oneLine(err.Error()))
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(lock.Stages)) {
		stage := lock.Stages[name]
		if stage.md5(foldsPath) == "" {
			continue
		}
		if err := l.checkStage(name, stage); err != nil {
			return err
		}
	}
	return nil
}

func (s lockedStage) md5(path string) string {
	for _, out := range s.Outs {
		if out.Path == path {
			return out.MD5
		}
	}
	return ""
}

func (l *loader) checkStage(name string, stage lockedStage) error {
	for _, path := range []string{foldsPath, predictionsPath, metricsPath} {
		if want, got := stage.md5(path), l.sums[path]; want != "" && got != "" && want != got {
			l.doubtf("%s: %s is not what dvc.lock says that stage %.40q wrote: run `dvc repro`", l.side.Name, path, name)
			return nil
		}
	}
	for _, dep := range stage.Deps {
		if now := l.side.data[dep.Path]; now != "" && now != dep.MD5 {
			l.doubtf("%s: %.80q has changed since the results were made: run `dvc repro`", l.side.Name, dep.Path)
			return nil
		}
	}
	text, err := l.need(paramsPath, maxSettings)
	if err != nil {
		return err
	}
	var now map[string]any
	if err := yaml.Unmarshal(text, &now); err != nil {
		return fmt.Errorf("%s: not YAML: %s", l.place(paramsPath), oneLine(err.Error()))
	}
	for _, key := range slices.Sorted(maps.Keys(stage.Params[paramsPath])) {
		if !reflect.DeepEqual(plain(lookUp(now, key)), plain(stage.Params[paramsPath][key])) {
			l.doubtf("%s: %.40q has changed in params.yaml since the results were made: run `dvc repro`", l.side.Name, key)
			return nil
		}
	}
	return nil
}

// lookUp returns the value of a.b.c in nested mappings; nil if there is none.
func lookUp(v any, key string) any {
	for name := range strings.SplitSeq(key, ".") {
		mapping, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = mapping[name]
	}
	return v
}

// plain returns equal values for YAML that means the same: 1 is 1.0.
func plain(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case map[string]any:
		m := map[string]any{}
		for key, value := range v {
			m[key] = plain(value)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, value := range v {
			list[i] = plain(value)
		}
		return list
	}
	return v
}
