//go:build !windows

package atomicfile

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// howToMend says whose path is, or the folder that it is to be made in, and what to do, where that is
// not the user: a container often runs as another one than the owner of the folders that it gets. It
// is empty where that is not the cause.
func howToMend(path string, user, group int) string {
	path = filepath.Clean(path)
	owner, found := ownerOf(path)
	for !found && path != filepath.Dir(path) {
		path = filepath.Dir(path)
		owner, found = ownerOf(path)
	}
	if owner.user == user { // not the file, perhaps its folder
		path = filepath.Dir(path)
		owner, found = ownerOf(path)
	}
	if !found || owner.user == user {
		return ""
	}
	path = topmost(path, owner)
	return fmt.Sprintf("; %s belongs to user %s, this runs as %s: run it as %[2]s (under compose: SONAR_USER=%[2]s), or: chown -R %[3]s %[1]s",
		path, owner, identity{user, group})
}

// topmost is the highest folder above a relative path that has the same owner, as all below will need
// the same. The current folder is not taken for one, nor is what lies above an absolute path.
func topmost(path string, owner identity) string {
	for !filepath.IsAbs(path) && filepath.Dir(path) != "." {
		above, found := ownerOf(filepath.Dir(path))
		if !found || above != owner {
			break
		}
		path = filepath.Dir(path)
	}
	return path
}

type identity struct{ user, group int }

func (i identity) String() string { return fmt.Sprintf("%d:%d", i.user, i.group) }

func ownerOf(path string) (identity, bool) {
	info, err := os.Stat(path)
	if err != nil {
		return identity{}, false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return identity{}, false
	}
	return identity{int(stat.Uid), int(stat.Gid)}, true
}
