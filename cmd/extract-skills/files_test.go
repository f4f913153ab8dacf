package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
