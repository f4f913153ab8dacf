package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"golang.org/x/text/encoding/simplifiedchinese"

	"skillspace/extract/render"
	"skillspace/internal/command"
	"skillspace/internal/progress"
)

// Rows refused for their encoding name the flag that reads them, and a file without an ad names it in its error.
func TestEncodingFlag(t *testing.T) {
	biencoder, _ := models(t)
	args := []string{"--checkpoint", biencoder, "--taxonomy", ontology}
	table := write(t, "ads.csv", "id,text\n1,We\x92re a crew \x96 you bake.\n2,You fry.\n")
	var said strings.Builder
	stderr := progress.Stderr
	progress.Stderr = &said
	t.Cleanup(func() { progress.Stderr = stderr })
	out, err := execute(t, t.Context(), "", append(args, table)...)
	if err != nil || len(records(t, out)) != 1 || !strings.Contains(said.String(), "1 row rejected: "+table+":2: not UTF-8") || !strings.Contains(said.String(), "--encoding windows-1252 reads it") {
		t.Errorf("%v\n%s%s", err, out, said.String())
	}
	out, err = execute(t, t.Context(), "", append(args, "--encoding", "windows-1252", table)...)
	if got := records(t, out); err != nil || len(got) != 2 || got[0].Sentence != "We’re a crew – you bake." {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := execute(t, t.Context(), "", append(args, write(t, "ad.txt", "\xca\xec\xcf\xa4Java"))...); err == nil || !strings.Contains(err.Error(), "--encoding gbk reads it") {
		t.Errorf("a text in GBK: %v", err)
	}
	for _, wrong := range [][]string{{"--encoding", "klingon", table}, {write(t, "scan.txt", "%PDF-1.7\n")}, {filepath.Join(t.TempDir(), "none.csv")}} {
		if _, err := execute(t, t.Context(), "", append(args, wrong...)...); !errors.As(err, new(*command.UsageError)) {
			t.Errorf("%v: %v is not wrong use", wrong, err)
		}
	}
}

// The content of stdin tells its format.
func TestStdinByContent(t *testing.T) {
	biencoder, _ := models(t)
	for stdin, want := range map[string]string{
		`{"id":7,"text":"You bake."}` + "\n": "7", `[{"id":7,"text":"You bake."}]`: "7", "id;text\n7;You bake.\n": "7", "You bake.\n": "stdin",
	} {
		out, err := execute(t, t.Context(), stdin, "--checkpoint", biencoder, "--taxonomy", ontology, "-")
		if err != nil || len(records(t, out)) != 1 || records(t, out)[0].Ad != want || records(t, out)[0].Sentence != "You bake." {
			t.Errorf("%q: %s %v", stdin, out, err)
		}
	}
}

// The inputs of ../shared/cases that are files of a kind are read, or name the next step.
func TestSharedCases(t *testing.T) {
	cases := filepath.Join("..", "..", "..", "shared", "cases")
	if _, err := os.Stat(cases); err != nil {
		t.Skip("no ../shared/cases")
	}
	biencoder, _ := models(t)
	for name, want := range map[string]string{
		"semicolons.csv": "You drive trucks.", "a.tsv": "You drive trucks.", "a.json": "You drive trucks.", "a.html": "Job|You drive trucks.|You cook meals.",
		"windows-lines.csv": "You drive trucks.|You clean rooms.|Cook meals", "windows-1252.csv": "We’re a team – you drive trucks.|You cook meals.|It’s you who welds pipes.",
	} {
		args := []string{"--checkpoint", biencoder, "--taxonomy", ontology, filepath.Join(cases, name)}
		if name == "windows-1252.csv" {
			args = append(args, "--encoding", "windows-1252")
		}
		out, err := execute(t, t.Context(), "", args...)
		var got []string
		for _, r := range records(t, out) {
			got = append(got, r.Sentence)
		}
		if err != nil || strings.Join(got, "|") != want {
			t.Errorf("%s: %q %v, want %s", name, got, err, want)
		}
	}
}

// slice is text[start:end] as Python computes it.
func slice(text string, start, end int) string { return string([]rune(text)[start:end]) }

// Offsets count the characters of the text that other programs read from the file, whatever its kind, its encoding, its
// line ends and its markup. With --offsets bytes they count the bytes of that text in UTF-8.
func TestOffsetsAreOfTheUsersText(t *testing.T) {
	biencoder, _ := models(t)
	text := "Größe 😀:\r\n• You drive trucks.\r\n• You weld\r\npipes – daily.\r\n<p>You give <b>jabs</b> &amp; pills.</p>\r\n岗位职责：负责焊接。"
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	gb18030, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	table := filepath.Join(dir, "ads.parquet")
	if err := parquet.WriteFile(table, []struct {
		Text string `parquet:"text"`
	}{{text}}); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"text": write(t, "ad.txt", text), "text with mark": write(t, "ad.txt", "\ufeff"+text), "JSON lines": write(t, "ads.jsonl", `{"text":`+string(quoted)+"}\r\n"),
		"JSON": write(t, "ads.json", `[{"text":`+string(quoted)+"}]"), "CSV": write(t, "ads.csv", "id;text\r\n1;\""+strings.ReplaceAll(text, `"`, `""`)+"\"\r\n"),
		"Parquet": table, "gb18030": write(t, "ad.txt", gb18030),
	} {
		args := []string{"--checkpoint", biencoder, "--taxonomy", ontology, "--threshold", "-1", "--top-k", "1", path}
		if name == "gb18030" {
			args = append(args, "--encoding", name)
		}
		out, err := execute(t, t.Context(), "", args...)
		got := records(t, out)
		if err != nil || len(got) < 4 {
			t.Fatalf("%s: %s %v", name, out, err)
		}
		for _, r := range got {
			if s := slice(text, r.Start, r.End); s != r.Sentence {
				t.Errorf("%s: text[%d:%d] is %q, the sentence %q", name, r.Start, r.End, s, r.Sentence)
			}
		}
		out, err = execute(t, t.Context(), "", append(args, "--offsets", "bytes")...)
		for _, r := range records(t, out) {
			if err != nil || text[r.Start:r.End] != r.Sentence {
				t.Errorf("%s in bytes: %+v %v", name, r, err)
			}
		}
		out, err = execute(t, t.Context(), "", append(args, "--level", "ad")...)
		var ad render.AdRecord
		if err := errors.Join(err, json.Unmarshal([]byte(out), &ad)); err != nil {
			t.Fatal(err)
		}
		for _, skill := range ad.Skills {
			for _, m := range skill.Mentions {
				if slice(text, m.Start, m.End) != m.Sentence {
					t.Errorf("%s by ad: %+v", name, m)
				}
			}
		}
	}
}

// An ad's skills are the same in every format: each once, with its groups.
func TestLevelAd(t *testing.T) {
	biencoder, _ := models(t)
	input := write(t, "ads.jsonl", `{"id":"a","text":"You drive trucks. You weld pipes. You drive trucks."}`+"\n"+`{"id":"b","text":"--"}`+"\n")
	args := func(more ...string) []string {
		return append([]string{"--checkpoint", biencoder, "--taxonomy", ontology, "--threshold", "-1", "--top-k", "2", "--level", "ad", input}, more...)
	}
	out, err := execute(t, t.Context(), "", args()...)
	if err != nil {
		t.Fatal(err)
	}
	var ads []render.AdRecord
	for line := range strings.Lines(out) {
		var ad render.AdRecord
		if err := json.Unmarshal([]byte(line), &ad); err != nil {
			t.Fatal(err)
		}
		ads = append(ads, ad)
	}
	if len(ads) != 2 || ads[0].Ad != "a" || ads[0].Sentences != 3 || len(ads[1].Skills) != 0 {
		t.Fatalf("%s", out)
	}
	seen := map[string]bool{}
	for i, skill := range ads[0].Skills {
		if seen[skill.URI] || len(skill.Mentions) == 0 || len(skill.Groups) == 0 || skill.Groups[0].Level != 1 || i > 0 && skill.Score > ads[0].Skills[i-1].Score {
			t.Errorf("%+v", skill)
		}
		seen[skill.URI] = true
	}
	dir := t.TempDir()
	if _, err := execute(t, t.Context(), "", args("--format", "parquet", "--output", dir)...); err != nil {
		t.Fatal(err)
	}
	stored, err := parquet.ReadFile[render.AdRecord](filepath.Join(dir, "part-000000.parquet"))
	if err != nil || len(stored) != 2 || len(stored[0].Skills) != len(ads[0].Skills) || !reflect.DeepEqual(stored[0].Skills, ads[0].Skills) {
		t.Errorf("Parquet has %+v, want %+v, %v", stored, ads, err)
	}
	if _, err := execute(t, t.Context(), "", args("--offsets", "bytes", "--format", "parquet", "--output", dir, "--resume")...); err == nil || !strings.Contains(err.Error(), `begun with offsets "code_points"`) {
		t.Errorf("another unit in the same folder: %v", err)
	}
	out, err = execute(t, t.Context(), "", args("--format", "csv")...)
	if rows := strings.Count(out, "\n"); err != nil || rows != 1+len(ads[0].Skills)+1 || !strings.HasPrefix(out, "file,ad,uri,label,score,level_1") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := execute(t, t.Context(), "", args("--format", "annotated")...); !errors.As(err, new(*command.UsageError)) {
		t.Errorf("annotated by ad: %v", err)
	}
}

// Each line has one answer, in order, whatever it holds.
func TestPipe(t *testing.T) {
	biencoder, _ := models(t)
	args := []string{"--checkpoint", biencoder, "--taxonomy", ontology, "--threshold", "-1", "--top-k", "1", "--pipe"}
	var stdin strings.Builder
	var want []string
	for i := range 300 {
		line, answer := fmt.Sprintf(`{"id":%d,"text":"You drive truck %d.\r\nYou\tweld."}`, i, i), fmt.Sprint(i)
		switch i % 10 {
		case 2:
			line, answer = "", fmt.Sprintf("stdin:%d: the line is blank", i+1)
		case 4:
			line, answer = "{broken", fmt.Sprintf("stdin:%d: not a JSON object", i+1)
		case 6:
			line, answer = fmt.Sprintf(`{"id":%d}`, i), fmt.Sprintf(`%d: no key "text"`, i)
		case 8:
			line, answer = "{\"text\":\"We\x92re a crew\"}", fmt.Sprintf("stdin:%d: not UTF-8 text; it seems to be in windows-1252", i+1)
		}
		if i == 0 {
			line, answer = `{"text":"`+strings.Repeat("a", 2<<20)+`"}`, "stdin:1: the line is longer than 1 MiB"
		}
		stdin.WriteString(line + "\n")
		want = append(want, answer)
	}
	for _, level := range []string{"sentence", "ad"} {
		out, err := execute(t, t.Context(), strings.TrimSuffix(stdin.String(), "\n"), append(args, "--level", level)...)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		if len(lines) != len(want) {
			t.Fatalf("%d lines for %d", len(lines), len(want))
		}
		for i, line := range lines {
			var answer struct{ Ad, Error string }
			if strings.ContainsAny(line, "\t\r") || json.Unmarshal([]byte(line), &answer) != nil && level == "sentence" {
				t.Errorf("%q", line)
			}
			got := answer.Ad
			if answer.Error != "" {
				got += ": " + answer.Error
			}
			if !strings.HasPrefix(got, want[i]) {
				t.Errorf("line %d: %q, want %q", i+1, got, want[i])
			}
		}
	}
	if out, err := execute(t, t.Context(), "", args...); out != "" || err != nil {
		t.Errorf("nothing was answered with %q, %v", out, err)
	}
	for _, wrong := range [][]string{{"ads.jsonl"}, {"--format", "csv"}, {"--input", "csv"}, {"--output", "x"}, {"--resume"}, {"--shard", "0/2"}} {
		if len(wrong) == 1 && wrong[0] == "ads.jsonl" {
			wrong[0] = write(t, wrong[0], "{}")
		}
		if _, err := execute(t, t.Context(), "", append(args, wrong...)...); !errors.As(err, new(*command.UsageError)) {
			t.Errorf("%v: %v is not wrong use", wrong, err)
		}
	}
}
