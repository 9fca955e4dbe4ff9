package recipe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"example.com/sonar/internal/atomicfile"
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

// Publish writes results as JSON to path and puts the blocks into the documents, or does none of it.
// Documents that do not exist are passed over.
func Publish(path string, results any, documents []string, blocks ...Block) error {
	var outputs atomicfile.Set
	defer outputs.Discard()
	err := outputs.Write(path, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(results)
	})
	if err != nil {
		return err
	}
	for _, document := range documents {
		text, err := os.ReadFile(document)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return err
		}
		if text, err = Replace(text, blocks...); err != nil {
			return fmt.Errorf("%s: %w", document, err)
		}
		err = outputs.Write(document, func(w io.Writer) error {
			_, err := w.Write(text)
			return err
		})
		if err != nil {
			return err
		}
	}
	return outputs.Commit()
}

// ReadJSON reads a file into v.
func ReadJSON(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
