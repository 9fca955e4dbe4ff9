package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

const shardsPath = "shards/crossvalidate"

func mustRun(t *testing.T, args ...string) (output string) {
	t.Helper()
	status, output := execute(t.Context(), append(args, "-log-level", "error")...)
	if status != 0 {
		t.Fatalf("%q: status %d: %s", args, status, output)
	}
	return output
}

// whole returns the outputs of one machine, and removes them.
func whole(t *testing.T) map[string]string {
	t.Helper()
	mustRun(t)
	want := files(t, outPath)
	if err := os.RemoveAll(outPath); err != nil {
		t.Fatal(err)
	}
	return want
}

func wantFiles(t *testing.T, got, want map[string]string) {
	t.Helper()
	if len(want) < 2 {
		t.Fatalf("there are %d files", len(want))
	}
	if len(got) != len(want) {
		t.Errorf("%d files, want %d", len(got), len(want))
	}
	for path, content := range want {
		if got[path] != content {
			t.Errorf("%s differs", path)
		}
	}
}

func TestMergedShardsAreTheBytesOfOneMachine(t *testing.T) {
	quick(t) // 16 tasks
	want := whole(t)
	for _, n := range []int{1, 2, 7, 100} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			os.RemoveAll("shards")
			for i := range n {
				mustRun(t, "-shard", fmt.Sprintf("%d/%d", i, n))
			}
			if printed := mustRun(t, "-missing"); printed != "" {
				t.Errorf("missing are %s", printed)
			}
			mustRun(t, "-merge")
			wantFiles(t, files(t, outPath), want)
			if err := os.RemoveAll(outPath); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestMissingShardsArePrinted(t *testing.T) {
	quick(t)
	missing := func(want string, args ...string) {
		t.Helper()
		status, output := execute(t.Context(), append(args, "-missing", "-log-level", "error")...)
		if status != 3 || output != want+"\n" {
			t.Errorf("status %d, %q, want 3 and %s", status, output, want)
		}
	}
	missing("0-9", "10")
	for _, i := range []int{0, 1, 2, 4, 5, 6} {
		mustRun(t, "-shard", fmt.Sprintf("%d/10", i))
	}
	missing("3,7-9")
	missing("3,7-9", "10")
	text := readFile(t, shardsPath+"/5.records")
	writeFile(t, shardsPath+"/5.records", text[:len(text)-10])
	missing("3,5,7-9")
	status, output := execute(t.Context(), "-missing")
	if status != 3 || !strings.Contains(output, "5.records: is cut short") {
		t.Errorf("status %d, %q", status, output)
	}
	mustRun(t, "-shard", "5/10")
	if readFile(t, shardsPath+"/5.records") != text {
		t.Error("the shard is not what it was")
	}
}

func TestTwoProgramsMayDoTheSameShard(t *testing.T) {
	quick(t)
	want := whole(t)
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() { mustRun(t, "-shard", "0/2") })
	}
	both.Wait()
	mustRun(t, "-shard", "1/2")
	mustRun(t, "-shard", "1/2")
	mustRun(t, "-merge")
	wantFiles(t, files(t, outPath), want)
}

// A shard that is stopped continues from the records that it has saved, and its file is the same.
func TestAStoppedShardGoesOn(t *testing.T) {
	quick(t)
	set(t, map[string]any{"train.epochs": 1000})
	mustRun(t, "-shard", "0/1")
	want := readFile(t, shardsPath+"/0.records")
	os.Remove(shardsPath + "/0.records")
	patience := 30 * time.Millisecond
	for stops := 0; ; stops++ {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		patience += patience / 2
		status, output := execute(ctx, "-shard", "0/1", "-log-level", "error")
		cancel()
		if status == 0 {
			if stops == 0 {
				t.Error("it was never stopped")
			}
			break
		}
		if !strings.Contains(output, "deadline") {
			t.Fatal(output)
		}
	}
	if got := readFile(t, shardsPath+"/0.records"); got != want {
		t.Error("the records are others")
	}
	if left := files(t, shardsPath); len(left) > 3 { // run.json, the records, the lock
		t.Errorf("%d files", len(left))
	}
}

func TestMisuseOfShardsIsRefusedInWords(t *testing.T) {
	spoil := func(path string, change func(string) string) func(t *testing.T) {
		return func(t *testing.T) { writeFile(t, path, change(readFile(t, path))) }
	}
	tests := []struct {
		name   string
		spoil  func(*testing.T)
		args   []string
		status int
		want   string
	}{
		{"another number of shards", nil, []string{"-shard", "0/4"}, 1, "run.json: is of 3 shards, not of 4: remove the folder, or name another"},
		{"another number that is missing", nil, []string{"-missing", "4"}, 1, "run.json: is of 3 shards, not of 4"},
		{"other params", func(t *testing.T) { set(t, map[string]any{"train.seed": 1}) }, []string{"-shard", "0/3"}, 1, "run.json: is of other params"},
		{"other params at the merge", func(t *testing.T) { set(t, map[string]any{"evaluate.confidence": 0.9}) }, []string{"-merge"}, 1, "run.json: is of other params"},
		{"other params missing", func(t *testing.T) { set(t, map[string]any{"train.seed": 1}) }, []string{"-missing"}, 1, "run.json: is of other params"},
		{"other data", spoil(rawPath, func(s string) string { return strings.Replace(s, "0.0200", "0.0201", 1) }), []string{"-shard", "2/3"}, 1, "run.json: is of other data"},
		{"another program", spoil(shardsPath+"/run.json", func(s string) string {
			return strings.Replace(s, `"numbers": "`, `"numbers": "f`, 1)
		}), []string{"-merge"}, 1, "run.json: is of a program, or a machine, that computes other numbers"},
		{"another program's folder", spoil(shardsPath+"/run.json", func(s string) string {
			return strings.Replace(s, `"crossvalidate"`, `"tune"`, 1)
		}), []string{"-merge"}, 1, `run.json: is of the program "tune", this is crossvalidate`},
		{"no run", func(t *testing.T) { os.RemoveAll("shards") }, []string{"-merge"}, 1, "run.json: no such file or directory: no shard has been run"},
		{"no run missing", func(t *testing.T) { os.RemoveAll("shards") }, []string{"-missing"}, 1, "no shard has been run"},
		{"binary run", spoil(shardsPath+"/run.json", func(string) string { return "\x00" }), []string{"-merge"}, 1, "run.json: must be a run's JSON object"},
		{"a missing shard", func(t *testing.T) { os.Remove(shardsPath + "/1.records") }, []string{"-merge"}, 1, "shards/crossvalidate: must have all of 3 shards, misses 1"},
		{"cut short", spoil(shardsPath+"/1.records", func(s string) string { return s[:len(s)/2] }), []string{"-merge"}, 1, "1.records: is cut short: run shard 1/3 again"},
		{"empty", spoil(shardsPath+"/1.records", func(string) string { return "" }), []string{"-merge"}, 1, "1.records: is cut short"},
		{"altered", spoil(shardsPath+"/1.records", func(s string) string { return strings.Replace(s, `"rows":[`, `"rows":[1`, 1) }), []string{"-merge"}, 1, "1.records: is not what was written"},
		{"of another shard", func(t *testing.T) { writeFile(t, shardsPath+"/1.records", readFile(t, shardsPath+"/0.records")) }, []string{"-merge"}, 1, "1.records: is of another run"},
		{"an index too high", nil, []string{"-shard", "3/3"}, 2, "-shard must have an index of 0 to 2 of 3 shards, got 3"},
		{"no number", nil, []string{"-shard", "1"}, 2, `-shard must be I/N, as in 0/10, got "1"`},
		{"negative", nil, []string{"-shard", "-1/3"}, 2, "-shard must be I/N"},
		{"no shards", nil, []string{"-shard", "0/0"}, 2, "-shard must be I/N"},
		{"all at once", nil, []string{"-shard", "0/3", "-merge"}, 2, "exclude each other"},
		{"an empty share, as of a variable that is not set", nil, []string{"-shard", ""}, 2, "-shard"},
		{"an argument", nil, []string{"-merge", "3"}, 2, `unexpected argument "3"`},
		{"no count", nil, []string{"-missing", "x"}, 2, `-missing needs the number of shards, got "x"`},
	}
	quick(t)
	set(t, map[string]any{"crossvalidate.repeats": 1})
	for i := range 3 {
		mustRun(t, "-shard", fmt.Sprintf("%d/3", i))
	}
	intact := files(t, ".")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for path := range files(t, ".") {
				os.Remove(path)
			}
			for path, content := range intact {
				writeFile(t, path, content)
			}
			if test.spoil != nil {
				test.spoil(t)
			}
			writeFile(t, outPath+"/metrics.json", "an earlier run's\n")
			before := files(t, ".")
			status, output := execute(t.Context(), append(test.args, "-log-level", "error")...)
			if status != test.status || strings.Count(output, "\n") != 1 || !strings.Contains(output, test.want) {
				t.Errorf("status %d, %q, want %d and one line that says %q", status, output, test.status, test.want)
			}
			after := files(t, ".")
			delete(after, outPath+"/.sonar-lock")
			if !maps.Equal(after, before) {
				t.Error("files have changed")
			}
		})
	}
}
