package synthesis

import (
	"math"
	"slices"
	"sort"
)

// groupAttempts is the number of draws by weight. After them, any group with a skill below its coverage is taken.
const groupAttempts = 64

// groupWeights draws Level-2 groups by weight, and the skills of a group in shuffled rounds. Skills without a group form
// group -1.
type groupWeights struct {
	s       *sampler
	list    []int         // groups, ascending
	upTo    []float64     // sum of the weights up to and with each
	lacking map[int]int   // members below coverage, by group
	rounds  map[int][]int // what is left of each group's round
}

// newGroupWeights computes the weights of a sampler's groups. No skill has reached its coverage yet.
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
	power := 0.0 // all groups have equal weight
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

// draw returns a group with a skill that may be drawn. In rare cases it finds none, when few such groups are left.
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

// turn returns the next skill of the group.
func (g *groupWeights) turn(group int) int {
	round := g.rounds[group]
	skill := g.s.turn(&round, g.s.members[group])
	g.rounds[group] = round
	return skill
}

// covered records that a skill of these groups has reached its coverage.
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
