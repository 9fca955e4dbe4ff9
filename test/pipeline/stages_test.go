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

// A stage is what dvc.yaml says of one, as far as tests need it.
type stage struct {
	Cmd     string
	Deps    []string
	Params  []string
	Outs    []output
	Metrics []output
	Plots   []output
}

// all is every file or folder that the stage writes.
func (s stage) all() []output { return slices.Concat(s.Outs, s.Metrics, s.Plots) }

// An output stands in dvc.yaml as a path alone or as a path with its settings.
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

// readStages is the stages of dvc.yaml by name.
func readStages(t testing.TB) map[string]stage {
	t.Helper()
	var file struct{ Stages map[string]stage }
	readYAML(t, "dvc.yaml", &file)
	if len(file.Stages) == 0 {
		t.Fatal("dvc.yaml has no stages")
	}
	return file.Stages
}

// A lockedPath is what dvc.lock or a .dvc file says of a dependency or an output.
type lockedPath struct {
	Path   string
	MD5    string
	NFiles int // of a folder
}

// A lockedStage is what dvc.lock says of a stage.
type lockedStage struct{ Deps, Outs []lockedPath }

// readLock is the stages of dvc.lock by name.
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
