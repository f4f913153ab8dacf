package synthesis

import (
	"math/rand/v2"
	"slices"

	"skillspace/data/synthesis/english"
	"skillspace/data/synthesis/template"
	"skillspace/data/taxonomy"
)

// Set holds the skills of one sentence.
type Set struct {
	Skills []int // indices into the taxonomy's skills; empty for a sentence that names none
	Group  int   // the Level-2 group that contains all of them, or -1
}

// sampler draws skill sets. It takes the skills in shuffled rounds. With groupWeights it first draws a Level-2 group and
// takes that group's skills in turn. The drawn skill gets partners from one Level-2 group (hierarchical pairing) or from
// the whole taxonomy. A skill in several groups is a member of each. If the skill is drawn before the group, one of its
// groups is drawn uniformly. Until every skill has reached its coverage, a skill that has reached it is not drawn and is
// no partner, unless the sentence would have fewer skills than the configured minimum.
type sampler struct {
	tax     *taxonomy.Taxonomy
	opts    Spec
	rng     *rand.Rand
	level2  [][]int       // by skill
	members map[int][]int // by Level-2 group
	counts  []int         // sentences of each skill
	short   int           // number of skills below coverage
	weights []int         // number of draws of each skill in a round
	round   []int         // the rest of the current round; skills are drawn from its end
	sizes   []float64     // relative frequency of MinSkills, MinSkills+1, ...
	groups  *groupWeights // nil if skills are drawn before groups
}

func newSampler(tax *taxonomy.Taxonomy, opts Spec, phrases english.Phrases, rng *rand.Rand) *sampler {
	skills := tax.Skills()
	s := &sampler{
		tax: tax, opts: opts, rng: rng,
		level2: make([][]int, len(skills)), members: make(map[int][]int),
		counts: make([]int, len(skills)), weights: make([]int, len(skills)),
	}
	if opts.Coverage > 0 {
		s.short = len(skills)
	}
	for i := range skills {
		s.level2[i] = tax.Level2(i)
		s.weights[i] = turns(&skills[i], phrases.Has(skills[i].PreferredLabel))
		for _, g := range s.level2[i] {
			s.members[g] = append(s.members[g], i)
		}
	}
	share := 1.0
	for range opts.MaxSkills - opts.MinSkills + 1 {
		s.sizes = append(s.sizes, share)
		share *= 0.55
	}
	if opts.Pairing == Hierarchical && opts.Level2Weights != "" && opts.Level2Weights != BySize {
		s.groups = newGroupWeights(s)
	}
	return s
}

// turns gives a skill more draws per round, after coverage is reached, if many ads ask for it. Those are the
// skills with embedded phrases and the skills of many occupations.
func turns(s *taxonomy.Skill, common bool) int {
	switch {
	case common:
		return 5
	case template.Personal(s):
		return 6
	case s.ReuseLevel == "cross-sector":
		return 2
	}
	return 1
}

// next draws the skills of one sentence.
func (s *sampler) next() Set {
	anchor, group := s.anchor()
	d := Set{Skills: []int{anchor}, Group: group}
	size := s.size()
	pool := s.members[d.Group]
	if s.opts.Pairing == Unconstrained {
		pool = nil // any skill
	} else if d.Group < 0 {
		size = 1 // a skill outside the hierarchy has no partners
	}
	for len(d.Skills) < size {
		partner, ok := s.partner(pool, d.Skills, len(d.Skills) < s.opts.MinSkills)
		if !ok {
			break
		}
		d.Skills = append(d.Skills, partner)
	}
	s.rng.Shuffle(len(d.Skills), func(i, j int) { d.Skills[i], d.Skills[j] = d.Skills[j], d.Skills[i] })
	for _, skill := range d.Skills {
		s.counts[skill]++
		if s.counts[skill] == s.opts.Coverage {
			s.short--
			s.groups.covered(s.level2[skill])
		}
	}
	if s.opts.Pairing == Unconstrained {
		d.Group = s.shared(d.Skills)
	}
	return d
}

// anchor returns the next skill and the Level-2 group of its partners, or -1 for any group.
func (s *sampler) anchor() (skill, group int) {
	if s.groups != nil {
		if group, ok := s.groups.draw(); ok {
			return s.groups.turn(group), group
		}
	}
	skill = s.turn(&s.round, nil)
	if groups := s.level2[skill]; len(groups) > 0 {
		return skill, groups[s.rng.IntN(len(groups))]
	}
	return skill, -1
}

// turn takes the next skill of the round that may be drawn. At its end a round begins again, with members or, if nil, all skills.
func (s *sampler) turn(round *[]int, members []int) int {
	for {
		if len(*round) == 0 {
			s.refill(round, members)
		}
		last := len(*round) - 1
		skill := (*round)[last]
		*round = (*round)[:last]
		if s.lacks(skill) {
			return skill
		}
	}
}

// lacks reports whether a skill may be drawn: it is below its coverage, or no skill is.
func (s *sampler) lacks(skill int) bool { return s.short == 0 || s.counts[skill] < s.opts.Coverage }

func (s *sampler) refill(round *[]int, members []int) {
	n := len(s.weights)
	if members != nil {
		n = len(members)
	}
	for i := range n {
		skill, weight := i, 1
		if members != nil {
			skill = members[i]
		}
		if s.short == 0 {
			weight = s.weights[skill]
		}
		for range weight {
			*round = append(*round, skill)
		}
	}
	list := *round
	s.rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

// partner finds a skill to add, from the pool or, if that is nil, from all skills. A needed partner may have reached its
// coverage.
func (s *sampler) partner(pool, taken []int, needed bool) (int, bool) {
	n := len(s.counts)
	if pool != nil {
		n = len(pool)
	}
	// The search starts at a random place and passes every skill once. It is uniform while most skills are free, and it ends when few are.
	for pass := range 2 {
		for try := range 8 {
			start := s.rng.IntN(n)
			steps := 1
			if try == 7 {
				steps = n
			}
			for step := range steps {
				skill := (start + step) % n
				if pool != nil {
					skill = pool[skill]
				}
				free := s.lacks(skill) || pass == 1
				if free && !slices.Contains(taken, skill) {
					return skill, true
				}
			}
		}
		if !needed {
			break
		}
	}
	return 0, false
}

// size draws the number of skills of a sentence.
func (s *sampler) size() int {
	total := 0.0
	for _, share := range s.sizes {
		total += share
	}
	at := s.rng.Float64() * total
	for i, share := range s.sizes {
		if at -= share; at < 0 {
			return s.opts.MinSkills + i
		}
	}
	return s.opts.MaxSkills
}

// shared returns the first Level-2 group that all skills lie in, or -1.
func (s *sampler) shared(skills []int) int {
	for _, group := range s.level2[skills[0]] {
		all := true
		for _, skill := range skills[1:] {
			all = all && slices.Contains(s.level2[skill], group)
		}
		if all {
			return group
		}
	}
	return -1
}
