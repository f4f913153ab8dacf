package index_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"skillspace/index"
)

// FuzzReadSkills: any file of skills is refused, or every skill has a URI and a label. What is read is written so that
// it reads the same.
func FuzzReadSkills(f *testing.F) {
	var stored bytes.Buffer
	if err := index.WriteSkills(&stored, skills, index.LabelsOnly); err != nil {
		f.Fatal(err)
	}
	f.Add(stored.Bytes())
	f.Add([]byte(`{"uri":"u","label":"l","rows":[-1,9]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		path := filepath.Join(dir, index.SkillsFile)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		read, err := index.ReadSkills(dir)
		if err != nil {
			return
		}
		for _, skill := range read {
			if skill.URI == "" || skill.PreferredLabel == "" {
				t.Fatalf("%q gives %+v", text, skill)
			}
		}
		var again bytes.Buffer
		if err := errors.Join(index.WriteSkills(&again, read, index.LabelsOnly), os.WriteFile(path, again.Bytes(), 0o600)); err != nil {
			t.Fatal(err)
		}
		if twice, err := index.ReadSkills(dir); err != nil || len(twice) != len(read) {
			t.Fatalf("%q: %d skills, then %d, %v", text, len(read), len(twice), err)
		}
	})
}
