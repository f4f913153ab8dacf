package model

import (
	"errors"

	"skillspace/internal/libtorch"
)

// maskValue is added to attention scores at padding: far below any score, yet finite in bfloat16.
const maskValue = -1e30

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

// Size returns the number of sequences B.
func (b *Batch) Size() int { return len(b.lengths) }

// Tokens returns the number of tokens N.
func (b *Batch) Tokens() int { return len(b.ids) }

// layout holds a batch's index tensors on the device. Every forward pass of the batch shares them.
type layout struct {
	size, tokens, longest int64
	ids                   libtorch.Tensor // [N] Int64
	positions             libtorch.Tensor // [N] Int64, 0-based within the sequence
	padded                libtorch.Tensor // [B, T] Int64: packed row of each place, 0 at padding
	steps                 libtorch.Tensor // [T, B] Int64: padded, time first
	reversed              libtorch.Tensor // [T, B] Int64: the same with each sequence reversed within its length
	packed                libtorch.Tensor // [N] Int64: place b·T+t of each token
	packedSteps           libtorch.Tensor // [N] Int64: place t·B+b of each token
	packedReversed        libtorch.Tensor // [N] Int64: its place in reversed
	first                 libtorch.Tensor // [B] Int64: packed row of each first token
	offsets               libtorch.Tensor // [B+1] Int64: the same, and N
	mask                  libtorch.Tensor // [B, T] Float32: 0 at tokens, maskValue at padding
	mean                  libtorch.Tensor // [B, T] Float32: 1/length at tokens, 0 at padding
}

// layout builds the index tensors in scope s.
func (b *Batch) layout(s *libtorch.Scope, device libtorch.Device) layout {
	size, longest := len(b.lengths), b.longest
	n := len(b.ids)
	positions, packed, packedSteps, packedReversed := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	padded, steps, reversed := make([]int64, size*longest), make([]int64, size*longest), make([]int64, size*longest)
	mask, mean := make([]float32, size*longest), make([]float32, size*longest)
	offsets := make([]int64, size+1)
	row := 0
	for i, length := range b.lengths {
		offsets[i] = int64(row)
		for t := range longest {
			place := i*longest + t
			if t >= length {
				mask[place] = maskValue
				continue
			}
			step, mirror := t*size+i, (length-1-t)*size+i
			padded[place], steps[step], reversed[mirror] = int64(row), int64(row), int64(row)
			packed[row], packedSteps[row], packedReversed[row] = int64(place), int64(step), int64(mirror)
			positions[row] = int64(t)
			mean[place] = 1 / float32(length)
			row++
		}
	}
	offsets[size] = int64(n)
	bt, tb := []int64{int64(size), int64(longest)}, []int64{int64(longest), int64(size)}
	ints := func(values []int64, shape ...int64) libtorch.Tensor {
		return s.ToDevice(s.Int64s(values, shape...), device)
	}
	floats := func(values []float32) libtorch.Tensor { return s.ToDevice(s.Float32s(values, bt...), device) }
	return layout{
		size: int64(size), tokens: int64(n), longest: int64(longest),
		ids: ints(b.ids, int64(n)), positions: ints(positions, int64(n)),
		padded: ints(padded, bt...), steps: ints(steps, tb...), reversed: ints(reversed, tb...),
		packed: ints(packed, int64(n)), packedSteps: ints(packedSteps, int64(n)), packedReversed: ints(packedReversed, int64(n)),
		first: ints(offsets[:size], int64(size)), offsets: ints(offsets, int64(size)+1), mask: floats(mask), mean: floats(mean),
	}
}
