package dvclock

import (
	"slices"
	"strings"
	"testing"
)

const text = `schema: '2.0'
stages:
  train:
    deps:
    - {path: data/x.csv, hash: md5, md5: 0f02, size: 3}
    params:
      params.yaml:
        data: {classes: [a, 1], header: false}
        train.learning_rate: 1
    outs:
    - {path: model, md5: 8390}
  prepare: {cmd: prepare}
`

func TestALockSaysWhatAStageReadAndWrote(t *testing.T) {
	l, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := l.Names(); !slices.Equal(got, []string{"prepare", "train"}) {
		t.Errorf("the stages are %q", got)
	}
	s := l.Stages["train"]
	if s.MD5("model") != "8390" || s.MD5("data/x.csv") != "" || !slices.Equal(s.Deps, []File{{"data/x.csv", "0f02"}}) {
		t.Errorf("got %+v", s)
	}
}

func TestAChangedKeyIsFoundByItsMeaning(t *testing.T) {
	l, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	params := func(header bool, rate any) map[string]any {
		return map[string]any{
			"data":  map[string]any{"classes": []any{"a", 1.0}, "header": header},
			"train": map[string]any{"learning_rate": rate, "epochs": 80},
		}
	}
	for name, test := range map[string]struct {
		now  map[string]any
		want string
	}{
		"nothing":      {params(false, 1), ""},
		"the spelling": {params(false, 1.0), ""},
		"a section":    {params(true, 1), "data"},
		"a key":        {params(false, 0.5), "train.learning_rate"},
		"both":         {params(true, 0.5), "data"},
		"everything":   {nil, "data"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := l.Stages["train"].Changed("params.yaml", test.now); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	if got := l.Stages["train"].Changed("other.yaml", nil); got != "" {
		t.Errorf("of a file that the stage did not read, got %q", got)
	}
}

func TestWhatIsNoLockIsOneLine(t *testing.T) {
	for _, text := range []string{"stages: [", "stages: 3", "stages: {a: {outs: {}, deps: 1}, b: 2}", strings.Repeat("{", 1000)} {
		if _, err := Parse([]byte(text)); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.40q: %v", text, err)
		}
	}
	if l, err := Parse(nil); err != nil || len(l.Names()) > 0 {
		t.Errorf("an empty file: %v, %v", l, err)
	}
}
