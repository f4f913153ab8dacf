// Package jobad splits job ads into segments (sentences, headings, list items) with their byte spans. It
// knows English, Chinese, German, French, Spanish, Italian and Dutch, and reads HTML and Markdown. It reads
// no files and judges no segment: headings, pay and company praise are segments as well.
package jobad

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Segment is one sentence, heading or list item of an ad.
type Segment struct {
	Text  string // ad[Start:End]: a sentence that continues over a line break or a tag holds them
	Clean string // what Text says: without markup, on one line, with divided words joined; for a model
	Start int    // first byte in the ad
	End   int    // the byte after the last

	Window string // what a model reads: Clean, in a clause after the last words of the one before
	Part   int    // number of the clause in a sentence that is too long for a model, from 1; 0 for a whole sentence
	Cut    bool   // the clause ends inside of another: there was nothing better to cut at
}

// Split returns the segments of an ad in their order. Spans do not overlap, have no white space at their
// ends, and hold every letter and digit of the ad except those of list markers ("•", "-", "1.", "2）", "（一）",
// "①", "1️⃣") and of markup.
//
// An ad may be plain text, HTML, HTML whose tags are escaped once more, or Markdown, and may have its line
// breaks as "\n" in two characters. Blocks, list items, table cells and line breaks of markup end segments.
// Tags, comments, scripts and styles are left out. A "<" that begins no tag of HTML, a tag that is never
// closed and an "&" that begins no entity are text.
//
// A segment ends
//   - at ". ! ?" as European languages use them: not in abbreviations, ordinals, decimals, addresses and names such as Node.js;
//   - at "。！？；", and at a semicolon between the items of a list;
//   - at a blank line, and at a line break, unless the next line continues as in a paragraph wrapped by hand or in a PDF;
//   - before a list item, on its own line or inside one, and before a Chinese heading ("任职要求：");
//   - where case shows that a space was lost ("the team.You will", "good spiritBake bread").
//
// Inside brackets that close soon, nothing ends. The time is linear in the length of the ad. Bytes that are
// not UTF-8 are kept in their segment.
func Split(ad string) []Segment {
	r := read(ad)
	spans := splitText(r.text)
	segments := make([]Segment, len(spans))
	for i, s := range spans {
		segments[i] = r.segment(ad, s)
	}
	return segments
}

// segment returns the segment of a span of the text.
func (r *reading) segment(ad string, s span) Segment {
	text := clean(r.text[s.start:s.end])
	at := r.source(s)
	return Segment{Text: ad[at.start:at.end], Clean: text, Start: at.start, End: at.end, Window: text}
}

// splitText splits a text without markup.
func splitText(text string) []span {
	var spans []span
	for _, b := range joinLines(scanLines(text)) {
		for _, p := range splitBlock(text, b) {
			start, end := trim(text, p.start, p.end)
			if readable(text[start:end]) {
				spans = append(spans, span{start, end})
			}
		}
	}
	return spans
}

// span is a half-open range of bytes of the ad.
type span struct{ start, end int }

// trim narrows a range until it has no white space at its ends.
func trim(ad string, start, end int) (int, int) {
	end = start + len(strings.TrimRightFunc(ad[start:end], blank))
	start = end - len(strings.TrimLeftFunc(ad[start:end], blank))
	return start, end
}

func trimmed(text string) string { return strings.TrimFunc(text, blank) }

// blank reports white space, and the marks without width that pages leave in their text.
func blank(r rune) bool {
	return unicode.IsSpace(r) || r == '\u200b' || r == '\u2060' || r == '\ufeff'
}

// readable reports whether a text has anything but punctuation and symbols.
func readable(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsNumber(r) || r == utf8.RuneError
	})
}

// cjk reports a character of Chinese text. Kana and Hangul count, as their lines wrap the same way.
func cjk(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// cjkText reports a CJK character or the full-width punctuation that goes with it.
func cjkText(r rune) bool {
	return cjk(r) || r >= 0x3001 && r <= 0x303f || r >= 0xff01 && r <= 0xff65
}

func firstRune(s string) rune {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return 0
	}
	return r
}

func lastRune(s string) rune {
	r, n := utf8.DecodeLastRuneInString(s)
	if n == 0 {
		return 0
	}
	return r
}
