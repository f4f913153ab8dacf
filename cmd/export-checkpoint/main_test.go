package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"skillspace/checkpoints"
	"skillspace/checkpoints/checkpointtest"
	"skillspace/data/taxonomy"
	"skillspace/embedding"
	"skillspace/index"
	"skillspace/internal/command"
	"skillspace/internal/command/commandtest"
	"skillspace/internal/libtorch"
	"skillspace/model"
)

const ontology = "../../examples/ontology"

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

// export writes a checkpoint with a random head and exports it.
func export(t *testing.T, head model.HeadConfig, args ...string) (source, output string) {
	t.Helper()
	source, output = filepath.Join(t.TempDir(), "run", "checkpoints", "best"), filepath.Join(t.TempDir(), "new", "model")
	checkpointtest.RandomBiEncoder(t, source, checkpointtest.TinyBERT(t), head)
	if _, err := execute(t, t.Context(), append([]string{"--checkpoint", source, "--output", output}, args...)...); err != nil {
		t.Fatal(err)
	}
	return source, output
}

func embed(t *testing.T, dir string, texts ...string) embedding.Vectors {
	t.Helper()
	embedders, err := embedding.LoadBiEncoder(dir, libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer embedders.Close()
	v, err := embedders.Sentences.Embed(t.Context(), texts, nil)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	if err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name, _ := filepath.Rel(dir, path)
			names = append(names, filepath.ToSlash(name))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

// Transformers' bare DistilBERT and ELECTRA have no pooler to leave out.
func TestCardLoadsTheBareModel(t *testing.T) {
	for name, want := range map[string]string{"mpnet": `from_pretrained(".", add_pooling_layer=False)`, "distilbert": `from_pretrained(".").eval()`, "electra": `from_pretrained(".").eval()`} {
		source := filepath.Join(t.TempDir(), "source")
		checkpointtest.RandomBiEncoder(t, source, checkpointtest.Tiny(t, name), model.HeadConfig{Pooling: model.AttentionPooling})
		card, err := os.ReadFile(filepath.Join(exportAs(t, source), "README.md"))
		if err != nil || !strings.Contains(string(card), want) || !strings.Contains(string(card), "| encoder | "+name) {
			t.Errorf("%s: %q is missing in the card: %v", name, want, err)
		}
	}
}

// A model of a family without fused layers embeds skills and texts, and so does its export.
func TestMPNetEmbedsTextsAndSkills(t *testing.T) {
	source := filepath.Join(t.TempDir(), "source")
	checkpointtest.RandomBiEncoder(t, source, checkpointtest.Tiny(t, "mpnet"), model.HeadConfig{Pooling: model.MeanPooling})
	output := exportAs(t, source, "--taxonomy", ontology)
	if !slices.Contains(files(t, output), index.EmbeddingsFile) {
		t.Errorf("no embeddings of skills in %v", files(t, output))
	}
	texts := []string{"You weld pumps.", "x", "Design a new team, write the budget!"}
	if got, want := embed(t, output, texts...), embed(t, source, texts...); !slices.Equal(got.Data, want.Data) {
		t.Error("the export computes other vectors")
	}
}

// An export is a checkpoint again that computes the same, and holds its skills and their embeddings.
func TestExportIsACheckpoint(t *testing.T) {
	source, output := export(t, model.HeadConfig{Pooling: model.AttentionPooling, BiLSTM: true, Projection: 8}, "--taxonomy", ontology)
	want := "1_Head/config.json 1_Head/model.safetensors README.md checkpoint.json config.json head.safetensors model.safetensors modules.json sentence_bert_config.json " +
		"skills.jsonl skills.safetensors skillspace_head.py tokenizer_config.json vocab.txt"
	if got := strings.Join(files(t, output), " "); got != want {
		t.Errorf("files %s, want %s", got, want)
	}
	before, err := checkpoints.Verify(source)
	if err != nil {
		t.Fatal(err)
	}
	after, err := checkpoints.Verify(output)
	if err != nil || after.Identity() != before.Identity() || after.Step != 7 || len(after.Files) != 13 {
		t.Errorf("%v: %+v", err, after)
	}
	text := "You drive trucks."
	if a, b := embed(t, source, text), embed(t, output, text); !slices.Equal(a.Data, b.Data) {
		t.Errorf("%v and %v", a.Data, b.Data)
	}
	skills, err := index.ReadSkills(output)
	if err != nil {
		t.Fatal(err)
	}
	tax, err := taxonomy.Load(ontology)
	if err != nil || len(skills) != len(tax.Skills()) {
		t.Fatal(len(skills), err)
	}
	embedded := false
	ranker, err := index.OpenCheckpoint(t.Context(), output, skills, index.OpenOptions{
		Views: index.Views{AltLabels: true}, Device: libtorch.CPU, Progress: func(int) (func(int), func()) { embedded = true; return nil, func() {} },
	})
	if err != nil {
		t.Fatal(err)
	}
	ranker.Close()
	if embedded {
		t.Error("the stored embeddings were not used")
	}
	again := filepath.Join(t.TempDir(), "again")
	for range 2 { // the second time over the first
		if _, err := execute(t, t.Context(), "--checkpoint", output, "--output", again); err != nil {
			t.Fatal(err)
		}
	}
	if m, err := checkpoints.Verify(again); err != nil || m.Identity() != before.Identity() {
		t.Errorf("an export of the export: %v", err)
	}
}

func TestSentenceTransformers(t *testing.T) {
	_, output := export(t, model.HeadConfig{Pooling: model.CLSPooling, Projection: 8})
	got := strings.Join(files(t, output), " ")
	for _, name := range []string{"modules.json", "1_Pooling/config.json", "2_Dense/config.json", "2_Dense/model.safetensors", "sentence_bert_config.json"} {
		if !strings.Contains(got, name) {
			t.Errorf("%s is missing in %s", name, got)
		}
	}
	text, err := os.ReadFile(filepath.Join(output, "modules.json"))
	if err != nil {
		t.Fatal(err)
	}
	var modules []struct{ Path, Type string }
	if err := json.Unmarshal(text, &modules); err != nil || len(modules) != 4 || modules[3].Path != "3_Normalize" {
		t.Errorf("%v: %s", err, text)
	}
}

// A head without modules in sentence-transformers has its own. A model that the library cannot compute says why: without
// modules.json it would be loaded with mean pooling.
func TestSentenceTransformersLoadsOurHeadOrFails(t *testing.T) {
	filter := filepath.Join(t.TempDir(), "filter")
	checkpointtest.Filter(t, filter, checkpointtest.TinyBERT(t), 0.5)
	_, custom := export(t, model.HeadConfig{Pooling: model.AttentionPooling, BiLSTM: true, Projection: 8})
	for output, refused := range map[string]string{custom: "", exportAs(t, filter): "a skillspace filter"} {
		text, err := os.ReadFile(filepath.Join(output, "modules.json"))
		if err != nil || !strings.Contains(string(text), `"skillspace_head.SkillspaceHead"`) {
			t.Errorf("%v: %s", err, text)
		}
		config, err := os.ReadFile(filepath.Join(output, "1_Head", "config.json"))
		if err != nil || (refused == "") == strings.Contains(string(config), "refused") || !strings.Contains(string(config), refused) {
			t.Errorf("%v: %s", err, config)
		}
		weights := slices.Contains(files(t, output), "1_Head/model.safetensors")
		if weights != (refused == "") {
			t.Errorf("weights of the head: %v, refused %q", weights, refused)
		}
	}
}

func TestModelCard(t *testing.T) {
	source, _ := export(t, model.HeadConfig{Pooling: model.MeanPooling})
	config := filepath.Join(source, "..", "..", "config.yaml")
	if err := os.WriteFile(config, []byte("train:\n  epochs: 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	output := filepath.Join(t.TempDir(), "model")
	if _, err := execute(t, t.Context(), "--checkpoint", source, "--output", output, "--taxonomy", ontology); err != nil {
		t.Fatal(err)
	}
	card, err := os.ReadFile(filepath.Join(output, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"2 layers of 32 units", "mean pooling", "`corpus.jsonl` for 7 steps", "| training sentences | 1234 |", "| rp@5 | 0.5000 |", "mean of 1/rank", "## Limits", "cut after 64 tokens", "  epochs: 1\n", "from sentence_transformers import",
		"ESCO classification of the European Commission", "`skills.jsonl` | 201 skills"} {
		if !strings.Contains(string(card), part) {
			t.Errorf("%q is missing in\n%s", part, card)
		}
	}
	if strings.Contains(string(card), "<no value>") || strings.Contains(string(card), "{{") {
		t.Errorf("%s", card)
	}
}

func TestExportFilter(t *testing.T) {
	source, output := filepath.Join(t.TempDir(), "filter"), filepath.Join(t.TempDir(), "exported")
	checkpointtest.Filter(t, source, checkpointtest.TinyBERT(t), 0.25)
	if _, err := execute(t, t.Context(), "--checkpoint", source, "--output", output); err != nil {
		t.Fatal(err)
	}
	filter, err := embedding.LoadFilter(output, libtorch.CPU)
	if err != nil || filter.Threshold != 0.25 {
		t.Fatal(filter, err)
	}
	filter.Close()
	if card, err := os.ReadFile(filepath.Join(output, "README.md")); err != nil || !strings.Contains(string(card), "at least 0.25") {
		t.Errorf("%v\n%s", err, card)
	}
}

func TestWrongUse(t *testing.T) {
	source, _ := export(t, model.HeadConfig{Pooling: model.MeanPooling})
	filter := filepath.Join(t.TempDir(), "filter")
	checkpointtest.Filter(t, filter, checkpointtest.TinyBERT(t), 0.5)
	full := t.TempDir()
	letter := filepath.Join(full, "letter.txt")
	if err := os.WriteFile(letter, []byte("dear"), 0o644); err != nil {
		t.Fatal(err)
	}
	linked := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(source, linked); err != nil {
		t.Fatal(err)
	}
	fresh := filepath.Join(t.TempDir(), "fresh")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"nothing":          {nil, "checkpoint is not set"},
		"no output":        {[]string{"--checkpoint", source}, "output is not set"},
		"precision":        {[]string{"--checkpoint", source, "--output", fresh, "--precision", "int8"}, "only format: onnx can have"},
		"unknown format":   {[]string{"--checkpoint", source, "--output", fresh, "--format", "gguf"}, `is "gguf"; want safetensors`},
		"not a checkpoint": {[]string{"--checkpoint", full, "--output", fresh}, "checkpoint.json: no such file"},
		"full folder":      {[]string{"--checkpoint", source, "--output", full}, "the folder holds files and is no checkpoint"},
		"a file":           {[]string{"--checkpoint", source, "--output", letter}, "letter.txt"},
		"itself":           {[]string{"--checkpoint", source, "--output", source}, "the checkpoint's own folder"},
		"itself by a link": {[]string{"--checkpoint", source, "--output", linked}, "the checkpoint's own folder"},
		"inside":           {[]string{"--checkpoint", source, "--output", filepath.Join(source, "a", "b")}, "lies inside the other"},
		"around":           {[]string{"--checkpoint", source, "--output", filepath.Join(source, "..")}, "lies inside the other"},
		"filter's skills":  {[]string{"--checkpoint", filter, "--output", fresh, "--taxonomy", ontology}, "a filter has no skills"},
		"empty taxonomy":   {[]string{"--checkpoint", source, "--output", fresh, "--taxonomy", t.TempDir()}, "skills"},
	} {
		_, err := execute(t, t.Context(), c.args...)
		var wrong *command.UsageError
		if err == nil || !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v (wrong use: %v), want %q", name, err, errors.As(err, &wrong), c.want)
		}
	}
	if text, err := os.ReadFile(letter); err != nil || string(text) != "dear" {
		t.Errorf("a refused output was touched: %q, %v", text, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := execute(t, ctx, "--checkpoint", source, "--output", fresh); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if _, err := os.Stat(fresh); err == nil {
		t.Error("something was written in spite of an error")
	}
}

func TestCommand(t *testing.T) { commandtest.Check(t, newCommand()) }

func TestStatuses(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole")
	checkpointtest.BiEncoder(t, whole, checkpointtest.TinyBERT(t), model.HeadConfig{Pooling: model.MeanPooling})
	damaged := checkpointtest.CutWeights(t, whole)
	rest := []string{"--output", filepath.Join(dir, "output")}
	commandtest.CheckStatuses(t, newCommand, commandtest.Lines{
		Fails: append(rest, "--checkpoint", damaged), FailsWith: "model.safetensors has 5000 bytes",
		Works: append(rest, "--checkpoint", whole),
	})
}
