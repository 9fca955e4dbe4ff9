// Package revision reads the files of git revisions, and of the workspace, with git alone: no
// checkout and no remote. One git process serves any number of files, so the time does not grow with
// the history.
package revision

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// A Repository is the git repository that the current folder lies in.
type Repository struct {
	dir      string
	git      *exec.Cmd
	requests io.WriteCloser
	answers  *bufio.Reader
	stderr   bytes.Buffer
}

// Open starts git in the folder dir, which paths are relative to. Close ends it; so does ctx.
func Open(ctx context.Context, dir string) (*Repository, error) {
	r := &Repository{dir: dir, git: command(ctx, dir, "cat-file", "--batch")}
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
		return nil, fmt.Errorf("git is needed to read revisions: %w", err)
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

// Resolve gives the commit, as its full hash, of a branch, tag, hash or anything else that git takes
// for a commit, or of a DVC experiment's name. As with DVC, git's names come first.
func (r *Repository) Resolve(ctx context.Context, name string) (commit string, err error) {
	if name == "" || strings.ContainsFunc(name, isControl) {
		return "", fmt.Errorf("%.80q is no name of a revision", name)
	}
	commit, err = r.commit(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return commit, err
	}
	ref, err := r.experiment(ctx, name)
	if err != nil {
		return "", err
	}
	if ref == "" {
		return "", fmt.Errorf("git knows no revision %.80q, nor DVC an experiment of that name (in a shallow or fresh clone, fetch it first)", name)
	}
	return r.commit(ref)
}

func isControl(c rune) bool { return c < ' ' || c == 0x7f }

func (r *Repository) commit(name string) (string, error) {
	o, err := r.object(name + "^{commit}")
	if err != nil {
		return "", err
	}
	_, err = r.body(o, maxCommit)
	return o.hash, err
}

// maxCommit is the size of the largest commit object that is read, in bytes.
const maxCommit = 16 << 20

// Files gives the files of a commit.
func (r *Repository) Files(commit string) Files {
	return Files{func(path string, most int64) ([]byte, error) {
		return r.read(commit, path, "blob", most)
	}, func(folder string) ([]string, error) {
		tree, err := r.read(commit, folder, "tree", maxTree)
		if err != nil {
			return nil, err
		}
		return treeNames(tree, len(commit)/2)
	}}
}

// maxTree is the size of the largest folder that is listed, in bytes of its tree object.
const maxTree = 1 << 20

// Workspace gives the files in the folder dir.
func Workspace(dir string) Files {
	return Files{func(path string, most int64) ([]byte, error) {
		return readBounded(dir, path, most)
	}, func(folder string) ([]string, error) {
		return listFolder(dir, folder)
	}}
}

// Files are the files of one side of a comparison. Paths are relative, with slashes. A missing file is
// an error that is fs.ErrNotExist.
type Files struct {
	// Read gives the content of a file of at most most bytes; a larger one is an error.
	Read func(path string, most int64) ([]byte, error)
	// List gives the names in a folder, in ascending order.
	List func(folder string) ([]string, error)
}

type object struct {
	hash, kind string
	size       int64
}

// read gives the content of what lies at path in commit. The path counts from the folder that git
// was started in, which need not be the top of the work tree.
func (r *Repository) read(commit, path, kind string, most int64) ([]byte, error) {
	o, err := r.object(commit + ":./" + path)
	if err != nil {
		return nil, err
	}
	if o.kind != kind {
		r.requests.Close() // the content lies in the way of any further answer
		return nil, fmt.Errorf("is a %s in git, must be a %s", o.kind, kind)
	}
	return r.body(o, most)
}

// object asks git for an object and reads the line that tells of it; its content is still to be read.
func (r *Repository) object(name string) (object, error) {
	if _, err := io.WriteString(r.requests, name+"\n"); err != nil {
		return object{}, r.broken(err)
	}
	line, err := r.answers.ReadString('\n')
	if err != nil {
		return object{}, r.broken(err)
	}
	line = strings.TrimSuffix(line, "\n")
	if strings.HasSuffix(line, " missing") {
		return object{}, fs.ErrNotExist
	}
	fields := strings.Fields(line)
	if len(fields) != 3 || strings.HasSuffix(line, " ambiguous") {
		return object{}, fmt.Errorf("git: %.200q", line)
	}
	size, err := strconv.ParseInt(fields[2], 10, 64)
	return object{fields[0], fields[1], size}, err
}

// body reads an object's content. After an error nothing more can be asked of git.
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

// broken tells what git said before it went away.
func (r *Repository) broken(err error) error {
	r.Close()
	if said, _, _ := strings.Cut(r.stderr.String(), "\n"); said != "" {
		return fmt.Errorf("git: %.200s", said)
	}
	return fmt.Errorf("git: %w", err)
}

// treeNames reads a tree object: entries of mode, space, name, NUL and a binary hash.
func treeNames(tree []byte, hashSize int) ([]string, error) {
	var names []string
	for len(tree) > 0 {
		head, rest, ok := bytes.Cut(tree, []byte{0})
		_, name, ok2 := bytes.Cut(head, []byte{' '})
		if !ok || !ok2 || len(rest) < hashSize {
			return nil, errors.New("git: malformed tree object")
		}
		names = append(names, string(name))
		tree = rest[hashSize:]
	}
	return names, nil
}
