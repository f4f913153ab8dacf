package jobad

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// bullets begin a list item at any place: running text does not use them. Those in the private use
// area are Word's, U+0095 is the bullet of Windows-1252.
const bullets = "•▲△●▪■◼◾▸▶►➢➤➔➜✓✔✅☑◆◇❖★☆‣⁃◦○□▫∙🔹🔸👉🔟\u0095\uf0b7\uf0a7\uf0d8\uf0fc\uf06c\uf076" +
	"☞☛⌲➡⇒▻◉⚫⬤❏❑❒✦✧✪✱①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽"

// noNumber is the number of a marker that has none. A letter has firstLetter and so on.
const (
	noNumber    = -1
	firstLetter = 101
)

// skipMarkers returns the text's offset after the list markers at its beginning: at most a bullet and a
// number, in either order. The number is that of the list item, or noNumber.
func skipMarkers(text string) (offset, number int) {
	number = noNumber
	bullet := false
	for {
		if n := bulletLength(text[offset:]); n > 0 && !bullet {
			offset, bullet = offset+n, true
			continue
		}
		n, value := numberLength(text[offset:])
		if n == 0 || number != noNumber {
			return offset, number
		}
		offset, number = offset+n, value
	}
}

// bulletLength is the length of a bullet and the white space after it, 0 if there is none.
func bulletLength(text string) int {
	r, n := utf8.DecodeRuneInString(text)
	if n == 0 {
		return 0
	}
	if n := keycapLength(text); n > 0 {
		return n
	}
	if isBullet(r) {
		rest := strings.TrimLeftFunc(text, func(r rune) bool { return isBullet(r) || r == '\ufe0f' || blank(r) })
		return len(text) - len(rest)
	}
	run := len(text) - len(strings.TrimLeft(text, string(r)))
	next := firstRune(text[run:])
	spaced := blank(next)
	ok := false
	switch r {
	case '-', '–', '—', '−', '‑', '‐', '·', '‧', '・':
		ok = run <= 3*n && (spaced || unicode.IsLetter(next) || strings.ContainsRune("(（[【\"“'‘", next))
	case '*':
		ok = run == 1 && (spaced || unicode.IsLetter(next) && !emphasis(text[1:]))
	case '→', '~':
		ok = run <= 3*n && (spaced || unicode.IsLetter(next))
	case '»', '›': // a quotation mark where its partner follows
		ok = run == n && (spaced || unicode.IsLetter(next)) && !strings.ContainsAny(text[:min(len(text), maxBracket)], "«‹")
	case '#':
		ok = run <= 6 && spaced // a Markdown heading
	case '+', '§', 'Ø', '>':
		ok = run == n && spaced
	case 'o': // Word's second level, pasted
		after := strings.TrimLeftFunc(text[n:], blank)
		ok = run == 1 && spaced && (next == '\t' || unicode.IsUpper(firstRune(after)))
	}
	if !ok {
		return 0
	}
	return len(text) - len(strings.TrimLeftFunc(text[run:], blank))
}

// keycapLength is the length of a number in a key cap, "1️⃣", and the white space after it, 0 where none
// stands.
func keycapLength(text string) int {
	if text == "" || text[0] < '0' || text[0] > '9' {
		return 0
	}
	rest, ok := strings.CutPrefix(strings.TrimPrefix(text[1:], "\ufe0f"), "\u20e3")
	if !ok {
		return 0
	}
	return len(text) - len(strings.TrimLeftFunc(rest, blank))
}

func isBullet(r rune) bool { return r > unicode.MaxASCII && bulletSet[r] }

var bulletSet = func() map[rune]bool {
	set := make(map[rune]bool)
	for _, r := range bullets {
		set[r] = true
	}
	return set
}()

// emphasis reports whether a text that "*" precedes is Markdown emphasis: another "*" follows soon, on the
// same line.
func emphasis(text string) bool {
	text = text[:min(len(text), maxBracket)]
	end := strings.IndexAny(text, "*\n")
	return end >= 0 && text[end] == '*'
}

// numberLength is the length of "1.", "1)", "1、", "(1)", "（一）", "a)", "iv." or the like and the white space
// after it, and the number. Roman numbers are not counted: theirs is 0.
func numberLength(text string) (length, value int) {
	open := firstRune(text)
	inside := 0
	if open == '(' || open == '（' {
		inside = utf8.RuneLen(open)
	}
	n, value := ordinal(text[inside:])
	if n == 0 {
		return 0, noNumber
	}
	end := inside + n
	mark, size := utf8.DecodeRuneInString(text[end:])
	if size == 0 {
		return 0, noNumber
	}
	rest := text[end+size:]
	if inside > 0 {
		if mark != ')' && mark != '）' {
			return 0, noNumber
		}
	} else if !endsNumber(text[:end], mark, rest) {
		return 0, noNumber
	}
	return len(text) - len(strings.TrimLeftFunc(rest, blank)), value
}

// endsNumber reports whether mark, between number and rest, makes the number a list marker.
func endsNumber(number string, mark rune, rest string) bool {
	next := firstRune(rest)
	digits := number[0] >= '0' && number[0] <= '9'
	chinese := cjk(firstRune(number))
	switch mark {
	case '、':
		return digits || len(number) == 1 || chinese && !strings.ContainsRune(chineseDigits, next) // not 一、二线城市
	case ')', '）':
		return true
	case '．':
		return (digits || chinese) && !unicode.IsDigit(next)
	case '：', ':':
		return (digits || chinese) && next != 0 && !unicode.IsDigit(next) && (mark == '：' || blank(next) || cjk(next))
	case '.':
		if digits && months[strings.ToLower(wordAfter(strings.TrimLeftFunc(rest, blank)))] {
			return false // "1. Mai"
		}
		if digits || chinese {
			return next == 0 || blank(next) || cjk(next) || unicode.IsUpper(next)
		}
		if !blank(next) || unicode.IsUpper(rune(number[0])) {
			return false // "A. Smith" and "U.S." begin no list item
		}
		after := strings.TrimLeftFunc(rest, blank)
		return !strings.HasPrefix(after, "e.") && !strings.HasPrefix(after, "g.") // "i. e.", "e. g."
	}
	return false
}

const chineseDigits = "一二三四五六七八九十"

// ordinal reads a number of one or two digits, a Chinese number up to 十九, one letter, or a small Roman number
// in lower case.
func ordinal(text string) (length, value int) {
	switch r := firstRune(text); {
	case r >= '0' && r <= '9':
		for length < len(text) && text[length] >= '0' && text[length] <= '9' {
			value = value*10 + int(text[length]-'0')
			if length++; length > 2 {
				return 0, noNumber
			}
		}
		return length, value
	case strings.ContainsRune(chineseDigits, r):
		return chineseOrdinal(text)
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
		end := strings.IndexFunc(text, func(r rune) bool { return r < 'A' || r > 'z' || r > 'Z' && r < 'a' })
		if end == 1 {
			return 1, firstLetter + int(unicode.ToLower(r)-'a')
		}
		if end > 1 && end <= 4 && strings.Trim(text[:end], "iv") == "" {
			return end, 0
		}
	}
	return 0, noNumber
}

func chineseOrdinal(text string) (length, value int) {
	for length < len(text) && length < 2*len("十") {
		r, n := utf8.DecodeRuneInString(text[length:])
		before, _, found := strings.Cut(chineseDigits, string(r))
		if !found {
			break
		}
		value += len(before)/len("一") + 1
		length += n
	}
	return length, value
}
