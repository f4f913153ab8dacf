package embedding

import (
	"context"
	"encoding/binary"
	"slices"

	"skillspace/internal/libtorch"
	"skillspace/model"
)

// tokenBudget bounds the tokens of one forward pass, and with them its memory.
const tokenBudget = 4096

// paddedBudget bounds the places of the padded blocks that attention works on outside of the CPU, whatever the mix of
// lengths.
const paddedBudget = 4 * tokenBudget

// forward runs a pass without gradients in a scope of its own and returns its result's values.
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

// forEachBatch calls use with batches of token sequences. A batch holds sequences of similar length, so that there is
// little padding, and equal sequences once: ads repeat their employers' sentences. own, which may be nil, says how many
// tokens of each sequence are the text's own. use gets, for each row of a batch, the indices of the sequences that the
// row stands for.
func forEachBatch(ctx context.Context, ids [][]int32, own []int, use func(b *model.Batch, texts [][]int) error) error {
	order := deduplicate(ids, own)
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

// deduplicate groups the indices of equal sequences, in the order of their first occurrence.
func deduplicate(ids [][]int32, own []int) [][]int {
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
		group, seen := at[string(key)]
		if !seen {
			group = len(groups)
			at[string(key)], groups = group, append(groups, nil)
		}
		groups[group] = append(groups[group], i)
	}
	return groups
}

// newBatch packs the first sequence of each group.
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
