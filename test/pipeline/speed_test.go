//go:build pipeline && unix

package pipeline

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The benchmarks measure whole processes with a warm cache. Each makes its own number of rounds, in which the
// things that it compares take turns, and reports medians and their ratio to the goal; `make bench` shows them.

// BenchmarkTrain times the built program on the default recipe. Goal: at most 60 ms.
func BenchmarkTrain(b *testing.B) { pulledClone(b).benchmark(b, 60, "train") }

// BenchmarkCrossvalidate times its 110 trainings of the default recipe. Goal: at most 250 ms.
func BenchmarkCrossvalidate(b *testing.B) { pulledClone(b).benchmark(b, 250, "crossvalidate") }

// BenchmarkCompare times a comparison with a revision 20,000 commits back. Goal: at most 200 ms.
func BenchmarkCompare(b *testing.B) {
	c := pulledClone(b)
	c.run("dvc", "repro", "-q")
	c.run("git", "tag", "base")
	var commits strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&commits, "commit refs/heads/main\ncommitter A <a@example.com> %d +0000\ndata 1\nx\n", 1_800_000_000+i)
		if i == 0 {
			commits.WriteString("from base^{commit}\n")
		}
	}
	history := filepath.Join(b.TempDir(), "history")
	if err := os.WriteFile(history, []byte(commits.String()), 0o666); err != nil {
		b.Fatal(err)
	}
	c.run("sh", "-c", `git fast-import --quiet --force <"$0" && git reset -q`, history)
	if count := strings.TrimSpace(c.run("git", "rev-list", "--count", "base..HEAD")); count != "20000" {
		b.Fatalf("the history has %s commits", count)
	}
	c.benchmark(b, 200, "compare", "base")
}

// benchmark reports the median time that a built program takes, and its ratio to the goal.
func (c clone) benchmark(b *testing.B, goal float64, name string, args ...string) {
	program := filepath.Join(b.TempDir(), name)
	c.run("go", "build", "-o", program, "./cmd/"+name)
	var times []time.Duration
	for range 31 {
		times = append(times, c.time(append([]string{program}, args...)...))
	}
	b.ReportMetric(milliseconds(times), "ms")
	b.ReportMetric(milliseconds(times)/goal, "of-goal")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkForcedRepro times `dvc repro` with every stage forced, against the same pipeline with stages that
// only copy saved outputs. Goal: at most 1.5 times as long.
func BenchmarkForcedRepro(b *testing.B) {
	real, copying := pulledClone(b), pulledClone(b)
	copying.makeStagesCopy()
	var realTimes, copyTimes []time.Duration
	for round := range 8 {
		realTime, copyTime := real.time("dvc", "repro", "-f"), copying.time("dvc", "repro", "-f")
		if round > 0 { // the first warms the caches
			realTimes, copyTimes = append(realTimes, realTime), append(copyTimes, copyTime)
		}
	}
	b.ReportMetric(milliseconds(realTimes), "ms")
	b.ReportMetric(milliseconds(copyTimes), "copying-ms")
	b.ReportMetric(milliseconds(realTimes)/milliseconds(copyTimes), "ratio")
	b.ReportMetric(0, "ns/op")
}

// makeStagesCopy replaces the command of each stage with one that copies the present outputs.
func (c clone) makeStagesCopy() {
	c.Helper()
	pipeline := c.read("dvc.yaml")
	for _, stage := range readStages(c) {
		saved := c.TempDir()
		for _, out := range stage.all() {
			if err := copyAll(c.path(out.path), filepath.Join(saved, out.path)); err != nil {
				c.Fatal(err)
			}
		}
		pipeline = strings.Replace(pipeline, stage.Cmd+"\n", "cp -r "+saved+"/. .\n", 1)
	}
	c.write("dvc.yaml", pipeline)
}

// BenchmarkPrepareMemory measures the memory that prepare needs for a file of 1,000,000 rows. Goal: at most twice
// the file's size.
func BenchmarkPrepareMemory(b *testing.B) {
	c := pulledClone(b)
	program := filepath.Join(b.TempDir(), "prepare")
	c.run("go", "build", "-o", program, "./cmd/prepare")
	raw := filepath.Join(b.TempDir(), "large.csv")
	size := writeLargeCSV(b, raw, 1_000_000, 60)

	cmd := exec.Command(program, "-raw", raw, "-out", b.TempDir())
	cmd.Dir = c.dir
	start := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	b.ReportMetric(time.Since(start).Seconds(), "s")
	peak := float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
	if runtime.GOOS == "linux" {
		peak *= 1024 // macOS counts in bytes
	}
	b.ReportMetric(peak/1e6, "MB")
	b.ReportMetric(peak/size, "of-file-size")
	b.ReportMetric(0, "ns/op")
}

// writeLargeCSV writes numbers and a label, R or M, like the raw file's, and returns the file's size in bytes.
func writeLargeCSV(b *testing.B, path string, rows, features int) float64 {
	b.Helper()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	var line []byte
	for row := range rows {
		line = line[:0]
		for feature := range features {
			line = strconv.AppendFloat(line, float64((row*31+feature*17)%10000)/10000, 'f', 4, 64)
			line = append(line, ',')
		}
		w.Write(append(line, "RM"[row%2], '\r', '\n'))
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	return float64(info.Size())
}

// time returns how long a command takes, which must succeed.
func (c clone) time(args ...string) time.Duration {
	c.Helper()
	start := time.Now()
	c.run(args...)
	return time.Since(start)
}

// milliseconds returns the median of times.
func milliseconds(times []time.Duration) float64 {
	slices.Sort(times)
	return float64(times[len(times)/2].Microseconds()) / 1000
}
