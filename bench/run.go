package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"skillspace/data/taxonomy"
	"skillspace/embedding"
	"skillspace/internal/atomicfile"
	"skillspace/internal/libtorch"
)

// tasks maps a name of --tasks to what it measures. They run in the order of taskNames.
var tasks = map[string]func(b *bench, ctx context.Context) error{
	"operation": (*bench).operationTask, "train": (*bench).trainTask, "encode": (*bench).encodeTask, "growth": (*bench).growthTask,
	"serve": (*bench).servingTask,
}

func taskNames() []string { return []string{"operation", "train", "encode", "serve", "growth"} }

// bench is one run of this program.
type bench struct {
	*options
	executable string
	work       string // a temporary folder
	taxonomy   *taxonomy.Taxonomy
	pairs      []pair
	result     *Result
}

func run(ctx context.Context, o *options, out io.Writer) error {
	b, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	defer os.RemoveAll(b.work)
	began := time.Now()
	path := filepath.Join(o.Output, b.result.Date.Format("2006-01-02T150405")+".json")
	for _, name := range taskNames() {
		if !slices.Contains(o.Tasks, name) {
			continue
		}
		if err := tasks[name](b, ctx); err != nil {
			return err
		}
		b.result.Seconds = time.Since(began).Seconds()
		if err := b.result.write(path); err != nil { // after each task, so that a later failure costs only itself
			return err
		}
	}
	slog.Info("bench done", "took", time.Since(began).Round(time.Second).String(), "result", path)
	return b.result.table(out)
}

// newBench checks that everything is there before anything takes long, and writes the corpus.
func newBench(ctx context.Context, o *options) (*bench, error) {
	for _, needed := range []struct{ path, advice string }{
		{scripts, "run it from the repository's root"},
		{filepath.Join(o.Bin, "train-biencoder"), "make build"},
		{o.Python, "scripts/bench/setup.sh"},
		{filepath.Join(o.Model, "model.safetensors"), "make model"},
	} {
		if _, err := os.Stat(needed.path); err != nil {
			return nil, fmt.Errorf("%w (%s)", err, needed.advice)
		}
	}
	b := &bench{options: o}
	var err error
	if b.executable, err = os.Executable(); err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	if b.taxonomy, err = taxonomy.Load(o.Taxonomy); err != nil {
		return nil, err
	}
	if b.pairs, err = writePairs(ctx, b.taxonomy, o.Pairs, o.Seed); err != nil {
		return nil, err
	}
	b.result = newResult(ctx, o, b.nativeBF16())
	if b.work, err = os.MkdirTemp("", "skillspace-bench-"); err != nil {
		return nil, fmt.Errorf("make a folder to work in: %w", err)
	}
	hash, err := writeLines(filepath.Join(b.work, pairsFile), b.pairs)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(b.work))
	}
	b.result.Data.Pairs = Dataset{Source: "template corpus over " + o.Taxonomy, Count: len(b.pairs), SHA256: hash}
	return b, nil
}

// nativeBF16 reports whether the processor multiplies bfloat16, which decides what a peer's best is.
func (b *bench) nativeBF16() bool {
	return embedding.Precision("auto", libtorch.CPU) == libtorch.BFloat16
}

// note keeps the versions and settings that a worker ran with.
func (b *bench) note(f *finished) error {
	if !bytes.HasPrefix(f.stdout, []byte("{")) { // train-biencoder answers in its own way
		return nil
	}
	var said struct {
		Versions map[string]string
		Settings map[string]any
	}
	if err := f.answer(&said); err != nil {
		return err
	}
	maps.Copy(b.result.Versions, said.Versions)
	if said.Settings != nil {
		b.result.Settings.Peers = said.Settings
	}
	return nil
}

func (r *Result) write(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(r)
	})
}
