package taxonomy

import "slices"

// Relatives returns for each skill, ascending, the skills that a sentence naming it may as well be said to name: those above
// it and below it through any chain of broader skills, and those with which it shares a preferred or alternative label, case
// and white space aside. Siblings are not among them, nor is the skill itself.
func (t *Taxonomy) Relatives() [][]int {
	relatives := make([][]int, len(t.skills))
	for skill := range t.skills {
		for _, above := range t.above(skill) {
			relatives[skill] = append(relatives[skill], above)
			relatives[above] = append(relatives[above], skill)
		}
	}
	for _, skills := range t.byAnyLabel() {
		for _, skill := range skills {
			for _, other := range skills {
				if other != skill {
					relatives[skill] = append(relatives[skill], other)
				}
			}
		}
	}
	for skill := range relatives {
		slices.Sort(relatives[skill])
		relatives[skill] = slices.Clip(slices.Compact(relatives[skill]))
	}
	return relatives
}

// above returns the skills above a skill through any chain of broader skills; on a cycle the skill itself is not among them.
func (t *Taxonomy) above(skill int) []int {
	seen := map[int]bool{skill: true}
	var found []int
	for open := []int{skill}; len(open) > 0; {
		at := open[len(open)-1]
		open = open[:len(open)-1]
		for _, above := range t.broader[at] {
			if !seen[above] {
				seen[above] = true
				found, open = append(found, above), append(open, above)
			}
		}
	}
	return found
}

// byAnyLabel groups the skills by each of their preferred and alternative labels, compared without case.
func (t *Taxonomy) byAnyLabel() map[string][]int {
	skills := map[string][]int{}
	for i, s := range t.skills {
		own := map[string]bool{}
		for _, label := range append([]string{s.PreferredLabel}, s.AltLabels...) {
			key := fold(normalise(label))
			if !own[key] {
				own[key] = true
				skills[key] = append(skills[key], i)
			}
		}
	}
	return skills
}
