//go:build cluster

package cluster

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startS3 starts an S3 server with an empty bucket, sonar, and returns its address. The environment has its key.
func startS3(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address, folder := listener.Addr().String(), t.TempDir()
	listener.Close()
	for _, name := range []string{"buckets/sonar", "attributes"} {
		if err := os.MkdirAll(filepath.Join(folder, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "tester", "AWS_SECRET_ACCESS_KEY": "a-secret-of-this-test", "AWS_DEFAULT_REGION": "us-east-1",
	} {
		t.Setenv(name, value)
	}
	server := exec.Command(filepath.Join(root, ".venv/bin/versitygw"), "--port", address, "--quiet",
		"posix", "--sidecar", filepath.Join(folder, "attributes"), filepath.Join(folder, "buckets"))
	server.Env = append(os.Environ(), "ROOT_ACCESS_KEY=tester", "ROOT_SECRET_KEY=a-secret-of-this-test")
	server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := server.Start(); err != nil {
		t.Fatalf("no S3 server; `make test-cluster` builds it: %v", err)
	}
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	if err := within(time.Minute, "the S3 server answers", func() bool {
		connection, err := net.Dial("tcp", address)
		if err == nil {
			connection.Close()
		}
		return err == nil
	}); err != nil {
		t.Fatal(err)
	}
	return address
}

// newUpstream returns a clone whose origin is a bare repository that nodes can clone and push to, and whose data are in S3.
func newUpstream(t *testing.T) (c clone, origin string) {
	t.Helper()
	address := startS3(t)
	c = newClone(t)
	if err := os.Remove(c.path(".dvc/config.local")); err != nil {
		t.Fatal(err)
	}
	c.run("dvc", "remote", "modify", "origin", "url", "s3://sonar/store")
	c.run("dvc", "remote", "modify", "origin", "endpointurl", "http://"+address)
	c.run("git", "commit", "-q", "-a", "-m", "Keep the data in S3")
	c.run("dvc", "push", "-q", "data/sonar.all-data.dvc")
	origin = filepath.Join(t.TempDir(), "origin.git")
	c.run("git", "clone", "-q", "--bare", ".", origin)
	c.run("git", "remote", "set-url", "origin", origin)
	return c, origin
}

// onEveryNode runs a shell script of docs/cluster.md as an array of three tasks, in a new folder on each, and waits for
// it. The script's $1 is the address of the repository.
func onEveryNode(t *testing.T, script, origin string) {
	t.Helper()
	folder := t.TempDir()
	path := filepath.Join(folder, "script")
	if err := os.WriteFile(path, []byte("#!/bin/sh\nset -eu\ncd \"$(mktemp -d "+folder+"/XXXXXX)\"\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	// sbatch --wait looks rarely.
	id, err := command(folder, "sbatch", "--parsable", "--array=0-2", "--output="+folder+"/%a.log", path, origin)
	if err != nil {
		t.Fatal(err)
	}
	if err := within(10*time.Minute, "the tasks are done", func() bool {
		queued, err := command(folder, "squeue", "-h", "-j", strings.TrimSpace(id))
		return err == nil && queued == "" || err != nil && strings.Contains(err.Error(), "Invalid job id")
	}); err != nil {
		t.Error(err)
	}
	logs, _ := filepath.Glob(folder + "/*.log")
	for _, log := range logs {
		text, _ := os.ReadFile(log)
		t.Logf("%s: %s", filepath.Base(log), text)
	}
}

// Nodes that share no folder: the data come through S3, and the records of each node's shards go back on a branch of its
// own, whose files are in S3.
func TestShardsTravelThroughS3(t *testing.T) {
	c, origin := newUpstream(t)
	onEveryNode(t, docScript(t, "shards through S3"), origin)
	c.run("sh", "-euc", docScript(t, "merge from S3"))
	c.wantSame(outputs, c.oneMachine())
}

// Whole experiments, one for each task: a clone per node, and results that go back by name.
func TestExperimentsOfEachNodeArePushed(t *testing.T) {
	c, origin := newUpstream(t)
	onEveryNode(t, docScript(t, "experiments of each node"), origin)
	c.run("dvc", "exp", "pull", "-q", "origin", "rate-0", "rate-1", "rate-2")
	for name, rate := range map[string]string{"rate-0": "0.003", "rate-1": "0.03", "rate-2": "0.1"} {
		c.run("git", "checkout", "-q", ".")
		c.run("dvc", "exp", "apply", "-q", name)
		if !strings.Contains(c.read("params.yaml"), "learning_rate: "+rate+"\n") {
			t.Errorf("%s has other params:\n%s", name, c.run("git", "diff", "params.yaml"))
		}
		c.wantSame(outputs, c.oneMachine())
	}
}

// docScript returns the shell block of docs/cluster.md under a comment <!-- name -->.
func docScript(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs/cluster.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "<!-- "+name+" -->\n```sh\n")
	script, _, ends := strings.Cut(rest, "```\n")
	if !found || !ends {
		t.Fatalf("docs/cluster.md has no script %q", name)
	}
	return script
}
