//go:build unix

package cli

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/sonar/internal/atomicfile"
)

// The test binary is a program of its own if this variable names one.
const asProgram = "SONAR_PROGRAM"

var programs = map[string]Run{
	// Works until it is told to stop, with a half-written output.
	"obedient": func(ctx context.Context, c *Command) error {
		if err := c.Parse(1); err != nil {
			return err
		}
		var outputs atomicfile.Set
		defer outputs.Discard()
		err := outputs.Write(c.Args[0], func(w io.Writer) error {
			_, err := io.WriteString(w, "new")
			return err
		})
		if err != nil {
			return err
		}
		c.Log.Info().Msg("ready")
		<-ctx.Done()
		return ctx.Err()
	},
	// Waits for somebody to open a pipe, in a system call that only the end of the process ends.
	"waiting": func(_ context.Context, c *Command) error {
		if err := c.Parse(1); err != nil {
			return err
		}
		if err := syscall.Mkfifo(c.Args[0], 0o666); err != nil {
			return err
		}
		c.Log.Info().Msg("ready")
		_, err := os.Open(c.Args[0])
		return err
	},
	// Ignores its context.
	"deaf": func(_ context.Context, c *Command) error {
		if err := c.Parse(1); err != nil {
			return err
		}
		c.AtExit(func() error { return os.WriteFile(c.Args[0], []byte("put back"), 0o666) })
		c.Log.Info().Msg("ready")
		time.Sleep(time.Minute)
		return errors.New("never told")
	},
}

func TestMain(m *testing.M) {
	if run, found := programs[os.Getenv(asProgram)]; found {
		Main("program", "", run)
	}
	os.Exit(m.Run())
}

// start runs a program until it is ready, and returns what it then writes to standard error.
func start(t *testing.T, name, output string) (cmd *exec.Cmd, stderr *bufio.Scanner) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.CommandContext(t.Context(), program, output)
	cmd.Env = append(os.Environ(), asProgram+"="+name)
	pipe, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stderr = bufio.NewScanner(pipe)
	if !stderr.Scan() || stderr.Text() != "INF ready" {
		t.Fatalf("got %q, %v", stderr.Text(), stderr.Err())
	}
	return cmd, stderr
}

func TestSignalsStopABuiltProgram(t *testing.T) {
	for _, c := range []struct {
		signal syscall.Signal
		status int
		want   string
	}{
		{syscall.SIGINT, 130, "program: stopped by signal: interrupt"},
		{syscall.SIGTERM, 143, "program: stopped by signal: terminated"},
	} {
		t.Run(c.signal.String(), func(t *testing.T) {
			folder := t.TempDir()
			if err := os.WriteFile(folder+"/output", []byte("old"), 0o666); err != nil {
				t.Fatal(err)
			}
			cmd, stderr := start(t, "obedient", folder+"/output")
			if err := cmd.Process.Signal(c.signal); err != nil {
				t.Fatal(err)
			}
			var lines []string
			for stderr.Scan() {
				lines = append(lines, stderr.Text())
			}
			cmd.Wait()
			if got := strings.Join(lines, "\n"); cmd.ProcessState.ExitCode() != c.status || got != c.want {
				t.Errorf("status %d, stderr %q, want %d and %q", cmd.ProcessState.ExitCode(), got, c.status, c.want)
			}
			entries, err := os.ReadDir(folder)
			if text, _ := os.ReadFile(folder + "/output"); err != nil || len(entries) != 1 || string(text) != "old" {
				t.Errorf("left are %v, the output is %q", entries, text)
			}
		})
	}
}

// One signal is enough, soon, whatever the program is doing.
func TestASignalEndsAProgramThatDoesNotStop(t *testing.T) {
	for _, name := range []string{"deaf", "waiting"} {
		t.Run(name, func(t *testing.T) {
			output := t.TempDir() + "/output"
			cmd, stderr := start(t, name, output)
			told := time.Now()
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			var lines []string
			for stderr.Scan() {
				lines = append(lines, stderr.Text())
			}
			cmd.Wait()
			if took := time.Since(told); took > 5*time.Second { // 0.1 s on a machine that is not busy
				t.Errorf("it took %v", took)
			}
			const want = "program: stopped by signal: terminated"
			if got := strings.Join(lines, "\n"); cmd.ProcessState.ExitCode() != 143 || got != want {
				t.Errorf("status %d, stderr %q, want 143 and %q", cmd.ProcessState.ExitCode(), got, want)
			}
			if name == "deaf" {
				if text, _ := os.ReadFile(output); string(text) != "put back" {
					t.Errorf("what was to be done at the exit was not: %q", text)
				}
			}
		})
	}
}
