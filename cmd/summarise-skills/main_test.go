package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/internal/command/commandtest"
)

func TestCommand(t *testing.T) { commandtest.Check(t, newCommand()) }

func TestStatuses(t *testing.T) {
	file := write(t, t.TempDir(), "file", "")
	commandtest.CheckStatuses(t, newCommand, commandtest.Lines{
		Fails: []string{"--output", filepath.Join(file, "below"), "-"}, FailsWith: "output: ",
		Works: []string{"-"}, Stdin: results,
	})
}

const results = `{"file":"ads.csv","ad":"1","sentence":"s","kept":true,"skills":[{"uri":"u:weld","label":"weld","score":0.9},{"uri":"u:bake","label":"bake","score":0.4}]}
{"file":"ads.csv","ad":"2","sentence":"s","kept":true,"skills":[{"uri":"u:weld","label":"weld","score":0.9}]}
{"file":"ads.csv","ad":"3","sentence":"s","kept":false,"skills":[]}
`

const ads = "id,date,region\n1,2024-01-05,north\n2,2024-02-05,north\n4,2024-02-05,south\n"

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func execute(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	cmd := newCommand()
	var out bytes.Buffer
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&out)
	cmd.SetArgs(append([]string{}, args...))
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestSummary(t *testing.T) {
	dir := t.TempDir()
	skills := filepath.Join(dir, "skills")
	if err := os.Mkdir(skills, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, skills, "part-000000.jsonl", results)
	write(t, skills, "_progress-00000-of-00001.json", "{}")
	market := filepath.Join(dir, "market")
	out, err := execute(t, "", "--ads", write(t, dir, "ads.csv", ads), "--by", "region", "--period", "date", "--output", market, skills)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, "weld   2    66.7%") {
		t.Errorf("%s", out)
	}
	for name, wanted := range map[string][]string{
		"skills.csv":   {"u:weld,weld,2,0.666667,"},
		"values.csv":   {"region,north,2,skill,u:weld,weld,2,1,", "date,2024-01,1,skill,u:bake,bake,1,1,"},
		"changes.csv":  {"u:bake,bake,1,1,0,0,-1,", ",not shown\n"},
		"pairs.csv":    {"u:bake,bake,u:weld,weld,1,0.333333,"},
		"summary.json": {`"ads": 3`, "1 ad of the results has no row in the ads' files", "1 row of the ads' files has no record in the results"},
		"report.html":  {"<title>Skills of the labour market</title>", "Changes from 2024-01 to 2024-02", "1 row of the ads&#39; files has no record"},
	} {
		text, err := os.ReadFile(filepath.Join(market, name))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, part := range wanted {
			if !strings.Contains(string(text), part) {
				t.Errorf("%s lacks %q:\n%.800s", name, part, text)
			}
		}
	}
}

func TestStdin(t *testing.T) {
	out, err := execute(t, results, "--min-score", "0.5", "--top", "1")
	if err != nil || !strings.Contains(out, "weld") || strings.Contains(out, "bake") {
		t.Errorf("%s, %v", out, err)
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	csv := write(t, dir, "ads.csv", ads)
	for _, test := range []struct {
		name, stdin string
		args        []string
		want        string
	}{
		{"a column that is not there", results, []string{"--ads", csv, "--by", "employer"}, "date, region"},
		{"columns without ads", results, []string{"--by", "employer"}, "ads is not set"},
		{"a period without ads", results, []string{"--ads", csv, "--period", "date", "--later", "2025-01"}, "2024-01, 2024-02"},
		{"an ad that comes back", results + results, nil, "--repeated-ads"},
		{"nothing", "", nil, "no ad in the results"},
		{"no results", "a,b\n", nil, "no line is a record of extract-skills"},
		{"an empty folder", "", []string{t.TempDir()}, "no .jsonl, .csv or .parquet"},
	} {
		if _, err := execute(t, test.stdin, test.args...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
