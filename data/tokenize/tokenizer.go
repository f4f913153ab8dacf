// Package tokenize turns text into the token ids that a pretrained encoder expects, identical to Hugging Face tokenizers.
// It loads tokenizers and encodes text. It does not batch, make padding masks or decode.
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

// Tokenizer encodes text for one pretrained model. It is immutable after Load and safe for concurrent use.
type Tokenizer struct {
	raw        *matcher     // added tokens that are searched for in the original text
	normalizer normalizer   // nil leaves the text unchanged
	normalized *matcher     // added tokens that are searched for in the normalised text
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

// preTokenizer splits text into words. It stops early when the callback returns false.
type preTokenizer interface {
	split(s *scratch, text []byte, word func(word []byte) bool)
}

// model splits a word into tokens and appends their ids to those of scratch. The models are WordPiece, Unigram
// and byte-level BPE.
type model interface {
	appendIDs(s *scratch, word []byte)
	tokenID(token string) (int32, bool)
	vocabSize() int // number of tokens
	maxID() int32   // the largest id; ids may have gaps
}

// noLimit is more tokens than any text has.
const noLimit = int(^uint(0) >> 1)

// scratch holds the buffers of one Encode.
type scratch struct {
	ids        []int32
	normalized []byte
	marked     []byte     // text rewritten by a pre-tokenizer
	path       []pathNode // of Unigram
	symbols    []symbol   // of BPE
	merges     mergeQueue // of BPE
}

// small reports whether the buffers may be kept between calls. Otherwise one huge text would hold its memory for
// ever.
func (s *scratch) small() bool {
	return max(cap(s.ids), cap(s.normalized), cap(s.marked), cap(s.path), cap(s.symbols), cap(s.merges)) <= maxPooled
}

var scratchPool = sync.Pool{New: func() any { return new(scratch) }}

// maxPooled bounds the elements of the buffers kept between calls.
const maxPooled = 1 << 20

// Encode returns the ids of text's tokens between the model's special tokens. A maxLength above 0 limits the
// number of ids. As in Hugging Face's truncation, tokens are dropped at the end and the special tokens stay. If
// maxLength is below the number of special tokens, only the special tokens remain (tokenizers 0.15.2 does not
// truncate at all in this case). Bytes that are not UTF-8 count as U+FFFD.
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

// encodeText appends the tokens of text to s.ids. It may stop after limit tokens beyond the prefix.
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

// encodePiece appends the tokens of a piece of text without raw added tokens.
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

// EncodeBatch encodes every text as Encode does, on up to GOMAXPROCS threads. If ctx is done before the batch, it
// returns the context's error.
func (t *Tokenizer) EncodeBatch(ctx context.Context, texts []string, maxLength int) ([][]int32, error) {
	out := make([][]int32, len(texts))
	workers := min(runtime.GOMAXPROCS(0), len(texts))
	var group errgroup.Group
	for w := range workers {
		// Neighbours in sorted corpora have similar lengths, so each worker takes every workers-th text.
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

// PadID is the id that pads short rows of a batch.
func (t *Tokenizer) PadID() int32 { return t.padID }

// VocabSize is the number of rows an embedding needs for all ids: the largest id plus one.
func (t *Tokenizer) VocabSize() int { return t.size }

// TokenID returns the id of a token by the vocabulary's spelling ("[MASK]", "##ing"), and whether it exists.
func (t *Tokenizer) TokenID(token string) (int32, bool) {
	for _, m := range []*matcher{t.raw, t.normalized} {
		if id, ok := m.contentID(token); ok {
			return id, true
		}
	}
	return t.model.tokenID(token)
}

// Files lists the files that Load read. A checkpoint holds copies of them, and Load can read those copies.
func (t *Tokenizer) Files() []string { return slices.Clone(t.files) }
