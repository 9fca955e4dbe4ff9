//go:build pipeline && !windows

package torture

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/sonar/internal/plaintext"
)

// A reading is a file from elsewhere and the commands that read it.
type reading struct {
	file  string
	by    [][]string          // programs with their arguments
	ready func(w world)       // prepares the world, unless it is nil
	vouch func(w world) error // makes the altered file one that its readers do not refuse for its sum
}

var readings = []reading{
	{file: "params.yaml", by: [][]string{{"prepare"}, {"train"}, {"evaluate"}, {"crossvalidate"}, {"inspect"}, {"compare", "HEAD"}}},
	{file: "data/sonar.all-data", by: [][]string{{"prepare"}, {"inspect"}, {"inspect", "data/sonar.all-data"}, {"crossvalidate"}}},
	{file: "data/sonar.all-data.dvc", by: [][]string{{"compare", "HEAD"}}},
	{file: "data/split.json", by: [][]string{{"train"}}},
	{file: "data/X_train.csv", by: [][]string{{"train"}}, vouch: vouch},
	{file: "data/y_train.csv", by: [][]string{{"train"}}, vouch: vouch},
	{file: "experiments/model.safetensors", by: [][]string{{"predict", "-in", "other/rows.csv", "-out", "predicted/rows.csv"}, {"evaluate"}, {"export", "-out", "exported/model.onnx"}}},
	{file: "experiments/checkpoints/network-0.checkpoint", by: [][]string{{"train"}}, ready: func(w world) {
		w.Helper()
		for step := 1; ; step++ { // that of a training which was killed
			if !w.run(fmt.Sprint("KILL_AT=", step), mortal(w.T, "train")).killed {
				w.Fatal("a training that was killed leaves no checkpoint")
			}
			if _, err := os.Stat(w.path("experiments/checkpoints/network-0.checkpoint")); err == nil {
				return
			}
		}
	}},
	{file: "cases/mine.json", by: [][]string{{"evaluate"}}},
	{file: "cases/rows.csv", by: [][]string{{"evaluate"}}, ready: func(w world) { w.write("cases/rows.csv", read(w.T, w.path("other/rows.csv"))) }},
	{file: "other/rows.csv", by: [][]string{{"predict", "-in", "other/rows.csv", "-out", "predicted/rows.csv"}}},
	{file: "other/space.yaml", by: [][]string{{"tune", "-space", "other/space.yaml", "-out", "tuned", "-checkpoints", "tuned/checkpoints"}}},
	{file: "shards/tune/0.records", by: [][]string{{"tune", "-merge", "-space", "other/space.yaml", "-out", "tuned"}}, ready: func(w world) {
		w.mustRun(stage{name: "tune", args: []string{"-shard", "0/1", "-space", "other/space.yaml"}})
	}},
	{file: "shards/crossvalidate/0.records", by: [][]string{{"crossvalidate", "-merge"}, {"crossvalidate", "-missing"}}, ready: func(w world) {
		w.mustRun(stage{name: "crossvalidate", args: []string{"-shard", "0/1"}})
	}},
	{file: "shards/crossvalidate/run.json", by: [][]string{{"crossvalidate", "-merge"}, {"crossvalidate", "-missing"}}, ready: func(w world) {
		w.mustRun(stage{name: "crossvalidate", args: []string{"-shard", "0/1"}})
	}},
	{file: "experiments/crossvalidation/folds.csv", by: [][]string{{"compare", "HEAD"}, {"compare", "-folds", "experiments/crossvalidation/folds.csv", "HEAD"}}},
	{file: "experiments/crossvalidation/predictions.csv", by: [][]string{{"compare", "HEAD"}}},
	{file: "experiments/crossvalidation/metrics.json", by: [][]string{{"compare", "HEAD"}}},
	{file: "dvc.lock", by: [][]string{{"compare", "HEAD"}}, ready: func(w world) { w.write("dvc.lock", read(w.T, top+"/dvc.lock")) }},
}

// vouch rewrites the manifest of the split.
func vouch(w world) error {
	sums := map[string]string{}
	for name, text := range w.files("data") {
		if strings.HasSuffix(name, ".csv") {
			sums[strings.TrimPrefix(name, "data/")] = fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
		}
	}
	text, err := json.Marshal(sums)
	w.write("data/split.json", string(text))
	return err
}

var number = regexp.MustCompile(`[0-9][0-9.]*`)

// hostile returns a file in forms that it should not have: cut off and altered in so many places, and some that no
// program writes.
func hostile(text string, places int, random *rand.Rand) map[string]string {
	forms := map[string]string{
		"nothing":        "",
		"a NUL":          "\x00",
		"zeros":          strings.Repeat("\x00", 1<<16),
		"deep lists":     strings.Repeat("[", 200_000),
		"deep objects":   strings.Repeat(`{"a":`, 100_000),
		"a long line":    strings.Repeat("1,", 1<<20),
		"many lines":     strings.Repeat("\n", 1<<20),
		"an open quote":  `"` + text,
		"UTF-16":         "\xff\xfe" + strings.Join(strings.Split(text[:min(len(text), 4096)], ""), "\x00"),
		"escapes":        "\x1b[31m\u202e\r" + text,
		"huge numbers":   number.ReplaceAllString(text, strings.Repeat("9", 30)),
		"huge exponents": number.ReplaceAllString(text, "1e999"),
		"twice":          text + text,
	}
	for i := range places {
		at := random.IntN(len(text))
		forms[fmt.Sprintf("cut off at byte %d", at)] = text[:at]
		altered := []byte(text)
		bit := random.IntN(8)
		altered[at] ^= 1 << bit
		forms[fmt.Sprintf("bit %d of byte %d flipped", bit, at)] = string(altered)
		to := at + random.IntN(min(64, len(text)-at))
		switch i % 3 {
		case 0:
			forms[fmt.Sprintf("NULs from byte %d to %d", at, to)] = text[:at] + strings.Repeat("\x00", to-at) + text[to:]
		case 1:
			forms[fmt.Sprintf("without bytes %d to %d", at, to)] = text[:at] + text[to:]
		case 2:
			forms[fmt.Sprintf("a huge number at byte %d", at)] = text[:at] + "99999999999999999999" + text[to:]
		}
	}
	return forms
}

// Whatever a file from elsewhere holds, its reader ends well or with one plain line, soon and in little memory, and
// its old outputs stay in the second case.
func TestHostileFilesHarmNobody(t *testing.T) {
	places := 1
	if *thorough {
		places = 18
	}
	for i, r := range readings {
		t.Run(strings.ReplaceAll(r.file, "/", " "), func(t *testing.T) {
			w := newWorld(t)
			w.finish()
			if r.ready != nil {
				r.ready(w)
			}
			before := w.files(".")
			text := before[r.file]
			if text == "" {
				t.Fatalf("there is no %s", r.file)
			}
			forms := hostile(text, places, rand.New(rand.NewPCG(uint64(i), 2)))
			for form, content := range forms {
				if !*thorough && (i+len(form))%15 > 0 {
					continue
				}
				for _, command := range r.by {
					w.restore(".", before)
					w.write(r.file, content)
					if r.vouch != nil {
						if err := r.vouch(w); err != nil {
							t.Fatal(err)
						}
					}
					altered := w.files(".")
					w.try("a hostile file", func() { w.wantPlain(command, altered) })
					if t.Failed() {
						t.Fatalf("%s, %s, read by %q", r.file, form, command)
					}
				}
			}
		})
	}
}

// wantPlain runs a command among files, one of which is hostile.
func (w world) wantPlain(command []string, files map[string]string) {
	w.Helper()
	end := w.run("GOMEMLIMIT=off", program(w.T, command[0]), command[1:]...)
	if end.status < 0 || end.status > 3 {
		w.Errorf("status %d: %s", end.status, end.stderr)
	}
	errors := 0
	for line := range strings.Lines(end.stderr) {
		if line = strings.TrimSuffix(line, "\n"); plaintext.Line(line) != line {
			w.Errorf("it prints %q", line)
		}
		if strings.HasPrefix(line, command[0]+": ") {
			errors++
		} else if !strings.HasPrefix(line, "INF ") && !strings.HasPrefix(line, "WRN ") {
			w.Errorf("it prints %.2000s", end.stderr)
		}
	}
	answers := command[0] == "compare" || command[len(command)-1] == "-missing" // with their status
	if errors > 1 || end.status != 0 && errors == 0 && !answers {
		w.Errorf("status %d with %d lines: %.2000s", end.status, errors, end.stderr)
	}
	if end.status != 0 {
		if now := w.files("."); !maps.Equal(now, files) {
			w.wantSame(now, files)
		}
	}
	const most = 1 << 20 // KiB
	if end.memory > most || end.time > 10*time.Second {
		w.Errorf("it takes %d MiB and %v", end.memory>>10, end.time)
	}
}
