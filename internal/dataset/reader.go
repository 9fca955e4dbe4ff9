package dataset

import (
	"context"
	"fmt"
	"runtime"

	"example.com/sonar/internal/csvfile"
)

// A File is what is read, with the name that errors call it: an *os.File, or a test's own.
type File = csvfile.File

// workers is the number of goroutines that parse and format. Results do not depend on it.
func workers() int { return runtime.GOMAXPROCS(0) }

// A reader passes the pieces of a file through chunks.
type reader struct {
	layoutOf func(first *csvfile.Piece) (*layout, error)
	collect  func(p *csvfile.Piece, c *chunk) error
	repeats  bool // whether ids may repeat

	layout *layout // nil before the first record
	faults faults
	lines  map[string]int // of the ids
}

// readTable reads a whole file of at most `most` rows; the table is nil if it has no records. The error of the first row
// beyond that is tooMany.
func readTable(ctx context.Context, f File, most int, tooMany error, layoutOf func(first *csvfile.Piece) (*layout, error)) (table *Table, err error) {
	r := reader{layoutOf: layoutOf}
	r.collect = func(p *csvfile.Piece, c *chunk) error {
		if table == nil {
			table = newTable(r.layout.schema)
		}
		if rows := table.Rows(); c.rows > most-rows {
			return fmt.Errorf("%s:%d: %w", f.Name(), p.LineOf(most-rows), tooMany)
		}
		table.appendChunk(c)
		return nil
	}
	if err := r.read(ctx, f); err != nil {
		return nil, err
	}
	if table == nil && r.layout != nil {
		table = newTable(r.layout.schema)
	}
	return table, nil
}

func (r *reader) read(ctx context.Context, f File) error {
	workers := workers()
	free := make(chan *chunk, 5*workers+3)
	err := csvfile.Read(ctx, f, workers, csvfile.Steps[*chunk]{
		First: func(p *csvfile.Piece) (header bool, err error) {
			if r.layout, err = r.layoutOf(p); err != nil {
				return false, err
			}
			return r.layout.schema.Data.Header, nil
		},
		Parse: func(p *csvfile.Piece) (c *chunk, err error) {
			if r.layout == nil {
				return new(chunk), nil
			}
			select {
			case c = <-free:
			default:
				c = new(chunk)
			}
			c.reset(r.layout.categories)
			return c, c.parse(p, r.layout)
		},
		Collect: func(p *csvfile.Piece, c *chunk) error {
			r.faults.merge(&c.faults)
			if err := r.checkIDs(f.Name(), c); err != nil {
				return err
			}
			if c.rows > 0 {
				if err := r.collect(p, c); err != nil {
					return err
				}
			}
			select {
			case free <- c:
			default:
			}
			return nil
		},
	})
	if err != nil {
		return err
	}
	return r.faults.err(r.layout)
}

// checkIDs checks that the ids of a chunk differ from each other and from those before.
func (r *reader) checkIDs(name string, c *chunk) error {
	if r.repeats || len(c.lines) == 0 {
		return nil
	}
	if r.lines == nil {
		r.lines = map[string]int{}
	}
	for i, id := range c.ids.appendTo(nil) {
		if line, twice := r.lines[id]; twice {
			return fmt.Errorf("%s:%d: %s, data.id, must differ from row to row, got %.40q as on line %d: if such rows belong together, make it data.group", name, c.lines[i], r.layout.idPlace(), id, line)
		}
		r.lines[id] = c.lines[i]
	}
	return nil
}
