package cli

import (
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/rs/zerolog"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/plaintext"
)

// consoleWriter writes log records as lines for people. It returns no error: zerolog would print one for each
// record.
func consoleWriter(w io.Writer, plain bool) io.Writer {
	return deaf{zerolog.ConsoleWriter{
		Out: w, NoColor: plain, PartsExclude: []string{zerolog.TimestampFieldName},
		FormatPrepare: func(record map[string]any) error {
			if message, ok := record[zerolog.MessageFieldName].(string); ok {
				record[zerolog.MessageFieldName] = plaintext.Line(message)
			}
			return nil
		},
		FormatFieldValue: func(value any) string { return plaintext.Line(fmt.Sprintf("%s", value)) },
	}}
}

// deaf is a writer whose errors are dropped.
type deaf struct{ io.Writer }

func (d deaf) Write(p []byte) (int, error) {
	d.Writer.Write(p)
	return len(p), nil
}

// A logFile is the log on disk. A program is run for its outputs, so a log that cannot be written, say because the
// disk is full, does not make it fail: one line reports that, and no more is written.
type logFile struct {
	*os.File
	path string
	lost func(error) // is called once

	mutex sync.Mutex
	full  bool
}

func (l *logFile) Write(p []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.full {
		return len(p), nil
	}
	_, err := l.File.Write(p)
	if err != nil {
		l.full = true
		l.lost(fmt.Errorf("%w; the program goes on without a log", atomicfile.Error(l.path, err)))
	}
	return len(p), nil
}
