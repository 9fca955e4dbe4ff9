package datafile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/sonar/internal/params"
)

func TestATableThatDoesNotFitInMemoryIsRefusedBeforeItIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raw.csv")
	const rows = 100_000 // of three numbers, 24 bytes, and the label
	if err := os.WriteFile(path, []byte(strings.Repeat("0.25,1,12,R\n", rows)), 0o666); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const want = "raw.csv: some 1e+05 rows of 4 columns need 0.00 GB of memory"
	for name, c := range map[string]struct {
		data  params.Data
		left  int64
		fails bool
	}{
		"no limit":          {left: 0},
		"room":              {left: rows*24 + 100},
		"no room":           {left: rows*24 - 100, fails: true},
		"none at all":       {left: 1, fails: true},
		"a column left out": {data: params.Data{Drop: []params.Column{{Position: 1}}}, left: rows*16 + 100},
		"texts":             {data: params.Data{Categorical: []params.Column{{Position: 1}}}, left: rows*20 + 100},
	} {
		t.Run(name, func(t *testing.T) {
			err := checkSize(f, c.data, 1+len(c.data.Drop), c.left)
			if (err != nil) != c.fails || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("error %v", err)
			}
		})
	}
	if at, err := f.Seek(0, 1); err != nil || at != 0 {
		t.Errorf("the file is at %d, error %v", at, err)
	}
}
