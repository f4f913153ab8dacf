// Package terminal measures, words and colours text for a terminal. It writes nothing.
package terminal

import (
	"os"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Count writes a count before its noun: "1 ad", "2 ads".
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// Clean makes a text safe for a line of a terminal. Control characters, line breaks and marks of writing direction
// become spaces; a run of white space becomes one space.
func Clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// Columns returns the number of columns that a text without control characters takes on a terminal.
func Columns(text string) int {
	n := 0
	for _, r := range text {
		n += RuneColumns(r)
	}
	return n
}

// RuneColumns returns the number of columns of a character: 2 for wide East Asian ones, 0 for combining ones.
func RuneColumns(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// UseColor resolves auto, always or never. auto means a terminal without NO_COLOR (https://no-color.org) whose TERM has
// colours.
func UseColor(choice string, isTerminal bool) bool {
	switch choice {
	case "always":
		return true
	case "never":
		return false
	}
	return isTerminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// Style colours texts, or leaves them as they are.
type Style struct{ Color bool }

func (s Style) in(code, text string) string {
	if !s.Color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Heading returns text in bold cyan.
func (s Style) Heading(text string) string { return s.in("1;36", text) }

// Dim returns dimmed text.
func (s Style) Dim(text string) string { return s.in("2", text) }

// Strong returns bold text.
func (s Style) Strong(text string) string { return s.in("1", text) }

// Plain returns text as it is.
func (s Style) Plain(text string) string { return text }

// Bar returns green text.
func (s Style) Bar(text string) string { return s.in("32", text) }
