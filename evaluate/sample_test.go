package evaluate

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/data/taxonomy"
)

// sampleSkill returns the URI of a skill of sampleTaxonomy.
func sampleSkill(i int) string { return fmt.Sprintf("http://example.org/skill/%d", i) }

// sampleTaxonomy writes and loads a taxonomy with one skill a row: preferred label, then alternative labels.
func sampleTaxonomy(t testing.TB, skills ...[]string) *taxonomy.Taxonomy {
	t.Helper()
	if len(skills) == 0 {
		skills = [][]string{
			{"solve problems", "problem solving"},
			{"Java (computer programming)", "Java SE"},
			{"C#"},
			{"bake bread", "make bread"},
			{"bachelor's paperwork"},
			{"use spreadsheets"},
		}
	}
	dir := t.TempDir()
	rows := [][]string{{"conceptType", "conceptUri", "skillType", "reuseLevel", "preferredLabel", "altLabels", "hiddenLabels", "description"}}
	relations := [][]string{{"conceptType", "conceptUri", "broaderType", "broaderUri"}}
	for i, s := range skills {
		rows = append(rows, []string{"KnowledgeSkillCompetence", sampleSkill(i), "knowledge", "cross-sector", s[0], strings.Join(s[1:], "\n"), "", ""})
		relations = append(relations, []string{"KnowledgeSkillCompetence", sampleSkill(i), "SkillGroup", "http://example.org/S1.1"})
	}
	writeCSV(t, filepath.Join(dir, "skills_en.csv"), rows)
	writeCSV(t, filepath.Join(dir, "broaderRelationsSkillPillar.csv"), relations)
	writeCSV(t, filepath.Join(dir, "skillsHierarchy_en.csv"), [][]string{
		{
			"Level 0 URI", "Level 0 preferred term", "Level 1 URI", "Level 1 preferred term", "Level 2 URI", "Level 2 preferred term",
			"Level 3 URI", "Level 3 preferred term", "Description", "Scope note", "Level 0 code", "Level 1 code", "Level 2 code", "Level 3 code",
		},
		{
			"http://example.org/S", "skills", "http://example.org/S1", "some", "http://example.org/S1.1", "few",
			"", "", "", "", "S", "S1", "S1.1", "",
		},
	})
	tax, err := taxonomy.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return tax
}

func writeCSV(t testing.TB, path string, rows [][]string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := csv.NewWriter(file).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// writeFile writes a file in a temporary folder and returns its path.
func writeFile(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// golden reads testdata written by scripts/evaluate-references/make.py.
func golden(t testing.TB, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("testdata/%s: %v", name, err)
	}
}

func near(got, want, tolerance float64) bool { return math.Abs(got-want) <= tolerance }
