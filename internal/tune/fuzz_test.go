package tune

import (
	"encoding/json"
	"io"
	"testing"

	"gopkg.in/yaml.v3"
)

// hostile are records that all hold the same texts: of a trial, and of a winner on its outer fold.
type hostile struct{ folds, nested string }

func (h hostile) Get(_ string, v any) (found bool, err error) {
	if _, ok := v.(*[]Fold); ok {
		return true, json.Unmarshal([]byte(h.folds), v)
	}
	return h.nested != "", json.Unmarshal([]byte(h.nested), v)
}

func (hostile) Put(string, any) error { return nil }

// Whatever the records of a search hold, they are refused, or its outputs can be made of them.
func FuzzRecords(f *testing.F) {
	s := study(f, space("- name: a\n  train: {epochs: 1}\n- name: b\n  train: {epochs: 2}\n", "random", "list"), table(f, 60, stripes))
	f.Add(`[{"rows": 10, "scores": [0.5, 0.5, 0.5, null, null, 1]}, {"rows": 10, "diverged": true}]`, "{}")
	f.Add(`[{"rows": -10}, {"rows": 10, "scores": [1e308, -1e308]}, {}]`, `{"scheme": "stratified"}`)
	f.Fuzz(func(t *testing.T, folds, nested string) {
		if nested == "" {
			nested = "{}"
		}
		contests, err := s.Hold(t.Context(), all, 1, hostile{folds, nested}, Progress{})
		if err != nil {
			return
		}
		for _, file := range s.NewResults(contests).Files(&yaml.Node{Kind: yaml.MappingNode}) {
			if err := file.Write(io.Discard); err != nil {
				t.Logf("%s: %v", file.Path, err)
			}
		}
	})
}
