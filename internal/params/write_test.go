package params

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSectionReadsBackAsItWas(t *testing.T) {
	data := Data{
		Classes: []string{"R", "True", "1", "01", "+1", "yes", "it's", `"`, "a: b", "# c", "~", "é", "2024-01-01", "- x", "0x1F", "1e3", "null", "tab\there", "no\u00a0break"},
		Header:  true,
		Label:   Column{Name: "4"},
		ID:      Column{Position: 1},
		Drop:    []Column{{Position: 3}, {Name: "a,b"}, {Name: "1_000"}},
		Missing: []string{"", "NA", "?", "-", "NULL", "."},
	}
	section := data.Section()
	p, err := Read(strings.NewReader(section), "params.yaml", SectionData)
	if err != nil {
		t.Fatalf("%v\n%s", err, section)
	}
	p.Data.Drop, p.Data.Categorical = append([]Column(nil), p.Data.Drop...), nil
	if !reflect.DeepEqual(p.Data, data) {
		t.Errorf("got\n%+v, want\n%+v", p.Data, data)
	}
}

func FuzzSectionReadsBackAsItWas(f *testing.F) {
	for _, text := range []string{"R", "True", "'", `\`, "0b1", "a#b", "a #b", "1:30", "{", "é", "=", "<<", ".inf"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || strings.TrimSpace(text) != text || text == "" || text == "other" || text == "???" ||
			strings.Contains(text, "${") || strings.ContainsAny(text, "\r\n\u0085\u2028\u2029") || strings.ContainsFunc(text, isControl) || len(text) > maxDoubleSpaced {
			t.Skip()
		}
		data := Data{Classes: []string{text, "other"}, Header: true, Label: Column{Name: text}}
		p, err := Read(strings.NewReader(data.Section()), "params.yaml", SectionData)
		if err != nil {
			t.Fatalf("%v\n%s", err, data.Section())
		}
		if p.Data.Classes[0] != text || p.Data.Label.Name != text {
			t.Errorf("got %q and %q, want %q", p.Data.Classes[0], p.Data.Label.Name, text)
		}
	})
}
