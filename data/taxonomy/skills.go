package taxonomy

import (
	"slices"
	"strings"
)

// conceptSkill is the concept type of the rows that are skills.
const conceptSkill = "KnowledgeSkillCompetence"

// skillColumns must be there. hiddenLabels, status and definition are read where they are.
var skillColumns = []string{"conceptType", "conceptUri", "skillType", "reuseLevel", "preferredLabel", "altLabels", "description"}

// readSkills reads skills_LANGUAGE.csv.
func (t *Taxonomy) readSkills(path string) error {
	table, err := readTable(path, skillColumns...)
	if err != nil {
		return err
	}
	return t.addSkills(table)
}

func (t *Taxonomy) addSkills(table *table) error {
	t.byURI = make(map[string]int, len(table.rows))
	t.byLabel = make(map[string]int, len(table.rows))
	t.byFolded = make(map[string]int, len(table.rows))
	for _, r := range table.rows {
		uri := table.get(r, "conceptUri")
		label := table.get(r, "preferredLabel")
		if uri == "" {
			return table.errorf(r, "a skill without conceptUri")
		}
		if kind := table.get(r, "conceptType"); kind != conceptSkill {
			t.report.note(&t.report.OtherConcepts, "%s:%d: %s is a %q, not a %s: left out", table.path, r.line, uri, kind, conceptSkill)
			continue
		}
		if status := table.get(r, "status"); inactive(status) {
			t.report.note(&t.report.InactiveSkills, "%s:%d: %s is %s: left out", table.path, r.line, uri, status)
			continue
		}
		if label == "" {
			return table.errorf(r, "skill %s has no preferredLabel", uri)
		}
		if _, twice := t.byURI[uri]; twice {
			t.report.note(&t.report.DuplicateSkills, "%s:%d: %s again: left out", table.path, r.line, uri)
			continue
		}
		t.addSkill(table, r, uri, label)
	}
	if len(t.skills) == 0 {
		return table.errorf(row{line: 1}, "no skills in the file")
	}
	return nil
}

func (t *Taxonomy) addSkill(table *table, r row, uri, label string) {
	i := len(t.skills)
	t.byURI[uri] = i
	key := normalise(label)
	if first, twice := t.byLabel[key]; twice {
		t.report.note(&t.report.DuplicateLabels, "%s:%d: the label %q of %s is also that of %s", table.path, r.line, label, uri, t.skills[first].URI)
	} else {
		t.byLabel[key] = i
	}
	if _, twice := t.byFolded[fold(key)]; !twice {
		t.byFolded[fold(key)] = i
	}
	alt := splitLabels(table.get(r, "altLabels"), []string{label})
	hidden := splitLabels(table.get(r, "hiddenLabels"), append([]string{label}, alt...))
	description := table.get(r, "description")
	if description == "" {
		description = table.get(r, "definition")
	}
	t.skills = append(t.skills, Skill{
		URI:            uri,
		PreferredLabel: label,
		AltLabels:      alt,
		HiddenLabels:   hidden,
		Description:    description,
		Type:           table.get(r, "skillType"),
		ReuseLevel:     table.get(r, "reuseLevel"),
	})
}

// inactive reports whether a status says that a concept is no longer used. The official files hold released concepts only.
func inactive(status string) bool {
	switch strings.ToLower(status) {
	case "deprecated", "obsolete", "retired":
		return true
	}
	return false
}

// splitLabels separates the labels of one cell (one a line) and leaves out repetitions and those already known.
func splitLabels(cell string, known []string) []string {
	if cell == "" {
		return nil
	}
	var labels []string
	seen := make(map[string]bool, len(known))
	for _, label := range known {
		seen[label] = true
	}
	for label := range strings.SplitSeq(cell, "\n") {
		label = strings.TrimSpace(label)
		if label != "" && !seen[label] {
			seen[label] = true
			labels = append(labels, label)
		}
	}
	return slices.Clip(labels)
}

// normalise makes labels comparable: white space at the ends is dropped and every run of it inside is one space.
func normalise(label string) string { return strings.Join(strings.Fields(label), " ") }

func fold(label string) string { return strings.ToLower(label) }
