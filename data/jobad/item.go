package jobad

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// skipMarker leaves out a bullet or the number of the next list item at the beginning of a sentence, and
// returns where to continue. A number with "、" begins an item even if it is not the next one, as ads count
// wrongly.
func (s *splitter) skipMarker(at int) int {
	text := s.text[at:]
	lead := len(text) - len(strings.TrimLeftFunc(text, blank))
	offset, number := skipMarkers(text[lead:])
	if offset > 0 && (number == noNumber || number == s.next || number > 0 && strings.Contains(text[lead:lead+offset], "、")) {
		if number != noNumber {
			s.next = number + 1
		}
		s.start = at + lead + offset
		return s.start
	}
	return at
}

// itemAt is the length of the marker of a list item that begins inside the block, 0 where none does: a
// bullet, or the number that is next in turn.
func (s *splitter) itemAt(i int, r rune) int {
	if i == s.start {
		return 0
	}
	before := lastRune(s.text[:i])
	if n := keycapLength(s.text[i:]); n > 0 {
		return n
	}
	if isBullet(r) && s.bulletInside(i, r, before) || s.repeatsBullet(i, r, before) {
		return bulletLength(s.text[i:])
	}
	if !s.listNumber(i) {
		return 0
	}
	n, number := numberLength(s.text[i:])
	s.next = number + 1
	return n
}

// bulletInside reports whether a bullet begins an item: after a word of letters it must have a space or a
// capital behind it.
func (s *splitter) bulletInside(i int, r, before rune) bool {
	after := firstRune(strings.TrimPrefix(s.text[i+utf8.RuneLen(r):], "\ufe0f"))
	return !unicode.IsLetter(before) || cjk(before) || blank(after) || unicode.IsUpper(after)
}

// inlineBullets begin an item inside a block only where one has begun an item of the block before, or after a
// colon, and white space is on both sides: elsewhere they have other meanings.
const inlineBullets = "*→‑»~-–·"

func (s *splitter) repeatsBullet(i int, r, before rune) bool {
	if !strings.ContainsRune(inlineBullets, r) || !blank(before) {
		return false
	}
	rest := s.text[i+utf8.RuneLen(r):]
	next := firstRune(strings.TrimLeftFunc(rest, blank))
	switch {
	case strings.ContainsRune("-–", r) && !unicode.IsUpper(next) && !cjk(next): // "- Full time - 40 hours"
		return false
	case !atGap(rest) && (r != '·' || !unicode.IsLetter(next)):
		return false
	}
	if strings.ContainsRune(":：", lastRune(strings.TrimRightFunc(s.text[:i], blank))) {
		s.bullet = r
	}
	return r == s.bullet
}

// listNumber reports whether the number of a list item is at i: the next number, or a first one after a
// colon or a heading. Number one needs a colon, a heading or the end of a sentence before it. A later number
// and "1、" need white space, or neighbours that show where the item ends.
func (s *splitter) listNumber(i int) bool {
	switch r := firstRune(s.text[i:]); {
	case r >= '0' && r <= '9', r == '(', r == '（', strings.ContainsRune(chineseDigits, r), r >= 'a' && r <= 'z' && strings.HasPrefix(s.text[i+1:], ")"):
	default:
		return false
	}
	n, number := numberLength(s.text[i:])
	before := strings.TrimRightFunc(s.text[:i], blank)
	last := lastRune(before)
	again := (number == 1 || number == firstLetter) && (strings.ContainsRune(":：", last) || s.afterHeading(i))
	if n == 0 || number != s.next && !again || i+n == len(s.text) || opensPhrase(before) {
		return false // "for a team of 2."
	}
	if word := strings.ToLower(wordBefore(before, len(before))); beforeOrdinal[word] || conjunctions[word] {
		return false // "im 1. und 2. Stock"
	}
	if again {
		return true
	}
	if strings.ContainsRune(":：;；。！？", last) {
		return true
	}
	if len(before) == i {
		return number > 1 && gluedNumber(last, s.text[i:i+n], firstRune(s.text[i+n:]))
	}
	return number > 1 || strings.Contains(s.text[i:i+n], "、")
}

// gluedNumber reports whether a number of a list that follows last without a space begins an item: "开发2、编写",
// "pipes2) Lay".
func gluedNumber(last rune, marker string, after rune) bool {
	switch {
	case !unicode.IsLetter(last) && !closer(last):
		return false
	case strings.Contains(marker, "."):
		return cjk(after) && marker[0] >= '0' && marker[0] <= '9'
	}
	return cjk(last) || cjk(after) || unicode.IsLower(last) && unicode.IsUpper(after)
}
