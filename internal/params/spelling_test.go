package params

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
)

// A spelling is a text as it is in params.yaml, and as it is after DVC has rewritten the file; nil if DVC
// cannot. They are made by reference/spellings.py.
type spelling [2]*string

func spellings(t *testing.T) (plain, numbers, quoted []spelling) {
	t.Helper()
	content, err := os.ReadFile("testdata/spellings.json")
	if err != nil {
		t.Fatal(err)
	}
	var facts struct{ Plain, Numbers, Quoted []spelling }
	if err := json.Unmarshal(content, &facts); err != nil {
		t.Fatal(err)
	}
	return facts.Plain, facts.Numbers, facts.Quoted
}

// The keys that hold texts, with a place for one.
var textKeys = []struct{ name, key, layout string }{
	{"a label", "classes: [R, M]", "classes:\n  - zzz\n  - TEXT"},
	{"a missing value", "missing: ['', NA]", "missing:\n  - zzz\n  - TEXT"},
	{"a column", "drop: []", "drop:\n  - zzz\n  - TEXT"},
}

func dataWith(key, layout, text string) string {
	data, _, _ := strings.Cut(settings, "prepare:")
	data = strings.Replace(data, "header: false", "header: true", 1)
	return strings.Replace(data, key, strings.Replace(layout, "TEXT", text, 1), 1)
}

// tryText reports whether a text is accepted, and whether DVC keeps it: what is read is then the same before and after.
func tryText(key, layout string, s spelling) (taken, kept bool) {
	before := dataWith(key, layout, *s[0])
	strict, err := readText(before, SectionData)
	taken = err == nil
	if s[1] == nil {
		return taken, false
	}
	if lenient, err := ReadOlder(strings.NewReader(before), "before", SectionData); err == nil && !taken {
		strict = lenient
	}
	after, err := ReadOlder(strings.NewReader(dataWith(key, layout, *s[1])), "after", SectionData)
	return taken, err == nil && reflect.DeepEqual(strict, after)
}

func TestATextIsTakenIfAndOnlyIfDVCKeepsIt(t *testing.T) {
	plain, numbers, quoted := spellings(t)
	for _, k := range textKeys {
		t.Run(k.name, func(t *testing.T) {
			for _, s := range append(plain, quoted...) {
				taken, kept := tryText(k.key, k.layout, s)
				if taken && !kept {
					t.Errorf("%s is taken, but DVC makes %s of it", *s[0], shown(s[1]))
				}
				if kept && !taken && !(k.name == "a column" && looksNumeric(*s[0])) {
					t.Errorf("%s is refused, but DVC keeps it", *s[0])
				}
			}
			// Of drawn numbers, which are often odd, some that DVC keeps are refused.
			var all, refused int
			for _, s := range numbers {
				taken, kept := tryText(k.key, k.layout, s)
				if taken && !kept {
					t.Errorf("%s is taken, but DVC makes %s of it", *s[0], shown(s[1]))
				}
				if kept {
					all++
				}
				if kept && !taken {
					refused++
				}
			}
			if refused > all/10 {
				t.Errorf("of %d numbers that DVC keeps %d are refused", all, refused)
			}
		})
	}
}

func shown(text *string) string {
	if text == nil {
		return "nothing"
	}
	return *text
}
