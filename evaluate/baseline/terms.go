// Package baseline holds what trained models are compared with: TF-IDF ranks skills, keywords and logistic regression
// filter sentences. It measures nothing: package evaluate does.
package baseline

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// normalise makes text comparable across spellings: valid UTF-8, NFKC (full-width letters become ordinary ones), lower
// case.
func normalise(text string) string {
	return strings.ToLower(norm.NFKC.String(strings.ToValidUTF8(text, " ")))
}

// words splits text into normalised words: runs of letters, digits, marks and underscores. Plus and number signs
// directly after a letter belong to the word, because "C", "C++" and "C#" are three skills. Every Han or kana character
// is a word: there are no spaces between words.
func words(text string) []string {
	text = normalise(text)
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
		case isCharacterWord(r):
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

func isCharacterWord(r rune) bool {
	return r > 0x2E7F && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) || r == '_'
}

// characters splits text into normalised characters. A run of white space becomes one space.
func characters(text string) []string {
	text = strings.Join(strings.Fields(normalise(text)), " ")
	list := make([]string, 0, len(text))
	for i, r := range text {
		list = append(list, text[i:i+utf8.RuneLen(r)])
	}
	return list
}

// lexicon numbers tokens and terms, which are sequences of tokens. A term is a node of a trie whose edges are tokens:
// "solve" and "solve problems" share a path, and no joined string is built. Term 0 is the empty sequence.
type lexicon struct {
	tokens map[string]int32
	next   map[edge]int32
	terms  int32 // number of terms, the empty one included
}

type edge struct{ term, token int32 }

func newLexicon() *lexicon {
	return &lexicon{tokens: map[string]int32{}, next: map[edge]int32{}, terms: 1}
}

// token returns a token's number. An unknown token gets a new number with teach, and -1 without it.
func (l *lexicon) token(text string, teach bool) int32 {
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

// extend returns the term of term's tokens followed by token. An unknown term gets a new number with teach, and -1
// without it.
func (l *lexicon) extend(term, token int32, teach bool) int32 {
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

// ngrams lists the terms of minN to maxN tokens in a text, with repetitions. Unknown terms are learnt with teach and
// left out without it.
func (l *lexicon) ngrams(tokens []string, minN, maxN int, teach bool) []int32 {
	ids := make([]int32, len(tokens))
	for i, t := range tokens {
		ids[i] = l.token(t, teach)
	}
	list := make([]int32, 0, len(ids)*(maxN-minN+1))
	for i := range ids {
		term := int32(0)
		for n := 1; n <= maxN && i+n <= len(ids); n++ {
			if term = l.extend(term, ids[i+n-1], teach); term < 0 {
				break
			}
			if n >= minN {
				list = append(list, term)
			}
		}
	}
	return list
}
