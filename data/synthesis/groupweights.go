package synthesis

import (
	"math"
	"slices"
	"sort"
)

// Draws after which a group with a skill below its coverage is no longer looked for by weight.
const groupAttempts = 64

// groupWeights draws Level-2 groups by a weight, and skills of a group in shuffled rounds. The skills that lie in no group
// make up a group of their own, -1.
type groupWeights struct {
	s       *sampler
	list    []int         // groups, ascending
	upTo    []float64     // sum of the weights up to and with each
	lacking map[int]int   // members below coverage, by group
	rounds  map[int][]int // what is left of each group's round
}

// newGroupWeights weighs the groups of a sampler. Every skill lacks its coverage yet.
func newGroupWeights(s *sampler) *groupWeights {
	g := &groupWeights{s: s, lacking: make(map[int]int), rounds: make(map[int][]int)}
	for skill, groups := range s.level2 {
		if len(groups) == 0 {
			s.members[-1] = append(s.members[-1], skill)
		}
	}
	for group := range s.members {
		g.list = append(g.list, group)
	}
	slices.Sort(g.list)
	power := 0.0 // all alike
	if s.opts.Level2Weights == ByTemperature {
		power = 1 / s.opts.Level2Temperature
	}
	total := 0.0
	for _, group := range g.list {
		size := len(s.members[group])
		total += math.Pow(float64(size), power)
		g.upTo = append(g.upTo, total)
		g.lacking[group] = size
	}
	return g
}

// draw returns a group with a skill that may have a turn. It gives up, rarely, when few groups are left that have one.
func (g *groupWeights) draw() (group int, ok bool) {
	for range groupAttempts {
		at := g.s.rng.Float64() * g.upTo[len(g.upTo)-1]
		i := sort.Search(len(g.upTo)-1, func(i int) bool { return g.upTo[i] > at })
		if group := g.list[i]; g.s.short == 0 || g.lacking[group] > 0 {
			return group, true
		}
	}
	return 0, false
}

// turn returns the skill of the group whose turn it is.
func (g *groupWeights) turn(group int) int {
	round := g.rounds[group]
	skill := g.s.turn(&round, g.s.members[group])
	g.rounds[group] = round
	return skill
}

// covered notes that a skill of these groups has had its coverage.
func (g *groupWeights) covered(groups []int) {
	if g == nil {
		return
	}
	if len(groups) == 0 {
		groups = []int{-1}
	}
	for _, group := range groups {
		g.lacking[group]--
	}
}
