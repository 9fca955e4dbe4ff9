// Package dvclock reads dvc.lock, which says of each stage what its last run read and wrote.
package dvclock

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// A Lock is a dvc.lock.
type Lock struct {
	Stages map[string]Stage
}

// A Stage is what the last run of a stage read and wrote.
type Stage struct {
	Params     map[string]map[string]any // by file and key, which may be a whole section
	Deps, Outs []File
}

// A File is a file or folder, and its MD5 sum as DVC writes it.
type File struct{ Path, MD5 string }

// Parse reads a dvc.lock. An empty one has no stages.
func Parse(text []byte) (Lock, error) {
	var l Lock
	if err := yaml.Unmarshal(text, &l); err != nil {
		return Lock{}, fmt.Errorf("%.200s", strings.Join(strings.Fields(err.Error()), " "))
	}
	return l, nil
}

// Names returns the names of the stages, in order.
func (l Lock) Names() []string { return slices.Sorted(maps.Keys(l.Stages)) }

// MD5 returns the sum of what the stage wrote to path; "" if it did not.
func (s Stage) MD5(path string) string {
	for _, out := range s.Outs {
		if out.Path == path {
			return out.MD5
		}
	}
	return ""
}

// Changed returns the first key of a file of parameters whose value is another than when the stage was run, given the
// file's content now; "" if there is none.
func (s Stage) Changed(file string, now map[string]any) string {
	for _, key := range slices.Sorted(maps.Keys(s.Params[file])) {
		if !reflect.DeepEqual(plain(lookUp(now, key)), plain(s.Params[file][key])) {
			return key
		}
	}
	return ""
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
