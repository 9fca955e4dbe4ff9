package params

import (
	"regexp"
	"strconv"
	"strings"
)

// Section returns the data section of params.yaml for d: Read returns d again, and DVC keeps each text as it is
// written. A text for which this is impossible (with a line ending, say) is written all the same, and Read refuses it.
func (d Data) Section() string {
	var b strings.Builder
	b.WriteString("data:\n")
	writeList(&b, "classes", d.Classes, spellText)
	writeKey(&b, "header", strconv.FormatBool(d.Header))
	writeKey(&b, "label", spellColumn(d.Label))
	writeKey(&b, "id", spellColumn(d.ID))
	writeKey(&b, "group", spellColumn(d.Group))
	writeList(&b, "drop", d.Drop, spellColumn)
	writeList(&b, "categorical", d.Categorical, spellColumn)
	writeList(&b, "missing", d.Missing, spellText)
	return b.String()
}

func writeKey(b *strings.Builder, key, value string) { b.WriteString("  " + key + ": " + value + "\n") }

// writeList writes a list as a block, as DVC does.
func writeList[T any](b *strings.Builder, key string, items []T, spell func(T) string) {
	if len(items) == 0 {
		writeKey(b, key, "[]")
		return
	}
	b.WriteString("  " + key + ":\n")
	for _, item := range items {
		b.WriteString("  - " + spell(item) + "\n")
	}
}

func spellColumn(c Column) string {
	switch {
	case c.Position > 0:
		return strconv.Itoa(c.Position)
	case looksNumeric(c.Name):
		return quote(c.Name)
	}
	return spellText(c.Name)
}

// plainText matches texts that no reader of YAML takes for anything but a text or an integer.
var plainText = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*|0|[1-9][0-9]{0,8})$`)

// words are texts that some readers of YAML take for something else.
var words = regexp.MustCompile(`^(?i:y|n|yes|no|on|off|true|false|null)$`)

func spellText(text string) string {
	if plainText.MatchString(text) && !words.MatchString(text) && keepsPlain(text) {
		return text
	}
	return quote(text)
}

func quote(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strconv.Quote(text) // its escapes are those of YAML
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}
