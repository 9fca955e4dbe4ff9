// Package shard divides the tasks of a run over programs that share a folder, keeps the records of the tasks
// there, and finds them again, so that one program makes of them what it would have made alone.
//
// The folder has a file run.json, which says what the records are of, and a file of records for each shard that
// is done. Every file is whole or absent. The files of a shard that is done twice are the same bytes, so either
// may win.
package shard

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// maxCount is the largest number of shards.
const maxCount = 1_000_000

// A Part is one shard of several. The zero value is none.
type Part struct {
	Index int // from 0
	Count int
}

var partText = regexp.MustCompile(`^(0|[1-9][0-9]{0,6})/([1-9][0-9]{0,6})$`)

// ParsePart reads I/N: the index, from 0, and the number of shards.
func ParsePart(text string) (Part, error) {
	match := partText.FindStringSubmatch(text)
	if match == nil {
		return Part{}, fmt.Errorf("must be I/N, as in 0/10, got %.40q", text)
	}
	index, _ := strconv.Atoi(match[1])
	count, _ := strconv.Atoi(match[2])
	if count > maxCount {
		return Part{}, fmt.Errorf("must be of at most %d shards, got %.40q", maxCount, text)
	}
	if index >= count {
		return Part{}, fmt.Errorf("must have an index of 0 to %d of %d shards, got %d", count-1, count, index)
	}
	return Part{index, count}, nil
}

// Has reports whether task number i is in the shard. The tasks are dealt in turn, so that no shard has more than
// one task more than another; a shard may have none.
func (p Part) Has(i int) bool { return i%p.Count == p.Index }

// Array writes ascending numbers as schedulers take them: 3,7-9.
func Array(numbers []int) string {
	var b strings.Builder
	for i := 0; i < len(numbers); {
		last := i
		for last+1 < len(numbers) && numbers[last+1] == numbers[last]+1 {
			last++
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(numbers[i]))
		if last > i {
			b.WriteByte('-')
			b.WriteString(strconv.Itoa(numbers[last]))
		}
		i = last + 1
	}
	return b.String()
}
