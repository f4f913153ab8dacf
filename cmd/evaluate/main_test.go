package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/checkpoints/checkpointtest"
	"skillspace/evaluate"
	"skillspace/internal/command"
	"skillspace/internal/command/commandtest"
	"skillspace/model"
)

const (
	ontology  = "../../examples/ontology"
	sentences = "../../examples/sentences.jsonl"
	labelled  = "../../examples/ads.jsonl"
)

// execute runs the command as the shell would, and returns its stdout.
func execute(t *testing.T, ctx context.Context, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := newCommand()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	err := cmd.ExecuteContext(ctx)
	return out.String(), err
}

// models writes two untrained bi-encoders that agree and a filter that keeps every sentence.
func models(t *testing.T) (mean, lstm, filter string) {
	t.Helper()
	dir := t.TempDir()
	mean, lstm, filter = filepath.Join(dir, "mean"), filepath.Join(dir, "lstm"), filepath.Join(dir, "filter")
	checkpointtest.BiEncoder(t, mean, checkpointtest.TinyBERT(t), model.HeadConfig{Pooling: model.MeanPooling})
	checkpointtest.BiEncoder(t, lstm, checkpointtest.TinyBERT(t), model.HeadConfig{Pooling: model.AttentionPooling, BiLSTM: true})
	checkpointtest.Filter(t, filter, checkpointtest.TinyBERT(t), 0)
	return mean, lstm, filter
}

// system is a row of the JSON output.
type system struct {
	System, Filter string
	MRR            struct{ Value, Low, High float64 }
	Threshold      float64
	AP             struct{ Value float64 }
}

type document struct {
	Benchmarks []struct {
		Benchmark, Level, Reference string
		Queries                     int
		Systems                     []system
	}
	Filters []struct {
		Benchmark            string
		Sentences, Positives int
		Filters              []system
	}
}

func parse(t *testing.T, out string) document {
	t.Helper()
	var d document
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	return d
}

func TestSideBySide(t *testing.T) {
	mean, lstm, filter := models(t)
	out, err := execute(t, t.Context(), "--baselines", "--encoder", checkpointtest.TinyBERT(t), "--checkpoint", "mean="+mean, "--checkpoint", lstm, "--views", "label", "--lexical=false",
		"--filter", filter, "--taxonomy", ontology, "--benchmark", sentences, "--filter-data", sentences, "--filter-train", sentences, "--format", "json", "--resamples", "50")
	if err != nil {
		t.Fatal(err)
	}
	d := parse(t, out)
	if len(d.Benchmarks) != 1 || len(d.Filters) != 1 {
		t.Fatalf("%+v", d)
	}
	b := d.Benchmarks[0]
	var names []string
	byName := map[string]system{}
	for _, s := range b.Systems {
		names, byName[s.System] = append(names, s.System), s
		if s.MRR.Low > s.MRR.Value || s.MRR.High < s.MRR.Value {
			t.Errorf("%s: interval %+v", s.System, s.MRR)
		}
	}
	want := "tf-idf|bm25|stock encoder|mean|mean + filter|" + title(lstm) + "|" + title(lstm) + " + filter"
	if got := strings.Join(names, "|"); got != want || b.Queries < 80 || b.Reference != "stock encoder" {
		t.Errorf("rows %s, want %s; %d queries, reference %q", got, want, b.Queries, b.Reference)
	}
	// Untrained heads reproduce mean pooling, and a filter that keeps all changes nothing.
	stock := byName["stock encoder"].MRR.Value
	for _, name := range []string{"mean", "mean + filter", title(lstm)} {
		if math.Abs(byName[name].MRR.Value-stock) > 0.002 {
			t.Errorf("%s has MRR %v, the stock encoder %v", name, byName[name].MRR.Value, stock)
		}
	}
	if byName["bm25"].MRR.Value < 0.2 {
		t.Errorf("bm25 has MRR %v", byName["bm25"].MRR.Value)
	}
	if byName["tf-idf"].MRR.Value < 0.2 {
		t.Errorf("tf-idf has MRR %v", byName["tf-idf"].MRR.Value)
	}
	f := d.Filters[0]
	if f.Positives == 0 || f.Positives == f.Sentences || len(f.Filters) != 3 || f.Filters[0].Filter != "keywords" || f.Filters[2].Filter != title(filter) {
		t.Errorf("%+v", f)
	}
	if trained := f.Filters[1]; trained.Filter != "tf-idf + logistic regression" || trained.AP.Value < 0.9 || trained.AP.Value <= f.Filters[0].AP.Value {
		t.Errorf("measured on what it was trained on: %+v", trained)
	}
	if kept, _ := filepath.Glob(filepath.Join(mean, "cache", "*")); len(kept) != 1 {
		t.Errorf("kept %v", kept)
	}
}

func TestAdLevelAndTables(t *testing.T) {
	mean, _, _ := models(t)
	args := []string{"--checkpoint", mean, "--taxonomy", ontology, "--benchmark", labelled, "--level", "ad", "--resamples", "0", "--cache=false"}
	out, err := execute(t, t.Context(), append(args, "--benchmark", labelled)...)
	if err != nil || strings.Count(out, "ad level") != 2 || !strings.Contains(out, title(mean)) {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = execute(t, t.Context(), append(args, "--format", "markdown")...)
	if err != nil || !strings.Contains(out, "| system |") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = execute(t, t.Context(), append(args, "--format", "json")...)
	if d := parse(t, out); err != nil || d.Benchmarks[0].Level != "ad" || d.Benchmarks[0].Queries != 3 {
		t.Errorf("%v\n%s", err, out)
	}
}

// The rankings are what the tables are computed from, and the page of errors names what was missed.
func TestRankingsAndErrors(t *testing.T) {
	mean, _, _ := models(t)
	dir := t.TempDir()
	rankings, page := filepath.Join(dir, "rankings"), filepath.Join(dir, "errors.html")
	args := []string{"--checkpoint", "mean=" + mean, "--taxonomy", ontology, "--benchmark", sentences, "--resamples", "0", "--cache=false",
		"--rankings", rankings, "--rankings-depth", "7", "--errors", page}
	for _, name := range columnNames() { // all are settings too
		args = append(args, "--metrics", name)
	}
	out, err := execute(t, t.Context(), args...)
	if err != nil || !strings.Contains(out, "ndcg@10") || !strings.Contains(out, "r-precision") {
		t.Fatalf("%v\n%s", err, out)
	}
	gold := table(t, filepath.Join(rankings, "sentences.gold.tsv"), "query\turi\tgrade")
	ranked := table(t, filepath.Join(rankings, "sentences.mean.tsv"), "query\turi\trank\tscore")
	if len(ranked) != 7*157 || ranked[0][0] != ranked[6][0] || ranked[6][2] != "7" || ranked[7][2] != "1" || len(gold) < 157 || gold[0][2] != "1" {
		t.Errorf("%d rows, %q ... %q; %d gold, %q", len(ranked), ranked[0], ranked[6], len(gold), gold[0])
	}
	html, err := os.ReadFile(page)
	if err != nil || !strings.Contains(string(html), "sentences: mean") || !strings.Contains(string(html), "among the first five") || strings.Contains(string(html), "<script") {
		t.Errorf("%v: %.300s", err, html)
	}
	text := filepath.Join(dir, "errors.json")
	if _, err := execute(t, t.Context(), "--checkpoint", "mean="+mean, "--taxonomy", ontology, "--benchmark", sentences, "--resamples", "0", "--cache=false", "--errors", text); err != nil {
		t.Fatal(err)
	}
	var written struct {
		Sections []struct {
			System string
			Groups []struct{ Gold int }
		}
	}
	if data, err := os.ReadFile(text); err != nil || json.Unmarshal(data, &written) != nil || len(written.Sections) != 1 || written.Sections[0].System != "mean" || len(written.Sections[0].Groups) == 0 {
		t.Errorf("%v: %+v", err, written)
	}
}

// columnNames are the names of all metrics.
func columnNames() (names []string) {
	for m := evaluate.MRR; m.String() != "unknown"; m++ {
		names = append(names, m.String())
	}
	return names
}

func table(t *testing.T, path, heading string) (rows [][]string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if lines[0] != heading {
		t.Fatalf("%s: heading %q", path, lines[0])
	}
	for _, line := range lines[1:] {
		rows = append(rows, strings.Split(line, "\t"))
	}
	return rows
}

func TestConfigFile(t *testing.T) {
	mean, _, _ := models(t)
	file := filepath.Join(t.TempDir(), "evaluate.yaml")
	text := "checkpoint: [first=" + mean + "]\nbenchmark: [" + sentences + "]\ntaxonomy: " + ontology + "\nformat: json\nresamples: 20\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := execute(t, t.Context(), "--config", file, "--set", "checkpoint=second="+mean, "--checkpoint", "third="+mean, "--cache=false")
	if err != nil {
		t.Fatal(err)
	}
	if d := parse(t, out); len(d.Benchmarks[0].Systems) != 1 || d.Benchmarks[0].Systems[0].System != "third" {
		t.Errorf("a flag wins over --set and --config: %s", out)
	}
}

func TestWrongUse(t *testing.T) {
	mean, _, filter := models(t)
	empty := filepath.Join(t.TempDir(), "empty.csv")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"nothing":         {nil, "there is nothing to measure on"},
		"no system":       {[]string{"--benchmark", sentences}, "there is nothing to measure"},
		"no taxonomy":     {[]string{"--benchmark", sentences, "--checkpoint", mean}, "no skills are stored with it"},
		"baselines alone": {[]string{"--benchmark", sentences, "--baselines"}, "taxonomy is not set"},
		"no encoder":      {[]string{"--benchmark", sentences, "--baselines", "--taxonomy", ontology, "--encoder", "no/such"}, `encoder: no such folder: "no/such"`},
		"missing file":    {[]string{"--benchmark", "no.csv", "--checkpoint", mean, "--taxonomy", ontology}, `--benchmark: no such file: "no.csv"`},
		"missing folder":  {[]string{"--benchmark", sentences, "--checkpoint", "x=no/such", "--taxonomy", ontology}, `--checkpoint: no such folder: "no/such"`},
		"empty benchmark": {[]string{"--benchmark", empty, "--checkpoint", mean, "--taxonomy", ontology}, "the file is empty"},
		"wrong kind":      {[]string{"--benchmark", sentences, "--checkpoint", filter, "--taxonomy", ontology}, "it holds a filter, want a biencoder"},
		"filter's kind":   {[]string{"--benchmark", sentences, "--checkpoint", mean, "--filter", mean, "--taxonomy", ontology}, "it holds a biencoder, want a filter"},
		"no ads":          {[]string{"--benchmark", sentences, "--checkpoint", mean, "--taxonomy", ontology, "--level", "ad"}, "needs labelled ads"},
		"metrics":         {[]string{"--benchmark", sentences, "--checkpoint", mean, "--metrics", "auc"}, `is "auc"; want mrr`},
		"one name":        {[]string{"--benchmark", sentences, "--benchmark", sentences, "--checkpoint", mean, "--taxonomy", ontology, "--rankings", t.TempDir()}, "would hold the gold of"},
		"level":           {[]string{"--benchmark", sentences, "--checkpoint", mean, "--level", "word"}, `level is "word"; want sentence or ad`},
		"format":          {[]string{"--benchmark", sentences, "--checkpoint", mean, "--format", "xml"}, `is "xml"; want table, json or markdown`},
		"switch":          {[]string{"--benchmark", sentences, "--baselines=maybe"}, `--baselines: want true or false, got "maybe"`},
		"filter train":    {[]string{"--filter-train", sentences, "--benchmark", sentences, "--checkpoint", mean, "--taxonomy", ontology}, "--filter-train is set, but filter_data is not"},
		"filter data":     {[]string{"--filter-data", ontology + "/skills_en.csv", "--taxonomy", ontology}, "missing column text"},
	} {
		_, err := execute(t, t.Context(), c.args...)
		var wrong *command.UsageError
		if err == nil || !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v (wrong use: %v), want %q", name, err, errors.As(err, &wrong), c.want)
		}
	}
}

func TestInterrupted(t *testing.T) {
	mean, _, _ := models(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := execute(t, ctx, "--checkpoint", mean, "--taxonomy", ontology, "--benchmark", sentences); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestTitle(t *testing.T) {
	for folder, want := range map[string]string{"runs/a/checkpoints/best": "a/best", "./model/": "model", "x/runs/b/checkpoints/last": "x/runs/b/last"} {
		if got := title(folder); got != want {
			t.Errorf("%s: %q, want %q", folder, got, want)
		}
	}
}

func TestCommand(t *testing.T) { commandtest.Check(t, newCommand()) }

func TestStatuses(t *testing.T) {
	whole, _, _ := models(t)
	damaged := checkpointtest.CutWeights(t, whole)
	rest := []string{"--taxonomy", ontology, "--benchmark", sentences, "--cache=false"}
	commandtest.CheckStatuses(t, newCommand, commandtest.Lines{
		Fails: append(rest, "--checkpoint", damaged), FailsWith: "model.safetensors has 5000 bytes",
		Works: append(rest, "--checkpoint", whole),
	})
}
