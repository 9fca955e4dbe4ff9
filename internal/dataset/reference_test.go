package dataset

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
)

// reference reads a file of testdata, made by reference/selection.py.
func reference(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// digits reads one base-36 digit per row.
func digits(t *testing.T, text string) []int {
	t.Helper()
	list := make([]int, len(text))
	for i, c := range text {
		v, err := strconv.ParseInt(string(c), 36, 0)
		if err != nil {
			t.Fatal(err)
		}
		list[i] = int(v)
	}
	return list
}

// sum is the SHA-256 of the decimal numbers joined by commas.
func sum(list []int) string {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = strconv.Itoa(v)
	}
	hash := sha256.Sum256([]byte(strings.Join(words, ",")))
	return hex.EncodeToString(hash[:])
}
