// Package lexical finds skills by the words of their labels, without a model. It also holds tools to compare
// texts: words, n-grams, their frequencies and inverted indices. Package index adds its scores to those of an
// encoder, and evaluate/baseline uses them alone.
package lexical

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// normalise makes texts with different spellings comparable: valid UTF-8 in NFKC (full-width letters become
// ordinary ones). It keeps the case.
func normalise(text string) string {
	return norm.NFKC.String(strings.ToValidUTF8(text, " "))
}

// Words splits text into words in lower case: runs of letters, digits, marks and underscores. Plus and number signs
// directly after a letter belong to the word, because "C", "C++" and "C#" are three skills. Every Han or kana character
// is a word: there are no spaces between words.
func Words(text string) []string { return split(strings.ToLower(normalise(text))) }

// split splits normalised text into words, as [Words] says.
func split(text string) []string {
	list := make([]string, 0, len(text)/6+1)
	start := -1 // of the word being read
	var last rune
	flush := func(end int) {
		if start >= 0 {
			list = append(list, text[start:end])
			start = -1
		}
	}
	for i, r := range text {
		switch {
		case IsCharacterWord(r):
			flush(i)
			list = append(list, text[i:i+utf8.RuneLen(r)])
		case isWordRune(r):
			if start >= 0 && (last == '+' || last == '#') {
				flush(i)
			}
			if start < 0 {
				start = i
			}
		case (r == '+' || r == '#') && start >= 0 && (unicode.IsLetter(last) || last == '+' || last == '#'):
		default:
			flush(i)
		}
		last = r
	}
	flush(len(text))
	return list
}

// IsCharacterWord reports whether a character is a word of its own, as Han and kana are.
func IsCharacterWord(r rune) bool {
	return r > 0x2E7F && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) || r == '_'
}

// Characters splits text into characters in lower case. A run of white space becomes one space.
func Characters(text string) []string {
	text = strings.Join(strings.Fields(strings.ToLower(normalise(text))), " ")
	list := make([]string, 0, len(text))
	for i, r := range text {
		list = append(list, text[i:i+utf8.RuneLen(r)])
	}
	return list
}

// Lexicon numbers tokens and terms, which are sequences of tokens. A term is a node of a trie whose edges are tokens:
// "solve" and "solve problems" share a path, and no joined string is built. Term 0 is the empty sequence.
type Lexicon struct {
	tokens map[string]int32
	next   map[edge]int32
	terms  int32 // number of terms, the empty one included
}

type edge struct{ term, token int32 }

// NewLexicon returns a lexicon without tokens.
func NewLexicon() *Lexicon {
	return &Lexicon{tokens: map[string]int32{}, next: map[edge]int32{}, terms: 1}
}

// Token returns a token's number. An unknown token gets a new number with teach, and -1 without it.
func (l *Lexicon) Token(text string, teach bool) int32 {
	if id, ok := l.tokens[text]; ok {
		return id
	}
	if !teach {
		return -1
	}
	id := int32(len(l.tokens))
	l.tokens[strings.Clone(text)] = id // without the clone the map would keep every document's text in memory
	return id
}

// Extend returns the term of term's tokens followed by token. An unknown term gets a new number with teach, and -1
// without it.
func (l *Lexicon) Extend(term, token int32, teach bool) int32 {
	if token < 0 {
		return -1
	}
	if id, ok := l.next[edge{term, token}]; ok {
		return id
	}
	if !teach {
		return -1
	}
	id := l.terms
	l.terms++
	l.next[edge{term, token}] = id
	return id
}

// Ngrams lists the terms of minN to maxN tokens in a text, with repetitions. Unknown terms are learnt with teach and
// left out without it.
func (l *Lexicon) Ngrams(tokens []string, minN, maxN int, teach bool) []int32 {
	ids := make([]int32, len(tokens))
	for i, t := range tokens {
		ids[i] = l.Token(t, teach)
	}
	list := make([]int32, 0, len(ids)*(maxN-minN+1))
	for i := range ids {
		term := int32(0)
		for n := 1; n <= maxN && i+n <= len(ids); n++ {
			if term = l.Extend(term, ids[i+n-1], teach); term < 0 {
				break
			}
			if n >= minN {
				list = append(list, term)
			}
		}
	}
	return list
}

// Terms returns the number of terms, the empty one included.
func (l *Lexicon) Terms() int { return int(l.terms) }
