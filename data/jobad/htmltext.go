package jobad

import (
	"strings"
	"unicode"
)

// gap is what is between two pieces of an HTML text.
type gap uint8

var gapTexts = [...]string{"", " ", "\n", "\n\n"}

func (h *htmlReader) widen(g gap) { h.gap = max(h.gap, g) }

// text writes the characters between two tags. They begin at start.
func (h *htmlReader) text(raw string, start int) {
	lines := h.keepLines || h.pre > 0 || dividesLines(raw)
	if lines && h.atBreak {
		n := afterBreak(raw)
		raw, start = raw[n:], start+n
	}
	for raw != "" {
		n := plainRun(raw, lines)
		switch {
		case n > 0:
			h.write(raw[:n], start)
		case raw[0] == '&':
			n = h.entity(raw, start, lines)
		default:
			n = len(raw) - len(strings.TrimLeft(raw, htmlSpace))
			h.widen(wordGap)
		}
		raw, start = raw[n:], start+n
	}
}

const htmlSpace = " \t\r\n\f"

func isHTMLSpace(c byte) bool { return strings.IndexByte(htmlSpace, c) >= 0 }

// plainRun is the length of what is written unchanged: up to an entity and, unless line breaks stay, up to
// white space that is not a single space between words.
func plainRun(raw string, lines bool) int {
	for i := range len(raw) {
		switch c := raw[i]; {
		case c == '&':
			return i
		case lines || !isHTMLSpace(c):
		case c != ' ', i == 0, i+1 == len(raw), isHTMLSpace(raw[i+1]), raw[i+1] == '&':
			return i
		}
	}
	return len(raw)
}

// afterBreak is the length of the line break that the source of a page has after a <br>.
func afterBreak(raw string) int {
	rest := strings.TrimPrefix(strings.TrimLeft(raw, " \t"), "\r")
	if trimmed, found := strings.CutPrefix(rest, "\n"); found {
		return len(raw) - len(trimmed)
	}
	return 0
}

// dividesLines reports whether the line breaks between two tags divide, although those of HTML do not: there
// is a list of lines, or a blank line between others. Many ads have tags and line breaks.
func dividesLines(raw string) bool {
	first, rest, more := strings.Cut(raw, "\n")
	written, blankLine := readable(first), false
	for more {
		var line string
		line, rest, more = strings.Cut(rest, "\n")
		line = strings.TrimFunc(line, blank)
		marker, _ := skipMarkers(line)
		if written && (marker > 0 || strings.HasPrefix(line, "&bull;") || strings.HasPrefix(line, "&middot;")) {
			return true
		}
		shown := readable(line)
		if shown && blankLine {
			return true
		}
		blankLine = written && line == ""
		written = written || shown
	}
	return false
}

// write copies text after the gap before it.
func (h *htmlReader) write(text string, start int) {
	h.open(firstRune(text), start)
	h.keep(text, start)
}

// open writes the gap before a text that begins with a character. Words that only a tag keeps apart, as a
// heading in bold and what follows it, are on two lines.
func (h *htmlReader) open(next rune, start int) {
	written := h.out.String()
	if h.atTag && h.gap == noGap && unicode.IsLower(lastRune(written)) && unicode.IsUpper(next) {
		h.gap = lineGap
	}
	if written != "" && (h.gap != lineGap || !strings.HasSuffix(strings.TrimRight(written, " \t\r"), "\n")) {
		h.put(gapTexts[h.gap], start, start)
	}
	h.gap, h.atTag, h.atBreak = noGap, false, false
}

// entity writes the character that an entity at the beginning of raw stands for, and returns the entity's
// length.
func (h *htmlReader) entity(raw string, start int, lines bool) int {
	n, decoded := entity(raw)
	switch {
	case decoded == "":
		h.write(raw[:n], start)
	case lines || strings.ContainsFunc(decoded, func(r rune) bool { return !unicode.IsSpace(r) }):
		h.open(firstRune(decoded), start)
		h.put(decoded, start, start+n)
	case strings.ContainsFunc(decoded, lineBreak):
		h.widen(lineGap)
	default:
		h.widen(wordGap)
	}
	return n
}
