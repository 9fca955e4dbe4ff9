package cli

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// A pathFlag is a flag whose value is the path of a file, or of a folder.
type pathFlag struct {
	name  string
	value *string
	files []string // which files below the folder are meant: patterns of fs.Glob; nil if the value is a file
}

// Input adds a flag whose value is the path of a file that the program reads, or of a folder of which it reads the files whose
// paths below it match one of some patterns, those of fs.Glob. Parse refuses to let an output replace one of them. As for any
// flag of package flag, the usage has the kind of the value in back quotes, here `file` or `folder`.
func (c *Command) Input(name, path, usage string, files ...string) *string {
	value := c.Flags.String(name, path, usage)
	c.inputs = append(c.inputs, pathFlag{name, value, files})
	return value
}

// Output adds a flag whose value is the path of a file that the program replaces or removes, or of a folder in which it
// replaces or removes the files that match one of some patterns, as those of Input do.
func (c *Command) Output(name, path, usage string, files ...string) *string {
	value := c.Flags.String(name, path, usage)
	c.outputs = append(c.outputs, pathFlag{name, value, files})
	return value
}

// paths returns the path of the file, or those of the files that are there.
func (p pathFlag) paths() (paths []string) {
	switch {
	case *p.value == "": // no file
		return nil
	case p.files == nil:
		return []string{*p.value}
	}
	for _, pattern := range p.files {
		names, _ := fs.Glob(os.DirFS(*p.value), pattern) // a folder that cannot be read has no file to lose
		for _, name := range names {
			paths = append(paths, filepath.Join(*p.value, filepath.FromSlash(name)))
		}
	}
	return paths
}

// kinds lists what the usage of a flag calls a path.
var kinds = []string{"file", "folder", "path"}

// checkPaths returns an error if a path is given that is empty, which only the log's may be. It panics if a flag of a file or
// folder is neither an Input nor an Output.
func (c *Command) checkPaths() (err error) {
	c.Flags.VisitAll(func(f *flag.Flag) {
		kind, _ := flag.UnquoteUsage(f)
		known := slices.ContainsFunc(slices.Concat(c.inputs, c.outputs), func(p pathFlag) bool { return p.name == f.Name })
		if (kind == "file" || kind == "folder") && !known {
			panic("cli: a flag of a file or folder must be an Input or an Output")
		}
	})
	c.Flags.Visit(func(f *flag.Flag) {
		kind, _ := flag.UnquoteUsage(f)
		if slices.Contains(kinds, kind) && f.Value.String() == "" && f.Name != logFlag {
			err = fmt.Errorf("-%s must be a %s, got \"\"", f.Name, kind)
		}
	})
	return err
}

// inUse reports whether a flag counts: with arguments a program is run by hand, and only flags that are given do.
func (c *Command) inUse(name string) bool {
	used := len(c.Args) == 0
	c.Flags.Visit(func(f *flag.Flag) { used = used || f.Name == name })
	return used
}

// keepInputs returns an error if an output would replace or remove a file that the program reads, by whatever path, or another
// output. Arguments count as paths of files that are read.
func (c *Command) keepInputs() error {
	var inputs []os.FileInfo
	read := slices.Clone(c.Args)
	for _, in := range c.inputs {
		if c.inUse(in.name) {
			read = append(read, in.paths()...)
		}
	}
	for _, path := range read {
		if info, err := statInput(path); err == nil {
			inputs = append(inputs, info)
		}
	}
	for i, out := range c.outputs {
		if !c.inUse(out.name) {
			continue
		}
		for _, path := range out.paths() {
			info, err := os.Stat(path)
			if err == nil && slices.ContainsFunc(inputs, func(input os.FileInfo) bool { return os.SameFile(input, info) }) {
				return fmt.Errorf("-%s must not replace %.200q, which %s reads", out.name, path, c.Name)
			}
			for _, other := range c.outputs[:i] {
				if c.inUse(other.name) && other.files == nil && samePath(path, *other.value) {
					return fmt.Errorf("-%s and -%s must not be one file, got %.200q", other.name, out.name, path)
				}
			}
		}
	}
	return nil
}

func statInput(path string) (os.FileInfo, error) {
	if path == Standard {
		return os.Stdin.Stat()
	}
	return os.Stat(path)
}

// samePath reports whether two paths are of the same file, which need not be there.
func samePath(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return os.SameFile(infoA, infoB)
	}
	absoluteA, errA := filepath.Abs(a)
	absoluteB, errB := filepath.Abs(b)
	return errA == nil && errB == nil && absoluteA == absoluteB
}
