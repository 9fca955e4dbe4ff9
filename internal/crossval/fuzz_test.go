package crossval

import (
	"encoding/json"
	"io"
	"testing"

	"example.com/sonar/internal/dataset"
)

// Whatever a record of a shard holds, it is refused, or the outputs can be made of it.
func FuzzRecord(f *testing.F) {
	table := dataset.NewTable([]dataset.Column{{Position: 1}})
	for i := range 8 {
		table.Append([]float64{float64(i)}, nil, i%2)
	}
	p := settings([]string{"a", "b"}, 2, 1)
	tasks, err := Tasks(f.Context(), table, p)
	if err != nil {
		f.Fatal(err)
	}
	for _, task := range tasks {
		text, err := json.Marshal(guessed(table, task, 2))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"history": [{}, {"val": {"loss": 1e308}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var record Record
		if err := json.Unmarshal(text, &record); err != nil {
			return
		}
		results := NewResults(table, p)
		for _, task := range tasks {
			if task.Check(record, 2, 1, Options{Importance: true}) == nil {
				results.Add(record)
			} else {
				results.Add(guessed(table, task, 2))
			}
		}
		results.Warnings()
		for _, file := range results.Files() {
			if err := file.Write(io.Discard); err != nil {
				t.Logf("%s: %v", file.Path, err) // a number that JSON has not, say
			}
		}
	})
}
