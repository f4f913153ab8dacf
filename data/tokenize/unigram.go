package tokenize

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"unicode/utf8"
)

// unigram splits a word into the pieces with the highest sum of scores (Kudo, arXiv 1804.10959). A character that
// no piece covers counts as unknown.
type unigram struct {
	ids          map[string]int32
	scores       []float64 // log probability by id
	pieces       *trie
	unknown      int32
	unknownScore float64
	bytes        *[256]int32 // ids of the pieces <0x00> to <0xFF>, -1 for a missing one; nil turns byte fallback off
}

// unknownPenalty is the difference between the lowest score of a piece and the score of an unknown character.
const unknownPenalty = 10

// maxPiece bounds the bytes of a piece and so the work at each position. Real pieces have a few dozen bytes.
const maxPiece = 4096

// scoredPiece is a piece of the vocabulary. Its id is its index there.
type scoredPiece struct {
	text  string
	score float64
}

// newUnigram checks a vocabulary from a file and builds the model.
func newUnigram(vocab []scoredPiece, unknown int, byteFallback bool) (*unigram, error) {
	if len(vocab) > maxTokenID {
		return nil, fmt.Errorf("vocab: %d pieces, want at most %d", len(vocab), maxTokenID)
	}
	if unknown < 0 || unknown >= len(vocab) {
		return nil, fmt.Errorf("unk_id is %d, want the place of one of the %d pieces", unknown, len(vocab))
	}
	m := &unigram{ids: make(map[string]int32, len(vocab)), unknown: int32(unknown)}
	lowest := math.Inf(1)
	for id, piece := range vocab {
		if len(piece.text) > maxPiece {
			return nil, fmt.Errorf("vocab: piece %d has %d bytes, want at most %d", id, len(piece.text), maxPiece)
		}
		m.ids[piece.text] = int32(id) // the last of equal pieces wins
		m.scores = append(m.scores, piece.score)
		lowest = min(lowest, piece.score)
	}
	m.unknownScore = lowest - unknownPenalty
	if byteFallback {
		m.bytes = new([256]int32)
		for b := range m.bytes {
			m.bytes[b] = -1
			if id, ok := m.ids[fmt.Sprintf("<0x%02X>", b)]; ok {
				m.bytes[b] = id
			}
		}
	}
	m.buildTrie()
	return m, nil
}

func (m *unigram) buildTrie() {
	keys := slices.Sorted(maps.Keys(m.ids))
	if len(keys) > 0 && keys[0] == "" {
		keys = keys[1:] // an empty piece never matches
	}
	values := make([]int32, len(keys))
	for i, key := range keys {
		values[i] = m.ids[key]
	}
	m.pieces = newTrie(keys, values)
}

// pathNode is the best split of a word up to some byte.
type pathNode struct {
	score float64
	start int32 // start of the last piece; -1: no split yet
	id    int32 // id of the last piece
}

// offer replaces the split if the new one is better. Of equal ones the first stays.
func (n *pathNode) offer(score float64, start int, id int32) {
	if n.start < 0 || score > n.score {
		*n = pathNode{score, int32(start), id}
	}
}

// appendIDs appends the ids of the best pieces.
func (m *unigram) appendIDs(s *scratch, word []byte) {
	path := m.bestPath(s, word)
	first := len(s.ids)
	for end := len(word); end > 0; {
		start := int(path[end].start)
		if id := path[end].id; id != m.unknown {
			s.ids = append(s.ids, id)
		} else {
			for start > 0 && path[start].id == m.unknown {
				start = int(path[start].start)
			}
			s.ids = m.appendUnknown(s.ids, word[start:end])
		}
		end = start
	}
	slices.Reverse(s.ids[first:])
}

// bestPath finds the best pieces up to the end of every character (Viterbi).
func (m *unigram) bestPath(s *scratch, word []byte) []pathNode {
	path := slices.Grow(s.path[:0], len(word)+1)[:len(word)+1]
	s.path = path
	for i := range path {
		path[i] = pathNode{start: -1}
	}
	for start := 0; start < len(word); {
		width := 1
		if word[start] >= utf8.RuneSelf {
			_, width = utf8.DecodeRune(word[start:])
		}
		here, covered, node := path[start].score, false, int32(0)
		for end := start; end < len(word); {
			if node = m.pieces.child(node, word[end]); node == noChild {
				break
			}
			end++
			if id := m.pieces.value[node]; id >= 0 {
				path[end].offer(here+m.scores[id], start, id)
				covered = covered || end-start == width
			}
		}
		if !covered {
			path[start+width].offer(here+m.unknownScore, start, m.unknown)
		}
		start += width
	}
	return path
}

// appendUnknown appends the ids of a run of unknown characters, last first. They are the id of the piece that
// equals the run (only possible with unusual scores), the ids of its bytes, or the unknown id, once.
func (m *unigram) appendUnknown(ids []int32, run []byte) []int32 {
	if id, ok := m.ids[string(run)]; ok {
		return append(ids, id)
	}
	if m.bytes == nil {
		return append(ids, m.unknown)
	}
	first := len(ids)
	for _, b := range slices.Backward(run) {
		if m.bytes[b] < 0 {
			return append(ids[:first], m.unknown)
		}
		ids = append(ids, m.bytes[b])
	}
	return ids
}

func (m *unigram) tokenID(token string) (int32, bool) {
	id, ok := m.ids[token]
	return id, ok
}

func (m *unigram) vocabSize() int { return len(m.scores) }

func (m *unigram) maxID() int32 { return int32(len(m.scores) - 1) }
