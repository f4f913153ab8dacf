package train

import (
	"context"
	"slices"
	"testing"

	"skillspace/internal/libtorch"
)

// A run whose metric stays flat after its second validation must end two validations later and save its last
// state. When it is resumed, it must have nothing left to do.
func TestEarlyStopping(t *testing.T) {
	metrics := []float64{0.1, 0.5, 0.5, 0.4, 0.9}
	validation := &Validation{Every: 2, Metric: "m", Improved: func(*Loop, int, map[string]float64) error { return nil }}
	validation.Measure = func(context.Context) (map[string]float64, error) {
		value := metrics[0]
		metrics = metrics[1:]
		return map[string]float64{"m": value}, nil
	}
	var saved []int
	run := func(from Position) int {
		err := libtorch.Do(func(*libtorch.Scope) error {
			loop, err := NewLoop(tinyFilter(t), LoopOptions{Epochs: 9, Accumulation: 1, Optimizer: OptimizerOptions{LearningRate: 1e-5, Epsilon: 1e-8}})
			if err != nil {
				return err
			}
			defer loop.Close()
			loop.Position = from
			saving := &Checkpointing{Folder: t.TempDir(), Save: func(l *Loop, _ string) error { saved = append(saved, l.Position.Step); return nil }}
			loop.Add((&EarlyStopping{Validation: validation, Patience: 2}).Hook(), validation.Hook(), saving.Hook())
			if err := loop.Run(t.Context()); err != nil {
				return err
			}
			from = loop.Position
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return from.Step
	}
	if end := run(Position{}); end != 8 || validation.BestStep != 4 {
		t.Errorf("ended at step %d with the best at %d, want 8 and 4", end, validation.BestStep)
	}
	if !slices.Equal(saved, []int{6, 8}) { // at the epoch's end, and at the run's
		t.Errorf("saved at %v", saved)
	}
	if end := run(Position{Epoch: 1, Batch: 2, Step: 8}); end != 8 {
		t.Errorf("a stopped run went on to step %d", end)
	}
}
