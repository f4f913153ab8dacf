package taxonomy

import (
	"slices"
	"testing"
)

// FuzzLoad checks that no three texts make the reader panic, and that what it accepts is consistent.
func FuzzLoad(f *testing.F) {
	f.Add(twoSkills, oneChain, everything)
	f.Add("\ufeff"+twoSkills, oneChain+"g:0,zero\r\n", everything+",u:a,,u:b\r,u:a,,x\n")
	f.Add(skillsHeader+"KnowledgeSkillCompetence,u:a,,,\"a\n\",\"b\n\nb\",\n", hierarchyHeader+"g:0,z,g:1,o,g:2,t,g:3,h,d,,S,S1\n", relationsHeader+",u:a,,g:3\n,g:3,,u:a\n")
	f.Add("conceptUri\n\"", "", "\xff")
	f.Fuzz(func(t *testing.T, skills, hierarchy, relations string) {
		tax, err := parse(skills, hierarchy, relations)
		if err != nil {
			return
		}
		for i, skill := range tax.Skills() {
			if at, ok := tax.Index(skill.URI); !ok || at != i || skill.PreferredLabel == "" {
				t.Fatalf("skill %d: %+v", i, skill)
			}
			if slices.Contains(skill.AltLabels, skill.PreferredLabel) || slices.Contains(tax.Broader(i), i) {
				t.Fatalf("skill %d names itself: %+v", i, skill)
			}
			for _, group := range tax.Level2(i) {
				if tax.Groups()[group].Level != 2 || !slices.Contains(tax.Members(group), i) {
					t.Fatalf("skill %d and group %d disagree", i, group)
				}
			}
		}
		for group := range tax.Groups() {
			if !slices.IsSorted(tax.Members(group)) {
				t.Fatalf("members of %d are not sorted", group)
			}
		}
	})
}

// parse is Load without files.
func parse(skills, hierarchy, relations string) (*Taxonomy, error) {
	tax := &Taxonomy{pairingLevel: 2}
	for _, file := range []struct {
		name, text string
		columns    []string
		add        func(*table) error
	}{
		{"skills", skills, skillColumns, tax.addSkills},
		{"hierarchy", hierarchy, hierarchyColumns(), tax.addHierarchy},
		{"relations", relations, relationColumns, tax.addRelations},
	} {
		table, err := parseTable(file.name, clean([]byte(file.text)), ',', file.columns...)
		if err != nil {
			return nil, err
		}
		if err := file.add(table); err != nil {
			return nil, err
		}
	}
	return tax, nil
}
