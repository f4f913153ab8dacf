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
		t.addSkill(table, r, uri, label, divider)
	}
	if len(t.skills) == 0 {
		return table.errorf(row{line: 1}, "no skills in the file")
	}
	return nil
}

func (t *Taxonomy) addSkill(table *table, r row, uri, label, divider string) {
	i := len(t.skills)
	t.byURI[uri] = i
	key := normalise(label)
	if first, twice := t.byLabel[key]; twice {
		t.findings.note(&t.findings.DuplicateLabels, "%s:%d: the label %q of %s is also that of %s", table.path, r.line, label, uri, t.skills[first].URI)
	} else {
		t.byLabel[key] = i
	}
	if _, twice := t.byFolded[fold(key)]; !twice {
		t.byFolded[fold(key)] = i
	}
	alt := splitLabels(table.get(r, "altLabels"), divider, []string{label})
	hidden := splitLabels(table.get(r, "hiddenLabels"), divider, append([]string{label}, alt...))
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

// splitLabels separates the labels of one cell and leaves out repetitions and the labels already known.
func splitLabels(cell, divider string, known []string) []string {
	if cell == "" {
		return nil
	}
	var labels []string
	seen := make(map[string]bool, len(known))
	for _, label := range known {
		seen[label] = true
	}
	for label := range strings.SplitSeq(cell, divider) {
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
