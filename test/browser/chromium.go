//go:build browser

// Package browser looks at the page for people in a real browser. `make test-page` runs it.
package browser

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// A browser is a Chromium of its own, without a window, that is told what to do by its DevTools protocol: JSON
// messages over a pipe, each ended by a zero byte. See https://chromedevtools.github.io/devtools-protocol.
type browser struct {
	*testing.T
	to       io.Writer
	messages chan message
	session  string // of the tab
	last     int    // message sent
	events   []message
}

type message struct {
	ID        int             `json:"id,omitempty"`
	SessionID string          `json:"sessionId,omitempty"`
	Method    string          `json:"method,omitempty"`
	Params    json.RawMessage `json:"params,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     json.RawMessage `json:"error,omitempty"`
}

// patience is how long a browser may take to answer, on a slow machine.
const patience = 2 * time.Minute

func program() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Chromium; test/browser/lab.sh installs it")
}

// open starts a browser with one empty tab. It ends with the test.
func open(t *testing.T) *browser {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	itsInput, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, itsOutput, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	// The sandbox needs rights that root in a container lacks; the page is our own.
	cmd := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
		"--no-first-run", "--remote-debugging-pipe", "--user-data-dir="+t.TempDir(), "about:blank")
	cmd.ExtraFiles = []*os.File{itsInput, itsOutput} // 3 and 4
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	itsInput.Close()
	itsOutput.Close()
	b := &browser{T: t, to: to, messages: make(chan message, 1000)}
	go b.receive(from)
	t.Cleanup(func() {
		b.send("Browser.close", nil)
		to.Close()
		ended := time.AfterFunc(10*time.Second, func() { cmd.Process.Kill() })
		cmd.Wait()
		ended.Stop()
	})
	var tab struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &tab)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": tab.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.call(domain+".enable", nil, nil)
	}
	return b
}

func (b *browser) receive(from io.Reader) {
	defer close(b.messages)
	reader := bufio.NewReader(from)
	for {
		text, err := reader.ReadBytes(0)
		if err != nil {
			return
		}
		var m message
		if json.Unmarshal(text[:len(text)-1], &m) == nil {
			b.messages <- m
		}
	}
}

func (b *browser) send(method string, params any) error {
	b.last++
	text, err := json.Marshal(params)
	if err != nil {
		return err
	}
	if params == nil {
		text = []byte("{}")
	}
	line, err := json.Marshal(message{ID: b.last, SessionID: b.session, Method: method, Params: text})
	if err != nil {
		return err
	}
	_, err = b.to.Write(append(line, 0))
	return err
}

// next returns the next message; events are kept.
func (b *browser) next() message {
	b.Helper()
	select {
	case m, more := <-b.messages:
		if !more {
			b.Fatal("the browser has ended")
		}
		if m.Method != "" {
			b.events = append(b.events, m)
		}
		return m
	case <-time.After(patience):
		b.Fatal("the browser does not answer")
	}
	panic("unreachable")
}

// call waits for the answer, and decodes it into result unless that is nil.
func (b *browser) call(method string, params, result any) {
	b.Helper()
	if err := b.send(method, params); err != nil {
		b.Fatal(err)
	}
	for {
		m := b.next()
		if m.ID != b.last {
			continue
		}
		if m.Error != nil {
			b.Fatalf("%s: %s", method, m.Error)
		}
		if result != nil {
			if err := json.Unmarshal(m.Result, result); err != nil {
				b.Fatal(err)
			}
		}
		return
	}
}

// visit shows an address, and waits until it is loaded. Events before it are forgotten.
func (b *browser) visit(address string) {
	b.Helper()
	b.events = nil
	b.call("Page.navigate", map[string]any{"url": address}, nil)
	for !b.had("Page.loadEventFired") {
		b.next()
	}
}

func (b *browser) had(method string) bool { return len(b.eventsOf(method)) > 0 }

func (b *browser) eventsOf(method string) []string {
	var params []string
	for _, m := range b.events {
		if m.Method == method {
			params = append(params, string(m.Params))
		}
	}
	return params
}

// look sets the width of the window, in pixels, and the colours that the reader prefers.
func (b *browser) look(width int, scheme string) {
	b.Helper()
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}, nil)
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []any{map[string]any{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// evaluate decodes the value of a JavaScript expression on the page.
func (b *browser) evaluate(expression string, v any) {
	b.Helper()
	var answer struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true}, &answer)
	if answer.ExceptionDetails != nil {
		b.Fatalf("%s: %s", expression, answer.ExceptionDetails)
	}
	if err := json.Unmarshal(answer.Result.Value, v); err != nil {
		b.Fatal(fmt.Errorf("%s: %w", expression, err))
	}
}
