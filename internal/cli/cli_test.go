package cli

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/sonar/internal/plaintext"
)

func TestExitStatusSaysHowTheProgramEnded(t *testing.T) {
	parse := func(_ context.Context, c *Command) error { return c.Parse(0) }
	fail := func(err error) Run { return func(context.Context, *Command) error { return err } }
	for _, c := range []struct {
		name   string
		run    Run
		args   []string
		status int
		stderr string
	}{
		{"success", parse, nil, 0, ""},
		{"an error", fail(errors.New("data.csv:3: wrong")), nil, 1, "program: data.csv:3: wrong\n"},
		{"an error of several lines", fail(errors.New("one\ntwo\r\n")), nil, 1, "program: one\\ntwo\\r\\n\n"},
		{"an error that steers the terminal", fail(errors.New("\x1b[31mRED\u202e \xff.csv: wrong")), nil, 1, "program: \\x1b[31mRED\\u202e \\xff.csv: wrong\n"},
		{"a flag that steers the terminal", parse, []string{"-\x1b[31m"}, 2, "program: flag provided but not defined: -\\x1b[31m; see program -h\n"},
		{"an unknown flag", parse, []string{"-x"}, 2, "program: flag provided but not defined: -x; see program -h\n"},
		{"a flag without its value", parse, []string{"-log-level"}, 2, "program: flag needs an argument: -log-level; see program -h\n"},
		{"an argument too many", parse, []string{"data.csv"}, 2, "program: unexpected argument \"data.csv\"; see program -h\n"},
		{"an unknown level", parse, []string{"-log-level", "trace"}, 2, "program: -log-level must be debug, info, warn or error, got \"trace\"; see program -h\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			status := Execute(t.Context(), "program", "usage: program", c.run, c.args, &stdout, &stderr)
			if status != c.status || stdout.Len() > 0 || stderr.String() != c.stderr {
				t.Errorf("status %d, stdout %q, stderr %q, want %d and %q", status, &stdout, &stderr, c.status, c.stderr)
			}
		})
	}
}

func TestHelpGoesToStandardOutputAndIsNoError(t *testing.T) {
	for _, arg := range []string{"-h", "-help", "--help"} {
		var stdout, stderr bytes.Buffer
		run := func(_ context.Context, c *Command) error {
			c.LogTo("program.log")
			return c.Parse(0)
		}
		status := Execute(t.Context(), "program", "\nusage: program\n", run, []string{arg}, &stdout, &stderr)
		if status != 0 || stderr.Len() > 0 {
			t.Errorf("%s: status %d, stderr %q", arg, status, &stderr)
		}
		for _, want := range []string{"usage: program\n\nFlags:\n", "-log file", "-log-level"} {
			if !strings.Contains(stdout.String(), want) {
				t.Errorf("%s: %q is not in\n%s", arg, want, &stdout)
			}
		}
	}
}

func TestOnlyPathsThatMayBeNoneAreEmpty(t *testing.T) {
	run := func(_ context.Context, c *Command) error {
		c.LogTo("program.log")
		c.Flags.String("out", "results", "`folder` to write to")
		c.Flags.String("csv", "", "`file` to write; nowhere by default")
		return c.Parse(0)
	}
	for _, c := range []struct {
		flag   string
		status int
		want   string
	}{
		{"-out", 2, "program: -out must be a folder, got \"\"; see program -h\n"},
		{"-csv", 2, "program: -csv must be a file, got \"\"; see program -h\n"},
		{"-log", 0, ""},
	} {
		var stderr bytes.Buffer
		status := Execute(t.Context(), "program", "", run, []string{"-log", "", c.flag, ""}, io.Discard, &stderr)
		if status != c.status || stderr.String() != c.want {
			t.Errorf("%s: status %d, stderr %q, want %d, %q", c.flag, status, &stderr, c.status, c.want)
		}
	}
}

func TestLogFileHoldsTheLinesOfTheTerminal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "logs", "program.log")
	run := func(_ context.Context, c *Command) error {
		c.LogTo(path)
		if err := c.Parse(0); err != nil {
			return err
		}
		c.Log.Debug().Msg("details")
		c.Log.Info().Int("rows", 208).Msg("read")
		c.Log.Warn().Str("case", "25.json").Msg("failed")
		return errors.New("no more")
	}
	for _, c := range []struct{ level, want string }{
		{"debug", "DBG details\nINF read rows=208\nWRN failed case=25.json\nprogram: no more\n"},
		{"info", "INF read rows=208\nWRN failed case=25.json\nprogram: no more\n"},
		{"error", "program: no more\n"},
	} {
		t.Run(c.level, func(t *testing.T) {
			var stderr bytes.Buffer
			status := Execute(t.Context(), "program", "", run, []string{"-log-level", c.level}, &stderr, &stderr)
			log, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if status != 1 || stderr.String() != c.want || string(log) != c.want {
				t.Errorf("status %d, stderr %q, log %q, want %q", status, &stderr, log, c.want)
			}
		})
	}
}

func TestLogLinesShowWhatWouldSteerTheTerminal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "program.log")
	const evil = "\x1b[31m\u202e\u009b\n"
	run := func(_ context.Context, c *Command) error {
		c.LogTo(path)
		if err := c.Parse(0); err != nil {
			return err
		}
		c.Log.Warn().Str("file", evil).Strs("classes", []string{evil}).Err(errors.New(evil)).Msg(evil + ": fails")
		return nil
	}
	var stderr bytes.Buffer
	if status := Execute(t.Context(), "program", "", run, nil, &stderr, &stderr); status != 0 {
		t.Fatal(stderr.String())
	}
	log, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"terminal": stderr.String(), "log": string(log)} {
		line, ended := strings.CutSuffix(text, "\n")
		if !ended || strings.Contains(line, "\n") || line != plaintext.Line(line) || !strings.HasPrefix(line, `WRN \x1b[31m\u202e\u009b\n: fails`) {
			t.Errorf("the %s has %q", name, text)
		}
	}
}

// A slip of the hand must not cost an input.
func TestALogReplacesNothingButALog(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("params.yaml", []byte("precious"), 0o666); err != nil {
		t.Fatal(err)
	}
	run := func(_ context.Context, c *Command) error {
		c.LogTo("program.log")
		return c.Parse(0)
	}
	var stderr bytes.Buffer
	status := Execute(t.Context(), "program", "", run, []string{"-log", "params.yaml"}, &stderr, &stderr)
	const want = "program: -log: params.yaml: is there already, and only a file whose name ends in .log is replaced\n"
	if text, err := os.ReadFile("params.yaml"); status != 1 || stderr.String() != want || err != nil || string(text) != "precious" {
		t.Errorf("status %d, %q; the file has %q, %v", status, &stderr, text, err)
	}
}

func TestAnOutputReplacesNoInput(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := errors.Join(
		os.Mkdir("data", 0o777),
		os.WriteFile("rows.csv", []byte("precious"), 0o666),
		os.WriteFile("other.csv", []byte("precious"), 0o666),
		os.Symlink("../rows.csv", "data/symlink.csv"),
		os.Link("rows.csv", "data/link.csv"),
		os.Symlink("nowhere", "data/dangling.csv"),
	); err != nil {
		t.Fatal(err)
	}
	absolute, err := filepath.Abs("rows.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, output string
		refused      bool
	}{
		{"the same path", "rows.csv", true},
		{"another path", "./data/../rows.csv", true},
		{"an absolute path", absolute, true},
		{"a symbolic link", "data/symlink.csv", true},
		{"a hard link", "data/link.csv", true},
		{"another file with the same content", "other.csv", false},
		{"a new file", "new.csv", false},
		{"a new file in a new folder", "new/rows.csv", false},
		{"a link to nowhere", "data/dangling.csv", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			run := func(_ context.Context, command *Command) error {
				return command.KeepInputs([]string{"missing.csv", "rows.csv"}, "out", "new.json", c.output)
			}
			status, want := exitOK, ""
			if c.refused {
				status, want = exitUsage, fmt.Sprintf("program: -out must not replace %q, which program reads; see program -h\n", c.output)
			}
			var stderr bytes.Buffer
			if got := Execute(t.Context(), "program", "", run, nil, &stderr, &stderr); got != status || stderr.String() != want {
				t.Errorf("status %d, %q, want %d and %q", got, &stderr, status, want)
			}
		})
	}
}

// A program that runs again begins a new log; if a link is in its place, what that points to is left alone.
func TestTheLogReplacesALink(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("params.yaml", []byte("precious"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("params.yaml", "program.log"); err != nil {
		t.Fatal(err)
	}
	run := func(_ context.Context, c *Command) error {
		c.LogTo("program.log")
		if err := c.Parse(0); err != nil {
			return err
		}
		c.Log.Info().Msg("ready")
		return nil
	}
	var stderr bytes.Buffer
	if status := Execute(t.Context(), "program", "", run, nil, &stderr, &stderr); status != 0 {
		t.Fatal(stderr.String())
	}
	if text, err := os.ReadFile("params.yaml"); err != nil || string(text) != "precious" {
		t.Errorf("params.yaml holds %q, %v", text, err)
	}
	if log, err := os.ReadFile("program.log"); err != nil || string(log) != "INF ready\n" {
		t.Errorf("the log is %q, %v", log, err)
	}
}

func TestALogThatCannotBeWrittenIsOneLineAndNoFailure(t *testing.T) {
	t.Chdir(t.TempDir())
	run := func(_ context.Context, c *Command) error {
		c.LogTo("program.log")
		if err := c.Parse(0); err != nil {
			return err
		}
		c.logFile.File.Close() // stands for a disk that is full
		for range 3 {
			c.Log.Info().Msg("line")
		}
		return nil
	}
	var stderr bytes.Buffer
	status := Execute(t.Context(), "program", "", run, nil, io.Discard, &stderr)
	const want = "INF line\nprogram: program.log: cannot be written: file already closed; the program goes on without a log\nINF line\nINF line\n"
	if status != 0 || stderr.String() != want {
		t.Errorf("status %d, stderr %q, want %q", status, &stderr, want)
	}
}

func TestOneProgramAtATimeWritesToAFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "out")
	entered, leave := make(chan bool), make(chan bool)
	run := func(ctx context.Context, c *Command) error {
		if err := c.Parse(0); err != nil {
			return err
		}
		if err := c.Lock(ctx, folder); err != nil {
			return err
		}
		entered <- true
		<-leave
		return nil
	}
	var first, second bytes.Buffer
	ended := make(chan int)
	go func() { ended <- Execute(t.Context(), "one", "", run, nil, io.Discard, &first) }()
	<-entered
	go func() { ended <- Execute(t.Context(), "two", "", run, nil, io.Discard, &second) }()
	select {
	case <-entered:
		t.Error("both write")
	case <-time.After(100 * time.Millisecond):
	}
	leave <- true
	<-ended
	<-entered
	leave <- true
	<-ended
	if first.Len() > 0 || second.String() != "INF waiting for another program that writes there folder="+folder+"\n" {
		t.Errorf("the first prints %q, the second %q", &first, &second)
	}
}

func TestLogCanBeTurnedOff(t *testing.T) {
	t.Chdir(t.TempDir())
	run := func(_ context.Context, c *Command) error {
		c.LogTo("program.log")
		return c.Parse(0)
	}
	var stderr bytes.Buffer
	if status := Execute(t.Context(), "program", "", run, []string{"-log", ""}, &stderr, &stderr); status != 0 {
		t.Fatal(stderr.String())
	}
	if _, err := os.Stat("program.log"); !os.IsNotExist(err) {
		t.Errorf("the log was made: %v", err)
	}
}

// Flags are checked before the log is opened: a program called wrongly leaves the last run's log.
func TestWrongFlagsLeaveTheLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "program.log")
	if err := os.WriteFile(path, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	run := func(_ context.Context, c *Command) error {
		c.LogTo(path)
		return c.Parse(0)
	}
	var stderr bytes.Buffer
	if status := Execute(t.Context(), "program", "", run, []string{"-x"}, &stderr, &stderr); status != 2 {
		t.Errorf("status %d", status)
	}
	if log, err := os.ReadFile(path); err != nil || string(log) != "old" {
		t.Errorf("the log is %q, %v", log, err)
	}
}

func TestProgressIsSilentWithoutATerminal(t *testing.T) {
	var stderr bytes.Buffer
	c := newCommand("program", "", nil, &stderr, &stderr)
	update, stop := c.Progress("epochs", 10)
	for i := range 10 {
		update(i + 1)
	}
	stop()
	if stderr.Len() > 0 {
		t.Errorf("wrote %q", &stderr)
	}
}

func TestProgressShowsABarOfALongRunOnATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stderr bytes.Buffer
		c := newCommand("program", "", nil, &stderr, &stderr)
		c.terminal = true
		update, stop := c.Progress("epochs", 10)
		update(1)
		if stderr.Len() > 0 {
			t.Errorf("a bar at once: %q", &stderr)
		}
		time.Sleep(time.Second)
		update(5)
		if got := stderr.String(); !strings.Contains(got, "epochs") || !strings.Contains(got, "5/10") {
			t.Errorf("got %q, want a bar at 5 of 10", got)
		}
		stop()
		if got := stderr.String(); !strings.HasSuffix(got, "\r") {
			t.Errorf("the bar is left on its line: %q", got)
		}
	})
}

func TestASignalDecidesTheStatusWhateverTheError(t *testing.T) {
	for _, err := range []error{context.Canceled, errors.New("something else"), flag.ErrHelp} {
		t.Run(fmt.Sprint(err), func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			run := func(context.Context, *Command) error {
				cancel(&signalError{2})
				return err
			}
			want := 130
			if err == flag.ErrHelp {
				want = 0
			}
			var stderr bytes.Buffer
			if status := Execute(ctx, "program", "", run, nil, &stderr, &stderr); status != want {
				t.Errorf("status %d, want %d", status, want)
			}
		})
	}
}
