// Package batch decides which examples share a training step: shuffled by seed and epoch, grouped by length in a window.
// It works on indices and token counts only. Package model makes the tensors.
package batch

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// Rules choose how batches are cut.
type Rules struct {
	Size   int    // examples a batch
	Tokens int    // when positive, a batch ends before its tokens exceed this; a longer single example forms a batch of its own
	Window int    // shuffled examples are sorted by length within windows of this many batches; 1 or less turns grouping off
	Seed   uint64 // with the epoch it determines the order
}

// Plan returns the batches of one epoch as indices into lengths (token counts). Every example occurs once. Plan
// shuffles the examples, sorts windows of them by length to save padding, and shuffles the batches.
func Plan(lengths []int, epoch int, o Rules) ([][]int, error) {
	return plan(lengths, epoch, o, func(order []int) [][]int { return cut(order, lengths, o) })
}

// plan shuffles the examples, groups them by length, cuts them into batches and shuffles the batches.
func plan(lengths []int, epoch int, o Rules, cut func(order []int) [][]int) ([][]int, error) {
	if o.Size < 1 {
		return nil, fmt.Errorf("batch size %d is not positive", o.Size)
	}
	random := rand.New(rand.NewPCG(o.Seed, uint64(epoch)))
	order := random.Perm(len(lengths))
	if o.Window > 1 {
		for window := range slices.Chunk(order, o.Size*o.Window) {
			slices.SortStableFunc(window, func(a, b int) int { return lengths[a] - lengths[b] })
		}
	}
	batches := cut(order)
	random.Shuffle(len(batches), func(i, j int) { batches[i], batches[j] = batches[j], batches[i] })
	return batches, nil
}

func cut(order, lengths []int, o Rules) [][]int {
	var batches [][]int
	var current []int
	tokens := 0
	for _, example := range order {
		full := len(current) == o.Size || (o.Tokens > 0 && tokens+lengths[example] > o.Tokens)
		if full && len(current) > 0 {
			batches = append(batches, current)
			current, tokens = nil, 0
		}
		current = append(current, example)
		tokens += lengths[example]
	}
	if len(current) > 0 {
		batches = append(batches, current)
	}
	return batches
}
