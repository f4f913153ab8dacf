package model

import (
	"slices"

	"skillspace/internal/libtorch"
)

// maskValue is added to attention scores at padding: far below any score, yet finite in bfloat16.
const maskValue = -1e30

// padding maps packed tokens to padded blocks and back, for operations that need blocks.
type padding struct {
	longest        int64           // T
	positions      libtorch.Tensor // [N] Int64, 0-based within the sequence
	padded         libtorch.Tensor // [B, T] Int64: packed row of each place, 0 at padding
	steps          libtorch.Tensor // [T, B] Int64: padded, time first
	reversed       libtorch.Tensor // [T, B] Int64: the same with each sequence reversed within its length
	packed         libtorch.Tensor // [N] Int64: place b·T+t of each token
	packedSteps    libtorch.Tensor // [N] Int64: place t·B+b of each token
	packedReversed libtorch.Tensor // [N] Int64: its place in reversed
	mask           libtorch.Tensor // [B, T] Float32: 0 at tokens, maskValue at padding
	mean           libtorch.Tensor // [B, T] Float32: 1/length at tokens, 0 at padding
}

// newPadding builds the index tensors of packed sequences in scope s.
func newPadding(s *libtorch.Scope, lengths []int, device libtorch.Device) *padding {
	size, longest, n := len(lengths), slices.Max(lengths), 0
	for _, length := range lengths {
		n += length
	}
	positions, packed, packedSteps, packedReversed := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	padded, steps, reversed := make([]int64, size*longest), make([]int64, size*longest), make([]int64, size*longest)
	mask, mean := make([]float32, size*longest), make([]float32, size*longest)
	row := 0
	for i, length := range lengths {
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
	bt, tb := []int64{int64(size), int64(longest)}, []int64{int64(longest), int64(size)}
	ints := func(values []int64, shape ...int64) libtorch.Tensor {
		return s.ToDevice(s.Int64s(values, shape...), device)
	}
	floats := func(values []float32) libtorch.Tensor { return s.ToDevice(s.Float32s(values, bt...), device) }
	return &padding{
		longest: int64(longest), positions: ints(positions, int64(n)),
		padded: ints(padded, bt...), steps: ints(steps, tb...), reversed: ints(reversed, tb...),
		packed: ints(packed, int64(n)), packedSteps: ints(packedSteps, int64(n)), packedReversed: ints(packedReversed, int64(n)),
		mask: floats(mask), mean: floats(mean),
	}
}
