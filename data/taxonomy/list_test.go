package taxonomy

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// listFolder writes a list and its list.yaml. The settings begin with the name of the file.
func listFolder(t testing.TB, settings, text string) string {
	t.Helper()
	dir := t.TempDir()
	name, _, _ := strings.Cut(strings.TrimPrefix(settings, "file: "), "\n")
	writeFile(t, filepath.Join(dir, settingsName), []byte(settings))
	writeFile(t, filepath.Join(dir, name), []byte(text))
	return dir
}

const csvSettings = `file: skills.csv
columns:
  id: No
  label: Name
  alternative_labels: Also
  description: Meaning
  status: State
  group_path: [Area, Field, Topic, Detail]
alternative_labels_separator: "; "
`

const csvList = `No,Name,Also,Meaning,State,Area,Field,Topic,Detail
7,bake bread,make bread; bake loaves; bake bread,Turn dough into bread.,active,Food,Baking,Bread,White
8,count loaves,,,,Food,Counting,,
9,read clocks,,,,,,,
`

func TestListOfCSV(t *testing.T) {
	tax, err := Load(listFolder(t, csvSettings, csvList))
	if err != nil {
		t.Fatal(err)
	}
	want := []Skill{
		{URI: "7", PreferredLabel: "bake bread", AltLabels: []string{"make bread", "bake loaves"}, Description: "Turn dough into bread."},
		{URI: "8", PreferredLabel: "count loaves"}, {URI: "9", PreferredLabel: "read clocks"},
	}
	if got := tax.Skills(); !reflect.DeepEqual(got, want) {
		t.Errorf("skills\n got %+v\nwant %+v", got, want)
	}
	var groups []string
	for i, g := range tax.Groups() {
		groups = append(groups, g.URI)
		if parent, ok := tax.Parent(i); ok != (g.Level > 0) || ok && tax.Groups()[parent].Level != g.Level-1 {
			t.Errorf("Parent(%s) = %d, %v", g.URI, parent, ok)
		}
	}
	if want := []string{"group:Food", "group:Food/Baking", "group:Food/Baking/Bread", "group:Food/Baking/Bread/White", "group:Food/Counting"}; !slices.Equal(groups, want) {
		t.Errorf("groups %q, want %q", groups, want)
	}
	if !slices.Equal(tax.Level2(0), []int{2}) || !slices.Equal(tax.Level1(1), []int{4}) || !slices.Equal(tax.Members(0), []int{0, 1}) {
		t.Errorf("levels %v, %v; members %v", tax.Level2(0), tax.Level1(1), tax.Members(0))
	}
	if got := tax.Findings(); got.WithoutLevel2 != 2 || got.total() != 2 {
		t.Errorf("findings %s, want the two skills whose paths are short", got)
	}
}

// A list with fewer levels than ESCO pairs on its deepest level, or on the one that its settings name.
func TestPairingLevel(t *testing.T) {
	for _, c := range []struct {
		settings, list string
		level, groups  int
	}{
		{"file: s.csv\ncolumns: {label: a, group_path: b}\n", "a,b\nx,p > q\ny,r\n", 0, 2}, // without a separator a cell is one group
		{"file: s.csv\ncolumns: {label: a, group_path: b}\ngroup_path_separator: ' > '\n", "a,b\nx,p > q\ny,p > r\n", 1, 3},
		{"file: s.csv\ncolumns: {label: a, group_path: b}\ngroup_path_separator: /\n", "a,b\nx,p/q/r/s\ny,p/q/r/t\n", 2, 5},
		{"file: s.csv\ncolumns: {label: a, group_path: b}\ngroup_path_separator: /\npairing_level: 3\n", "a,b\nx,p/q/r/s\ny,p/q/r/t\n", 3, 5},
	} {
		tax, err := Load(listFolder(t, c.settings, c.list))
		if err != nil {
			t.Error(err)
			continue
		}
		if tax.PairingLevel() != c.level || len(tax.Groups()) != c.groups || len(tax.Level2(0)) != 1 || tax.Groups()[tax.Level2(0)[0]].Level != c.level {
			t.Errorf("%s: level %d, %d groups, x in %v", c.settings, tax.PairingLevel(), len(tax.Groups()), tax.Level2(0))
		}
	}
}

func TestListOfJSONLines(t *testing.T) {
	settings := `file: skills.jsonl
language: zh
columns: {id: id, label: name, alternative_labels: names, group_path: [category.name, sub.name]}
alternative_labels_separator: ","
`
	list := `{"id": 12, "name": " 烤面包 ", "names": ["烘烤面包", "烤面包"], "category": {"name": "食品"}, "sub": {"name": "面包"}}

{"id": "b", "name": "酵母", "names": "酵母菌,酵素", "category": {"name": "食品"}, "sub": null}
`
	tax, err := LoadLanguage(listFolder(t, settings, list), "zh")
	if err != nil {
		t.Fatal(err)
	}
	want := []Skill{{URI: "12", PreferredLabel: "烤面包", AltLabels: []string{"烘烤面包"}}, {URI: "b", PreferredLabel: "酵母", AltLabels: []string{"酵母菌", "酵素"}}}
	if got := tax.Skills(); !reflect.DeepEqual(got, want) {
		t.Errorf("skills\n got %+v\nwant %+v", got, want)
	}
	if len(tax.Groups()) != 2 || tax.Groups()[1].Label != "面包" || tax.Findings().BlankRows != 1 {
		t.Errorf("groups %+v, findings %s", tax.Groups(), tax.Findings())
	}
	if _, err := LoadLanguage(listFolder(t, settings, list), "en"); err == nil || !strings.Contains(err.Error(), `in the language "zh", not "en"`) {
		t.Errorf("another language: %v", err)
	}
}

// O*NET has a row for each pair of an occupation and a skill, so rows repeat skills.
func TestListHoles(t *testing.T) {
	settings := "file: s.txt\ncolumns: {id: Id, label: Name, alternative_labels: Also, status: State, group_path: Family}\nalternative_labels_separator: '|'\n"
	list := "Id\tName\tAlso\tState\tFamily\n1\tspreadsheets\tExcel\t\tOffice\n1\tspreadsheets\tCalc|Excel\t\tFinance\n1\ttables\t\t\tOffice\n" +
		"2\t \t\t\tOffice\n\t\t\t\t\n3\told skill\t\tObsolete\tOffice\n\tno number\t\t\tOffice\n4\tmail\t\t\tOffice\n"
	tax, err := Load(listFolder(t, settings, list))
	if err != nil {
		t.Fatal(err)
	}
	want := []Skill{{URI: "1", PreferredLabel: "spreadsheets", AltLabels: []string{"Excel", "Calc"}}, {URI: "4", PreferredLabel: "mail"}}
	if got := tax.Skills(); !reflect.DeepEqual(got, want) {
		t.Errorf("skills\n got %+v\nwant %+v", got, want)
	}
	if !slices.Equal(tax.Level2(0), []int{0, 1}) {
		t.Errorf("spreadsheets lies in %v, want both families", tax.Level2(0))
	}
	got := tax.Findings()
	wanted := Findings{BlankRows: 1, WithoutLabel: 1, WithoutID: 1, InactiveSkills: 1, DuplicateSkills: 1, MergedRows: 1}
	if got.String() != wanted.String() || len(got.Named) != 6 {
		t.Errorf("findings %s\nwant %s\n%q", got, wanted, got.Named)
	}
}

func TestListErrors(t *testing.T) {
	lines := "file: s.jsonl\ncolumns: {id: id, label: name, alternative_labels: also, group_path: path}\n"
	for _, c := range []struct{ name, settings, list, want string }{
		{"no file", "columns: {label: a}\n", "a\nx\n", "list.yaml: file is not set"},
		{"file elsewhere", "file: ../s.csv\ncolumns: {label: a}\n", "", "want the name of a file beside list.yaml"},
		{"other kind", "file: s.xlsx\ncolumns: {label: a}\n", "", `"s.xlsx" is no .csv`},
		{"no skills", "file: s.csv\ncolumns: {label: a}\n", "a\n", "s.csv:1: no skills in the file"}, {"file that is not there", "file: none.csv\ncolumns: {label: a}\n", "", "no none.csv"},
		{"no label", "file: s.csv\n", "", "columns.label is not set"},
		{"unknown key", "file: s.csv\ncolumn: {label: a}\n", "", "field column not found"},
		{"no separator", "file: s.csv\ncolumns: {label: a, alternative_labels: b}\n", "a,b\n", "alternative_labels_separator is not set"},
		{"long delimiter", "file: s.csv\ndelimiter: ;;\ncolumns: {label: a}\n", "", "want one character"},
		{"level too deep", "file: s.csv\ncolumns: {label: a, group_path: b}\npairing_level: 1\n", "a,b\nx,y\n", "the deepest level of the groups is 0"},
		{"missing column", "file: s.csv\ncolumns: {label: a, group_path: [b, c]}\n", "a,b\nx,y\n", `s.csv:1: missing column "c"`},
		{"hole in a path", csvSettings, csvList + "10,x,,,,Food,,Bread,\n", `skills.csv:5: the group path has a hole above "Bread"`},
		{"skill that is a group", "file: s.csv\ncolumns: {label: a, group_path: b}\n", "a,b\ngroup:y,y\n", "is a skill's and a group's"},
		{"no object", lines, "[1]\n", "s.jsonl:1: want one JSON object a line"},
		{"two objects", lines, "{} {}\n", "s.jsonl:1: want one JSON object a line, got more"},
		{"label that is a list", lines, `{"name": ["a"]}`, "s.jsonl:1: name: want a text"},
		{"labels in one text", lines, `{"id": "1", "name": "a", "also": "b; c", "path": []}`, "s.jsonl:1: also: is a text, and alternative_labels_separator is not set"},
		{"labels that are numbers", lines, `{"id": "1", "name": "a", "also": [1]}`, "also: want a list of texts"},
		{"key that is nowhere", lines, `{"id": "1", "name": "a", "also": []}`, `s.jsonl: no line has the key "path"`},
		{"not UTF-8", "file: s.csv\ncolumns: {label: a}\n", "a\ncaf\xe9\n", "s.csv:2: not UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, settingsName), []byte(c.settings))
			for _, name := range []string{"s.csv", "s.jsonl", "skills.csv"} {
				writeFile(t, filepath.Join(dir, name), []byte(c.list))
			}
			if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v\nwant %s", err, c.want)
			}
		})
	}
}
