//go:build pipeline

package pipeline

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const (
	s3Key    = "tester"
	s3Secret = "a-secret-of-this-test"
	bucket   = "sonar"
)

// An s3Server is versitygw on this machine, which stores each object as a file of the same name.
type s3Server struct {
	*testing.T
	folder  string
	address string
	process *exec.Cmd
}

// startS3 starts a server with an empty bucket.
func startS3(t *testing.T) *s3Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &s3Server{T: t, folder: t.TempDir(), address: listener.Addr().String()}
	listener.Close()
	if err := os.MkdirAll(filepath.Join(s.folder, "buckets", bucket), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(s.folder, "attributes"), 0o755); err != nil {
		t.Fatal(err)
	}
	s.start()
	t.Cleanup(s.kill)
	return s
}

// start returns when the server answers.
func (s *s3Server) start() {
	s.Helper()
	log, err := os.Create(filepath.Join(s.folder, "log"))
	if err != nil {
		s.Fatal(err)
	}
	defer log.Close()
	process := exec.Command(filepath.Join(root, ".venv/bin/versitygw"), "--port", s.address, "--quiet",
		"posix", "--sidecar", filepath.Join(s.folder, "attributes"), filepath.Join(s.folder, "buckets"))
	process.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+s3Key, "ROOT_SECRET_KEY="+s3Secret)
	process.Stdout, process.Stderr = log, log
	if err := process.Start(); err != nil {
		s.Fatalf("no S3 server; `make pipeline` builds it: %v", err)
	}
	s.process = process
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		connection, err := net.Dial("tcp", s.address)
		if err == nil {
			connection.Close()
			return
		}
		if time.Now().After(deadline) {
			said, _ := os.ReadFile(log.Name())
			s.Fatalf("the S3 server does not answer: %v\n%s", err, said)
		}
	}
}

// kill ends the server as a power cut would.
func (s *s3Server) kill() {
	s.process.Process.Kill()
	s.process.Wait()
}

// objects returns the paths of all files that the server has in the bucket.
func (s *s3Server) objects() []string {
	var paths []string
	err := filepath.WalkDir(filepath.Join(s.folder, "buckets", bucket), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		s.Fatal(err)
	}
	return paths
}

// wantWhole fails the test unless the MD5 of every object is the one in its path in the remote.
func (s *s3Server) wantWhole() {
	s.Helper()
	for _, path := range s.objects() {
		data, err := os.ReadFile(path)
		if err != nil {
			s.Fatal(err)
		}
		sum := md5.Sum(data)
		folder, name := filepath.Split(path)
		if want := filepath.Base(folder) + strings.TrimSuffix(name, ".dir"); hex.EncodeToString(sum[:]) != want {
			s.Errorf("%s has %d bytes with MD5 %x", path, len(data), sum)
		}
	}
}

// useS3 points the clone's remote to the server. The key is in .dvc/config.local, apart from other tests' keys.
func (c clone) useS3(s *s3Server) {
	c.Helper()
	c.setOption("url", "s3://"+bucket+"/store")
	c.setOption("endpointurl", "http://"+s.address)
	c.setOption("region", "us-east-1")
	c.setOption("access_key_id", s3Key)
	c.setOption("secret_access_key", s3Secret)
}

func (c clone) setOption(name, value string) {
	c.Helper()
	c.run("dvc", "remote", "modify", "--local", "origin", name, value)
}

func TestAFreshClonePullsEverythingFromS3(t *testing.T) {
	t.Parallel()
	server := startS3(t)
	from := pulledClone(t)
	from.useS3(server)
	from.run("dvc", "push")
	server.wantWhole()

	to := freshClone(t)
	to.useS3(server)
	to.run("dvc", "pull")
	for _, name := range []string{
		"data/sonar.all-data", "data/X_train.csv", "data/X_test.csv", "data/y_train.csv", "data/y_test.csv", "data/split.json",
		"experiments/model.safetensors", "experiments/evaluation/predictions.csv",
	} {
		if to.read(name) != from.read(name) {
			t.Errorf("%s is not the file that was pushed", name)
		}
	}
}

func TestExperimentsTravelThroughS3(t *testing.T) {
	t.Parallel()
	server := startS3(t)
	shared := filepath.Join(t.TempDir(), "shared.git")
	from := pulledClone(t)
	from.run("git", "init", "-q", "--bare", "-b", "main", shared)
	from.run("git", "push", "-q", shared, "main")
	from.run("git", "remote", "set-url", "origin", shared)
	from.useS3(server)
	from.run("dvc", "exp", "run", "-n", "faster", "-S", "train.learning_rate=0.03")
	from.run("dvc", "exp", "push", "origin", "faster")

	to := freshClone(t)
	to.run("git", "remote", "set-url", "origin", shared)
	to.useS3(server)
	to.run("dvc", "exp", "pull", "origin", "faster")
	to.run("dvc", "exp", "apply", "faster")
	if got, want := to.read("experiments/model.safetensors"), from.read("experiments/model.safetensors"); got != want {
		t.Error("the pulled experiment's model is not the pushed one")
	}
	if !strings.Contains(to.read("params.yaml"), "learning_rate: 0.03") {
		t.Error("the pulled experiment's params.yaml is not the pushed one")
	}
}

func TestAWrongS3KeyIsRefusedClearly(t *testing.T) {
	t.Parallel()
	server := startS3(t)
	c := pulledClone(t)
	for _, option := range []string{"secret_access_key", "access_key_id"} {
		t.Run(option, func(t *testing.T) {
			c.useS3(server)
			c.setOption(option, "wrong")
			said := c.fails("dvc", "push")
			if !regexp.MustCompile("Forbidden|No user exists|signature .* does not match").MatchString(said) || strings.Contains(said, "Traceback") {
				t.Errorf("dvc push said:\n%s", said)
			}
			if objects := server.objects(); len(objects) > 0 {
				t.Errorf("the server accepted %v", objects)
			}
		})
	}
}

// If a server stops during a push and comes back, nothing is lost and nothing is there in part.
func TestAPushThatTheS3ServerInterruptsCanBeRepeated(t *testing.T) {
	t.Parallel()
	const files, each = 24, 1 << 20
	server := startS3(t)
	from := pulledClone(t)
	from.useS3(server)
	if err := os.Mkdir(from.path("data/large"), 0o755); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	random := rand.NewChaCha8([32]byte{1})
	for i := range files {
		name := fmt.Sprintf("data/large/%02d", i)
		data := make([]byte, each)
		random.Read(data)
		want[name] = string(data)
		from.write(name, want[name])
	}
	from.run("dvc", "add", "-q", "data/large")

	push := exec.Command("dvc", "push", "--jobs", "4")
	push.Dir, push.Env = from.dir, append(os.Environ(), "AWS_MAX_ATTEMPTS=1") // fewer attempts, so that it gives up sooner
	var said strings.Builder
	push.Stdout, push.Stderr = &said, &said
	if err := push.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); len(server.objects()) < files/4; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("dvc push sent %d objects in a minute:\n%s", len(server.objects()), said.String())
		}
	}
	server.kill()
	if push.Wait() == nil {
		t.Fatalf("dvc push succeeded without a server:\n%s", said.String())
	}
	for _, words := range []string{"Could not connect", "failed to push data to the cloud"} {
		if !strings.Contains(said.String(), words) {
			t.Errorf("dvc push does not say %q:\n%s", words, said.String())
		}
	}
	arrived := len(server.objects())
	if arrived >= files {
		t.Fatalf("all %d files arrived before the server stopped", arrived)
	}
	server.wantWhole()
	for name, data := range want {
		if from.read(name) != data {
			t.Errorf("%s is not what it was before the push", name)
		}
	}

	server.start()
	if out := from.run("dvc", "push"); !regexp.MustCompile(`\d+ files pushed`).MatchString(out) {
		t.Errorf("the second dvc push said:\n%s", out)
	}
	server.wantWhole()
	to := freshClone(t)
	to.useS3(server)
	to.write("data/large.dvc", from.read("data/large.dvc"))
	to.run("dvc", "pull")
	for name, data := range want {
		if to.read(name) != data {
			t.Errorf("%s did not come back", name)
		}
	}
}

// The model is a DVC artifact: anybody who knows the repository's address can fetch it by name and version.
func TestTheModelIsFetchedByNameAndVersion(t *testing.T) {
	server := startS3(t)
	c := pulledClone(t)
	if err := os.Remove(c.path(".dvc/config.local")); err != nil {
		t.Fatal(err)
	}
	c.run("dvc", "remote", "modify", "origin", "url", "s3://"+bucket+"/store")
	c.run("dvc", "remote", "modify", "origin", "endpointurl", "http://"+server.address)
	c.run("git", "commit", "-q", "-a", "-m", "Keep the data in S3")
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": s3Key, "AWS_SECRET_ACCESS_KEY": s3Secret, "AWS_DEFAULT_REGION": "us-east-1",
	} {
		t.Setenv(name, value) // the only place where DVC looks for the key of another repository
	}
	c.run("dvc", "push")
	c.run("git", "tag", "-a", "sonar@v1.0.0", "-m", "the first model")

	elsewhere := clone{t, t.TempDir()}
	elsewhere.run("dvc", "artifacts", "get", c.dir, "sonar", "--rev", "v1.0.0")
	if elsewhere.read("model.safetensors") != c.read("experiments/model.safetensors") {
		t.Error("the fetched model is not the one that was pushed")
	}
	names, err := filepath.Glob(elsewhere.path("*"))
	if err != nil || len(names) != 1 {
		t.Errorf("the folder contains %v, %v", names, err)
	}
	const unknown = "Unable to find artifact 'sonar @ v2.0.0'"
	if said := elsewhere.fails("dvc", "artifacts", "get", c.dir, "sonar", "--rev", "v2.0.0"); !strings.Contains(said, unknown) {
		t.Errorf("for an unknown version it says: %s", said)
	}
}
