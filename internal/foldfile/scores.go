package foldfile

import (
	"encoding/json"
	"fmt"
	"math"
)

// MarshalJSON writes a list, with null for NaN, which JSON has not.
func (s Scores) MarshalJSON() ([]byte, error) {
	var list [metricCount]*float64
	for m := range s {
		if !math.IsNaN(s[m]) {
			list[m] = &s[m]
		}
	}
	return json.Marshal(list)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Scores) UnmarshalJSON(text []byte) error {
	var list []*float64
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	if len(list) != len(s) {
		return fmt.Errorf("must be the scores of %d metrics, got %d", len(s), len(list))
	}
	for m, v := range list {
		if s[m] = math.NaN(); v != nil {
			s[m] = *v
		}
	}
	return nil
}
