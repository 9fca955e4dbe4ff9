package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestTheConvertedFileReplacesNoInput(t *testing.T) {
	t.Chdir(t.TempDir())
	const table = "a;kind\n1,5;x\n2,5;y\n"
	writeText(t, "t.csv", table)
	writeText(t, "like.csv", table)
	for name, c := range map[string]struct{ csv, args string }{
		"FILE":         {"./t.csv", "t.csv"},
		"FILE of like": {"t.csv", "-like like.csv t.csv"},
		"like":         {"like.csv", "-like like.csv t.csv"},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := execute(t.Context(), append([]string{"-csv", c.csv}, strings.Fields(c.args)...)...)
			want := fmt.Sprintf("inspect: -csv must not replace %q, which inspect reads; see inspect -h\n", c.csv)
			if status != 2 || stdout != "" || stderr != want || readFileOf(t, "t.csv") != table || readFileOf(t, "like.csv") != table {
				t.Errorf("status %d, %q, %q, want %q; the file has %q", status, stdout, stderr, want, readFileOf(t, "t.csv"))
			}
		})
	}
}
