//go:build javascript

package usage

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheJavaScriptOfThePageAgreesWithPredict(t *testing.T) {
	program := snippets(t, "javascript", 1)[0]
	modules, err := filepath.Abs("node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(modules); err != nil {
		t.Fatalf("%v: run make test-javascript", err)
	}
	work := pipeline(t)
	if err := os.Symlink(modules, filepath.Join(work, "node_modules")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(work, "page.mjs"), []byte(program), 0o666); err != nil {
		t.Fatal(err)
	}
	check(t, work, "node", "page.mjs")
}
