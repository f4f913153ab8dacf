package jobad

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// block is a stretch of an ad that a line break does not divide: a heading, a list item, a paragraph.
type block struct {
	span
	number int  // of the list item, or noNumber
	bullet rune // with which the line began, 0 for none
}

// The widths, in columns, at which a line can have been broken because it was full. Narrower lines are items
// of a list.
const (
	minWrapped     = 30  // before a line that begins in lower case
	minWrappedWord = 40  // after a word that cannot end a sentence, before a capital
	minWrappedFull = 50  // before a capital
	minWrappedCJK  = 60  // CJK text breaks anywhere, so only the width tells
	maxWrapped     = 120 // a wider run was not wrapped by hand
)

// joinLines makes blocks of lines. It looks at runs of lines without a blank one between them: how wide a run
// is and whether its lines continue in lower case tells a paragraph that was wrapped by hand from a list without
// bullets.
func joinLines(lines []line) []block {
	var blocks []block
	for i := 0; i < len(lines); {
		if lines[i].rule() {
			i++
			continue
		}
		end := i + 1
		for end < len(lines) && !lines[end].rule() {
			end++
		}
		blocks = append(blocks, joinRun(lines[i:end])...)
		i = end
	}
	return blocks
}

// joinRun makes blocks of lines that nothing divides.
func joinRun(lines []line) []block {
	run := wrapRun{lowerFirst: unicode.IsLower(firstRune(lines[0].content()))}
	for i, l := range lines {
		run.width = max(run.width, l.width)
		if i > 0 && l.marker == 0 && lines[i-1].width >= minWrapped && unicode.IsLower(firstRune(l.text)) {
			run.lowerWraps = true
		}
	}
	var blocks []block
	item := lines[0] // the line with which the current block began
	wrapped := false // the line before continues with another one
	for i, l := range lines {
		if i > 0 && run.continues(item, lines[i-1], l, wrapped) {
			wrapped = true
			blocks[len(blocks)-1].end = l.end
			continue
		}
		item = l
		wrapped = false
		b := block{span: span{l.start + l.marker, l.end}, number: l.number}
		if r := firstRune(l.text); l.marker > 0 && strings.ContainsRune(inlineBullets, r) {
			b.bullet = r
		}
		blocks = append(blocks, b)
	}
	return blocks
}

// wrapRun is what the lines of a run have in common.
type wrapRun struct {
	width      int  // of the widest line, in columns
	lowerFirst bool // the first line begins in lower case, so another that does is no evidence of wrapping
	lowerWraps bool // some wide line continues in lower case
}

// continues reports whether next continues the sentence of prev, in the block that began with item.
func (w wrapRun) continues(item, prev, next line, wrapped bool) bool {
	if next.marker > 0 || strings.HasPrefix(next.text, "【") {
		return false
	}
	last := lastRune(strings.TrimRightFunc(prev.text, closer))
	lower := unicode.IsLower(firstRune(next.text))
	switch {
	case lower && hyphenated(prev.text):
		return true
	case strings.ContainsRune("。！？；!?;：:…】", last):
		return false
	case last == '.':
		if !endsInAbbreviation(prev.text) {
			return false
		}
	case strings.ContainsRune(",，、（(/&", lastRune(prev.text)):
		return true
	}
	if item.marker > 0 && next.indent > item.indent {
		return true // a list item with a hanging indent
	}
	if lower && wrapped && !w.lowerFirst && strings.HasSuffix(next.text, ".") {
		return true // the last line but one of a paragraph may be short in a PDF
	}
	full := prev.width+1+firstWordWidth(next.text) > w.width
	if opensPhrase(prev.text) && (lower || prev.width >= minWrappedWord) {
		return true
	}
	if cjk(lastRune(prev.text)) || cjk(firstRune(next.text)) {
		return prev.width >= minWrappedCJK && prev.width >= w.width-2 && w.width <= maxWrapped
	}
	if lower {
		return prev.width >= minWrapped && (!w.lowerFirst || full && w.width >= minWrappedCJK)
	}
	return w.lowerWraps && !w.lowerFirst && full && prev.width >= minWrappedFull && w.width <= maxWrapped
}

// hyphenated reports whether a text ends in a word with a hyphen, as where a word was divided.
func hyphenated(text string) bool {
	word := strings.TrimRight(text, "-‐\u00ad")
	return len(word) < len(text) && unicode.IsLetter(lastRune(word))
}

func firstWordWidth(text string) int {
	width := 0
	for _, r := range text {
		if blank(r) {
			break
		}
		if width += columns(r); cjk(r) {
			break // a line of CJK text breaks after any character
		}
	}
	return width
}

// opensPhrase reports whether a text ends in a word that another must follow.
func opensPhrase(text string) bool {
	last := text[strings.LastIndexFunc(text, blank)+1:] // a blank wider than a byte leaves its tail here: no word then
	if phraseOpeners[last] {
		return true
	}
	r, _ := utf8.DecodeLastRuneInString(text)
	return strings.ContainsRune("和与及或", r)
}

var phraseOpeners = setOf("a an and as at by for from in including into of on or our such than that the their through to using via which who with your")
