package memory

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheLimitIsTheLeastOfMachineAndGroups(t *testing.T) {
	const meminfo = "MemTotal:        8000000 kB\nMemFree:           10 kB\n"
	const total = 8000000 << 10
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"nothing known": {nil, unlimited},
		"machine":       {map[string]string{"proc/meminfo": meminfo}, total},
		"not a number":  {map[string]string{"proc/meminfo": "MemTotal: much kB\n"}, unlimited},
		"group without limit": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "max\n"}, total},
		"version 2": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "2000000000\n"}, 2e9},
		"version 2, of the parent": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a/b\n",
			"sys/fs/cgroup/a/b/memory.max": "3000000000\n", "sys/fs/cgroup/a/memory.max": "1000000000\n"}, 1e9},
		"version 2, a container's own top": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "500000000\n"}, 5e8},
		"version 1": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "5:cpu,memory:/d\n1:name=systemd:/\n0::/\n",
			"sys/fs/cgroup/memory/d/memory.limit_in_bytes": "700000000\n"}, 7e8},
		"version 1, no limit": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "5:memory:/d\n",
			"sys/fs/cgroup/memory/d/memory.limit_in_bytes": "9223372036854771712\n"}, total},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for path, content := range c.files {
				path = filepath.Join(root, path)
				if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if got := limitBelow(root); got != c.want {
				t.Errorf("limit is %d, want %d", got, c.want)
			}
		})
	}
}

func TestThisMachineHasMemoryLeft(t *testing.T) {
	if left := Left(); left < 1<<24 {
		t.Errorf("%d bytes are left", left)
	}
}
