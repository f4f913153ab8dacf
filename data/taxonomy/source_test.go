package taxonomy

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// archive returns a ZIP archive of files with these names and texts, in turn.
func archive(t testing.TB, namesAndTexts ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := 0; i < len(namesAndTexts); i += 2 {
		file, err := w.Create(namesAndTexts[i])
		if err == nil {
			_, err = file.Write([]byte(namesAndTexts[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func writeFile(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
}

// bakeryFile returns a file of testdata/bakery.
func bakeryFile(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(bakery, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const (
	languageArchive  = "ESCO dataset - v1.1.0 - classification - en - csv.zip"
	relationsArchive = "ESCO dataset - v1.1.0 - classification -  - csv.zip"
)

// The portal's two archives, one archive with everything, and archives beside their unpacked files are read as the folder is.
func TestArchives(t *testing.T) {
	want := loadBakery(t)
	skills, hierarchy, relations := bakeryFile(t, "skills_en.csv"), bakeryFile(t, "skillsHierarchy_en.csv"), bakeryFile(t, "broaderRelationsSkillPillar.csv")
	two := t.TempDir()
	writeFile(t, filepath.Join(two, languageArchive), archive(t, "skillsHierarchy_en.csv", hierarchy, "skills_en.csv", skills, "occupations_en.csv", "x"))
	writeFile(t, filepath.Join(two, relationsArchive), archive(t, "csv/broaderRelationsSkillPillar.csv", relations))
	unpacked := t.TempDir()
	writeFile(t, filepath.Join(unpacked, languageArchive), archive(t, "skillsHierarchy_en.csv", hierarchy, "skills_en.csv", skills))
	writeFile(t, filepath.Join(unpacked, "skills_en.csv"), []byte(skills))
	writeFile(t, filepath.Join(unpacked, "broaderRelationsSkillPillar.csv"), []byte(relations))
	one := filepath.Join(t.TempDir(), "esco.ZIP")
	writeFile(t, one, archive(t, "en/", "", "en/skillsHierarchy_en.csv", hierarchy, "en/skills_en.csv", skills, "__MACOSX/en/skills_en.csv", "?",
		"broaderRelationsSkillPillar.csv", relations))
	for _, path := range []string{two, unpacked, one} {
		got, err := Load(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if !reflect.DeepEqual(got.Skills(), want.Skills()) || !reflect.DeepEqual(got.Groups(), want.Groups()) || !reflect.DeepEqual(got.level2, want.level2) {
			t.Errorf("%s differs from the folder", path)
		}
	}
	if _, err := LoadLanguage(two, "fr"); err == nil || !strings.Contains(err.Error(), "no skills_fr.csv, only skills_en.csv") {
		t.Errorf("a language that is not there: %v", err)
	}
}

func TestBadArchives(t *testing.T) {
	skills := bakeryFile(t, "skills_en.csv")
	encrypted := bytes.Replace(archive(t, "skills_en.csv", skills), []byte("PK\x01\x02\x14\x00\x14\x00\x08\x00"), []byte("PK\x01\x02\x14\x00\x14\x00\x09\x00"), 1)
	many := make([]string, 0, 2*maxZIPEntries+2)
	for i := range maxZIPEntries + 1 {
		many = append(many, fmt.Sprintf("%d.csv", i), "")
	}
	damaged := archive(t, "skills_en.csv", skills)
	damaged[60] ^= 0xff
	for _, c := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"no archive", []byte("conceptUri"), "not a valid zip file"},
		{"cut", archive(t, "skills_en.csv", skills)[:200], "not a valid zip file"},
		{"damaged", damaged, "esco.zip/skills_en.csv"},
		{"no skills", archive(t, "a.csv", "b"), "no skills_en.csv"},
		{"bomb", archive(t, "skills_en.csv", strings.Repeat("a", 32<<20)), "compressed to less than 1/200 of its size"},
		{"path upwards", archive(t, "../skills_en.csv", skills), "no path inside the archive"},
		{"absolute path", archive(t, "/skills_en.csv", skills), "no path inside the archive"},
		{"backslash", archive(t, `en\skills_en.csv`, skills), "no path inside the archive"},
		{"encrypted", encrypted, "is encrypted"},
		{"too many entries", archive(t, many...), "has 10001 entries"},
		{"two files of a name", archive(t, "a/skills_en.csv", skills, "b/skills_en.csv", skills+"\n"), "differ; keep the one"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "esco.zip")
			writeFile(t, path, c.content)
			for _, path := range []string{path, filepath.Dir(path)} {
				if _, err := Load(path); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error %v\nwant %s", err, c.want)
				}
			}
		})
	}
	text := filepath.Join(t.TempDir(), "skills.csv")
	writeFile(t, text, []byte(skills))
	if _, err := Load(text); err == nil || !strings.Contains(err.Error(), "want a folder or a ZIP archive") {
		t.Errorf("a CSV file: %v", err)
	}
}

// ESCO 1.0 has no hierarchy file. Its skills and the relations between them are read.
func TestWithoutHierarchy(t *testing.T) {
	tax, err := Load(folder(t, twoSkills, "", everything))
	if err != nil {
		t.Fatal(err)
	}
	if len(tax.Skills()) != 2 || len(tax.Groups()) != 0 || len(tax.Level2(0)) != 0 || !reflect.DeepEqual(tax.Broader(1), []int{0}) {
		t.Errorf("%d skills, %d groups, broader %v", len(tax.Skills()), len(tax.Groups()), tax.Broader(1))
	}
	if got := tax.Findings(); got.WithoutLevel2 != 0 {
		t.Errorf("findings %s", got)
	}
	tax, err = Load(folder(t, twoSkills, "", ""))
	if err != nil || len(tax.Skills()) != 2 || tax.Broader(1) != nil {
		t.Errorf("the skills file alone: %v, %v", tax, err)
	}
}
