package taxonomy

import (
	"slices"
	"strings"
)

// conceptSkill is the concept type of the rows that are skills.
const conceptSkill = "KnowledgeSkillCompetence"

// skillColumns are required. hiddenLabels, status and definition are optional.
var skillColumns = []string{"conceptType", "conceptUri", "skillType", "reuseLevel", "preferredLabel", "altLabels", "description"}

// prepare makes the maps of a taxonomy that will have about n skills.
func (t *Taxonomy) prepare(n int) {
	t.byURI = make(map[string]int, n)
	t.byLabel = make(map[string]int, n)
	t.byFolded = make(map[string]int, n)
	t.groupByURI = make(map[string]int)
}

// addSkills adds the skills of skills_LANGUAGE.csv.
func (t *Taxonomy) addSkills(table *table) error {
	t.prepare(len(table.rows))
	divider, err := labelDivider(table)
	if err != nil {
		return err
	}
	for _, r := range t.filled(table) {
		uri := table.get(r, "conceptUri")
		label := table.get(r, "preferredLabel")
		if uri == "" {
			return table.errorf(r, "a skill without conceptUri")
		}
		if kind := table.get(r, "conceptType"); kind != conceptSkill {
			t.findings.note(&t.findings.OtherConcepts, "%s:%d: %s is a %q, not a %s: left out", table.path, r.line, uri, kind, conceptSkill)
			continue
		}
		if status := table.get(r, "status"); inactive(status) {
			t.findings.note(&t.findings.InactiveSkills, "%s:%d: %s is %s: left out", table.path, r.line, uri, status)
			continue
		}
		if label == "" {
			t.findings.note(&t.findings.WithoutLabel, "%s:%d: skill %s has no preferredLabel: left out", table.path, r.line, uri)
			continue
		}
		if _, twice := t.byURI[uri]; twice {
			t.findings.note(&t.findings.DuplicateSkills, "%s:%d: %s again: left out", table.path, r.line, uri)
			continue
		}
		t.addSkill(table.path, r.line, skillOf(table, r, divider))
	}
	if len(t.skills) == 0 {
		return table.errorf(row{line: 1}, "no skills in the file")
	}
	return nil
}

// skillOf returns the skill of a row of skills_LANGUAGE.csv.
func skillOf(table *table, r row, divider string) Skill {
	label := table.get(r, "preferredLabel")
	alt := splitLabels(table.get(r, "altLabels"), divider, []string{label})
	description := table.get(r, "description")
	if description == "" {
		description = table.get(r, "definition")
	}
	return Skill{
		URI:            table.get(r, "conceptUri"),
		PreferredLabel: label,
		AltLabels:      alt,
		HiddenLabels:   splitLabels(table.get(r, "hiddenLabels"), divider, append([]string{label}, alt...)),
		Description:    description,
		Type:           table.get(r, "skillType"),
		ReuseLevel:     table.get(r, "reuseLevel"),
	}
}

// addSkill adds a skill whose URI is new. The path and the line say where it was read.
func (t *Taxonomy) addSkill(path string, line int, skill Skill) {
	i := len(t.skills)
	t.byURI[skill.URI] = i
	key := normalise(skill.PreferredLabel)
	if first, twice := t.byLabel[key]; twice {
		t.findings.note(&t.findings.DuplicateLabels, "%s:%d: the label %q of %s is also that of %s", path, line, skill.PreferredLabel, skill.URI, t.skills[first].URI)
	} else {
		t.byLabel[key] = i
	}
	if _, twice := t.byFolded[fold(key)]; !twice {
		t.byFolded[fold(key)] = i
	}
	t.skills = append(t.skills, skill)
}

// inactive reports whether a status says that a concept is no longer used. The official files hold released concepts only.
func inactive(status string) bool {
	switch strings.ToLower(status) {
	case "deprecated", "obsolete", "retired":
		return true
	}
	return false
}

// ESCO divides the labels of a cell by line breaks, and by bars in the files of its collections.
const (
	lineDivider = "\n"
	barDivider  = " | "
)

// labelDivider returns what divides the labels in the cells of a file. A file that has cells of both kinds is an error, as a label may
// itself hold a bar.
func labelDivider(table *table) (string, error) {
	var lines, bars row
	for _, r := range table.rows {
		for _, column := range [...]string{"altLabels", "hiddenLabels"} {
			cell := table.get(r, column)
			if lines.line == 0 && strings.Contains(cell, lineDivider) {
				lines = r
			}
			if bars.line == 0 && strings.Contains(cell, barDivider) {
				bars = r
			}
		}
	}
	switch {
	case bars.line == 0:
		return lineDivider, nil
	case lines.line == 0:
		return barDivider, nil
	}
	return "", table.errorf(bars, "labels are divided by %q here and by line breaks on line %d; divide them in one way", barDivider, lines.line)
}

// splitLabels divides a cell into its labels. It leaves out repetitions and the labels in known.
func splitLabels(cell, divider string, known []string) []string {
	if cell == "" {
		return nil
	}
	return newLabels(strings.Split(cell, divider), known)
}

// newLabels returns the labels without repetitions, blank labels and the labels in known.
func newLabels(all, known []string) []string {
	var labels []string
	seen := make(map[string]bool, len(known))
	for _, label := range known {
		seen[label] = true
	}
	for _, label := range all {
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
