package jobad

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxBracket is how many bytes a pair of brackets may hold for nothing inside to end a sentence.
const maxBracket = 200

// maxWord bounds how far back a word before a point is looked for.
const maxWord = 40

// splitBlock cuts a block into sentences. The spans may have white space at their ends.
func splitBlock(ad string, b block) []span {
	s := splitter{text: ad[b.start:b.end], next: 1, bullet: b.bullet, meetings: -1}
	if b.number > 0 {
		s.next = b.number + 1
	}
	s.run()
	for i := range s.found {
		s.found[i].start += b.start
		s.found[i].end += b.start
	}
	return s.found
}

// splitter walks over one block.
type splitter struct {
	text  string
	start int // where the current sentence begins
	next  int // the number that the next list item inside the block would have
	quote bool
	found []span

	bullet   rune // a mark from inlineBullets that began an item of this block, or 0
	meetings int  // words in which two items meet, up to two; -1: not counted
	list     list // the sentence in which a semicolon was judged last
}

func (s *splitter) run() {
	for i := 0; i < len(s.text); {
		r, n := utf8.DecodeRuneInString(s.text[i:])
		switch {
		case r >= 'A' && r <= 'Z' && i > s.start && s.runTogether(i):
			s.cut(i)
			i++
			continue
		case r == ' ', r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z' && !strings.HasPrefix(s.text[i+1:], ")"): // most of an English ad: nothing begins or ends here
			i++
			continue
		case r == '：' || r == ':' || r == '】':
			if heading, ok := s.chineseHeading(i); ok {
				s.cut(heading)
			}
		case r == '"':
			s.quote = !s.quote
		case r == '(' || r == '（' || r == '[':
			if inside := closingBracket(s.text[i+n:]); inside > 0 && !s.listNumber(i) {
				i = s.overBracket(i, i+n+inside)
				continue
			}
		}
		if marker := s.itemAt(i, r); marker > 0 {
			if heading, ok := s.chineseHeading(i); ok {
				s.cut(heading)
			}
			s.cut(i)
			s.start = i + marker
			i += marker
			continue
		}
		if end := s.endAt(i, r, n); end > 0 {
			s.cut(end)
			i = s.skipMarker(end)
			continue
		}
		i += s.repetition(i, r, n)
	}
	s.cut(len(s.text))
}

// overBracket goes on after brackets. What stands in brackets from its beginning to its end is a sentence of its own.
func (s *splitter) overBracket(open, end int) int {
	inside := s.text[open:end]
	inside = strings.TrimRightFunc(inside, closer)
	if strings.TrimFunc(s.text[s.start:open], blank) != "" || !strings.ContainsRune(".!?。！？", lastRune(inside)) || !atGap(s.text[end:]) {
		return end
	}
	s.cut(end)
	return s.skipMarker(end)
}

// repetition is how far to go on after r ended nothing: over all of "!?!" and "...", which are judged once.
func (s *splitter) repetition(i int, r rune, n int) int {
	switch r {
	case '!', '?':
		return len(s.text[i:]) - len(strings.TrimLeft(s.text[i:], "!?"))
	case '.', '…':
		return len(s.text[i:]) - len(strings.TrimLeft(s.text[i:], string(r)))
	}
	return n
}

// cut ends the current sentence.
func (s *splitter) cut(end int) {
	if end > s.start {
		s.found = append(s.found, span{s.start, end})
	}
	s.start = end
}

// skipMarker leaves out a bullet or the number of the next list item at the beginning of a sentence, and returns where to go on.
// A number with "、" needs not be the next: it is nothing but a list item there, and ads count wrongly.
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

// itemAt is the length of the marker of a list item that begins inside the block, 0 where none does: a bullet, or the number that is
// next in turn.
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

// bulletInside reports whether a bullet begins an item: after a word of letters it must have a blank or a capital behind it.
func (s *splitter) bulletInside(i int, r, before rune) bool {
	after := firstRune(strings.TrimPrefix(s.text[i+utf8.RuneLen(r):], "\ufe0f"))
	return !unicode.IsLetter(before) || cjk(before) || blank(after) || unicode.IsUpper(after)
}

// inlineBullets begin an item inside a block only where one has begun an item of the block before, or after a colon, and white space
// stands on both sides: elsewhere they have other meanings.
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

// listNumber reports whether the next number of a list stands at i. After a colon a list may begin with one again. Number one needs a
// colon or the end of a sentence before it, "1、" and a later one white space at least, or that both sides show where the item ends.
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

// gluedNumber reports whether a number of a list that follows last without a blank begins an item: "开发2、编写", "pipes2) Lay".
func gluedNumber(last rune, marker string, after rune) bool {
	switch {
	case !unicode.IsLetter(last) && !closer(last):
		return false
	case strings.Contains(marker, "."):
		return cjk(after) && marker[0] >= '0' && marker[0] <= '9'
	}
	return cjk(last) || cjk(after) || unicode.IsLower(last) && unicode.IsUpper(after)
}

// closingBracket is the offset after the bracket that closes one, 0 when there is none soon. Brackets inside count.
func closingBracket(text string) int {
	depth := 1
	for i, r := range text {
		if i > maxBracket {
			break
		}
		switch r {
		case '(', '（', '[':
			depth++
		case ')', '）', ']':
			if depth--; depth == 0 {
				return i + utf8.RuneLen(r)
			}
		}
	}
	return 0
}

// endAt is where a sentence ends that r, at i and n bytes long, may end: after r, its repetitions and closing quotes. 0: it goes on.
func (s *splitter) endAt(i int, r rune, n int) int {
	switch r {
	case '。', '！', '？', '；', '｡':
		end := s.closers(i+n, "。！？!?；")
		if closer(lastRune(s.text[:end])) && strings.ContainsRune("是的为等之", firstRune(s.text[end:])) {
			return 0 // “客户第一。”是我们的信条
		}
		return end
	case ';':
		if s.semicolon(i) {
			return i + n
		}
	case '!', '?':
		return s.exclamation(i)
	case '…':
		return s.ellipsis(i, "…")
	case '.':
		if strings.HasPrefix(s.text[i:], "..") {
			return s.ellipsis(i, ".")
		}
		return s.point(i)
	}
	return 0
}

// closers goes over repetitions and then closing quotes and brackets. A guillemet may have a blank before it, as French has.
func (s *splitter) closers(at int, repetitions string) int {
	rest := strings.TrimLeft(s.text[at:], repetitions)
	if spaced := strings.TrimLeftFunc(rest, blank); strings.HasPrefix(spaced, "»") && s.guillemetOpen(at) {
		rest = spaced
	}
	for rest != "" {
		r, n := utf8.DecodeRuneInString(rest)
		if r == '"' && s.quote {
			s.quote = false
		} else if r == '"' || r == '\'' && !atGap(rest[n:]) || !closer(r) {
			break
		}
		rest = rest[n:]
	}
	return len(s.text) - len(rest)
}

// guillemetOpen reports whether the sentence has a « before at that nothing has closed.
func (s *splitter) guillemetOpen(at int) bool {
	sentence := s.text[max(s.start, at-2*maxBracket):at]
	return strings.LastIndex(sentence, "«") > strings.LastIndex(sentence, "»")
}

// closer reports a quote or bracket that can stand after the end of a sentence and belong to it.
func closer(r rune) bool { return strings.ContainsRune("\"'”’»」』)）]】》", r) }

// atGap reports whether a text is over or begins with white space.
func atGap(text string) bool { return text == "" || blank(firstRune(text)) }

// chineseAround reports whether the character before i or the one after it is Chinese.
func (s *splitter) chineseAround(i int) bool {
	return cjkText(lastRune(strings.TrimRightFunc(s.text[:i], blank))) || cjkText(firstRune(strings.TrimLeftFunc(s.text[i+1:], blank)))
}

func (s *splitter) exclamation(i int) int {
	quoted := s.quote
	end := s.closers(i, "!?")
	rest := s.text[end:]
	next := firstRune(strings.TrimLeftFunc(rest, blank))
	switch {
	case strings.EqualFold(wordBefore(s.text, i), "yahoo"):
	case !atGap(rest) && !cjkText(firstRune(rest)) && !s.gluedWords(i, rest): // "search?q=go"
	case unicode.IsLower(next) && closer(lastRune(s.text[:end])): // "Why?" is what we ask
	default:
		return end
	}
	s.quote = quoted
	return 0
}

// ellipsis ends a sentence before a capital, a digit or a Chinese character after white space, and at the end of the block.
func (s *splitter) ellipsis(i int, point string) int {
	quoted := s.quote
	end := s.closers(i, point)
	next := firstRune(strings.TrimLeftFunc(s.text[end:], blank))
	if atGap(s.text[end:]) && !unicode.IsLower(next) {
		return end
	}
	s.quote = quoted
	return 0
}

// point judges one full stop.
func (s *splitter) point(i int) int {
	quoted := s.quote
	end := s.closers(i+1, "")
	if !s.pointEnds(i, end) {
		s.quote = quoted
		return 0
	}
	return end
}

func (s *splitter) pointEnds(i, end int) bool {
	word := wordBefore(s.text, i)
	rest := s.text[end:]
	if !atGap(rest) {
		return s.gluedPoint(i, word, rest)
	}
	rest = strings.TrimLeftFunc(rest, blank)
	next := firstRune(rest)
	switch {
	case next == 0:
		return true
	case word == "":
		return i > s.start && !unicode.IsLetter(next) // " .NET" begins a word; a point after a bracket ends a sentence
	}
	if s.ordinal(word, i, rest) {
		return false
	}
	switch s.abbreviation(word, i) {
	case endsNever:
		return false
	case endsBeforeNone:
		if unicode.IsDigit(next) {
			return false
		}
	case endsSometimes:
		if strings.EqualFold(word, "etc") && unicode.IsUpper(next) || cjk(next) {
			return true
		}
		return unicode.IsUpper(next) && starters[strings.ToLower(wordAfter(rest))]
	}
	if unicode.IsLower(next) {
		// Ads are careless about capitals; words that are short or have no vowel are more often abbreviations that the lists lack.
		return end == i+1 && len(word) >= 4 && strings.ContainsAny(word, "aeiouyAEIOUY") && !strings.ContainsAny(word, ".0123456789")
	}
	return true
}

// abbreviation classifies the word before the point at i, with the word before it: "z. B." never ends a sentence, and the letter of
// "permis C." is no abbreviation.
func (s *splitter) abbreviation(word string, i int) abbreviation {
	kind := classify(word)
	if _, after, elided := strings.Cut(word, "'"); elided && kind == notAbbreviated { // "l'Ing. Rossi"
		kind = classify(after)
	}
	if utf8.RuneCountInString(word) <= 2 {
		before := strings.ToLower(s.lastWord(i - len(word)))
		switch {
		case neverLastPairs[before+" "+strings.ToLower(word)]:
			return endsNever
		case kind != endsSometimes:
		case letterLabels[strings.TrimSuffix(before, ".")] && unicode.IsUpper(firstRune(word)):
			return notAbbreviated
		}
	}
	return kind
}

// lastWord is the last word before at, its point included.
func (s *splitter) lastWord(at int) string {
	text := strings.TrimRightFunc(s.text[:at], blank)
	return wordBefore(text, len(text))
}

// ordinal reports a German ordinal, "am 1. Januar": a small number before a month, or after a word that is followed by one.
func (s *splitter) ordinal(word string, i int, rest string) bool {
	if len(word) > 2 || strings.Trim(word, "0123456789") != "" {
		return false
	}
	before := strings.ToLower(s.lastWord(i - len(word)))
	if conjunctions[before] { // "der 1. und 2. Stock"
		start := len(strings.TrimRightFunc(s.text[:i-len(word)], blank)) - len(before)
		number, found := strings.CutSuffix(s.lastWord(max(start, 0)), ".")
		return found && number != "" && strings.Trim(number, "0123456789") == ""
	}
	return months[strings.ToLower(wordAfter(rest))] || beforeOrdinal[before]
}

// wordBefore is the word that ends at i: what stands there without white space, Chinese, brackets or quotes, points inside included.
func wordBefore(text string, i int) string {
	start := i
	for start > 0 && i-start < maxWord {
		r, n := utf8.DecodeLastRuneInString(text[:start])
		if blank(r) || cjkText(r) || strings.ContainsRune("([{\"“”‘,;:—–", r) {
			break
		}
		start -= n
	}
	return text[start:i]
}

// wordAfter is the word with which a text begins.
func wordAfter(text string) string {
	end := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
	if end < 0 {
		end = len(text)
	}
	return text[:end]
}
