package model

import (
	"errors"
	"slices"

	"skillspace/internal/libtorch"
)

// Batch is a batch of token sequences in packed form: the tokens of all sequences one after another, without padding.
type Batch struct {
	ids     []int64 // N
	lengths []int   // B
	longest int
}

// NewBatch packs token id sequences, each with at least one token.
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

// join puts the sequences of two batches into one.
func join(a, b *Batch) *Batch {
	return &Batch{ids: slices.Concat(a.ids, b.ids), lengths: slices.Concat(a.lengths, b.lengths), longest: max(a.longest, b.longest)}
}

// Passes of at least fillFrom tokens are filled up to a multiple of fillTo. libtorch compiles its bfloat16 products for each
// number of tokens: a number that comes again costs up to 6% of tokens, a new one a tenth of a pass's time.
const fillFrom, fillTo = 2048, 128

// filled returns b, for a pass without gradients, with further sequences of padding tokens that fill it up.
func (b *Batch) filled() *Batch {
	missing := (fillTo - len(b.ids)%fillTo) % fillTo
	if len(b.ids) < fillFrom || missing == 0 {
		return b
	}
	ids, lengths := slices.Concat(b.ids, make([]int64, missing)), slices.Clone(b.lengths)
	for missing > 0 { // no longer than the batch's own: an encoder has a longest sequence
		lengths = append(lengths, min(missing, b.longest))
		missing -= lengths[len(lengths)-1]
	}
	return &Batch{ids: ids, lengths: lengths, longest: b.longest}
}

// Size returns the number of sequences B.
func (b *Batch) Size() int { return len(b.lengths) }

// Tokens returns the number of tokens N.
func (b *Batch) Tokens() int { return len(b.ids) }

// layout holds a batch's index tensors on the device. Every forward pass of the batch shares them.
type layout struct {
	size, tokens int64
	texts        int64           // of the size sequences those that were asked for; the others only fill the pass up
	precision    libtorch.DType  // of the large matrix products
	ids          libtorch.Tensor // [N] Int64
	offsets      libtorch.Tensor // [B+1] Int64: packed row of each sequence's first token, and N
	padding      *padding        // for what is composed of libtorch's operations; nil on the CPU
}

// layout builds the index tensors in scope s, for a pass that multiplies in precision.
func (b *Batch) layout(s *libtorch.Scope, device libtorch.Device, precision libtorch.DType) layout {
	offsets := make([]int64, len(b.lengths)+1)
	for i, length := range b.lengths {
		offsets[i+1] = offsets[i] + int64(length)
	}
	l := layout{
		size: int64(len(b.lengths)), tokens: int64(len(b.ids)), texts: int64(len(b.lengths)), precision: precision,
		ids:     s.ToDevice(s.Int64s(b.ids, int64(len(b.ids))), device),
		offsets: s.ToDevice(s.Int64s(offsets, int64(len(offsets))), device),
	}
	if device.IsCUDA() {
		l.padding = b.padding(s, device)
	}
	return l
}
