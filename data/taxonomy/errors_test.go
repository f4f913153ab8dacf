package taxonomy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	skillsHeader    = "conceptType,conceptUri,skillType,reuseLevel,preferredLabel,altLabels,description\n"
	hierarchyHeader = "Level 0 URI,Level 0 preferred term,Level 1 URI,Level 1 preferred term,Level 2 URI,Level 2 preferred term,Level 3 URI,Level 3 preferred term,Description,Scope note,Level 0 code,Level 1 code,Level 2 code,Level 3 code\n"
	relationsHeader = "conceptType,conceptUri,broaderType,broaderUri\n"

	twoSkills  = skillsHeader + "KnowledgeSkillCompetence,u:a,,,a,,\nKnowledgeSkillCompetence,u:b,,,b,,\n"
	oneChain   = hierarchyHeader + "g:0,zero,g:1,one,g:2,two\n"
	aBelowTwo  = relationsHeader + ",u:a,,g:2\n"
	bBelowA    = ",u:b,,u:a\n"
	everything = aBelowTwo + bBelowA
)

// folder writes the three files of a taxonomy; an empty text leaves a file out.
func folder(t testing.TB, skills, hierarchy, relations string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"skills_en.csv": skills, "skillsHierarchy_en.csv": hierarchy, "broaderRelationsSkillPillar_en.csv": relations} {
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ name, skills, hierarchy, relations, want string }{
		{"missing column", strings.Replace(twoSkills, "altLabels", "alt", 1), oneChain, everything, `skills_en.csv:1: missing column "altLabels"`},
		{"missing columns", "conceptUri\n", oneChain, everything, `skills_en.csv:1: missing columns ["conceptType" "skillType" "reuseLevel" "preferredLabel" "altLabels" "description"]`},
		{"column twice", strings.Replace(twoSkills, "altLabels", "altLabels,altLabels", 1), oneChain, everything, `skills_en.csv:1: column "altLabels" appears twice`},
		{"labels divided in two ways", skillsHeader + "KnowledgeSkillCompetence,u:a,,,a,\"x\ny\",\nKnowledgeSkillCompetence,u:b,,,b,v | w,\n", oneChain, everything, "skills_en.csv:4: labels are divided by \" | \" here and by line breaks on line 2"},
		{"no URI", twoSkills + "KnowledgeSkillCompetence,,,,c,,\n", oneChain, everything, "skills_en.csv:4: a skill without conceptUri"},
		{"line after a long cell", skillsHeader + "KnowledgeSkillCompetence,u:a,,,a,\"x\ny\nz\",\nKnowledgeSkillCompetence,,,,c,,\n", oneChain, everything, "skills_en.csv:5: a skill without"},
		{"line after carriage returns", strings.ReplaceAll(skillsHeader+"KnowledgeSkillCompetence,u:a,,,a,\"x\ny\",\nKnowledgeSkillCompetence,,,,c,,\n", "\n", "\r"), oneChain, everything, "skills_en.csv:4: a skill without"},
		{"empty file", "\n", oneChain, everything, "skills_en.csv: empty file"},
		{"no skills", skillsHeader, oneChain, everything, "skills_en.csv:1: no skills"},
		{"open quote", twoSkills + "\"a", oneChain, everything, "skills_en.csv:4: "},
		{"stray quote", twoSkills + "a\"b,c\n", oneChain, everything, "skills_en.csv:4: "},
		{"not UTF-8", twoSkills + "KnowledgeSkillCompetence,u:c,,,caf\xe9,,\n", oneChain, everything, "skills_en.csv:4: not UTF-8"},
		{"UTF-16", "\xff\xfec\x00o\x00", oneChain, everything, "skills_en.csv:1: not UTF-8"},
		{"hole in the path", twoSkills, hierarchyHeader + "g:0,zero,,,g:2,two\n", everything, "skillsHierarchy_en.csv:2: Level 2 URI is set, but Level 1 URI is empty"},
		{"no path", twoSkills, oneChain + ",x\n", everything, "skillsHierarchy_en.csv:3: Level 0 URI is empty"},
		{"group at two places", twoSkills, oneChain + "g:0,zero,g:2,two\n", everything, "skillsHierarchy_en.csv:3: g:2 is at Level 1 here"},
		{"group under two parents", twoSkills, oneChain + "g:0,zero,g:9,nine,g:2,two\n", everything, "skillsHierarchy_en.csv:3: g:2 is at Level 2 here, but stood at another place"},
		{"group without label", twoSkills, hierarchyHeader + "g:0\n", everything, "skillsHierarchy_en.csv:2: g:0 has no Level 0 preferred term"},
		{"group that is a skill", twoSkills, hierarchyHeader + "u:a,a\n", everything, "skillsHierarchy_en.csv:2: u:a is a skill"},
		{"no groups", twoSkills, hierarchyHeader, everything, "skillsHierarchy_en.csv:1: no groups"},
		{"short relation", twoSkills, oneChain, everything + "SkillGroup,g:2\n", "broaderRelationsSkillPillar_en.csv:4: a broader relation needs"},
		{"no relations file", twoSkills, oneChain, "", "no broaderRelationsSkillPillar_en.csv or"},
		{"where the relations are", twoSkills, oneChain, "", "in the archive without a language"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(folder(t, c.skills, c.hierarchy, c.relations))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestMissingFolderAndLanguage(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing folder: %v", err)
	}
	_, err := LoadLanguage(bakery, "fr")
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "no skills_fr.csv, only skills_en.csv, skills_zh.csv") {
		t.Errorf("missing language: %v", err)
	}
	for _, language := range []string{"../en", "e n"} {
		if _, err := LoadLanguage(bakery, language); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("language %q: %v", language, err)
		}
	}
}

// TestOddities: what does not stop a load is counted and named.
func TestOddities(t *testing.T) {
	skills := strings.Replace(twoSkills, "description", "description,status", 1) +
		"KnowledgeSkillCompetence,u:a,,,again,,\n" + // a repeated URI
		"KnowledgeSkillCompetence,u:c,,,a,,\n" + // a repeated label
		"KnowledgeSkillCompetence,u:d,,,d,,,deprecated\n" +
		"SkillGroup,u:e,,,e,,\n" +
		"KnowledgeSkillCompetence,u:f,,,f,,\n" // below nothing
	hierarchy := oneChain + "g:0,zero again,,\n"
	relations := everything + ",u:b,,u:a\n,u:a,,u:a\n,u:a,,u:b\n,u:c,,x:1\n,x:1,,x:2\n,x:2,,g:2\n"
	tax, err := Load(folder(t, skills, hierarchy, relations))
	if err != nil {
		t.Fatal(err)
	}
	got := tax.Findings()
	want := Findings{InactiveSkills: 1, OtherConcepts: 1, DuplicateSkills: 1, DuplicateLabels: 1, ConflictingGroups: 1, DuplicateRelations: 1,
		SelfRelations: 1, UnknownConcepts: 2, CyclicConcepts: 2, WithoutLevel2: 1}
	if got.String() != want.String() {
		t.Errorf("report\n got %s\nwant %s", got, want)
	}
	if len(got.Named) != want.total() {
		t.Errorf("%d named, want %d: %q", len(got.Named), want.total(), got.Named)
	}
	if i, _ := tax.ByPreferredLabel("a"); i != 0 {
		t.Errorf("a repeated label finds skill %d, want the first", i)
	}
	for i, skill := range tax.Skills() { // u:a and u:b are above each other, u:c reaches the group through two unknown concepts
		if want := skill.URI != "u:f"; (len(tax.Level2(i)) == 1) != want {
			t.Errorf("%s reaches %v", skill.URI, tax.Level2(i))
		}
	}
}

func TestReportBoundsNames(t *testing.T) {
	relations := everything
	for i := range 100 {
		relations += fmt.Sprintf(",u:a,,x:%d\n", i)
	}
	tax, err := Load(folder(t, twoSkills, oneChain, relations))
	if err != nil {
		t.Fatal(err)
	}
	if r := tax.Findings(); r.UnknownConcepts != 100 || len(r.Named) != maxNamed || r.Clean() {
		t.Errorf("%d counted, %d named", r.UnknownConcepts, len(r.Named))
	}
}

// A hole in a file is left out, counted and named; the rest is read.
func TestHoles(t *testing.T) {
	skills := twoSkills + "KnowledgeSkillCompetence,u:c,,, ,,\n,,,,,,\n" + "KnowledgeSkillCompetence,u:d,,,d,,\n , ,\n"
	tax, err := Load(folder(t, skills, oneChain+",,,,\n", everything+",u:d,,g:2\n,,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := tax.Findings()
	if got.WithoutLabel != 1 || got.BlankRows != 4 || got.total() != 5 || len(tax.Skills()) != 3 {
		t.Errorf("%d skills; %s", len(tax.Skills()), got)
	}
	for i, want := range []string{"skills_en.csv:5: a row", "skills_en.csv:7: a row", "skills_en.csv:4: skill u:c has no preferredLabel"} {
		if !slices.ContainsFunc(got.Named, func(named string) bool { return strings.Contains(named, want) }) {
			t.Errorf("%d: %q does not name %q", i, got.Named, want)
		}
	}
}

// The files of ESCO's collections divide labels by bars.
func TestLabelsDividedByBars(t *testing.T) {
	skills := skillsHeader + "KnowledgeSkillCompetence,u:a,,,knead dough,work dough | fold dough |  press dough | knead dough,\n" +
		"KnowledgeSkillCompetence,u:b,,,pipe|tube,only one,\n"
	tax, err := Load(folder(t, skills, oneChain, everything))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := tax.Skills()[0].AltLabels, []string{"work dough", "fold dough", "press dough"}; !slices.Equal(got, want) {
		t.Errorf("labels %q, want %q", got, want)
	}
	if got := tax.Skills()[1]; got.PreferredLabel != "pipe|tube" || !slices.Equal(got.AltLabels, []string{"only one"}) {
		t.Errorf("%+v", got)
	}
}

// TestLongChain: neither a deep chain nor a large cycle takes more than linear time or a deep stack.
func TestLongChain(t *testing.T) {
	const n = 100_000
	var skills, relations strings.Builder
	skills.WriteString(skillsHeader)
	relations.WriteString(relationsHeader + ",u:0,,g:2\n")
	for i := range n {
		fmt.Fprintf(&skills, "KnowledgeSkillCompetence,u:%d,,,label %d,,\n", i, i)
		fmt.Fprintf(&relations, ",u:%d,,u:%d\n", (i+1)%n, i)
	}
	tax, err := Load(folder(t, skills.String(), oneChain, relations.String()))
	if err != nil {
		t.Fatal(err)
	}
	if len(tax.Members(2)) != n || len(tax.Level2(n-1)) != 1 || tax.Findings().CyclicConcepts != n {
		t.Errorf("%d members, report %s", len(tax.Members(2)), tax.Findings())
	}
}
