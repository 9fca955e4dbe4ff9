package shard

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"

	"example.com/sonar/internal/cli"
)

// Flags are those of a program whose tasks can be divided.
type Flags struct {
	Part    Part // the zero value unless -shard is there
	Merge   bool
	Missing bool

	folder  *string
	part    string
	sharing bool // -shard was given, even if empty, as by an unset variable
	count   int  // of -missing N; 0 is not said
}

// AddFlags adds -shard, -merge, -missing and -shards, whose default is folder.
func AddFlags(c *cli.Command, folder string) *Flags {
	f := new(Flags)
	c.Flags.Func("shard", "do a share of the work, `I/N`, I from 0, and write its records to -shards", func(part string) error {
		f.part, f.sharing = part, true
		return nil
	})
	c.Flags.BoolVar(&f.Merge, "merge", false, "do no work; make the outputs of the records of all shards")
	c.Flags.BoolVar(&f.Missing, "missing", false, "print the missing shards, as in 3,7-9; exit with status 3 if there are some. Before the first one, name the number of all: -missing N")
	f.folder = c.Output("shards", folder, "`folder` of the shards' records", Files...)
	return f
}

var countText = regexp.MustCompile(`^[1-9][0-9]{0,6}$`)

// Check reads the flags, after they are parsed, and args, what is no flag. The error is about usage.
func (f *Flags) Check(args []string) (err error) {
	given := 0
	for _, is := range []bool{f.sharing, f.Merge, f.Missing} {
		if is {
			given++
		}
	}
	switch {
	case given > 1:
		return errors.New("-shard, -merge and -missing exclude each other")
	case len(args) > 0 && !f.Missing:
		return fmt.Errorf("unexpected argument %.40q", args[0])
	case len(args) > 0 && !countText.MatchString(args[0]):
		return fmt.Errorf("-missing needs the number of shards, got %.40q", args[0])
	case len(args) > 0:
		if f.count, err = strconv.Atoi(args[0]); f.count > maxCount {
			return fmt.Errorf("-missing needs at most %d shards, got %s", maxCount, args[0])
		}
	case f.sharing:
		if f.Part, err = ParsePart(f.part); err != nil {
			return fmt.Errorf("-shard %w", err)
		}
	}
	return err
}

// Used reports whether the program is one of several.
func (f *Flags) Used() bool { return f.Part.Count > 0 || f.Merge || f.Missing }

// Open returns the folder for the records of a run, as the package's Open does for -shard and Find for -merge.
func (f *Flags) Open(ctx context.Context, run Run) (*Folder, error) {
	if f.Part.Count > 0 {
		run.Shards = f.Part.Count
		return Open(ctx, *f.folder, run)
	}
	return f.find(run)
}

// find returns the folder of shards that are there.
func (f *Flags) find(run Run) (*Folder, error) {
	run.Shards = f.count
	folder, err := Find(*f.folder, run)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: no shard has been run", err)
	}
	return folder, err
}

// exitMissing is the status of a program that has printed missing shards.
const exitMissing = 3

// PrintMissing prints the shards of a run that are missing and returns an error of exit status 3 if there are some. Those
// whose files are not whole are among them, and logged.
func (f *Flags) PrintMissing(c *cli.Command, run Run) error {
	var missing []int
	folder, err := f.find(run)
	switch {
	case errors.Is(err, fs.ErrNotExist) && f.count > 0:
		for index := range f.count {
			missing = append(missing, index)
		}
	case err != nil:
		return err
	default:
		var broken []error
		missing, broken = folder.Missing()
		for _, err := range broken {
			c.Log.Warn().Msg(err.Error())
		}
	}
	if missing == nil {
		return nil
	}
	if _, err := fmt.Fprintln(c.Stdout, Array(missing)); err != nil {
		return err
	}
	return &cli.Exit{Status: exitMissing}
}
