package inspect

import (
	"strings"
	"testing"
)

func TestDatesAreRecognised(t *testing.T) {
	tests := []struct {
		text string
		want bool
	}{
		{"2024-03-01", true}, {"2024-3-1", true}, {"2024/03/01", true}, {"1/3/2024", true}, {"12/31/2024", true}, {"31/12/24", true},
		{"01.03.2024", true}, {"1.3.24", true}, {"01-03-2024", true},
		{"2024-03-01T12:30", true}, {"2024-03-01 12:30:59", true}, {"2024-03-01T12:30:59.123Z", true},
		{"2024-03-01 12:30:59+01:00", true}, {"3/1/2024 9:05 PM", true},
		{"2024/03/12 4:12:33 PM EET", true}, {"2024/03/12 4:12:33 PM GMT+1", true}, {"12.03.2024 14:05 Uhr", true}, {"2024-03-01 12:30 UTC", true},
		{"12-Mar-2024", true}, {"Mar 12, 2024", true}, {"12 March 2024", true}, {"12. März 2024 8:30", true}, {"1-Dez-24", true}, {"March 2024", true},
		{"2024-03", true}, {"20240312", true}, {"20241312", false}, {"18240312", false}, {"202403123", false}, {"2024-13", false},
		{"Mar", false}, {"Mark 5", false}, {"12 apples 2024", false}, {"March 12", false},
		{"2024-13-32", false}, {"13/13/2024", false}, {"0/1/2024", false}, {"1/3", false}, {"1.3", false},
		{"192.168.1.1", false}, {"555-12-1234", false}, {"2024-03-01 noon", false}, {"2024-03-01x", false}, {"", false},
	}
	for _, test := range tests {
		if got := isDate(test.text); got != test.want {
			t.Errorf("%q: got %v", test.text, got)
		}
	}
}

func TestMarksOfNumbersAreNamed(t *testing.T) {
	const thousands, comma = "thousands separators", "decimal commas"
	tests := []struct{ text, want string }{
		{"1.234,56", thousands + "+" + comma}, {"-1.234.567", thousands}, {"1,234.50", thousands}, {"1 234", thousands},
		{"1\u202f234,5", thousands + "+" + comma}, {"1'234.5", thousands}, {"3,20", comma}, {"-,5", comma},
		{"$1,234.50", "$+" + thousands}, {"-$5", "$"}, {"$-5", "$"}, {"15%", "%"}, {"15 %", "%"}, {"1,5 %", "%+" + comma},
		{"€ 3,20", "€+" + comma}, {"3,20 €", "€+" + comma}, {"£3", "£"},
		{"<0.5", "<"}, {"> 2000", ">"}, {"<=1,5", "<=+" + comma}, {"≤1.234", "≤"}, {"(3.20)", "parentheses"}, {"(1,5)", "parentheses+" + comma},
		{"3:18:12", "colons"}, {"12:30", "colons"}, {"<", ""}, {"<low", ""}, {"(a)", ""}, {"12:75", ""},
		{"15", ""}, {"1.5e3", ""}, {"$", ""}, {"$x1", ""}, {"5more", ""}, {"1-2", ""}, {"1,2,3", ""}, {"low", ""}, {"", ""},
	}
	for _, test := range tests {
		if got := strings.Join(numberMarks(test.text), "+"); got != test.want {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
	}
}
