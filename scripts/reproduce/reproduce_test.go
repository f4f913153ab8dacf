package main

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func quick(t *testing.T) Experiment {
	t.Helper()
	e, err := findExperiment("quick")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Rows that differ only in how they are measured share their training, and equal evaluations are one.
func TestPlanTrainsEachModelOnce(t *testing.T) {
	e := quick(t)
	steps := plan(e, "runs/x")
	count := map[string]int{}
	folders := map[string]bool{}
	measures := 0
	for _, s := range steps {
		count[s.Kind]++
		measures += len(s.measures)
		if s.Remove == "" && folders[s.Folder] {
			t.Errorf("two steps write %s", s.Folder)
		}
		folders[s.Folder] = true
	}
	// Of each seed: 7 models on 3 corpora. By 2 levels: the default measured in 4 ways, and 6 other models.
	if count["corpus"] != 6 || count["biencoder"] != 14 || count["filter"] != 2 || count["evaluate"] != 2*2*10+4 || count["remove"] != 14 {
		t.Errorf("%v", count)
	}
	// 13 rows and one behind the filter, by 2 levels and 2 seeds; 5 baselines by 2 levels.
	if measures != 14*4+10 {
		t.Errorf("%d measured systems", measures)
	}
	if lines := e.leftOut(); len(lines) != 1 || !strings.Contains(lines[0], "llm_url") {
		t.Errorf("left out: %q", lines)
	}
	e.LLMURL, e.LLMModel = "http://localhost:1/v1", "m"
	if n := len(plan(e, "runs/x")) - len(steps); n != 2*(1+1+2+1) {
		t.Errorf("the language model's row adds %d steps", n)
	}
}

func TestOverrides(t *testing.T) {
	e := quick(t)
	before := len(e.TrainSettings)
	if err := (overrides{"seeds=4,5", "benchmarks=a.csv,b.csv", "max_steps=7"}).apply(&e); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(e.Seeds, []int{4, 5}) || len(e.Benchmarks) != 2 || e.TrainSettings[len(e.TrainSettings)-1] != "train.max_steps=7" {
		t.Errorf("%+v", e)
	}
	if again := quick(t); len(again.TrainSettings) != before {
		t.Errorf("the experiment itself changed: %q", again.TrainSettings)
	}
	if err := e.check(); err == nil || !strings.Contains(err.Error(), "a.csv") || !strings.Contains(err.Error(), "make datasets") {
		t.Errorf("missing files: %v", err)
	}
	for _, wrong := range []string{"seeds=x", "seeds=-1", "colour=red", "llm_url=http://x"} {
		if err := (overrides{wrong}).apply(&e); err == nil {
			t.Errorf("%s: no error", wrong)
		}
	}
}

// commands writes a command "evaluate" that appends its arguments to a file and prints text.
func commands(t *testing.T, script string) (bin string) {
	t.Helper()
	bin = t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "evaluate"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return bin
}

// A step that is done is not run again. A step that failed, or whose command changed, is.
func TestRunContinues(t *testing.T) {
	folder := t.TempDir()
	calls := filepath.Join(t.TempDir(), "calls")
	bin := commands(t, `echo "$1" >>`+calls+`; echo "it broke" >&2; test "$1" != bad; echo "{}"; test "$1" != bad`)
	step := func(word string) Step {
		f := filepath.Join(folder, word)
		return Step{Kind: "evaluate", Title: word, Folder: f, Command: []string{"evaluate", word}, Stdout: filepath.Join(f, "report.json")}
	}
	var out bytes.Buffer
	r := runner{folder: folder, bin: bin, out: &out, guess: sampleGuess}
	err := r.runAll(t.Context(), []Step{step("good"), step("bad"), step("never")})
	if err == nil || !strings.Contains(err.Error(), "it broke") || !strings.Contains(err.Error(), "evaluate bad") {
		t.Fatalf("error %v", err)
	}
	if _, err := os.Stat(step("bad").Stdout); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the output of a failed step was kept: %v", err)
	}
	changed := step("good")
	changed.Command = append(changed.Command, "--format")
	for _, steps := range [][]Step{{step("good")}, {changed}} {
		if err := r.runAll(t.Context(), steps); err != nil {
			t.Fatal(err)
		}
	}
	if text, _ := os.ReadFile(calls); string(text) != "good\nbad\ngood\n" {
		t.Errorf("calls %q", text)
	}
	if left := r.remaining([]Step{changed, step("other")}); left <= 0 || left > 3 {
		t.Errorf("a step of the same kind takes %v s", left)
	}
}

// A command gets one signal, has time to save, and the step is not done.
func TestStopIsOneSignal(t *testing.T) {
	folder := t.TempDir()
	saved := filepath.Join(t.TempDir(), "saved")
	bin := commands(t, `trap 'echo x >>`+saved+`; exit 130' INT; : >`+saved+`; for i in 1 2 3 4 5 6 7 8 9; do sleep 1; done`)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for {
			if _, err := os.Stat(saved); err == nil {
				cancel()
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	s := Step{Kind: "evaluate", Title: "slow", Folder: filepath.Join(folder, "slow"), Command: []string{"evaluate"}}
	r := runner{folder: folder, bin: bin, out: &bytes.Buffer{}, guess: sampleGuess}
	if err := r.runAll(ctx, []Step{s}); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if text, _ := os.ReadFile(saved); string(text) != "x\n" {
		t.Errorf("signals %q", text)
	}
	if r.isDone(s) {
		t.Error("the step is done")
	}
}

func TestResults(t *testing.T) {
	folder := t.TempDir()
	e := Experiment{Name: "x", Shown: "A test", Seeds: []int{1, 2}, Rows: []Row{{Group: "Model", Name: "mean pooling"}}}
	report := func(name, system, values string) Step {
		path := filepath.Join(folder, name)
		text := `{"benchmarks": [{"benchmark": "tech", "level": "sentence", "queries": 75, "systems": [{"system": "` + system + `", "queries": 75`
		for _, m := range metrics {
			text += `, "` + m + `": ` + values
		}
		if err := os.WriteFile(path, []byte(text+"}]}]}"), 0o600); err != nil {
			t.Fatal(err)
		}
		return Step{Kind: "evaluate", Stdout: path, measures: []measured{{system, "Model", "mean pooling"}}}
	}
	steps := []Step{
		report("a.json", "trained", `{"value": 0.5, "low": 0.4, "high": 0.6}`),
		report("b.json", "trained", `{"value": 0.6, "low": 0.5, "high": 0.7}`),
		report("c.json", "bm25", `{"value": 0.3}`),
	}
	steps[2].measures = []measured{{"bm25", baselineGroup, "BM25 <words>"}}
	r, err := readResults(e, steps)
	if err != nil {
		t.Fatal(err)
	}
	if r.Rows[0].Group != baselineGroup || len(r.Rows) != 2 {
		t.Fatalf("rows %+v", r.Rows)
	}
	if mean, spread := r.Rows[1].mean("tech, by sentence", "mrr"); math.Abs(mean-0.55) > 1e-9 || math.Abs(spread-0.05) > 1e-9 {
		t.Errorf("%v ± %v", mean, spread)
	}
	for _, want := range []string{"| mean pooling | 0.550 ±0.050 | 0.550 |", "| BM25 <words> | 0.300 | 0.300 |", "mean of the rows | 0.100 |"} {
		if !strings.Contains(r.markdown(), want) {
			t.Errorf("no %q in\n%s", want, r.markdown())
		}
	}
	if err := r.write(folder); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(folder, "results.html"))
	if err != nil || !strings.Contains(string(page), "BM25 &lt;words&gt;") || strings.Count(string(page), `class="seed"`) != 3 || strings.Contains(string(page), "NaN") {
		t.Errorf("%v in the page\n%s", err, page)
	}
	steps[0].measures[0].system = "another"
	if _, err := readResults(e, steps); err == nil || !strings.Contains(err.Error(), `no system "another"`) {
		t.Errorf("a missing system: %v", err)
	}
}
