package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/sonar/internal/cli"
)

// openTerminal returns both ends of a new pseudo-terminal.
func openTerminal(t *testing.T) (far, near *os.File) {
	t.Helper()
	far, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { far.Close() })
	if err := unix.IoctlSetPointerInt(int(far.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(far.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	near, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close() })
	return far, near
}

func TestALongTrainingShowsABarOnATerminal(t *testing.T) {
	workspace(t, set("epochs", "1000000000"))
	far, near := openTerminal(t)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	const bar = "epochs   0% |"
	seen := make(chan string, 1)
	go func() {
		defer stop()
		var text strings.Builder
		part := make([]byte, 1<<10)
		for !strings.Contains(text.String(), bar) && ctx.Err() == nil {
			n, err := far.Read(part)
			if err != nil {
				break
			}
			text.Write(part[:n])
		}
		seen <- text.String()
	}()
	cli.Execute(ctx, "train", usage, run, nil, io.Discard, near)
	near.Close() // ends the reading if no bar did
	if text := <-seen; !strings.Contains(text, bar) {
		t.Errorf("a terminal shows %q, want %q", text, bar)
	}
}

func TestALongTrainingShowsNoBarElsewhere(t *testing.T) {
	workspace(t, set("epochs", "1000000000"))
	ctx, stop := context.WithTimeout(t.Context(), 600*time.Millisecond) // a bar would show after half of it
	defer stop()
	_, stderr := trainUntil(t, ctx)
	if want := "train: context deadline exceeded\n"; strings.Count(stderr, "\n") != 2 ||
		!strings.HasPrefix(stderr, "INF training ") || !strings.HasSuffix(stderr, want) {
		t.Errorf("it prints %q, want the log and %q alone", stderr, want)
	}
}
