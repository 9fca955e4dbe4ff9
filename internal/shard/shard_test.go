package shard

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

var someRun = Run{Program: "test", Numbers: "n", Params: "p", Data: "d", Tasks: 10, Shards: 3}

func open(t *testing.T, run Run) *Folder {
	t.Helper()
	f, err := Open(t.Context(), filepath.Join(t.TempDir(), "shards"), run)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestArrayIsWhatSchedulersTake(t *testing.T) {
	for want, numbers := range map[string][]int{"": nil, "0": {0}, "3,7-9": {3, 7, 8, 9}, "0-1": {0, 1}, "0,2,4-5": {0, 2, 4, 5}, "1-4": {1, 2, 3, 4}} {
		if got := Array(numbers); got != want {
			t.Errorf("%v is %q, want %q", numbers, got, want)
		}
	}
}

func TestPartsHaveEachTaskOnceAndAreEven(t *testing.T) {
	for _, tasks := range []int{0, 1, 10, 110} {
		for _, n := range []int{1, 2, 7, 100} {
			least, most, all := tasks, 0, 0
			for i := range n {
				part, err := ParsePart(fmt.Sprintf("%d/%d", i, n))
				if err != nil {
					t.Fatal(err)
				}
				has := 0
				for task := range tasks {
					if part.Has(task) {
						has++
					}
				}
				least, most, all = min(least, has), max(most, has), all+has
			}
			if all != tasks || most-least > 1 {
				t.Errorf("%d tasks in %d shards: %d in all, %d to %d each", tasks, n, all, least, most)
			}
		}
	}
}

func TestPartsAreReadStrictly(t *testing.T) {
	for _, text := range []string{"", "1", "/", "1/", "/2", "2/2", "-1/2", "+1/2", "01/2", "1/02", "0/0", " 0/2", "0/2 ", "0/2/3", "0x1/2", "0/99999999", "0/1000001", "１/2"} {
		if part, err := ParsePart(text); err == nil {
			t.Errorf("%q is %v", text, part)
		}
	}
	if part, err := ParsePart("999999/1000000"); err != nil || part != (Part{999999, 1000000}) {
		t.Errorf("%v, %v", part, err)
	}
}

type record struct {
	Value float64
	Texts []string
}

func TestRecordsComeBackAsTheyWere(t *testing.T) {
	f := open(t, someRun)
	want := map[string]record{}
	for shard := range 3 {
		w := f.Begin(shard)
		for i := range 4 {
			key := fmt.Sprintf("task/%d-%d", shard, i)
			want[key] = record{math.Nextafter(float64(i), 9), []string{strings.Repeat("long\n", i*50000), "end "}}
			if err := w.Put(key, want[key]); err != nil {
				t.Fatal(err)
			}
			var got record
			if found, err := w.Get(key, &got); !found || err != nil || !reflect.DeepEqual(got, want[key]) {
				t.Errorf("the writer has another %s: %v", key, err)
			}
		}
		if found, err := w.Get("other", new(record)); found || err != nil {
			t.Errorf("found what is not there: %v", err)
		}
		if err := w.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	records, err := f.Records()
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range want {
		var got record
		if found, err := records.Get(key, &got); !found || err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is another: %v", key, err)
		}
	}
	if _, err := records.Get("other", new(record)); err == nil {
		t.Error("found what is not there")
	}
}

func TestAWriterGoesOnAndWritesTheSameBytes(t *testing.T) {
	put := func(w *Writer, from, to int) {
		for i := from; i < to; i++ {
			if err := w.Put(fmt.Sprint("k", i), i); err != nil {
				t.Fatal(err)
			}
		}
	}
	whole := open(t, someRun)
	w := whole.Begin(1)
	put(w, 0, 5)
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(whole.done(1))
	if err != nil {
		t.Fatal(err)
	}
	f := open(t, someRun)
	for i := range 5 {
		w := f.Begin(1)
		if len(w.places) != i {
			t.Fatalf("%d records, want %d", len(w.places), i)
		}
		put(w, i, i+1)
		if why := errors.New("why"); w.Abandon(why) != why {
			t.Error("another error")
		}
	}
	if err := f.Begin(1).Finish(); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(f.done(1)); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s\nwant\n%s%v", got, want, err)
	}
	if _, err := os.Stat(f.partial(1)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the partial file stays")
	}
}

func TestADamagedPartialFileIsMadeAnew(t *testing.T) {
	f := open(t, someRun)
	w := f.Begin(0)
	if err := w.Put("a", 1); err != nil {
		t.Fatal(err)
	}
	w.Abandon(nil)
	text, err := os.ReadFile(f.partial(0))
	if err != nil {
		t.Fatal(err)
	}
	if w := f.Begin(0); !w.Has("a") {
		t.Error("an intact one is not read")
	}
	for i := range text {
		damaged := bytes.Clone(text)
		damaged[i] ^= 4
		for _, content := range [][]byte{damaged, text[:i]} {
			if err := os.WriteFile(f.partial(0), content, 0o666); err != nil {
				t.Fatal(err)
			}
			if w := f.Begin(0); w.Has("a") || len(w.places) > 0 {
				t.Fatalf("taken: %q", content)
			}
		}
	}
}

// The records of a shard do not become another's, nor another run's, by a copy of their file.
func TestTheFileOfAnotherShardOrRunIsMadeAnew(t *testing.T) {
	other := someRun
	other.Params = "other"
	f := open(t, someRun)
	for name, from := range map[string]*Writer{"another shard": f.Begin(1), "another run": open(t, other).Begin(0)} {
		if err := from.Put("a", 1); err != nil {
			t.Fatal(err)
		}
		from.Abandon(nil)
		for _, to := range []string{f.partial(0), f.done(0)} {
			text, err := os.ReadFile(from.folder.partial(from.index))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(to, text, 0o666); err != nil {
				t.Fatal(err)
			}
			if w := f.Begin(0); w.isDone || w.Has("a") || len(w.places) > 0 {
				t.Errorf("the records of %s are taken from %s", name, to)
			}
		}
	}
}

func TestAFolderIsOfOneRun(t *testing.T) {
	f := open(t, someRun)
	for name, change := range map[string]func(*Run){
		"the program": func(r *Run) { r.Program = "other" }, "other numbers": func(r *Run) { r.Numbers = "other" },
		"other params": func(r *Run) { r.Params = "other" }, "other data": func(r *Run) { r.Data = "other" },
		"10 tasks, not of 9": func(r *Run) { r.Tasks = 9 }, "3 shards, not of 4": func(r *Run) { r.Shards = 4 },
	} {
		run := someRun
		change(&run)
		if _, err := Open(t.Context(), f.path, run); !errors.Is(err, ErrOther) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := Find(f.path, run); !errors.Is(err, ErrOther) {
			t.Errorf("%s: %v", name, err)
		}
	}
	run := someRun
	run.Shards = 0
	if found, err := Find(f.path, run); err != nil || found.run.Shards != 3 {
		t.Errorf("%+v, %v", found, err)
	}
	if err := Remove(f.path); err != nil {
		t.Fatal(err)
	}
	if _, err := Find(f.path, run); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// Of many programs that begin different runs in one folder at once, all but those of one run are refused.
func TestOneOfTwoRunsThatBeginAtOnceWins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shards")
	outcomes := make(chan string, 16)
	for i := range 16 {
		go func() {
			run := someRun
			run.Shards += i % 2
			if _, err := Open(context.Background(), path, run); err == nil {
				outcomes <- fmt.Sprint(run.Shards)
			} else if errors.Is(err, ErrOther) {
				outcomes <- ""
			} else {
				outcomes <- err.Error()
			}
		}()
	}
	won := map[string]int{}
	for range 16 {
		won[<-outcomes]++
	}
	if len(won) != 2 || won[""] != 8 || won["3"]+won["4"] != 8 {
		t.Errorf("%v", won)
	}
}

func TestARecordOfTwoShardsIsRefused(t *testing.T) {
	f := open(t, someRun)
	for shard := range 3 {
		w := f.Begin(shard)
		if err := w.Put("same", shard); err != nil {
			t.Fatal(err)
		}
		if err := w.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Records(); err == nil || !strings.Contains(err.Error(), "1.records: has the record same, as shard 0 has") {
		t.Error(err)
	}
}

// FuzzRecords: whatever is in a file, reading it ends, and what is taken is what a writer writes of the same records.
func FuzzRecords(f *testing.F) {
	head := header(someRun, 0)
	whole := func(lines string) []byte {
		w := Writer{hash: sha256.New(), folder: &Folder{run: someRun}}
		w.write(head)
		w.write([]byte(lines))
		return append(w.lines.Bytes(), footer(w.hash.Sum(nil))...)
	}
	f.Add(whole(""), "")
	f.Add(whole("a 1\nb/2 {}\n"), "a 1\n")
	f.Add(whole("a 1\na 2\n"), "a \n")
	f.Add(whole("A 1\n"), "end 1\n")
	f.Add([]byte("end "), strings.Repeat("k", maxKey+2)+" 1\n")
	f.Fuzz(func(t *testing.T, text []byte, lines string) {
		for _, text := range [][]byte{text, whole(lines)} {
			places, err := scan(bytes.NewReader(text), head)
			if err != nil {
				continue
			}
			end := len(head)
			for key, p := range places {
				var v any
				if err := p.decode(bytes.NewReader(text), &v); err == nil && v == nil && string(text[p.offset:p.offset+p.length]) == "" {
					t.Errorf("%q is nothing", key)
				}
				end = max(end, int(p.offset+p.length)+1)
			}
			if again := whole(string(text[len(head):end])); !bytes.Equal(again, text) {
				t.Errorf("written again as %q, want %q", again, text)
			}
		}
	})
}

// Whatever run.json holds, it is refused, or is a run that is the same or differs in a way that can be said.
func FuzzRun(f *testing.F) {
	f.Add(someRun.encode())
	f.Add([]byte(`{"shards": 1e3}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		run, err := parseRun(text, "run.json")
		if err == nil {
			err = someRun.check("run.json", run)
			if again, second := parseRun(run.encode(), "run.json"); second != nil || again != run {
				t.Errorf("encoded and parsed it is %+v, error %v", again, second)
			}
		}
		if err != nil && (!errors.Is(err, ErrOther) || !strings.HasPrefix(err.Error(), "run.json: ")) {
			t.Errorf("error %v", err)
		}
	})
}
