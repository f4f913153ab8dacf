package summary

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// breakdown counts ads by the values of one column.
type breakdown struct {
	ads    map[int32]int // value -> ads
	skills cells
	groups cells
}

// cells hold the number of ads by value and item.
type cells map[uint64]uint32

func cell(value, item int32) uint64 { return uint64(value)<<32 | uint64(item) }

func newBreakdown() *breakdown {
	return &breakdown{ads: map[int32]int{}, skills: cells{}, groups: cells{}}
}

func (b *breakdown) add(value int32, skills, groups []int32) {
	b.ads[value]++
	for _, s := range skills {
		b.skills[cell(value, s)]++
	}
	for _, g := range groups {
		b.groups[cell(value, g)]++
	}
}

// cellCount is the number of ads with an item.
type cellCount struct {
	item int32
	ads  uint32
}

// byValue groups cells by value, the most frequent items first.
func (c cells) byValue() map[int32][]cellCount {
	all := map[int32][]cellCount{}
	for key, ads := range c {
		value := int32(key >> 32)
		all[value] = append(all[value], cellCount{int32(uint32(key)), ads})
	}
	for _, counts := range all {
		slices.SortFunc(counts, func(a, b cellCount) int { return cmp.Or(cmp.Compare(b.ads, a.ads), cmp.Compare(a.item, b.item)) })
	}
	return all
}

// byText returns the values that have ads, in the order of their texts.
func byText(ads map[int32]int, texts []string) []int32 {
	return slices.SortedFunc(maps.Keys(ads), func(a, b int32) int { return strings.Compare(texts[a], texts[b]) })
}
