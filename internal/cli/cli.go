// Package cli is what every main of the pipeline shares: flags, logging, signals, progress and the exit
// status.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/rs/zerolog"
	"golang.org/x/term"

	"example.com/sonar/internal/atomicfile"
)

// The exit statuses of a program.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
	// A program that a signal ended exits with 128 plus the signal's number: 130 or 143.
	exitSignal = 128
)

// A Run is the work of one program. It defines its flags, calls Parse, and does the rest; what it
// returns decides the exit status. It must return soon after ctx is done.
type Run func(ctx context.Context, c *Command) error

// A Command is one invocation of a program.
type Command struct {
	Name   string
	Flags  *flag.FlagSet
	Stdout io.Writer
	Stderr io.Writer
	Log    zerolog.Logger // silent until Parse has set it up
	Args   []string       // what is no flag; set by Parse

	args     []string
	help     func()
	level    string
	logPath  string
	file     *os.File
	terminal bool // whether Stderr is one
}

// errUsage marks wrong flags or arguments, of which Usage has said what is wrong.
var errUsage = errors.New("wrong flags")

// Exit is an error that ends a program with a status of its own choice. Err is printed like any
// other; where it is nil, nothing is.
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
func Main(name, usage string, run Run) {
	ctx, stop := notify(context.Background())
	status := Execute(ctx, name, usage, run, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// Execute is Main for tests: it runs in this process and returns the exit status.
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
	var caught *signalError
	if errors.As(context.Cause(ctx), &caught) {
		c.fail(caught)
		return exitSignal + int(caught.signal)
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

func newCommand(name, usage string, args []string, stdout, stderr io.Writer) *Command {
	c := &Command{Name: name, Stdout: stdout, Stderr: stderr, args: args, Log: zerolog.Nop()}
	if f, ok := stderr.(*os.File); ok {
		c.terminal = term.IsTerminal(int(f.Fd()))
	}
	c.Flags = flag.NewFlagSet(name, flag.ContinueOnError)
	c.Flags.SetOutput(io.Discard) // Parse says in one line what is wrong
	c.Flags.StringVar(&c.level, "log-level", "info", "what is logged: debug, info, warn or error")
	c.Flags.Usage = func() {}
	c.help = func() {
		fmt.Fprintf(stdout, "%s\n\nFlags:\n", strings.TrimSpace(usage))
		c.Flags.SetOutput(stdout)
		c.Flags.PrintDefaults()
	}
	return c
}

// LogTo adds the flag -log, whose default is path: a file that gets the same lines as the terminal.
// A program that does not call it logs to the terminal only.
func (c *Command) LogTo(path string) {
	c.Flags.StringVar(&c.logPath, "log", path, "`file` that gets the log's lines too; \"\" is none")
}

// Parse reads the flags, which may stand before, between and after the arguments, and opens the log.
// Arguments are an error but for a program that takes up to most of them.
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

// Usage says what is wrong with the flags or arguments and gives the error to return.
func (c *Command) Usage(format string, args ...any) error {
	fmt.Fprintf(c.Stderr, "%s: %s; see %s -h\n", c.Name, fmt.Sprintf(format, args...), c.Name)
	return errUsage
}

func (c *Command) openLog(level zerolog.Level) error {
	writers := []io.Writer{consoleWriter(c.Stderr, !c.terminal)}
	if c.logPath != "" {
		if err := os.MkdirAll(filepath.Dir(c.logPath), 0o777); err != nil {
			return atomicfile.Error(c.logPath, err)
		}
		f, err := os.Create(c.logPath)
		if err != nil {
			return atomicfile.Error(c.logPath, err)
		}
		c.file = f
		writers = append(writers, consoleWriter(f, true))
	}
	c.Log = zerolog.New(zerolog.MultiLevelWriter(writers...)).Level(level)
	return nil
}

func consoleWriter(w io.Writer, plain bool) io.Writer {
	return zerolog.ConsoleWriter{Out: w, NoColor: plain, PartsExclude: []string{zerolog.TimestampFieldName}}
}

// fail says in one line why the program ends.
func (c *Command) fail(err error) {
	line := c.Name + ": " + strings.ReplaceAll(err.Error(), "\n", "; ") + "\n"
	io.WriteString(c.Stderr, line)
	if c.file != nil {
		io.WriteString(c.file, line)
	}
}

func (c *Command) close() {
	if c.file != nil {
		c.file.Close()
	}
}

// signalError is the cause of a context that a signal ended.
type signalError struct{ signal syscall.Signal }

func (e *signalError) Error() string { return "stopped by signal: " + e.signal.String() }

// notify gives a context that SIGINT and SIGTERM end. A second signal ends the process at once.
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
