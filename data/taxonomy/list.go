package taxonomy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v3"
)

// settingsName is the file that makes a folder a list of one's own: it says which columns mean what.
const settingsName = "list.yaml"

// listSettings is the content of list.yaml. docs/taxonomy.md describes the keys.
type listSettings struct {
	File      string      `yaml:"file"`
	Language  string      `yaml:"language"`
	Delimiter string      `yaml:"delimiter"`
	Columns   listColumns `yaml:"columns"`
	// Separators of several values in one cell. Empty: none is set.
	LabelSeparator string `yaml:"alternative_labels_separator"`
	GroupSeparator string `yaml:"group_path_separator"`
	PairingLevel   *int   `yaml:"pairing_level"`
}

// listColumns names the columns of a CSV file, or the keys of JSON lines.
type listColumns struct {
	ID          string  `yaml:"id"`
	Label       string  `yaml:"label"`
	AltLabels   string  `yaml:"alternative_labels"`
	Description string  `yaml:"description"`
	Status      string  `yaml:"status"`
	GroupPath   columns `yaml:"group_path"`
}

// columns is one name or a list of names.
type columns []string

func (c *columns) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*c = columns{node.Value}
		return nil
	}
	return node.Decode((*[]string)(c))
}

// named returns the columns that are set, in order.
func (c listColumns) named() []string {
	all := append([]string{c.ID, c.Label, c.AltLabels, c.Description, c.Status}, c.GroupPath...)
	return slices.DeleteFunc(all, func(name string) bool { return name == "" })
}

// record is a row of a list.
type record struct {
	line                           int
	id, label, description, status string
	altLabels                      []string
	groups                         []string // labels from the top down
}

func isList(s *source) bool { return s.has(settingsName) }

// readList reads a list of one's own.
func (t *Taxonomy) readList(s *source, language string) error {
	path, text, err := s.read(settingsName)
	if err != nil {
		return err
	}
	settings, err := parseListSettings(path, text)
	if err != nil {
		return err
	}
	if language != "" && language != settings.Language {
		return fmt.Errorf("%s: the list is in the language %q, not %q", path, settings.Language, language)
	}
	path, text, err = s.read(settings.File)
	if err != nil {
		return err
	}
	return t.parseList(path, text, settings)
}

// parseList adds the skills and groups of a list's text.
func (t *Taxonomy) parseList(path string, text []byte, settings *listSettings) error {
	if err := checkUTF8(path, text); err != nil {
		return err
	}
	var records []record
	var err error
	if settings.lines() {
		records, err = t.jsonRecords(path, text, settings)
	} else {
		records, err = t.csvRecords(path, text, settings)
	}
	if err != nil {
		return err
	}
	return t.addRecords(path, records, settings)
}

// lines reports whether the file is JSON lines.
func (s *listSettings) lines() bool {
	ending := strings.ToLower(filepath.Ext(s.File))
	return ending == ".jsonl" || ending == ".ndjson"
}

func parseListSettings(path string, text []byte) (*listSettings, error) {
	settings := &listSettings{Language: "en"}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(settings); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := settings.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return settings, nil
}

func (s *listSettings) check() error {
	ending := strings.ToLower(filepath.Ext(s.File))
	switch {
	case s.File == "":
		return errors.New("file is not set; it names the list, such as skills.csv")
	case s.File != filepath.Base(s.File):
		return fmt.Errorf("file: want the name of a file beside %s, got %q", settingsName, s.File)
	case !slices.Contains([]string{".csv", ".tsv", ".txt", ".jsonl", ".ndjson"}, ending):
		return fmt.Errorf("file: %q is no .csv, .tsv, .txt, .jsonl or .ndjson", s.File)
	case s.Columns.Label == "":
		return errors.New("columns.label is not set; it names the column with the skills' names")
	case s.Columns.AltLabels != "" && s.LabelSeparator == "" && !s.lines():
		return errors.New(`alternative_labels_separator is not set; it divides the labels of a cell, such as "; " ("\n" for one label a cell)`)
	case len(s.Columns.GroupPath) > 1 && s.GroupSeparator != "":
		return errors.New("group_path_separator is for a group path in one column; columns.group_path names several")
	case s.Delimiter != "" && s.lines():
		return errors.New("delimiter is for CSV, not for JSON lines")
	case len([]rune(s.Delimiter)) > 1 || strings.Contains("\"\r\n\ufffd", s.Delimiter) && s.Delimiter != "":
		return fmt.Errorf("delimiter: want one character, got %q", s.Delimiter)
	case s.PairingLevel != nil && *s.PairingLevel < 0:
		return fmt.Errorf("pairing_level: want 0 or more, got %d", *s.PairingLevel)
	}
	if s.Columns.GroupPath != nil && slices.Contains(s.Columns.GroupPath, "") {
		return errors.New("columns.group_path has a name without a letter")
	}
	return nil
}

// comma returns the delimiter of a CSV file: the one that is set, else a tab for .tsv and .txt and a comma for .csv.
func (s *listSettings) comma() rune {
	if s.Delimiter != "" {
		return []rune(s.Delimiter)[0]
	}
	if strings.EqualFold(filepath.Ext(s.File), ".csv") {
		return ','
	}
	return '\t'
}

func (t *Taxonomy) csvRecords(path string, text []byte, s *listSettings) ([]record, error) {
	table, err := parseTable(path, text, s.comma(), s.Columns.named()...)
	if err != nil {
		return nil, err
	}
	c := s.Columns
	var records []record
	for _, r := range t.filled(table) {
		row := record{line: r.line, id: table.get(r, c.ID), label: table.get(r, c.Label), description: table.get(r, c.Description), status: table.get(r, c.Status)}
		if cell := table.get(r, c.AltLabels); cell != "" {
			row.altLabels = strings.Split(cell, s.LabelSeparator)
		}
		for _, column := range c.GroupPath {
			row.groups = append(row.groups, table.get(r, column))
		}
		if len(c.GroupPath) == 1 {
			row.groups = s.splitPath(row.groups[0])
		}
		records = append(records, row)
	}
	return records, nil
}

// splitPath divides a group path that is in one cell. Without a separator it is one group.
func (s *listSettings) splitPath(cell string) []string {
	if s.GroupSeparator == "" {
		return []string{cell}
	}
	return strings.Split(cell, s.GroupSeparator)
}

// addRecords adds the records' skills and groups, and connects them.
func (t *Taxonomy) addRecords(path string, records []record, s *listSettings) error {
	t.prepare(len(records))
	var above [][]int // by skill: the deepest group of each of its paths
	for i := range records {
		r := &records[i]
		skill, ok := t.addRecord(path, r, s)
		if !ok {
			continue
		}
		group, err := t.addPath(path, r)
		if err != nil {
			return err
		}
		if skill == len(above) {
			above = append(above, nil)
		}
		if group >= 0 && !slices.Contains(above[skill], group) {
			above[skill] = append(above[skill], group)
		}
	}
	if len(t.skills) == 0 {
		return fmt.Errorf("%s:1: no skills in the file", path)
	}
	if err := t.choosePairingLevel(s.PairingLevel); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	g := t.newGraph()
	for skill, groups := range above {
		if _, isGroup := t.groupByURI[t.skills[skill].URI]; isGroup {
			return fmt.Errorf("%s: the identifier %s is a skill's and a group's", path, t.skills[skill].URI)
		}
		for _, group := range groups {
			g.broader[skill] = append(g.broader[skill], g.skills+group)
		}
	}
	t.connect(g, path)
	return nil
}

// choosePairingLevel takes the level that the settings name, else Level 2 or the deepest level above it.
func (t *Taxonomy) choosePairingLevel(set *int) error {
	deepest := 0
	for _, g := range t.groups {
		deepest = max(deepest, g.Level)
	}
	t.pairingLevel = min(2, deepest)
	if set != nil {
		if *set > deepest {
			return fmt.Errorf("pairing_level is %d, but the deepest level of the groups is %d (levels count from 0)", *set, deepest)
		}
		t.pairingLevel = *set
	}
	return nil
}

// addRecord adds a record's skill, or its labels to the skill that has its identifier. It returns the skill's index, and false for a
// record that is left out.
func (t *Taxonomy) addRecord(path string, r *record, s *listSettings) (int, bool) {
	id := r.id
	if s.Columns.ID == "" {
		id = r.label
	}
	switch {
	case inactive(r.status):
		t.findings.note(&t.findings.InactiveSkills, "%s:%d: %s is %s: left out", path, r.line, id, r.status)
		return 0, false
	case r.label == "":
		t.findings.note(&t.findings.WithoutLabel, "%s:%d: skill %q has no %s: left out", path, r.line, id, s.Columns.Label)
		return 0, false
	case id == "":
		t.findings.note(&t.findings.WithoutID, "%s:%d: skill %q has no %s: left out", path, r.line, r.label, s.Columns.ID)
		return 0, false
	}
	i, known := t.byURI[id]
	if !known {
		t.addSkill(path, r.line, Skill{URI: id, PreferredLabel: r.label, AltLabels: newLabels(r.altLabels, []string{r.label}), Description: r.description})
		return len(t.skills) - 1, true
	}
	skill := &t.skills[i]
	if skill.PreferredLabel != r.label {
		t.findings.note(&t.findings.DuplicateSkills, "%s:%d: %s is %q here and %q before: left out", path, r.line, id, r.label, skill.PreferredLabel)
		return 0, false
	}
	t.findings.note(&t.findings.MergedRows, "%s:%d: %s again: merged", path, r.line, id)
	skill.AltLabels = append(skill.AltLabels, newLabels(r.altLabels, append([]string{r.label}, skill.AltLabels...))...)
	if skill.Description == "" {
		skill.Description = r.description
	}
	return i, true
}

// addPath adds the groups of a record's path and returns the deepest, or -1 if the path is empty.
func (t *Taxonomy) addPath(path string, r *record) (int, error) {
	parent, identifier, hole := -1, "group:", false
	for level, label := range r.groups {
		label = strings.TrimSpace(label)
		if label == "" {
			hole = true
			continue
		}
		if hole {
			return 0, fmt.Errorf("%s:%d: the group path has a hole above %q", path, r.line, label)
		}
		if level > 0 {
			identifier += "/"
		}
		identifier += url.PathEscape(label)
		group, known := t.groupByURI[identifier]
		if !known {
			group = t.newGroup(Group{URI: identifier, Label: label, Level: level}, parent)
		}
		parent = group
	}
	return parent, nil
}
