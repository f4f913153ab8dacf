package index

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"unicode/utf8"

	"skillspace/checkpoints"
	"skillspace/data/taxonomy"
	"skillspace/internal/folder"
)

// SkillsFile is the name of the file of an exported checkpoint that holds its skills, one JSON object a line.
const SkillsFile = "skills.jsonl"

// maxSkillLine bounds a line of the file, in bytes. ESCO's longest skill takes 5 kB.
const maxSkillLine = 1 << 20

// storedSkill is one line of the file. Rows[0] to Rows[1]-1 are the skill's rows in the file of embeddings, its
// preferred label's first.
type storedSkill struct {
	URI         string   `json:"uri"`
	Label       string   `json:"label"`
	AltLabels   []string `json:"alt_labels,omitempty"`
	Hidden      []string `json:"hidden_labels,omitempty"`
	Description string   `json:"description,omitempty"`
	Type        string   `json:"type,omitempty"`
	ReuseLevel  string   `json:"reuse_level,omitempty"`
	Rows        [2]int   `json:"rows"`
}

// WriteSkills writes the skills of an exported checkpoint, for [ReadSkills]. views are those of the stored embeddings.
func WriteSkills(w io.Writer, skills []taxonomy.Skill, views Views) error {
	_, index := indexTexts(skills, views)
	rows := make([][2]int, len(skills))
	for row, skill := range index.skill {
		if rows[skill][1] == 0 {
			rows[skill][0] = row
		}
		rows[skill][1] = row + 1
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	for i, s := range skills {
		if err := encoder.Encode(storedSkill{s.URI, s.PreferredLabel, s.AltLabels, s.HiddenLabels, s.Description, s.Type, s.ReuseLevel, rows[i]}); err != nil {
			return fmt.Errorf("write skills: %w", err)
		}
	}
	return nil
}

// ErrNoSkills means that a checkpoint was exported without a taxonomy.
var ErrNoSkills = errors.New("no skills are stored with it")

// ReadSkills reads the skills of an exported checkpoint. Errors name file and line. Without the file the error is
// [ErrNoSkills].
func ReadSkills(dir string) ([]taxonomy.Skill, error) {
	in, err := folder.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("read stored skills: %w", err)
	}
	defer in.Close()
	return readSkills(in)
}

// ReadSkillsFrom reads the skills of an open checkpoint, after it has compared their file with the manifest.
func ReadSkillsFrom(c *checkpoints.Checkpoint) ([]taxonomy.Skill, error) {
	if err := c.VerifyFile(SkillsFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return readSkills(c.Folder())
}

func readSkills(in *folder.Folder) ([]taxonomy.Skill, error) {
	path := in.Join(SkillsFile)
	content, _, err := in.Content(SkillsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("checkpoint %s: %w: name the folder of ESCO or of a list with its list.yaml (taxonomy), or export the checkpoint with one", in.Path(), ErrNoSkills)
	}
	if err != nil {
		return nil, fmt.Errorf("read stored skills: %w", err)
	}
	var skills []taxonomy.Skill
	scanner := bufio.NewScanner(content)
	scanner.Buffer(nil, maxSkillLine)
	for line := 1; scanner.Scan(); line++ {
		var s storedSkill
		if err := json.Unmarshal(scanner.Bytes(), &s); err != nil {
			return nil, fmt.Errorf("read stored skills: %s:%d: %w", path, line, err)
		}
		if s.URI == "" || s.Label == "" || !utf8.Valid(scanner.Bytes()) {
			return nil, fmt.Errorf("read stored skills: %s:%d: want UTF-8 text with uri and label", path, line)
		}
		skills = append(skills, taxonomy.Skill{URI: s.URI, PreferredLabel: s.Label, AltLabels: s.AltLabels, HiddenLabels: s.Hidden,
			Description: s.Description, Type: s.Type, ReuseLevel: s.ReuseLevel})
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("read stored skills: %s: after skill %d: %w", path, len(skills), err)
	}
	if len(skills) == 0 {
		return nil, fmt.Errorf("read stored skills: %s is empty", path)
	}
	return skills, nil
}
