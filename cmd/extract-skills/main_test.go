package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"skillspace/checkpoints/checkpointtest"
	"skillspace/extract/render"
	"skillspace/internal/command"
	"skillspace/internal/command/commandtest"
	"skillspace/internal/libtorch"
	"skillspace/model"
)

const ontology = "../../examples/ontology"

// execute runs the command as the shell would, and returns its stdout.
func execute(t *testing.T, ctx context.Context, stdin string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := newCommand()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&out)
	err := cmd.ExecuteContext(ctx)
	return out.String(), err
}

// models writes an untrained bi-encoder and a filter that keeps every sentence.
func models(t *testing.T) (biencoder, filter string) {
	t.Helper()
	dir := t.TempDir()
	biencoder, filter = filepath.Join(dir, "biencoder"), filepath.Join(dir, "filter")
	checkpointtest.BiEncoder(t, biencoder, checkpointtest.TinyBERT(t), model.HeadConfig{Pooling: model.MeanPooling})
	checkpointtest.Filter(t, filter, checkpointtest.TinyBERT(t), 0)
	return biencoder, filter
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func records(t *testing.T, out string) []render.Record {
	t.Helper()
	var all []render.Record
	for line := range strings.Lines(out) {
		var r render.Record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, r)
	}
	return all
}

func TestExtractsFromEveryFormat(t *testing.T) {
	biencoder, filter := models(t)
	text := write(t, "ad.txt", "You drive trucks.\n\nPay: 3,000 a month.\n")
	lines := write(t, "ads.jsonl", `{"body":"You drive trucks.","ref":"a"}`+"\nbroken\n"+`{"body":"You speak German. You drive.","ref":"b"}`+"\n")
	table := write(t, "ads.csv", "ref,body\n7,\"You drive, often.\"\n")
	common := []string{"--checkpoint", biencoder, "--taxonomy", ontology, "--threshold", "-1", "--top-k", "2"}
	out, err := execute(t, t.Context(), "", append(common, "--filter", filter, text)...)
	if err != nil {
		t.Fatal(err)
	}
	got := records(t, out)
	if len(got) != 2 || got[0].Sentence != "You drive trucks." || got[1].Start != 19 || got[1].File != text || got[1].Ad != text {
		t.Fatalf("%+v", got)
	}
	for _, r := range got {
		if !r.Kept || r.FilterScore == nil || len(r.Skills) != 2 || r.Skills[0].Score < r.Skills[1].Score || !strings.HasPrefix(r.Skills[0].URI, "http") || r.Skills[0].Label == "" {
			t.Errorf("%+v", r)
		}
	}
	out, err = execute(t, t.Context(), "", append(common, "--text-column", "body", "--id-column", "ref", lines, table)...)
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for _, r := range records(t, out) {
		seen = append(seen, r.Ad+": "+r.Sentence)
	}
	if want := "a: You drive trucks.|b: You speak German.|b: You drive.|7: You drive, often."; strings.Join(seen, "|") != want {
		t.Errorf("got %s, want %s", strings.Join(seen, "|"), want)
	}
	out, err = execute(t, t.Context(), "You drive trucks.", append(common, "--format", "annotated")...)
	if err != nil || !strings.Contains(out, "── stdin ─") || !strings.Contains(out, "1 of 1 sentence kept, 2 skills: ") || strings.Contains(out, "\x1b") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestFilterAndThresholds(t *testing.T) {
	biencoder, filter := models(t)
	common := []string{"--checkpoint", biencoder, "--taxonomy", ontology}
	out, err := execute(t, t.Context(), "You drive trucks.", append(common, "--filter", filter, "--filter-threshold", "1")...)
	if err != nil {
		t.Fatal(err)
	}
	if r := records(t, out); len(r) != 1 || r[0].Kept || len(r[0].Skills) != 0 {
		t.Errorf("a filter that demands certainty keeps %+v", r)
	}
	out, err = execute(t, t.Context(), "You drive trucks.", append(common, "--threshold", "1", "--lexical=false")...)
	if err != nil {
		t.Fatal(err)
	}
	if r := records(t, out); len(r) != 1 || !r[0].Kept || r[0].Skills == nil || len(r[0].Skills) != 0 || r[0].FilterScore != nil {
		t.Errorf("nothing has the score 1: %+v", r)
	}
}

// A sentence that is a label says so; without lexical scores it does not.
func TestLexical(t *testing.T) {
	biencoder, _ := models(t)
	args := []string{"--checkpoint", biencoder, "--taxonomy", ontology, "--threshold", "-1", "--top-k", "1"}
	for _, c := range []struct{ lexical, why string }{{"true", `label "SQL"`}, {"false", ""}} {
		out, err := execute(t, t.Context(), "- sql", append(args, "--lexical="+c.lexical)...)
		if err != nil {
			t.Fatal(err)
		}
		r := records(t, out)
		if len(r) != 1 || len(r[0].Skills) != 1 || r[0].Skills[0].Why != c.why || r[0].Skills[0].Score > 1 {
			t.Errorf("lexical %s: %+v", c.lexical, r)
		}
	}
}

// bf16 moves scores, and a little only.
func TestPrecision(t *testing.T) {
	biencoder, _ := models(t)
	score := func(precision string) float32 {
		out, err := execute(t, t.Context(), "You drive trucks.", "--checkpoint", biencoder, "--taxonomy", ontology, "--threshold", "-1", "--top-k", "1", "--lexical=false", "--precision", precision)
		if err != nil {
			t.Fatal(err)
		}
		r := records(t, out)
		if len(r) != 1 || len(r[0].Skills) != 1 {
			t.Fatalf("%s: %+v", precision, r)
		}
		return r[0].Skills[0].Score
	}
	exact, half := score("fp32"), score("bf16")
	if difference := math.Abs(float64(exact - half)); difference == 0 || difference > 0.02 {
		t.Errorf("fp32 scores %v, bf16 %v", exact, half)
	}
}

// The second run must use what the first one kept, and give the same results; a damaged file is made anew.
func TestKeepsEmbeddings(t *testing.T) {
	biencoder, _ := models(t)
	args := []string{"--checkpoint", biencoder, "--taxonomy", ontology, "--threshold", "-1"}
	first, err := execute(t, t.Context(), "You drive trucks.", args...)
	if err != nil {
		t.Fatal(err)
	}
	kept, _ := filepath.Glob(filepath.Join(biencoder, "cache", "skills-*.safetensors"))
	if len(kept) != 1 {
		t.Fatalf("kept %v", kept)
	}
	for _, damage := range []func() error{
		func() error { return nil },
		func() error { return os.WriteFile(kept[0], []byte("broken file"), 0o644) },
		func() error { return os.Truncate(kept[0], 1000) },
	} {
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		if again, err := execute(t, t.Context(), "You drive trucks.", args...); err != nil || again != first {
			t.Errorf("%v:\n%s\nwant\n%s", err, again, first)
		}
	}
	if err := os.RemoveAll(filepath.Dir(kept[0])); err != nil {
		t.Fatal(err)
	}
	if again, err := execute(t, t.Context(), "You drive trucks.", append(args, "--cache=false")...); err != nil || again != first {
		t.Errorf("without keeping: %v", err)
	}
	if _, err := os.Stat(filepath.Dir(kept[0])); err == nil {
		t.Error("--cache=false wrote a cache")
	}
}

func TestWrongUse(t *testing.T) {
	biencoder, filter := models(t)
	ad := write(t, "ad.txt", "You drive.")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"nothing":            {nil, "checkpoint is not set"},
		"missing checkpoint": {[]string{"--checkpoint", "no/such"}, `--checkpoint: no such folder: "no/such"`},
		"not a checkpoint":   {[]string{"--checkpoint", ontology, "--taxonomy", ontology, ad}, "checkpoint.json: no such file"},
		"wrong kind":         {[]string{"--checkpoint", filter, "--taxonomy", ontology, ad}, "it holds a filter, want a biencoder"},
		"filter's kind":      {[]string{"--checkpoint", biencoder, "--filter", biencoder, "--taxonomy", ontology, ad}, "it holds a biencoder, want a filter"},
		"no taxonomy":        {[]string{"--checkpoint", biencoder, ad}, "no skills are stored with it"},
		"empty taxonomy":     {[]string{"--checkpoint", biencoder, "--taxonomy", t.TempDir(), ad}, "skills"},
		"missing file":       {[]string{"--checkpoint", biencoder, "--taxonomy", ontology, ad, "no.txt"}, "no.txt: no such file"},
		"folder":             {[]string{"--checkpoint", biencoder, "--taxonomy", ontology, ontology}, "is a folder"},
		"no output":          {[]string{"--checkpoint", biencoder, "--taxonomy", ontology, "--format", "parquet", ad}, "output is not set"},
		"annotated output":   {[]string{"--checkpoint", biencoder, "--taxonomy", ontology, "--format", "annotated", "--output", "x", ad}, "format is annotated"},
		"output of stdin":    {[]string{"--checkpoint", biencoder, "--taxonomy", ontology, "--output", t.TempDir()}, "stdin cannot be read again"},
		"stdin is Parquet":   {[]string{"--checkpoint", biencoder, "--taxonomy", ontology, "--input", "parquet"}, "stdin cannot be Parquet"},
		"resume":             {[]string{"--checkpoint", biencoder, "--taxonomy", ontology, "--resume", ad}, "--output names it"},
		"shard":              {[]string{"--checkpoint", biencoder, "--taxonomy", ontology, "--shard", "4/4", ad}, `shard "4/4": want I/N`},
		"stdin twice":        {[]string{"--checkpoint", biencoder, "--taxonomy", ontology, "-", "-"}, "named twice"},
		"top-k":              {[]string{"--checkpoint", biencoder, "--top-k", "many"}, `--top-k: want a whole number, got "many"`},
		"threshold":          {[]string{"--checkpoint", biencoder, "--threshold", "1.5"}, "--threshold is 1.5; want at most 1"},
		"format":             {[]string{"--checkpoint", biencoder, "--format", "xml"}, `format is "xml"; want jsonl, csv, parquet or annotated`},
		"precision":          {[]string{"--checkpoint", biencoder, "--precision", "fp64"}, `precision is "fp64"; want fp32, bf16 or auto`},
		"unknown key":        {[]string{"--set", "treshold=1"}, `unknown key "treshold" (did you mean "threshold"?)`},
	} {
		_, err := execute(t, t.Context(), "", c.args...)
		var wrong *command.UsageError
		if err == nil || !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v (wrong use: %v), want %q", name, err, errors.As(err, &wrong), c.want)
		}
	}
}

func TestBadInput(t *testing.T) {
	biencoder, _ := models(t)
	args := []string{"--checkpoint", biencoder, "--taxonomy", ontology, "--cache=false"}
	for name, c := range map[string]struct{ stdin, input, want string }{
		"empty":    {"", "text", "read stdin: it is empty"},
		"binary":   {"%PDF\x00\x01", "text", "holds zero bytes"},
		"no ad":    {"{}\n[]\n", "jsonl", `no row is an ad (rows: 2); the first: stdin:1: no key "text"`},
		"no field": {"a,b\n1,2\n", "csv", "missing column text"},
	} {
		if _, err := execute(t, t.Context(), c.stdin, append(args, "--input", c.input)...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	damaged := filepath.Join(biencoder, "model.safetensors")
	if err := os.Truncate(damaged, 5000); err != nil {
		t.Fatal(err)
	}
	if _, err := execute(t, t.Context(), "You drive.", args...); err == nil || !strings.Contains(err.Error(), "damaged checkpoint: model.safetensors has 5000 bytes") {
		t.Errorf("a truncated checkpoint: %v", err)
	}
}

func TestInterrupted(t *testing.T) {
	biencoder, _ := models(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := execute(t, ctx, "You drive.", "--checkpoint", biencoder, "--taxonomy", ontology); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if kept, _ := filepath.Glob(filepath.Join(biencoder, "cache", "*")); len(kept) > 0 {
		t.Errorf("an interrupt left %v", kept)
	}
}

func TestCommand(t *testing.T) { commandtest.Check(t, newCommand()) }

func TestStatuses(t *testing.T) {
	whole, _ := models(t)
	damaged := checkpointtest.CutWeights(t, whole)
	rest := []string{"--taxonomy", ontology, "--cache=false"}
	commandtest.CheckStatuses(t, newCommand, commandtest.Lines{
		Fails: append(rest, "--checkpoint", damaged), FailsWith: "model.safetensors has 5000 bytes",
		Works: append(rest, "--checkpoint", whole), Stdin: "You drive trucks.",
	})
}

func TestAMissingDeviceIsOneLine(t *testing.T) {
	if libtorch.CUDADevices() > 7 {
		t.Skip("there is a device 7")
	}
	biencoder, _ := models(t)
	_, err := execute(t, t.Context(), "You drive.", "--checkpoint", biencoder, "--taxonomy", ontology, "--device", "cuda:7")
	var wrong *command.UsageError
	if err == nil || !errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), "device: cuda:7 is set, but ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v", err)
	}
}

// A file without the text's column is wrong use: the error lists the columns and names the flag.
func TestMissingColumnNamesTheFlag(t *testing.T) {
	biencoder, _ := models(t)
	for name, content := range map[string]string{
		"ads.csv":   "id,description\n1,You drive.\n",
		"ads.jsonl": `{"id":1,"description":"You drive."}` + "\n",
	} {
		_, err := execute(t, t.Context(), "", "--checkpoint", biencoder, "--taxonomy", ontology, write(t, name, content))
		if err == nil || !errors.As(err, new(*command.UsageError)) {
			t.Errorf("%s: %v, want wrong use", name, err)
			continue
		}
		for _, part := range []string{"description", "--text-column"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %v, want it to name %s", name, err, part)
			}
		}
	}
}

// A folder for another runtime is called that.
func TestExportForAnotherRuntimeIsNamed(t *testing.T) {
	path := write(t, "model.onnx", "")
	_, err := execute(t, t.Context(), "", "--checkpoint", filepath.Dir(path), "--taxonomy", ontology)
	if err == nil || !strings.Contains(err.Error(), "it is an export for ONNX runtimes") {
		t.Errorf("%v", err)
	}
}

// A program that sends an ad over a pipe reads its skills before it sends the next.
func TestLivePipe(t *testing.T) {
	biencoder, _ := models(t)
	in, ads := io.Pipe()
	answers, out := io.Pipe()
	cmd := newCommand()
	cmd.SetArgs([]string{"--checkpoint", biencoder, "--taxonomy", ontology, "--input", "jsonl", "-"})
	cmd.SetIn(in)
	cmd.SetOut(out)
	ended := make(chan error, 1)
	go func() {
		err := cmd.ExecuteContext(t.Context())
		out.Close()
		ended <- err
	}()
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(answers); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	for _, ad := range []string{"one", "two", "three"} {
		if _, err := fmt.Fprintf(ads, "{\"id\":%q,\"text\":\"You drive trucks.\"}\n", ad); err != nil {
			t.Fatal(err)
		}
		select {
		case line := <-lines:
			if got := records(t, line)[0].Ad; got != ad {
				t.Errorf("an answer about %q, want %q", got, ad)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("no answer about %q before the next ad", ad)
		}
	}
	ads.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
