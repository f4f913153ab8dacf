// Package tokenize turns text into the token ids that a pretrained encoder expects, identical to Hugging Face tokenizers.
// It holds the tokenizers' loading and encoding; it does not hold batching, padding masks or decoding.
package tokenize

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"
)

// Tokenizer encodes text for one pretrained model. It does not change after Load and is safe for concurrent use.
type Tokenizer struct {
	raw        *matcher     // added tokens that are looked for in the text as it is
	normalizer normalizer   // nil: the text stays as it is
	normalized *matcher     // added tokens that are looked for in the normalised text
	splitter   preTokenizer // cuts the normalised text into words
	model      model        // cuts a word into tokens

	prefix, suffix []int32 // the special tokens around every text
	padID          int32
	size           int
	files          []string
}

// normalizer rewrites text before it is cut into words.
type normalizer interface {
	appendNormalized(dst []byte, text string) []byte
}

// preTokenizer cuts text into words, and stops early when the callback returns false.
type preTokenizer interface {
	split(s *scratch, text []byte, word func(word []byte) bool)
}

// model cuts a word into tokens, whose ids it appends to those of scratch: WordPiece, Unigram or byte-level BPE.
type model interface {
	appendIDs(s *scratch, word []byte)
	tokenID(token string) (int32, bool)
	vocabSize() int // number of tokens
	maxID() int32   // the largest id; ids may have gaps
}

// noLimit is the number of tokens that no text reaches.
const noLimit = int(^uint(0) >> 1)

// scratch holds the buffers of one Encode.
type scratch struct {
	ids        []int32
	normalized []byte
	marked     []byte     // a pre-tokenizer's rewritten text
	path       []pathNode // Unigram's
	symbols    []symbol   // BPE's
	merges     mergeQueue // BPE's
}

// small says whether the buffers may be kept between calls, so that one huge text does not hold its memory for ever.
func (s *scratch) small() bool {
	return max(cap(s.ids), cap(s.normalized), cap(s.marked), cap(s.path), cap(s.symbols), cap(s.merges)) <= maxPooled
}

var scratchPool = sync.Pool{New: func() any { return new(scratch) }}

// maxPooled bounds the elements of the buffers kept between calls.
const maxPooled = 1 << 20

// Encode returns the ids of text's tokens between the model's special tokens. With maxLength above 0 the result is cut
// to at most maxLength ids: tokens are dropped at the end and the special tokens stay, as Hugging Face truncates. A
// maxLength below the number of special tokens yields the special tokens alone (there tokenizers 0.15.2 does not
// truncate at all). Bytes that are not UTF-8 count as U+FFFD.
func (t *Tokenizer) Encode(text string, maxLength int) []int32 {
	limit := noLimit
	if maxLength > 0 {
		limit = max(0, maxLength-len(t.prefix)-len(t.suffix))
	}
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	s := scratchPool.Get().(*scratch)
	s.ids = append(s.ids[:0], t.prefix...)
	t.encodeText(s, text, limit)
	s.ids = s.ids[:min(len(s.ids), addLimit(len(t.prefix), limit))]
	s.ids = append(s.ids, t.suffix...)
	ids := slices.Clone(s.ids)
	if s.small() {
		scratchPool.Put(s)
	}
	return ids
}

// encodeText appends the tokens of text to s.ids; it may stop once there are limit tokens after the prefix.
func (t *Tokenizer) encodeText(s *scratch, text string, limit int) {
	full := addLimit(len(t.prefix), limit)
	splitAtTokens(t.raw, text, func(piece string, id int32) bool {
		if id >= 0 {
			s.ids = append(s.ids, id)
			return len(s.ids) < full
		}
		t.encodePiece(s, piece, full)
		return len(s.ids) < full
	})
}

// encodePiece appends the tokens of a piece of text that holds no raw added token.
func (t *Tokenizer) encodePiece(s *scratch, piece string, full int) {
	if t.normalizer == nil {
		s.normalized = append(s.normalized[:0], piece...)
	} else {
		s.normalized = t.normalizer.appendNormalized(s.normalized[:0], piece)
	}
	word := func(word []byte) bool {
		t.model.appendIDs(s, word)
		return len(s.ids) < full
	}
	if t.normalized.empty() {
		t.splitter.split(s, s.normalized, word)
		return
	}
	splitAtTokens(t.normalized, s.normalized, func(piece []byte, id int32) bool {
		if id >= 0 {
			s.ids = append(s.ids, id)
		} else {
			t.splitter.split(s, piece, word)
		}
		return len(s.ids) < full
	})
}

// addLimit adds without overflow.
func addLimit(n, limit int) int {
	if limit > noLimit-n {
		return noLimit
	}
	return n + limit
}

// EncodeBatch encodes every text as Encode does, on as many threads as GOMAXPROCS allows. It returns the context's
// error when that is done before the batch.
func (t *Tokenizer) EncodeBatch(ctx context.Context, texts []string, maxLength int) ([][]int32, error) {
	out := make([][]int32, len(texts))
	workers := min(runtime.GOMAXPROCS(0), len(texts))
	var group errgroup.Group
	for w := range workers {
		// Neighbours have like lengths in sorted corpora, so every worker takes each workers-th text.
		group.Go(func() error {
			for i := w; i < len(texts); i += workers {
				if err := ctx.Err(); err != nil {
					return err
				}
				out[i] = t.Encode(texts[i], maxLength)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return out, nil
}

// PadID is the id that fills a batch's short rows.
func (t *Tokenizer) PadID() int32 { return t.padID }

// VocabSize is the number of rows that an embedding needs to hold every id: the largest id plus one.
func (t *Tokenizer) VocabSize() int { return t.size }

// TokenID returns the id of a token as the vocabulary spells it ("[MASK]", "##ing"), and whether there is one.
func (t *Tokenizer) TokenID(token string) (int32, bool) {
	for _, m := range []*matcher{t.raw, t.normalized} {
		if id, ok := m.contentID(token); ok {
			return id, true
		}
	}
	return t.model.tokenID(token)
}

// Files lists the files that Load read, to be copied into a checkpoint folder, where Load finds them again.
func (t *Tokenizer) Files() []string { return slices.Clone(t.files) }
