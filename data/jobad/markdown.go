package jobad

import (
	"strings"
	"unicode"
)

// hasMarkdown reports whether an ad is Markdown: it has words in "**", links, or two escaped marks. Headings
// and lists of Markdown need no such sign, as the rules for lines know them.
func hasMarkdown(ad string) bool {
	escaped := 0
	for i := 0; i < len(ad); {
		n := strings.IndexAny(ad[i:], `*[\`)
		if n < 0 {
			return false
		}
		i += n
		switch ad[i] {
		case '*':
			n := runLength(ad[i:])
			if strong(ad[i:], n) {
				return true
			}
			i += n - 1
		case '[':
			if label, length := link(ad[i:]); length > 0 && label > 0 {
				return true
			}
		case '\\':
			if escapedMark(ad[i:]) {
				escaped++
			}
		}
		if escaped == 2 {
			return true
		}
		i++
	}
	return false
}

// markdownReader leaves the marks of Markdown out of a text. Lines stay as they are.
type markdownReader struct {
	rewriter
	text string
	done int         // bytes read
	ends map[int]int // bytes to leave out where something ends that an earlier mark began
}

func readMarkdown(text string) *rewriter {
	m := &markdownReader{text: text, ends: map[int]int{}}
	for i := 0; i < len(text); {
		n := strings.IndexAny(text[i:], "*_[]!`\\")
		if n < 0 {
			break
		}
		i += n
		i += max(1, m.mark(i))
	}
	m.keep(text[m.done:], m.done)
	return &m.rewriter
}

// leaveOut drops n bytes at i.
func (m *markdownReader) leaveOut(i, n int) int {
	m.keep(m.text[m.done:i], m.done)
	m.done = i + n
	return n
}

// mark reads the mark at i and returns its length, or 0 where it is text.
func (m *markdownReader) mark(i int) int {
	rest := m.text[i:]
	switch {
	case m.ends[i] > 0:
		return m.leaveOut(i, m.ends[i])
	case rest[0] == '*', rest[0] == '_':
		return m.emphasis(i)
	case rest[0] == '`':
		return m.code(i)
	case rest[0] == '\\' && escapedMark(rest):
		m.leaveOut(i, 1)
		return 2
	case rest[0] == '[', strings.HasPrefix(rest, "!["):
		return m.link(i)
	}
	return 0
}

// emphasis leaves "**", "*" and "_" out that begin or end an emphasis. "**" goes in any case: many ads have
// white space between it and the word.
func (m *markdownReader) emphasis(i int) int {
	n := runLength(m.text[i:])
	if m.text[i] == '*' && n >= 2 && n <= 3 && !betweenDigits(m.text, i, i+n) {
		return m.leaveOut(i, n)
	}
	if n != 1 && (m.text[i] != '_' || n > 3) || !opens(m.text, i, n) {
		return n
	}
	end := closingMark(m.text, i, n)
	if end == 0 {
		return n
	}
	m.ends[end] = n
	return m.leaveOut(i, n)
}

// runLength is how often the first byte of a text is repeated.
func runLength(text string) int { return len(text) - len(strings.TrimLeft(text, text[:1])) }

func betweenDigits(text string, start, end int) bool {
	return unicode.IsDigit(lastRune(strings.TrimRight(text[:start], " "))) && unicode.IsDigit(firstRune(strings.TrimLeft(text[end:], " ")))
}

// opens reports whether the n marks at i can begin an emphasis: before a word, and not inside one.
func opens(text string, i, n int) bool {
	before, next := lastRune(text[:i]), firstRune(text[i+n:])
	return !wordRune(before) && next != 0 && !blank(next)
}

// closingMark is where n marks as those at i end an emphasis on the same line, 0 where none do.
func closingMark(text string, i, n int) int {
	marks := text[i : i+n]
	for at := i + n; at < len(text) && at-i < maxBracket; {
		next := strings.IndexAny(text[at:], marks[:1]+"\n")
		if next < 0 || text[at+next] == '\n' {
			return 0
		}
		at += next
		length := runLength(text[at:])
		if length == n && !blank(lastRune(text[:at])) && !wordRune(firstRune(text[at+n:])) {
			return at
		}
		at += length
	}
	return 0
}

func wordRune(r rune) bool { return unicode.IsLetter(r) && !cjk(r) || unicode.IsDigit(r) }

// strong reports whether a text that begins with n asterisks begins with "**words**".
func strong(text string, n int) bool {
	if n < 2 || n > 3 {
		return false
	}
	line, _, _ := strings.Cut(text[n:min(len(text), n+maxBracket)], "\n")
	end := strings.Index(line, "**")
	return end > 0 && strings.ContainsFunc(line[:end], unicode.IsLetter)
}

// code leaves the marks around code out.
func (m *markdownReader) code(i int) int {
	n := runLength(m.text[i:])
	if n > 3 {
		return n
	}
	line, _, _ := strings.Cut(m.text[i+n:min(len(m.text), i+n+maxBracket)], "\n")
	if end := strings.IndexByte(line, '`'); n == 1 && end > 0 {
		m.ends[i+n+end] = 1
	} else if n < 3 {
		return n
	}
	return m.leaveOut(i, n)
}

// link keeps a link's words and leaves its address out.
func (m *markdownReader) link(i int) int {
	image := 0
	if m.text[i] == '!' {
		image = 1
	}
	label, length := link(m.text[i+image:])
	if length == 0 {
		return 0
	}
	m.leaveOut(i, image+1)
	end := i + image + 1 + label
	m.ends[end] = i + image + length - end
	return image + 1
}

// link returns the bytes of a link's words and of the whole link, "[words](address)", at the beginning of a
// text.
func link(text string) (words, length int) {
	text = text[:min(len(text), longestTag)]
	words = strings.IndexAny(text[1:], "[]\n")
	if words < 0 || !strings.HasPrefix(text[1+words:], "](") {
		return 0, 0
	}
	address := text[words+len("[]("):]
	end := strings.IndexAny(address, ") \n[")
	if end < 0 || !strings.ContainsAny(address[:end], ":/#@.") {
		return 0, 0
	}
	switch address[end] {
	case ' ': // a title follows: [words](address "title")
		closing := strings.Index(address[end:min(len(address), end+maxBracket)], `")`)
		if closing < 0 || strings.Contains(address[end:end+closing], "\n") {
			return 0, 0
		}
		end += closing + 1
	case '\n', '[':
		return 0, 0
	}
	return words, words + len("[](") + end + 1
}

// escapedMark reports a backslash before a mark, which Markdown needs where the mark has no meaning: "C\+\+",
// "\- ".
func escapedMark(text string) bool {
	return len(text) > 1 && strings.IndexByte("-+*_.#!&()[]{}<>~`|>=", text[1]) >= 0
}
