package tokenize

import (
	"fmt"
	"unicode/utf8"

	vocabulary "github.com/sugarme/tokenizer/model"
	"github.com/sugarme/tokenizer/model/wordpiece"
)

// wordPiece splits a word into the longest pieces of its vocabulary, from the left. The vocabulary type is the
// library's. The matching is ours, because the library formats a string for every candidate.
type wordPiece struct {
	vocab           map[string]int // the library's, not a copy
	prefix          string         // marks a piece that continues a word: "##"
	unknown         int32
	maxChars        int // a longer word is unknown
	maxStart        int // bytes of the longest piece that starts a word
	maxContinuation int // bytes of the longest piece that continues one, without the prefix
	largest         int32
}

// maxTokenID bounds the ids in a file. The largest vocabularies have a quarter of a million.
const maxTokenID = 1<<21 - 1

// newWordPiece checks a vocabulary from a file and builds the model.
func newWordPiece(vocab vocabulary.Vocab, unknown, prefix string, maxChars int) (*wordPiece, error) {
	if maxChars < 1 {
		return nil, fmt.Errorf("max_input_chars_per_word is %d, want at least 1", maxChars)
	}
	library := wordpiece.NewWordPieceBuilder().Vocab(&vocab).UnkToken(unknown).
		ContinuingSubwordPrefix(prefix).MaxInputCharsPerWord(maxChars).Build()
	m := &wordPiece{vocab: library.GetVocab(), prefix: prefix, maxChars: maxChars}
	for token, id := range m.vocab {
		if id < 0 || id > maxTokenID {
			return nil, fmt.Errorf("vocab: token %q has id %d, want 0 to %d", token, id, maxTokenID)
		}
		m.largest = max(m.largest, int32(id))
		m.maxStart = max(m.maxStart, len(token))
		if len(token) > len(prefix) && token[:len(prefix)] == prefix {
			m.maxContinuation = max(m.maxContinuation, len(token)-len(prefix))
		}
	}
	id, ok := library.TokenToId(unknown)
	if !ok {
		return nil, fmt.Errorf("vocab: the unknown token %q is missing", unknown)
	}
	m.unknown = int32(id)
	return m, nil
}

// appendIDs appends the word's pieces, or the unknown token if they do not cover it.
func (m *wordPiece) appendIDs(s *scratch, word []byte) { s.ids = m.appendPieces(s.ids, word) }

func (m *wordPiece) appendPieces(ids []int32, word []byte) []int32 {
	if len(word) > m.maxChars && utf8.RuneCount(word) > m.maxChars {
		return append(ids, m.unknown)
	}
	if id, ok := m.vocab[string(word)]; ok {
		return append(ids, int32(id))
	}
	// key is the prefix followed by the word. At a later position the prefix overwrites the bytes before it,
	// which are no longer needed. Every candidate is a plain slice of key.
	var stack [256]byte
	key := append(append(stack[:0], m.prefix...), word...)
	first, lead := len(ids), len(m.prefix)
	for pos := 0; pos < len(word); {
		from, longest := lead, m.maxStart
		if pos > 0 {
			copy(key[pos:], m.prefix)
			from, longest = pos, m.maxContinuation
		}
		end := min(len(word), pos+longest)
		for end > pos {
			if end == len(word) || utf8.RuneStart(word[end]) {
				if id, ok := m.vocab[string(key[from:lead+end])]; ok {
					ids = append(ids, int32(id))
					break
				}
			}
			end--
		}
		if end == pos {
			return append(ids[:first], m.unknown)
		}
		pos = end
	}
	return ids
}

func (m *wordPiece) tokenID(token string) (int32, bool) {
	id, ok := m.vocab[token]
	return int32(id), ok
}

func (m *wordPiece) vocabSize() int { return len(m.vocab) }

func (m *wordPiece) maxID() int32 { return m.largest }
