package tokenize

import (
	"unicode"
	"unicode/utf8"
)

// addedToken is a token that is searched for in the text itself, such as [MASK].
type addedToken struct {
	content        string // the vocabulary's spelling
	pattern        string // the text to search for, normalised if the token is
	id             int32
	singleWord     bool // matches only where no word character is next to it
	lstrip, rstrip bool // the match includes white space on that side
}

// matcher finds added tokens in text as Hugging Face's AddedVocabulary does: leftmost, then longest.
type matcher struct {
	tokens  []addedToken
	byFirst [256][]int // tokens by their pattern's first byte
}

func newMatcher(tokens []addedToken) *matcher {
	if len(tokens) == 0 {
		return nil
	}
	m := &matcher{tokens: tokens}
	for i, t := range tokens {
		m.byFirst[t.pattern[0]] = append(m.byFirst[t.pattern[0]], i)
	}
	return m
}

func (m *matcher) empty() bool { return m == nil }

// contentID returns the id of an added token with this spelling.
func (m *matcher) contentID(content string) (int32, bool) {
	if m == nil {
		return 0, false
	}
	for _, t := range m.tokens {
		if t.content == content {
			return t.id, true
		}
	}
	return 0, false
}

// splitAtTokens passes on the pieces of text between added tokens (with id -1) and the added tokens (with their
// id), in order. It stops when the callback returns false.
func splitAtTokens[T ~string | ~[]byte](m *matcher, text T, use func(piece T, id int32) bool) {
	done := 0 // text before this offset has been passed on
	for i := 0; m != nil && i < len(text); {
		t := longestAt(m, text, i)
		if t == nil {
			i++
			continue
		}
		start, stop := i, i+len(t.pattern)
		i = stop
		if t.singleWord && touchesWord(text, start, stop) {
			continue
		}
		if t.lstrip {
			start = max(trimSpaceLeft(text, start), done)
		}
		if t.rstrip {
			stop = skipSpace(text, stop)
		}
		if done < start && !use(text[done:start], -1) {
			return
		}
		if !use(text[start:stop], t.id) {
			return
		}
		done = stop
	}
	if done < len(text) {
		use(text[done:], -1)
	}
}

func longestAt[T ~string | ~[]byte](m *matcher, text T, i int) (longest *addedToken) {
	for _, candidate := range m.byFirst[text[i]] {
		t := &m.tokens[candidate]
		if end := i + len(t.pattern); end <= len(text) && string(text[i:end]) == t.pattern && (longest == nil || len(t.pattern) > len(longest.pattern)) {
			longest = t
		}
	}
	return longest
}

func touchesWord[T ~string | ~[]byte](text T, start, stop int) bool {
	before, _ := utf8.DecodeLastRuneInString(string(text[max(0, start-utf8.UTFMax):start]))
	after, _ := utf8.DecodeRuneInString(string(text[stop:min(len(text), stop+utf8.UTFMax)]))
	return (start > 0 && isWord(before)) || (stop < len(text) && isWord(after))
}

// isWord is \w of Rust's regex crate: Unicode's alphabetic characters, marks, decimal digits, connectors, joiners.
func isWord(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Nl, unicode.Pc, unicode.Other_Alphabetic) || r == '\u200c' || r == '\u200d'
}

func trimSpaceLeft[T ~string | ~[]byte](text T, end int) int {
	for end > 0 {
		r, width := utf8.DecodeLastRuneInString(string(text[max(0, end-utf8.UTFMax):end]))
		if !unicode.Is(unicode.White_Space, r) {
			break
		}
		end -= width
	}
	return end
}

func skipSpace[T ~string | ~[]byte](text T, start int) int {
	for start < len(text) {
		r, width := utf8.DecodeRuneInString(string(text[start:min(len(text), start+utf8.UTFMax)]))
		if !unicode.Is(unicode.White_Space, r) {
			break
		}
		start += width
	}
	return start
}
