package recipe

import (
	"bytes"
	"fmt"
)

// A Block is a part of a document between two markers, which a program writes.
type Block struct {
	Name string
	Text string
}

// Replace puts the blocks between their markers; a document need not have them all.
func Replace(document []byte, blocks ...Block) ([]byte, error) {
	for _, b := range blocks {
		begin, end := []byte("<!-- recipes: "+b.Name+" -->\n"), []byte("<!-- end -->\n")
		before, rest, has := bytes.Cut(document, begin)
		if !has {
			continue
		}
		_, after, has := bytes.Cut(rest, end)
		if !has {
			return nil, fmt.Errorf("marker %q has no %q after it", begin, end)
		}
		document = bytes.Join([][]byte{before, begin, []byte(b.Text), end, after}, nil)
	}
	return document, nil
}
