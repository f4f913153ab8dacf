package taxonomy

import "fmt"

// levels is the number of levels of ESCO's hierarchy. Level 0 holds the four pillars.
const levels = 4

// hierarchyColumns are required. Description and the codes are optional.
func hierarchyColumns() []string {
	var columns []string
	for level := range levels {
		columns = append(columns, uriColumn(level), labelColumn(level))
	}
	return columns
}

func uriColumn(level int) string   { return fmt.Sprintf("Level %d URI", level) }
func labelColumn(level int) string { return fmt.Sprintf("Level %d preferred term", level) }
func codeColumn(level int) string  { return fmt.Sprintf("Level %d code", level) }

// addHierarchy adds the groups of skillsHierarchy_LANGUAGE.csv. Each row is a group with its whole path from Level 0.
func (t *Taxonomy) addHierarchy(table *table) error {
	for _, r := range t.filled(table) {
		depth := 0
		for depth < levels && table.get(r, uriColumn(depth)) != "" {
			depth++
		}
		for level := depth; level < levels; level++ {
			if table.get(r, uriColumn(level)) != "" {
				return table.errorf(r, "%s is set, but %s is empty", uriColumn(level), uriColumn(depth))
			}
		}
		if depth == 0 {
			return table.errorf(r, "%s is empty", uriColumn(0))
		}
		parent := -1
		for level := range depth {
			group, err := t.addGroup(table, r, level, parent)
			if err != nil {
				return err
			}
			parent = group
		}
		if node := &t.groups[parent]; node.Description == "" {
			node.Description = table.get(r, "Description")
		}
	}
	if len(t.groups) == 0 {
		return table.errorf(row{line: 1}, "no groups in the file")
	}
	return nil
}

// addGroup returns the index of the group that a row names at a level. A group that is new is added.
func (t *Taxonomy) addGroup(table *table, r row, level, parent int) (int, error) {
	group := Group{URI: table.get(r, uriColumn(level)), Label: table.get(r, labelColumn(level)), Code: table.get(r, codeColumn(level)), Level: level}
	if i, known := t.groupByURI[group.URI]; known {
		before := &t.groups[i]
		if before.Level != level || t.parent[i] != parent {
			return 0, table.errorf(r, "%s is at Level %d here, but stood at another place before (Level %d)", group.URI, level, before.Level)
		}
		if group.Label != before.Label || group.Code != before.Code {
			t.findings.note(&t.findings.ConflictingGroups, "%s:%d: %s is %q %q here and %q %q before",
				table.path, r.line, group.URI, group.Code, group.Label, before.Code, before.Label)
		}
		return i, nil
	}
	if _, isSkill := t.byURI[group.URI]; isSkill {
		return 0, table.errorf(r, "%s is a skill and cannot be a group as well", group.URI)
	}
	if group.Label == "" {
		return 0, table.errorf(r, "%s has no %s", group.URI, labelColumn(level))
	}
	return t.newGroup(group, parent), nil
}

// newGroup adds a group below its parent, or at the top if parent is -1, and returns its index.
func (t *Taxonomy) newGroup(group Group, parent int) int {
	i := len(t.groups)
	t.groupByURI[group.URI] = i
	t.groups = append(t.groups, group)
	t.parent = append(t.parent, parent)
	return i
}
