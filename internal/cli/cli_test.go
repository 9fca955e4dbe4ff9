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
		c.Output("out", "results", "`folder` to write to", "*")
		c.Output("csv", "", "`file` to write; nowhere by default")
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
	for _, folder := range []string{"data", "deep/down"} {
		if err := os.MkdirAll(folder, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	files := []string{"rows.csv", "other.csv", "old.log", "input.log", "data/X.csv", "data/raw.csv", "deep/down/1.part", "deep/down/raw.csv"}
	for _, name := range files {
		if err := os.WriteFile(name, []byte("precious"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(
		os.Symlink("../rows.csv", "data/symlink.csv"),
		os.Link("rows.csv", "data/link.csv"),
		os.Symlink("nowhere", "data/dangling.csv"),
		os.Symlink("deep", "shallow"),
		os.Symlink("../input.log", "data/input.log"),
	); err != nil {
		t.Fatal(err)
	}
	absolute, err := filepath.Abs("rows.csv")
	if err != nil {
		t.Fatal(err)
	}
	run := func(_ context.Context, c *Command) error {
		c.Input("in", "rows.csv", "`file` to read")
		c.Input("data", "missing", "`folder` to read", "X*.csv", "*.log")
		c.Output("csv", "", "`file` to write")
		c.Output("out", "missing", "`folder` to write to", "X.csv", "down/*.part")
		c.LogTo("")
		return c.Parse(1)
	}
	const reads = "-%s must not replace %q, which program reads"
	for _, c := range []struct{ name, args, want string }{
		{"the same path", "-csv rows.csv", fmt.Sprintf(reads, "csv", "rows.csv")},
		{"another path", "-csv ./data/../rows.csv", fmt.Sprintf(reads, "csv", "./data/../rows.csv")},
		{"an absolute path", "-csv " + absolute, fmt.Sprintf(reads, "csv", absolute)},
		{"a symbolic link", "-csv data/symlink.csv", fmt.Sprintf(reads, "csv", "data/symlink.csv")},
		{"a hard link", "-csv data/link.csv", fmt.Sprintf(reads, "csv", "data/link.csv")},
		{"another file with the same content", "-csv other.csv", ""},
		{"a new file", "-csv new.csv", ""},
		{"a new file in a new folder", "-csv new/rows.csv", ""},
		{"a link to nowhere", "-csv data/dangling.csv", ""},
		{"the log", "-in input.log -log input.log", fmt.Sprintf(reads, "log", "input.log")},
		{"the log through a link", "-in input.log -log data/input.log", fmt.Sprintf(reads, "log", "data/input.log")},
		{"the log, of a file that is no log", "-log rows.csv", fmt.Sprintf(reads, "log", "rows.csv")},
		{"the log, of an argument", "-log input.log input.log", fmt.Sprintf(reads, "log", "input.log")},
		{"the log, of a file in a folder", "-data data -log input.log", fmt.Sprintf(reads, "log", "input.log")},
		{"an earlier log", "-log old.log", ""},
		{"a file in a folder of outputs", "-in data/X.csv -out data", fmt.Sprintf(reads, "out", "data/X.csv")},
		{"a file below a folder of outputs", "-in deep/down/1.part -out shallow", fmt.Sprintf(reads, "out", "shallow/down/1.part")},
		{"an argument in a folder of outputs", "-out data data/X.csv", fmt.Sprintf(reads, "out", "data/X.csv")},
		{"one folder with an output that is an input", "-data data -out ./data", fmt.Sprintf(reads, "out", "data/X.csv")},
		{"one folder with other inputs than outputs", "-in data/raw.csv -data deep -out data", ""},
		{"a file that no output replaces", "-in deep/down/raw.csv -out deep", ""},
		{"a default that an argument takes the place of", "-csv rows.csv other.csv", ""},
		{"two outputs", "-csv new.log -log ./new.log", `-csv and -log must not be one file, got "./new.log"`},
		{"two outputs to an earlier log", "-csv old.log -log old.log", `-csv and -log must not be one file, got "old.log"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stderr bytes.Buffer
			args := append([]string{"-log", ""}, strings.Fields(c.args)...)
			status := Execute(t.Context(), "program", "", run, args, &stderr, &stderr)
			if c.want == "" && (status != exitOK || stderr.Len() > 0) {
				t.Errorf("status %d, %q, want none", status, &stderr)
			} else if want := "program: " + c.want + "; see program -h\n"; c.want != "" && (status != exitUsage || stderr.String() != want) {
				t.Errorf("status %d, %q, want %q", status, &stderr, want)
			}
			for _, name := range files {
				if text, err := os.ReadFile(name); name != "old.log" && (err != nil || string(text) != "precious") {
					t.Errorf("%s has %q, %v", name, text, err)
				}
			}
		})
	}
}

// So that none is forgotten in the check that no output replaces an input.
func TestAFlagOfAFileIsAnInputOrAnOutput(t *testing.T) {
	defer func() {
		if got := recover(); got != "cli: a flag of a file or folder must be an Input or an Output" {
			t.Errorf("panics with %v", got)
		}
	}()
	Execute(t.Context(), "program", "", func(_ context.Context, c *Command) error {
		c.Flags.String("model", "", "`file` of the model")
		return c.Parse(0)
	}, nil, io.Discard, io.Discard)
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
