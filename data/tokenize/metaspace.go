package tokenize

import "bytes"

// metaspace splits text as Hugging Face's Metaspace does. A space becomes a visible mark, and every mark begins a
// word. A text that does not start with a mark gets one.
type metaspace struct {
	mark   []byte // "▁", one character
	prefix bool   // put a mark before the text
}

func (p metaspace) split(s *scratch, text []byte, word func(word []byte) bool) {
	if len(text) == 0 {
		return
	}
	marked := s.marked[:0]
	if p.prefix && text[0] != ' ' && !bytes.HasPrefix(text, p.mark) {
		marked = append(marked, p.mark...)
	}
	for {
		space := bytes.IndexByte(text, ' ')
		if space < 0 {
			break
		}
		marked = append(append(marked, text[:space]...), p.mark...)
		text = text[space+1:]
	}
	marked = append(marked, text...)
	s.marked = marked
	for start := 0; start < len(marked); {
		end := len(marked)
		if next := bytes.Index(marked[start+1:], p.mark); next >= 0 {
			end = start + 1 + next
		}
		if !word(marked[start:end]) {
			return
		}
		start = end
	}
}

// whitespaceSplit splits text at white space, which it drops. Another pre-tokenizer splits the pieces.
type whitespaceSplit struct {
	classes *classTable
	then    preTokenizer
}

func (p whitespaceSplit) split(s *scratch, text []byte, word func(word []byte) bool) {
	more := true
	for piece := range bytes.FieldsFuncSeq(text, func(r rune) bool { return p.classes[r]&classSpace != 0 }) {
		p.then.split(s, piece, func(w []byte) bool {
			more = word(w)
			return more
		})
		if !more {
			return
		}
	}
}
