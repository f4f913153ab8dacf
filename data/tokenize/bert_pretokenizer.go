package tokenize

import "unicode/utf8"

// bertPreTokenizer splits text as Hugging Face's BertPreTokenizer does. It splits at white space, which it drops,
// and makes every punctuation character a word.
type bertPreTokenizer struct{ classes *classTable }

func (p bertPreTokenizer) split(_ *scratch, text []byte, word func(word []byte) bool) {
	start := 0
	for i := 0; i < len(text); {
		r, width := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, width = utf8.DecodeRune(text[i:])
		}
		if c := p.classes[r]; c&(classSpace|classPunctuation) != 0 {
			if start < i && !word(text[start:i]) {
				return
			}
			if c&classPunctuation != 0 && !word(text[i:i+width]) {
				return
			}
			start = i + width
		}
		i += width
	}
	if start < len(text) {
		word(text[start:])
	}
}
