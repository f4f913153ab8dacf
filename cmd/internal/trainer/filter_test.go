package trainer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"skillspace/checkpoints"
	"skillspace/config"
	"skillspace/data/corpus"
	"skillspace/embedding"
	"skillspace/internal/libtorch"
	"skillspace/train"
	"skillspace/train/report"
	"skillspace/train/validation"
)

func filterConfig(t *testing.T, files ...string) *config.TrainFilter {
	cfg := &config.TrainFilter{}
	cfg.Defaults()
	cfg.Run = config.Run{Dir: filepath.Join(t.TempDir(), "run"), Seed: 7, Threads: 1}
	cfg.Device, cfg.Data.Train, cfg.Data.Share = "cpu", files, 0.2
	cfg.Model.Encoder, cfg.Model.MaxLength = tinyBERT, 48
	cfg.Train = config.Train{Epochs: 1, BatchSize: 16, Accumulation: 1, Precision: "fp32", BestMetric: "average_precision"}
	return cfg
}

func readJudgement(t *testing.T, cfg *config.TrainFilter) *report.Judgement {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(cfg.Run.Dir, judgementFile))
	if err != nil {
		t.Fatal(err)
	}
	f := &report.Judgement{}
	if err := json.Unmarshal(text, f); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFilterTrainsAndCalibrates(t *testing.T) {
	cfg := filterConfig(t, writeCorpus(t))
	cfg.Data.Taxonomy = ontology
	cfg.Train.Epochs = 3
	cfg.Loss.Kind, cfg.Loss.LabelSmoothing = "focal", 0.1
	var out strings.Builder
	if err := Filter(context.Background(), cfg, false, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"keywords", "tf-idf + logistic regression", "this run", "best average_precision"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the summary lacks %q:\n%s", want, out.String())
		}
	}
	m, err := checkpoints.Verify(filepath.Join(cfg.Run.Dir, "checkpoints", "best"))
	if err != nil {
		t.Fatal(err)
	}
	best := readJudgement(t, cfg)
	if m.Kind != checkpoints.Filter || m.Model.Threshold != best.Threshold || m.Model.Temperature != best.Temperature || m.Step != best.Step || m.Metrics["f1"] <= 0 {
		t.Errorf("manifest %+v, judged %+v", m, best)
	}
	if m.Metrics["log_loss"] > m.Metrics["log_loss_uncalibrated"] || m.Metrics["temperature"] == 1 || best.After.LogLoss != m.Metrics["log_loss"] {
		t.Errorf("calibrated to a higher loss: %v", m.Metrics)
	}
	d := best.Decisions
	if own := best.Systems[len(best.Systems)-1]; len(best.Systems) != 3 || math.Abs(own.Recall-float64(d.TruePositive)/float64(d.TruePositive+d.FalseNegative)) > 1e-12 {
		t.Errorf("%+v of %+v", d, best.Systems)
	}
	page, err := os.ReadFile(filepath.Join(cfg.Run.Dir, "report.html"))
	if err != nil || !strings.Contains(string(page), "The filter at step") || !strings.Contains(string(page), "Reliability") {
		t.Errorf("report.html: %v", err)
	}
}

func TestFilterWithoutCalibration(t *testing.T) {
	cfg := filterConfig(t, writeCorpus(t))
	cfg.Threshold.Calibrate = false
	if err := Filter(context.Background(), cfg, false, io.Discard); err != nil {
		t.Fatal(err)
	}
	if best := readJudgement(t, cfg); best.Temperature != 1 || !reflect.DeepEqual(best.Before, best.After) {
		t.Errorf("calibrated nevertheless: %+v", best)
	}
}

// A run whose filter no longer improves ends before its last epoch.
func TestFilterStopsEarly(t *testing.T) {
	cfg := filterConfig(t, writeCorpus(t))
	cfg.Train.Epochs, cfg.Train.Patience, cfg.Train.ValidateEverySteps = 20, 2, 4
	cfg.Optimizer.LearningRate, cfg.Optimizer.HeadLearningRate = 1e-12, 1e-12 // nothing moves
	if err := Filter(context.Background(), cfg, false, io.Discard); err != nil {
		t.Fatal(err)
	}
	history, err := train.ReadMetrics(filepath.Join(cfg.Run.Dir, "metrics.jsonl"))
	if err != nil || len(history.Validations) < 3 || len(history.Steps) > 30 {
		t.Errorf("%d validations, %d steps, %v", len(history.Validations), len(history.Steps), err)
	}
}

// The report of a resumed run shows the best validation from before, unless the run repeats its step.
func TestResumedFilterKeepsItsJudgement(t *testing.T) {
	cfg := filterConfig(t, writeCorpus(t))
	cfg.Train.Epochs, cfg.Train.ValidateEverySteps, cfg.Train.CheckpointEverySteps = 2, 3, 3
	ctx := &stopAt{Context: context.Background(), run: cfg.Run.Dir, step: 8}
	if err := Filter(ctx, cfg, false, io.Discard); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	before := readJudgement(t, cfg)
	m, err := checkpoints.Verify(filepath.Join(cfg.Run.Dir, "checkpoints", "last"))
	if err != nil || before.Step != m.Training.BestStep {
		t.Fatalf("judged step %d, %v", before.Step, err)
	}
	for step, want := range map[int]*report.Judgement{before.Step: before, before.Step + 1: nil} {
		c := validation.NewCalibration(validation.Threshold{}, nil, filepath.Join(cfg.Run.Dir, judgementFile), &embedding.SentenceFilter{})
		m.Training.BestStep = step
		if c.Resume(m); !reflect.DeepEqual(c.Best(), want) {
			t.Errorf("the best is of step %d: resumed %+v", step, c.Best())
		}
	}
	if err := Filter(context.Background(), cfg, true, io.Discard); err != nil {
		t.Fatal(err)
	}
	if best, _ := checkpoints.Verify(filepath.Join(cfg.Run.Dir, "checkpoints", "best")); readJudgement(t, cfg).Step != best.Step {
		t.Error("the judgement is not that of the best checkpoint")
	}
}

// Files of every supported kind can be mixed.
func TestFilterReadsEveryKind(t *testing.T) {
	dir := t.TempDir()
	var files []string
	for name, text := range map[string]string{
		"labels.jsonl":   `{"text":"You drive trucks","label":1}` + "\n" + `{"text":"Free coffee for all","label":"none"}` + "\n",
		"labels.csv":     "text,label\n\"You bake bread, and cakes\",1\nFive weeks of holiday,0\n",
		"skillspan.json": `{"idx":1,"tokens":["You","weld","steel"],"tags_skill":["O","B","I"],"tags_knowledge":["O","O","O"],"source":"tech"}` + "\n" + `{"idx":1,"tokens":["About","us"],"tags_skill":["O","O"],"tags_knowledge":["O","O"],"source":"tech"}` + "\n",
		"corpus.jsonl":   `{"text":"You plan routes","skills":["u:a"],"level2":"S1","writer":"template"}` + "\n" + `{"text":"We are ten","skills":[],"level2":"","writer":"template"}` + "\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, path)
	}
	cfg := filterConfig(t, files...)
	cfg.Data.Validation = files
	data, err := readFilter(t.Context(), cfg)
	if err != nil || len(data.Training) != 8 || len(data.Validation) != 8 {
		t.Fatalf("%+v, %v", data, err)
	}
	for i, e := range data.Sentences { // each file holds one of either class, the skill first
		if e.Skill != (i%2 == 0) || data.Training[i].Skill != e.Skill || len(data.Training[i].Tokens) < 3 {
			t.Errorf("%+v: %+v", e, data.Training[i])
		}
	}
}

// writeSkillSpan writes an ad of sentences whose words are marked.
func writeSkillSpan(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "skillspan.json")
	var text strings.Builder
	for i := range 40 {
		fmt.Fprintf(&text, `{"idx":1,"source":"tech","tokens":["You","weld","steel","%d"],"tags_skill":["O","B","I","O"],"tags_knowledge":["O","O","O","O"]}`+"\n", i)
		fmt.Fprintf(&text, `{"idx":1,"source":"tech","tokens":["About","us","%d"],"tags_skill":["O","O","O"],"tags_knowledge":["O","O","O"]}`+"\n", i)
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFilterTrainsInContext(t *testing.T) {
	cfg := filterConfig(t, writeSkillSpan(t))
	cfg.Model.ContextTokens, cfg.Train.MaxSteps, cfg.Loss.SpanWeight = 4, 3, 1
	data, err := readFilter(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range data.Training {
		own := data.Tokenizer.Encode(data.Sentences[i].Text, 0)
		want := 4
		if data.Sentences[i].Before == "" {
			want = 0
		}
		if e.Own != len(own) || !slices.Equal(e.Tokens[:e.Own], own) || len(e.Tokens)-e.Own != want {
			t.Errorf("%+v: tokens %v, of which %d are its own", data.Sentences[i], e.Tokens, e.Own)
		}
	}
	if err := Filter(t.Context(), cfg, false, io.Discard); err != nil {
		t.Fatal(err)
	}
	filter, err := embedding.LoadFilter(filepath.Join(cfg.Run.Dir, "checkpoints", "best"), libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer filter.Close()
	logits, err := filter.Logits(t.Context(), []corpus.Sentence{{Text: "weld"}, {Text: "weld", Before: "You bring"}})
	if err != nil || filter.Context != 4 || logits[0] == logits[1] {
		t.Errorf("logits %v, %v; context %d", logits, err, filter.Context)
	}
	cfg = filterConfig(t, writeCorpus(t))
	cfg.Model.ContextTokens = 4
	if err := Filter(t.Context(), cfg, false, io.Discard); err == nil || !strings.Contains(err.Error(), "model.context_tokens") {
		t.Errorf("a corpus, which knows no ads: %v", err)
	}
	cfg = filterConfig(t, writeSkillSpan(t))
	cfg.Model.ContextTokens = 1000
	if err := Filter(t.Context(), cfg, false, io.Discard); err == nil || !strings.Contains(err.Error(), "positions") {
		t.Errorf("more tokens than positions: %v", err)
	}
}

func TestFilterTrainsOnSpans(t *testing.T) {
	cfg := filterConfig(t, writeSkillSpan(t))
	cfg.Loss.SpanWeight, cfg.Train.MaxSteps = 1, 3
	if err := Filter(context.Background(), cfg, false, io.Discard); err != nil {
		t.Fatal(err)
	}
	filter, err := embedding.LoadFilter(filepath.Join(cfg.Run.Dir, "checkpoints", "best"), libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	filter.Close()
	if filter.Threshold <= 0 {
		t.Errorf("%+v", filter)
	}
	cfg = filterConfig(t, writeCorpus(t))
	cfg.Loss.SpanWeight = 1
	if err := Filter(context.Background(), cfg, false, io.Discard); err == nil || !strings.Contains(err.Error(), "loss.span_weight") {
		t.Errorf("a corpus without marks: %v", err)
	}
}
