// Package embedding runs trained models over texts: a bi-encoder's towers give unit vectors, a sentence filter gives
// probabilities. It batches texts by length and computes equal texts once. It holds no index of skills and does not
// train.
package embedding

import (
	"context"
	"fmt"

	"skillspace/data/tokenize"
	"skillspace/internal/libtorch"
	"skillspace/model"
)

// MemoryAdvice names the settings that lower the memory of embedding and ranking, for [libtorch.Advise]. Every command
// that only uses a model has these settings.
const MemoryAdvice = "set device: cpu, or views: label for a smaller index of skills"

// Vectors is a row-major Float32 matrix [N, Dimension] of embeddings: one unit vector per text.
type Vectors struct {
	Dimension int
	Data      []float32
}

// Len returns the number of rows.
func (v Vectors) Len() int { return len(v.Data) / max(v.Dimension, 1) }

// Row returns row i, which shares v's memory.
func (v Vectors) Row(i int) []float32 { return v.Slice(i, i+1).Data }

// Slice returns rows from to to-1, which share v's memory.
func (v Vectors) Slice(from, to int) Vectors {
	return Vectors{v.Dimension, v.Data[from*v.Dimension : to*v.Dimension]}
}

// Check returns an error that names the first row that is not a vector of unit length or shorter.
func (v Vectors) Check() error {
	for i := range v.Len() {
		var squares float64
		for _, x := range v.Row(i) {
			squares += float64(x) * float64(x)
		}
		if !(squares < maxSquares) { // also where it is NaN
			return fmt.Errorf("vector %d is not of unit length: its squares sum to %v", i, squares)
		}
	}
	return nil
}

// maxSquares bounds the sum of the squares of a unit vector that was computed in 16 bits.
const maxSquares = 1.1

// Embedder turns texts into unit vectors with one tower. It is safe for concurrent use as long as its fields do not
// change.
type Embedder struct {
	Tower     *model.Tower
	Tokenizer *tokenize.Tokenizer
	Prefix    string         // put before every text
	MaxLength int            // of a text in tokens, prefix and special tokens included; the rest is cut off
	Precision libtorch.DType // of the forward passes
	Divided   *Divided       // counts the texts that [Embedder.EmbedWindows] divides; may be nil
}

// Close frees the tower's weights. Call it only on an embedder that alone uses its tower, as [LoadStock]'s does.
func (e *Embedder) Close() { e.Tower.Close() }

// Embed returns one vector per text, in the texts' order. progress may be nil; it gets the number of texts that
// each pass completes. Embed stops between passes when ctx is cancelled.
func (e *Embedder) Embed(ctx context.Context, texts []string, progress func(n int)) (Vectors, error) {
	ids, err := e.Tokens(ctx, texts)
	if err != nil {
		return Vectors{}, fmt.Errorf("embed: %w", err)
	}
	return e.EmbedTokens(ctx, ids, progress)
}

// Tokens returns each text's token ids, prefix and special tokens included. It needs no model, so it can run beside a
// forward pass.
func (e *Embedder) Tokens(ctx context.Context, texts []string) ([][]int32, error) {
	if e.Prefix != "" {
		prefixed := make([]string, len(texts))
		for i, text := range texts {
			prefixed[i] = e.Prefix + text
		}
		texts = prefixed
	}
	return e.Tokenizer.EncodeBatch(ctx, texts, e.MaxLength)
}

// Fits reports whether the model reads a text whole.
func (e *Embedder) Fits(text string) bool {
	return len(e.Tokenizer.Encode(e.Prefix+text, e.MaxLength+1)) <= e.MaxLength
}

// Whole is [Embedder.Fits] for a text with its tokens from [Embedder.Tokens], which are seldom counted again.
func (e *Embedder) Whole(text string, ids []int32) bool {
	return len(ids) < e.MaxLength || e.Fits(text)
}

// EmbedWindows is [Embedder.Embed] for texts that may be too long: such a text has a vector for each of its windows.
// of[i] is the text of vector i.
func (e *Embedder) EmbedWindows(ctx context.Context, texts []string) (v Vectors, of []int, err error) {
	ids, err := e.Tokens(ctx, texts)
	if err == nil {
		var windows []string
		windows, of = divide(texts, func(i int) bool { return e.Whole(texts[i], ids[i]) }, e.Fits, e.Divided)
		if len(windows) > len(texts) {
			ids, err = e.Tokens(ctx, windows)
		}
	}
	if err != nil {
		return Vectors{}, nil, fmt.Errorf("embed: %w", err)
	}
	v, err = e.EmbedTokens(ctx, ids, nil)
	return v, of, err
}

// EmbedTokens is [Embedder.Embed] for token ids from [Embedder.Tokens].
func (e *Embedder) EmbedTokens(ctx context.Context, ids [][]int32, progress func(n int)) (Vectors, error) {
	d := int(e.Tower.Dimension())
	out := Vectors{Dimension: d, Data: make([]float32, len(ids)*d)}
	err := forEachBatch(ctx, ids, nil, func(b *model.Batch, texts [][]int) error {
		rows, err := forward(b, func(s *libtorch.Scope, b *model.Batch) libtorch.Tensor {
			return e.Tower.Embed(s, b, e.Precision, false)
		})
		if err == nil {
			err = Vectors{d, rows}.Check()
		}
		if err != nil {
			return fmt.Errorf("the model's output cannot be used: %w", err)
		}
		done := 0
		for row, equal := range texts {
			for _, i := range equal {
				copy(out.Row(i), rows[row*d:(row+1)*d])
			}
			done += len(equal)
		}
		if progress != nil {
			progress(done)
		}
		return nil
	})
	if err != nil {
		return Vectors{}, fmt.Errorf("embed: %w", err)
	}
	return out, nil
}
