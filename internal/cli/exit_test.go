package cli

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestArgumentsMayStandBetweenFlags(t *testing.T) {
	tests := []struct {
		name  string
		args  []string
		level string
		want  []string
	}{
		{"none", nil, "info", nil},
		{"flags first", []string{"-log-level", "debug", "a", "b"}, "debug", []string{"a", "b"}},
		{"flags last", []string{"a", "b", "-log-level", "debug"}, "debug", []string{"a", "b"}},
		{"flags between", []string{"a", "-log-level=debug", "b"}, "debug", []string{"a", "b"}},
		{"after --", []string{"a", "--", "-log-level", "debug"}, "info", []string{"a", "-log-level", "debug"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			run := func(_ context.Context, c *Command) error {
				if err := c.Parse(3); err != nil {
					return err
				}
				if !slices.Equal(c.Args, test.want) || c.level != test.level {
					t.Errorf("arguments %q, level %s, want %q, %s", c.Args, c.level, test.want, test.level)
				}
				return nil
			}
			var stderr bytes.Buffer
			if status := Execute(context.Background(), "test", "", run, test.args, &stderr, &stderr); status != exitOK {
				t.Errorf("status %d: %s", status, stderr.String())
			}
		})
	}
}

func TestExitChoosesTheStatus(t *testing.T) {
	tests := []struct {
		name   string
		err    error
		status int
		said   string
	}{
		{"an error", errors.New("no such thing"), 1, "test: no such thing\n"},
		{"a status of its own", &Exit{Status: 2, Err: errors.New("no such thing")}, 2, "test: no such thing\n"},
		{"a silent status", &Exit{Status: 1}, 1, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var stderr bytes.Buffer
			run := func(context.Context, *Command) error { return test.err }
			if status := Execute(context.Background(), "test", "", run, nil, &stderr, &stderr); status != test.status || stderr.String() != test.said {
				t.Errorf("status %d, %q, want %d, %q", status, stderr.String(), test.status, test.said)
			}
		})
	}
}

func TestUsageErrorsExitWithTwo(t *testing.T) {
	var stderr bytes.Buffer
	run := func(_ context.Context, c *Command) error { return c.Usage("-alpha must be in (0, 1), got %g", 2.) }
	status := Execute(context.Background(), "test", "", run, nil, &stderr, &stderr)
	if status != exitUsage || !strings.Contains(stderr.String(), "-alpha must be in (0, 1), got 2") {
		t.Errorf("status %d, %q", status, stderr.String())
	}
}
