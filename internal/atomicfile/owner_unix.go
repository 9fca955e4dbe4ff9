//go:build !windows

package atomicfile

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// howToMend says who owns path, or the folder in which it would be created, and what to do if that is another
// user: a container often does not run as the owner of the folders that it is given. It is empty
// if that is not the cause.
func howToMend(path string, user, group int) string {
	return remedyFor(path, identity{user, group}, numbersAreMapped())
}

// remedyFor is howToMend for a user. In a rootless container, whose user numbers are mapped, it only helps to run
// as the other user: a chown from inside would hand the folder to a number that is nobody's outside.
func remedyFor(path string, me identity, mapped bool) string {
	path = filepath.Clean(path)
	owner, found := ownerOf(path)
	for !found && path != filepath.Dir(path) {
		path = filepath.Dir(path)
		owner, found = ownerOf(path)
	}
	if owner.user == me.user { // the cause is not the file, but perhaps its folder
		path = filepath.Dir(path)
		owner, found = ownerOf(path)
	}
	if !found || owner.user == me.user {
		return ""
	}
	path = topmost(path, owner)
	text := fmt.Sprintf("; %s belongs to user %s, this runs as %s: run it as %[2]s (under compose: SONAR_USER=%[2]s)", path, owner, me)
	if !mapped {
		text += fmt.Sprintf(", or: chown -R %s %s", me, path)
	}
	return text
}

// numbersAreMapped reports whether this process is in a user namespace, where its user numbers are not those outside.
func numbersAreMapped() bool {
	text, err := os.ReadFile("/proc/self/uid_map") // not there: a system without namespaces
	fields := strings.Fields(string(text))
	return err == nil && !slices.Equal(fields, []string{"0", "0", "4294967295"})
}

// topmost returns the highest folder above a relative path that has the same owner, as everything below it will
// need the same remedy. The current folder does not count, nor do those above an absolute path.
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
