package tokenize

import (
	"fmt"
)

// bpe merges the bytes of a word pair by pair. It takes the pair of the lowest rank first, and the leftmost of
// equal pairs (Sennrich et al., arXiv 1508.07909; on bytes as in GPT-2).
type bpe struct {
	ids     map[string]int32 // by the vocabulary's spelling
	bytes   [256]int32       // ids of the single bytes; -1 if the vocabulary lacks the byte
	unknown int32            // id for a missing byte; -1 drops the byte
	fuse    bool             // consecutive missing bytes become one unknown token
	merges  map[uint64]merge // by pairKey
	largest int32
	cache   *wordCache
}

// merge is the result of merging two neighbouring tokens.
type merge struct{ rank, id int32 }

func pairKey(left, right int32) uint64 { return uint64(left)<<32 | uint64(right) }

// bpeVocab is a vocabulary with its merges as in files, in the spelling of bytes.
type bpeVocab struct {
	ids     map[string]int
	merges  [][2]string // by rank
	unknown string      // "": none
	fuse    bool
}

// newBPE checks a vocabulary from a file and builds the model.
func newBPE(vocab bpeVocab) (*bpe, error) {
	m := &bpe{
		ids: make(map[string]int32, len(vocab.ids)), merges: make(map[uint64]merge, len(vocab.merges)),
		unknown: -1, fuse: vocab.fuse, cache: newWordCache(),
	}
	for token, id := range vocab.ids {
		if id < 0 || id > maxTokenID {
			return nil, fmt.Errorf("vocab: token %q has id %d, want 0 to %d", token, id, maxTokenID)
		}
		m.ids[token] = int32(id)
		m.largest = max(m.largest, int32(id))
	}
	if len(m.ids) == 0 {
		return nil, fmt.Errorf("vocab: there are no tokens")
	}
	if err := m.findBytes(vocab.unknown); err != nil {
		return nil, err
	}
	for rank, pair := range vocab.merges {
		left, okLeft := m.ids[pair[0]]
		right, okRight := m.ids[pair[1]]
		joined, ok := m.ids[pair[0]+pair[1]]
		if !okLeft || !okRight || !ok {
			return nil, fmt.Errorf("merges: entry %d, %q and %q: a part or the whole is not in the vocabulary", rank, pair[0], pair[1])
		}
		m.merges[pairKey(left, right)] = merge{int32(rank), joined}
	}
	return m, nil
}

// findBytes looks up the single bytes, and the unknown token if a byte is missing.
func (m *bpe) findBytes(unknown string) error {
	for b, spelling := range byteSpellings() {
		m.bytes[b] = -1
		if id, ok := m.ids[string(spelling)]; ok {
			m.bytes[b] = id
			continue
		}
		if unknown == "" {
			continue
		}
		id, ok := m.ids[unknown]
		if !ok {
			return fmt.Errorf("vocab: the byte %#02x is missing, and so is the unknown token %q", b, unknown)
		}
		m.unknown = id
	}
	return nil
}

// symbol is a token of a word during merging. The left symbol of a merge replaces both.
type symbol struct {
	id         int32 // -1: merged into an earlier symbol
	prev, next int32 // neighbours, -1 for none
}

// appendIDs appends the ids of a word's tokens.
func (m *bpe) appendIDs(s *scratch, word []byte) {
	ids, ok := m.cache.get(word)
	if ok {
		s.ids = append(s.ids, ids...)
		return
	}
	first := len(s.ids)
	m.join(s, word)
	for _, symbol := range s.symbols {
		if symbol.id >= 0 {
			s.ids = append(s.ids, symbol.id)
		}
	}
	m.cache.put(word, s.ids[first:])
}

// join merges the word's tokens and leaves them in s.symbols.
func (m *bpe) join(s *scratch, word []byte) {
	m.spell(s, word)
	s.merges = s.merges[:0]
	for i := 0; i+1 < len(s.symbols); i++ {
		m.offer(s, int32(i))
	}
	for len(s.merges) > 0 {
		rank, left := s.merges.pop()
		l := &s.symbols[left]
		if l.id < 0 || l.next < 0 {
			continue
		}
		r := &s.symbols[l.next]
		found, ok := m.merges[pairKey(l.id, r.id)]
		if !ok || found.rank != rank { // one symbol of the pair has been merged since
			continue
		}
		l.id, l.next = found.id, r.next
		r.id = -1
		if l.next >= 0 {
			s.symbols[l.next].prev = left
			m.offer(s, left)
		}
		if l.prev >= 0 {
			m.offer(s, l.prev)
		}
	}
}

// spell writes the word's bytes as symbols.
func (m *bpe) spell(s *scratch, word []byte) {
	s.symbols = s.symbols[:0]
	fusing := false
	for _, b := range word {
		id := m.bytes[b]
		missing := id < 0
		if missing && (m.unknown < 0 || fusing) {
			continue
		}
		if missing {
			id = m.unknown
		}
		fusing = missing && m.fuse
		at := int32(len(s.symbols))
		s.symbols = append(s.symbols, symbol{id, at - 1, at + 1})
	}
	if last := len(s.symbols) - 1; last >= 0 {
		s.symbols[last].next = -1
	}
}

// offer queues the merge of a symbol with the next one, if there is such a merge.
func (m *bpe) offer(s *scratch, left int32) {
	l := s.symbols[left]
	if found, ok := m.merges[pairKey(l.id, s.symbols[l.next].id)]; ok {
		s.merges.push(found.rank, left)
	}
}

func (m *bpe) tokenID(token string) (int32, bool) {
	id, ok := m.ids[token]
	return id, ok
}

func (m *bpe) vocabSize() int { return len(m.ids) }

func (m *bpe) maxID() int32 { return m.largest }
