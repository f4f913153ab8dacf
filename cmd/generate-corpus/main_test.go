package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/config"
	"skillspace/data/corpus"
	"skillspace/data/synthesis"
	"skillspace/data/synthesis/chinese"
	"skillspace/internal/command"
	"skillspace/internal/command/commandtest"
)

func settings(t *testing.T) *config.GenerateCorpus {
	cfg := new(config.GenerateCorpus)
	cfg.Defaults()
	cfg.Taxonomy = "../../examples/ontology"
	cfg.Output = filepath.Join(t.TempDir(), "new", "corpus.jsonl")
	cfg.Sentences = 700
	return cfg
}

func TestRunWritesCorpusAndReport(t *testing.T) {
	cfg := settings(t)
	var stdout bytes.Buffer
	if err := run(context.Background(), cfg, &stdout); err != nil {
		t.Fatal(err)
	}
	examples, rejects, err := corpus.Read(cfg.Output)
	if err != nil || len(examples) != 700 || rejects.Rows != 0 {
		t.Fatalf("read %d examples, %v, %v", len(examples), rejects, err)
	}
	body, err := os.ReadFile(filepath.Join(filepath.Dir(cfg.Output), "corpus.report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var report synthesis.Statistics
	if err := json.Unmarshal(body, &report); err != nil || report.Sentences != 700 || report.Negatives != 70 {
		t.Errorf("report: %+v, %v", report, err)
	}
	if out := stdout.String(); !strings.Contains(out, "700 sentences") || !strings.Contains(out, cfg.Output) {
		t.Errorf("stdout: %s", out)
	}
}

func TestRunWritesChinese(t *testing.T) {
	cfg := settings(t)
	cfg.Language = "zh"
	var stdout bytes.Buffer
	if err := run(context.Background(), cfg, &stdout); err != nil {
		t.Fatal(err)
	}
	examples, _, err := corpus.Read(cfg.Output)
	if err != nil || len(examples) != 700 || !chinese.HasHan(examples[0].Text) || !chinese.HasHan(examples[699].Text) {
		t.Fatalf("%d examples, %v", len(examples), err)
	}
	cfg.TaxonomyLanguage = "en"
	if err := run(context.Background(), cfg, &stdout); err == nil {
		t.Error("English labels: no error")
	}
}

func TestRunLeavesNothingWhenInterrupted(t *testing.T) {
	cfg := settings(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := run(ctx, cfg, new(bytes.Buffer)); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	left, err := os.ReadDir(filepath.Dir(cfg.Output))
	if err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestRunNamesAMissingTaxonomy(t *testing.T) {
	cfg := settings(t)
	cfg.Taxonomy = "no/such/folder"
	if err := run(context.Background(), cfg, new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), "no/such/folder") {
		t.Errorf("got %v, want an error that names the folder", err)
	}
}

func TestBeside(t *testing.T) {
	for corpus, want := range map[string]string{
		"a/corpus.jsonl": "a/corpus.report.json", "corpus": "corpus.report.json", "c.report.json": "c.report.report.json",
	} {
		if got := beside(corpus, ".report.json"); got != want {
			t.Errorf("beside(%q) = %q, want %q", corpus, got, want)
		}
	}
}

func TestCommand(t *testing.T) { commandtest.Check(t, newCommand()) }

func TestStatuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	rest := []string{"--set", "taxonomy=" + ontology, "--set"}
	commandtest.CheckStatuses(t, newCommand, commandtest.Lines{
		Fails: append(rest, "output="+filepath.Join(file, "corpus.jsonl")), FailsWith: "make the folder of the corpus",
		Works: append(rest, "output="+filepath.Join(dir, "corpus.jsonl")),
	})
}

// A taxonomy without groups, such as ESCO 1.0, cannot be paired within groups. That is wrong use, and nothing is written.
func TestHierarchicalPairingNeedsGroups(t *testing.T) {
	folder, output := t.TempDir(), filepath.Join(t.TempDir(), "corpus.jsonl")
	skills := "conceptType,conceptUri,skillType,reuseLevel,preferredLabel,altLabels,description\nKnowledgeSkillCompetence,u:1,,,drive lorries,,\n"
	if err := os.WriteFile(filepath.Join(folder, "skills_en.csv"), []byte(skills), 0o644); err != nil {
		t.Fatal(err)
	}
	for pairing, want := range map[string]string{"hierarchical": "set pairing=unconstrained", "unconstrained": ""} {
		cmd := newCommand()
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		cmd.SetOut(io.Discard)
		cmd.SetArgs([]string{"--set", "taxonomy=" + folder, "--set", "output=" + output, "--set", "sentences=5", "--set", "pairing=" + pairing})
		err := cmd.ExecuteContext(t.Context())
		_, missing := os.Stat(output)
		if want == "" && (err != nil || missing != nil) {
			t.Errorf("%s: %v, %v", pairing, err, missing)
		}
		if _, usage := errors.AsType[*command.UsageError](err); want != "" && (!usage || !strings.Contains(err.Error(), want) || missing == nil) {
			t.Errorf("%s: %v", pairing, err)
		}
		os.Remove(output)
	}
}
