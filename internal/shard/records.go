package shard

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"regexp"
)

// A file of records is lines of text:
//
//	{"run":"SHA-256 of run.json","shard":3}
//	KEY RECORD
//	...
//	end SHA-256
//
// A record is JSON. The sum in the last line is that of all lines before it, so a file that is cut short or altered
// is found out.

const (
	endMark    = "end "
	maxFile    = 4 << 30 // bytes
	maxRecord  = 1 << 28 // bytes
	maxKey     = 100     // bytes
	maxRecords = 10_000_000
)

var keyText = regexp.MustCompile(`^[a-z0-9][a-z0-9_/.-]*$`)

// header is the first line of a file of records.
func header(run Run, index int) []byte {
	return fmt.Appendf(nil, "{\"run\":%q,\"shard\":%d}\n", sum(run.encode()), index)
}

// footer is the last line.
func footer(sum []byte) []byte { return []byte(endMark + hex.EncodeToString(sum) + "\n") }

var (
	errCutShort = errors.New("is cut short")
	errDamaged  = errors.New("is not what was written: its sum is another")
	errOtherRun = errors.New("is of another run than run.json")
	errNoRecord = errors.New("must be lines of a key, a space and a record")
)

// A place is where the JSON of a record is in a file of records.
type place struct{ offset, length int64 }

// scan reads a file of records to its end and returns where each record is, by key.
func scan(r io.Reader, head []byte) (map[string]place, error) {
	s := scanner{in: bufio.NewReaderSize(io.LimitReader(r, maxFile), 1<<16), hash: sha256.New(), places: map[string]place{}}
	first := make([]byte, len(head))
	if _, err := io.ReadFull(s.in, first); err != nil {
		return nil, errCutShort
	}
	if !bytes.Equal(first, head) {
		return nil, errOtherRun
	}
	s.hash.Write(first)
	s.offset = int64(len(first))
	for {
		mark, _ := s.in.Peek(len(endMark))
		if string(mark) == endMark {
			return s.places, s.readEnd()
		}
		if err := s.readRecord(); err != nil {
			return nil, err
		}
	}
}

type scanner struct {
	in     *bufio.Reader
	hash   hash.Hash
	offset int64 // of the next line
	places map[string]place
}

// readRecord reads a line that is not the last.
func (s *scanner) readRecord() error {
	start, _ := s.in.Peek(maxKey + 1)
	key, _, found := bytes.Cut(start, []byte(" "))
	if len(start) == 0 {
		return errCutShort
	}
	name := string(key)
	if _, twice := s.places[name]; !found || !keyText.Match(key) || twice || len(s.places) == maxRecords {
		return errNoRecord
	}
	var length int64
	for {
		piece, err := s.in.ReadSlice('\n')
		s.hash.Write(piece)
		length += int64(len(piece))
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == io.EOF:
			return errCutShort
		case err != nil:
			return err
		}
		break
	}
	before := int64(len(key)) + 1
	s.places[name] = place{s.offset + before, length - before - 1}
	s.offset += length
	return nil
}

// readEnd reads the last line and checks the sum.
func (s *scanner) readEnd() error {
	want := footer(s.hash.Sum(nil))
	got := make([]byte, len(want))
	if _, err := io.ReadFull(s.in, got); err != nil {
		return errCutShort
	}
	if !bytes.Equal(got, want) {
		return errDamaged
	}
	if _, err := s.in.ReadByte(); err != io.EOF {
		return errDamaged
	}
	return nil
}

// decode reads the record at a place of a file into v.
func (p place) decode(r io.ReaderAt, v any) error {
	if p.length > maxRecord {
		return fmt.Errorf("has a record of %d bytes, more than %d", p.length, maxRecord)
	}
	text := make([]byte, p.length)
	if _, err := r.ReadAt(text, p.offset); err != nil {
		return err
	}
	return json.Unmarshal(text, v)
}
