package main

import "testing"

func TestTheConvertedFileReplacesNoInput(t *testing.T) {
	t.Chdir(t.TempDir())
	const table = "a;kind\n1,5;x\n2,5;y\n"
	writeText(t, "t.csv", table)
	status, stdout, stderr := execute(t.Context(), "-csv", "./t.csv", "t.csv")
	want := "inspect: -csv must not replace \"./t.csv\", which inspect reads; see inspect -h\n"
	if status != 2 || stdout != "" || stderr != want || readFileOf(t, "t.csv") != table {
		t.Errorf("status %d, %q, %q, want %q; the file has %q", status, stdout, stderr, want, readFileOf(t, "t.csv"))
	}
}
