//go:build cluster

package cluster

import (
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// maxArraySize is the cluster's; the largest index is one less.
const maxArraySize = 20

// A slurm is a real Slurm on this machine: a controller, and nodes of one CPU each. A node is a PID namespace, so
// all of it ends when its first process does, as in a power cut.
type slurm struct {
	folder  string
	daemons map[string]*exec.Cmd // munged, slurmctld and the nodes
}

var nodeNames = []string{"n1", "n2", "n3"}

// startSlurm starts a cluster, in folder, and returns when every node is idle. The environment's SLURM_CONF is then its.
func startSlurm(folder string) (*slurm, error) {
	s := &slurm{folder, map[string]*exec.Cmd{}}
	for _, name := range []string{"munge", "state", "spool", "log"} {
		if err := os.MkdirAll(filepath.Join(folder, name), 0o755); err != nil {
			return nil, err
		}
	}
	key := make([]byte, 1024)
	rand.Read(key)
	if err := os.WriteFile(s.path("munge/key"), key, 0o600); err != nil {
		return nil, err
	}
	settings, err := s.settings()
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(s.path("slurm.conf"), []byte(settings), 0o644); err != nil {
		return nil, err
	}
	os.Setenv("SLURM_CONF", s.path("slurm.conf"))
	if err := s.start("munged", "munged", "--foreground", "--force", "--key-file="+s.path("munge/key"),
		"--socket="+s.path("munge/sock"), "--pid-file="+s.path("munge/pid"), "--log-file="+s.path("log/munged"),
		"--seed-file="+s.path("munge/seed")); err != nil {
		return s, err
	}
	if err := within(time.Minute, "munged listens", func() bool { return exists(s.path("munge/sock")) }); err != nil {
		return s, err
	}
	if err := s.start("slurmctld", "slurmctld", "-D", "-c", "-i"); err != nil {
		return s, err
	}
	for _, name := range nodeNames {
		if err := s.powerOn(name); err != nil {
			return s, err
		}
	}
	return s, s.waitIdle()
}

func (s *slurm) path(name string) string { return filepath.Join(s.folder, name) }

// settings returns slurm.conf.
func (s *slurm) settings() (string, error) {
	ports, err := freePorts(1 + len(nodeNames))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, `ClusterName=lab
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=%d
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=%[2]s/munge/sock
CredType=cred/munge
# Listen on this machine's own address only; both are needed.
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation=%[2]s/state
SlurmdSpoolDir=%[2]s/spool/%%n
SlurmctldPidFile=%[2]s/slurmctld.pid
SlurmdPidFile=%[2]s/%%n.pid
SlurmctldLogFile=%[2]s/log/slurmctld
SlurmdLogFile=%[2]s/log/%%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=%[2]s/completed
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SlurmdTimeout=10
SlurmctldTimeout=10
KillWait=3
ReturnToService=2
JobRequeue=1
MaxArraySize=%[3]d
PartitionName=main Nodes=%[4]s Default=YES MaxTime=INFINITE State=UP
`, ports[0], s.folder, maxArraySize, strings.Join(nodeNames, ","))
	for i, name := range nodeNames {
		fmt.Fprintf(&b, "NodeName=%s NodeHostname=localhost NodeAddr=127.0.0.1 Port=%d CPUs=1 RealMemory=2000 State=UNKNOWN\n", name, ports[1+i])
	}
	return b.String(), nil
}

func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer listener.Close()
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// start starts a daemon that ends with the test, however that ends.
func (s *slurm) start(name string, args ...string) error {
	log, err := os.Create(s.path("log/" + name + ".out"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("no Slurm; `make test-cluster` installs it: %w", err)
	}
	s.daemons[name] = cmd
	return nil
}

func (s *slurm) powerOn(node string) error {
	return s.start(node, "unshare", "--pid", "--fork", "--kill-child", "--mount-proc",
		"sh", "-c", "slurmd -D -N "+node+" & wait")
}

// powerOff ends every process of a node at once.
func (s *slurm) powerOff(node string) {
	s.daemons[node].Process.Kill()
	s.daemons[node].Wait()
}

// stop ends the cluster.
func (s *slurm) stop() {
	for name := range s.daemons {
		s.powerOff(name)
	}
}

func (s *slurm) waitIdle() error {
	var said string
	err := within(2*time.Minute, "all nodes are idle", func() bool {
		out, err := exec.Command("sinfo", "-h", "-N", "-o", "%N %t").CombinedOutput()
		said = string(out)
		return err == nil && strings.Count(said, " idle\n") == len(nodeNames)
	})
	if err != nil {
		return fmt.Errorf("%w: sinfo says\n%s", err, said)
	}
	return nil
}

// within waits until something is true.
func within(limit time.Duration, what string, is func() bool) error {
	for deadline := time.Now().Add(limit); !is(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("after %v it is not so that %s", limit, what)
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// scontrol changes something in the cluster.
func scontrol(t testing.TB, args ...string) {
	t.Helper()
	if _, err := command(root, append([]string{"scontrol"}, args...)...); err != nil {
		t.Fatal(err)
	}
}
