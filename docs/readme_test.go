package docs

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// mostEntries is how many entries the top level may have, as ls shows them, to be read at a glance.
const mostEntries = 29

// The tree in README.md shows each entry of the top level and each package in cmd, internal and test
// once, and nothing that does not exist, except what the pipeline makes when it first runs.
func TestReadmeShowsTheTree(t *testing.T) {
	shown := shownTree(t)
	var toCome []string
	if _, err := os.Stat("../dvc.lock"); err != nil { // as in a project that has just been adopted
		toCome = []string{"dvc.lock", "experiments"}
	}
	for i, name := range shown {
		if slices.Contains(shown[:i], name) {
			t.Errorf("README.md's tree shows %s twice", name)
		}
		if _, err := os.Stat(filepath.Join("..", name)); err != nil && !slices.Contains(toCome, name) {
			t.Errorf("README.md's tree shows %s, which does not exist", name)
		}
	}
	for _, folder := range []string{".", "cmd", "internal", "test"} {
		for _, name := range listed(t, folder) {
			if !slices.Contains(shown, name) {
				t.Errorf("README.md's tree does not show %s", name)
			}
		}
	}
}

func TestTheTopLevelIsShort(t *testing.T) {
	if names := listed(t, "."); len(names) > mostEntries {
		t.Errorf("the top level has %d entries, want at most %d: %q", len(names), mostEntries, names)
	}
}

// shownTree returns the paths in the tree of README.md. A line is a path and a remark; an indented path
// is in the folder of the last line that is not.
func shownTree(t *testing.T) []string {
	t.Helper()
	block := regexp.MustCompile("(?s)\n## Layout\n\n```\n(.*?)```\n").FindStringSubmatch(readFile(t, "../README.md"))
	if block == nil {
		t.Fatal("README.md has no section Layout that begins with a tree")
	}
	line := regexp.MustCompile(`^(  )?(\S+) +\S`)
	var names []string
	folder := ""
	for text := range strings.Lines(block[1]) {
		match := line.FindStringSubmatch(text)
		if match == nil {
			t.Fatalf("a line of README.md's tree is no path with a remark: %q", text)
		}
		name := path.Clean(match[2])
		if match[1] == "" {
			folder = name
		} else {
			name = path.Join(folder, name)
		}
		names = append(names, name)
	}
	return names
}

// listed returns the entries of a folder of the repository as ls shows them in a fresh clone: those
// that are neither hidden nor ignored by git.
func listed(t *testing.T, folder string) []string {
	t.Helper()
	ignored := strings.Fields(readFile(t, "../.gitignore"))
	entries, err := os.ReadDir(filepath.Join("..", folder))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		isIgnored := slices.ContainsFunc(ignored, func(pattern string) bool {
			match, _ := path.Match(strings.Trim(pattern, "/"), entry.Name()) // other lines match nothing
			return match
		})
		if !isIgnored && !strings.HasPrefix(entry.Name(), ".") {
			names = append(names, path.Join(folder, entry.Name()))
		}
	}
	if len(names) == 0 {
		t.Fatalf("%s is empty", folder)
	}
	return names
}
