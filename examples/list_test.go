package examples_test

import (
	"os"
	"strings"
	"testing"

	"skillspace/data/corpus"
	"skillspace/data/synthesis"
	"skillspace/data/taxonomy"
)

// TestListOfONETsShape reads the list in the shape of O*NET's technology skills and writes a corpus from it.
// docs/taxonomy.md shows its list.yaml.
func TestListOfONETsShape(t *testing.T) {
	tax, err := taxonomy.Load("list")
	if err != nil {
		t.Fatal(err)
	}
	if len(tax.Skills()) != 15 || len(tax.Groups()) != 5 || tax.PairingLevel() != 0 || tax.Findings().MergedRows != 7 {
		t.Errorf("%d skills, %d groups, level %d, %s", len(tax.Skills()), len(tax.Groups()), tax.PairingLevel(), tax.Findings())
	}
	spec := synthesis.Spec{Sentences: 60, Seed: 1, Pairing: synthesis.Hierarchical, MinSkills: 1, MaxSkills: 3, Coverage: 1}
	_, err = synthesis.Generate(t.Context(), tax, spec, func(e corpus.Example) error {
		if !strings.HasPrefix(e.Level2, "group:") {
			t.Errorf("%q has the group %q", e.Text, e.Level2)
		}
		for _, uri := range e.Skills {
			i, known := tax.Index(uri)
			if !known || tax.Groups()[tax.Level2(i)[0]].URI != e.Level2 {
				t.Errorf("%q names %s, which is not in %s", e.Text, uri, e.Level2)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	settings, err := os.ReadFile("list/list.yaml")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../docs/taxonomy.md")
	if err != nil || !strings.Contains(string(page), string(settings)) {
		t.Errorf("docs/taxonomy.md does not show list.yaml (%v)", err)
	}
}
