package tune

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// Records may come from anybody. Whatever they hold, a search ends with results or with an error.
func TestForgedRecordsHarmNobody(t *testing.T) {
	whole := memory{}
	quick(t).mustHold(t, 2, whole)
	taken, refused := 0, 0
	for i, key := range slices.Sorted(maps.Keys(whole)) {
		if i%4 > 0 && !strings.HasSuffix(key, "/nested") {
			continue
		}
		record := whole[key]
		for _, forged := range []string{
			"null", "{}", "[]", "[{}]", "[{},{},{}]", `{"rows":[]}`,
			strings.ReplaceAll(record, `"rows":`, `"rows":-`),
			strings.ReplaceAll(record, `"rows":`, `"rows":9223372036854775`),
			strings.ReplaceAll(record, "0.", "1e300,0."),
			strings.ReplaceAll(record, "0.", "1e30"),
		} {
			records := maps.Clone(whole)
			records[key] = forged
			s := quick(t)
			contests, err := s.Hold(t.Context(), all, 1, records, Progress{})
			if err != nil {
				refused++
				continue
			}
			outputs(t, s.NewResults(contests))
			taken++
		}
	}
	t.Logf("%d taken, %d refused", taken, refused)
	if taken == 0 || refused == 0 {
		t.Error("they are not forged in all ways")
	}
}
