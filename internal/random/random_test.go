package random

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
)

// reference reads a file of testdata, made by reference/streams.py.
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

// sum is the SHA-256 of the decimal numbers joined by commas.
func sum(list []int) string {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = strconv.Itoa(v)
	}
	hash := sha256.Sum256([]byte(strings.Join(words, ",")))
	return hex.EncodeToString(hash[:])
}

func isPermutation(list []int) bool {
	seen := make([]bool, len(list))
	for _, v := range list {
		if v < 0 || v >= len(list) || seen[v] {
			return false
		}
		seen[v] = true
	}
	return true
}
