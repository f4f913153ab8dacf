package taxonomy

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// sharedESCO is the folder of the official ESCO 1.1.0 files, which the project does not contain.
func sharedESCO(t testing.TB) string {
	dir := filepath.FromSlash("../../../shared/data/esco-1.1.0")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("needs ../shared/data/esco-1.1.0 (ESCO 1.1.0, official CSV files) beside the repository: %v", err)
	}
	return dir
}

func TestOfficialESCO(t *testing.T) {
	tax, err := Load(sharedESCO(t))
	if err != nil {
		t.Fatal(err)
	}
	perLevel := [levels]int{}
	withSkills := 0
	for i, group := range tax.Groups() {
		perLevel[group.Level]++
		if group.Level == 2 && len(tax.Members(i)) > 0 {
			withSkills++
		}
	}
	if n := len(tax.Skills()); n != 13891 {
		t.Errorf("%d skills, want 13891", n)
	}
	if want := [levels]int{4, 28, 157, 449}; perLevel != want {
		t.Errorf("nodes a level %v, want %v", perLevel, want)
	}
	if withSkills != 129 {
		t.Errorf("%d Level-2 groups have skills, want 129", withSkills)
	}
	for i, skill := range tax.Skills() {
		if len(tax.Level2(i)) == 0 || len(tax.Level1(i)) == 0 {
			t.Fatalf("skill %s reaches no Level-2 or no Level-1 group", skill.URI)
		}
	}
	report := tax.Findings()
	report.Named = nil
	if want := (Findings{UnknownConcepts: 5}); report.String() != want.String() {
		t.Errorf("report %q, want %q", report, want)
	}
}

// The portal's archives, as they are, hold what the unpacked files hold.
func TestOfficialArchives(t *testing.T) {
	want, err := Load(sharedESCO(t))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Load(sharedESCO(t) + "-official")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Skills(), want.Skills()) || !reflect.DeepEqual(got.Groups(), want.Groups()) || !reflect.DeepEqual(got.level2, want.level2) ||
		!reflect.DeepEqual(got.broader, want.broader) || got.Findings().String() != want.Findings().String() {
		t.Error("the archives and the unpacked files differ")
	}
}
