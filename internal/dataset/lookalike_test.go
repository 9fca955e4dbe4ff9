package dataset

import "testing"

func TestTextsThatLookAlikeAreFound(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		want       bool
	}{
		{"a Cyrillic letter", "M", "\u041c", true},
		{"a Cyrillic and a Greek letter", "\u041c", "\u039c", true},
		{"an accent apart", "fid\u00e8le", "fide\u0300le", true},
		{"an accent apart in Cyrillic", "\u0439\u043e\u0434", "\u0438\u0306\u043e\u0434", true},
		{"no accent", "fid\u00e8le", "fidele", true},
		{"full width", "M1", "\uff2d1", true},
		{"a space without width", "yes", "yes\u200b", true},
		{"other ASCII letters", "R", "M", false},
		{"case", "yes", "Yes", false},
		{"another word", "fid\u00e8le", "perdu!", false},
		{"another accent", "\u00e0", "\u00e8", false},
		{"other words of another script", "\u0434\u0430", "no", false},
		{"another length", "\u00e0", "ab", false},
		{"nothing", "", "a", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := lookAlike(c.a, c.b); got != c.want {
				t.Errorf("%q and %q: got %v", c.a, c.b, got)
			}
			if lookAlike(c.b, c.a) != c.want {
				t.Errorf("%q and %q differ from %[2]q and %[1]q", c.b, c.a)
			}
		})
	}
}
