package render

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// clean makes a text safe for a line of a terminal. Control characters, line breaks and marks of writing direction become spaces; a run of white
// space becomes one space.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// wrap cuts a cleaned text into lines of at most columns. Chinese text is cut between any two characters, other text between words. A word that is
// longer than a line is cut.
func wrap(text string, columns int) []string {
	var lines []string
	var line strings.Builder
	used := 0
	flush := func() {
		if line.Len() > 0 {
			lines = append(lines, strings.TrimRight(line.String(), " "))
		}
		line.Reset()
		used = 0
	}
	for _, piece := range pieces(text) {
		size := columnsOf(piece)
		if used > 0 && used+columnsOf(strings.TrimRight(piece, " ")) > columns {
			flush()
		}
		for _, r := range piece {
			if size > columns && used+runeColumns(r) > columns {
				flush()
			}
			line.WriteRune(r)
			used += runeColumns(r)
		}
	}
	flush()
	return lines
}

// pieces cuts a text where a line may break: after a space and around wide characters.
func pieces(text string) []string {
	var all []string
	start := 0
	previousWide := false
	for i, r := range text {
		wide := runeColumns(r) == 2
		if i > start && (text[i-1] == ' ' || (wide || previousWide) && !unicode.IsPunct(r) && r != ' ') {
			all = append(all, text[start:i])
			start = i
		}
		previousWide = wide
	}
	return append(all, text[start:])
}

func columnsOf(text string) int {
	n := 0
	for _, r := range text {
		n += runeColumns(r)
	}
	return n
}

// runeColumns returns the number of columns of a character on a terminal.
func runeColumns(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}
