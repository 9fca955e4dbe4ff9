//go:build !windows

package atomicfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAForeignFolderIsNamedWithWhatMendsIt(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll("experiments/logs", 0o700); err != nil {
		t.Fatal(err)
	}
	const file = "experiments/logs/train.log"
	absolute := t.TempDir()
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	me, group := os.Getuid(), os.Getgid()
	for _, c := range []struct{ name, path, foreign string }{
		{"a file that is there", file, "experiments"},
		{"a new file", "experiments/new", "experiments"},
		{"a new file in a new folder", "experiments/a/b/new", "experiments"},
		{"an absolute path", filepath.Join(absolute, "new"), absolute},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := remedyFor(c.path, identity{me, group}, false); got != "" {
				t.Errorf("of the user's own: %q", got)
			}
			got := remedyFor(c.path, identity{me + 1, group + 2}, false)
			for _, want := range []string{
				fmt.Sprintf("%s belongs to user %d:%d", c.foreign, me, group),
				fmt.Sprintf("SONAR_USER=%d:%d", me, group),
				fmt.Sprintf("chown -R %d:%d %s", me+1, group+2, c.foreign),
			} {
				if !strings.Contains(got, want) {
					t.Errorf("got %q, which lacks %q", got, want)
				}
			}
			rootless := remedyFor(c.path, identity{me + 1, group + 2}, true)
			if !strings.Contains(rootless, fmt.Sprintf("SONAR_USER=%d:%d", me, group)) || strings.Contains(rootless, "chown") {
				t.Errorf("in a rootless container: %q", rootless)
			}
		})
	}
}
