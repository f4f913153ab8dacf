package main

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
)

// The sides of the operation task.
const (
	oursOperation = "internal/libtorch, Scope.Add"
	peerOperation = "PyTorch's Python, torch.add"
)

var benchmarkLine = regexp.MustCompile(`(?m)^BenchmarkOperation\S*\s+\d+\s+([0-9.]+) ns/op`)

// operationTask measures what a binding adds to an operation: here with a Go benchmark of internal/libtorch, there in Python.
func (b *bench) operationTask(ctx context.Context) error {
	rows, err := interleave(ctx, "operation", []side{
		{oursOperation, "µs", b.goOperation}, {peerOperation, "µs", b.pythonOperation},
	}, b.Rounds)
	if err != nil {
		return err
	}
	ours := find(rows, oursOperation).Rate
	b.result.Operation = &Comparison{Title: "Cost of an operation on one element", Rows: rows, Ratios: []Ratio{
		{What: "microseconds an operation", Of: oursOperation, Wanted: 2, AtMost: true, Spread: ours},
		duration(rows, oursOperation, peerOperation),
	}}
	return nil
}

func (b *bench) goOperation(ctx context.Context, _ int) (measurement, error) {
	f, err := (&child{name: oursOperation, env: b.environment(),
		command: []string{"go", "test", "-run", "^$", "-bench", "^BenchmarkOperation$", "-benchtime", "1s", "./internal/libtorch"}}).run(ctx)
	if err != nil {
		return measurement{}, err
	}
	found := benchmarkLine.FindSubmatch(f.stdout)
	if found == nil {
		return measurement{}, fmt.Errorf("%s: no result in %q", oursOperation, f.stdout)
	}
	nanoseconds, err := strconv.ParseFloat(string(found[1]), 64)
	return measurement{rate: nanoseconds / 1e3, wall: f.wall}, err
}

func (b *bench) pythonOperation(ctx context.Context, _ int) (measurement, error) {
	f, err := b.script(peerOperation, "operation.py").run(ctx)
	if err != nil {
		return measurement{}, err
	}
	var answer struct{ Microseconds float64 }
	if err := f.answer(&answer); err != nil {
		return measurement{}, err
	}
	return measurement{rate: answer.Microseconds, wall: f.wall}, b.note(f)
}
