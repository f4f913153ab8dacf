package tokenize

import (
	"sync"
	"unicode/utf8"
)

// byteLevel splits text as Hugging Face's ByteLevel does, by GPT-2's regular expression
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//
// implemented by hand, since package regexp has no lookahead. Words stay bytes: bpe converts its vocabulary to
// bytes instead.
type byteLevel struct {
	prefix  bool // add a space before a text that does not start with one
	regex   bool // otherwise the whole text is one word
	classes *classTable
}

const (
	byteLevelLetter class = 1 << iota // \p{L}
	byteLevelNumber                   // \p{N}
	byteLevelSpace                    // \s
)

// byteLevelClasses builds the table on first use. A code point without a class is a symbol.
var byteLevelClasses = sync.OnceValue(func() *classTable {
	table := new(classTable)
	table.add(byteLevelLetter, lettersPoints)
	table.add(byteLevelNumber, numbersPoints)
	table.add(byteLevelSpace, spacesPoints)
	return table
})

func (p byteLevel) split(s *scratch, text []byte, word func(word []byte) bool) {
	if len(text) == 0 {
		return
	}
	if p.prefix && text[0] != ' ' {
		s.marked = append(append(s.marked[:0], ' '), text...)
		text = s.marked
	}
	for len(text) > 0 {
		end := len(text)
		if p.regex {
			end = p.wordEnd(text)
		}
		if !word(text[:end]) {
			return
		}
		text = text[end:]
	}
}

// wordEnd returns the length of the word at the start of text.
func (p byteLevel) wordEnd(text []byte) int {
	if end := contraction(text); end > 0 {
		return end
	}
	kind, width := p.next(text)
	if text[0] == ' ' && len(text) > 1 {
		if after, more := p.next(text[1:]); after != byteLevelSpace {
			kind, width = after, 1+more
		}
	}
	last := width // width of the last character of the run
	end := width
	for end < len(text) {
		next, more := p.next(text[end:])
		if next != kind {
			break
		}
		last = more
		end += more
	}
	if kind == byteLevelSpace && end < len(text) && end > last {
		end -= last // the last space before a word belongs to that word
	}
	return end
}

// next returns the class and the width of the first character of text.
func (p byteLevel) next(text []byte) (class, int) {
	if text[0] < utf8.RuneSelf {
		return p.classes[text[0]], 1
	}
	r, width := utf8.DecodeRune(text)
	return p.classes[r], width
}

// contraction returns the length of the English contraction at the start of text, or 0.
func contraction(text []byte) int {
	if text[0] != '\'' || len(text) == 1 {
		return 0
	}
	switch text[1] {
	case 's', 't', 'm', 'd':
		return 2
	}
	if len(text) > 2 {
		switch string(text[1:3]) {
		case "re", "ve", "ll":
			return 3
		}
	}
	return 0
}

// byteSpellings holds the character that byte-level vocabularies write for each byte: the byte's own Latin-1
// character if it is visible, else one from U+0100 on.
var byteSpellings = sync.OnceValue(func() (spellings [256]rune) {
	other := rune(256)
	for b := range spellings {
		visible := '!' <= b && b <= '~' || '¡' <= b && b <= '¬' || '®' <= b && b <= 'ÿ'
		spellings[b] = rune(b)
		if !visible {
			spellings[b] = other
			other++
		}
	}
	return spellings
})
