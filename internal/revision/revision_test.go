package revision

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// repository makes a git repository with two commits in a temporary folder.
func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	write(t, dir, "params.yaml", "one\n")
	write(t, dir, "data/a.dvc", "a\n")
	write(t, dir, "data/b c.csv", "b\n")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "one")
	git(t, dir, "tag", "-a", "-m", "first", "v1")
	git(t, dir, "checkout", "-q", "-b", "try/it")
	write(t, dir, "params.yaml", "two\n")
	git(t, dir, "commit", "-q", "-a", "-m", "two")
	return dir
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "gc.auto=0", "-c", "user.name=n", "-c", "user.email=n@example.com"}, args...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func write(t *testing.T, dir, path, text string) {
	t.Helper()
	path = filepath.Join(dir, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, dir string) *Repository {
	t.Helper()
	r, err := Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func TestResolveTakesWhateverNamesACommit(t *testing.T) {
	dir := repository(t)
	one, two := git(t, dir, "rev-parse", "main"), git(t, dir, "rev-parse", "try/it")
	// As `dvc exp run -n NAME` writes them; DVC also keeps refs of other shapes there.
	git(t, dir, "update-ref", "refs/exps/"+one[:2]+"/"+one[2:]+"/only-exp", two)
	git(t, dir, "update-ref", "refs/exps/"+one[:2]+"/"+one[2:]+"/both-exp", one)
	git(t, dir, "update-ref", "refs/exps/"+two[:2]+"/"+two[2:]+"/both-exp", two)
	git(t, dir, "update-ref", "refs/exps/"+one[:2]+"/"+one[2:]+"/main", two)
	git(t, dir, "update-ref", "refs/exps/exec/EXEC_HEAD", one)
	tests := []struct{ name, want string }{
		{"main", one},
		{"try/it", two},
		{"v1", one},
		{"HEAD", two},
		{"HEAD~1", one},
		{one, one},
		{one[:8], one},
		{"HEAD^{/one}", one},
		{"only-exp", two},
		{"both-exp", two}, // that of the commit checked out
	}
	r := open(t, dir)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, err := r.Resolve(context.Background(), test.name); err != nil || got != test.want {
				t.Errorf("Resolve = %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestResolveRefusesWhatNamesNoCommit(t *testing.T) {
	dir := repository(t)
	one, two := git(t, dir, "rev-parse", "main"), git(t, dir, "rev-parse", "try/it")
	git(t, dir, "update-ref", "refs/exps/"+one[:2]+"/"+one[2:]+"/twice", one)
	git(t, dir, "update-ref", "refs/exps/"+two[:2]+"/"+two[2:]+"/twice", two)
	git(t, dir, "commit", "-q", "--allow-empty", "-m", "three")
	tests := []struct{ name, want string }{
		{"nope", "git knows no revision \"nope\""},
		{"EXEC_HEAD", "git knows no revision"},
		{"*", "git knows no revision"},
		{"--all", "git knows no revision"},
		{"main:params.yaml", "git knows no revision"},
		{"", "is not the name of a revision"},
		{"main\nHEAD", "is not the name of a revision"},
		{"twice", "2 DVC experiments are called \"twice\""},
	}
	r := open(t, dir)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, err := r.Resolve(context.Background(), test.name); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Resolve = %q, %v, want an error that says %q", got, err, test.want)
			}
		})
	}
	// git still answers.
	if got, err := r.Resolve(context.Background(), "main"); got != one {
		t.Errorf("Resolve = %q, %v, want %q", got, err, one)
	}
}

func TestFilesOfCommitAndWorkspace(t *testing.T) {
	dir := repository(t)
	write(t, dir, "params.yaml", "three\n")
	sides := map[string]Files{
		"one\n":   open(t, dir).Files(git(t, dir, "rev-parse", "main")),
		"two\n":   open(t, dir).Files(git(t, dir, "rev-parse", "HEAD")),
		"three\n": Workspace(dir),
	}
	for want, files := range sides {
		t.Run(strings.TrimSpace(want), func(t *testing.T) {
			if got, err := files.Read("params.yaml", 100); err != nil || string(got) != want {
				t.Errorf("Read = %q, %v, want %q", got, err, want)
			}
			if got, err := files.Read("data/b c.csv", 2); err != nil || string(got) != "b\n" {
				t.Errorf("Read = %q, %v, want %q", got, err, "b\n")
			}
			if _, err := files.Read("nope", 100); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Read of a missing file: %v", err)
			}
			if _, err := files.List("nope"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("List of a missing folder: %v", err)
			}
			if got, err := files.List("data"); err != nil || !slices.Equal(got, []string{"a.dvc", "b c.csv"}) {
				t.Errorf("List = %q, %v", got, err)
			}
			if _, err := files.Read("params.yaml", 2); err == nil || !strings.Contains(err.Error(), "must be at most 2 bytes long") {
				t.Errorf("Read of too large a file: %v", err)
			}
		})
	}
}

// TestPathsCountFromTheFolder: the project may be a folder of a larger repository.
func TestPathsCountFromTheFolder(t *testing.T) {
	dir := repository(t)
	r := open(t, filepath.Join(dir, "data"))
	got, err := r.Files(git(t, dir, "rev-parse", "HEAD")).Read("a.dvc", 100)
	if err != nil || string(got) != "a\n" {
		t.Errorf("Read = %q, %v", got, err)
	}
}

func TestABareRepositoryHasTheSameFiles(t *testing.T) {
	dir := repository(t)
	bare := filepath.Join(t.TempDir(), "bare.git")
	git(t, dir, "clone", "-q", "--bare", dir, bare)
	for name, folder := range map[string]string{"bare": bare, "git's own folder": filepath.Join(dir, ".git")} {
		t.Run(name, func(t *testing.T) {
			r := open(t, folder)
			commit, err := r.Resolve(t.Context(), "v1")
			if err != nil || !r.Bare {
				t.Fatalf("bare: %v, %v", r.Bare, err)
			}
			files := r.Files(commit)
			if got, err := files.Read("params.yaml", 100); err != nil || string(got) != "one\n" {
				t.Errorf("Read = %q, %v", got, err)
			}
			if got, err := files.List("data"); err != nil || !slices.Equal(got, []string{"a.dvc", "b c.csv"}) {
				t.Errorf("List = %q, %v", got, err)
			}
			if got, err := files.Read("data/b c.csv", 2); err != nil || string(got) != "b\n" {
				t.Errorf("Read = %q, %v", got, err)
			}
			if _, err := files.Read("nope", 100); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Read of a missing file: %v", err)
			}
		})
	}
	if open(t, filepath.Join(dir, "data")).Bare {
		t.Error("a work tree is bare")
	}
}

// TestFoldersAreNoFiles also checks that git is asked nothing more once an answer went unread.
func TestFoldersAreNoFiles(t *testing.T) {
	dir := repository(t)
	r := open(t, dir)
	head := git(t, dir, "rev-parse", "HEAD")
	if _, err := r.Files(head).Read("data", 100); err == nil || !strings.Contains(err.Error(), "is a tree in git, must be a blob") {
		t.Errorf("Read of a folder: %v", err)
	}
	if text, err := r.Files(head).Read("params.yaml", 100); err == nil {
		t.Errorf("git goes on and answers %q", text)
	}
}

func TestOutsideARepositoryGitSaysWhy(t *testing.T) {
	t.Setenv("GIT_CEILING_DIRECTORIES", os.TempDir())
	r := open(t, t.TempDir())
	if _, err := r.Resolve(context.Background(), "main"); err == nil || !strings.Contains(err.Error(), "not a git repository") {
		t.Errorf("error %v", err)
	}
}

// The errors about a name that cannot be resolved can be distinguished from those about files.
func TestUnresolvedNamesAreUnreadable(t *testing.T) {
	dir := repository(t)
	r := open(t, dir)
	for _, name := range []string{"", "nope", "-h", "--all", "origin/main", "main:params.yaml", "a\nb"} {
		if _, err := r.Resolve(context.Background(), name); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := r.Files(git(t, dir, "rev-parse", "main")).Read("nope", 100); errors.Is(err, ErrUnreadable) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestACommitThatIsTooLargeIsNamed(t *testing.T) {
	dir := repository(t)
	message := filepath.Join(t.TempDir(), "message")
	if err := os.WriteFile(message, bytes.Repeat([]byte("large "), maxCommit/6+1), 0o666); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "commit", "-q", "--allow-empty", "-F", message)
	git(t, dir, "branch", "large")
	hash := git(t, dir, "rev-parse", "large")
	want := fmt.Sprintf(`"large": commit object %s: must be at most %d bytes long`, hash, maxCommit)
	if _, err := open(t, dir).Resolve(context.Background(), "large"); err == nil || err.Error() != want || !errors.Is(err, ErrUnreadable) {
		t.Errorf("got %v, want %s", err, want)
	}
}

// A file of a folder that was listed is found by the hash in the list: git is not asked to look through the
// folder again, which would take a time that is quadratic in its files.
func TestReadingAListedFolderIsLinear(t *testing.T) {
	dir := repository(t)
	const files = 6000
	for i := range files {
		write(t, dir, fmt.Sprintf("data/%d.dvc", i), fmt.Sprintf("%d\n", i))
	}
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "many")
	all := open(t, dir).Files(git(t, dir, "rev-parse", "HEAD"))
	took := func(from, to int) time.Duration {
		started := time.Now()
		for i := from; i < to; i++ {
			if got, err := all.Read(fmt.Sprintf("data/%d.dvc", i), 100); err != nil || string(got) != fmt.Sprintf("%d\n", i) {
				t.Fatalf("%d: %q, %v", i, got, err)
			}
		}
		return time.Since(started)
	}
	const some = 500
	unlisted := took(files-some, files)
	if _, err := all.List("data"); err != nil {
		t.Fatal(err)
	}
	listed := took(0, some)
	took(0, files)
	t.Logf("%d files: %v through the folder, %v listed", some, unlisted, listed)
	if listed > unlisted/2 {
		t.Errorf("%d files take %v after the folder was listed, %v before", some, listed, unlisted)
	}
}

func TestUnmergedFilesAreThoseOfTheFolder(t *testing.T) {
	dir := repository(t)
	r := open(t, dir)
	wantUnmerged := func(want ...string) {
		t.Helper()
		got, err := r.Unmerged(t.Context())
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("unmerged are %q, %v, want %q", got, err, want)
		}
	}
	wantUnmerged()
	git(t, dir, "checkout", "-q", "main")
	write(t, dir, "params.yaml", "three\n")
	write(t, dir, "data/é \n.csv", "ours\n")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "three")
	git(t, dir, "checkout", "-q", "try/it")
	write(t, dir, "data/é \n.csv", "theirs\n")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "four")
	if out, err := exec.Command("git", "-C", dir, "-c", "user.name=n", "-c", "user.email=n@example.com", "merge", "main").CombinedOutput(); err == nil {
		t.Fatalf("the merge has no conflict:\n%s", out)
	}
	wantUnmerged("data/é \n.csv", "params.yaml")
	r = open(t, filepath.Join(dir, "data"))
	wantUnmerged("é \n.csv")
}

func TestMalformedTreesAreErrors(t *testing.T) {
	for _, tree := range []string{"100644", "100644 a", "100644 a\x00short", "\x0001234567890123456789"} {
		if entries, err := readTree([]byte(tree), 20); err == nil {
			t.Errorf("readTree(%q) = %q", tree, entries)
		}
	}
}

// Each entry that is read is in the tree, byte for byte, and nothing of the tree is left out but the modes.
func FuzzReadTree(f *testing.F) {
	f.Add([]byte("100644 a\x0012345678901234567890" + "40000 b c\x0009876543210987654321"))
	f.Add([]byte("100644 a\x00short"))
	f.Add([]byte("100644 \x00\x00 \x00"))
	f.Fuzz(func(t *testing.T, tree []byte) {
		entries, err := readTree(tree, 20)
		if err != nil {
			return
		}
		rest := tree
		for _, e := range entries {
			_, after, _ := bytes.Cut(rest, []byte(" "+e.name+"\x00"))
			if len(after) < 20 || hex.EncodeToString(after[:20]) != e.hash {
				t.Fatalf("%q is not in %q, with hash %s", e.name, rest, e.hash)
			}
			rest = after[20:]
		}
		if len(rest) > 0 {
			t.Errorf("%q was left out", rest)
		}
	})
}

// Whatever git says of an object, it is an object of a size, or an error.
func FuzzParseObject(f *testing.F) {
	f.Add("0123456789012345678901234567890123456789 blob 12")
	f.Add("HEAD:x missing")
	f.Add("a b -1")
	f.Fuzz(func(t *testing.T, line string) {
		if o, err := parseObject(line); err == nil && (o.size < 0 || strings.Fields(line)[0] != o.hash) {
			t.Errorf("%q is %+v", line, o)
		}
	})
}
