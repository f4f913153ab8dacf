package taxonomy

import (
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The official file names begin with these; a language or nothing follows.
const (
	skillsStem    = "skills"
	hierarchyStem = "skillsHierarchy"
	relationsStem = "broaderRelationsSkillPillar"
)

// Load reads the English taxonomy from a folder of ESCO's CSV files as published (1.0 to 1.2): skills_en.csv, skillsHierarchy_en.csv and
// broaderRelationsSkillPillar.csv. Without an English file it takes the one without a language, or the only one there is.
// Errors name the file and, where they concern a row, the line. What is odd but harmless is counted in Findings; what was left out is
// logged too.
func Load(dir string) (*Taxonomy, error) { return load(dir, "") }

// LoadLanguage is Load for another language, for example "zh" for skills_zh.csv. The skills file must be in that language;
// the hierarchy falls back to English, as translations often lack it. An empty language is Load's choice.
func LoadLanguage(dir, language string) (*Taxonomy, error) {
	if strings.Trim(strings.ToLower(language), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		return nil, fmt.Errorf("load taxonomy: language %q: want a code such as \"en\" or \"zh\"", language)
	}
	return load(dir, language)
}

// format is a kind of taxonomy folder.
type format struct {
	// recognise reports whether a folder with these entries is of the format.
	recognise func(entries []fs.DirEntry) bool
	// read adds the folder's skills (addSkill), groups (addGroup) and relations (addRelations) to an empty taxonomy.
	read func(t *Taxonomy, dir string, entries []fs.DirEntry, language string) error
}

// formats are tried in order. The last one takes every folder, so that its error says which files are missing.
var formats = []format{
	{recognise: func([]fs.DirEntry) bool { return true }, read: (*Taxonomy).readESCO},
}

func load(dir, language string) (*Taxonomy, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("load taxonomy: %w", err)
	}
	t := &Taxonomy{}
	for _, f := range formats {
		if !f.recognise(entries) {
			continue
		}
		if err := f.read(t, dir, entries, language); err != nil {
			return nil, err
		}
		break
	}
	if n := t.findings.leftOut(); n > 0 {
		slog.Warn("taxonomy: rows left out", "folder", dir, "rows", n, "why", t.findings.String(), "first", t.findings.Named[0])
	}
	return t, nil
}

// readESCO reads ESCO's three CSV files.
func (t *Taxonomy) readESCO(dir string, entries []fs.DirEntry, language string) error {
	skills, err := pick(dir, entries, skillsStem, language, true)
	if err != nil {
		return err
	}
	hierarchy, err := pick(dir, entries, hierarchyStem, language, false)
	if err != nil {
		return err
	}
	relations, err := pick(dir, entries, relationsStem, language, false)
	if err != nil {
		return err
	}
	if err := t.readSkills(skills); err != nil {
		return err
	}
	if err := t.readHierarchy(hierarchy); err != nil {
		return err
	}
	return t.readRelations(relations)
}

// pick chooses one file of a kind: in the wanted language, else (unless strict) English, without a language, or the only one there is.
func pick(dir string, entries []fs.DirEntry, stem, language string, strict bool) (string, error) {
	var found []string
	for _, entry := range entries {
		rest, ok := strings.CutPrefix(entry.Name(), stem)
		if !ok || entry.IsDir() {
			continue
		}
		if rest == ".csv" || strings.HasPrefix(rest, "_") && strings.HasSuffix(rest, ".csv") {
			found = append(found, entry.Name())
		}
	}
	wanted := []string{stem + "_en.csv", stem + ".csv"}
	if language != "" {
		if strict {
			wanted = nil
		}
		wanted = append([]string{stem + "_" + language + ".csv"}, wanted...)
	}
	for _, name := range wanted {
		if slices.Contains(found, name) {
			return filepath.Join(dir, name), nil
		}
	}
	onlyOne := len(found) == 1 && (language == "" || !strict)
	switch {
	case onlyOne:
		return filepath.Join(dir, found[0]), nil
	case len(found) == 0:
		return "", fmt.Errorf("load taxonomy: %s: no %s: %w", dir, strings.Join(wanted, " or "), fs.ErrNotExist)
	}
	return "", fmt.Errorf("load taxonomy: %s: no %s, only %s: %w", dir, strings.Join(wanted, " or "), strings.Join(found, ", "), fs.ErrNotExist)
}
