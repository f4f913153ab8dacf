package jobad

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// escapedLines reports whether an ad has its line breaks as JSON writes them, "\n" in two characters. One of
// them before a word in lower case is no sign ("C:\new"), nor are a few in a text of several lines.
func escapedLines(ad string) bool {
	breaks := 0
	for i := 0; ; {
		n := strings.Index(ad[i:], `\n`)
		if n < 0 {
			break
		}
		if i += n; escapedBreak(ad[:i], ad[i+2:]) {
			breaks++
		}
		i += 2
	}
	return breaks > 0 && (breaks > 2 || !strings.Contains(strings.TrimFunc(ad, blank), "\n"))
}

// escapedBreak reports whether "\n" between two pieces of text can be a line break.
func escapedBreak(before, after string) bool {
	if strings.HasSuffix(before, `\r`) || strings.HasPrefix(after, `\`) || after == "" {
		return true
	}
	if blank(lastRune(before)) && blank(firstRune(after)) {
		return false
	}
	after = strings.TrimLeft(after[:min(len(after), maxBracket)], " \t")
	next := firstRune(after)
	return unicode.IsUpper(next) || cjk(next) || next == '<' || bulletLength(after) > 0
}

// readEscapes replaces JSON's escapes by their characters. Other backslashes stay.
func readEscapes(text string) *rewriter {
	return rewriteAt(text, '\\', func(rest string) (int, string, bool) {
		if n, decoded := escape(rest); n > 0 {
			return n, decoded, true
		}
		return len(rest) - len(strings.TrimLeft(rest, `\`)), "", false
	})
}

var escapeTexts = map[byte]string{'n': "\n", 'r': "\r", 't': "\t", '"': `"`, '\'': "'", '/': "/"}

// escape returns the length of the escape with which a text begins, and what it stands for. Backslashes that
// were escaped again, `\\n`, count as one.
func escape(text string) (length int, decoded string) {
	slashes := len(text) - len(strings.TrimLeft(text, `\`))
	if slashes > 4 || slashes == len(text) {
		return 0, ""
	}
	mark := text[slashes]
	if decoded = escapeTexts[mark]; decoded != "" {
		return slashes + 1, decoded
	}
	if mark != 'u' {
		return 0, ""
	}
	length = slashes + len("uxxxx")
	r, ok := unit(text[slashes:])
	if ok && utf16.IsSurrogate(r) {
		var low rune
		after, again := strings.CutPrefix(text[length:], text[:slashes])
		low, ok = unit(after)
		r = utf16.DecodeRune(r, low)
		ok = ok && again && r != utf8.RuneError
		length *= 2
	}
	if !ok {
		return 0, ""
	}
	return length, string(r)
}

// unit reads the "u2022" of an escape.
func unit(text string) (r rune, ok bool) {
	if len(text) < 5 || text[0] != 'u' {
		return 0, false
	}
	value, err := strconv.ParseUint(text[1:5], 16, 16)
	return rune(value), err == nil
}
