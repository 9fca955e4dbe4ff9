// Package docs holds the claims of the documents that can be checked.
package docs

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write THIRD_PARTY_NOTICES anew")

const (
	noticesFile = "../THIRD_PARTY_NOTICES"
	document    = "dependencies.md"
)

// A module is a dependency whose code is in a program.
type module struct{ path, dir string }

// linkedModules are the modules that the programs hold on any system that they are released for.
func linkedModules(t *testing.T) []module {
	t.Helper()
	found := map[string]module{}
	for _, system := range []string{"linux", "darwin", "windows"} {
		list := goCommand(t, []string{"GOOS=" + system}, "list", "-deps",
			"-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Dir}}{{end}}{{end}}", "./cmd/...")
		for line := range strings.Lines(list) {
			if path, dir, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
				found[path] = module{path, dir}
			}
		}
	}
	if len(found) == 0 {
		t.Fatal("go list names no module")
	}
	return slices.SortedFunc(maps.Values(found), func(a, b module) int { return strings.Compare(a.path, b.path) })
}

func goCommand(t *testing.T, env []string, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env, cmd.Stderr = "..", append(os.Environ(), env...), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out)
}

func TestNoProgramHoldsAnHTTPClientOrServer(t *testing.T) {
	for line := range strings.Lines(goCommand(t, nil, "list", "-deps", "./cmd/...")) {
		if name := strings.TrimSpace(line); name == "net/http" || name == "crypto/tls" {
			t.Errorf("a program holds %s", name)
		}
	}
}

// licenceFiles are the files of a module that must go with its code.
func licenceFiles(t *testing.T, m module) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{"LICENSE*", "NOTICE*", "PATENTS*", "THIRD_PARTY_LICENSES/*"} {
		matches, err := filepath.Glob(filepath.Join(m.dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, matches...)
	}
	if len(files) == 0 {
		t.Fatalf("%s has no licence file", m.path)
	}
	return files
}

func TestNoticesHoldTheLicenceOfAllCodeInThePrograms(t *testing.T) {
	goroot := strings.TrimSpace(goCommand(t, nil, "env", "GOROOT"))
	modules := append([]module{{"the Go standard library", goroot}}, linkedModules(t)...)
	var b strings.Builder
	b.WriteString("The programs hold code of others, under these licences.\n" +
		"Written by: go test ./docs -run Notices -update\n")
	for _, m := range modules {
		for _, file := range licenceFiles(t, m) {
			text, err := os.ReadFile(file)
			if err != nil {
				continue // THIRD_PARTY_LICENSES holds folders in some modules
			}
			fmt.Fprintf(&b, "\n==== %s: %s ====\n\n%s\n", m.path, filepath.Base(file),
				strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")))
		}
	}
	if *update {
		if err := os.WriteFile(noticesFile, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(noticesFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != b.String() {
		t.Errorf("%s is not up to date: go test ./docs -run Notices -update", noticesFile)
	}
}

// The licences that code in the programs may be under, each by sentences that no other has.
var permitted = []struct {
	name      string
	sentences []string
}{
	{"Apache-2.0", []string{"under the Apache License, Version 2.0"}},
	{"MIT", []string{"Permission is hereby granted, free of charge", "this permission notice shall be included"}},
	{"BSD-3-Clause", []string{"Redistribution and use in source and binary forms", "endorse or promote products"}},
	{"BSD-2-Clause", []string{"Redistribution and use in source and binary forms"}},
}

// licenceOf names the licences that a text holds; one with the sentences of BSD-3-Clause is not BSD-2-Clause too.
func licenceOf(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	var names []string
	for _, licence := range permitted {
		holds := !slices.ContainsFunc(licence.sentences, func(s string) bool { return !strings.Contains(text, s) })
		if holds && !(licence.name == "BSD-2-Clause" && slices.Contains(names, "BSD-3-Clause")) {
			names = append(names, licence.name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func TestCodeInTheProgramsIsUnderThePermittedLicencesOfTheDocument(t *testing.T) {
	documented := map[string]string{} // licence by module
	row := regexp.MustCompile("^\\| `([^`]+)` \\| ([^|]+) \\| [^|]+ \\|$")
	for line := range strings.Lines(readFile(t, document)) {
		if m := row.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			documented[m[1]] = m[2]
		}
	}
	for _, m := range linkedModules(t) {
		t.Run(m.path, func(t *testing.T) {
			text := readFile(t, licenceFiles(t, m)[0])
			switch got := licenceOf(text); {
			case got == "":
				t.Errorf("its licence is none of those permitted")
			case got != documented[m.path]:
				t.Errorf("its licence is %s, the table of %s says %q", got, document, documented[m.path])
			}
		})
	}
}

func TestOtherLicencesAreNotTakenForPermittedOnes(t *testing.T) {
	for name, text := range map[string]string{
		"GPL":         "GNU GENERAL PUBLIC LICENSE Version 3, 29 June 2007",
		"MPL":         "Mozilla Public License Version 2.0",
		"no licence":  "All rights reserved.",
		"half of MIT": "Permission is hereby granted, free of charge, to look at this only.",
	} {
		if got := licenceOf(text); got != "" {
			t.Errorf("%s is taken for %s", name, got)
		}
	}
}

func TestEveryDependencyIsExplained(t *testing.T) {
	text := readFile(t, document)
	names := map[string]string{} // file by dependency
	direct := regexp.MustCompile(`(?m)^(?:require |tool |\t)([\w./-]+\.[\w./-]+)(?: v\S+)?$`)
	for _, file := range glob(t, "../go.mod", "../tools/*/go.mod") {
		for _, m := range direct.FindAllStringSubmatch(readFile(t, file), -1) {
			names[m[1]] = file
		}
	}
	required := regexp.MustCompile(`(?m)^([A-Za-z][\w.-]*)`)
	for _, file := range glob(t, "../requirements/*.in", "../reference/requirements*.in") {
		for _, m := range required.FindAllStringSubmatch(readFile(t, file), -1) {
			names[m[1]] = file
		}
	}
	uses := regexp.MustCompile(`(?m)uses: ([\w.-]+/[\w.-]+)`)
	for _, file := range glob(t, "../.github/workflows/*.yml") {
		for _, m := range uses.FindAllStringSubmatch(readFile(t, file), -1) {
			names[m[1]] = file
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("%s needs %s, and %s does not say what for", names[name], name, document)
		}
	}
}

func TestPythonPackagesArePinnedByHash(t *testing.T) {
	for _, file := range glob(t, "../requirements/*.txt", "../reference/requirements*.txt") {
		lines := strings.ReplaceAll(readFile(t, file), "\\\n", "")
		for line := range strings.Lines(lines) {
			line = strings.TrimSpace(line)
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			if !strings.Contains(line, "==") || !strings.Contains(line, "--hash=sha256:") {
				t.Errorf("%s: no version or no hash: %.60s", file, line)
			}
		}
	}
}

func TestNothingIsTakenAtItsLatestVersion(t *testing.T) {
	floating := regexp.MustCompile(`[@:]latest\b`)
	for _, file := range glob(t, "../Makefile", "../Dockerfile", "../compose.yaml", "../.ci/run",
		"../.github/workflows/*.yml", "../test/image/*", "../tools/*/*", "../reference/Makefile") {
		if at := floating.FindString(readFile(t, file)); at != "" {
			t.Errorf("%s names a version %q", file, at)
		}
	}
}

func TestGoHasOneVersionInTheImageAndTheWorkflows(t *testing.T) {
	image := regexp.MustCompile(`(?m)^(?:ARG GO_IMAGE=|FROM )(docker\.io/library/golang:([\d.]+)\S*)$`)
	kept := image.FindStringSubmatch(readFile(t, "../tools/go/Dockerfile"))
	used := image.FindStringSubmatch(readFile(t, "../Dockerfile"))
	if kept == nil || used == nil || used[1] != kept[1] {
		t.Fatalf("tools/go/Dockerfile has %q, the Dockerfile %q", kept, used)
	}
	version := regexp.MustCompile(`go-version: "([^"]+)"`)
	for _, file := range glob(t, "../.github/workflows/*.yml") {
		for _, m := range version.FindAllStringSubmatch(readFile(t, file), -1) {
			if m[1] != used[2] {
				t.Errorf("%s has Go %s, the Dockerfile %s", file, m[1], used[2])
			}
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func glob(t *testing.T, patterns ...string) []string {
	t.Helper()
	var files []string
	for _, pattern := range patterns {
		matches, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, matches...)
	}
	if len(files) == 0 {
		t.Fatalf("no file is called %s", strings.Join(patterns, " or "))
	}
	return files
}
