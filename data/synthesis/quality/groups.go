package quality

import (
	"maps"
	"math/rand/v2"
	"slices"
)

// LeastOfGroup is the minimum number of sampled sentences of a Level-2 group: one for each fold of the probe.
const LeastOfGroup = folds

// Level restricts both corpora to the Level-2 groups of which both have enough sentences, and to equally many
// sentences of each group. Otherwise the figures would not compare: a probe does better with 2 groups than with
// 50, and with more training sentences. Level returns the number of these groups. Below two, Discriminability
// leaves out the measures that need groups.
func Level(a, b *Corpus) (groups int) {
	first, second := sizes(a.named()), sizes(b.named())
	quota := map[int]int{}
	for group, n := range first {
		if n = min(n, second[group]); n >= LeastOfGroup {
			quota[group] = n
		}
	}
	a.quota, b.quota = quota, quota
	return len(quota)
}

func sizes(named []Sampled) map[int]int {
	count := map[int]int{}
	for _, s := range named {
		if s.Group >= 0 {
			count[s.Group]++
		}
	}
	return count
}

// groups numbers the measured Level-2 groups in the taxonomy's order. Sentences that are left out have -1.
func (c *Corpus) groups(named []Sampled) (members []int, classes int) {
	left := c.quota
	if left == nil {
		left = sizes(named)
		maps.DeleteFunc(left, func(_, n int) bool { return n < LeastOfGroup })
	}
	left = maps.Clone(left)
	number := map[int]int{}
	for _, group := range slices.Sorted(maps.Keys(left)) {
		number[group] = len(number)
	}
	members = make([]int, len(named))
	for _, i := range rand.New(rand.NewPCG(uint64(len(named)), 0x91075)).Perm(len(named)) { // a file may be sorted
		if group := named[i].Group; left[group] > 0 {
			members[i], left[group] = number[group], left[group]-1
		} else {
			members[i] = -1
		}
	}
	return members, len(number)
}
