package taxonomy

import (
	"cmp"
	"slices"
)

// SkillGroups returns the groups of each skill, of Level 1 and below, the highest level first.
func (t *Taxonomy) SkillGroups() [][]Group {
	groups := make([][]Group, len(t.skills))
	for i, group := range t.groups {
		if group.Level < 1 {
			continue
		}
		for _, skill := range t.Members(i) {
			groups[skill] = append(groups[skill], group)
		}
	}
	for _, of := range groups {
		slices.SortStableFunc(of, func(a, b Group) int { return cmp.Compare(a.Level, b.Level) })
	}
	return groups
}
