// Package model holds the networks: encoders, heads, the bi-encoder and the sentence filter, computed with libtorch.
// It does not read text, choose batches or train. Parameters carry their Hugging Face names.
//
// Letters at the end of a tensor's name give its shape: B sequences, T padded time, N packed tokens (no padding), H
// hidden size, S skills, D embedding size.
package model

import (
	"errors"
	"fmt"
	"slices"

	"skillspace/internal/libtorch"
)

// Batch is a batch of token sequences in packed form: the tokens of all sequences one after another, without padding.
type Batch struct {
	ids     []int64 // N
	lengths []int   // B
	longest int
	own     []int // B: number of each sequence's first tokens, which pooling reads; nil for all
}

// NewBatch packs sequences of token ids, each with at least one token.
func NewBatch(sequences [][]int32) (*Batch, error) {
	b := &Batch{lengths: make([]int, len(sequences))}
	if len(sequences) == 0 {
		return nil, errors.New("a batch needs at least one sequence")
	}
	for i, sequence := range sequences {
		if len(sequence) == 0 {
			return nil, errors.New("a batch's sequence is empty")
		}
		b.lengths[i] = len(sequence)
		b.longest = max(b.longest, len(sequence))
		for _, id := range sequence {
			b.ids = append(b.ids, int64(id))
		}
	}
	return b, nil
}

// NewBatchInContext is [NewBatch] of sequences that end in context: the first own[i] tokens of sequence i are the text
// itself. Attention sees all tokens, pooling only the text's.
func NewBatchInContext(sequences [][]int32, own []int) (*Batch, error) {
	b, err := NewBatch(sequences)
	if err != nil {
		return nil, err
	}
	if len(own) != len(sequences) {
		return nil, fmt.Errorf("a batch of %d sequences has %d lengths without context", len(sequences), len(own))
	}
	for i, n := range own {
		if n < 1 || n > len(sequences[i]) {
			return nil, fmt.Errorf("a batch's sequence of %d tokens has %d of its own", len(sequences[i]), n)
		}
	}
	if !slices.Equal(own, b.lengths) {
		b.own = own
	}
	return b, nil
}

// join returns one batch with the sequences of two batches.
func join(a, b *Batch) *Batch {
	joined := &Batch{ids: slices.Concat(a.ids, b.ids), lengths: slices.Concat(a.lengths, b.lengths), longest: max(a.longest, b.longest)}
	if a.own != nil || b.own != nil {
		joined.own = slices.Concat(a.ownLengths(), b.ownLengths())
	}
	return joined
}

func (b *Batch) ownLengths() []int {
	if b.own == nil {
		return b.lengths
	}
	return b.own
}

// Size returns the number of sequences B.
func (b *Batch) Size() int { return len(b.lengths) }

// Tokens returns the number of tokens N.
func (b *Batch) Tokens() int { return len(b.ids) }

// layout holds a batch's index tensors on the device. Every forward pass of the batch shares them.
type layout struct {
	scope        *libtorch.Scope // of the tensors
	device       libtorch.Device
	precision    libtorch.DType // of the large matrix products
	lengths      []int
	size, tokens int64
	ids          libtorch.Tensor // [N] Int64
	offsets      libtorch.Tensor // [B+1] Int64: packed row of each sequence's first token, and N
	own          *ownTokens      // the tokens that pooling reads; nil for all
	padding      *padding        // made on first use
	composed     bool            // every layer and pooling is composed of libtorch's operations, as on CUDA
}

// ownTokens are a batch's tokens without context.
type ownTokens struct {
	rowsM  libtorch.Tensor // [M] Int64: their packed rows
	layout *layout         // of these M alone, without ids
}

// layout builds the index tensors in scope s, for a pass that multiplies in precision.
func (b *Batch) layout(s *libtorch.Scope, device libtorch.Device, precision libtorch.DType) *layout {
	l := layoutOf(s, b.lengths, device, precision)
	l.ids = s.ToDevice(s.Int64s(b.ids, l.tokens), device)
	if b.own == nil {
		return l
	}
	var rows []int64
	first := 0
	for i, length := range b.lengths {
		for k := range b.own[i] {
			rows = append(rows, int64(first+k))
		}
		first += length
	}
	l.own = &ownTokens{rowsM: s.ToDevice(s.Int64s(rows, int64(len(rows))), device), layout: layoutOf(s, b.own, device, precision)}
	return l
}

// layoutOf is the layout, without ids, of sequences of these lengths.
func layoutOf(s *libtorch.Scope, lengths []int, device libtorch.Device, precision libtorch.DType) *layout {
	offsets := make([]int64, len(lengths)+1)
	for i, length := range lengths {
		offsets[i+1] = offsets[i] + int64(length)
	}
	size := int64(len(lengths))
	return &layout{
		scope: s, device: device, precision: precision, lengths: lengths, size: size, tokens: offsets[size],
		offsets: s.ToDevice(s.Int64s(offsets, size+1), device), composed: device.IsCUDA(),
	}
}

// blocks returns the index tensors of the padded blocks.
func (l *layout) blocks() *padding {
	if l.padding == nil {
		l.padding = newPadding(l.scope, l.lengths, l.device)
	}
	return l.padding
}
