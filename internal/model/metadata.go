package model

import (
	"encoding/json"
	"fmt"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/features"
	"example.com/sonar/internal/params"
)

// A dataText is the data section of params.yaml and the number of columns of the raw file, as they are in the metadata.
type dataText struct {
	Columns     int         `json:"columns"`
	Header      bool        `json:"header"`
	Label       reference   `json:"label"`
	ID          reference   `json:"id"`
	Group       reference   `json:"group"`
	Drop        []reference `json:"drop"`
	Categorical []reference `json:"categorical"`
	Missing     []string    `json:"missing"`
}

func newDataText(data params.Data, columns []features.Column) dataText {
	text := dataText{
		Columns:     len(columns) + 1 + len(data.Drop),
		Header:      data.Header,
		Label:       reference(data.Label),
		ID:          reference(data.ID),
		Group:       reference(data.Group),
		Drop:        converted[reference](data.Drop),
		Categorical: converted[reference](data.Categorical),
		Missing:     append([]string{}, data.Missing...),
	}
	for _, c := range []params.Column{data.ID, data.Group} {
		if !c.IsNone() {
			text.Columns++
		}
	}
	return text
}

// section is the inverse of newDataText.
func (t dataText) section(classes []string) params.Data {
	return params.Data{
		Classes:     classes,
		Header:      t.Header,
		Label:       params.Column(t.Label),
		ID:          params.Column(t.ID),
		Group:       params.Column(t.Group),
		Drop:        converted[params.Column](t.Drop),
		Categorical: converted[params.Column](t.Categorical),
		Missing:     t.Missing,
	}
}

func converted[To, From reference | params.Column](columns []From) []To {
	list := make([]To, len(columns))
	for i, c := range columns {
		list[i] = To(c)
	}
	return list
}

// A reference refers to a column: a position is a number, a name a text, and "" is none.
type reference params.Column

// MarshalJSON writes the reference as in params.yaml.
func (r reference) MarshalJSON() ([]byte, error) {
	if r.Position > 0 {
		return json.Marshal(r.Position)
	}
	return json.Marshal(r.Name)
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (r *reference) UnmarshalJSON(text []byte) error {
	if text[0] == '"' {
		return json.Unmarshal(text, &r.Name)
	}
	return json.Unmarshal(text, &r.Position)
}

// A columnText is a column of the features as it is in the metadata.
type columnText struct {
	Name     string   `json:"name,omitempty"`
	Position int      `json:"position"`
	Kind     string   `json:"kind"`
	Gaps     bool     `json:"gaps,omitempty"`
	Median   *float64 `json:"median,omitempty"`
	Texts    []string `json:"texts,omitempty"`
}

var kinds = map[string]dataset.Kind{"number": dataset.Number, "category": dataset.Category}

func newColumnTexts(columns []features.Column) []columnText {
	texts := make([]columnText, len(columns))
	for i, c := range columns {
		texts[i] = columnText{Name: c.Name, Position: c.Position, Gaps: c.Gaps, Texts: c.Texts}
		for name, kind := range kinds {
			if kind == c.Kind {
				texts[i].Kind = name
			}
		}
		if c.Kind == dataset.Number {
			texts[i].Median = &c.Median
		}
	}
	return texts
}

// columnsOf is the inverse of newColumnTexts.
func columnsOf(texts []columnText) ([]features.Column, error) {
	columns := make([]features.Column, len(texts))
	for i, t := range texts {
		kind, known := kinds[t.Kind]
		if !known {
			return nil, fmt.Errorf("column %d must be of kind number or category, got %.40q", t.Position, t.Kind)
		}
		columns[i] = features.Column{Column: dataset.Column{Name: t.Name, Position: t.Position, Kind: kind}, Gaps: t.Gaps, Texts: t.Texts}
		if t.Median != nil {
			columns[i].Median = *t.Median
		}
	}
	return columns, nil
}
