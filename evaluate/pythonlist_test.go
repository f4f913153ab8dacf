package evaluate

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPythonListAgreesWithPython(t *testing.T) {
	var cases []struct {
		Text  string
		Items []string
	}
	golden(t, "python_lists.json", &cases)
	for _, c := range cases {
		got, err := parsePythonList(c.Text)
		if err != nil {
			t.Errorf("%s: %v", c.Text, err)
			continue
		}
		if !slices.Equal(got, c.Items) {
			t.Errorf("%s: %q, want %q", c.Text, got, c.Items)
		}
	}
}

func TestPythonListRefuses(t *testing.T) {
	for _, text := range []string{
		"", "UNK", "[", "['a'", "['a", "['a' 'b']", "['a',,'b']", "[,]", "['a'] x", "[1]", "[['a']]", "['a\nb']", `['\x4']`, `['\ud800']`,
		`['\U00110000']`, `['a\`, "('a',)", "__import__('os').system('true')", "[None]", "[u'a']",
	} {
		if items, err := parsePythonList(text); err == nil {
			t.Errorf("%q: read as %q, want an error", text, items)
		} else if !strings.Contains(err.Error(), "byte ") {
			t.Errorf("%q: %v does not say where", text, err)
		}
	}
}

func FuzzPythonList(f *testing.F) {
	for _, seed := range []string{"[]", "['a', \"b's\"]", `['\x41\u00e9\U0001F600\101\n\q', ]`, "['", "[ 'a' ,", "['a\\\nb']"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		items, err := parsePythonList(text)
		if err != nil {
			return
		}
		for _, item := range items {
			if utf8.ValidString(text) && !utf8.ValidString(item) {
				t.Fatalf("%q gave invalid UTF-8 %q", text, item)
			}
		}
	})
}
