package compare

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.com/sonar/internal/params"
)

// TestEverySettingOfTheFoldsMustAgree changes each field of the two sections, whatever fields they have: only a
// key that is listed in mayDiffer may.
func TestEverySettingOfTheFoldsMustAgree(t *testing.T) {
	sections := map[string]func(p *params.Params) any{
		"data":          func(p *params.Params) any { return &p.Data },
		"crossvalidate": func(p *params.Params) any { return &p.Crossvalidate },
	}
	seen := 0
	for name, section := range sections {
		fields := reflect.TypeOf(section(new(params.Params))).Elem()
		for i := range fields.NumField() {
			key := name + "." + keyOf(fields.Field(i).Name)
			t.Run(key, func(t *testing.T) {
				base := &Side{Revision: Revision{Name: "main"}, params: new(params.Params)}
				head := &Side{Revision: Revision{Name: "branch"}, params: new(params.Params)}
				if err := checkSettings(base, head); err != nil {
					t.Fatal(err)
				}
				change(t, reflect.ValueOf(section(head.params)).Elem().Field(i))
				err := checkSettings(base, head)
				if may := slices.Contains(mayDiffer, key); may != (err == nil) || err != nil && !strings.HasPrefix(err.Error(), key+" is ") {
					t.Errorf("may differ: %v, error %v", may, err)
				}
			})
			seen++
		}
	}
	if seen < 6 {
		t.Errorf("only %d settings", seen)
	}
}

// change sets a field to a value other than its zero.
func change(t *testing.T, field reflect.Value) {
	t.Helper()
	switch field.Kind() {
	case reflect.String:
		field.SetString("x")
	case reflect.Bool:
		field.SetBool(true)
	case reflect.Int:
		field.SetInt(1)
	case reflect.Uint32:
		field.SetUint(1)
	case reflect.Slice:
		field.Set(reflect.MakeSlice(field.Type(), 1, 1))
	case reflect.Struct:
		change(t, field.Field(0))
	default:
		t.Fatalf("no change is known for a %s", field.Type())
	}
}

func TestAKeyIsNamedAsInParams(t *testing.T) {
	for field, key := range map[string]string{"Classes": "classes", "RandomState": "random_state", "ID": "id"} {
		if got := keyOf(field); got != key {
			t.Errorf("keyOf(%s) = %s, want %s", field, got, key)
		}
	}
}
