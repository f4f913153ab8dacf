package taxonomy

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
)

// FuzzArchive checks that no archive makes the reader panic or read more than the bounds allow, and that a file that is read has the
// bytes that package zip finds.
func FuzzArchive(f *testing.F) {
	f.Add(archive(f, "skills_en.csv", twoSkills, "skillsHierarchy_en.csv", oneChain, "broaderRelationsSkillPillar.csv", everything))
	f.Add(archive(f, "en/", "", "en/skills_en.csv", twoSkills, "__MACOSX/x", "?"))
	f.Add(archive(f, "../skills_en.csv", twoSkills))
	f.Add(archive(f, "skills_en.csv", strings.Repeat("a,", 2<<20)))
	f.Add(archive(f, "a/skills_en.csv", "a", "b/skills_en.csv", "b"))
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, content []byte) {
		reader, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			return
		}
		s := &source{path: "x.zip", files: map[string][]place{}}
		if s.addEntries("x.zip", reader) != nil {
			return
		}
		for _, name := range s.names() {
			path, text, err := s.read(name)
			if err != nil {
				continue
			}
			entry := s.files[name][0].entry
			if strings.Contains(path, "..") && !strings.Contains(name, "..") || len(text) > freeZIPBytes && uint64(len(text)) > maxZIPRatio*entry.CompressedSize64 {
				t.Fatalf("%q: %d bytes of %d", path, len(text), entry.CompressedSize64)
			}
			opened, err := entry.Open()
			if err != nil {
				t.Fatal(err)
			}
			if want, err := io.ReadAll(opened); err != nil || !bytes.Equal(clean(want), text) {
				t.Fatalf("%q: other bytes (%v)", path, err)
			}
		}
		(&Taxonomy{}).readESCO(s, "") // an error is no failure
	})
}

// FuzzList checks that no settings and no list make the reader panic, and that what is read is consistent: every record is a skill or
// counted, and every group has its parent one level up.
func FuzzList(f *testing.F) {
	f.Add(csvSettings, csvList)
	f.Add("file: s.jsonl\ncolumns: {id: id, label: name, alternative_labels: also, group_path: [a.b, c]}\nalternative_labels_separator: ','\n",
		`{"id": 1, "name": "x", "also": ["y"], "a": {"b": "g"}, "c": null}`+"\n"+`{"id": 1, "name": "x", "also": "z,y"}`)
	f.Add("file: s.txt\ndelimiter: '|'\ncolumns: {label: a, group_path: b, status: c}\ngroup_path_separator: ' > '\npairing_level: 1\n", "a|b|c\nx|g > h|\ny|g|retired\n|||\n")
	f.Add("file: s.jsonl\ncolumns: {label: a, group_path: g}\n", `{"a": "x", "g": ["p", "", "q"]}`)
	f.Add("columns: &a {label: *a}", "")
	f.Fuzz(func(t *testing.T, settings, list string) {
		parsed, err := parseListSettings(settingsName, []byte(settings))
		if err != nil {
			return
		}
		tax := &Taxonomy{}
		if tax.parseList("list", clean([]byte(list)), parsed) != nil {
			return
		}
		for i, skill := range tax.Skills() {
			if at, ok := tax.Index(skill.URI); !ok || at != i || skill.PreferredLabel == "" {
				t.Fatalf("skill %d: %+v", i, skill)
			}
			for _, group := range tax.Level2(i) {
				if tax.Groups()[group].Level != tax.PairingLevel() {
					t.Fatalf("skill %d pairs in %+v", i, tax.Groups()[group])
				}
			}
		}
		for i, group := range tax.Groups() {
			if parent, ok := tax.Parent(i); ok != (group.Level > 0) || ok && tax.Groups()[parent].Level != group.Level-1 {
				t.Fatalf("group %+v has the parent %d", group, parent)
			}
		}
		found := tax.Findings()
		rows := bytes.Count(clean([]byte(list)), []byte("\n")) + 1
		if n := len(tax.Skills()) + found.leftOut() + found.MergedRows; n > rows {
			t.Fatalf("%d records of %d lines", n, rows)
		}
	})
}
