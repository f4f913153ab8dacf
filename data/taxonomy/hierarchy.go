package taxonomy

import "fmt"

// levels is how many levels the hierarchy has: 0, the pillars, to 3.
const levels = 4

// readHierarchy reads skillsHierarchy_LANGUAGE.csv: a row a node, holding the whole path from Level 0 to it.
func (t *Taxonomy) readHierarchy(path string) error {
	table, err := readTable(path, hierarchyColumns()...)
	if err != nil {
		return err
	}
	return t.addHierarchy(table)
}

// hierarchyColumns must be there. Description and the codes are read where they are.
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

func (t *Taxonomy) addHierarchy(table *table) error {
	t.groupByURI = make(map[string]int, len(table.rows))
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

// addGroup returns the index of the node that a row names at a level, a new one where it is named for the first time.
func (t *Taxonomy) addGroup(table *table, r row, level, parent int) (int, error) {
	uri := table.get(r, uriColumn(level))
	label, code := table.get(r, labelColumn(level)), table.get(r, codeColumn(level))
	if i, known := t.groupByURI[uri]; known {
		group := &t.groups[i]
		if group.Level != level || t.parent[i] != parent {
			return 0, table.errorf(r, "%s is at Level %d here, but stood at another place before (Level %d)", uri, level, group.Level)
		}
		if label != group.Label || code != group.Code {
			t.findings.note(&t.findings.ConflictingGroups, "%s:%d: %s is %q %q here and %q %q before", table.path, r.line, uri, code, label, group.Code, group.Label)
		}
		return i, nil
	}
	if _, isSkill := t.byURI[uri]; isSkill {
		return 0, table.errorf(r, "%s is a skill and cannot be a group as well", uri)
	}
	if label == "" {
		return 0, table.errorf(r, "%s has no %s", uri, labelColumn(level))
	}
	i := len(t.groups)
	t.groupByURI[uri] = i
	t.groups = append(t.groups, Group{URI: uri, Label: label, Code: code, Level: level})
	t.parent = append(t.parent, parent)
	return i, nil
}
