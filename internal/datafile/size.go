package datafile

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"example.com/sonar/internal/params"
)

// checkSize refuses a file whose table would not fit in so many bytes of memory, 0 being any number, before the table is
// read. Unkept is how many of its columns the table does not have as inputs.
//
// How many rows there are follows from the lines in some places of the file.
func checkSize(f *os.File, data params.Data, unkept int, left int64) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	length := info.Size()
	const most = 4 // bytes of a table by byte of a file: a number takes 8, and 2 with its comma
	if left == 0 || length < left/most {
		return nil
	}
	var sampled, lines, columns int64
	sample := make([]byte, 1<<20)
	for part := range int64(3) { // the beginning, the middle and the end
		n, err := f.ReadAt(sample, part*max(0, length-int64(len(sample)))/2)
		if err != nil && err != io.EOF {
			return err
		}
		sampled += int64(n)
		lines += int64(bytes.Count(sample[:n], []byte{'\n'}))
		if part == 0 {
			first, _, _ := bytes.Cut(sample[:n], []byte{'\n'})
			columns = int64(bytes.Count(first, []byte{','}) + 1)
		}
	}
	rows := float64(length) * float64(lines) / float64(max(1, sampled))
	texts := int64(len(data.Categorical))
	size := rows * float64(8*max(0, columns-int64(unkept)-texts)+4*texts)
	if size > float64(left) {
		return fmt.Errorf("%s: some %.2g rows of %d columns need %.2f GB of memory, and there are %.2f GB for them", f.Name(), rows, columns, size/1e9, float64(left)/1e9)
	}
	return nil
}

// named returns how many of the columns that name a row or its group there are.
func named(data params.Data) int {
	n := 0
	for _, c := range []params.Column{data.ID, data.Group} {
		if !c.IsNone() {
			n++
		}
	}
	return n
}
