package chinese

import (
	"strings"
	"unicode"
)

// Length counts a Chinese character as one and a foreign word as one. It does not count punctuation and spaces.
func Length(text string) int {
	n, word := 0, false
	for _, r := range text {
		letter := !unicode.Is(unicode.Han, r) && (unicode.IsLetter(r) || unicode.IsDigit(r))
		if unicode.Is(unicode.Han, r) || letter && !word {
			n++
		}
		word = letter
	}
	return n
}

// Tight drops the spaces beside Chinese characters and punctuation. Of two consecutive punctuation marks it drops
// the weaker one.
func Tight(text string) string {
	var out []rune
	runes := []rune(text)
	for i, r := range runes {
		if r == ' ' && (i == 0 || i+1 == len(runes) || wide(runes[i-1]) || wide(runes[i+1]) || runes[i+1] == ' ') {
			continue
		}
		if last := len(out) - 1; last >= 0 && pauses(r) > 0 && pauses(out[last]) > 0 {
			if pauses(r) > pauses(out[last]) {
				out[last] = r
			}
			continue
		}
		out = append(out, r)
	}
	return strings.TrimSpace(string(out))
}

// Spaced puts a space between Chinese characters and foreign words, as careful typesetters do.
func Spaced(text string) string {
	var b strings.Builder
	var last rune
	for _, r := range text {
		if last != 0 && (unicode.Is(unicode.Han, last) && foreign(r) || foreign(last) && unicode.Is(unicode.Han, r)) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// Halfwidth replaces Chinese punctuation by that of English keyboards, as in many ads.
func Halfwidth(text string) string {
	return strings.NewReplacer("，", ",", "；", ";", "：", ":", "（", "(", "）", ")", "。", ".", "！", "!", "？", "?").Replace(text)
}

func foreign(r rune) bool {
	return r < unicode.MaxLatin1 && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

func wide(r rune) bool {
	return unicode.Is(unicode.Han, r) || r >= 0x3000 && r < 0x3040 || r >= 0xff00 && r < 0xfff0
}

// pauses ranks the marks that must not follow each other. It is 0 for any other character.
func pauses(r rune) int {
	const marks = "、，；：。！？"
	if at := strings.IndexRune(marks, r); at >= 0 {
		return at/len("、") + 1
	}
	return 0
}
