package shard

import (
	"errors"
	"fmt"
	"io/fs"

	"example.com/sonar/internal/regularfile"
)

// Records are those of all shards. They are read from the disk one by one, so they take little memory.
type Records struct {
	folder *Folder
	places map[string]shardPlace
}

type shardPlace struct {
	shard int
	place
}

// Records returns the records of all shards, each of which must be done.
func (f *Folder) Records() (*Records, error) {
	r := &Records{f, map[string]shardPlace{}}
	var missing []int
	for index := range f.run.Shards {
		places, err := f.scan(index)
		if errors.Is(err, fs.ErrNotExist) {
			missing = append(missing, index)
			continue
		} else if err != nil {
			return nil, fmt.Errorf("%w: run shard %d/%d again", err, index, f.run.Shards)
		}
		for key, p := range places {
			if other, twice := r.places[key]; twice {
				return nil, fmt.Errorf("%s: has the record %s, as shard %d has", f.done(index), key, other.shard)
			}
			r.places[key] = shardPlace{index, p}
		}
	}
	if missing != nil {
		return nil, fmt.Errorf("%s: must have all of %d shards, misses %s", f.path, f.run.Shards, Array(missing))
	}
	return r, nil
}

// scan returns where the records of a shard are.
func (f *Folder) scan(index int) (map[string]place, error) {
	path := f.done(index)
	file, err := regularfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	places, err := scan(file, header(f.run, index))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return places, nil
}

// Missing returns the shards that must be run, ascending: those that are not there, and those whose files are not
// whole, of which broken has the errors.
func (f *Folder) Missing() (missing []int, broken []error) {
	for index := range f.run.Shards {
		if _, err := f.scan(index); err != nil {
			missing = append(missing, index)
			if !errors.Is(err, fs.ErrNotExist) {
				broken = append(broken, err)
			}
		}
	}
	return missing, broken
}

// Get reads the record of a key into v, a pointer. It is an error if there is none.
func (r *Records) Get(key string, v any) (found bool, err error) {
	p, found := r.places[key]
	if !found {
		return false, fmt.Errorf("%s: no shard has the record %s", r.folder.path, key)
	}
	path := r.folder.done(p.shard)
	file, err := regularfile.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	if err := p.decode(file, v); err != nil {
		return false, fmt.Errorf("%s: record %s: %w", path, key, err)
	}
	return true, nil
}

// Put panics: whoever has all records makes no other.
func (r *Records) Put(key string, v any) error { panic("shard: a merge adds no record") }
