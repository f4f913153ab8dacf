package synthesis

import (
	"math/rand/v2"
	"slices"

	"skillspace/data/taxonomy"
)

// draw is a set of skills for one sentence. group is the Level-2 group that all of them lie in, or -1.
type draw struct {
	skills []int
	group  int
}

// sampler draws skill sets. It goes through the skills in shuffled rounds; the skill whose turn it is gets partners
// from one of its Level-2 groups (hierarchical) or from anywhere. Until every skill has had its coverage, a skill that
// has had it is neither drawn nor chosen as a partner, unless a sentence would fall short of the fewest skills asked.
type sampler struct {
	tax     *taxonomy.Taxonomy
	opts    Options
	rng     *rand.Rand
	level2  [][]int       // by skill
	members map[int][]int // by Level-2 group
	counts  []int         // sentences a skill has had
	short   int           // skills below coverage
	weights []int         // turns a skill gets in a round
	round   []int         // what is left of the current round, drawn from the end
	sizes   []float64     // relative frequency of MinSkills, MinSkills+1, ...
}

func newSampler(tax *taxonomy.Taxonomy, opts Options, common map[string]*adPhrases, rng *rand.Rand) *sampler {
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
		s.weights[i] = turns(&skills[i], common[labelKey(skills[i].PreferredLabel)] != nil)
		for _, g := range s.level2[i] {
			s.members[g] = append(s.members[g], i)
		}
	}
	share := 1.0
	for range opts.MaxSkills - opts.MinSkills + 1 {
		s.sizes = append(s.sizes, share)
		share *= 0.55
	}
	return s
}

// turns gives skills that many ads ask for more turns once coverage is reached: those with embedded phrases and those
// that many occupations share.
func turns(s *taxonomy.Skill, common bool) int {
	switch {
	case common:
		return 5
	case personal(s):
		return 6
	case s.ReuseLevel == "cross-sector":
		return 2
	}
	return 1
}

// next draws the skills of one sentence.
func (s *sampler) next() draw {
	anchor := s.anchor()
	d := draw{skills: []int{anchor}, group: -1}
	if groups := s.level2[anchor]; len(groups) > 0 {
		d.group = groups[s.rng.IntN(len(groups))]
	}
	size := s.size()
	pool := s.members[d.group]
	if s.opts.Pairing == Unconstrained {
		pool = nil // any skill
	} else if d.group < 0 {
		size = 1 // a skill outside the hierarchy has no partners
	}
	for len(d.skills) < size {
		partner, ok := s.partner(pool, d.skills, len(d.skills) < s.opts.MinSkills)
		if !ok {
			break
		}
		d.skills = append(d.skills, partner)
	}
	s.rng.Shuffle(len(d.skills), func(i, j int) { d.skills[i], d.skills[j] = d.skills[j], d.skills[i] })
	for _, skill := range d.skills {
		s.counts[skill]++
		if s.counts[skill] == s.opts.Coverage {
			s.short--
		}
	}
	if s.opts.Pairing == Unconstrained {
		d.group = s.shared(d.skills)
	}
	return d
}

// anchor returns the skill whose turn it is.
func (s *sampler) anchor() int {
	for {
		if len(s.round) == 0 {
			s.refill()
		}
		skill := s.round[len(s.round)-1]
		s.round = s.round[:len(s.round)-1]
		if s.short == 0 || s.counts[skill] < s.opts.Coverage {
			return skill
		}
	}
}

func (s *sampler) refill() {
	for skill, weight := range s.weights {
		if s.short > 0 {
			weight = 1
		}
		for range weight {
			s.round = append(s.round, skill)
		}
	}
	s.rng.Shuffle(len(s.round), func(i, j int) { s.round[i], s.round[j] = s.round[j], s.round[i] })
}

// partner finds a skill to add: from the pool, or from anywhere when it is nil. A needed partner may be one that has
// had its coverage already.
func (s *sampler) partner(pool, taken []int, needed bool) (int, bool) {
	n := len(s.counts)
	if pool != nil {
		n = len(pool)
	}
	// A random start and a full turn: uniform while most skills are free, and never stuck when few are.
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
				free := s.short == 0 || s.counts[skill] < s.opts.Coverage || pass == 1
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
