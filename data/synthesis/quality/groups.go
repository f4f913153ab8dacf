package quality

import (
	"maps"
	"math/rand/v2"
	"slices"
)

// LeastOfGroup is how many sentences of a Level-2 group the sample must hold, for the group to count: one for each fold of the probe.
const LeastOfGroup = folds

// Level has both corpora judged on the Level-2 groups that both have enough sentences of, and on equally many sentences of each: a probe
// that tells 2 groups apart does better than one that tells 50, and one that learnt from many sentences better than one that learnt from
// few, whatever the corpora are like. It returns the number of these groups; below two, Discriminability leaves out what needs them.
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

// groups numbers the Level-2 groups that are measured, in the taxonomy's order; -1 stands for sentences that are left out.
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
