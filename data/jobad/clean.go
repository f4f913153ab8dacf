package jobad

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const softHyphen = '\u00ad'

// unseen reports white space and marks that show nothing.
func unseen(r rune) bool { return r == softHyphen || blank(r) }

// clean returns a segment's text as a model reads it: white space is one space, a word that a line break
// divides is whole again, and marks without width are gone.
func clean(text string) string {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\ufffd")
	}
	if tidy(text) {
		return text
	}
	out := make([]byte, 0, len(text))
	for text != "" {
		if r, n := utf8.DecodeRuneInString(text); !unseen(r) {
			out = append(out, text[:n]...)
			text = text[n:]
			continue
		}
		rest := strings.TrimLeftFunc(text, unseen)
		out = appendGap(out, text[:len(text)-len(rest)], rest)
		text = rest
	}
	return string(out)
}

// tidy reports whether clean has nothing to do.
func tidy(text string) bool {
	before := rune(0)
	for _, r := range text {
		if unseen(r) && (r != ' ' || before == ' ') {
			return false
		}
		before = r
	}
	return true
}

// appendGap appends what the gap between out and rest stands for: a space, or nothing where a line break
// divides a word or is in Chinese text.
func appendGap(out []byte, gap, rest string) []byte {
	switch {
	case len(out) == 0, rest == "", !strings.ContainsFunc(gap, unicode.IsSpace):
		return out
	case !strings.ContainsFunc(gap, lineBreak):
		return append(out, ' ')
	case firstRune(gap) == softHyphen:
		return out
	}
	before, n := utf8.DecodeLastRune(out)
	switch {
	case cjkText(before) && cjkText(firstRune(rest)):
		return out
	case before != '-' && before != '‐' || !unicode.IsLower(firstRune(rest)):
		return append(out, ' ')
	}
	tail := string(out[max(0, len(out)-n-maxWord) : len(out)-n])
	word := wordBefore(tail, len(tail))
	switch {
	case word == "" || !unicode.IsLetter(lastRune(word)), hangingBefore[wordAfter(rest)]:
		return append(out, ' ')
	case strings.Contains(word, "-"), compoundFirst[strings.ToLower(word)]:
		return out
	}
	return out[:len(out)-n]
}

// hangingBefore are words after a hyphen that stands for the end of a later word: "Bau- und Möbeltischler".
var hangingBefore = setOf("and or und oder bzw sowie bis et ou y o u e ed en of to")

// compoundFirst are first parts of words that keep their hyphen where a line ends after it.
var compoundFirst = setOf("self non co well full part long short high low cross on off up day state real user team client customer " +
	"data problem detail result results goal fast multi third first large small hands e")
