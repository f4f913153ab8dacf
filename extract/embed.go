// Package extract turns ads into skills: it embeds texts, indexes the taxonomy, filters sentences and ranks skills.
// It is what extract-skills, evaluate and serve share; it does not train and prints nothing.
package extract

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"skillspace/data/tokenize"
	"skillspace/internal/libtorch"
	"skillspace/model"
)

// tokenBudget bounds the tokens of one forward pass, which bounds its memory.
const tokenBudget = 4096

// paddedBudget bounds the places of the padded blocks that attention works on outside of the CPU, whatever the mix of lengths.
const paddedBudget = 4 * tokenBudget

// MemoryAdvice names what the memory of embedding and ranking depends on, for [libtorch.Advise]: these settings are those of every
// command that loads a model to use it.
const MemoryAdvice = "set device: cpu, or views: label for a smaller index of skills"

// Vectors is a matrix of embeddings, row-major: one unit vector of Dimension a text.
type Vectors struct {
	Dimension int
	Data      []float32
}

// Len returns the number of rows.
func (v Vectors) Len() int { return len(v.Data) / max(v.Dimension, 1) }

// Row returns row i, which shares v's memory.
func (v Vectors) Row(i int) []float32 { return v.Data[i*v.Dimension : (i+1)*v.Dimension] }

// Embedder turns texts into unit vectors with one tower.
type Embedder struct {
	Tower     *model.Tower
	Tokenizer *tokenize.Tokenizer
	Prefix    string // put before every text
	MaxLength int    // tokens
	Precision libtorch.DType
}

// Embed returns one vector a text, in order. Texts of like length share a pass. progress, which may be nil, is told of
// every pass's number of texts. It stops between passes when ctx is cancelled.
func (e *Embedder) Embed(ctx context.Context, texts []string, progress func(n int)) (Vectors, error) {
	ids, err := e.Tokens(ctx, texts)
	if err != nil {
		return Vectors{}, fmt.Errorf("embed: %w", err)
	}
	return e.EmbedTokens(ctx, ids, progress)
}

// Tokens returns the texts as the tower reads them, special tokens and prefix included. It is safe for concurrent use.
func (e *Embedder) Tokens(ctx context.Context, texts []string) ([][]int32, error) {
	return encode(ctx, e.Tokenizer, e.Prefix, e.MaxLength, texts)
}

// EmbedTokens is [Embedder.Embed] of texts that are tokens already.
func (e *Embedder) EmbedTokens(ctx context.Context, ids [][]int32, progress func(n int)) (Vectors, error) {
	d := int(e.Tower.Dimension())
	out := Vectors{Dimension: d, Data: make([]float32, len(ids)*d)}
	err := forEachBatch(ctx, ids, nil, func(b *model.Batch, texts [][]int) error {
		rows, err := forward(b, func(s *libtorch.Scope, b *model.Batch) libtorch.Tensor {
			return e.Tower.Embed(s, b, e.Precision, false)
		})
		if err != nil {
			return err
		}
		done := 0
		for row, alike := range texts {
			for _, i := range alike {
				copy(out.Row(i), rows[row*d:(row+1)*d])
			}
			done += len(alike)
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

// forward runs a pass without gradients in a scope of its own and reads its result.
func forward(b *model.Batch, f func(s *libtorch.Scope, b *model.Batch) libtorch.Tensor) (values []float32, err error) {
	err = libtorch.Do(func(s *libtorch.Scope) error {
		libtorch.NoGrad(func() {
			result := f(s, b)
			if s.Err() == nil {
				values, err = result.Float32s()
			}
		})
		return err
	})
	return values, err
}

// encode tokenises texts, each with prefix before it.
func encode(ctx context.Context, t *tokenize.Tokenizer, prefix string, maxLength int, texts []string) ([][]int32, error) {
	if prefix != "" {
		prefixed := make([]string, len(texts))
		for i, text := range texts {
			prefixed[i] = prefix + text
		}
		texts = prefixed
	}
	return t.EncodeBatch(ctx, texts, maxLength)
}

// forEachBatch computes on token sequences in batches of like length, so that little is padding where there is any, and on equal ones once: ads repeat
// their employers' sentences. own, where it is not nil, says how many tokens of each are the text's own. use gets, for each row of a batch, the indices of
// the sequences that it stands for.
func forEachBatch(ctx context.Context, ids [][]int32, own []int, use func(b *model.Batch, texts [][]int) error) error {
	order := alike(ids, own)
	slices.SortStableFunc(order, func(a, b []int) int { return len(ids[a[0]]) - len(ids[b[0]]) })
	for len(order) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, tokens := 1, len(ids[order[0][0]])
		for n < len(order) {
			longest := len(ids[order[n][0]]) // order ascends
			if tokens+longest > tokenBudget || (n+1)*longest > paddedBudget {
				break
			}
			tokens += longest
			n++
		}
		b, err := newBatch(ids, own, order[:n])
		if err != nil {
			return err
		}
		if err := use(b, order[:n]); err != nil {
			return err
		}
		order = order[n:]
	}
	return nil
}

// alike groups the indices of equal sequences, in the order in which each is first met.
func alike(ids [][]int32, own []int) [][]int {
	groups := make([][]int, 0, len(ids))
	at := make(map[string]int, len(ids))
	var key []byte
	for i, sequence := range ids {
		key = key[:0]
		if own != nil {
			key = binary.LittleEndian.AppendUint32(key, uint32(own[i]))
		}
		for _, id := range sequence {
			key = binary.LittleEndian.AppendUint32(key, uint32(id))
		}
		group, met := at[string(key)]
		if !met {
			group = len(groups)
			at[string(key)], groups = group, append(groups, nil)
		}
		groups[group] = append(groups[group], i)
	}
	return groups
}

// newBatch packs the first of each group of sequences.
func newBatch(ids [][]int32, own []int, groups [][]int) (*model.Batch, error) {
	sequences := make([][]int32, len(groups))
	for row, group := range groups {
		sequences[row] = ids[group[0]]
	}
	if own == nil {
		return model.NewBatch(sequences)
	}
	ownRows := make([]int, len(groups))
	for row, group := range groups {
		ownRows[row] = own[group[0]]
	}
	return model.NewBatchInContext(sequences, ownRows)
}
