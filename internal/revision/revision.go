// Package revision reads the files of git revisions, and of the workspace, with git alone: no checkout and no
// remote. One git process serves any number of files, so the time does not grow with the history or, beyond
// what is read, with the size of a folder.
package revision

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// ErrUnreadable matches the errors that say that git, or a revision, cannot be read at all. It distinguishes them from
// errors about a file of a revision.
var ErrUnreadable = errors.New("the revision cannot be read")

// unreadable makes an error match ErrUnreadable without changing its text.
type unreadable struct{ error }

func (unreadable) Is(target error) bool { return target == ErrUnreadable }
func (u unreadable) Unwrap() error      { return u.error }

// A Repository is the git repository that contains a folder, and a git process that reads it. It is for one goroutine
// at a time, as are the Files of its commits.
type Repository struct {
	Bare     bool   // the folder is in no work tree, and paths are relative to the top of a commit
	dir      string // what paths are relative to otherwise; it need not be the top of the work tree
	git      *exec.Cmd
	requests io.WriteCloser
	answers  *bufio.Reader
	stderr   bytes.Buffer
}

// Open starts git in the folder dir, which paths are relative to. Close ends it; so does ctx. If dir is not in a
// repository, the first request fails. The error, if git cannot be started, is ErrUnreadable.
func Open(ctx context.Context, dir string) (*Repository, error) {
	within, _ := command(ctx, dir, "rev-parse", "--is-inside-work-tree").Output()
	r := &Repository{Bare: string(within) == "false\n", dir: dir, git: command(ctx, dir, "cat-file", "--batch")}
	r.git.Stderr = &r.stderr
	var err error
	if r.requests, err = r.git.StdinPipe(); err != nil {
		return nil, err
	}
	answers, err := r.git.StdoutPipe()
	if err != nil {
		return nil, err
	}
	r.answers = bufio.NewReaderSize(answers, 1<<16)
	if err := r.git.Start(); err != nil {
		return nil, unreadable{fmt.Errorf("git is needed to read revisions: %w", err)}
	}
	return r, nil
}

func command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "GIT_TERMINAL_PROMPT=0")
	return cmd
}

// Close ends git. It may be called twice.
func (r *Repository) Close() {
	r.requests.Close()
	r.git.Process.Kill() // it may still be writing a file that nobody wants
	r.git.Wait()
}

// Resolve returns the full hash of the commit that name refers to: a branch, tag, hash or anything else
// that git accepts as a commit, or a DVC experiment's name. As with DVC, git's names come first. Every error is
// ErrUnreadable and names the revision.
func (r *Repository) Resolve(ctx context.Context, name string) (commit string, err error) {
	commit, err = r.resolve(ctx, name)
	if err != nil {
		return "", unreadable{err}
	}
	return commit, nil
}

func (r *Repository) resolve(ctx context.Context, name string) (commit string, err error) {
	if name == "" || strings.ContainsFunc(name, isControl) {
		return "", fmt.Errorf("%.80q is not the name of a revision", name)
	}
	commit, err = r.commit(name)
	if errors.Is(err, fs.ErrNotExist) {
		ref, refErr := r.experiment(ctx, name)
		if refErr != nil {
			return "", refErr
		}
		if ref == "" {
			return "", fmt.Errorf("git knows no revision %.80q, nor DVC an experiment of that name (in a shallow or fresh clone, fetch it first)", name)
		}
		commit, err = r.commit(ref)
	}
	if err != nil {
		return "", fmt.Errorf("%.80q: %w", name, err)
	}
	return commit, nil
}

// Unmerged returns the files that a merge has left in conflict, in or below the folder that paths are relative to.
func (r *Repository) Unmerged(ctx context.Context) ([]string, error) {
	list, err := command(ctx, r.dir, "ls-files", "--unmerged", "-z").Output()
	if err != nil {
		return nil, fmt.Errorf("git ls-files: %w", err)
	}
	var paths []string
	for entry := range strings.SplitSeq(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		_, path, _ := strings.Cut(entry, "\t") // mode, hash and stage: a file has up to three
		if path != "" && !slices.Contains(paths[max(0, len(paths)-1):], path) {
			paths = append(paths, path)
		}
	}
	return paths, nil
}

func isControl(c rune) bool { return c < ' ' || c == 0x7f }

func (r *Repository) commit(name string) (string, error) {
	o, err := r.object(name + "^{commit}")
	if err != nil {
		return "", err
	}
	if _, err := r.body(o, maxCommit); err != nil {
		return "", fmt.Errorf("commit object %s: %w", o.hash, err)
	}
	return o.hash, nil
}

// maxCommit is the size of the largest commit object that is read, in bytes.
const maxCommit = 16 << 20

// Files returns the files of a commit. A file in a folder that was listed is found at once; for any other, git
// walks through the folders above it.
func (r *Repository) Files(commit string) Files {
	listed := map[string]string{} // the hash of each object in a listed folder, by path
	return Files{func(path string, most int64) ([]byte, error) {
		name, found := listed[path]
		if !found {
			name = r.inCommit(commit, path)
		}
		return r.read(name, "blob", most)
	}, func(folder string) ([]string, error) {
		tree, err := r.read(r.inCommit(commit, folder), "tree", maxTree)
		if err != nil {
			return nil, err
		}
		entries, err := readTree(tree, len(commit)/2)
		var names []string
		for _, entry := range entries {
			names = append(names, entry.name)
			listed[folder+"/"+entry.name] = entry.hash
		}
		return names, err
	}}
}

// inCommit returns git's name for what is at path in commit.
func (r *Repository) inCommit(commit, path string) string {
	if r.Bare {
		return commit + ":" + path
	}
	return commit + ":./" + path // relative to the folder that git was started in
}

// maxTree is the size of the largest folder that is listed, in bytes of its tree object.
const maxTree = 1 << 20

// Workspace returns the files in the folder dir, as they are when each is read.
func Workspace(dir string) Files {
	return Files{func(path string, most int64) ([]byte, error) {
		return readBounded(dir, path, most)
	}, func(folder string) ([]string, error) {
		return listFolder(dir, folder)
	}}
}

// Files are the files of one side of a comparison. Paths are relative, with slashes. For a missing file
// the error is fs.ErrNotExist.
type Files struct {
	// Read returns the content of a file of at most `most` bytes. It is an error if the file is larger, or is not a
	// regular file.
	Read func(path string, most int64) ([]byte, error)
	// List returns the names in a folder, in ascending order.
	List func(folder string) ([]string, error)
}

type object struct {
	hash, kind string
	size       int64
}

// read returns the content of the object that git knows by name.
func (r *Repository) read(name, kind string, most int64) ([]byte, error) {
	o, err := r.object(name)
	if err != nil {
		return nil, err
	}
	if o.kind != kind {
		r.requests.Close() // the unread content blocks any further answer
		return nil, fmt.Errorf("is a %s in git, must be a %s", o.kind, kind)
	}
	return r.body(o, most)
}

// object asks git for an object and reads the line about it, but not yet its content.
func (r *Repository) object(name string) (object, error) {
	if _, err := io.WriteString(r.requests, name+"\n"); err != nil {
		return object{}, r.broken(err)
	}
	line, err := r.answers.ReadString('\n')
	if err != nil {
		return object{}, r.broken(err)
	}
	return parseObject(strings.TrimSuffix(line, "\n"))
}

// parseObject reads git's line about an object: its hash, its kind and its size.
func parseObject(line string) (object, error) {
	if strings.HasSuffix(line, " missing") {
		return object{}, fs.ErrNotExist
	}
	fields := strings.Fields(line)
	if len(fields) != 3 || strings.HasSuffix(line, " ambiguous") {
		return object{}, fmt.Errorf("git: %.200q", line)
	}
	size, err := strconv.ParseUint(fields[2], 10, 63)
	if err != nil {
		return object{}, fmt.Errorf("git: %.200q", line)
	}
	return object{fields[0], fields[1], int64(size)}, nil
}

// body reads an object's content. After an error, git cannot be asked for anything more.
func (r *Repository) body(o object, most int64) ([]byte, error) {
	if o.size > most {
		r.requests.Close()
		return nil, tooLarge(most)
	}
	content := make([]byte, o.size+1) // a newline follows
	if _, err := io.ReadFull(r.answers, content); err != nil {
		return nil, r.broken(err)
	}
	return content[:o.size], nil
}

func tooLarge(most int64) error {
	return fmt.Errorf("must be at most %d bytes long", most)
}

// broken returns an error with what git printed before it ended.
func (r *Repository) broken(err error) error {
	r.Close()
	if said, _, _ := strings.Cut(r.stderr.String(), "\n"); said != "" {
		return unreadable{fmt.Errorf("git: %.200s", said)}
	}
	return unreadable{fmt.Errorf("git: %w", err)}
}

// A treeEntry is a file or folder in one of git's folders.
type treeEntry struct{ name, hash string }

// readTree reads a tree object: entries of mode, space, name, NUL and a binary hash.
func readTree(tree []byte, hashSize int) ([]treeEntry, error) {
	var entries []treeEntry
	for len(tree) > 0 {
		head, rest, ok := bytes.Cut(tree, []byte{0})
		_, name, ok2 := bytes.Cut(head, []byte{' '})
		if !ok || !ok2 || len(rest) < hashSize {
			return nil, errors.New("git: malformed tree object")
		}
		entries = append(entries, treeEntry{string(name), hex.EncodeToString(rest[:hashSize])})
		tree = rest[hashSize:]
	}
	return entries, nil
}
