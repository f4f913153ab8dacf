package jobad

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// line is one line of an ad without the white space at its ends.
type line struct {
	span
	text   string // ad[start:end], list markers included
	indent int    // columns of white space before it
	width  int    // columns of text, indent included; a CJK character has two
	marker int    // bytes of list markers at the beginning of text
	number int    // of the list item, or noNumber
}

// tabColumns is how far a tab moves at most; only comparisons of indents use it.
const tabColumns = 4

// scanLines cuts an ad at line feeds, carriage returns, form feeds and Unicode's own line and paragraph
// separators.
func scanLines(ad string) []line {
	var lines []line
	for start := 0; start < len(ad); {
		end, next := len(ad), len(ad)
		if i := strings.IndexFunc(ad[start:], lineBreak); i >= 0 {
			end = start + i
			_, n := utf8.DecodeRuneInString(ad[end:])
			next = end + n
			if strings.HasPrefix(ad[end:], "\r\n") {
				next = end + 2
			}
		}
		lines = append(lines, measure(ad, start, end))
		start = next
	}
	return lines
}

func lineBreak(r rune) bool {
	switch r {
	case '\n', '\r', '\v', '\f', '\u0085', '\u2028', '\u2029':
		return true
	}
	return false
}

func measure(ad string, rawStart, rawEnd int) line {
	start, end := trim(ad, rawStart, rawEnd)
	l := line{span: span{start, end}, text: ad[start:end]}
	for _, r := range ad[rawStart:start] {
		if r == '\t' {
			l.indent += tabColumns
		} else {
			l.indent += columns(r)
		}
	}
	l.width = l.indent
	for _, r := range l.text {
		l.width += columns(r)
	}
	l.marker, l.number = skipMarkers(l.text)
	return l
}

func columns(r rune) int {
	switch {
	case r <= unicode.MaxLatin1:
		return 1
	case cjkText(r), r == '\u3000':
		return 2
	case unicode.In(r, unicode.Mn, unicode.Cf):
		return 0
	}
	return 1
}

// rule reports a line that only separates: a blank one, or "-----".
func (l line) rule() bool { return !readable(l.text) }

// content is the text after the list markers.
func (l line) content() string { return l.text[l.marker:] }
