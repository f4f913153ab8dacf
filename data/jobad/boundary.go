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

// overBracket continues after brackets. Text that is in brackets from beginning to end is a sentence of
// its own.
func (s *splitter) overBracket(open, end int) int {
	inside := s.text[open:end]
	inside = strings.TrimRightFunc(inside, closer)
	if strings.TrimFunc(s.text[s.start:open], blank) != "" || !strings.ContainsRune(".!?。！？", lastRune(inside)) || !atGap(s.text[end:]) {
		return end
	}
	s.cut(end)
	return s.skipMarker(end)
}

// repetition returns how many bytes to skip after a mark that ends no sentence. All of "!?!" and "..." is
// judged once.
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

// closingBracket is the offset after the bracket that closes one, 0 when there is none soon. Brackets inside
// count.
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

// endAt returns where the sentence ends if r, which is at i and has n bytes, ends it: after its
// repetitions and closing quotes. It returns 0 where the sentence continues.
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

// closers skips repetitions and then closing quotes and brackets. A guillemet may have a space before it,
// as French has.
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

// closer reports a quote or bracket that can come after the end of a sentence and belong to it.
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

// ellipsis ends a sentence before a capital, a digit or a Chinese character after white space, and at the end
// of the block.
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
