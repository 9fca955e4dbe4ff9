package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/sonar/internal/cli"
)

func TestWhyThereIsNoVerdictIsLogged(t *testing.T) {
	settings, err := os.ReadFile("../../params.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(dir))
	t.Chdir(dir)
	if err := os.WriteFile("params.yaml", settings, 0o666); err != nil {
		t.Fatal(err)
	}
	for base, warned := range map[string]bool{"nosuch": true, "": false} {
		var stderr bytes.Buffer
		args := []string{"-out", "page.html"}
		if base != "" {
			args = append(args, base)
		}
		if status := cli.Execute(t.Context(), "page", usage, run, args, &stderr, &stderr); status != 0 {
			t.Errorf("status %d: %s", status, &stderr)
		}
		if said := stderr.String(); strings.Contains(said, "WRN no verdict: ") != warned || strings.Contains(said, "base=nosuch") != warned {
			t.Errorf("with the base %q it logs: %s", base, said)
		}
	}
}
