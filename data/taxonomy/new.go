package taxonomy

import "fmt"

// New makes a taxonomy of skills without a hierarchy, such as those stored with an exported model: no groups, no broader skills.
// A missing URI or preferred label and a repeated URI are errors. The skills are not copied.
func New(skills []Skill) (*Taxonomy, error) {
	if len(skills) == 0 {
		return nil, fmt.Errorf("make taxonomy: no skills")
	}
	n := len(skills)
	t := &Taxonomy{
		skills: skills, byURI: make(map[string]int, n), byLabel: make(map[string]int, n), byFolded: make(map[string]int, n),
		groupByURI: map[string]int{}, broader: make([][]int, n), level1: make([][]int, n), level2: make([][]int, n),
	}
	for i, s := range skills {
		if s.URI == "" || s.PreferredLabel == "" {
			return nil, fmt.Errorf("make taxonomy: skill %d (%q, %q) lacks its URI or its preferred label", i, s.URI, s.PreferredLabel)
		}
		if first, twice := t.byURI[s.URI]; twice {
			return nil, fmt.Errorf("make taxonomy: skills %d and %d have the URI %s", first, i, s.URI)
		}
		t.byURI[s.URI] = i
		key := normalise(s.PreferredLabel)
		if _, twice := t.byLabel[key]; !twice {
			t.byLabel[key] = i
		}
		if _, twice := t.byFolded[fold(key)]; !twice {
			t.byFolded[fold(key)] = i
		}
	}
	return t, nil
}
