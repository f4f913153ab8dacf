package english

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"skillspace/data/synthesis/template"
	"skillspace/data/taxonomy"
)

// texts returns a namer's mentions of one source, verb phrases marked by an asterisk.
func texts(n *namer, from template.Source) []string {
	var list []string
	for _, m := range n.by[from] {
		text := m.Text
		if m.Verb {
			text = "*" + text
		}
		list = append(list, text)
	}
	return list
}

func TestNamerReadsLabels(t *testing.T) {
	n := newNamer(&taxonomy.Skill{
		PreferredLabel: "coordinate harbour traffic (ports)", Type: "skill/competence",
		AltLabels: []string{
			"coordinating harbour traffic", "harbour traffic coordinating", "market research", "direct harbour traffic",
			"coordination of harbour traffic", "ability to steer harbour traffic", "fluent in harbour language", "guides ships into port",
		},
	}, nil)
	if got := texts(n, template.FromPreferred); !slices.Equal(got, []string{"*coordinate harbour traffic"}) {
		t.Errorf("preferred: %q", got)
	}
	want := []string{
		"*coordinate harbour traffic", "market research", "*direct harbour traffic", "coordination of harbour traffic",
		"*steer harbour traffic", "*be fluent in harbour language", "guides ships into port",
	}
	if got := texts(n, template.FromAlternative); !slices.Equal(got, want) {
		t.Errorf("alternatives:\n got %q\nwant %q", got, want)
	}
	if got := texts(n, template.FromConcept); !slices.Equal(got, []string{"harbour traffic"}) {
		t.Errorf("concepts: %q", got)
	}
	if got := texts(n, template.FromNominal); !slices.Contains(got, "coordination of harbour traffic") || !slices.Contains(got, "harbour traffic coordination") {
		t.Errorf("nominals: %q", got)
	}
}

func TestNamerReadsDescriptions(t *testing.T) {
	n := newNamer(&taxonomy.Skill{
		PreferredLabel: "guard a lighthouse", Type: "skill/competence",
		Description: "Keep the lamp of a tower burning at night, such as by filling it with oil. Warn ships of rocks. Repeat this often. Design is an art.",
	}, nil)
	want := []string{"*keep the lamp of a tower burning at night, such as by filling it with oil", "*keep the lamp of a tower burning at night", "*warn ships of rocks"}
	if got := texts(n, template.FromClause); !slices.Equal(got, want) {
		t.Errorf("clauses:\n got %q\nwant %q", got, want)
	}
	for _, c := range []struct{ description, want string }{
		{"Know the habits of garden birds.", "the habits of garden birds"},
		{"The ways in which glass is coloured.", "the ways in which glass is coloured"},
		{"Finkit is a tool for drawing maps by hand.", "a tool for drawing maps by hand"},
		{"Understanding of tides and currents.", "tides and currents"},
	} {
		n := newNamer(&taxonomy.Skill{PreferredLabel: "Finkit", Type: "knowledge", Description: c.description}, nil)
		if got := texts(n, template.FromClause); !slices.Contains(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.description, got, c.want)
		}
	}
}

func TestNamerNeverLeavesASkillUnnamed(t *testing.T) {
	for _, label := range []string{"()", "", "日本語", strings.Repeat("x ", 5000), "\\", "a\x00b", "be", "(only brackets)"} {
		for _, kind := range []string{"knowledge", "skill/competence", ""} {
			n := newNamer(&taxonomy.Skill{PreferredLabel: label, Type: kind, Description: strings.Repeat("word, ", 3000) + "."}, nil)
			if len(n.by[template.FromPreferred]) == 0 {
				t.Errorf("%.20q has no name", label)
			}
		}
	}
}

func TestSharedClausesAreDropped(t *testing.T) {
	var namers []*namer
	for _, label := range []string{"one", "two", "three"} {
		namers = append(namers, newNamer(&taxonomy.Skill{PreferredLabel: label, Type: "knowledge", Description: "The principles of some craft."}, nil))
	}
	namers = append(namers, newNamer(&taxonomy.Skill{PreferredLabel: "four", Type: "knowledge", Description: "The art of fishing."}, nil))
	dropShared(namers)
	if len(namers[0].by[template.FromClause]) != 0 || len(namers[3].by[template.FromClause]) != 1 {
		t.Errorf("left %q and %q", texts(namers[0], template.FromClause), texts(namers[3], template.FromClause))
	}
}

func TestSingular(t *testing.T) {
	for plural, want := range map[string]string{
		"contracts": "contract", "properties": "property", "bus": "bus", "glass": "glass", "batches": "batch", "statistics": "statistics",
		"staff": "staff", "analysis": "analysis", "boxes": "box", "sales": "sales",
	} {
		if got := singular(plural); got != want {
			t.Errorf("singular(%q) = %q, want %q", plural, got, want)
		}
	}
}

// esco loads the full ESCO, or skips.
func esco(t *testing.T) *taxonomy.Taxonomy {
	t.Helper()
	const dir = "../../../../shared/data/esco-1.1.0"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("needs ../shared/data/esco-1.1.0 beside the repository: ", err)
	}
	tax, err := taxonomy.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return tax
}

func TestPhrasesFitESCO(t *testing.T) {
	table, err := LoadPhrases()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, s := range esco(t).Skills() {
		known[labelKey(s.PreferredLabel)] = true
	}
	for label, p := range table {
		if !known[label] {
			t.Errorf("ESCO has no skill %q", label)
		}
		if len(p.verbs)+len(p.nouns)+len(p.adjectives) == 0 {
			t.Errorf("%q has no phrases", label)
		}
		for _, v := range p.verbs {
			if !IsVerbPhrase(v) {
				t.Errorf("%q: %q does not begin with a verb", label, v)
			}
		}
	}
}

func TestEveryRuleOfTheBanksIsUsed(t *testing.T) {
	g, err := banks()
	if err != nil {
		t.Fatal(err)
	}
	starts := []string{
		"verb_frame", "np_frame", "noun_frame", "field_frame", "short_frame", "tag_frame", "tool_frame", "language_frame",
		"mixed_frame", "verb_pair", "np_pair", "noun_pair", "adj_frame", "attr_frame", "soft_frame", "soft_any", "negative",
		"lead_heading", "lead_bullet", "lead_context", "tail_short", "tail_sentence", "tail_purpose", "neg_company",
	}
	for _, p := range placeholders {
		starts = append(starts, p[1])
	}
	for _, start := range starts {
		if !g.Has(start) {
			t.Errorf("the banks define no rule %q", start)
		}
	}
	if left := g.Unreached(starts...); len(left) > 0 {
		t.Errorf("no sentence uses the rules %v", left)
	}
}

func TestReadPhrasesNamesTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"v plan":            "p/a.txt:1: text before",
		"= a\nx plan":       "p/a.txt:2: want a line",
		"= a\nv plan;; run": "p/a.txt:2: an empty phrase",
		"= a\n\n= b | A":    "p/a.txt:3: \"a\" has an entry",
	} {
		_, err := readPhrases(fstest.MapFS{"p/a.txt": {Data: []byte(text)}}, "p")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func FuzzNamer(f *testing.F) {
	f.Add("manage musical staff", "music staff managing", "Assign and manage tasks, such as scoring.", true)
	f.Add("Java (computer programming)", "", "The techniques and principles of software development.", false)
	f.Fuzz(func(t *testing.T, label, alt, description string, competence bool) {
		kind := "knowledge"
		if competence {
			kind = "skill/competence"
		}
		n := newNamer(&taxonomy.Skill{PreferredLabel: label, AltLabels: []string{alt}, Description: description, Type: kind}, nil)
		if len(n.by[template.FromPreferred]) == 0 {
			t.Errorf("%q has no name", label)
		}
	})
}
