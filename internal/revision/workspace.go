package revision

import (
	"io"
	"os"
	"path/filepath"

	"example.com/sonar/internal/regularfile"
)

func readBounded(dir, path string, most int64) ([]byte, error) {
	f, err := regularfile.Open(filepath.Join(dir, filepath.FromSlash(path)))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > most {
		return nil, tooLarge(most)
	}
	return content, nil
}

func listFolder(dir, folder string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(folder)))
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names, nil
}
