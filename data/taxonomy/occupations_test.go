package taxonomy

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const (
	madeUpOccupations = "conceptType,conceptUri,iscoGroup,preferredLabel,altLabels,status,description,code\n" +
		"Occupation,o:1,7512,baker,\"bread maker\nbaker\",released,Bakes.,7512.1\nOccupation,o:2,9999,taster,,released,,9999.1\n" +
		"Occupation,o:3,7512,,,released,,\nOccupation,o:4,7512,old baker,,obsolete,,\nOccupation,o:1,7512,baker again,,,,\n,,,,,,,\n"
	madeUpISCO = "conceptType,conceptUri,code,preferredLabel,status,description\n" +
		"ISCOGroup,i:7,7,craft workers,,\nISCOGroup,i:75,75,food workers,,\nISCOGroup,i:751,751,food processing,,\nISCOGroup,i:7512,7512,bakers,,Bake.\n"
	madeUpRelations = "occupationUri,relationType,skillType,skillUri\no:1,optional,,http://example.org/skill/yeast\no:1,essential,,http://example.org/skill/rye\n" +
		"o:1,essential,,http://example.org/skill/bake\no:1,optional,,http://example.org/skill/bake\no:2,essential,,http://example.org/skill/none\no:9,essential,,http://example.org/skill/bake\n"
)

func occupationFolder(t *testing.T, occupations, isco, relations string) string {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "language.zip"), archive(t, "occupations_en.csv", occupations, "ISCOGroups_en.csv", isco))
	writeFile(t, filepath.Join(dir, "occupationSkillRelations.csv"), []byte(relations))
	return dir
}

func TestLoadOccupations(t *testing.T) {
	o, err := LoadOccupations(occupationFolder(t, madeUpOccupations, madeUpISCO, madeUpRelations), "", loadBakery(t))
	if err != nil {
		t.Fatal(err)
	}
	want := []Occupation{
		{URI: "o:1", PreferredLabel: "baker", AltLabels: []string{"bread maker"}, Description: "Bakes.", Code: "7512.1", ISCO: 3, Essential: []int{0, 1}, Optional: []int{3}},
		{URI: "o:2", PreferredLabel: "taster", Code: "9999.1", ISCO: -1},
	}
	if got := o.Occupations(); !reflect.DeepEqual(got, want) {
		t.Errorf("occupations\n got %+v\nwant %+v", got, want)
	}
	for i, g := range o.Groups() {
		if g.Parent != i-1 {
			t.Errorf("group %+v", g)
		}
	}
	got := o.Findings()
	if len(got.Named) != 8 {
		t.Errorf("named %q", got.Named)
	}
	got.Named = nil
	if want := (OccupationFindings{BlankRows: 1, WithoutLabel: 1, Inactive: 1, Duplicates: 2, UnknownGroups: 1, UnknownEnds: 2}); !reflect.DeepEqual(got, want) {
		t.Errorf("findings %+v, want %+v", got, want)
	}
	if i, ok := o.Index("o:2"); i != 1 || !ok {
		t.Errorf("Index = %d, %v", i, ok)
	}
}

func TestOccupationErrors(t *testing.T) {
	for _, c := range []struct{ name, occupations, isco, relations, want string }{
		{"missing column", strings.Replace(madeUpOccupations, "iscoGroup", "isco", 1), madeUpISCO, madeUpRelations, `occupations_en.csv:1: missing column "iscoGroup"`},
		{"no URI", madeUpOccupations + "Occupation,,7512,x,,,,\n", madeUpISCO, madeUpRelations, "occupations_en.csv:9: a concept without conceptUri"},
		{"no code", madeUpOccupations, madeUpISCO + "ISCOGroup,i:8,,x,,\n", madeUpRelations, "ISCOGroups_en.csv:6: an ISCO group without code"},
		{"no occupations", strings.SplitAfter(madeUpOccupations, "\n")[0], madeUpISCO, madeUpRelations, "no occupations in the file"},
		{"other relation", madeUpOccupations, madeUpISCO, madeUpRelations + "o:1,both,,http://example.org/skill/odd\n", `relationType is "both"`},
		{"other version", madeUpOccupations, madeUpISCO, strings.ReplaceAll(madeUpRelations, "o:1", "x:1"), "are the files of one version?"},
	} {
		if _, err := LoadOccupations(occupationFolder(t, c.occupations, c.isco, c.relations), "", loadBakery(t)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v\nwant %s", c.name, err, c.want)
		}
	}
	if _, err := LoadOccupations(bakery, "", loadBakery(t)); err == nil || !strings.Contains(err.Error(), "no ISCOGroups_en.csv") {
		t.Errorf("no files: %v", err)
	}
}

func TestOfficialOccupations(t *testing.T) {
	folder := sharedESCO(t) + "-official"
	tax, err := Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	o, err := LoadOccupations(folder, "en", tax)
	if err != nil {
		t.Fatal(err)
	}
	relations, withoutGroup := 0, 0
	for _, at := range o.Occupations() {
		relations += len(at.Essential) + len(at.Optional)
		if at.ISCO < 0 {
			withoutGroup++
		}
	}
	got := o.Findings()
	if len(o.Occupations()) != 3008 || len(o.Groups()) != 619 || relations != 123852 || withoutGroup != 0 || len(got.Named) != 0 {
		t.Errorf("%d occupations, %d groups, %d relations, %d without a group, findings %+v", len(o.Occupations()), len(o.Groups()), relations, withoutGroup, got)
	}
}
