// Package cli is what the main of every program shares: flags, logging, signals, progress, the lock on the
// output folder, and the exit status.
//
// Every line that a program prints about itself (log lines, errors, wrong flags) goes through this package, which
// escapes text from elsewhere: see package plaintext. What a program prints on standard output is its own.
package cli

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/term"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/memory"
	"example.com/sonar/internal/plaintext"
)

// The exit statuses of a program.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
	// A program ended by a signal exits with 128 plus the signal's number: 130 or 143.
	exitSignal = 128
)

// A Run is the work of one program. It defines its flags, calls Parse, and does the rest; what it
// returns decides the exit status. It should return soon after ctx is done, so that it can remove half-written files:
// Main gives it a moment after a signal, and then ends the process.
type Run func(ctx context.Context, c *Command) error

// A Command is one invocation of a program.
type Command struct {
	Name   string
	Flags  *flag.FlagSet
	Stdout io.Writer
	Stderr io.Writer
	Log    zerolog.Logger // silent until Parse has set it up
	Args   []string       // the arguments that are not flags; set by Parse

	args     []string
	help     func()
	inputs   []pathFlag
	outputs  []pathFlag
	level    string
	logPath  *string  // nil is none
	logFile  *logFile // nil is none
	locks    []func()
	terminal bool      // whether Stderr is one
	ending   sync.Once // so that only one line says why the program ends

	mutex  sync.Mutex
	atExit []func() error
}

// errUsage marks wrong flags or arguments, about which Usage has printed a line.
var errUsage = errors.New("wrong flags")

// Exit is an error that ends a program with a status of its own. Err is printed like any other error;
// if it is nil, nothing is printed.
type Exit struct {
	Status int
	Err    error
}

func (e *Exit) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit status %d", e.Status)
	}
	return e.Err.Error()
}

func (e *Exit) Unwrap() error { return e.Err }

// Main runs the program called name on the process's arguments and exits with its status. The usage
// is what -h prints above the flags: a line that says what the program does, then what it reads and
// writes.
//
// SIGINT and SIGTERM end the run's context. If the run has not returned after graceTime, or gets a second signal, the
// process is ended: its outputs are whole or absent in any case.
func Main(name, usage string, run Run) {
	memory.LimitGarbage()
	ctx, stop := notify(context.Background())
	status := Execute(ctx, name, usage, func(ctx context.Context, c *Command) error {
		context.AfterFunc(ctx, func() {
			time.Sleep(graceTime)
			if caught := caughtSignal(ctx); caught != nil {
				c.exit()
				os.Exit(c.stopped(caught))
			}
		})
		return run(ctx, c)
	}, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// AtExit has Main call f if it ends the process while the run is still at work, before it does. What f does must be safe
// whatever the run is doing, and soon done. Its error is ignored, as the process ends in any case.
func (c *Command) AtExit(f func() error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.atExit = append(c.atExit, f)
}

func (c *Command) exit() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, f := range c.atExit {
		f()
	}
}

// logFlag names the file of the log.
const logFlag = "log"

// graceTime is how long a run may take to return after a signal.
const graceTime = 100 * time.Millisecond

// Execute runs a program in this process, on the given arguments, and returns its exit status. Tests call it as well.
func Execute(ctx context.Context, name, usage string, run Run, args []string, stdout, stderr io.Writer) int {
	c := newCommand(name, usage, args, stdout, stderr)
	defer c.close()
	err := run(ctx, c)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.Is(err, errUsage):
		return exitUsage
	}
	if caught := caughtSignal(ctx); caught != nil {
		return c.stopped(caught)
	}
	status := exitError
	var own *Exit
	if errors.As(err, &own) {
		status, err = own.Status, own.Err
	}
	if err != nil {
		c.fail(err)
	}
	return status
}

// stopped prints which signal ended the program, and returns its exit status.
func (c *Command) stopped(caught *signalError) int {
	c.fail(caught)
	return exitSignal + int(caught.signal)
}

func newCommand(name, usage string, args []string, stdout, stderr io.Writer) *Command {
	c := &Command{Name: name, Stdout: stdout, Stderr: stderr, args: args, Log: zerolog.Nop()}
	if f, ok := stderr.(*os.File); ok {
		c.terminal = term.IsTerminal(int(f.Fd()))
	}
	c.Flags = flag.NewFlagSet(name, flag.ContinueOnError)
	c.Flags.SetOutput(io.Discard) // Parse prints one line about what is wrong
	c.Flags.StringVar(&c.level, "log-level", "info", "what is logged: debug, info, warn or error")
	c.Flags.Usage = func() {}
	c.help = func() {
		fmt.Fprintf(stdout, "%s\n\nFlags:\n", strings.TrimSpace(usage))
		c.Flags.SetOutput(stdout)
		c.Flags.PrintDefaults()
	}
	return c
}

// LogTo adds the flag -log, whose default is path: a file that gets the same lines as the terminal, and is new in
// every run. A program that does not call LogTo logs to the terminal only, and so does one with arguments, which is
// run by hand, unless -log is given.
func (c *Command) LogTo(path string) {
	c.logPath = c.Output(logFlag, path, "`file` that gets the log's lines too, replaced if it ends in .log; \"\" is none")
}

// Parse reads the flags, which may come before, between and after the arguments, and opens the log. More than most arguments
// are an error, and so is an output that is an input: nothing has been written then.
func (c *Command) Parse(most int) error {
	if err := c.parse(c.args); errors.Is(err, flag.ErrHelp) {
		c.help()
		return err
	} else if err != nil {
		return c.Usage("%v", err)
	}
	if len(c.Args) > most {
		return c.Usage("unexpected argument %.40q", c.Args[most])
	}
	if err := cmp.Or(c.checkPaths(), c.keepInputs()); err != nil {
		return c.Usage("%v", err)
	}
	level, err := zerolog.ParseLevel(c.level)
	if err != nil || level < zerolog.DebugLevel || level > zerolog.ErrorLevel {
		return c.Usage("-log-level must be debug, info, warn or error, got %.40q", c.level)
	}
	return c.openLog(level)
}

// parse sorts args into flags and the rest, which begins for good after "--".
func (c *Command) parse(args []string) error {
	for {
		if err := c.Flags.Parse(args); err != nil {
			return err
		}
		rest := c.Flags.Args()
		if read := len(args) - len(rest); len(rest) == 0 || read > 0 && args[read-1] == "--" {
			c.Args = append(c.Args, rest...)
			return nil
		}
		c.Args = append(c.Args, rest[0])
		args = rest[1:]
	}
}

// Usage prints what is wrong with the flags or arguments and returns the error that the run should return.
func (c *Command) Usage(format string, args ...any) error {
	io.WriteString(c.Stderr, c.line(fmt.Sprintf(format, args...)+"; see "+c.Name+" -h"))
	return errUsage
}

// Standard is the path that stands for standard input or output.
const Standard = "-"

// Lock reserves folder for this program to write to until it ends. While another program holds the lock,
// Lock waits, and the log says what for, until ctx is done.
func (c *Command) Lock(ctx context.Context, folder string) error {
	release, err := atomicfile.Lock(ctx, folder, func() {
		c.Log.Info().Str("folder", folder).Msg("waiting for another program that writes there")
	})
	if errors.Is(err, atomicfile.ErrNoLocks) {
		c.Log.Warn().Str("folder", folder).Msg("cannot be locked, as its file system has no locks: let one program at a time write there")
		return nil
	} else if err != nil {
		return err
	}
	c.locks = append(c.locks, release)
	return nil
}

func (c *Command) openLog(level zerolog.Level) error {
	writers := []io.Writer{consoleWriter(c.Stderr, !c.terminal)}
	if c.logPath != nil && *c.logPath != "" && c.inUse(logFlag) {
		if err := checkLog(*c.logPath); err != nil {
			return err
		}
		f, err := atomicfile.Replace(*c.logPath)
		if err != nil {
			return err
		}
		c.logFile = &logFile{File: f, path: *c.logPath, lost: func(err error) { io.WriteString(c.Stderr, c.line(err.Error())) }}
		writers = append(writers, consoleWriter(c.logFile, true))
	}
	// Networks of an ensemble are trained, and report, at the same time.
	c.Log = zerolog.New(zerolog.SyncWriter(zerolog.MultiLevelWriter(writers...))).Level(level)
	return nil
}

// checkLog refuses to replace a file that is no log.
func checkLog(path string) error {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Size() > 0 && filepath.Ext(path) != ".log" {
		return fmt.Errorf("-log: %s: is there already, and only a file whose name ends in .log is replaced", path)
	}
	return nil
}

// line is a line of the program's own, with its name.
func (c *Command) line(text string) string { return c.Name + ": " + plaintext.Line(text) + "\n" }

// fail prints in one line why the program ends, unless a line has already done so.
func (c *Command) fail(err error) {
	c.ending.Do(func() {
		line := c.line(err.Error())
		io.WriteString(c.Stderr, line)
		if c.logFile != nil {
			io.WriteString(c.logFile, line)
		}
	})
}

func (c *Command) close() {
	for _, release := range c.locks {
		release()
	}
	if c.logFile != nil {
		c.logFile.Close()
	}
}

// signalError is the cause of a context that a signal ended.
type signalError struct{ signal syscall.Signal }

func (e *signalError) Error() string { return "stopped by signal: " + e.signal.String() }

// caughtSignal returns the signal that ended ctx, or nil if none did.
func caughtSignal(ctx context.Context) *signalError {
	var caught *signalError
	errors.As(context.Cause(ctx), &caught)
	return caught
}

// notify returns a context that SIGINT and SIGTERM end. A second signal ends the process at once.
func notify(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals)
			cancel(&signalError{s.(syscall.Signal)})
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}
