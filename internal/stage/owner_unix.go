//go:build !windows

package stage

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// howToMend says whose path is, and what to do, where it is not the user's: a container often runs as
// another user than the one whose folders it gets. It is empty where that is not the cause.
func howToMend(path string, user, group int) string {
	for {
		info, err := os.Stat(path)
		if err == nil {
			owner, known := info.Sys().(*syscall.Stat_t)
			if known && int(owner.Uid) != user {
				return fmt.Sprintf("; %s belongs to user %[2]d:%[3]d, this runs as %[4]d:%[5]d: "+
					"run it as %[2]d:%[3]d (under compose: SONAR_USER=%[2]d:%[3]d), or: chown -R %[4]d:%[5]d %[1]s",
					path, owner.Uid, owner.Gid, user, group)
			}
			if info.IsDir() {
				return ""
			}
		}
		if path == filepath.Dir(path) {
			return ""
		}
		path = filepath.Dir(path)
	}
}
