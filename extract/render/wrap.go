package render

import (
	"strings"
	"unicode"

	"skillspace/internal/terminal"
)

// wrap cuts a cleaned text into lines of at most columns. Chinese text is cut between any two characters, other text
// between words. A word that is longer than a line is cut.
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
		size := terminal.Columns(piece)
		if used > 0 && used+terminal.Columns(strings.TrimRight(piece, " ")) > columns {
			flush()
		}
		for _, r := range piece {
			if size > columns && used+terminal.RuneColumns(r) > columns {
				flush()
			}
			line.WriteRune(r)
			used += terminal.RuneColumns(r)
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
		wide := terminal.RuneColumns(r) == 2
		if i > start && (text[i-1] == ' ' || (wide || previousWide) && !unicode.IsPunct(r) && r != ' ') {
			all = append(all, text[start:i])
			start = i
		}
		previousWide = wide
	}
	return append(all, text[start:])
}
