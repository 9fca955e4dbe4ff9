//go:build cluster

package cluster

import (
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// A job is what the tests read of job.yaml.
type job struct {
	Spec struct {
		CompletionMode   string `yaml:"completionMode"`
		Completions      int
		PodFailurePolicy struct {
			Rules []struct {
				Action      string
				OnExitCodes *struct {
					ContainerName string `yaml:"containerName"`
					Operator      string
					Values        []int
				} `yaml:"onExitCodes"`
			}
		} `yaml:"podFailurePolicy"`
		Template struct {
			Spec struct {
				RestartPolicy string `yaml:"restartPolicy"`
				Containers    []container
			}
		}
	}
}

type container struct {
	Name         string
	Command      []string
	Args         []string
	VolumeMounts []struct {
		MountPath string `yaml:"mountPath"`
	} `yaml:"volumeMounts"`
}

// readJob returns the Job in a manifest and its only container.
func readJob(t *testing.T, manifest string) (job, container) {
	t.Helper()
	var j job
	if err := yaml.Unmarshal([]byte(manifest), &j); err != nil {
		t.Fatal(err)
	}
	if n := len(j.Spec.Template.Spec.Containers); n != 1 {
		t.Fatalf("job.yaml has %d containers", n)
	}
	return j, j.Spec.Template.Spec.Containers[0]
}

func readManifest(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(root + "/cluster/job.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// validate returns what kubeconform says of a manifest, by the schema of Kubernetes' own description of its API.
func validate(manifest string) (said string, err error) {
	cmd := exec.Command("go", "tool", "-modfile="+root+"/tools/cluster/go.mod", "kubeconform", "-strict", "-summary",
		"-schema-location", root+"/test/cluster/testdata/{{.ResourceKind}}{{.KindSuffix}}.json", "-")
	cmd.Dir, cmd.Stdin = root, strings.NewReader(manifest)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestTheJobIsOneOfKubernetesAPI(t *testing.T) {
	said, err := validate(readManifest(t))
	if err != nil || !strings.Contains(said, "Valid: 1, Invalid: 0, Errors: 0, Skipped: 0") {
		t.Errorf("%v: %s", err, said)
	}
}

func TestAMistakeInTheJobIsRefused(t *testing.T) {
	for _, test := range []struct{ name, old, new, want string }{
		{"a misspelt field of the Job", "completionMode:", "completionmode:", "'completionmode' not allowed"},
		{"a misspelt field of a rule", "onExitCodes:", "onExitCode:", "'onExitCode' not allowed"},
		{"a misspelt field of a container", "readOnlyRootFilesystem:", "readonlyRootFilesystem:", "'readonlyRootFilesystem' not allowed"},
		{"a field in the wrong place", "  template:\n", "  template:\n    backoffLimitPerIndex: 3\n", "'backoffLimitPerIndex' not allowed"},
		{"a text for a number", "completions: 100", `completions: "100"`, "got string, want integer"},
		{"a number for a text", `status: "True"`, "status: 1", "got number, want string"},
		{"a rule without an action", "action: Ignore\n        on", "on", "missing property 'action'"},
		{"a key twice", "  parallelism: 20", "  parallelism: 20\n  parallelism: 10", `key "parallelism" already set`},
		{"another API", "batch/v1", "batch/v1beta1", "could not find schema"},
	} {
		t.Run(test.name, func(t *testing.T) {
			manifest := readManifest(t)
			if strings.Count(manifest, test.old) != 1 {
				t.Fatalf("job.yaml has %q %d times", test.old, strings.Count(manifest, test.old))
			}
			manifest = strings.Replace(manifest, test.old, test.new, 1)
			if said, err := validate(manifest); err == nil || !strings.Contains(said, test.want) {
				t.Errorf("want %q, got %v: %s", test.want, err, said)
			}
		})
	}
}

// The rules of Kubernetes that its schema does not have.
func TestTheJobHoldsToTheRulesOfItsFields(t *testing.T) {
	j, shard := readJob(t, readManifest(t))
	if j.Spec.CompletionMode != "Indexed" { // backoffLimitPerIndex needs it
		t.Errorf("the completion mode is %s", j.Spec.CompletionMode)
	}
	if j.Spec.Template.Spec.RestartPolicy != "Never" { // podFailurePolicy needs it
		t.Errorf("the restart policy is %s", j.Spec.Template.Spec.RestartPolicy)
	}
	var actions []string
	for _, rule := range j.Spec.PodFailurePolicy.Rules {
		actions = append(actions, rule.Action)
		if codes := rule.OnExitCodes; codes != nil && (codes.ContainerName != shard.Name || codes.Operator != "In" ||
			!slices.Equal(codes.Values, []int{1, 2})) { // ascending, and without 0
			t.Errorf("the rule of exit codes is %+v", codes)
		}
	}
	if !slices.Equal(actions, []string{"Ignore", "FailIndex"}) { // the first rule that holds decides
		t.Errorf("the actions are %v", actions)
	}
}

// Each pod's command is run as Kubernetes expands it, in a clone as the volume has one, and then the merge of the docs.
func TestThePodsCommandsMakeTheBytesOfOneMachine(t *testing.T) {
	j, shard := readJob(t, readManifest(t))
	c := newClone(t)
	want := c.oneMachine()
	if len(shard.VolumeMounts) != 1 || shard.VolumeMounts[0].MountPath != "/sonar" {
		t.Fatalf("the mounts are %+v", shard.VolumeMounts) // the image's working directory
	}
	program := strings.Replace(shard.Command[0], "/usr/local/bin/", "bin/", 1)
	folder := shard.Args[slices.Index(shard.Args, "-shards")+1]
	for index := range j.Spec.Completions {
		var args []string
		for _, arg := range shard.Args {
			args = append(args, strings.ReplaceAll(arg, "$(JOB_COMPLETION_INDEX)", strconv.Itoa(index)))
		}
		if index == j.Spec.Completions-1 {
			c.fails(program, "-shards", folder, "-merge")
		}
		c.run(append([]string{program}, args...)...)
	}
	c.run(program, "-shards", folder, "-merge")
	c.wantSame(outputs, want)
}

// The exit statuses by which the Job does not try again are those of bad input and of wrong flags.
func TestTheJobsExitCodesAreThoseOfTheProgram(t *testing.T) {
	c := newClone(t)
	c.oneMachine()
	c.param("epochs", "0")
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-shard", "0/100"}, "exit status 1"},
		{[]string{"-shard", "100/100"}, "exit status 2"},
	} {
		if said := c.fails(append([]string{"bin/crossvalidate"}, test.args...)...); !strings.Contains(said, test.want) {
			t.Errorf("%v: want %s, got %s", test.args, test.want, said)
		}
	}
}
