package shard

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"os"
	"strconv"
	"time"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/regularfile"
)

const (
	doneExtension    = ".records"
	partialExtension = ".partial"
)

func (f *Folder) done(index int) string { return f.file(strconv.Itoa(index) + doneExtension) }

func (f *Folder) partial(index int) string { return f.file(strconv.Itoa(index) + partialExtension) }

// savePause is the time between two savings of the records so far. Saving takes no more than a twentieth of the time.
const savePause = time.Second

// A Writer keeps the records of one shard. It is for one goroutine.
type Writer struct {
	folder *Folder
	index  int
	lines  bytes.Buffer // without the last
	hash   hash.Hash    // of lines
	places map[string]place

	isDone bool // an earlier program has finished the shard
	pause  time.Duration
	saved  time.Time
}

// Begin returns the writer of a shard, which has the records that an earlier program left there, however it ended.
func (f *Folder) Begin(index int) *Writer {
	w := &Writer{folder: f, index: index, hash: sha256.New(), places: map[string]place{}, pause: savePause, saved: time.Now()}
	if w.isDone = w.load(f.done(index)) == nil; !w.isDone && w.load(f.partial(index)) != nil {
		w.write(header(f.run, index))
	}
	return w
}

// load reads the records of an earlier program; what is not whole is made anew.
func (w *Writer) load(path string) error {
	file, err := regularfile.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	places, err := scan(file, header(w.folder.run, w.index))
	if err != nil {
		return err
	}
	end := int64(0)
	for _, p := range places {
		end = max(end, p.offset+p.length+1)
	}
	text := make([]byte, max(end, int64(len(header(w.folder.run, w.index)))))
	if _, err := file.ReadAt(text, 0); err != nil && err != io.EOF {
		return err
	}
	w.places = places
	w.write(text)
	return nil
}

func (w *Writer) write(text []byte) {
	w.lines.Write(text)
	w.hash.Write(text)
}

// Has reports whether there is a record of a key.
func (w *Writer) Has(key string) bool {
	_, found := w.places[key]
	return found
}

// Get reads the record of a key into v, a pointer, and reports whether there is one.
func (w *Writer) Get(key string, v any) (found bool, err error) {
	p, found := w.places[key]
	if !found {
		return false, nil
	}
	if err := p.decode(bytes.NewReader(w.lines.Bytes()), v); err != nil {
		return false, fmt.Errorf("shard %d, record %s: %w", w.index, key, err)
	}
	return true, nil
}

// Put adds the record of a key: lower-case letters, digits and any of _/.- between them. It saves the records so far from
// time to time. It panics if the key is no such text, or has a record.
func (w *Writer) Put(key string, v any) error {
	if w.Has(key) || !keyText.MatchString(key) || len(key) > maxKey || key+" " == endMark {
		panic("shard: a key must be new, and of the characters that a key may have")
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("record %s: %w", key, err)
	}
	w.places[key] = place{int64(w.lines.Len() + len(key) + 1), int64(len(text))}
	w.write([]byte(key + " "))
	w.write(text)
	w.write([]byte("\n"))
	if time.Since(w.saved) < w.pause {
		return nil
	}
	return w.save()
}

// Abandon saves the records so far, from which a program that is begun anew goes on, and returns err, why this one ends.
func (w *Writer) Abandon(err error) error {
	w.save() // err is what matters
	return err
}

func (w *Writer) save() error {
	started := time.Now()
	err := w.writeTo(w.folder.partial(w.index))
	w.saved = time.Now()
	w.pause = max(savePause, 20*w.saved.Sub(started))
	return err
}

// Finish makes the shard done.
func (w *Writer) Finish() error {
	if !w.isDone {
		if err := w.writeTo(w.folder.done(w.index)); err != nil {
			return err
		}
	}
	os.Remove(w.folder.partial(w.index)) // one that stays is in nobody's way
	return nil
}

func (w *Writer) writeTo(path string) error {
	return atomicfile.WriteBytes(path, w.lines.Bytes(), footer(w.hash.Sum(nil)))
}
