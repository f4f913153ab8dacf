package taxonomy

import (
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
)

// The official file names begin with these. A language or nothing follows.
const (
	skillsStem    = "skills"
	hierarchyStem = "skillsHierarchy"
	relationsStem = "broaderRelationsSkillPillar"
)

// Load reads the English taxonomy from a folder of ESCO as published (1.0 to 1.2): skills_en.csv, skillsHierarchy_en.csv and
// broaderRelationsSkillPillar.csv, as CSV files or in the ZIP archives of the portal. The path may also be one ZIP archive, or a
// folder with a list of one's own and its list.yaml. Without an English file, Load takes the one without a language, or the only one
// there is.
//
// Errors name the file and, where they concern a row, the line. What is odd but harmless is counted in Findings, and what was left
// out is also logged. ESCO 1.0 has no hierarchy: the taxonomy then has no groups.
func Load(path string) (*Taxonomy, error) { return load(path, "") }

// LoadLanguage is Load for another language, for example "zh" for skills_zh.csv. The skills file must be in that language. The
// hierarchy may be English, because translations often lack it. An empty language is Load's choice.
func LoadLanguage(path, language string) (*Taxonomy, error) {
	if strings.Trim(strings.ToLower(language), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		return nil, fmt.Errorf("load taxonomy: language %q: want a code such as \"en\" or \"zh\"", language)
	}
	return load(path, language)
}

// format is a kind of taxonomy.
type format struct {
	// recognise reports whether a source with these files is of the format.
	recognise func(s *source) bool
	// read adds the skills (addSkill), groups (newGroup) and relations (connect) to an empty taxonomy.
	read func(t *Taxonomy, s *source, language string) error
}

// formats are tried in order. The last one takes every source, so that its error says which files are missing.
var formats = []format{
	{recognise: isList, read: (*Taxonomy).readList},
	{recognise: func(*source) bool { return true }, read: (*Taxonomy).readESCO},
}

func load(path, language string) (*Taxonomy, error) {
	s, err := openSource(path)
	if err != nil {
		return nil, err
	}
	defer s.close()
	t := &Taxonomy{}
	for _, f := range formats {
		if !f.recognise(s) {
			continue
		}
		if err := f.read(t, s, language); err != nil {
			return nil, err
		}
		break
	}
	if n := t.findings.leftOut(); n > 0 {
		slog.Warn("taxonomy: rows left out", "folder", path, "rows", n, "why", t.findings.String(), "first", t.findings.Named[0])
	}
	if len(t.groups) == 0 {
		slog.Warn("taxonomy: no groups of skills; hierarchical pairing and counts by group need them", "folder", path)
	}
	return t, nil
}

// readESCO reads ESCO's three CSV files. ESCO 1.0 has no hierarchy file.
func (t *Taxonomy) readESCO(s *source, language string) error {
	t.pairingLevel = 2
	skills, err := pick(s, skillsStem, language, true)
	if err != nil {
		return err
	}
	table, err := readTable(s, skills, skillColumns...)
	if err != nil {
		return err
	}
	if err := t.addSkills(table); err != nil {
		return err
	}
	hierarchy, err := pick(s, hierarchyStem, language, false)
	switch {
	case err == nil:
		if table, err = readTable(s, hierarchy, hierarchyColumns()...); err != nil {
			return err
		}
		if err := t.addHierarchy(table); err != nil {
			return err
		}
	case len(variants(s, hierarchyStem)) > 0:
		return err
	}
	relations, err := pick(s, relationsStem, language, false)
	switch {
	case err == nil:
		if table, err = readTable(s, relations, relationColumns...); err != nil {
			return err
		}
		return t.addRelations(table)
	case len(t.groups) == 0 && len(variants(s, relationsStem)) == 0:
		t.connect(t.newGraph(), s.path)
		return nil
	}
	return fmt.Errorf(`%w; the portal has it in the archive without a language, "ESCO dataset - v… - classification -  - csv.zip"`, err)
}

// variants returns the names of a kind of file: the stem, and a language or nothing.
func variants(s *source, stem string) []string {
	var found []string
	for _, name := range s.names() {
		rest, ok := strings.CutPrefix(name, stem)
		if ok && (rest == ".csv" || strings.HasPrefix(rest, "_") && strings.HasSuffix(rest, ".csv")) {
			found = append(found, name)
		}
	}
	return found
}

// pick chooses one file of a kind. It takes the wanted language, else (unless strict) English, the file without a language, or the only
// one there is.
func pick(s *source, stem, language string, strict bool) (string, error) {
	found := variants(s, stem)
	wanted := []string{stem + "_en.csv", stem + ".csv"}
	if language != "" {
		if strict {
			wanted = nil
		}
		wanted = append([]string{stem + "_" + language + ".csv"}, wanted...)
	}
	for _, name := range wanted {
		if slices.Contains(found, name) {
			return name, nil
		}
	}
	onlyOne := len(found) == 1 && (language == "" || !strict)
	switch {
	case onlyOne:
		return found[0], nil
	case len(found) == 0:
		return "", fmt.Errorf("load taxonomy: %s: no %s: %w", s.path, strings.Join(wanted, " or "), fs.ErrNotExist)
	}
	return "", fmt.Errorf("load taxonomy: %s: no %s, only %s: %w", s.path, strings.Join(wanted, " or "), strings.Join(found, ", "), fs.ErrNotExist)
}
