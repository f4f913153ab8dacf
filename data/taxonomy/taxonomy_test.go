package taxonomy

import (
	"reflect"
	"slices"
	"testing"
)

const bakery = "testdata/bakery" // invented, in ESCO's format: a byte order mark, ragged rows, line ends of both kinds

func loadBakery(t *testing.T) *Taxonomy {
	t.Helper()
	tax, err := Load(bakery)
	if err != nil {
		t.Fatal(err)
	}
	return tax
}

func TestSkills(t *testing.T) {
	tax := loadBakery(t)
	want := []Skill{
		{"http://example.org/skill/bake", "bake bread", []string{"make bread", "bake loaves", "prepare bread"}, []string{"bread baking"}, "Turn dough into bread.", "skill/competence", "cross-sector"},
		{"http://example.org/skill/rye", "bake rye bread", []string{"make rye bread"}, nil, "Bake bread from rye, in the oven,\nand let it rest.", "skill/competence", "sector-specific"},
		{"http://example.org/skill/count", "count loaves", nil, nil, "Tell how many there are.", "skill/competence", "transversal"},
		{"http://example.org/skill/yeast", "yeasts", []string{"biology of yeast"}, nil, "What yeasts are, and what they do.", "knowledge", "sector-specific"},
		{"http://example.org/skill/odd", "odd jobs", nil, nil, "Whatever has to be done.", "", ""},
	}
	if got := tax.Skills(); !reflect.DeepEqual(got, want) {
		t.Errorf("skills\n got %q\nwant %q", got, want)
	}
	for i, skill := range tax.Skills() {
		if got, ok := tax.Index(skill.URI); !ok || got != i {
			t.Errorf("Index(%q) = %d, %v", skill.URI, got, ok)
		}
	}
	if _, ok := tax.Index("http://example.org/skill/none"); ok {
		t.Error("Index finds a URI that is not there")
	}
}

func TestByPreferredLabel(t *testing.T) {
	tax := loadBakery(t)
	for label, want := range map[string]int{"bake bread": 0, " Bake  BREAD\u00a0": 0, "bake rye bread": 1, "yeasts": 3, "make bread": -1, "": -1} {
		got, ok := tax.ByPreferredLabel(label)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("ByPreferredLabel(%q) = %d, want %d", label, got, want)
		}
	}
}

func TestHierarchy(t *testing.T) {
	tax := loadBakery(t)
	var codes []string
	for i, g := range tax.Groups() {
		codes = append(codes, g.Code)
		if got, ok := tax.GroupIndex(g.URI); !ok || got != i {
			t.Errorf("GroupIndex(%q) = %d, %v", g.URI, got, ok)
		}
		if parent, ok := tax.Parent(i); ok != (g.Level > 0) || ok && tax.Groups()[parent].Level != g.Level-1 {
			t.Errorf("Parent(%s) = %d, %v", g.URI, parent, ok)
		}
	}
	if want := []string{"S", "S1", "S1.0", "S1.0.0", "S1.1", "S1.2", "K", "", ""}; !slices.Equal(codes, want) {
		t.Errorf("codes %q, want %q", codes, want)
	}
	want := Group{URI: "http://example.org/skill/S1", Label: "working", Code: "S1", Level: 1, Description: "Doing things,\nall day."}
	if got := tax.Groups()[1]; got != want {
		t.Errorf("group %+v, want %+v", got, want)
	}
}

func TestReach(t *testing.T) {
	tax := loadBakery(t)
	const baking, counting, resting, biology = 2, 4, 5, 8
	for skill, want := range map[int][]int{0: {baking}, 1: {baking}, 2: {counting}, 3: {biology}, 4: {baking, counting}} {
		if got := tax.Level2(skill); !slices.Equal(got, want) {
			t.Errorf("Level2(%d) = %v, want %v", skill, got, want)
		}
	}
	for group, want := range map[int][]int{0: {0, 1, 2, 4}, 1: {0, 1, 2, 4}, baking: {0, 1, 4}, 3: {0, 1, 4}, counting: {2, 4}, resting: nil, 6: {3}, biology: {3}} {
		if got := tax.Members(group); !slices.Equal(got, want) {
			t.Errorf("Members(%d) = %v, want %v", group, got, want)
		}
	}
	if got := tax.Level1(4); !slices.Equal(got, []int{1}) {
		t.Errorf("Level1 = %v", got)
	}
	for skill, want := range map[int][]int{0: nil, 1: {0}, 4: {1}} {
		if got := tax.Broader(skill); !slices.Equal(got, want) {
			t.Errorf("Broader(%d) = %v, want %v", skill, got, want)
		}
	}
	report := tax.Findings()
	if report.UnknownConcepts != 1 || report.total() != 1 || len(report.Named) != 1 {
		t.Errorf("report %+v, want one unknown concept (isced-f/0511)", report)
	}
}

func TestLoadLanguage(t *testing.T) {
	tax, err := LoadLanguage(bakery, "zh")
	if err != nil {
		t.Fatal(err)
	}
	if got := tax.Skills()[0]; len(tax.Skills()) != 2 || got.PreferredLabel != "烤面包" || got.AltLabels[1] != "烘烤面包" {
		t.Errorf("skills %q", tax.Skills())
	}
	if i, ok := tax.ByPreferredLabel("酵母"); !ok || len(tax.Level2(i)) != 1 {
		t.Errorf("酵母 is skill %d, %v", i, ok)
	}
	if tax, err = LoadLanguage(bakery, ""); err != nil || tax.Skills()[0].PreferredLabel != "bake bread" {
		t.Errorf("without a language: %v, %v", tax, err)
	}
}
