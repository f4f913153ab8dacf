package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const escoHeader = "conceptType,conceptUri,skillType,reuseLevel,preferredLabel,altLabels,description\n"

// taxonomyFolder writes a folder with these skills and the sample's hierarchy and relations.
func taxonomyFolder(t *testing.T, skills string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"skillsHierarchy_en.csv", "broaderRelationsSkillPillar.csv"} {
		text, err := os.ReadFile(filepath.Join(ontology, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "skills_en.csv"), []byte(skills), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// extracted returns the skills of a sentence with their scores, as JSON lines.
func extracted(t *testing.T, biencoder, taxonomy string) string {
	t.Helper()
	out, err := execute(t, t.Context(), "You answer the phone and drive a lorry.", "--checkpoint", biencoder, "--taxonomy", taxonomy, "--threshold", "-1", "--cache=false")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Alternative labels that are divided by bars score as those that are divided by line breaks.
func TestLabelsDividedByBarsScoreAsThoseByLineBreaks(t *testing.T) {
	biencoder, _ := models(t)
	labels := []string{"answer phone calls", "take calls", "steer a lorry"}
	rows := func(divider string) string {
		return escoHeader + `KnowledgeSkillCompetence,u:1,,,telephony,"` + strings.Join(labels, divider) + "\",\nKnowledgeSkillCompetence,u:2,,,clean rooms,,\n"
	}
	bars, breaks := extracted(t, biencoder, taxonomyFolder(t, rows(" | "))), extracted(t, biencoder, taxonomyFolder(t, rows("\n")))
	one := extracted(t, biencoder, taxonomyFolder(t, rows(", ")))
	if bars != breaks || bars == one {
		t.Errorf("bars         %s\nline breaks  %s\none label    %s", bars, breaks, one)
	}
}

// A skill without a label and a row of commas are left out, and the rest is found as if they were not there.
func TestHolesOfATaxonomyAreLeftOut(t *testing.T) {
	biencoder, _ := models(t)
	whole := escoHeader + "KnowledgeSkillCompetence,u:1,,,drive lorries,,\nKnowledgeSkillCompetence,u:2,,,clean rooms,,\n"
	holes := whole + "KnowledgeSkillCompetence,u:3,,,,a,\n,,,,,,\nKnowledgeSkillCompetence,u:1,,,drive lorries,,\n"
	if a, b := extracted(t, biencoder, taxonomyFolder(t, whole)), extracted(t, biencoder, taxonomyFolder(t, holes)); a != b {
		t.Errorf("whole %s\nholes %s", a, b)
	}
}

// A list of one's own is searched as ESCO is.
func TestExtractsFromAList(t *testing.T) {
	biencoder, _ := models(t)
	got := records(t, extracted(t, biencoder, "../../examples/list"))
	if len(got) != 1 || len(got[0].Skills) == 0 || got[0].Skills[0].URI != got[0].Skills[0].Label {
		t.Errorf("%+v", got)
	}
}

// The cases of ../shared go through extraction.
func TestSharedTaxonomyCases(t *testing.T) {
	const cases = "../../../shared/cases/"
	if _, err := os.Stat(cases); err != nil {
		t.Skipf("needs ../shared/cases beside the repository: %v", err)
	}
	biencoder, _ := models(t)
	results := map[string]string{}
	for _, name := range []string{"blank-label.skills_es", "commas-row.skills_en", "collection.skills_en", "collection-line-breaks.skills_en"} {
		text, err := os.ReadFile(cases + name + ".csv")
		if err != nil {
			t.Fatal(err)
		}
		results[name] = extracted(t, biencoder, taxonomyFolder(t, string(text)))
		uris := map[string]bool{}
		for _, r := range records(t, results[name]) {
			for _, s := range r.Skills {
				uris[s.URI] = true
			}
		}
		if len(uris) == 0 || slices.Contains([]string{"", " "}, results[name]) {
			t.Errorf("%s finds nothing", name)
		}
	}
	scores := func(name string) []float64 {
		var all []float64
		for _, r := range records(t, results[name]) {
			for _, s := range r.Skills {
				all = append(all, float64(s.Score))
			}
		}
		return all
	}
	if a, b := scores("collection.skills_en"), scores("collection-line-breaks.skills_en"); !slices.Equal(a, b) {
		t.Errorf("scores with bars %v, with line breaks %v", a, b)
	}
}
