package tokenize

import (
	"fmt"
	"strings"
	"testing"
)

// TestSplitAtTokens checks the pieces themselves. WordPiece drops white space, so its ids do not show which piece
// held it.
func TestSplitAtTokens(t *testing.T) {
	m := newMatcher([]addedToken{
		{content: "<a>", pattern: "<a>", id: 1},
		{content: "<a>b", pattern: "<a>b", id: 2},
		{content: "<l>", pattern: "<l>", id: 3, lstrip: true},
		{content: "<r>", pattern: "<r>", id: 4, rstrip: true},
		{content: "<w>", pattern: "<w>", id: 5, singleWord: true},
	})
	tests := map[string]string{
		"":                    "",
		"x":                   `-1:"x"`,
		"<a>":                 `1:"<a>"`,
		"x<a>y<a":             `-1:"x" 1:"<a>" -1:"y<a"`,
		"<a>b<a><a>":          `2:"<a>b" 1:"<a>" 1:"<a>"`,
		"x \u3000<l> y":       `-1:"x" 3:" \u3000<l>" -1:" y"`,
		" \u00a0<l>":          `3:" \u00a0<l>"`,
		"x <r>\u2003\ny":      `-1:"x " 4:"<r>\u2003\n" -1:"y"`,
		"<r>  <l>  <l>":       `4:"<r>  " 3:"<l>" 3:"  <l>"`,
		"x <w>, _<w> <w>é":    `-1:"x " 5:"<w>" -1:", _<w> <w>é"`,
		"\u200d<w>":           `-1:"\u200d<w>"`,
		"\u0301<w> <w>漢 (<w>": "-1:\"\u0301<w> <w>漢 (\" 5:\"<w>\"",
	}
	for text, want := range tests {
		var got []string
		splitAtTokens(m, text, func(piece string, id int32) bool {
			got = append(got, fmt.Sprintf("%d:%q", id, piece))
			return true
		})
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %s, want %s", text, strings.Join(got, " "), want)
		}
	}
}

func TestSplitAtTokensStops(t *testing.T) {
	m := newMatcher([]addedToken{{content: "<a>", pattern: "<a>", id: 1}})
	for stop := 1; stop <= 3; stop++ {
		calls := 0
		splitAtTokens(m, "x<a>y", func(string, int32) bool { calls++; return calls < stop })
		if calls != stop {
			t.Errorf("%d calls, want %d", calls, stop)
		}
	}
}
