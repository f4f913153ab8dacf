package template

import (
	"strings"
	"unicode"
)

// PlainText tidies a text of the taxonomy: one line, single spaces, plain quotes and dashes, no characters that only
// steer display, no backslashes that escape a line end in ESCO, no full stop at the end.
func PlainText(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	space := false
	for _, r := range text {
		switch {
		case r == '\\' || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar:
			continue
		case unicode.IsSpace(r) || unicode.IsControl(r):
			space = b.Len() > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		switch r {
		case '‘', '’', '´', '`':
			b.WriteByte('\'')
		case '“', '”', '„':
			b.WriteByte('"')
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimRight(withoutStutter(b.String()), " .;,:")
}

// withoutStutter drops the second of two equal small words ("in in"), an error of the source.
func withoutStutter(text string) string {
	for _, word := range [...]string{" in", " of", " the", " to", " a", " and", " for"} {
		if strings.Contains(text, word+word+" ") {
			text = strings.ReplaceAll(text, word+word+" ", word+" ")
		}
	}
	return text
}

// WithoutBrackets drops text in brackets: qualifiers ("(computer programming)"), asides and editors' marks.
func WithoutBrackets(text string) string {
	if !strings.ContainsAny(text, "()[]") {
		return text
	}
	var b strings.Builder
	depth := 0
	for _, r := range text {
		switch {
		case r == '(' || r == '[':
			depth++
		case r == ')' || r == ']':
			depth = max(0, depth-1)
		case depth == 0:
			b.WriteRune(r)
		}
	}
	out := strings.Join(strings.Fields(b.String()), " ")
	return strings.NewReplacer(" ,", ",", " .", ".", " ;", ";").Replace(out)
}
