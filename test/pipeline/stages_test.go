//go:build pipeline

package pipeline

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gopkg.in/yaml.v3"
)

// A stage is the part of a stage in dvc.yaml that the tests need.
type stage struct {
	Cmd     string
	Deps    []string
	Params  []string
	Outs    []output
	Metrics []output
	Plots   []output
}

// all returns every file and folder that the stage writes.
func (s stage) all() []output { return slices.Concat(s.Outs, s.Metrics, s.Plots) }

// In dvc.yaml an output is a path, or a path with its settings.
type output struct {
	path           string
	cache, persist bool
}

func (o *output) UnmarshalYAML(node *yaml.Node) error {
	*o = output{cache: true}
	if node.Kind == yaml.ScalarNode {
		return node.Decode(&o.path)
	}
	var entry map[string]struct{ Cache, Persist *bool }
	if err := node.Decode(&entry); err != nil {
		return err
	}
	if len(entry) != 1 {
		return fmt.Errorf("line %d: an output must have one path", node.Line)
	}
	for path, settings := range entry {
		o.path = path
		o.cache = settings.Cache == nil || *settings.Cache
		o.persist = settings.Persist != nil && *settings.Persist
	}
	return nil
}

// readStages returns the stages of dvc.yaml by name.
func readStages(t testing.TB) map[string]stage {
	t.Helper()
	var file struct{ Stages map[string]stage }
	readYAML(t, "dvc.yaml", &file)
	if len(file.Stages) == 0 {
		t.Fatal("dvc.yaml has no stages")
	}
	return file.Stages
}

// A lockedPath is a dependency or an output in dvc.lock or in a .dvc file.
type lockedPath struct {
	Path   string
	MD5    string
	NFiles int // of a folder
}

// A lockedStage is a stage in dvc.lock.
type lockedStage struct{ Deps, Outs []lockedPath }

// readLock returns the stages of dvc.lock by name.
func readLock(t testing.TB) map[string]lockedStage {
	t.Helper()
	var file struct{ Stages map[string]lockedStage }
	readYAML(t, "dvc.lock", &file)
	return file.Stages
}

func readYAML(t testing.TB, name string, to any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(pulled, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, to); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
