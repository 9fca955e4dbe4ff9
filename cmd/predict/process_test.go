//go:build unix

package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/exact"
)

// process is predict as a process of its own.
func process(t *testing.T, p project, env ...string) *exec.Cmd {
	t.Helper()
	path, err := os.Executable()
	cmd := exec.CommandContext(t.Context(), must(t, path, err), "-model", p.model())
	cmd.Env = append(append(os.Environ(), asProgram+"=1"), env...)
	return cmd
}

// piped returns what a process predicts for the rows on its standard input.
func piped(t *testing.T, p project, rows io.Reader, env ...string) string {
	t.Helper()
	cmd := process(t, p, env...)
	var stderr strings.Builder
	cmd.Stdin, cmd.Stderr = rows, &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%v, stderr %q", err, stderr.String())
	}
	return string(out)
}

// newRows returns lines of Sonar's kind, none of which the raw file has.
func newRows(n int) []string {
	r := rand.New(rand.NewPCG(7, 7))
	lines := make([]string, n)
	for i := range lines {
		fields := make([]string, 60)
		for j := range fields {
			fields[j] = fmt.Sprintf("%.4f", r.Float64())
		}
		lines[i] = strings.Join(fields, ",") + "\n"
	}
	return lines
}

// answers returns the lines of predictions without the header and the rows' numbers.
func answers(t *testing.T, predictions string) []string {
	t.Helper()
	var kept []string
	for line := range strings.Lines(predictions) {
		_, answer, _ := strings.Cut(line, ",")
		kept = append(kept, answer)
	}
	return kept[1:]
}

// A trickle returns few bytes at a time, as a slow pipe does.
type trickle struct {
	text string
	n    int
}

func (r *trickle) Read(p []byte) (int, error) {
	if r.text == "" {
		return 0, io.EOF
	}
	n := copy(p, r.text[:min(r.n, len(r.text))])
	r.text = r.text[n:]
	return n, nil
}

// What is predicted for a row has the same bits whichever rows are beside it, and whatever computes it.
func TestARowsPredictionDependsOnNoOtherRow(t *testing.T) {
	p := opened(t, sonar)
	rows := newRows(9000)
	all := strings.Join(rows, "")
	whole := piped(t, p, strings.NewReader(all))
	want := answers(t, whole)
	if len(want) != len(rows) {
		t.Fatalf("%d predictions of %d rows", len(want), len(rows))
	}
	for _, block := range []struct{ size, rows int }{{1, 20}, {7, 140}, {4096, 9000}} {
		t.Run(fmt.Sprintf("blocks of %d", block.size), func(t *testing.T) {
			var got []string
			for some := range slices.Chunk(rows[:block.rows], block.size) {
				got = append(got, answers(t, piped(t, p, strings.NewReader(strings.Join(some, ""))))...)
			}
			if !slices.Equal(got, want[:block.rows]) {
				t.Error("other bits")
			}
		})
	}
	t.Run("a slow pipe", func(t *testing.T) {
		if got := piped(t, p, &trickle{all, 10_007}); got != whole {
			t.Error("other bytes")
		}
	})
	t.Run("shuffled", func(t *testing.T) {
		order := rand.New(rand.NewPCG(1, 1)).Perm(len(rows))
		shuffled := make([]string, len(rows))
		for i, from := range order {
			shuffled[i] = rows[from]
		}
		got := answers(t, piped(t, p, strings.NewReader(strings.Join(shuffled, ""))))
		for i, from := range order {
			if got[i] != want[from] {
				t.Fatalf("row %d: %q, want %q", from, got[i], want[from])
			}
		}
	})
	env := []string{"GOMAXPROCS=1", "GOMAXPROCS=2", "GOMAXPROCS=7"}
	for _, kernel := range exact.Kernels() {
		env = append(env, "SONAR_KERNEL="+kernel)
	}
	for _, setting := range env {
		t.Run(setting, func(t *testing.T) {
			if got := piped(t, p, strings.NewReader(all), setting); got != whole {
				t.Error("other bytes")
			}
		})
	}
}

// Standard input may be a file, which -out must not replace either.
func TestStandardInputIsNotReplaced(t *testing.T) {
	p := opened(t, sonar)
	path := rowsFile(t, newRows(1)[0])
	rows, err := os.Open(path)
	defer must(t, rows, err).Close()
	before := readFile(t, path)
	cmd := process(t, p)
	cmd.Args = append(cmd.Args, "-out", path)
	var stderr strings.Builder
	cmd.Stdin, cmd.Stderr = rows, &stderr
	cmd.Run()
	want := fmt.Sprintf("predict: -out must not replace %q, which predict reads; see predict -h\n", path)
	if cmd.ProcessState.ExitCode() != 2 || stderr.String() != want || readFile(t, path) != before {
		t.Errorf("status %d, stderr %q, want %q; the file has %q", cmd.ProcessState.ExitCode(), stderr.String(), want, readFile(t, path))
	}
}

func TestErrorsNameStandardInput(t *testing.T) {
	folder, err := os.Open(t.TempDir())
	defer must(t, folder, err).Close()
	for _, c := range []struct {
		name string
		rows io.Reader
		want string
	}{
		{"a bad row", strings.NewReader(newRows(1)[0] + strings.Repeat("x,", 59) + "1\n"), "predict: standard input:2: column 1 must be a finite number, got \"x\""},
		{"a folder", folder, "predict: standard input:1: cannot be read: is a directory\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := process(t, opened(t, sonar))
			var stderr strings.Builder
			cmd.Stdin, cmd.Stderr = c.rows, &stderr
			if err := cmd.Run(); cmd.ProcessState.ExitCode() != 1 || !strings.HasPrefix(stderr.String(), c.want) {
				t.Errorf("%v, stderr %q, want %q", err, stderr.String(), c.want)
			}
		})
	}
}

// The signal comes while predict waits for more rows.
func TestASignalEndsPredict(t *testing.T) {
	p := opened(t, sonar)
	for _, out := range []string{cli.Standard, "predictions.csv"} {
		t.Run(out, func(t *testing.T) {
			t.Chdir(t.TempDir())
			cmd := process(t, p)
			cmd.Args = append(cmd.Args, "-out", out)
			stdin, err := cmd.StdinPipe()
			must(t, stdin, err)
			var stderr strings.Builder
			cmd.Stderr = &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			for _, line := range newRows(2000) { // more than a pipe holds, so predict is reading
				if _, err := io.WriteString(stdin, line); err != nil {
					t.Fatal(err)
				}
			}
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			cmd.Wait()
			if want := "predict: stopped by signal: interrupt\n"; cmd.ProcessState.ExitCode() != 130 || stderr.String() != want {
				t.Errorf("status %d, stderr %q", cmd.ProcessState.ExitCode(), stderr.String())
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
			if left, err := os.ReadDir("."); err != nil || len(left) != 0 {
				t.Errorf("left are %v, %v", left, err)
			}
		})
	}
}

// A limit on the size of files stands for a disk that is full.
func TestPredictOnAFullDiskLeavesTheOldFile(t *testing.T) {
	p := opened(t, sonar)
	t.Chdir(t.TempDir())
	if err := os.WriteFile("predictions.csv", []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	path, err := os.Executable()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `ulimit -f 16; exec "$0" "$@"`, must(t, path, err), "-model", p.model(), "-out", "predictions.csv")
	cmd.Env = append(os.Environ(), asProgram+"=1")
	cmd.Stdin = strings.NewReader(strings.Join(newRows(2000), ""))
	output, err := cmd.CombinedOutput()
	if want := "predict: predictions.csv: cannot be written: file too large\n"; !strings.HasPrefix(string(output), want) || cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("%v, output %q, want %q", err, output, want)
	}
	if left, err := os.ReadDir("."); err != nil || len(left) != 1 || readFile(t, "predictions.csv") != "old" {
		t.Errorf("left are %v, %v", left, err)
	}
}

// Forty times the rows, with ids, take no more memory, the garbage collector's whims aside.
func TestMemoryDoesNotGrowWithTheRows(t *testing.T) {
	p := opened(t, tableA)
	peak := func(copies int) int64 {
		header := "m0,m1,m2,m3,kind,colour,size,visit\n"
		var readers []io.Reader
		readers = append(readers, strings.NewReader(header))
		for i := range copies {
			readers = append(readers, strings.NewReader(strings.Repeat(fmt.Sprintf("1,2,3,4,A,green,M,id %020d\n", i), 10_000)))
		}
		cmd := process(t, p)
		cmd.Stdin, cmd.Stdout = io.MultiReader(readers...), io.Discard
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
		peak := int64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
		if runtime.GOOS != "darwin" {
			peak <<= 10 // kilobytes elsewhere
		}
		return peak
	}
	few, many := peak(2), peak(80)
	t.Logf("20,000 rows take %d MB, 800,000 rows %d MB", few>>20, many>>20)
	if many > 2*few {
		t.Errorf("20,000 rows take %d MB, 800,000 rows %d MB", few>>20, many>>20)
	}
}
