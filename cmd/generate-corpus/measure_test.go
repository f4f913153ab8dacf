package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/checkpoints/checkpointtest"
	"skillspace/data/taxonomy"
)

const ontology = "../../examples/ontology"

func execute(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := newCommand()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

// corpora are one of each pairing.
func corpora(t *testing.T) (hierarchical, unconstrained string) {
	t.Helper()
	var paths []string
	for _, pairing := range []string{"hierarchical", "unconstrained"} {
		cfg := settings(t)
		cfg.Pairing, cfg.Sentences, cfg.Output = pairing, 1500, filepath.Join(t.TempDir(), pairing+".jsonl")
		if err := run(context.Background(), cfg, new(bytes.Buffer)); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, cfg.Output)
	}
	return paths[0], paths[1]
}

func TestReportOfACorpus(t *testing.T) {
	corpus, _ := corpora(t)
	out, err := execute(t, "report", corpus, "--set", "taxonomy="+ontology, "--set", "encoder="+checkpointtest.TinyBERT(t), "--set", "sample=400")
	if err != nil {
		t.Fatal(err)
	}
	reportPath, pagePath := beside(corpus, ".report.json"), beside(corpus, ".report.html")
	if !strings.Contains(out, reportPath) || !strings.Contains(out, pagePath) {
		t.Errorf("stdout: %s", out)
	}
	text, err := os.ReadFile(reportPath)
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Shapes  int `json:"shapes"` // which the writer alone knows
		Quality struct {
			Measures []struct {
				Name       string
				Value, Low *float64
			}
		}
	}
	if err := json.Unmarshal(text, &report); err != nil || report.Shapes == 0 {
		t.Fatalf("%v: %s", err, text)
	}
	var names []string
	for _, m := range report.Quality.Measures {
		names = append(names, m.Name)
		if m.Value == nil || m.Low == nil {
			t.Errorf("%s has no value", m.Name)
		}
	}
	if want := "length skills leak near_duplicates distinct_1 distinct_2 distinct_3 skill_gap silhouette probe_f1"; strings.Join(names, " ") != want {
		t.Errorf("measures %v", names)
	}
	page, err := os.ReadFile(pagePath)
	if err != nil || !strings.Contains(string(page), "Linear probe") || !strings.Contains(string(page), " sentences repeat another, ") || !strings.Contains(string(page), "Sentences by length") || strings.Contains(string(page), "http-equiv") {
		t.Errorf("page: %v", err)
	}
}

func TestCompareCorpora(t *testing.T) {
	a, b := corpora(t)
	args := []string{"compare", a, b, "--set", "taxonomy=" + ontology, "--set", "sample=300"}
	out, err := execute(t, args...)
	if err != nil || !strings.Contains(out, "Distinct-2") || !strings.Contains(out, "hierarchical.jsonl") || !strings.Contains(out, "A - B") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = execute(t, append(args, "--format", "json")...)
	var c struct {
		Rows []struct {
			Name       string
			Difference struct{ Value, Low, High *float64 }
		}
	}
	if err != nil || json.Unmarshal([]byte(out), &c) != nil || len(c.Rows) != 7 || c.Rows[0].Difference.Low == nil {
		t.Errorf("%v\n%s", err, out)
	}
	if err := os.Remove(beside(b, ".report.html")); err != nil {
		t.Fatal(err)
	}
	if _, err := execute(t, append(args, "--reports")...); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(beside(b, ".report.html")); err != nil {
		t.Errorf("--reports wrote no page: %v", err)
	}
	if out, err = execute(t, append(args, "--format", "markdown")...); err != nil || !strings.HasPrefix(out, "| measure | A | B |") {
		t.Errorf("%v\n%s", err, out)
	}
	for want, args := range map[string][]string{
		"taxonomy is not set": {"compare", a, b},
		"no/such.jsonl":       {"compare", a, "no/such.jsonl", "--set", "taxonomy=" + ontology},
		"fluency.model":       {"report", a, "--set", "taxonomy=" + ontology, "--set", "fluency.base_url=http://127.0.0.1:1/v1"},
		"accepts 2 arg(s)":    {"compare", a},
		"log-probabilities":   {"report", a, "--set", "taxonomy=" + ontology, "--set", "fluency.base_url=http://127.0.0.1:1/v1", "--set", "fluency.model=x"},
	} {
		if _, err := execute(t, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", args, err, want)
		}
	}
}

func TestFarFromItsSkills(t *testing.T) {
	tax, err := taxonomy.New([]taxonomy.Skill{{URI: "u:0", PreferredLabel: "drive trucks"}, {URI: "u:1", PreferredLabel: "bake bread"}, {URI: "u:2", PreferredLabel: "speak German"}})
	if err != nil {
		t.Fatal(err)
	}
	far, err := openFarCheck(t.Context(), checkpointtest.TinyBERT(t), 0.3, tax)
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	if label, err := far.find(t.Context(), "drive trucks", []int{0}); err != nil || label != "" {
		t.Errorf("its own label is far: %q, %v", label, err)
	}
	if label, err := far.find(t.Context(), "drive trucks", []int{0, 1}); err != nil || label != "bake bread" {
		t.Errorf("another one is near: %q, %v", label, err)
	}
}
