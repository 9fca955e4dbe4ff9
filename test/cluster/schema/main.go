// Schema prints a JSON schema of Kubernetes' Job that allows no field but those of the API, taken from the description
// of the API in Kubernetes' own module:
//
//	go run ./test/cluster/schema >test/cluster/testdata/job-batch-v1.json
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The module is pinned by hash: no go.mod requires it, since nothing of it is compiled.
const (
	module = "k8s.io/kubernetes@v1.37.2"
	hash   = "h1:A2VDEiObzkYqFTKhSsn0ZEb0RlLEXpHWj93gi2HqEwE="
)

const job = "io.k8s.api.batch.v1.Job"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "schema:", err)
		os.Exit(1)
	}
}

func run() error {
	folder, err := download()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(folder, "api/openapi-spec/swagger.json"))
	if err != nil {
		return err
	}
	var api struct {
		Definitions map[string]map[string]any `json:"definitions"`
	}
	if err := json.Unmarshal(text, &api); err != nil {
		return err
	}
	found := map[string]any{}
	collect(job, api.Definitions, found)
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", " ")
	return encoder.Encode(map[string]any{
		"$comment":    "Made of " + module + " by test/cluster/schema",
		"$ref":        "#/definitions/" + job,
		"definitions": found,
	})
}

// download returns the folder of the module.
func download() (string, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.Command("go", "mod", "download", "-json", module)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go mod download: %w\n%s", err, stderr.String())
	}
	var downloaded struct{ Dir, Sum string }
	if err := json.Unmarshal(stdout.Bytes(), &downloaded); err != nil {
		return "", err
	}
	if downloaded.Sum != hash {
		return "", fmt.Errorf("%s has the hash %s, want %s", module, downloaded.Sum, hash)
	}
	return downloaded.Dir, nil
}

// collect adds the definition called name, and all that it refers to, to found.
func collect(name string, definitions map[string]map[string]any, found map[string]any) {
	if _, done := found[name]; done {
		return
	}
	definition := definitions[name]
	found[name] = definition
	switch {
	case name == "io.k8s.apimachinery.pkg.api.resource.Quantity":
		definition["type"] = []string{"string", "number"}
	case definition["format"] == "int-or-string":
		definition["type"] = []string{"string", "integer"}
	case definition["properties"] != nil:
		definition["additionalProperties"] = false
	}
	clean(definition, func(name string) { collect(name, definitions, found) })
}

// clean removes from a schema what does not constrain anything, and calls refer with each definition that it refers to.
func clean(schema any, refer func(name string)) {
	switch schema := schema.(type) {
	case map[string]any:
		for key, value := range schema {
			text, isText := value.(string)
			switch {
			case isText && (key == "description" || key == "format") || strings.HasPrefix(key, "x-kubernetes-"):
				delete(schema, key)
			case isText && key == "$ref":
				refer(strings.TrimPrefix(text, "#/definitions/"))
			default:
				clean(value, refer)
			}
		}
	case []any:
		for _, value := range schema {
			clean(value, refer)
		}
	}
}
